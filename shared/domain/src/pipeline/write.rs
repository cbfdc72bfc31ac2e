//! A checked pipeline as the document that people write, defaults spelled out.

use serde_json::{Map, Value, json};

use super::kinds::{Function, POST, WINDOW};
use super::model::{Input, Pipeline, Step};

/// The document of a pipeline: reading it gives the same pipeline, its steps in the order of their names.
pub fn document(pipeline: &Pipeline) -> Value {
    let inputs = pipeline.inputs.iter().map(|(name, given)| (name.clone(), input(given)));
    let steps = pipeline.steps.iter().map(|given| (given.name.clone(), step(given)));
    let mut document = json!({
        "name": pipeline.name,
        "inputs": inputs.collect::<Map<_, _>>(),
        "budget_usd": dollars(pipeline.budget_micros),
        "steps": steps.collect::<std::collections::BTreeMap<_, _>>(),
    });
    if !pipeline.description.is_empty() {
        document["description"] = json!(pipeline.description);
    }
    if !pipeline.labels.is_empty() {
        document["labels"] = json!(pipeline.labels);
    }
    document
}

fn input(input: &Input) -> Value {
    serde_json::to_value(input).unwrap_or_default()
}

/// One step of a document.
pub(super) fn step(step: &Step) -> Value {
    let mut written = json!({
        "kind": step.kind.as_str(), "with": with(&step.with), "deadline_s": step.deadline_s,
    });
    if !step.after.is_empty() {
        written["after"] = json!(step.after);
    }
    if let Some(lane) = &step.lane {
        written["lane"] = json!(lane);
    }
    if matches!(step.kind.function(), Function::Lane | Function::Publish) {
        written["retry"] = json!({ "attempts": step.retry.attempts });
    }
    if let Some(on_fail) = &step.on_fail {
        written["on_fail"] = json!({
            "retry": on_fail.retry, "attempts": on_fail.attempts,
            "budget_usd": dollars(on_fail.budget_micros),
        });
        if !on_fail.then.is_fail() {
            written["on_fail"]["then"] = json!(on_fail.then);
        }
        if on_fail.reason {
            written["on_fail"]["reason"] = json!(true);
        }
        if let Some(model) = &on_fail.model {
            written["on_fail"]["model"] = json!(model);
        }
    }
    if let Some(review) = &step.review {
        written["review"] = json!(review);
    }
    if let Some(when) = &step.when {
        written["when"] = json!(when);
    }
    if let Some(foreach) = step.foreach.as_ref().filter(|_| !step.aims()) {
        written["foreach"] = json!({ &foreach.name: foreach.list });
    }
    if step.on_error.is_fail() && step.foreach.is_some() {
        written["on_error"] = json!("fail");
    }
    if !step.models.is_empty() {
        written["models"] = json!(step.models);
    }
    if let Some(class) = &step.class {
        written["class"] = json!(class);
    }
    if step.class.is_some() || !step.choose.is_first() {
        written["choose"] = json!(step.choose);
    }
    if !step.effort.is_standard() {
        written["effort"] = json!(step.effort);
    }
    if !step.on_unknown.is_wait() {
        written["on_unknown"] = json!(step.on_unknown);
    }
    if let Some(candidates) = step.best_of {
        written["best_of"] = json!(candidates);
    }
    if let Some(cache) = step.cache {
        written["cache"] = json!(cache);
    }
    if !step.on_error.is_fail() {
        written["on_error"] = json!(step.on_error);
    }
    written
}

/// The parameters, with the fields of a post below `post` and those of a window below `window`.
fn with(params: &Map<String, Value>) -> Map<String, Value> {
    let mut with = params.clone();
    for (name, prefix) in [("post", POST), ("window", WINDOW)] {
        let (own, rest): (Map<_, _>, Map<_, _>) =
            with.into_iter().partition(|(name, _)| name.starts_with(prefix));
        with = rest;
        if !own.is_empty() {
            let fields = own.into_iter().map(|(name, value)| (name.replacen(prefix, "", 1), value));
            with.insert(name.into(), Value::Object(fields.collect()));
        }
    }
    with
}

fn dollars(micros: i64) -> f64 {
    micros as f64 / 1_000_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_reads_as_the_same_pipeline() {
        let texts = [
            include_str!("../../../../infra/pipelines/hero-image.yaml"),
            include_str!("../../../../infra/pipelines/product-photo.yaml"),
            include_str!("../../../../infra/pipelines/social-card.yaml"),
            include_str!("../../../../infra/pipelines/hero-image-localised.yaml"),
            include_str!("../../../../infra/pipelines/best-of-four.yaml"),
        ];
        let looping = texts[0].replacen(
            "attempts: 2,",
            "attempts: 2, then: review, reason: true, model: sketch-2,",
            1,
        );
        assert_ne!(looping, texts[0]);
        for text in texts.into_iter().chain([looping.as_str()]) {
            let pipeline = Pipeline::parse(text).unwrap();
            let mut again = Pipeline::from_value(&document(&pipeline)).unwrap();
            again.steps.sort_by_key(|step| pipeline.steps.iter().position(|s| s.name == step.name));
            assert_eq!(again, pipeline);
        }
    }
}
