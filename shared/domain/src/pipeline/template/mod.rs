//! Templates: words with values in them, a small part of Jinja.
//!
//! A template sees values, never the templates in them: what a job gives is written out as it is. There
//! is nothing in it that could run for long or grow: no assignments, no calls, no joining of texts but by
//! writing them one after the other; steps and size of what is written are bounded besides.

mod allow;
mod render;

pub(super) use render::render;

use minijinja::machinery::parse;

/// Most characters of a template as it is written.
const SOURCE_MOST: usize = 20_000;
/// Most bytes of what a template gives.
const RENDERED_MOST: usize = 8 * 1024;

/// Something that a template names, and what is named of it: `inputs.prompt`, `caption.text`, `locale`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    /// The first word.
    pub(super) head: String,
    /// The second one, where it is written out.
    pub(super) tail: Option<String>,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slip {
    /// Counted within the template, from 1.
    pub(super) line: usize,
    pub(super) detail: String,
    pub(super) fix: String,
}

/// Whether a text is more than its own words.
pub(super) fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

/// What a template names, each once in the order of their names; or the first thing that is wrong with it.
pub(super) fn names(text: &str) -> Result<Vec<Name>, Slip> {
    let length = text.chars().count();
    if SOURCE_MOST < length {
        let detail = format!("the template has {length} characters");
        return Err(Slip { line: 1, detail, fix: format!("shorten it to {SOURCE_MOST}") });
    }
    let syntax = minijinja::syntax::SyntaxConfig::default();
    let tree = parse(text, "template", syntax).map_err(|error| Slip {
        line: error.line().unwrap_or(1),
        detail: format!("this is no template: {}", said(&error)),
        fix: "check the braces and what stands between them".into(),
    })?;
    allow::names(&tree)
}

fn said(error: &minijinja::Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
}

#[cfg(test)]
mod tests;
