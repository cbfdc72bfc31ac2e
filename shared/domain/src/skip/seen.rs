//! What conditions see of a job: its inputs, its labels, and what became of its steps.

use crate::pipeline::{Meant, PortType, Step, holds, meant};
use crate::view::JobView;
use serde_json::{Map, Value, json};

impl JobView {
    /// Whether the condition of a step holds; true where it has none. An error says why it cannot be told.
    pub(super) fn holds(&self, step: &Step) -> Result<bool, String> {
        let Some(when) = &step.when else { return Ok(true) };
        holds(when, &|name| self.seen(step, name))
    }

    /// What a condition of a step means by a name.
    fn seen(&self, by: &Step, name: &str) -> Option<Value> {
        match (name, &by.each) {
            ("inputs", _) => Some(Value::Object(self.job.inputs.clone())),
            ("labels", _) => Some(json!(self.job.labels)),
            (name, Some(each)) if each.name == name => Some(each.value.clone()),
            (name, each) => {
                let steps = self.pipeline.steps.iter();
                // Of several candidates the first stands for all.
                let steps = steps.map(|step| {
                    let further = step.candidate.as_ref().is_some_and(|it| 1 < it.number);
                    (step.name.as_str(), step.each.as_ref().filter(|_| !further))
                });
                match meant(name, each.as_ref(), steps) {
                    Meant::One(step) => Some(self.of_step(step)),
                    Meant::All(none) if none.is_empty() => None,
                    Meant::All(all) => Some(all.into_iter().map(|one| self.of_step(one)).collect()),
                }
            }
        }
    }

    fn of_step(&self, name: &str) -> Value {
        let record = self.step(name);
        let verdict = record.verdict.as_ref();
        let field = |field: &str| verdict.and_then(|verdict| verdict.get(field)).cloned();
        let scores = field("scores").and_then(|scores| scores.as_object().cloned());
        let scores: Vec<Value> = scores.into_iter().flatten().map(|(_, scores)| scores).collect();
        // What people approved has passed.
        let word = field("approved").map(|_| json!("pass")).or_else(|| field("verdict"));
        let (mut outputs, mut text) = (Map::new(), Value::from(""));
        let ports = self.pipeline.step(name).map_or(&[][..], |step| step.kind.spec().outputs);
        for port in ports {
            if port.ty == PortType::Text {
                text = self.output(name, port.name).unwrap_or(text);
            }
            let ids = record.outputs.get(port.name).into_iter().flatten();
            let assets = ids.filter_map(|id| self.assets.get(id)).map(|asset| {
                json!({
                    "width": asset.width, "height": asset.height, "bytes": asset.bytes,
                    "media_type": asset.media_type,
                })
            });
            outputs.insert(port.name.into(), assets.collect());
        }
        json!({
            "state": record.state, "verdict": word, "scores": scores,
            "reasons": field("reasons").unwrap_or_else(|| json!([])), "outputs": outputs, "text": text,
        })
    }
}
