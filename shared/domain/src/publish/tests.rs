//! The rules of publishing, one fact per test.

mod entry;
mod mandated;

use super::*;
use crate::fakes::{NOW, publishable, publishable_bytes};
use crate::id::AssetId;
use crate::ports::Refusal;
use crate::record::{AssetRecord, PublicationState};
use crate::state::StepState;
use crate::view::JobView;
use serde_json::{Map, Value, json};

fn job() -> JobView {
    publishable(&json!({ "kind": "s3" }))
}

fn id(view: &JobView, step: &str) -> AssetId {
    AssetId::new(&view.job.id, step, "1", 0)
}

fn asset<'a>(view: &'a mut JobView, step: &str) -> &'a mut AssetRecord {
    let id = id(view, step);
    view.assets.get_mut(&id).unwrap()
}

fn verdict<'a>(view: &'a mut JobView, gate: &str) -> &'a mut Value {
    view.steps.get_mut(gate).unwrap().verdict.as_mut().unwrap()
}

fn forget(view: &mut JobView, step: &str) {
    view.steps.remove(step);
}

/// The job after a change: is the first of its ladder cleared?
#[track_caller]
fn check(change: impl FnOnce(&mut JobView), expected: Result<(), &str>) {
    let mut view = job();
    change(&mut view);
    let found = cleared(&view, &view.assets[&id(&view, "ladder")]);
    match (found, expected) {
        (Ok(()), Ok(())) => {}
        (Err(why), Err(part)) => assert!(why.to_string().contains(part), "{why}"),
        (found, expected) => panic!("{found:?} instead of {expected:?}"),
    }
}

const UNJUDGED: Result<(), &str> = Err("no passing verdict names the bytes");

#[test]
fn what_is_made_deterministically_from_judged_bytes_is_cleared() {
    check(|_| {}, Ok(()));
}

#[test]
fn bytes_that_a_verdict_names_themselves_are_cleared() {
    let name_the_ladder = |view: &mut JobView| {
        let hash = asset(view, "ladder").sha256.clone();
        asset(view, "ladder").deterministic = false;
        verdict(view, "good")["subjects"] = json!([{ "sha256": hash }]);
    };
    check(name_the_ladder, Ok(()));
}

#[test]
fn a_record_swapped_after_the_verdict_is_not_cleared() {
    check(|view| asset(view, "generate").sha256 = "f00d".into(), UNJUDGED);
}

#[test]
fn a_gate_that_never_ran_clears_nothing() {
    let skip = |view: &mut JobView| {
        forget(view, "good");
        forget(view, "safe");
    };
    check(skip, UNJUDGED);
}

#[test]
fn every_gate_that_judged_the_bytes_must_have_passed() {
    for word in ["fail", "review", "", "PASS"] {
        check(|view| verdict(view, "safe")["verdict"] = word.into(), Err("gate safe did not pass"));
    }
    check(
        |view| view.steps.get_mut("good").unwrap().state = StepState::Failed,
        Err("gate good did not pass"),
    );
}

#[test]
fn a_no_to_the_source_outweighs_a_pass_of_what_was_made_from_it() {
    let mixed = |view: &mut JobView| {
        let hash = asset(view, "ladder").sha256.clone();
        verdict(view, "good")["subjects"] = json!([{ "sha256": hash }]);
        verdict(view, "safe")["verdict"] = "fail".into();
    };
    check(mixed, Err("gate safe did not pass"));
}

#[test]
fn a_verdict_on_other_bytes_clears_nothing() {
    let other = |view: &mut JobView| {
        for gate in ["good", "safe"] {
            verdict(view, gate)["subjects"] = json!([{ "sha256": "0ld" }]);
        }
    };
    check(other, UNJUDGED);
}

#[test]
fn a_verdict_without_subjects_clears_nothing() {
    for subjects in [json!(null), json!([]), json!("all"), json!([{ "asset": "x" }]), json!([7])] {
        let blank = |view: &mut JobView| {
            for gate in ["good", "safe"] {
                verdict(view, gate)["subjects"] = subjects.clone();
            }
        };
        check(blank, UNJUDGED);
    }
}

#[test]
fn a_verdict_of_a_step_that_is_no_gate_clears_nothing() {
    let posing = |view: &mut JobView| {
        let verdict = view.steps["good"].verdict.clone();
        view.steps.get_mut("generate").unwrap().verdict = verdict;
        forget(view, "good");
        forget(view, "safe");
    };
    check(posing, UNJUDGED);
}

#[test]
fn a_verdict_of_an_older_round_clears_the_bytes_that_it_names_and_no_others() {
    check(|view| view.job.round = 2, Ok(()));
    let again = |view: &mut JobView| {
        view.job.round = 2;
        asset(view, "generate").sha256 = "made in round 2".into();
    };
    check(again, UNJUDGED);
}

#[test]
fn a_step_that_is_not_deterministic_breaks_the_line() {
    check(|view| asset(view, "ladder").deterministic = false, UNJUDGED);
}

#[test]
fn all_sources_must_be_cleared() {
    let two = |named: bool| {
        move |view: &mut JobView| {
            let mut other = asset(view, "generate").clone();
            other.id = AssetId::new(&view.job.id, "generate", "2", 0);
            other.sha256 = "0ther".into();
            asset(view, "ladder").made_from.push(other.id.clone());
            if named {
                let subjects = verdict(view, "good")["subjects"].as_array_mut().unwrap();
                subjects.push(json!({ "sha256": "0ther" }));
            }
            view.assets.insert(other.id.clone(), other);
        }
    };
    check(two(true), Ok(()));
    check(two(false), UNJUDGED);
    let missing = AssetId::new(&job().job.id, "gone", "1", 0);
    check(|view| asset(view, "ladder").made_from.push(missing), UNJUDGED);
    check(|view| asset(view, "ladder").made_from.clear(), UNJUDGED);
}

#[test]
fn a_lineage_that_goes_round_in_a_circle_clears_nothing() {
    let circle = |view: &mut JobView| {
        let ladder = id(view, "ladder");
        let source = asset(view, "generate");
        source.sha256 = "unjudged".into();
        source.deterministic = true;
        source.made_from = vec![ladder];
    };
    check(circle, UNJUDGED);
    let own_source = |view: &mut JobView| {
        let ladder = asset(view, "ladder");
        ladder.made_from = vec![ladder.id.clone()];
    };
    check(own_source, UNJUDGED);
}

#[test]
fn a_step_is_ready_when_all_before_it_is_done_and_its_gates_passed() {
    assert_eq!(ready(&job(), "publish"), Ok(()));
    for step in ["generate", "ladder", "good", "safe"] {
        let mut view = job();
        forget(&mut view, step);
        assert_eq!(ready(&view, "publish"), Err(NotCleared::Unfinished(step.into())));
    }
    let mut view = job();
    // A gate without pictures has a say too, though it names no bytes.
    *verdict(&mut view, "safe") = json!({ "verdict": "review", "subjects": [] });
    assert_eq!(ready(&view, "publish"), Err(NotCleared::Gate("safe".into())));
}

#[test]
fn bytes_are_compared_with_the_record_not_with_the_name() {
    let mut view = job();
    let asset = asset(&mut view, "ladder");
    assert_eq!(same_bytes(asset, &publishable_bytes(&asset.id)), Ok(()));
    assert_eq!(same_bytes(asset, b"others"), Err(NotCleared::Swapped(asset.id.clone())));
}

fn post(view: &JobView, index: usize) -> Post {
    let asset = &view.assets[&AssetId::new(&view.job.id, "ladder", "1", index)];
    Post::new(view, "publish", asset, &Map::new(), NOW)
}

#[test]
fn a_post_has_a_readable_name_of_its_own_and_a_stable_id() {
    let mut view = job();
    let names = |view: &JobView| [0, 1, 2, 3].map(|index| post(view, index).name).join(" ");
    let expected = "ladder-480w.jpg ladder-480w.webp ladder-960w.jpg ladder-960w.webp";
    assert_eq!(names(&view), expected);
    for asset in view.assets.values_mut().filter(|asset| asset.step == "ladder") {
        asset.width = Some(600);
        asset.media_type = "image/jpeg".into();
    }
    let expected = "ladder-600w.jpg ladder-600w-2.jpg ladder-600w-3.jpg ladder-600w-4.jpg";
    assert_eq!(names(&view), expected);
    asset(&mut view, "ladder").step = "ladder~pt-br".into();
    assert_eq!(post(&view, 0).name, "ladder-pt-br-600w.jpg");
    assert_eq!(post(&view, 0).id, post(&job(), 0).id);
    assert_ne!(post(&view, 0).id, post(&view, 1).id);
    assert!(!post(&view, 0).id.contains('.'));
}

#[test]
fn a_publication_only_goes_forward() {
    use PublicationState::{Done, Failed, Started, Unknown};
    for to in [Started, Unknown, Failed] {
        assert!(!may_become(Done, to), "done may become {to:?}");
    }
    assert!(!may_become(Failed, Unknown));
    assert!(may_become(Unknown, Started) && may_become(Failed, Done));
}

#[test]
fn a_target_is_asked_a_bounded_number_of_times() {
    let view = job();
    let post = post(&view, 0);
    let mut record = None;
    let later = Outcome::Refused(Refusal::Later, "no room".into());
    for _ in 1..TRIES_MOST {
        let (new, _) = started(&post, "s3", record.as_ref(), NOW).unwrap();
        assert_eq!(finding(&post, &new, &later, NOW).0, Finding::Again("no room".into()));
        record = Some(new);
    }
    let (last, _) = started(&post, "s3", record.as_ref(), NOW).unwrap();
    assert_eq!(finding(&post, &last, &later, NOW).0, Finding::Never("no room".into()));
    let failed = crate::record::PublicationRecord { state: PublicationState::Failed, ..last };
    assert_eq!(started(&post, "s3", Some(&failed), NOW).unwrap().0.tries, 1, "a later run");
}
