//! A mandate as operators write it, checked by what checks the gates of pipelines.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::kinds::{Function, Kind};
use super::super::model::{Input, InputType};
use super::super::problem::{Marks, Problem, Problems, child};
use super::super::read::{Draft, Sketch, better, is_name, known_fields, object, shown, step};
use super::super::template::is_template;
use super::super::{check, document, parse, write};
use super::{MANDATED, Mandate};
use crate::ordered::ordered;
use crate::sign::sha256;

/// Most gates of a tenant.
pub(in super::super) const GATES_MOST: usize = 10;
/// Most bytes of them: they lie in the tenant's record and in the plan of each job.
const BYTES_MOST: usize = 32 * 1024;
/// The input that stands for what is published while a gate is checked.
const PUBLISHED: &str = "published";
/// Parameters that are filled in: what is judged.
pub(in super::super) const NOT_SAID: [&str; 4] = ["images", "audio", "video", "prompt"];
/// What a gate of a pipeline can say and one of all pipelines cannot, with what there is instead.
const NOT_HERE: [(&str, &str); 4] = [
    ("after", "take it out: it comes before each publish by itself"),
    ("foreach", "take it out: it judges all that a publish takes"),
    ("on_fail", "take it out: it knows no step to go back to; a pipeline's own gates do"),
    ("when", "take it out: it judges whenever something is published"),
];

impl Mandate {
    /// Reads a YAML or JSON document, or tells all that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::default();
        let Some(document) = document::read(text, &mut problems) else {
            return Err(problems.finish(&Marks::new()));
        };
        let sketches = gates(&document.value, &mut problems);
        let gates = sketches.into_iter().filter_map(|sketch| parse::step(sketch, 0));
        let mut gates: Vec<_> = gates.collect();
        gates.iter_mut().for_each(|gate| {
            gate.with.remove("images");
        });
        let bytes = ordered(json!(gates)).to_string();
        if BYTES_MOST < bytes.len() {
            let fix = format!(
                "keep them within {BYTES_MOST}; long lists of terms go to `galley admin moderation put`"
            );
            problems.add("/gates", format!("the gates have {} bytes", bytes.len()), fix);
        }
        if problems.is_empty() {
            return Ok(Self { gates, digest: sha256(bytes.as_bytes())[..16].to_owned() });
        }
        Err(problems.finish(&document.marks))
    }

    /// The document of a mandate: reading it gives the same one.
    pub fn document(&self) -> Value {
        let gates = self.gates.iter().map(|gate| (gate.name.clone(), write::step(gate)));
        json!({ "gates": gates.collect::<BTreeMap<_, _>>() })
    }
}

fn gates(root: &Value, problems: &mut Problems) -> Vec<Sketch> {
    let example = "gates: { safe: { kind: gate.moderation, with: { accept_unjudged: true } } }";
    let Some(root) = object(root, "", "the document", example, problems) else { return Vec::new() };
    known_fields(root, "", "the document", &["gates"], problems);
    let Some(gates) = root.get("gates") else {
        problems.add("/gates", "gates is missing", format!("add gates, such as {example}"));
        return Vec::new();
    };
    let Some(gates) = object(gates, "/gates", "gates", example, problems) else {
        return Vec::new();
    };
    if gates.is_empty() || GATES_MOST < gates.len() {
        let detail = format!("there are {} gates", gates.len());
        let fix = format!("name 1 to {GATES_MOST}; `--none` asks for none");
        problems.add("/gates", detail, fix);
    }
    // In the order of their names: the same gates are the same mandate, however they are written down.
    let gates: BTreeMap<_, _> = gates.iter().collect();
    gates
        .into_iter()
        .map(|(name, value)| gate(name, child("/gates", name), value, problems))
        .collect()
}

fn gate(name: &str, pointer: String, value: &Value, problems: &mut Problems) -> Sketch {
    if !is_name(name, '_', 40) {
        let fix = match name.starts_with(MANDATED) {
            true => format!("leave {MANDATED} out: its steps get that name by themselves"),
            false => better(name),
        };
        problems.add(&pointer, format!("the gate's name is {name:?}"), fix);
    }
    let mut value = value.clone();
    if let Value::Object(fields) = &mut value {
        for (field, fix) in NOT_HERE {
            if fields.remove(field).is_some() {
                let place = child(&pointer, field);
                problems.add(&place, format!("a tenant's gate has no {field}"), fix);
            }
        }
    }
    let mut sketch = step(name, pointer, &value, problems);
    let Some(kind) = sketch.kind else { return sketch };
    if kind.function() != Function::Gate {
        let detail = format!("{} gives no verdict", kind.as_str());
        let gates: Vec<_> = Kind::ALL
            .into_iter()
            .filter(|kind| kind.function() == Function::Gate)
            .map(Kind::as_str)
            .collect();
        problems.add(
            &child(&sketch.pointer, "kind"),
            detail,
            format!("use {}", gates.join(" or ")),
        );
        return sketch;
    }
    alone(&mut sketch, problems);
    sketch.with.insert("images".into(), format!("{{{{ inputs.{PUBLISHED} }}}}").into());
    check::gate(&sketch, &draft(), problems);
    sketch
}

/// What a gate is told must mean the same in every pipeline, and what it judges is not its to say.
fn alone(sketch: &mut Sketch, problems: &mut Problems) {
    let place = child(&sketch.pointer, "with");
    for (name, fix) in NOT_SAID.into_iter().zip([
        "take it out: it judges what is published",
        "take it out: it judges what is published",
        "take it out: it judges what is published",
        "take it out: it judges all words that went into what is published",
    ]) {
        if sketch.kind.is_some_and(|kind| kind.param(name).is_some())
            && sketch.with.remove(name).is_some()
        {
            problems.add(
                &child(&place, name),
                format!("{name} is not for a tenant's gate to say"),
                fix,
            );
        }
    }
    sketch.with.retain(|name, value| {
        let Some(found) = template(value) else { return true };
        let detail = format!("{name} has {}, and pipelines differ in what they have", shown(found));
        problems.add(&child(&place, name), detail, "write the value out");
        false
    });
}

fn template(value: &Value) -> Option<&Value> {
    match value {
        Value::String(text) => is_template(text).then_some(value),
        Value::Array(items) => items.iter().find_map(template),
        Value::Object(fields) => fields.values().find_map(template),
        _ => None,
    }
}

fn draft() -> Draft {
    let picture = Input {
        kind: InputType::Image,
        description: String::new(),
        default: None,
        max_length: None,
        min: None,
        max: None,
    };
    Draft { inputs: BTreeMap::from([(PUBLISHED.to_owned(), Some(picture))]), ..Draft::default() }
}
