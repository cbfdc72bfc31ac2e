//! `{{ inputs.NAME }}`, `{{ STEP.PORT }}` and `{{ labels.NAME }}`: what a whole string can stand for.

use std::fmt;

use serde_json::Value;

/// Where a parameter takes its value from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// An input of the pipeline.
    Input(String),
    /// A label of the job.
    Label(String),
    /// An output port of a step.
    Port {
        /// The step.
        step: String,
        /// Its port.
        port: String,
    },
}

impl Reference {
    /// The reference that this value is, if it is a well-formed one.
    pub fn of(value: &Value) -> Option<Self> {
        Self::parse(value.as_str()?)
    }

    /// The reference that this text is, if it is a well-formed one.
    pub fn parse(text: &str) -> Option<Self> {
        let (head, tail) = inside(text)?.split_once('.')?;
        (is_step(head) && is_word(tail)).then(|| match head {
            "inputs" => Self::Input(tail.into()),
            "labels" => Self::Label(tail.into()),
            step => Self::Port { step: step.into(), port: tail.into() },
        })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(name) => write!(f, "{{{{ inputs.{name} }}}}"),
            Self::Label(name) => write!(f, "{{{{ labels.{name} }}}}"),
            Self::Port { step, port } => write!(f, "{{{{ {step}.{port} }}}}"),
        }
    }
}

/// The field of a fan's item that a whole text refers to: `Some(None)` for the item itself.
pub(super) fn item<'a>(text: &'a str, name: &str) -> Option<Option<&'a str>> {
    let rest = inside(text)?.strip_prefix(name)?;
    match rest.strip_prefix('.') {
        Some(field) => is_word(field).then_some(Some(field)),
        None => rest.is_empty().then_some(None),
    }
}

/// The input that a whole text refers to.
pub(super) fn input(text: &str) -> Option<&str> {
    inside(text)?.strip_prefix("inputs.").filter(|name| is_word(name))
}

/// The name of a step for one item of a list.
pub(crate) fn of_item(step: &str, item: &str) -> String {
    format!("{step}~{item}")
}

/// What stands between the braces, when they enclose the whole text.
pub(super) fn inside(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    (!inner.contains("{{") && !inner.contains("}}")).then(|| inner.trim())
}

/// A step's name: a word, and after a tilde the item that it is for, or the number of a candidate, or both.
fn is_step(text: &str) -> bool {
    let (step, rest) = text.split_once('~').unwrap_or((text, "x"));
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    is_word(step) && rest.split('~').all(|part| !part.is_empty() && part.chars().all(fits))
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_are_optional_and_the_whole_text_is_the_reference() {
        let port = Reference::Port { step: "large".into(), port: "image".into() };
        assert_eq!(Reference::parse("{{large.image}}"), Some(port.clone()));
        assert_eq!(Reference::parse(&port.to_string()), Some(port));
        assert_eq!(Reference::parse("{{ a.b }} and {{ c.d }}"), None);
        assert_eq!(Reference::parse("{{ inputs }}"), None);
    }
}
