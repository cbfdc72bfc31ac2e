//! Every way to hang, made to happen on the stack and reported within one sweep.

use crate::harness::hosts;
use crate::harness::pipelines::one_render;
use crate::harness::until::until;
use crate::harness::world::{NoFlow, World};
use aws::clock;
use domain::Time;
use domain::id::{AssetId, AttemptId, JobId, ReviewId};
use domain::lane::{GPU, HostRecord, HostState, SlotRecord, pk, slot_key};
use domain::record::{AttemptRecord, JobRecord, PublicationRecord, PublicationState, StepRecord};
use domain::review::ReviewRecord;
use domain::state::{AttemptState, JobState, StepState};
use domain::store::{Key, Write};
use domain::stuck::{BEHIND_S, Stuck};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:9";

/// A job whose execution never was, so that only the sweep sees it.
async fn hung(world: &World) -> JobId {
    let caller = world.tenant().await;
    world.accept(&caller.tenant, &one_render(json!({})), &NoFlow).await
}

/// A step of it under way, as its execution would have left it.
fn step(job: &JobId, now: Time, deadline_at: Time) -> Write {
    let mut step = StepRecord::pending("generate", 1);
    step.state = StepState::Running;
    step.attempts = 1;
    step.token = Some(format!("nobody-waits-{job}"));
    step.deadline_at = Some(deadline_at);
    step.started_at = Some(now);
    Write::put(StepRecord::key(job, "generate"), &step).unwrap()
}

async fn attempt(world: &World, job: &JobId, now: Time) -> Write {
    let view = world.job(job).await;
    let long_ago = now.0 - 400_000;
    let id = AttemptId::new(job, "generate", 1);
    let work = json!({
        "attempt": id, "tenant": view.job.tenant, "round": 1, "lane": GPU, "kind": "image.generate",
        "params": {}, "inputs": {}, "outputs": {}, "last_attempt": 1, "enqueued_at": long_ago,
        "not_before": long_ago, "deadline_at": now.plus_s(600), "stall_s": 60,
        "traceparent": view.job.traceparent,
    });
    let attempt = json!({
        "id": id, "state": AttemptState::Unknown, "work": work, "host": "ghost", "address": NOWHERE,
        "slot": "SLOT#nowhere#000", "usd_per_slot_second": 0, "started_at": long_ago,
    });
    Write::put(AttemptRecord::key(&id), &attempt).unwrap()
}

fn publication(job: &JobId, now: Time, target: &str, state: PublicationState) -> Write {
    let asset = AssetId::new(job, "generate", target, 0);
    let long_ago = now.0 - 901_000;
    let record = json!({
        "step": "publish", "target": target, "asset": asset, "sha256": "00", "state": state,
        "tries": 1, "started_at": long_ago, "updated_at": long_ago,
    });
    Write::put(PublicationRecord::key(job, "publish", &asset), &record).unwrap()
}

/// A job in the midst of its run that the sweep looks at now.
fn running(job: &JobId, now: Time, round: u32) -> Write {
    let fields = json!({
        "state": JobState::Running, "round": round, "updated_at": now.0 - 400_000, "due_at": now,
    });
    Write::set(JobRecord::key(job), fields)
}

/// A job whose work waits in the lane that is on hold, since longer than it should.
async fn waits_too_long(world: &World, now: Time) -> JobId {
    let job = world.tenant().await.submit(&one_render(json!({}))).await;
    let mut waiting = until("its work waits", 30, async || {
        let waiting = world.lane().await.waiting;
        waiting.into_iter().find(|waiting| waiting.work.attempt.job() == job)
    })
    .await;
    waiting.work.enqueued_at = Time(now.0 - i64::from(BEHIND_S) * 1000);
    world.write(vec![Write::put(waiting.key(), &waiting).unwrap()]).await;
    job
}

/// A host that nobody runs, with one slot.
fn ghost(name: &str, now: Time, slot: Value) -> (Vec<Write>, Vec<Key>) {
    let host = json!({
        "host": name, "address": NOWHERE, "models": [], "kinds": [], "usd_per_slot_second": 0,
        "state": HostState::Draining, "slots": 1, "until": now,
    });
    let keys = vec![HostRecord::key(name), slot_key(GPU, &SlotRecord::sk(name, 0))];
    let writes = vec![
        Write::put(keys[0].clone(), &host).unwrap(),
        Write::put(keys[1].clone(), &slot).unwrap(),
    ];
    (writes, keys)
}

/// Whether a line of settle's log reports this way to hang at this place.
fn reports(line: &Value, stuck: Stuck, place: &str) -> bool {
    let text = |name: &str| line[name].as_str().unwrap_or_default();
    text("stuck") == stuck.as_str()
        && (text("at").contains(place) || text("message").contains(place))
}

#[tokio::test]
async fn each_way_to_hang_is_reported_within_one_sweep() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    hosts::idle(&world).await;
    let now = clock::now();
    let [unstarted, unheld, late, unasked] =
        [hung(&world).await, hung(&world).await, hung(&world).await, hung(&world).await];
    let lost = AttemptId::new(&late, "generate", 7);
    let (leased, mut planted) = ghost(
        "ghost-leased",
        now,
        json!({
            "host": "ghost-leased", "lease_until": now.0 - 1, "attempt": lost,
        }),
    );
    let (open, keys) = ghost(
        "ghost-open",
        now,
        json!({
            "host": "ghost-open", "lease_until": 0, "failures": 3, "failed_at": now,
        }),
    );
    planted.extend(keys);
    let hold = Key::new(pk(GPU), "HOLD");
    planted.push(hold.clone());
    world.write(vec![Write::put(hold, &json!({ "reason": "a test holds it" })).unwrap()]).await;
    // Before the rest, for whoever records it looks at the slots too.
    let behind = waits_too_long(&world, now).await;

    let drift = Key::new("DRIFT", "fal#images[0].url");
    planted.push(drift.clone());
    let drifted = json!({
        "vendor": "fal", "field": "images[0].url", "found": "null", "count": 1, "attempt": lost, "at": now,
    });
    world.write(vec![Write::put(drift, &drifted).unwrap()]).await;

    let off = Key::new("GATES#OFF", "nobodys#brand#made by fal/flux");
    planted.push(off.clone());
    let left = json!({
        "tenant": "nobodys", "policy": "brand", "day": now.day(), "expires_at": now.unix_s() + 3600,
        "detail": "made by fal/flux: 10 of 20 passed today, 69 % to 100 % was to be expected",
    });
    world.write(vec![Write::put(off, &left).unwrap()]).await;

    let takedown = Key::new("TAKEDOWNS#nobodys", "tkd_stuck");
    planted.push(takedown.clone());
    let unfinished = json!({
        "id": "tkd_stuck", "tenant": "nobodys", "asset": format!("{late}.generate.1.0"), "sha256": "00",
        "reason": "a test", "by": "nobodys", "state": "working", "rev": 1, "looks": 9,
        "asked_at": now.0 - 3_600_000, "updated_at": now, "due_pk": "PUBLISHED", "due_at": now.0 - 1,
    });
    world.write(vec![Write::put(takedown, &unfinished).unwrap()]).await;

    let mut done = StepRecord::pending("generate", 1);
    done.state = StepState::Succeeded;
    let asked = ReviewId::new(&unasked, "good", 2);
    let review = json!({
        "id": asked, "tenant": "nobodys", "pipeline": "hero-image", "run": 1, "wave": 3,
        "state": "open", "version": 1, "subjects": [], "verdict": {}, "rules": {}, "opened_at": 0,
        "expires_at": now.0 - 1, "due_pk": "DUE", "due_at": now.0 - 1,
        "tenant_jobs": "nobodys#reviews", "sk_job": asked,
    });
    let writes = vec![
        Write::set(JobRecord::key(&unstarted), json!({ "due_at": now })),
        running(&unheld, now, 1),
        step(&unheld, now, now.plus_s(600)),
        attempt(&world, &unheld, now).await,
        running(&late, now, 1),
        step(&late, now, Time(now.0 - 1)),
        running(&unasked, now, 2),
        Write::put(StepRecord::key(&unasked, "generate"), &done).unwrap(),
        Write::put(ReviewRecord::key(&asked), &review).unwrap(),
        publication(&unasked, now, "s3", PublicationState::Started),
        publication(&unasked, now, "webhook", PublicationState::Failed),
    ];
    let dead = world.sqs.send_message().queue_url(&world.stack.dispatch_dead_letters_url);
    dead.message_body("{}").send().await.unwrap();
    world.write([writes, leased, open].concat()).await;

    world.sweep().await;

    for key in planted {
        world.write(vec![Write::delete(key)]).await;
    }
    world.sqs.purge_queue().queue_url(&world.stack.dispatch_dead_letters_url).send().await.unwrap();
    let expected = [
        (Stuck::JobNotStarted, unstarted.as_str()),
        (Stuck::AttemptWithoutLease, unheld.as_str()),
        (Stuck::LeaseWithoutReport, lost.as_str()),
        (Stuck::TokenWithoutCallback, late.as_str()),
        (Stuck::CallbackWithoutToken, unasked.as_str()),
        (Stuck::UnknownPastBound, unheld.as_str()),
        (Stuck::ReviewOverdue, unasked.as_str()),
        (Stuck::PublicationOverdue, unasked.as_str()),
        (Stuck::DeadDelivery, unasked.as_str()),
        (Stuck::DeadLetter, "dispatch"),
        (Stuck::LaneOnHold, "a test holds it"),
        (Stuck::CircuitOpen, "ghost-open"),
        (Stuck::LaneBehind, GPU),
        (Stuck::ContractDrift, "images[0].url"),
        (Stuck::PassRateOff, "nobodys/brand"),
        (Stuck::TakedownOverdue, "tkd_stuck"),
    ];
    assert_eq!(expected.map(|(stuck, _)| stuck), Stuck::ALL);
    let lines = until("the findings are in settle's log", 15, async || {
        let lines = world.cloud.logged("settle", now.0).await;
        let all =
            expected.iter().all(|(stuck, at)| lines.iter().any(|line| reports(line, *stuck, at)));
        if !all {
            let missing: Vec<_> = expected
                .iter()
                .filter(|(stuck, at)| !lines.iter().any(|line| reports(line, *stuck, at)))
                .collect();
            eprintln!("not reported yet: {missing:?}");
        }
        all.then_some(lines)
    })
    .await;
    // The alarms watch one metric with one dimension.
    let kinds: BTreeSet<_> = lines
        .iter()
        .filter(|line| line["Stuck"].as_f64().is_some_and(|count| 1.0 <= count))
        .map(|line| {
            let directive = &line["_aws"]["CloudWatchMetrics"][0];
            assert_eq!(directive["Namespace"], "Galley");
            assert_eq!(directive["Dimensions"], json!([["kind"]]));
            line["kind"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(kinds, Stuck::ALL.map(|stuck| stuck.as_str().to_owned()).into());

    // Nothing that hung is left behind.
    for job in [&unheld, &late, &unasked] {
        let view = world.job(job).await;
        domain::job::cancel(&world.table, &world.flow, &world.queue, &view.job.id, clock::now())
            .await
            .unwrap();
        world.due_now(job).await;
    }
    world.sweep().await;
    for job in [&unheld, &late, &unasked] {
        world.ends(job, JobState::Canceled, 10).await;
    }
    world.ends(&unstarted, JobState::Succeeded, 60).await;
    world.ends(&behind, JobState::Succeeded, 60).await;
}
