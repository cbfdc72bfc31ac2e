//! Steps of which something is lacking: skipped, failed and skipped, or made of what is there.

use super::*;
use domain::record::Skipped;
use domain::skip::{Lost, lost};

const CARD: &str = "
name: card
inputs: { photo: { type: image }, logo: { type: image } }
budget_usd: 0.10
steps:
  mark: { kind: image.convert, with: { image: '{{ inputs.logo }}', format: png }, on_error: skip }
  good: { kind: gate.quality, with: { images: '{{ inputs.photo }}' } }
  made: { kind: image.composite, with: { width: 60, height: 40, layers: [{ image: '{{ inputs.photo }}' }, { image: '{{ mark.image }}', scale: 0.2 }] } }
  seen: { kind: gate.quality, with: { images: '{{ made.image }}' } }
  publish: { kind: publish, with: { assets: '{{ made.image }}', target: { kind: s3 } }, after: [seen] }
";

fn card(text: &str) -> World {
    let pipeline = Pipeline::parse(text).unwrap_or_else(|problems| panic!("{problems:?}"));
    world_of(pipeline, &[("photo", &photo(90, 60)), ("logo", b"no picture")], json!({}))
}

async fn at(world: &World, step: &str) -> Result<Value> {
    let wave = Pipeline::parse(CARD).unwrap().plan().wave_of(step).unwrap();
    handle(&world.table, &world.objects, Call { wave, item: 0, ..call() }, NOW).await
}

#[tokio::test]
async fn a_step_that_may_be_lacking_leaves_its_layer_out() {
    let world = card(CARD);
    assert_eq!(at(&world, "mark").await.unwrap()["ok"], true);
    let before = view(&world).await;
    assert_eq!(before.step("mark").state, StepState::Skipped);
    assert!(before.step("mark").error.is_some_and(|error| !error.is_empty()));
    assert_eq!(before.job.degraded[0].step, "mark");
    assert_eq!(at(&world, "made").await.unwrap()["ok"], true);
    let made = view(&world).await.step("made");
    assert_eq!(made.state, StepState::Succeeded);
}

#[tokio::test]
async fn a_step_with_no_layer_left_is_skipped() {
    let world = card(&CARD.replace("{ image: '{{ inputs.photo }}' }, ", ""));
    at(&world, "mark").await.unwrap();
    at(&world, "made").await.unwrap();
    let made = view(&world).await.step("made");
    let reason = "needs mark, which was skipped".to_owned();
    assert_eq!(made.skipped, Some(Skipped { run: 1, reason, error: true }));
}

#[tokio::test]
async fn any_fault_of_a_failure_that_may_be_lacking_changes_nothing() {
    let prepare = async || card(CARD);
    let act = async |world: &World| at(world, "mark").await.map(drop);
    every_fault(prepare, act, World::listing).await;
}

/// The machine gives the call up while its function still works.
async fn give_up(world: &World) {
    let call = Lost { call: call(), lost: "States.Timeout".into() };
    assert_eq!(lost(&world.table, &world.queue, &call, NOW).await.unwrap()["ok"], true);
}

#[tokio::test]
async fn what_is_done_after_a_step_was_given_up_changes_nothing() {
    let optional = LADDER.replace("{ kind", "{ on_error: skip, kind");
    let world = world(&optional, &photo(90, 60));
    assert_eq!(overtaken(&world, give_up(&world)).await, json!({"ok": true}));
    let after = view(&world).await;
    assert_eq!((after.step("made").state, after.assets.len()), (StepState::Skipped, 1));
    let error = "its function gave no answer: States.Timeout";
    assert_eq!(after.step("made").error.as_deref(), Some(error));
    assert_eq!(after.job.degraded[0].step, "made");
    let before = world.table.listing();
    assert_eq!(run(&world).await.unwrap(), json!({"ok": true}), "however late");
    assert_eq!(world.table.listing(), before);
}

const WHEN: &str = "when: \"inputs.photo != '' && good.verdict == 'pass'\"";

#[tokio::test]
async fn a_condition_decides_whether_a_step_is_made() {
    let conditioned = LADDER.replace("{ kind", &format!("{{ {WHEN}, kind"));
    let prepare = async || world(&conditioned, &photo(90, 60));
    let act = async |world: &World| run(world).await.map(drop);
    every_fault(prepare, act, World::listing).await;
    let without = prepare().await;
    assert_eq!(run(&without).await.unwrap(), json!({"ok": true, "event": 4}));
    let made = view(&without).await.step("made");
    let reason = "when: inputs.photo != '' && good.verdict == 'pass'".to_owned();
    assert_eq!(made.skipped, Some(Skipped { run: 1, reason, error: false }));
    assert!(view(&without).await.job.degraded.is_empty());
    let with = prepare().await;
    let verdict = json!({ "verdict": "pass" });
    let good = json!({ "name": "good", "round": 1, "state": "succeeded", "verdict": verdict });
    plant(&with, StepRecord::key(&call().job, "good"), &good);
    run(&with).await.unwrap();
    assert_eq!(view(&with).await.step("made").state, StepState::Succeeded);
}

#[tokio::test]
async fn a_condition_that_cannot_be_told_fails_its_step() {
    let odd = LADDER.replace("{ kind", "{ when: \"labels.team == 'x'\", kind");
    let world = world(&odd, &photo(90, 60));
    let outcome = run(&world).await.unwrap();
    let why = "the condition cannot be told: No such key: team";
    assert_failed(&outcome, &view(&world).await, &world, why);
}
