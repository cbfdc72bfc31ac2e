//! Who may do a step, in which order, and why others may not.

use crate::money::MicroUsd;
use crate::pipeline::{Pipeline, Step};
use crate::time::Time;
use crate::vendor::{Asked, Because, Candidates, Models, Standing, Standings, Why};
use std::collections::BTreeMap;

const NOW: Time = Time(1_795_000_000_000);
const PLENTY: MicroUsd = MicroUsd(1_000_000);

/// A step that says this of itself.
fn step(says: &str) -> Step {
    let text = format!(
        "name: choice\nbudget_usd: 1\nsteps:\n  paint: {{ {says} }}\n  \
         good: {{ kind: gate.quality, with: {{ images: '{{{{ paint.image }}}}' }} }}\n"
    );
    let pipeline = Pipeline::parse(&text).unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(|p| format!("{p}\n")).collect::<String>())
    });
    pipeline.step("paint").unwrap().clone()
}

fn ready(wait_s: u32) -> Standing {
    Standing { ready: true, wait_s: Some(wait_s), ..Standing::default() }
}

fn all_ready() -> Standings {
    let own = Standing { per_second: Some(MicroUsd(400)), ..ready(0) };
    let vendors = ["aster", "brio", "cadenza"].into_iter();
    vendors.fold(Standings::default().with("gpu", own), |all, name| all.with(name, ready(0)))
}

fn choose(says: &str, lanes: &Standings, left: MicroUsd) -> Result<Candidates, Why> {
    let step = step(says);
    let asked = Asked { step: &step, params: &step.with, input: None };
    asked.candidates(&Models::for_tests(), lanes, left, NOW)
}

#[track_caller]
fn check(says: &str, lanes: &Standings, expected: &[&str]) {
    let candidates = choose(says, lanes, PLENTY).unwrap_or_else(|why| panic!("{says}: {why}"));
    let names: Vec<String> = candidates.0.iter().map(|candidate| candidate.name()).collect();
    assert_eq!(names, expected, "{says}");
}

#[track_caller]
fn nobody(says: &str, lanes: &Standings, left: MicroUsd, expected: &str) -> Why {
    let why = choose(says, lanes, left).unwrap_err();
    assert_eq!(why.to_string(), format!("no model can do it: {expected}"), "{says}");
    why
}

const ALL: &str = "kind: image.generate, with: { prompt: a fox }, models: [cadenza/mine, brio/vivid-2, aster/sketch, sketch-1]";

#[test]
fn a_step_without_models_is_for_ones_own_hosts_even_if_none_is_there() {
    let says = "kind: image.generate, with: { prompt: a fox }";
    check(says, &Standings::default(), &["sketch-1"]);
    let own = choose(says, &all_ready(), PLENTY).unwrap();
    let own = own.first().unwrap();
    assert_eq!((own.lane.as_str(), own.vendor.as_deref()), ("gpu", None));
    assert_eq!(own.quote, MicroUsd(30 * 400), "a quarter of what it stays under");
}

#[test]
fn a_model_of_a_vendor_is_asked_in_that_vendors_lane() {
    let says = "kind: image.generate, with: { prompt: a fox, model: brio/vivid-2 }, effort: final";
    let candidates = choose(says, &all_ready(), PLENTY).unwrap();
    let first = candidates.first().unwrap();
    assert_eq!((first.lane.as_str(), first.vendor.as_deref()), ("brio", Some("brio")));
    assert_eq!((first.model.as_str(), first.quote), ("vivid-2", MicroUsd(160_000)));
}

#[test]
fn each_policy_has_its_own_order() {
    let lanes = all_ready();
    check(ALL, &lanes, &["cadenza/mine", "brio/vivid-2", "aster/sketch", "sketch-1"]);
    let by = |choose: &str| format!("{ALL}, choose: {choose}");
    let cheapest = ["aster/sketch", "sketch-1", "cadenza/mine", "brio/vivid-2"];
    check(&by("cheapest"), &lanes, &cheapest);
    let fastest = ["brio/vivid-2", "cadenza/mine", "aster/sketch", "sketch-1"];
    check(&by("fastest"), &lanes, &fastest);
    check(&by("best"), &lanes, &["brio/vivid-2", "sketch-1", "cadenza/mine", "aster/sketch"]);
}

#[test]
fn what_waits_in_a_lane_counts_for_who_wants_it_soonest() {
    let says = "kind: image.generate, with: { prompt: a fox }, models: [sketch-1, brio/vivid-2, aster/sketch], choose: soonest";
    let own = |wait| Standing { per_second: Some(MicroUsd(400)), ..ready(wait) };
    let lanes = all_ready().with("brio", ready(60));
    check(says, &lanes, &["aster/sketch", "sketch-1", "brio/vivid-2"]);
    let lanes = lanes.with("aster", ready(30));
    check(says, &lanes.clone().with("gpu", own(0)), &["sketch-1", "aster/sketch", "brio/vivid-2"]);
    // Its own hosts are busy: it spills over.
    check(says, &lanes.with("gpu", own(600)), &["aster/sketch", "brio/vivid-2", "sketch-1"]);
}

#[test]
fn spilling_over_ends_where_the_budget_does() {
    let says = "kind: image.generate, with: { prompt: a fox }, models: [sketch-1, brio/vivid-2], choose: soonest";
    let own = Standing { per_second: Some(MicroUsd(400)), ..ready(600) };
    let lanes = all_ready().with("gpu", own);
    let first = |left| choose(says, &lanes, left).unwrap().first().unwrap().name();
    assert_eq!(first(MicroUsd(40_000)), "brio/vivid-2");
    assert_eq!(first(MicroUsd(39_999)), "sketch-1");
}

#[test]
fn ones_own_hosts_come_last_while_none_is_there_or_they_are_held() {
    let says = "kind: image.generate, with: { prompt: a fox }, models: [sketch-1, aster/sketch]";
    check(says, &all_ready(), &["sketch-1", "aster/sketch"]);
    check(says, &all_ready().with("gpu", Standing::default()), &["aster/sketch", "sketch-1"]);
    let held = Standing { hold: Some("new cards".into()), ..ready(0) };
    check(says, &all_ready().with("gpu", held), &["aster/sketch", "sketch-1"]);
}

#[test]
fn an_operators_ranking_counts_more_than_the_tables() {
    let ranks = BTreeMap::from([("sketch".to_owned(), 99)]);
    let lanes = all_ready().with("aster", Standing { ranks, ..ready(0) });
    let says = format!("{ALL}, choose: best");
    check(&says, &lanes, &["aster/sketch", "brio/vivid-2", "sketch-1", "cadenza/mine"]);
}

#[test]
fn a_class_is_whoever_can_the_cheapest_first() {
    let lanes = all_ready();
    let class = |class: &str| {
        format!("kind: image.generate, with: {{ prompt: a fox }}, class: {{ {class} }}")
    };
    check(&class("min_megapixels: 1"), &lanes, &["aster/sketch", "brio/vivid-2"]);
    check(&class("min_megapixels: 1, transparent: true"), &lanes, &["brio/vivid-2"]);
    check(&class("seeded: true"), &lanes, &["aster/sketch"]);
    check(&class("format: webp"), &lanes, &["brio/vivid-2"]);
    let why = "aster/sketch: makes 2 megapixels at most, and 3.3 are asked for; \
               brio/vivid-2: makes 1.5 megapixels at most, and 3.3 are asked for";
    nobody(&class("min_megapixels: 3"), &lanes, PLENTY, why);
}

#[test]
fn a_class_narrows_a_list() {
    check(
        &format!("{ALL}, class: {{ transparent: true }}"),
        &all_ready(),
        &["brio/vivid-2", "sketch-1"],
    );
}

#[test]
fn whoever_is_not_there_now_is_passed_over_and_told() {
    let says = "kind: image.generate, with: { prompt: a fox }, models: [brio/vivid-2, aster/sketch, cadenza/mine]";
    let until = NOW.plus_s(30);
    let open = Standing { open: BTreeMap::from([("vivid-2".to_owned(), until)]), ..ready(0) };
    let held = Standing { hold: Some("too dear this month".into()), ..ready(0) };
    let lanes = Standings::default().with("brio", open).with("aster", held.clone());
    check(says, &lanes.clone().with("cadenza", ready(0)), &["cadenza/mine"]);
    check(says, &lanes.clone().with("aster", ready(0)), &["aster/sketch"]);
    let why = nobody(
        says,
        &lanes,
        PLENTY,
        "brio/vivid-2: failed too often in a row; it is tried again at 2026-11-18T11:07:10.000Z; \
         aster/sketch: an operator holds its lane: too dear this month; \
         cadenza/mine: its vendor is not set up: there is no key",
    );
    let held: Vec<String> = why.held.iter().map(|candidate| candidate.name()).collect();
    assert_eq!(held, ["brio/vivid-2", "aster/sketch"], "these pass by themselves");
    assert!(why.reasons.iter().filter(|(_, because)| because.passes()).count() == 2);
    // The time for another try has come.
    let later = step(says);
    let asked = Asked { step: &later, params: &later.with, input: None };
    let probe = asked.candidates(&Models::for_tests(), &lanes, PLENTY, until).unwrap();
    assert_eq!(probe.first().unwrap().name(), "brio/vivid-2");
}

#[test]
fn what_cannot_be_paid_cannot_be_asked_for() {
    let says = "kind: image.generate, with: { prompt: a fox, model: brio/vivid-2 }";
    let why = "brio/vivid-2: costs about $0.04, and $0.0399 of the budget is left";
    let why = nobody(says, &all_ready(), MicroUsd(39_900), why);
    assert!(why.held.is_empty());
    let why = "brio/vivid-2: costs about $0.04, and $0 of the budget is left";
    nobody(says, &all_ready(), MicroUsd(-5), why);
}

#[test]
fn a_name_that_nobody_has_and_a_kind_that_it_does_not_do_are_told_apart() {
    let says = "kind: image.generate, with: { prompt: a fox }, models: [brio/vivd-2, aster/reel]";
    let why = "brio/vivd-2: there is no such model; aster/reel: does no image.generate";
    let why = nobody(says, &all_ready(), PLENTY, why);
    assert_eq!(why.reasons[1].1, Because::Kind("image.generate".into()));
}

#[test]
fn who_was_tried_is_not_asked_again() {
    let candidates = choose(ALL, &all_ready(), PLENTY).unwrap();
    let tried = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let next = candidates.after(&tried(&["cadenza/mine", "brio/vivid-2"])).unwrap();
    assert_eq!(next.name(), "aster/sketch");
    let all = tried(&["cadenza/mine", "brio/vivid-2", "aster/sketch", "sketch-1"]);
    assert_eq!(candidates.after(&all), None);
}

#[test]
fn the_lanes_to_look_at_are_those_of_the_models_and_no_others() {
    let lanes = |says: &str| -> Vec<String> {
        let (step, models) = (step(says), Models::for_tests());
        let asked = Asked { step: &step, params: &step.with, input: None };
        asked.lanes(&models).into_iter().map(str::to_owned).collect()
    };
    assert_eq!(lanes("kind: image.generate, with: { prompt: a fox }"), ["gpu"]);
    assert_eq!(lanes(ALL), ["gpu", "aster", "brio", "cadenza"]);
    let large = "kind: image.generate, with: { prompt: a fox }, class: { transparent: true }";
    assert_eq!(lanes(large), ["brio"]);
}
