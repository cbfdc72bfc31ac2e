//! Two outcomes side by side, and one beside what was expected of it.
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

use crate::show;

/// A difference of cost that is never told, in dollars: a tenth of a cent.
const FLOOR_USD: f64 = 0.001;

/// How far costs may differ.
#[derive(Clone, Copy)]
pub(super) struct Tolerance {
    pub(super) share: f64,
}

/// One thing that is not as it was.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Difference {
    pub(super) what: String,
    pub(super) before: String,
    pub(super) now: String,
}

/// All that differs, in the order of the steps.
pub(super) fn differences(before: &Value, now: &Value, tolerance: Tolerance) -> Vec<Difference> {
    let (then, since) = (lines(before), lines(now));
    let mut found: Vec<Difference> = Vec::new();
    let names = since.keys().chain(then.keys().filter(|name| !since.contains_key(*name)));
    for name in names {
        let show = |lines: &BTreeMap<String, String>| {
            lines.get(name).cloned().unwrap_or_else(|| "-".into())
        };
        let (before, now) = (show(&then), show(&since));
        if before != now {
            found.push(Difference { what: name.clone(), before, now });
        }
    }
    let cost = |outcome: &Value| outcome["usd"].as_f64().unwrap_or_default();
    let (was, is) = (cost(before), cost(now));
    if FLOOR_USD.max(was * tolerance.share) < (is - was).abs() {
        let (before, now) = (show::usd(was), show::usd(is));
        found.push(Difference { what: "cost".into(), before, now });
    }
    found
}

/// An outcome as lines that can be compared one by one.
fn lines(outcome: &Value) -> BTreeMap<String, String> {
    let mut lines = BTreeMap::new();
    for name in ["state", "publications", "attempts"] {
        lines.insert(name.to_owned(), show::value(&outcome[name]));
    }
    for (step, said) in outcome["steps"].as_object().into_iter().flatten() {
        for (name, value) in said.as_object().into_iter().flatten() {
            let value = match value.as_array() {
                Some(outputs) => counted(outputs),
                None => show::value(value),
            };
            lines.insert(format!("{step} {name}"), value);
        }
    }
    lines
}

/// `3: image/webp 480×270, …`; nothing where there is nothing.
fn counted(outputs: &[Value]) -> String {
    match outputs.len() {
        0 => "none".into(),
        many => {
            format!("{many}: {}", show::value(&Value::Array(outputs.to_vec())).replace(',', ", "))
        }
    }
}

/// What was expected and is not so.
pub(super) fn unmet(expect: &Map<String, Value>, outcome: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut hold = |what: String, expected: &Value, actual: Value| {
        if *expected != actual {
            found.push(format!(
                "{what} {}, but it is {}",
                show::value(expected),
                show::value(&actual)
            ));
        }
    };
    for (name, expected) in domain::ordered::fields(expect) {
        let of_steps = |field: &'static str| {
            let steps = expected.as_object().into_iter().flatten();
            steps.map(move |(step, expected)| (step, expected, &outcome["steps"][step][field]))
        };
        match name.as_str() {
            "verdicts" => of_steps("verdict").for_each(|(step, expected, actual)| {
                hold(format!("the verdict of {step}"), expected, actual.clone());
            }),
            "steps" => of_steps("state").for_each(|(step, expected, actual)| {
                hold(format!("the state of {step}"), expected, actual.clone());
            }),
            "outputs" => of_steps("outputs").for_each(|(step, expected, actual)| {
                let count = actual.as_array().map_or(0, Vec::len);
                hold(format!("the number of outputs of {step}"), expected, count.into());
            }),
            name => hold(name.to_owned(), expected, outcome[name].clone()),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn outcome() -> Value {
        json!({
            "state": "succeeded", "reason": null, "publications": 2, "attempts": 3, "usd": 0.01,
            "steps": {
                "good": { "state": "succeeded", "verdict": "pass", "outputs": [] },
                "ladder": { "state": "succeeded", "outputs": ["image/webp 480×270", "image/webp 960×540"] },
            },
        })
    }

    #[test]
    fn what_is_the_same_has_no_differences_and_cost_may_move_a_little() {
        let mut now = outcome();
        now["usd"] = json!(0.014);
        assert_eq!(differences(&outcome(), &now, Tolerance { share: 0.5 }), []);
        let found = differences(&outcome(), &now, Tolerance { share: 0.3 });
        assert_eq!((found.len(), found[0].what.as_str()), (1, "cost"));
    }

    #[test]
    fn verdict_shape_and_publications_are_told_one_by_one() {
        let mut now = outcome();
        now["state"] = json!("rejected");
        now["publications"] = json!(0);
        now["steps"]["good"]["verdict"] = json!("fail");
        now["steps"]["ladder"]["outputs"] = json!(["image/webp 480×270"]);
        now["steps"]["more"] = json!({ "state": "skipped", "outputs": [] });
        let found = differences(&outcome(), &now, Tolerance { share: 0.5 });
        let lines: Vec<String> =
            found.iter().map(|it| format!("{}: {} → {}", it.what, it.before, it.now)).collect();
        assert_eq!(
            lines,
            [
                "good verdict: pass → fail",
                "ladder outputs: 2: image/webp 480×270, image/webp 960×540 → 1: image/webp 480×270",
                "more outputs: - → none",
                "more state: - → skipped",
                "publications: 2 → 0",
                "state: succeeded → rejected",
            ]
        );
    }

    #[test]
    fn what_is_expected_is_held_and_nothing_else() {
        let expect = json!({
            "state": "succeeded", "verdicts": { "good": "fail" }, "outputs": { "ladder": 3 },
            "steps": { "good": "succeeded" }, "publications": 2,
        });
        assert_eq!(
            unmet(expect.as_object().unwrap(), &outcome()),
            [
                "the number of outputs of ladder 3, but it is 2",
                "the verdict of good fail, but it is pass",
            ]
        );
    }
}
