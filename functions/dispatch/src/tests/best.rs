//! The best of several candidates and of all rounds: each on the ledger by itself, and all of it paid.

use super::looped::{looping, paint, score, view};
use super::*;
use domain::event::last_number;
use domain::gate::{Decision, Subject};
use domain::id::AssetId;
use domain::lane::Message;
use domain::publish::cleared;
use domain::review::{Approval, ReviewState};
use domain::store::Write;
use std::collections::BTreeMap;

#[tokio::test]
async fn people_see_approve_and_clear_exactly_the_best_round_and_the_money_adds_up() {
    let (world, job) = looping("then: review").await;
    for (round, good) in [(1, 0.2), (2, 0.7), (3, 0.5)] {
        paint(&world, &job, round).await;
        let decision = score(&world, &job, "too plain", Some(good)).await;
        assert_eq!(matches!(decision, Decision::Back { .. }), round < 3, "{decision:?}");
    }
    let seen = view(&world, &job).await;
    let made: Vec<_> = seen.assets.values().map(|asset| asset.sha256.clone()).collect();
    assert_eq!(made.len(), 3, "what lost stays on record");
    let review = &seen.reviews[0];
    let subject = Subject {
        asset: seen.step("generate").outputs["image"][0].clone(),
        sha256: made[1].clone(),
    };
    assert_eq!((review.state, &review.subjects), (ReviewState::Open, &vec![subject.clone()]));
    let tries = review.verdict["tries"].as_array().unwrap();
    let best: Vec<_> =
        tries.iter().map(|one| (&one["round"], &one["score"], &one["best"])).collect();
    assert_eq!(json!(best), json!([[1, 0.2, null], [2, 0.7, true], [3, 0.5, null]]));

    // As an approval leaves it.
    let approval =
        Approval { review: review.id.clone(), by: vec![], at: NOW, subjects: vec![subject] };
    let mut gate = seen.step("good");
    gate.state = StepState::Succeeded;
    gate.verdict.as_mut().unwrap()["approved"] = json!(approval);
    world.table.plant(Write::put(StepRecord::key(&job, "good"), &gate).unwrap());
    let seen = view(&world, &job).await;
    let clear: Vec<bool> =
        seen.assets.values().map(|asset| cleared(&seen, asset).is_ok()).collect();
    assert_eq!(clear, [false, true, false], "only these bytes may be published");

    let paid: Vec<i64> = seen.attempts.iter().map(|one| one.usd.unwrap().0).collect();
    assert_eq!((paid.len(), seen.job.spent.0), (3, paid.iter().sum()), "the money adds up");
    let shown = domain::job::job_json(&seen);
    let gate =
        shown["steps"].as_array().unwrap().iter().find(|step| step["name"] == "good").unwrap();
    let again = (paid[1] + paid[2]) as f64 / 1e6;
    assert_eq!(gate["loops"], json!({ "count": 2, "spent_usd": again }));
    assert_eq!(gate["verdict"].get("kept"), None, "that is between us");
}

const SEVERAL: &str = r#"
name: several
inputs: { prompt: { type: text } }
budget_usd: BUDGET
steps:
  generate: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}", seed: 7 }, best_of: 3, retry: { attempts: 1 } }
  good: { kind: gate.quality, with: { images: "{{ generate.image }}" } }
"#;

async fn several(budget: &str, prompt: &str) -> (World, JobId) {
    let world = World::default();
    world.host("host-a", 4).await;
    let pipeline = SEVERAL.replace("BUDGET", budget);
    let job = world.job(1, &pipeline, json!({ "prompt": prompt })).await;
    (world, job)
}

fn candidate(job: &JobId, number: u32) -> AttemptId {
    let step = if number == 1 { "generate".to_owned() } else { format!("generate~{number}") };
    AttemptId::new(job, &step, 1)
}

async fn take(world: &World, job: &JobId, item: usize) -> Result<()> {
    let token = format!("token-{job}-{item}");
    let event = last_number(&world.table, job).await?;
    let message = Message { item, token, event, ..world.message(job, 0) };
    handle(&world.lanes(), Input::Take(message), NOW).await
}

#[tokio::test]
async fn each_candidate_is_an_attempt_of_its_own_with_a_seed_of_its_own() {
    let (world, job) = several("1", "a fox").await;
    for item in 0..3 {
        take(&world, &job, item).await.unwrap();
    }
    let seeds = [1, 2, 3].map(|n| world.render(&candidate(&job, n)).params["seed"].clone());
    assert_eq!(seeds, [7, 8, 9].map(|n| json!(n)));
    assert_eq!(world.hosts.renders().len(), 3, "they are made at the same time");
    for number in 1..=3 {
        let done = world.success(&candidate(&job, number), 1);
        world.lanes().report(&done, NOW.plus_s(2)).await.unwrap();
    }
    let seen = view(&world, &job).await;
    let paid: i64 = seen.attempts.iter().map(|one| one.usd.unwrap().0).sum();
    assert_eq!((seen.attempts.len(), seen.job.spent.0), (3, paid), "the money adds up");
    let made: BTreeMap<&str, &AssetId> =
        seen.steps.values().map(|step| (step.name.as_str(), &step.outputs["image"][0])).collect();
    assert_eq!(made.keys().copied().collect::<Vec<_>>(), ["generate", "generate~2", "generate~3"]);
    assert_eq!(world.flow.completed().len(), 3);
}

#[tokio::test]
async fn a_candidate_that_nothing_is_left_for_is_left_out_and_nothing_is_worse_for_it() {
    let (world, job) = several("0.1", "a fox").await;
    let key = domain::record::JobRecord::key(&job);
    for item in 0..2 {
        take(&world, &job, item).await.unwrap();
        let done = world.success(&candidate(&job, item as u32 + 1), 1);
        world.lanes().report(&done, NOW.plus_s(2)).await.unwrap();
    }
    // Nothing of the budget is left.
    let mut meta = world.table.peek(&key).unwrap();
    meta.insert("budget".into(), meta["spent"].clone());
    world.table.plant(Write::put(key, &meta).unwrap());
    take(&world, &job, 2).await.unwrap();
    let seen = view(&world, &job).await;
    let third = seen.step("generate~3");
    assert_eq!(third.state, StepState::Skipped, "{third:?}");
    assert!(!third.skipped.unwrap().error && seen.job.degraded.is_empty());
    assert_eq!(seen.no_candidate("good"), None);
    let left: Vec<u32> = seen
        .candidates("good")
        .iter()
        .filter(|one| one.view.is_some())
        .map(|one| one.number)
        .collect();
    assert_eq!(left, [1, 2]);
}

#[tokio::test]
async fn every_call_of_a_further_candidate_may_fail_both_ways() {
    let prepare = async || {
        let (world, job) = several("1", "a fox").await;
        take(&world, &job, 0).await.unwrap();
        world
    };
    let act = async |world: &World| {
        take(world, &JobId::new(NOW, [1; 10]), 1).await?;
        handle(&world.lanes(), Input::Tick { tick: GPU.into() }, NOW.plus_s(60)).await
    };
    every_fault(prepare, act, renders).await;
}
