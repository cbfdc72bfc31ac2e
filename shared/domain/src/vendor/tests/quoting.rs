//! What a job will cost, told before it is submitted.

use crate::lane::{Announcement, HostRecord, HostState, LaneView, SlotRecord};
use crate::money::MicroUsd;
use crate::pipeline::{Bound, Pipeline};
use crate::time::Time;
use crate::vendor::quotes::{Plan, Range};
use crate::vendor::{Effort, Model, Models, Price, Wish, models_json};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// 2026-11-18, some weeks after most prices were looked up and months after one of them was.
const NOW: Time = Time(1_795_000_000_000);

const FOUR: &str = r#"name: four
inputs: { prompt: { type: text, default: a fox } }
budget_usd: 0.50
steps:
  words:  { kind: text.generate, with: { prompt: "{{ inputs.prompt }}", model: brio/scribe, max_tokens: 1000 } }
  paint:  { kind: image.generate, with: { prompt: "{{ words.text }}" }, models: [aster/sketch, brio/vivid-2, cadenza/mine], effort: final, retry: { attempts: 2 } }
  cutout: { kind: image.remove_background, with: { image: "{{ paint.image }}", model: brio/cutter }, when: "inputs.prompt != ''" }
  large:  { kind: image.upscale, with: { image: "{{ paint.image }}", factor: 2, model: aster/larger } }
  good:   { kind: gate.quality, with: { images: ["{{ large.image }}", "{{ cutout.image }}"] } }
"#;

fn bound(text: &str) -> Bound {
    Pipeline::parse(text).unwrap().bound(&json!({}), &BTreeMap::new()).unwrap()
}

/// A lane in which somebody does these kinds.
fn lane(kinds: &[&str]) -> LaneView {
    let told = json!({
        "host": "it", "address": "", "slots": 2, "models": ["*"], "kinds": kinds,
        "usd_per_slot_second": 0.0004, "state": "ready", "renew_s": 60,
    });
    let told: Announcement = serde_json::from_value(told).unwrap();
    let host = HostRecord {
        host: told.host,
        address: told.address,
        models: told.models,
        kinds: told.kinds,
        usd_per_slot_second: MicroUsd(400),
        state: HostState::Ready,
        slots: 1,
        until: NOW.plus_s(60),
        boot: None,
        ahead: false,
    };
    let slot: SlotRecord =
        serde_json::from_value(json!({ "host": "it", "lease_until": 0 })).unwrap();
    let mut view = LaneView::default();
    view.hosts.insert("it".into(), host);
    view.slots.insert("SLOT#it#000".into(), slot);
    view
}

fn lanes(names: &[&str]) -> BTreeMap<String, LaneView> {
    let kinds = ["image.generate", "image.upscale", "image.remove_background", "text.generate"];
    names.iter().map(|name| ((*name).to_owned(), lane(&kinds))).collect()
}

fn quoted(text: &str, there: &[&str]) -> (Value, Option<Range>) {
    let Bound { pipeline, inputs } = bound(text);
    let labels = BTreeMap::new();
    let plan = Plan { pipeline: &pipeline, inputs: &inputs, labels: &labels };
    plan.quote(&Models::for_tests(), &lanes(there), NOW)
}

#[test]
fn steps_are_told_in_the_order_of_the_work_whatever_that_of_the_document() {
    let (head, steps) = FOUR.split_once("steps:\n").unwrap();
    let reversed: Vec<&str> = steps.lines().rev().collect();
    let text = format!("{head}steps:\n{}\n", reversed.join("\n"));
    let (quote, _) = quoted(&text, &["aster", "brio"]);
    let steps = quote["steps"].as_array().unwrap().iter();
    let names: Vec<_> = steps.map(|step| step["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["words", "paint", "large", "cutout"]);
}

#[test]
fn every_step_has_its_candidates_with_a_price_for_each_effort() {
    let (quote, _) = quoted(FOUR, &["aster", "brio"]);
    let steps = quote["steps"].as_array().unwrap();
    let names: Vec<_> = steps.iter().map(|step| step["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["words", "paint", "cutout", "large"], "gates cost nothing");
    let paint = &steps[1];
    assert_eq!(paint["candidates"][1]["model"], "brio/vivid-2");
    let efforts = json!({ "draft": 0.01, "standard": 0.04, "final": 0.16 });
    assert_eq!(paint["candidates"][1]["usd"], efforts);
    assert_eq!(paint["candidates"][0]["usd"]["draft"], 0.004);
    let over = json!([{ "model": "cadenza/mine", "why": "its vendor is not set up: there is no key", "passes": false }]);
    assert_eq!(paint["passed_over"], over);
    assert_eq!((&paint["effort"], &steps[2]["conditional"]), (&json!("final"), &json!(true)));
}

#[test]
fn the_least_is_each_step_once_and_the_most_every_attempt_within_the_budget() {
    let (quote, range) = quoted(FOUR, &["aster", "brio"]);
    // words 1 + 2000 micros, the cheapest picture 4000, its upscale 6000; the cut-out is under a condition.
    let Range { least, most } = range.unwrap();
    assert_eq!(least, MicroUsd(2_001 + 4_000 + 6_000));
    assert_eq!(most, MicroUsd(3 * 2_001 + 2 * 160_000 + 3 * 20_000 + 3 * 6_000));
    assert_eq!((&quote["possible"], &quote["within_budget"]), (&json!(true), &json!(true)));
    assert_eq!(quote["least_usd"], json!(least.usd()));
    let (_, range) = quoted(&FOUR.replace("0.50", "0.25"), &["aster", "brio"]);
    assert_eq!(range.unwrap().most, MicroUsd(250_000), "no job spends more than its budget");
}

#[test]
fn a_clip_costs_what_the_one_costs_that_is_as_long() {
    let reel = Models::for_tests().find("aster/reel", "video.generate").unwrap().clone();
    let reel = Model { price: Price::Clip(&[(5, 350_000), (10, 700_000)]), ..reel };
    let quote = |params: Value| {
        let params = params.as_object().unwrap().clone();
        reel.quote(&Wish { params: &params, input: None, effort: Effort::Standard })
    };
    assert_eq!(quote(json!({})), MicroUsd(350_000));
    assert_eq!(quote(json!({ "seconds": 5 })), MicroUsd(350_000));
    assert_eq!(quote(json!({ "seconds": 6 })), MicroUsd(700_000));
    assert_eq!(quote(json!({ "seconds": 60 })), MicroUsd(700_000));
}

#[test]
fn an_old_price_is_said() {
    let (quote, _) = quoted(FOUR, &["aster", "brio"]);
    let note =
        "the price of aster/larger is of 2026-07-01, more than 90 days ago: it may have changed";
    assert_eq!(quote["notes"], json!([note]));
    assert_eq!(quote["steps"][3]["candidates"][0]["old"], json!(true));
    assert_eq!(quote["steps"][1]["candidates"][0]["old"], json!(false));
}

#[test]
fn a_job_that_nobody_can_do_now_has_no_price_and_says_why() {
    let (quote, range) = quoted(FOUR, &["brio"]);
    assert_eq!((range, &quote["possible"]), (None, &json!(false)));
    assert_eq!((&quote["least_usd"], &quote["most_usd"]), (&Value::Null, &Value::Null));
    let why = &quote["steps"][3]["passed_over"][0]["why"];
    assert_eq!(why, "its vendor is not set up: there is no key");
}

#[test]
fn ones_own_hosts_cost_what_they_say_and_nothing_is_said_of_hosts_that_are_not_there() {
    let own = FOUR.replace(", models: [aster/sketch, brio/vivid-2, cadenza/mine]", "");
    let (quote, _) = quoted(&own, &["aster", "brio", "gpu"]);
    assert_eq!(quote["steps"][1]["candidates"][0]["usd"]["final"], json!(30.0 * 0.0004));
    let (quote, range) = quoted(&own, &["aster", "brio"]);
    assert_eq!(quote["steps"][1]["candidates"][0]["usd"]["final"], Value::Null);
    let note = "no host of your own that has a price does image.generate now";
    assert!(quote["notes"].as_array().unwrap().contains(&json!(note)) && range.is_some());
}

#[test]
fn the_least_of_a_job_that_comes_is_known_without_a_reading() {
    let least = |text: &str| {
        let Bound { pipeline, inputs } = bound(text);
        let labels = BTreeMap::new();
        let plan = Plan { pipeline: &pipeline, inputs: &inputs, labels: &labels };
        plan.least(&Models::for_tests())
    };
    assert_eq!(least(FOUR), Ok(MicroUsd(2_001 + 4_000 + 6_000)));
    let own = FOUR.replace(
        "models: [aster/sketch, brio/vivid-2, cadenza/mine]",
        "models: [sketch-1, brio/vivid-2]",
    );
    assert_eq!(least(&own), Ok(MicroUsd(2_001 + 6_000)), "hosts tell their own prices");
    let wrong = FOUR.replace("brio/scribe", "brio/scrbe");
    let why = "no model can do it: brio/scrbe: there is no such model";
    assert_eq!(least(&wrong), Err(vec![("words".into(), why.into())]));
}

#[test]
fn the_lanes_that_a_quote_looks_at_are_those_of_its_models() {
    let Bound { pipeline, inputs } = bound(FOUR);
    let labels = BTreeMap::new();
    let plan = Plan { pipeline: &pipeline, inputs: &inputs, labels: &labels };
    let lanes: Vec<String> = plan.lanes(&Models::for_tests()).into_iter().collect();
    assert_eq!(lanes, ["aster", "brio", "cadenza"]);
}

#[test]
fn the_table_is_shown_with_how_each_model_stands() {
    let mut lanes = lanes(&["aster", "brio"]);
    lanes.get_mut("aster").unwrap().hold = Some("too dear".into());
    lanes.get_mut("brio").unwrap().ranks.insert("vivid-2".into(), 7);
    let until = NOW.plus_s(9);
    let resting = crate::vendor::circuit::Circuit { until: Some(until), ..Default::default() };
    lanes.get_mut("brio").unwrap().circuits.insert("cutter".into(), resting);
    let shown = models_json(&Models::for_tests(), &lanes, NOW);
    let of = |name: &str| shown.iter().find(|row| row["model"] == name).unwrap();
    assert_eq!(
        (&of("aster/sketch")["state"], &of("cadenza/*")["state"]),
        (&json!("on_hold"), &json!("not_set_up"))
    );
    assert_eq!(of("brio/cutter")["state"], "resting");
    assert_eq!(of("brio/vivid-2")["state"], "ready");
    assert_eq!(
        (&of("brio/vivid-2")["rank"], &of("brio/vivid-2")["detail"]),
        (&json!(7), &Value::Null)
    );
    let price =
        json!({ "per": "output", "by_effort": { "draft": 0.01, "standard": 0.04, "final": 0.16 } });
    assert_eq!(of("brio/vivid-2")["price"], price);
    assert_eq!(of("aster/larger")["old"], json!(true));
}

#[test]
fn a_double_is_said_to_be_one() {
    let mut double = lane(&["image.generate"]);
    for host in double.hosts.values_mut() {
        host.address = "double:aster".into();
    }
    let lanes = BTreeMap::from([("aster".to_owned(), double)]);
    let rows = models_json(&Models::for_tests(), &lanes, NOW);
    let row = rows.iter().find(|row| row["model"] == "aster/sketch").unwrap();
    let said = "a double at a local address: nothing is bought, the price is the vendor's";
    assert_eq!((&row["state"], &row["detail"]), (&json!("ready"), &json!(said)));
}
