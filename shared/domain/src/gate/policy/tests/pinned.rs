//! Policies in jobs: pinned, expanded, and missing.

use crate::fakes::NOW;
use crate::gate::policy::{Policy, PolicyRecord, pin, step_of, wanted};
use crate::pipeline::{Gated, Kind, Mandate, OnError, Pipeline};
use crate::version::VersionRef;
use serde_json::json;
use std::collections::BTreeMap;

const BRAND: &str = include_str!("../../../../../../infra/pipelines/gates/brand.yaml");
const HERO: &str = "
name: hero
inputs: { prompt: { type: text } }
budget_usd: 1
steps:
  paint: { kind: image.generate, with: { prompt: '{{ inputs.prompt }}' } }
  good: { kind: gate.policy, with: { policy: brand, images: '{{ paint.image }}', prompt: '{{ inputs.prompt }}' }, on_fail: { retry: paint, attempts: 2, budget_usd: 0.5 } }
  publish: { kind: publish, with: { assets: '{{ paint.image }}', target: { kind: s3 } }, after: [good] }
";

fn found() -> BTreeMap<VersionRef, PolicyRecord> {
    let policy = Policy::parse(BRAND).unwrap();
    let record = PolicyRecord {
        name: "brand".into(),
        version: 3,
        sha256: policy.digest(),
        policy,
        changed_by: String::new(),
        created_at: NOW,
    };
    BTreeMap::from([(VersionRef::parse("brand").unwrap(), record)])
}

fn gated(text: &str, mandate: &Mandate) -> Gated {
    let under = !mandate.is_empty();
    let pipeline = Pipeline::parse_under(text, under).unwrap_or_else(|it| panic!("{it:?}"));
    let bound = pipeline.bound(&json!({ "prompt": "a fox" }), &BTreeMap::new()).unwrap();
    mandate.over(bound.pipeline).unwrap()
}

#[test]
fn a_gate_waits_for_a_step_for_each_question_and_carries_the_version() {
    let pinned = pin(gated(HERO, &Mandate::default()), &found(), "seed").unwrap();
    let pipeline = pinned.pipeline();
    let names: Vec<&str> = pipeline.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["paint", "good--look", "good--safe", "good", "publish"]);
    let gate = pipeline.step("good").unwrap();
    assert_eq!(gate.after, ["good--look", "good--safe"]);
    assert_eq!(
        gate.pinned.as_ref().map(|it| (it.version, it.policy.name.as_str())),
        Some((3, "brand"))
    );
    assert_eq!(step_of(gate, "look", 1), "good--look");
    let (look, safe) = (pipeline.step("good--look").unwrap(), pipeline.step("good--safe").unwrap());
    assert_eq!((look.kind, safe.kind), (Kind::Write, Kind::Moderate));
    assert_eq!((look.retry.attempts, &look.on_error), (2, &OnError::Skip));
    assert_eq!(look.with["context"], "{{ paint.image }}");
    assert_eq!(safe.with["text"], "{{ inputs.prompt }}");
    let waves: Vec<Vec<String>> = pipeline.plan().waves.into_iter().map(|it| it.steps).collect();
    assert_eq!(waves[1], ["good--look", "good--safe"], "they are asked at the same time");
    assert_eq!(waves[2], ["good"]);
    assert_eq!(pipeline.plan().downstream("paint").len(), 5, "another try asks again");
}

#[test]
fn a_policy_that_is_not_there_is_told_with_its_place() {
    let text = HERO.replace("policy: brand", "policy: brnad@2");
    let gated = gated(&text, &Mandate::default());
    assert_eq!(
        wanted(gated.pipeline()).iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["brnad@2"]
    );
    let problems = pin(gated, &found(), "seed").unwrap_err();
    assert_eq!(problems[0].pointer, "/pipeline/steps/good/with/policy");
    assert_eq!(problems[0].detail, "there is no policy brnad@2");
}

#[test]
fn a_pipeline_without_policies_is_left_as_it_is() {
    let text = HERO.replace(
        "gate.policy, with: { policy: brand, ",
        "gate.moderation, with: { accept_unjudged: true, ",
    );
    let before = gated(&text, &Mandate::default());
    assert!(wanted(before.pipeline()).is_empty());
    assert_eq!(pin(before.clone(), &BTreeMap::new(), "seed"), Ok(before));
}

#[test]
fn each_item_has_questions_of_its_own() {
    let text = "
name: cards
inputs: { prompt: { type: text } }
budget_usd: 1
steps:
  card: { kind: image.generate, foreach: { word: [one, two] }, with: { prompt: '{{ inputs.prompt }} {{ word }}' } }
  good: { kind: gate.policy, foreach: { word: [one, two] }, with: { policy: brand, images: '{{ card.image }}' } }
";
    let pinned = pin(gated(text, &Mandate::default()), &found(), "seed").unwrap();
    let gate = pinned.pipeline().step("good~two").unwrap();
    assert_eq!(gate.after, ["good--look~two", "good--safe~two"]);
    let look = pinned.pipeline().step("good--look~two").unwrap();
    assert_eq!(look.with["context"], "{{ card~two.image }}");
    let secret = |name: &str| pinned.pipeline().step(name).unwrap().pinned.clone().unwrap().secret;
    assert_ne!(secret("good~one"), secret("good~two"));
}

#[test]
fn a_mandate_may_ask_for_a_policy_and_goes_with_all_its_questions() {
    let house =
        Mandate::parse("gates: { brand: { kind: gate.policy, with: { policy: brand } } }").unwrap();
    let text = HERO
        .replace(", after: [good]", "")
        .lines()
        .filter(|line| !line.contains("good:"))
        .collect::<Vec<_>>()
        .join("\n");
    let pinned = pin(gated(&text, &house), &found(), "seed").unwrap();
    let names: Vec<&str> = pinned.pipeline().steps.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(
        names,
        ["paint", "tenant-brand--look", "tenant-brand--safe", "tenant-brand", "publish"]
    );
    let other = Mandate::parse("gates: { good: { kind: gate.quality } }").unwrap();
    let again = other.over(pinned.pipeline().clone()).unwrap();
    let names: Vec<&str> = again.pipeline().steps.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["paint", "tenant-good", "publish"]);
}

#[test]
fn a_gate_by_policy_names_one_and_judges_something() {
    let wrong = |from: &str, to: &str| {
        let problems = Pipeline::parse(&HERO.replace(from, to)).unwrap_err();
        problems.into_iter().map(|it| format!("{}: {}", it.pointer, it.detail)).collect::<Vec<_>>()
    };
    let at = "/steps/good/with/policy";
    assert_eq!(
        wrong("policy: brand", "policy: '{{ inputs.prompt }}'"),
        [format!("{at}: \"{{{{ inputs.prompt }}}}\" names no policy")]
    );
    assert_eq!(
        wrong("policy: brand", "policy: Brand"),
        [format!("{at}: \"Brand\" names no policy")]
    );
    assert_eq!(wrong("policy: brand, ", ""), [format!("{at}: gate.policy needs policy")]);
}
