//! Small pipelines for faults; `test` asks the hosts for them.

use serde_json::{Value, json};

/// One small picture.
pub(crate) fn one_render(test: Value) -> Value {
    one_render_with(test, json!({}))
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
