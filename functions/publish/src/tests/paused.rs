//! What waits for an account to be connected again goes on by itself, once; and accounts can be tried.

use super::posted::{Place, call_of, job, place};
use super::*;
use crate::Asked;
use domain::fakes::every_fault;
use domain::publish::connection::{Connection, Standing, given};
use domain::publish::{Question, Told};
use domain::record::{JobRecord, PublicationState};
use domain::state::JobState;
use domain::store::Write;
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

/// A job that ended without a target whose grant was over.
async fn ended_without(job: &JobView) -> Place {
    let place = place(job);
    place.bluesky.says(Some(Told::grant_over("401: the token is revoked")));
    let wave = job.plan.wave_of("publish~bluesky").unwrap();
    place.call_as(Call { wave, ..call_of(job) }).await.unwrap();
    domain::job::settle(&place.world.table, &end(job, 1), NOW).await.unwrap();
    place.bluesky.says(None);
    place
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

#[tokio::test]
async fn whatever_fails_while_a_grant_is_found_over_the_post_waits() {
    let job = job();
    let clean = ended_without(&job).await;
    let rows = |place: &Place| {
        let listing = place.world.table.listing();
        listing.lines().filter(|line| line.starts_with("PAUSED#acme#brand ")).count()
    };
    assert_eq!(rows(&clean), 1);
    for nth in 0..40 {
        for fault in [domain::fakes::Fault::Refused, domain::fakes::Fault::Lost] {
            let place = place(&job);
            place.bluesky.says(Some(Told::grant_over("401: the token is revoked")));
            let wave = job.plan.wave_of("publish~bluesky").unwrap();
            let call = Call { wave, ..call_of(&job) };
            place.world.faults.plan(nth, fault);
            let _ = place.call_as(call.clone()).await;
            place.world.faults.clear();
            for _ in 0..3 {
                if place.call_as(call.clone()).await.is_ok() {
                    break;
                }
            }
            let view = view(&place.world, &job).await;
            assert_eq!(view.postings[0].state, PublicationState::Failed, "{nth} {fault:?}");
            assert_eq!(rows(&place), 1, "{nth} {fault:?}");
        }
    }
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
