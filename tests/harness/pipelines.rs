//! Small pipelines for faults; `test` asks the hosts for them.

use serde_json::{Value, json};

/// One small picture.
pub(crate) fn one_render(test: Value) -> Value {
    one_render_with(test, json!({}))
}

/// One picture by the first of these models of vendors that can be asked, with more fields of its step.
pub(crate) fn painted_by(models: &[&str], fields: Value) -> Value {
    let mut step = json!({
        "kind": "image.generate", "models": models,
        "with": { "prompt": "a lighthouse", "width": 1024, "height": 1024 },
    });
    for (name, value) in fields.as_object().into_iter().flatten() {
        step[name] = value.clone();
    }
    let good = json!({ "kind": "gate.quality", "with": { "images": "{{ generate.image }}", "min_width": 64 } });
    json!({ "name": "painted", "budget_usd": 2, "steps": { "generate": step, "good": good } })
}

/// A few words by a model of a vendor.
pub(crate) fn written_by(model: &str) -> Value {
    let step =
        json!({ "kind": "text.generate", "with": { "model": model, "prompt": "Describe a tin." } });
    json!({ "name": "written", "budget_usd": 2, "steps": { "generate": step } })
}

/// One small picture, with more fields of its step: `deadline_s`, `retry`.
pub(crate) fn one_render_with(test: Value, fields: Value) -> Value {
    let mut step = json!({
        "kind": "image.generate",
        "with": {
            "prompt": "a lighthouse", "width": 256, "height": 256, "seed": 7, "preview": false, "test": test,
        },
    });
    for (name, value) in fields.as_object().into_iter().flatten() {
        step[name] = value.clone();
    }
    let good = json!({ "kind": "gate.quality", "with": { "images": "{{ generate.image }}", "min_width": 64 } });
    json!({ "name": "one-render", "budget_usd": 0.2, "steps": { "generate": step, "good": good } })
}
