//! Reports over real HTTP: doubled, out of order, forged, stale, for strangers, after the end.

use crate::harness::hosts;
use crate::harness::pipelines::one_render;
use crate::harness::until::until;
use crate::harness::world::World;
use aws::clock;
use domain::Time;
use domain::id::{AttemptId, JobId};
use domain::lane::incoming;
use domain::ports::{Bucket, Objects, Put};
use domain::record::AttemptRecord;
use domain::sign::{sha256, sign_hex};
use domain::state::{AttemptState, JobState};
use serde_json::{Value, json};

/// A host as far as reports go.
struct Reporter<'a> {
    world: &'a World,
    attempt: AttemptRecord,
}

impl Reporter<'_> {
    fn body(&self, seq: u64, kind: &str, more: Value) -> Value {
        let work = &self.attempt.work;
        let context = json!({
            "tenant": work.tenant, "lane": work.lane, "slot": self.attempt.slot, "round": work.round,
            "event": 2, "started_at": self.attempt.started_at, "made_from": [], "outputs": ["image"],
            "price": self.attempt.usd_per_slot_second,
        });
        let context = self.world.signing_key().seal("report", &context);
        let mut body = json!({
            "v": 1, "attempt": self.attempt.id, "seq": seq, "context": context, "kind": kind,
            "slot_seconds": 0.05, "at": clock::now().rfc3339(),
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        body
    }

    fn made(&self, seq: u64, bytes: &[u8]) -> Value {
        let output = json!({
            "name": "image", "media_type": "image/png", "sha256": sha256(bytes), "bytes": bytes.len(),
            "width": 256, "height": 256,
        });
        self.body(seq, "succeeded", json!({ "outputs": [output] }))
    }

    /// Signs and sends a report about `attempt`; the status and the answer.
    async fn send(
        &self,
        attempt: &AttemptId,
        body: &Value,
        at: Time,
        secret: &str,
    ) -> (u16, Value) {
        let (text, at) = (body.to_string(), at.unix_s().to_string());
        let signature = sign_hex(secret, format!("{at}.{text}").as_bytes());
        let url = format!("{}/v1/reports/{attempt}", self.world.stack.api_url);
        let request = self.world.http.post(url).header("galley-timestamp", at);
        let request = request.header("galley-signature", format!("v1={signature}"));
        let answer = request.body(text).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    fn secret(&self, attempt: &AttemptId) -> String {
        self.world.signing_key().derive("report", attempt.as_str())
    }

    /// Sends it as the real host would.
    async fn genuine(&self, body: &Value) -> (u16, Value) {
        let attempt = &self.attempt.id;
        self.send(attempt, body, clock::now(), &self.secret(attempt)).await
    }
}

/// A job whose render runs on a host that says nothing, so that the test can say it.
async fn silent(world: &World) -> (JobId, AttemptRecord) {
    let caller = world.tenant().await;
    let job = caller.submit(&one_render(json!({ "seconds": 60, "never_report": true }))).await;
    let first = AttemptId::new(&job, "generate", 1);
    until("a host has it", 40, async || (!world.renders(&job).await.is_empty()).then_some(()))
        .await;
    let attempt = world.attempt(&first, 5, |attempt| !attempt.state.over()).await;
    (job, attempt)
}

/// A picture that the host did put where it was told.
async fn handed_in(world: &World, attempt: &AttemptId) -> Vec<u8> {
    let pixels =
        (0..256 * 256_u32).flat_map(|at| [at as u8, (at >> 8) as u8, ((at * 7919) >> 4) as u8]);
    let picture = media::Picture::rgb(256, 256, pixels.collect()).unwrap();
    let bytes =
        media::encode(&picture, media::Format::Png, media::Quality::new(90).unwrap()).unwrap();
    let how = Put { media_type: "image/png".into(), replace: true, ..Put::default() };
    world
        .objects
        .put(Bucket::Assets, &incoming(attempt, "image"), bytes.clone(), &how)
        .await
        .unwrap();
    bytes
}

/// Ends the render that the host still holds, so that its slot is free for others.
async fn release(world: &World, attempt: &AttemptRecord) {
    let url = format!("{}/v1/renders/{}/cancel", attempt.address, attempt.id);
    let answer =
        world.http.post(url).bearer_auth(&world.secrets.endpoint_key).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
}

#[tokio::test]
async fn a_report_that_is_forged_stale_or_about_nothing_changes_nothing() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    hosts::idle(&world).await;
    let (job, attempt) = silent(&world).await;
    let reporter = Reporter { world: &world, attempt: attempt.clone() };
    let id = &attempt.id;
    let bytes = handed_in(&world, id).await;
    let body = reporter.made(1, &bytes);
    let events = world.events(&job).await;

    let (status, problem) = reporter.send(id, &body, clock::now(), "another secret").await;
    assert_eq!(
        (status, problem["type"].as_str()),
        (401, Some("/v1/errors/unauthorized")),
        "{problem}"
    );
    let stale = Time(clock::now().0 - 301_000);
    let (status, problem) = reporter.send(id, &body, stale, &reporter.secret(id)).await;
    assert_eq!(status, 401, "{problem}");
    let unknown = AttemptId::new(&job, "generate", 9);
    let mut strange = body.clone();
    strange["attempt"] = json!(unknown);
    let secret = reporter.secret(&unknown);
    let (status, problem) = reporter.send(&unknown, &strange, clock::now(), &secret).await;
    assert_eq!(status, 422, "{problem}");
    let (status, problem) = reporter.send(&unknown, &body, clock::now(), &secret).await;
    assert_eq!(status, 422, "one attempt's report at another's address: {problem}");
    let mut foreign = body.clone();
    foreign["context"] = json!("bm90IG91cnM.bm90IG91cnM");
    let (status, problem) = reporter.genuine(&foreign).await;
    assert_eq!(status, 422, "{problem}");

    assert_eq!(world.events(&job).await, events);
    let view = world.job(&job).await;
    assert!(view.assets.is_empty() && view.job.spent.0 == 0, "{view:?}");
    domain::job::cancel(&world.table, &world.flow, &world.queue, &job, clock::now()).await.unwrap();
    release(&world, &attempt).await;
    let (status, answer) = reporter.genuine(&reporter.body(2, "canceled", json!({}))).await;
    assert_eq!((status, answer), (200, json!({ "continue": false })));
    world.ends(&job, JobState::Canceled, 20).await;
}

#[tokio::test]
async fn reports_that_come_twice_and_out_of_order_count_once() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    hosts::idle(&world).await;
    let (job, attempt) = silent(&world).await;
    let reporter = Reporter { world: &world, attempt: attempt.clone() };
    let progress =
        |seq, fraction: f64| reporter.body(seq, "progress", json!({ "fraction": fraction }));
    assert_eq!(reporter.genuine(&progress(3, 0.5)).await, (200, json!({ "continue": true })));
    assert_eq!(reporter.genuine(&progress(2, 0.2)).await, (200, json!({ "continue": true })));
    assert_eq!(reporter.genuine(&progress(3, 0.5)).await, (200, json!({ "continue": true })));
    let now = world.attempt(&attempt.id, 1, |_| true).await;
    assert_eq!((now.seq, now.fraction), (3, 0.5), "an older report undoes nothing");
    assert_eq!(world.count(&job, "step.progress").await, 1);

    let bytes = handed_in(&world, &attempt.id).await;
    let last = reporter.made(5, &bytes);
    let (one, two, three) =
        tokio::join!(reporter.genuine(&last), reporter.genuine(&last), reporter.genuine(&last));
    for (status, answer) in [one, two, three, reporter.genuine(&last).await] {
        assert_eq!((status, answer), (200, json!({ "continue": false })));
    }
    assert_eq!(reporter.genuine(&progress(4, 0.9)).await, (200, json!({ "continue": false })));
    release(&world, &attempt).await;
    let view = world.ends(&job, JobState::Succeeded, 20).await;
    assert_eq!(view.attempts.len(), 1);
    assert_eq!(view.attempts[0].state, AttemptState::Succeeded);
    assert_eq!(world.count(&job, "step.succeeded").await, 1);
    assert_eq!(view.job.spent.0, 20, "a twentieth of a slot-second, paid once");
    let asset = view.assets.values().next().unwrap();
    assert_eq!(world.bytes(Bucket::Assets, &asset.key).await, bytes);
}

#[tokio::test]
async fn a_success_that_comes_after_the_cancel_is_taken_into_custody_and_paid() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    hosts::idle(&world).await;
    let (job, attempt) = silent(&world).await;
    let reporter = Reporter { world: &world, attempt: attempt.clone() };
    domain::job::cancel(&world.table, &world.flow, &world.queue, &job, clock::now()).await.unwrap();
    world.ends(&job, JobState::Canceled, 20).await;
    let bytes = handed_in(&world, &attempt.id).await;
    let (status, answer) = reporter.genuine(&reporter.made(1, &bytes)).await;
    assert_eq!((status, answer), (200, json!({ "continue": false })));
    let view = world.job(&job).await;
    assert_eq!(view.job.state, JobState::Canceled);
    assert_eq!(view.attempts[0].state, AttemptState::Succeeded);
    assert_eq!(view.job.spent.0, 20);
    let asset = view.assets.values().next().expect("the late result is kept");
    assert_eq!((asset.bytes, &asset.sha256), (bytes.len() as u64, &sha256(&bytes)));
    assert_eq!(world.bytes(Bucket::Assets, &asset.key).await, bytes);
    world.events(&job).await;
    hosts::idle(&world).await;
}
