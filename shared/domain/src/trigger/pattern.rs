//! EventBridge's pattern language: read with the place of every mistake, and matched against events.
//!
//! A pattern has the shape of the events that it fits. Its leaves are lists of alternatives; all of its
//! fields must fit.

mod block;
mod matcher;
mod own;
mod read;

pub use matcher::Matcher;
pub use own::{OWN, is_own};

use serde_json::Value;

/// A pattern that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pattern {
    /// What its fields must be.
    fields: Vec<(String, Field)>,
    /// The branches of `$or`: one of them must fit too. None where there is no `$or`.
    branches: Vec<Self>,
}

/// What a field of an event must be.
#[derive(Clone, Debug, PartialEq)]
enum Field {
    /// An object with fields of its own.
    Object(Pattern),
    /// One of these.
    OneOf(Vec<Matcher>),
}

/// Why an event does not fit: one field of it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Miss {
    /// RFC 6901 pointer into the event.
    pub pointer: String,
    /// What it is, and what was wanted.
    pub detail: String,
}

impl Miss {
    /// A field that is not as wanted.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

/// Most characters of a value that a [`Miss`] shows.
const SHOWN_MOST: usize = 120;

impl Pattern {
    /// All fields of an event that do not fit; none where the event fits.
    pub fn misses(&self, event: &Value) -> Vec<Miss> {
        self.missing(event, "")
    }

    fn missing(&self, event: &Value, at: &str) -> Vec<Miss> {
        let mut misses = Vec::new();
        for (name, field) in &self.fields {
            let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            misses.extend(field.missing(event.get(name), &at));
        }
        let branches = self.branches.iter().map(|branch| branch.missing(event, at));
        // The branch that came closest is the one that its author meant.
        misses.extend(branches.min_by_key(Vec::len).unwrap_or_default());
        misses
    }
}

impl Field {
    fn missing(&self, value: Option<&Value>, at: &str) -> Vec<Miss> {
        match (self, value) {
            (Self::Object(pattern), Some(Value::Array(items))) => {
                let items = items.iter().map(|item| pattern.missing(item, at));
                let nothing = || pattern.missing(&Value::Null, at);
                items.min_by_key(Vec::len).unwrap_or_else(nothing)
            }
            (Self::Object(pattern), value) => pattern.missing(value.unwrap_or(&Value::Null), at),
            (Self::OneOf(matchers), value) => {
                if matchers.iter().any(|matcher| matcher.fits(value)) {
                    return Vec::new();
                }
                let wanted: Vec<_> = matchers.iter().map(Matcher::to_string).collect();
                let found =
                    value.map_or("it is missing".into(), |it| format!("it is {}", shown(it)));
                vec![Miss::new(at, format!("{found}; wanted: {}", wanted.join(", or ")))]
            }
        }
    }
}

/// A value, as far as it is short.
pub(super) fn shown(value: &Value) -> String {
    let text = match value {
        Value::Object(_) => return "an object".into(),
        value => value.to_string(),
    };
    match text.char_indices().nth(SHOWN_MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests;
