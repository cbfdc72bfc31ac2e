//! From an event to a job's inputs: paths into the event, and texts that hold them.

use crate::id::TenantId;
use crate::upload;
use serde_json::{Value, json};

/// A path into an event, `{{ event.detail.object.key }}`: the names after `event`.
pub(super) fn path(text: &str) -> Option<Vec<&str>> {
    names(text.trim().strip_prefix("{{")?.strip_suffix("}}")?)
}

fn names(inside: &str) -> Option<Vec<&str>> {
    let names: Vec<&str> = inside.trim().strip_prefix("event.")?.split('.').collect();
    let fits = |name: &&str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
    };
    names.iter().all(fits).then_some(names)
}

/// A part of a text: itself, or a path.
enum Part<'a> {
    Plain(&'a str),
    Path(Vec<&'a str>),
}

/// The parts of a text with paths in it; none where something in braces is no path.
fn parts(text: &str) -> Option<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((plain, open)) = rest.split_once("{{") {
        let (inside, after) = open.split_once("}}")?;
        parts.extend([Part::Plain(plain), Part::Path(names(inside)?)]);
        rest = after;
    }
    parts.push(Part::Plain(rest));
    Some(parts)
}

/// Whether a text can be filled in: whatever it has in braces are paths.
pub(super) fn fillable(text: &str) -> bool {
    parts(text).is_some()
}

/// What a text becomes: the value itself where it is one path and nothing else, a text otherwise.
pub(super) fn fill(given: &str, event: &Value) -> Result<Value, String> {
    if let Some(names) = path(given) {
        return find(&names, event).cloned();
    }
    let Some(parts) = parts(given) else { return Ok(given.into()) };
    let mut filled = String::new();
    for part in parts {
        match part {
            Part::Plain(plain) => filled.push_str(plain),
            Part::Path(names) => filled.push_str(&text(find(&names, event)?)),
        }
    }
    Ok(filled.into())
}

/// The same, as a text in any case.
pub(super) fn fill_text(given: &str, event: &Value) -> Result<String, String> {
    fill(given, event).map(|value| text(&value))
}

/// What an input becomes.
pub(super) fn input(tenant: &TenantId, given: &Value, event: &Value) -> Result<Value, String> {
    let Some(key) = given.get("upload_key") else {
        return match given {
            Value::String(text) => fill(text, event),
            Value::Array(items) => items.iter().map(|item| input(tenant, item, event)).collect(),
            literal => Ok(literal.clone()),
        };
    };
    let key = fill_text(key.as_str().unwrap_or_default(), event)?;
    let prefix = upload::prefix(tenant);
    let id = upload::id_at(tenant, &key);
    let id = id.ok_or_else(|| format!("{key:?} is no upload: its key begins with {prefix}"))?;
    Ok(json!({ "upload": id }))
}

fn find<'a>(names: &[&str], event: &'a Value) -> Result<&'a Value, String> {
    let found = names.iter().try_fold(event, |value, name| match value {
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        value => value.get(name),
    });
    let found = found.filter(|value| !value.is_null());
    found.ok_or_else(|| format!("the event has no {}", names.join(".")))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
