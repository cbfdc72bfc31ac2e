//! Posts: each target by itself, exactly once, whatever fails on the way.

use super::*;
use crate::{Asked, Hub, Spoke, Spokes};
use domain::fakes::{Fault, Lying, MemorySpoke, posts_job};
use domain::id::JobId;
use domain::ports::{Notary, Waits};
use domain::publish::connection::{Connection, Standing, given};
use domain::publish::{Told, Went};
use domain::record::{JobRecord, PublicationState};
use domain::state::{JobState, StepState};
use domain::store::Write;
use domain::time::Time;

pub(super) struct Never;

#[async_trait]
impl Waits for Never {
    async fn wait(&self, _seconds: u32) {}
}

/// A job that is to say one post at Bluesky and in a blog.
pub(super) fn job() -> JobView {
    posts_job(s3().job.id, &[("bluesky", "brand"), ("wordpress", "blog")])
}

/// The same with an id of the test's choice, at targets of these kinds, by connections of their names.
pub(super) fn job_of(id: JobId, kinds: &[&str]) -> JobView {
    let targets: Vec<(&str, &str)> = kinds.iter().map(|kind| (*kind, *kind)).collect();
    posts_job(id, &targets)
}

pub(super) struct Place {
    pub(super) world: World,
    pub(super) bluesky: MemorySpoke,
    pub(super) blog: MemorySpoke,
}

/// A world with two accounts.
pub(super) fn place(view: &JobView) -> Place {
    let world = world(view);
    for (name, kind) in [("brand", "bluesky"), ("blog", "wordpress")] {
        let connection = given(name, &json!({ "kind": kind }), NOW).ok().unwrap().connection;
        let tenant = &view.job.tenant;
        world.table.plant(Write::put(Connection::key(tenant, name), &connection).unwrap());
        world.vault.plant(&Connection::secret_name(tenant, name), r#"{"token":"hush"}"#);
    }
    let spoke = |kind| MemorySpoke::new(kind, world.faults.clone());
    Place { bluesky: spoke("bluesky"), blog: spoke("wordpress"), world }
}

impl Place {
    pub(super) async fn call(&self, view: &JobView) -> Result<Value> {
        let wave = view.plan.wave_of("publish~bluesky").unwrap();
        self.call_as(Call { wave, ..self::call_of(view) }).await
    }

    pub(super) async fn call_as(&self, call: Call) -> Result<Value> {
        self.call_sealed(call, None).await
    }

    pub(super) async fn call_sealed(
        &self,
        call: Call,
        notary: Option<&dyn Notary>,
    ) -> Result<Value> {
        self.asked(call.into(), notary, NOW).await
    }

    /// A call at another time.
    pub(super) async fn call_then(&self, call: Call, now: Time) -> Result<Value> {
        self.asked(call.into(), None, now).await
    }

    pub(super) async fn ask(&self, asked: crate::Asked) -> Result<Value> {
        self.asked(asked, None, NOW).await
    }

    async fn asked(
        &self,
        asked: crate::Asked,
        notary: Option<&dyn Notary>,
        now: Time,
    ) -> Result<Value> {
        let spokes: Spokes<'_> =
            [("bluesky", &self.bluesky as &dyn Spoke), ("wordpress", &self.blog)].into();
        let (table, objects) = (&self.world.table, &self.world.objects);
        let hub =
            Hub { spokes: &spokes, vault: &self.world.vault, waits: &Never, public_url: None };
        let targets = Targets::new();
        let publishing = Publishing { table, objects, targets: &targets, hub: Some(hub), notary };
        handle(&publishing, asked, now).await
    }

    pub(super) async fn take_down(&self, view: &JobView, id: &str, now: Time) -> Result<Value> {
        let tenant = view.job.tenant.clone();
        self.asked_at(Asked::TakeDown { takedown: id.into(), tenant }, now).await
    }

    pub(super) async fn asked_at(&self, input: Asked, now: Time) -> Result<Value> {
        self.asked(input, None, now).await
    }

    pub(super) fn listing(&self) -> String {
        format!("{}\n{}", self.bluesky.listing(), self.blog.listing())
    }
}

pub(super) fn call_of(view: &JobView) -> Call {
    Call {
        job: view.job.id.clone(),
        run: 1,
        round: 1,
        wave: 0,
        item: 0,
        traceparent: view.job.traceparent.clone(),
        event: 0,
    }
}

async fn states(place: &Place, view: &JobView) -> Vec<PublicationState> {
    let view = JobView::expect(&place.world.table, &view.job.id).await.unwrap();
    view.postings.iter().map(|posting| posting.state).collect()
}

const BOTH: &str =
    "bluesky All of it.\n\nMade with AI. true [\"A fox\"]\nwordpress Of a fox true [\"A fox\"]";

#[tokio::test]
async fn a_post_is_at_each_target_in_its_own_form() {
    let job = job();
    let place = place(&job);
    assert_eq!(place.call(&job).await.unwrap()["ok"], true);
    assert_eq!(place.listing(), BOTH);
    let view = JobView::expect(&place.world.table, &job.job.id).await.unwrap();
    let posting = &view.postings[0];
    assert_eq!(
        posting.location.as_ref().unwrap(),
        &format!("https://bluesky.test/{}", posting.remote.as_ref().unwrap())
    );
    assert_eq!((posting.disclosed.as_deref(), posting.media.len()), (Some("text"), 1));
    assert_eq!(posting.busy_until, None);
    let kinds = kinds(&place.world, &job).await;
    let done = "publication.done publication.done step.succeeded step.succeeded";
    assert_eq!(kinds, format!("publication.started publication.started {done}"));
    // A second call sends nothing.
    assert_eq!(place.call(&job).await.unwrap()["ok"], true);
    assert_eq!(place.listing(), BOTH);
}

#[tokio::test]
async fn whatever_fails_and_whoever_dies_each_target_has_it_once() {
    let job = job();
    let clean = place(&job);
    clean.world.faults.clear();
    place_until_done(&clean, &job).await;
    let calls = clean.world.faults.calls();
    for nth in 0..calls {
        for fault in [Fault::Refused, Fault::Lost] {
            let place = place(&job);
            place.world.faults.plan(nth, fault);
            let _ = place.call(&job).await;
            place.world.faults.clear();
            place_until_done(&place, &job).await;
            assert_eq!(place.listing(), BOTH, "call {nth} of {calls} {fault:?}");
            assert_eq!(
                states(&place, &job).await,
                [PublicationState::Done; 2],
                "call {nth} {fault:?}"
            );
        }
    }
}

async fn place_until_done(place: &Place, job: &JobView) {
    for _ in 0..4 {
        if place.call(job).await.is_ok() {
            return;
        }
    }
    panic!("it is not done after four calls");
}

#[tokio::test]
async fn a_target_that_refuses_leaves_the_other_going() {
    let job = job();
    let place = place(&job);
    place.bluesky.says(Some(Told::refused(Refusal::Never, "no such account")));
    assert_eq!(place.call(&job).await.unwrap()["ok"], true);
    assert_eq!(states(&place, &job).await, [PublicationState::Failed, PublicationState::Done]);
    let view = JobView::expect(&place.world.table, &job.job.id).await.unwrap();
    assert_eq!(view.step("publish~bluesky").state, StepState::Skipped);
    assert_eq!(view.job.degraded[0].reason, "no such account");
    assert_eq!(place.blog.posts().len(), 1);
}

#[tokio::test]
async fn a_retry_asks_only_the_target_that_has_it_not() {
    let mut job = job();
    let place = place(&job);
    place.bluesky.says(Some(Told::refused(Refusal::Never, "no such account")));
    place.call(&job).await.unwrap();
    place.bluesky.says(None);
    (job.job.run, job.job.round, job.job.state) = (2, 2, JobState::Running);
    place.world.table.plant(Write::put(JobRecord::key(&job.job.id), &job.job).unwrap());
    let wave = job.plan.wave_of("publish~bluesky").unwrap();
    let again = Call { run: 2, round: 2, wave, ..call_of(&job) };
    assert_eq!(place.call_as(again).await.unwrap()["ok"], true);
    assert_eq!(place.listing(), BOTH);
}

#[tokio::test]
async fn what_nobody_knows_is_looked_up_before_anything_is_sent_again() {
    let job = job();
    let place = place(&job);
    place.bluesky.says(Some(Told::unknown("no answer within 10s")));
    let told = place.call(&job).await;
    assert!(matches!(told, Err(Error::Again(why)) if why.contains("no answer")));
    assert_eq!(states(&place, &job).await, [PublicationState::Unknown, PublicationState::Done]);
    place.bluesky.says(None);
    assert_eq!(place.call(&job).await.unwrap()["ok"], true);
    assert_eq!(place.listing(), BOTH);
}

#[tokio::test]
async fn an_account_that_opens_nothing_any_more_is_paused_and_says_so() {
    let job = job();
    let place = place(&job);
    place.bluesky.says(Some(Told::grant_over("401: the token is revoked")));
    assert_eq!(place.call(&job).await.unwrap()["ok"], true);
    let view = JobView::expect(&place.world.table, &job.job.id).await.unwrap();
    let told =
        "connection brand is over (401: the token is revoked): connect it again, and this goes on";
    assert_eq!(view.postings[0].error.as_deref(), Some(told));
    let tenant = &job.job.tenant;
    let brand = Connection::read(&place.world.table, tenant, "brand").await.unwrap().unwrap();
    assert_eq!(brand.state, Standing::Expired);
    let blog = Connection::read(&place.world.table, tenant, "blog").await.unwrap().unwrap();
    assert_eq!(blog.state, Standing::Ok);
    assert!(!place.world.listing().contains("hush"), "no record holds a secret");
}

#[tokio::test]
async fn what_is_not_connected_is_told_with_what_to_do() {
    let job = job();
    let place = place(&job);
    let gone = Write::delete(Connection::key(&job.job.tenant, "brand"));
    domain::ports::Table::write(&place.world.table, vec![gone]).await.unwrap();
    place.call(&job).await.unwrap();
    let view = JobView::expect(&place.world.table, &job.job.id).await.unwrap();
    let told = "there is no connection brand: connect it, and this goes on (galley connections put brand --kind bluesky)";
    assert_eq!(view.postings[0].error.as_deref(), Some(told));
    assert_eq!(place.blog.posts().len(), 1);
}

#[tokio::test]
async fn nothing_goes_anywhere_whose_bytes_nobody_judged() {
    let mut job = job();
    job.steps.get_mut("good").unwrap().verdict = Some(json!({ "verdict": "fail", "subjects": [] }));
    let place = place(&job);
    let told = place.call(&job).await.unwrap();
    assert!(told["end"] == "rejected" || told["ok"] == true, "{told}");
    assert!(place.bluesky.posts().is_empty() && place.blog.posts().is_empty());
}

#[tokio::test]
async fn a_target_that_works_on_it_is_asked_how_it_stands() {
    let job = job();
    let place = place(&job);
    place.blog.says(Some(Told::new(Went::Working).knowing(json!({ "post": 7 }))));
    let told = place.call(&job).await;
    assert!(matches!(told, Err(Error::Again(why)) if why.contains("still works on it")));
    let view = JobView::expect(&place.world.table, &job.job.id).await.unwrap();
    assert_eq!(view.postings[1].progress, json!({ "post": 7 }));
    let lying: Vec<Lying> = place.bluesky.posts();
    assert_eq!(lying.len(), 1);
}

/// The steps that a retry of one target has to leave alone, as the table has them.
fn others(place: &Place, one: &str) -> Vec<String> {
    let listing = place.world.table.listing();
    let of = |line: &&str| {
        let key = line.split(' ').nth(1).unwrap_or_default();
        (key.starts_with("STEP#") || key.starts_with("POSTING#")) && !key.ends_with(one)
    };
    listing.lines().filter(of).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_retry_of_one_target_asks_that_one_and_leaves_all_else_as_it_is() {
    let job = job_of(JobId::new(NOW, [7; 10]), &["bluesky", "wordpress"]);
    let place = place(&job);
    for kind in ["bluesky", "wordpress"] {
        let connection = given(kind, &json!({ "kind": kind }), NOW).ok().unwrap().connection;
        let tenant = &job.job.tenant;
        place.world.table.plant(Write::put(Connection::key(tenant, kind), &connection).unwrap());
        place.world.vault.plant(&Connection::secret_name(tenant, kind), r#"{"token":"hush"}"#);
    }
    for spoke in [&place.bluesky, &place.blog] {
        spoke.says(Some(Told::refused(Refusal::Never, "no such account")));
    }
    // A plan of posts alone, so that one success is enough for the job.
    place.call(&job).await.unwrap();
    let end = |run| domain::job::End {
        job: job.job.id.clone(),
        run,
        end: JobState::Succeeded,
        event: 0,
        reason: None,
    };
    let (table, id) = (&place.world.table, &job.job.id);
    assert_eq!(domain::job::settle(table, &end(1), NOW).await.unwrap(), JobState::Failed);
    let before = others(&place, "publish~bluesky");
    assert!(before.iter().any(|line| line.contains("POSTING#publish~wordpress")));
    for spoke in [&place.bluesky, &place.blog] {
        spoke.says(None);
    }
    let retried = domain::job::retry_post(table, &place.world.flow, (id, "publish~bluesky"), NOW);
    retried.await.unwrap();
    let now = JobView::expect(table, id).await.unwrap();
    assert_eq!((now.job.run, now.job.only.as_deref()), (2, Some("publish~bluesky")));
    let wave = job.plan.wave_of("publish~bluesky").unwrap();
    let again = Call { run: 2, round: 2, wave, ..call_of(&job) };
    assert_eq!(place.call_as(again).await.unwrap()["ok"], true);
    assert_eq!(others(&place, "publish~bluesky"), before);
    assert_eq!((place.bluesky.posts().len(), place.blog.posts().len()), (1, 0));
    assert_eq!(domain::job::settle(table, &end(2), NOW).await.unwrap(), JobState::Succeeded);
    let over = JobView::expect(table, id).await.unwrap();
    let lacks: Vec<_> = over.job.degraded.iter().map(|lacking| lacking.step.as_str()).collect();
    assert_eq!(lacks, ["publish~wordpress"]);
    let told = domain::job::retry_post(table, &place.world.flow, (id, "publish~bluesky"), NOW);
    let told = told.await.unwrap_err().to_string();
    let named = format!("publication {id}.publish~bluesky");
    assert_eq!(told, format!("{named} is there already: there is nothing to retry"));
    // The whole job makes up for the rest.
    domain::job::retry(table, &place.world.flow, id, NOW).await.unwrap();
    let again = Call { run: 3, round: 3, wave, ..call_of(&job) };
    assert_eq!(place.call_as(again).await.unwrap()["ok"], true);
    assert_eq!((place.bluesky.posts().len(), place.blog.posts().len()), (1, 1));
}
