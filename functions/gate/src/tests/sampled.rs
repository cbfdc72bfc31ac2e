//! Passes that people are asked about, unannounced; and every verdict by a policy on record for the report.

use super::policies::{judge, waiting};
use super::stage::*;
use crate::*;
use domain::fakes::{World, every_fault};
use domain::gate::report::{Row, read};
use domain::gate::{Verdict, policy::Said};
use domain::id::TenantId;
use domain::review::{ReviewRecord, ReviewState};
use domain::state::StepState;

const PLAIN: &str = "
name: brand
owner: design
criteria: { sharp: { evaluator: technical } }
";

fn sampled() -> World {
    waiting(&format!("{PLAIN}sample: 100 %\n"), "a fox", &fine())
}

async fn told(world: &World) -> Value {
    let view = view(world).await;
    let wave = view.plan.wave_of("brand").unwrap();
    handle(&world.table, &world.objects, Call { wave, ..call() }, NOW).await.unwrap()
}

async fn rows(world: &World) -> Vec<Row> {
    let acme = TenantId::parse("acme").unwrap();
    read(&world.table, &acme, "brand", (domain::Time(0), 10)).await.unwrap().rows
}

#[tokio::test]
async fn a_sampled_pass_waits_for_people_as_any_review_and_tells_nobody_why() {
    let world = sampled();
    assert_eq!(told(&world).await["review"], 1);
    let view = view(&world).await;
    assert_eq!(view.step("brand").state, StepState::Waiting);
    let [ReviewRecord { state: ReviewState::Open, verdict, .. }] = &view.reviews[..] else {
        panic!("{:?}", view.reviews)
    };
    assert_eq!(verdict["verdict"], "review");
    assert_eq!(verdict["reasons"], serde_json::json!(["the rule of brand says so: score 1.00"]));
    let pinned = view.pipeline.step("brand").unwrap().pinned.clone().unwrap();
    assert_eq!(pinned.policy.sample, 1.0);
    // The policy says how many; nothing says which.
    let log: Vec<_> = (1..10).filter_map(|n| event(&world, n)).collect();
    let seen =
        [serde_json::json!(view.steps), serde_json::json!(view.reviews), serde_json::json!(log)];
    for seen in seen {
        let text = seen.to_string();
        assert!(!text.contains("sample") && !text.contains("\"pass\",\"subjects"), "{text}");
        assert!(!text.contains("\"verdict\":\"pass\""), "{text}");
    }
}

#[tokio::test]
async fn the_record_keeps_that_the_machine_said_pass() {
    let world = sampled();
    told(&world).await;
    let rows = rows(&world).await;
    let [row] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!((row.verdict, row.sampled, row.version), (Verdict::Pass, true, 2));
    assert_eq!((row.at, row.score, row.people.clone()), (NOW, Some(1.0), None));
    let sharp = &row.criteria["sharp"];
    assert_eq!(
        (sharp.said, sharp.score, sharp.by.as_str()),
        (Said::Pass, Some(1.0), "technical 1")
    );
}

#[tokio::test]
async fn a_verdict_without_a_sample_is_on_record_as_it_is() {
    for (bytes, verdict) in [(fine(), Verdict::Pass), (blank(), Verdict::Fail)] {
        let world = waiting(PLAIN, "a fox", &bytes);
        judge(&world).await;
        let rows = rows(&world).await;
        let said: Vec<_> = rows.iter().map(|row| (row.verdict, row.sampled)).collect();
        assert_eq!(said, [(verdict, false)]);
    }
}

#[tokio::test]
async fn a_gate_without_a_policy_is_in_no_report() {
    let world = stage(&[("safe", SAFE), ("good", GOOD)], "a fox", &fine());
    run(&world).await.unwrap();
    assert!(!format!("{:?}", world.listing()).contains("VERDICTS#"));
}

#[tokio::test]
async fn every_single_fault_leaves_the_sample_of_one_clean_run() {
    let act = async |world: &World| {
        let view = domain::view::JobView::read(&world.table, &call().job).await?;
        let wave = view.and_then(|view| view.plan.wave_of("brand")).unwrap_or(1);
        handle(&world.table, &world.objects, Call { wave, ..call() }, NOW).await.map(drop)
    };
    every_fault(async || sampled(), act, World::listing).await;
}
