//! By what a result is found again: a digest of all that decides on it, and of nothing else.

use crate::ordered;
use crate::pipeline::{Cache, Step};
use crate::record::Work;
use crate::sign::sha256;
use serde_json::{Map, Value, json};

/// The key of what this work makes; none where it is not to be reused.
///
/// What counts: the kind, who makes it (vendor, model, effort), every parameter, the bytes of every input by its port, and the
/// outputs with their types. What does not: the tenant, under whose partition it lies; labels; previews; lanes of one's own; time.
pub fn key(step: &Step, work: &Work, variation: u32) -> Option<String> {
    let seeded = work.params.get("seed").is_some_and(|seed| !seed.is_null());
    // What asks a host for a fault is to meet it; what a gate sent back would come again without another seed, and
    // all candidates would be one.
    let wanted = match step.cache {
        Some(Cache::Off) => false,
        Some(Cache::On | Cache::Near(_)) => seeded || variation == 0,
        None => seeded && !work.params.contains_key("test"),
    };
    let bytes = work.inputs.iter().map(|(port, it)| (port.clone(), it.sha256.clone().into()));
    wanted.then(|| digest(work, bytes.collect()))
}

/// A digest of what is asked for, with what is to count of its inputs.
pub(super) fn digest(work: &Work, inputs: Map<String, Value>) -> String {
    let maker = work.ask.as_ref().map(|ask| json!([work.lane, ask.model, ask.effort]));
    let content = json!({
        "kind": work.kind, "maker": maker, "params": work.params, "inputs": inputs, "outputs": work.outputs,
    });
    sha256(canonical(&content).to_string().as_bytes())
}

/// The same value with its names in order, and numbers in one form.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(fields) => ordered::fields(fields)
            .into_iter()
            .map(|(name, value)| (name.clone(), canonical(value)))
            .collect(),
        Value::Array(items) => items.iter().map(canonical).collect(),
        Value::Number(number) => match number.as_f64() {
            // 7.0 is 7.
            Some(whole) if number.is_f64() && whole.fract() == 0.0 && whole.abs() < 1e15 => {
                (whole as i64).into()
            }
            _ => value.clone(),
        },
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(cache: Value) -> Step {
        let mut step = json!({
            "name": "paint", "kind": "image.generate", "with": {}, "deadline_s": 60, "retry": { "attempts": 2 },
        });
        step["cache"] = cache;
        serde_json::from_value(step).unwrap()
    }

    fn work(change: impl FnOnce(&mut Value)) -> Work {
        let job = "j01m7w9vekf69myba5e4t7pvntw";
        let mut work = json!({
            "attempt": format!("{job}.paint.1"), "tenant": "acme", "round": 1, "lane": "gpu",
            "kind": "image.edit", "params": { "prompt": "a fox", "seed": 7, "model": "sketch-1", "width": 64 },
            "inputs": { "image": { "asset": format!("{job}.inputs.1.0"), "key": "k", "sha256": "aa", "media_type": "image/png" } },
            "outputs": { "image": "image/png" }, "last_attempt": 2, "enqueued_at": 0, "not_before": 0,
            "deadline_at": 60, "stall_s": 20, "traceparent": "00",
        });
        change(&mut work);
        serde_json::from_value(work).unwrap()
    }

    fn of(change: impl FnOnce(&mut Value)) -> String {
        key(&step(Value::Null), &work(change), 0).unwrap()
    }

    #[test]
    fn what_does_not_decide_on_the_bytes_does_not_count() {
        let first = of(|_| {});
        let same: [fn(&mut Value); 7] = [
            |work| work["attempt"] = json!("j01m7w9vekf69myba5e4t7pvntx.other.3"),
            |work| work["preview"] = json!(true),
            |work| work["lane"] = json!("gpu-large"),
            |work| work["marks"] = json!({ "pipeline": "hero", "labels": { "team": "web" } }),
            |work| work["inputs"]["image"]["asset"] = json!("j01m7w9vekf69myba5e4t7pvntx.cut.1.0"),
            |work| work["params"]["width"] = json!(64.0),
            |work| {
                work["params"] =
                    json!({ "model": "sketch-1", "width": 64, "seed": 7, "prompt": "a fox" })
            },
        ];
        for change in same {
            assert_eq!(of(change), first, "{:?}", work(change));
        }
    }

    #[test]
    fn whatever_decides_on_the_bytes_counts() {
        let ask =
            |model: &str, effort: &str| json!({ "model": model, "effort": effort, "quote": 1 });
        let mut all = vec![
            of(|_| {}),
            of(|work| work["kind"] = json!("image.upscale")),
            of(|work| work["params"]["prompt"] = json!("a fox.")),
            of(|work| work["params"]["seed"] = json!(8)),
            of(|work| work["params"]["model"] = json!("sketch-2")),
            of(|work| work["params"]["width"] = json!(128)),
            of(|work| work["params"]["safety"] = json!("strict")),
            of(|work| work["inputs"]["image"]["sha256"] = json!("ab")),
            of(|work| work["inputs"]["mask"] = work["inputs"]["image"].clone()),
            of(|work| work["outputs"]["image"] = json!("image/webp")),
            of(|work| work["ask"] = ask("flux", "standard")),
            of(|work| work["ask"] = ask("flux", "final")),
            of(|work| work["ask"] = ask("flux-2", "standard")),
            of(|work| {
                work["ask"] = ask("flux", "standard");
                work["lane"] = json!("fal");
            }),
        ];
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count, "no two of them are one");
    }

    #[test]
    fn it_is_on_where_a_seed_is_set_and_else_as_the_step_says() {
        let seeded = work(|_| {});
        let unseeded = work(|work| work["params"]["seed"] = Value::Null);
        let faulty = work(|work| work["params"]["test"] = json!({ "seconds": 1 }));
        let has =
            |cache: Value, work: &Work, sent_back| key(&step(cache), work, sent_back).is_some();
        assert!(has(Value::Null, &seeded, 0) && has(Value::Null, &seeded, 1));
        assert!(!has(Value::Null, &unseeded, 0) && !has(Value::Null, &faulty, 0));
        assert!(has(json!("on"), &unseeded, 0) && !has(json!("on"), &unseeded, 1));
        assert!(has(json!({ "near": 6 }), &unseeded, 0));
        assert!(!has(json!({ "near": 6 }), &unseeded, 1));
        assert!(!has(json!("off"), &seeded, 0));
    }
}
