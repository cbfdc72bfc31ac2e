//! What waits for an account to be connected again goes on by itself, once; and accounts can be tried.

use super::posted::{Place, call_of, job, place};
use super::*;
use crate::Asked;
use domain::fakes::{Fault, every_fault};
use domain::ports::{Refusal, Table, Vault};
use domain::publish::connection::{Connection, Standing, given};
use domain::publish::{Question, Told};
use domain::record::{JobRecord, PublicationState};
use domain::state::JobState;
use domain::store::Write;
use domain::stuck::Stuck;
use domain::sweep::sweep;
use domain::time::Time;

fn end(job: &JobView, run: u32) -> domain::job::End {
    let id = job.job.id.clone();
    domain::job::End { job: id, run, end: JobState::Succeeded, event: 0, reason: None }
}

fn connected_again(world: &World, job: &JobView, now: Time) {
    let again = given("brand", &json!({ "kind": "bluesky" }), now).ok().unwrap().connection;
    let key = Connection::key(&job.job.tenant, "brand");
    world.table.plant(Write::put(key, &again).unwrap());
}

const REST_S: u32 = 900;

/// Why an account is not open.
#[derive(Clone, Copy, Debug)]
enum Lacks {
    /// Its grant is over.
    Grant,
    /// Nobody connected it.
    Connection,
    /// What opens it is gone.
    Secret,
    /// Its target takes nothing more for a quarter of an hour.
    Rest,
}

async fn shut(place: &Place, job: &JobView, lacks: Lacks) {
    let tenant = &job.job.tenant;
    match lacks {
        Lacks::Grant => place.bluesky.says(Some(Told::grant_over("401: the token is revoked"))),
        Lacks::Rest => {
            let told = Told::refused(Refusal::Later, "bluesky answered 429").after_s(REST_S);
            place.bluesky.says(Some(told));
        }
        Lacks::Connection => {
            let gone = Write::delete(Connection::key(tenant, "brand"));
            place.world.table.write(vec![gone]).await.unwrap();
        }
        Lacks::Secret => {
            let name = Connection::secret_name(tenant, "brand");
            place.world.vault.forget(&name).await.unwrap();
        }
    }
}

fn wave_call(job: &JobView) -> Call {
    Call { wave: job.plan.wave_of("publish~bluesky").unwrap(), ..call_of(job) }
}

/// A job that ended without a target whose account was not open.
async fn ended_lacking(job: &JobView, lacks: Lacks) -> Place {
    let place = place(job);
    shut(&place, job, lacks).await;
    place.call_as(wave_call(job)).await.unwrap();
    domain::job::settle(&place.world.table, &end(job, 1), NOW).await.unwrap();
    place.bluesky.says(None);
    place
}

/// A job that ended without a target whose grant was over.
async fn ended_without(job: &JobView) -> Place {
    ended_lacking(job, Lacks::Grant).await
}

async fn brand(world: &World, job: &JobView) -> Connection {
    Connection::read(&world.table, &job.job.tenant, "brand").await.unwrap().unwrap()
}

#[tokio::test]
async fn what_waited_for_an_account_goes_on_once_it_is_connected_again() {
    let job = job();
    let place = ended_without(&job).await;
    let (world, later) = (&place.world, NOW.plus_s(60));
    assert!(world.table.listing().contains("PAUSED#acme#brand"));
    // As long as it is over nothing is tried.
    sweep(&world.lanes(), later).await.unwrap();
    assert_eq!(view(world, &job).await.job.run, 1);
    connected_again(world, &job, later);
    sweep(&world.lanes(), later).await.unwrap();
    let now = view(world, &job).await.job;
    assert_eq!((now.run, now.only.as_deref()), (2, Some("publish~bluesky")));
    assert!(!world.table.listing().contains("PAUSED#"), "nothing waits any more");
    assert_eq!(brand(world, &job).await.due_at, None);
    let wave = job.plan.wave_of("publish~bluesky").unwrap();
    let call = Call { run: 2, round: 2, wave, ..call_of(&job) };
    place.call_as(call).await.unwrap();
    assert_eq!((place.bluesky.posts().len(), place.blog.posts().len()), (1, 1));
}

#[tokio::test]
async fn what_belongs_to_a_job_under_way_waits_for_its_end() {
    let job = job();
    let place = ended_without(&job).await;
    let world = &place.world;
    let running = JobRecord { state: JobState::Running, ..view(world, &job).await.job };
    world.table.plant(Write::put(JobRecord::key(&job.job.id), &running).unwrap());
    connected_again(world, &job, NOW.plus_s(1));
    sweep(&world.lanes(), NOW.plus_s(2)).await.unwrap();
    assert_eq!(view(world, &job).await.job.run, 1);
    assert_eq!(brand(world, &job).await.due_at, Some(NOW.plus_s(62)));
    domain::job::settle(&world.table, &end(&job, 1), NOW).await.unwrap();
    sweep(&world.lanes(), NOW.plus_s(70)).await.unwrap();
    assert_eq!(view(world, &job).await.job.run, 2);
}

#[tokio::test]
async fn whatever_fails_while_it_goes_on_it_goes_on_once() {
    let job = job();
    let prepare = async || {
        let place = ended_without(&job).await;
        connected_again(&place.world, &job, NOW.plus_s(1));
        place.world
    };
    let act = async |world: &World| sweep(&world.lanes(), NOW.plus_s(2)).await.map(drop);
    let look = |world: &World| format!("{}\n{}", world.table.listing(), world.flow.listing());
    every_fault(prepare, act, look).await;
}

/// The posts that wait for the account, and their head.
fn rows(world: &World) -> usize {
    let listing = world.table.listing();
    listing.lines().filter(|line| line.starts_with("PAUSED#acme#brand ")).count()
}

#[tokio::test]
async fn whatever_fails_while_an_account_is_found_shut_the_post_waits() {
    let job = job();
    for lacks in [Lacks::Grant, Lacks::Connection, Lacks::Secret, Lacks::Rest] {
        assert_eq!(rows(&ended_lacking(&job, lacks).await.world), 2);
        for nth in 0..40 {
            for fault in [Fault::Refused, Fault::Lost] {
                let place = place(&job);
                shut(&place, &job, lacks).await;
                place.world.faults.plan(nth, fault);
                let _ = place.call_as(wave_call(&job)).await;
                place.world.faults.clear();
                for _ in 0..3 {
                    if place.call_as(wave_call(&job)).await.is_ok() {
                        break;
                    }
                }
                let view = view(&place.world, &job).await;
                let told = format!("{lacks:?} {nth} {fault:?}");
                assert_eq!(view.postings[0].state, PublicationState::Failed, "{told}");
                assert_eq!(rows(&place.world), 2, "{told}");
                assert_eq!((place.bluesky.posts().len(), place.blog.posts().len()), (0, 1));
            }
        }
    }
}

#[tokio::test]
async fn what_has_no_connection_or_no_secret_says_so_and_goes_on_once_it_has_one() {
    let job = job();
    let told = [
        (
            Lacks::Connection,
            "there is no connection brand: connect it, and this goes on (galley connections put brand --kind bluesky)",
        ),
        (
            Lacks::Secret,
            "connection brand is over (its secret is not there): connect it again, and this goes on",
        ),
    ];
    for (lacks, why) in told {
        let place = ended_lacking(&job, lacks).await;
        let (world, later) = (&place.world, NOW.plus_s(60));
        let view = view(world, &job).await;
        assert_eq!(view.postings[0].error.as_deref(), Some(why));
        assert_eq!(
            (view.job.state, view.job.degraded[0].reason.as_str()),
            (JobState::Succeeded, why)
        );
        sweep(&world.lanes(), later).await.unwrap();
        assert_eq!(self::view(world, &job).await.job.run, 1, "nothing is tried");
        connected_again(world, &job, later);
        world.vault.plant("acme/brand", r#"{"token":"hush"}"#);
        for _ in 0..2 {
            sweep(&world.lanes(), later).await.unwrap();
        }
        assert_eq!(self::view(world, &job).await.job.run, 2);
        assert_eq!(rows(world), 0);
        place.call_as(Call { run: 2, round: 2, ..wave_call(&job) }).await.unwrap();
        assert_eq!((place.bluesky.posts().len(), place.blog.posts().len()), (1, 1));
    }
}

const DAY: u32 = 24 * 3600;

async fn swept(world: &World, now: Time) -> Vec<String> {
    let found = sweep(&world.lanes(), now).await.unwrap();
    let found = found.iter().filter(|found| found.stuck == Stuck::PublicationOverdue);
    found.map(|found| format!("{}: {}", found.at, found.detail)).collect()
}

#[tokio::test]
async fn what_waits_for_a_day_hangs_and_after_a_week_it_waits_no_more() {
    let job = job();
    for (lacks, why) in
        [(Lacks::Grant, "401: the token is revoked"), (Lacks::Connection, "it is not there")]
    {
        let place = ended_lacking(&job, lacks).await;
        let (world, id) = (&place.world, format!("{}.publish~bluesky", job.job.id));
        for early in [60, DAY - 1] {
            assert_eq!(swept(world, NOW.plus_s(early)).await, [""; 0]);
        }
        let since = NOW.rfc3339();
        let hangs =
            format!("acme/brand: 1 post waits for connection brand ({why}), {id} since {since}");
        // Each minute, as long as it does: whoever only looks sees it as well.
        for late in [DAY, DAY + 60, 3 * DAY] {
            assert_eq!(swept(world, NOW.plus_s(late)).await, [hangs.as_str()]);
            let seen = domain::look::look(&world.table, 100, NOW.plus_s(late)).await.unwrap();
            assert_eq!(seen.found.len(), 1, "{:?}", seen.found);
        }
        assert_eq!(swept(world, NOW.plus_s(7 * DAY)).await, [""; 0]);
        assert_eq!(rows(world), 0);
        let posting = view(world, &job).await.postings.remove(0);
        let told = format!(
            "connection brand was not connected within 7 days: connect it, then galley publications retry {id}"
        );
        let error = posting.error.as_deref();
        assert_eq!((posting.state, error), (PublicationState::Failed, Some(told.as_str())));
        let events = events(world, &job).await;
        let last = events.last().unwrap();
        assert_eq!((last.kind.as_str(), &last.data["error"]), ("publication.failed", &json!(told)));
        // Whoever connects it then says which posts are still wanted.
        connected_again(world, &job, NOW.plus_s(8 * DAY));
        sweep(&world.lanes(), NOW.plus_s(8 * DAY)).await.unwrap();
        assert_eq!(view(world, &job).await.job.run, 1);
    }
}

#[tokio::test]
async fn whatever_fails_while_it_is_looked_after_it_ends_the_same() {
    let job = job();
    let prepare = async || ended_without(&job).await.world;
    for late in [60, DAY, 7 * DAY] {
        let act = async |world: &World| sweep(&world.lanes(), NOW.plus_s(late)).await.map(drop);
        every_fault(prepare, act, World::listing).await;
    }
}

#[tokio::test]
async fn what_was_tried_again_meanwhile_keeps_what_was_said_of_it() {
    let job = job();
    let place = ended_without(&job).await;
    let world = &place.world;
    let mut posting = view(world, &job).await.postings.remove(0);
    (posting.error, posting.updated_at) = (Some("it is too long".into()), NOW.plus_s(DAY));
    let key = domain::record::PostingRecord::key(&job.job.id, &posting.step);
    world.table.plant(Write::put(key, &posting).unwrap());
    swept(world, NOW.plus_s(7 * DAY)).await;
    assert_eq!((rows(world), view(world, &job).await.postings.remove(0)), (0, posting));
}

async fn tried(place: &Place, connection: &str) -> Result<Value> {
    let tenant = domain::id::TenantId::parse("acme").unwrap();
    let account = Question { tenant, connection: connection.into(), signed_in: None };
    place.ask(Asked::About { account }).await
}

#[tokio::test]
async fn an_account_is_tried_and_how_it_stands_is_on_record() {
    let job = job();
    let place = place(&job);
    assert_eq!(tried(&place, "brand").await.unwrap(), json!({ "opens": "yes", "said": "@brand" }));
    place.world.vault.plant("acme/brand", r#"{"token":"over"}"#);
    let told = json!({ "opens": "no", "said": "the token is over" });
    assert_eq!(tried(&place, "brand").await.unwrap(), told);
    let now = brand(&place.world, &job).await;
    assert_eq!((now.state, now.error.as_deref()), (Standing::Expired, Some("the token is over")));
    place.world.vault.plant("acme/brand", r#"{"token":"fresh"}"#);
    tried(&place, "brand").await.unwrap();
    let now = brand(&place.world, &job).await;
    assert_eq!((now.state, now.error, now.due_at), (Standing::Ok, None, Some(NOW)));
    let none = tried(&place, "none").await;
    assert_eq!(none, Err(Error::Invalid("there is no connection none".into())));
}

#[tokio::test]
async fn what_a_target_puts_off_waits_with_all_else_for_it_and_goes_on_by_itself() {
    let job = job();
    let place = ended_lacking(&job, Lacks::Rest).await;
    let (world, until) = (&place.world, NOW.plus_s(REST_S));
    let then = until.rfc3339();
    let view = view(world, &job).await;
    let takes =
        format!("the target of connection brand takes no more until {then}: then this goes on");
    assert_eq!(view.postings[0].error, Some(format!("bluesky answered 429; {takes}")));
    assert_eq!(brand(world, &job).await.rests_until, Some(until));

    // Nothing else is sent there meanwhile: it would be taken.
    domain::job::retry_post(&world.table, &world.flow, (&job.job.id, "publish~bluesky"), NOW)
        .await
        .unwrap();
    let again = Call { run: 2, round: 2, ..wave_call(&job) };
    place.call_then(again, NOW.plus_s(REST_S - 1)).await.unwrap();
    domain::job::settle(&world.table, &end(&job, 2), NOW).await.unwrap();
    assert_eq!(self::view(world, &job).await.postings[0].error, Some(takes));
    sweep(&world.lanes(), NOW.plus_s(REST_S - 1)).await.unwrap();
    let now = self::view(world, &job).await.job;
    assert_eq!((now.run, place.bluesky.posts().len(), rows(world)), (2, 0, 2));

    for _ in 0..2 {
        sweep(&world.lanes(), until).await.unwrap();
    }
    assert_eq!(self::view(world, &job).await.job.run, 3);
    let known = brand(world, &job).await;
    assert_eq!((rows(world), known.rests_until, known.due_at), (0, None, None));
    place.call_then(Call { run: 3, round: 3, ..wave_call(&job) }, until).await.unwrap();
    assert_eq!((place.bluesky.posts().len(), place.blog.posts().len()), (1, 1));
}

#[tokio::test]
async fn whatever_fails_when_a_rest_is_over_what_waited_goes_on_once() {
    let job = job();
    let prepare = async || ended_lacking(&job, Lacks::Rest).await.world;
    let act = async |world: &World| sweep(&world.lanes(), NOW.plus_s(REST_S)).await.map(drop);
    let look = |world: &World| format!("{}\n{}", world.table.listing(), world.flow.listing());
    every_fault(prepare, act, look).await;
}

#[tokio::test]
async fn what_is_put_off_for_a_week_fails() {
    let job = job();
    let place = ended_lacking(&job, Lacks::Rest).await;
    let (world, late) = (&place.world, NOW.plus_s(domain::publish::PAUSED_MOST_S));
    sweep(&world.lanes(), NOW.plus_s(REST_S)).await.unwrap();
    shut(&place, &job, Lacks::Rest).await;
    place.call_then(Call { run: 2, round: 2, ..wave_call(&job) }, late).await.unwrap();
    let posting = view(world, &job).await.postings.remove(0);
    let why = "bluesky answered 429; it was put off for a week";
    assert_eq!((posting.state, posting.error.as_deref()), (PublicationState::Failed, Some(why)));
    assert_eq!((rows(world), brand(world, &job).await.rests_until), (0, None));
}
