//! What a tenant asks of everything that is published, held against lineage and plan.

use super::{asset, id, job};
use crate::fakes::under;
use crate::pipeline::Mandate;
use crate::publish::{NotCleared, cleared, ready};
use crate::state::StepState;
use crate::view::{JobView, PlanRecord};
use serde_json::{Value, json};

fn mandate() -> Mandate {
    Mandate::parse("gates: { fine: { kind: gate.quality }, safe: { kind: gate.moderation } }")
        .unwrap()
}

const SAFE: &str = "tenant-safe";

fn verdict(view: &mut JobView) -> &mut Value {
    view.steps.get_mut(SAFE).unwrap().verdict.as_mut().unwrap()
}

/// The job under the mandate after a change: why is the first of its ladder not cleared?
#[track_caller]
fn check(change: impl FnOnce(&mut JobView), expected: Option<&str>) {
    let mut view = under(&mandate(), job());
    change(&mut view);
    let ladder = id(&view, "ladder");
    let found = cleared(&view, &view.assets[&ladder]).err().map(|why| why.to_string());
    let expected = expected.map(|expected| expected.replace("ASSET", ladder.as_str()));
    assert_eq!(found, expected);
}

const NOT_PASSED: Option<&str> = Some(
    "its tenant's gate safe has not passed the bytes of ASSET, nor all that they were made from",
);

#[test]
fn what_all_gates_of_the_mandate_passed_is_cleared() {
    check(|_| {}, None);
    let view = under(&mandate(), job());
    assert_eq!(ready(&view, "publish"), Ok(()));
}

#[test]
fn a_pass_of_the_pipelines_own_gates_does_for_none_of_the_tenants() {
    check(|view| drop(view.steps.remove(SAFE)), NOT_PASSED);
    let mut view = under(&mandate(), job());
    view.steps.remove(SAFE);
    assert_eq!(ready(&view, "publish"), Err(NotCleared::Unfinished(SAFE.into())));
}

#[test]
fn a_gate_that_did_not_pass_names_itself() {
    for word in ["fail", "review"] {
        check(|view| verdict(view)["verdict"] = word.into(), Some("gate tenant-safe did not pass"));
    }
    let skipped = |view: &mut JobView| {
        view.steps.get_mut(SAFE).unwrap().state = StepState::Skipped;
    };
    check(skipped, Some("gate tenant-safe did not pass"));
}

#[test]
fn a_verdict_on_other_bytes_clears_nothing() {
    check(|view| verdict(view)["subjects"] = json!([{ "sha256": "0ther" }]), NOT_PASSED);
    // What is made of judged bytes without chance is cleared, as everywhere.
    let source = |view: &mut JobView| {
        let hash = asset(view, "generate").sha256.clone();
        verdict(view)["subjects"] = json!([{ "sha256": hash }]);
    };
    check(source, None);
    let by_chance = |view: &mut JobView| {
        source(view);
        asset(view, "ladder").deterministic = false;
        let hash = asset(view, "ladder").sha256.clone();
        let good = view.steps.get_mut("good").unwrap().verdict.as_mut().unwrap();
        good["subjects"] = json!([{ "sha256": hash }]);
    };
    check(by_chance, NOT_PASSED);
}

#[test]
fn a_verdict_of_another_mandate_clears_nothing() {
    check(|view| verdict(view)["mandate"] = "0ther".into(), NOT_PASSED);
    check(|view| drop(verdict(view).as_object_mut().unwrap().remove("mandate")), NOT_PASSED);
}

#[test]
fn a_plan_that_lost_its_gates_publishes_nothing() {
    let bare = |view: &mut JobView| {
        view.pipeline.steps.retain(|step| step.name != SAFE);
        view.pipeline.steps.iter_mut().for_each(|step| step.after.retain(|name| name != SAFE));
        view.plan = view.pipeline.plan();
    };
    check(bare, NOT_PASSED);
    let renamed = |view: &mut JobView| {
        let step = view.pipeline.steps.iter_mut().find(|step| step.name == SAFE).unwrap();
        step.mandated = None;
    };
    check(renamed, NOT_PASSED);
}

#[test]
fn a_plan_of_an_older_release_is_under_no_mandate() {
    let view = job();
    let mut record = json!(view.plan_record());
    assert!(record.as_object_mut().unwrap().get("mandate").is_none());
    let read: PlanRecord = serde_json::from_value(record).unwrap();
    assert_eq!(read, view.plan_record());
    assert_eq!(cleared(&view, &view.assets[&id(&view, "ladder")]), Ok(()));
}

#[test]
fn a_verdict_is_kept_by_a_later_run_only_under_the_same_mandate() {
    let view = under(&mandate(), job());
    assert!(view.settled(SAFE, 2));
    let other = Mandate::parse("gates: { safe: { kind: gate.moderation } }").unwrap();
    let gated = other.over(view.pipeline.clone()).unwrap();
    let PlanRecord { pipeline, plan, mandate } = PlanRecord::of(gated);
    let view = JobView { pipeline, plan, mandate, ..view };
    assert!(!view.settled(SAFE, 2) && view.settled("good", 2));
    let ladder = &view.assets[&id(&view, "ladder")];
    assert_eq!(cleared(&view, ladder), Err(NotCleared::Mandate("safe".into(), ladder.id.clone())));
}
