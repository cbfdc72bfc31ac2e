//! The list for each item of which a step is done.

use serde_json::{Map, Value};

use super::super::items::{self, ITEMS_MOST};
use super::super::model::Foreach;
use super::super::problem::{Problems, child};
use super::super::reference;
use super::fields::{better, is_name, shown};

const EXAMPLE: &str = "{ locale: \"{{ inputs.locales }}\" } or { locale: [en, de] }";
/// What names mean already.
const TAKEN: [&str; 5] = ["inputs", "labels", "event", "loop", "steps"];

pub(super) fn read(
    map: &Map<String, Value>,
    pointer: &str,
    problems: &mut Problems,
) -> Option<Foreach> {
    let value = map.get("foreach")?;
    let place = child(pointer, "foreach");
    let Some(fields) = value.as_object() else {
        let fix = format!("make it a mapping of one name, such as {EXAMPLE}");
        problems.add_edge(&place, format!("foreach is {}", shown(value)), fix);
        return None;
    };
    let mut fields_iter = fields.iter();
    let (Some((name, list)), None) = (fields_iter.next(), fields_iter.next()) else {
        let detail = format!("foreach has {} names", fields.len());
        problems.add_edge(&place, detail, format!("give it one, such as {EXAMPLE}"));
        return None;
    };
    let place = child(&place, name);
    if TAKEN.contains(&name.as_str()) {
        let detail = format!("foreach calls its item {name}, which means something else");
        problems.add_edge(&place, detail, "call it something else, such as item");
        return None;
    }
    if !is_name(name, '_', 40) {
        problems.add_edge(&place, format!("foreach calls its item {name:?}"), better(name));
        return None;
    }
    match list {
        Value::Array(_) => {
            if let Err(wrong) = items::items(list) {
                let detail = format!("the list of foreach {}", wrong.detail);
                problems.add_edge(&wrong.below(&place), detail, wrong.fix);
                return None;
            }
        }
        Value::String(text) if reference::input(text).is_some() => {}
        other => {
            let fix = format!(
                "use \"{{{{ inputs.NAME }}}}\" of a json input, or a list of at most {ITEMS_MOST} words"
            );
            problems.add_edge(&place, format!("the list of foreach is {}", shown(other)), fix);
            return None;
        }
    }
    Some(Foreach { name: name.clone(), list: list.clone() })
}
