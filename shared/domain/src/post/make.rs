//! A post into the form of one target. Pure: the same post always gives the same form.

use super::able::{Able, Text};
use super::content::{Content, Disclosure, IfNot, Medium};
use super::form::{Disclosed, Fitted, Form, Note, Shape};
use super::{article, cut, entry, fit, short, spell};
use crate::pipeline::Problem;
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

/// What a form is made with, besides the post and its target.
#[derive(Clone, Copy)]
pub struct Making<'a> {
    /// The publication's id.
    pub id: &'a str,
    /// What a medium is; none where nobody knows it.
    pub shape: &'a (dyn Fn(&Medium) -> Option<Shape> + Sync),
    /// Whether a model made something of it, read from lineage.
    pub ai: bool,
    /// The target's settings in the pipeline. `thread: false` wants one piece; `text: summary` or `title` says
    /// what a short text is made of; `status: draft` publishes nothing yet.
    pub settings: &'a Map<String, Value>,
}

impl Making<'_> {
    /// A text among the settings.
    pub(super) fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).and_then(Value::as_str)
    }

    /// Whether a setting is not `false`.
    pub(super) fn may(&self, name: &str) -> bool {
        self.settings.get(name) != Some(&Value::Bool(false))
    }
}

/// What a target is given of a post; or why it can be given nothing of it.
pub fn form(able: &Able, content: &Content, making: &Making<'_>) -> Result<Form, Vec<Problem>> {
    if let Some(entry) = &content.entry {
        return entry::form(able, content, entry, making);
    }
    let content = &composed(content);
    let mut problems = Vec::new();
    let mut form = Form {
        target: able.target.to_owned(),
        language: content.language.clone(),
        canonical_url: content.canonical_url.clone().filter(|_| able.canonical),
        ..Form::default()
    };
    form.disclosed = disclosed(able, content, making, &mut problems);
    let changed = &mut form.changed;
    form.tags = spell::tags(&content.tags, able.tags, changed);
    let media = fit::all(able, content, making.shape, changed);
    if let Some(most) = able.title {
        match content.title.as_deref().filter(|title| !title.trim().is_empty()) {
            Some(title) => form.title = Some(line(title, most, "/title", changed)),
            None => problems.push(Problem::new(
                "/title",
                format!("{} publishes articles, and the post has no title", able.name),
                "give it a title",
            )),
        }
    }
    if let (Some(most), Some(summary)) = (able.summary, &content.summary) {
        form.summary = Some(line(summary, most, "/summary", changed));
    }
    form.slug = able.slug.map(|most| {
        let words = content.slug.as_deref().or(content.title.as_deref()).unwrap_or_default();
        spell::own_slug(words, making.id, most)
    });
    match able.text {
        Text::Article { format, bytes } => {
            article::write(able, (format, bytes), content, media, making, &mut form, &mut problems);
        }
        Text::Short { .. } => {
            short::write(able, content, media, making, &mut form, &mut problems);
        }
    }
    if problems.is_empty() { Ok(form) } else { Err(problems) }
}

/// A line of plain words, cut where it is too long.
fn line(text: &str, most: usize, pointer: &str, changed: &mut Vec<Note>) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (text, cut) = cut::shorten(&text, &|text| text.chars().count() <= most);
    if cut {
        changed.push(Note::new(pointer, format!("is shortened to {most} characters")));
    }
    text
}

/// The same post with its letters composed, as every target counts them.
fn composed(content: &Content) -> Content {
    let nfc = |text: &String| text.nfc().collect::<String>();
    Content {
        title: content.title.as_ref().map(nfc),
        body: nfc(&content.body).replace("\r\n", "\n"),
        summary: content.summary.as_ref().map(nfc),
        tags: content.tags.iter().map(nfc).collect(),
        ..content.clone()
    }
}

/// What is told of how it was made, by the flag of the target or in words.
pub(super) fn disclosed(
    able: &Able,
    content: &Content,
    making: &Making<'_>,
    problems: &mut Vec<Problem>,
) -> Disclosed {
    let ai = making.ai && content.disclosure == Disclosure::Auto;
    let flag = ai && able.flag.is_some();
    let untold = ai && !flag;
    if untold && content.if_not_flagged == IfNot::Refuse {
        let detail = format!("{} has no flag that says that a model made it", able.name);
        let fix = "take the target out, or say if_not_flagged: text";
        problems.push(Problem::new("/if_not_flagged", detail, fix));
    }
    let text = untold.then(|| words(content.language.as_deref()).to_owned());
    Disclosed { ai, flag, text }
}

/// What a text says of how it was made, in its own language where we have it.
fn words(language: Option<&str>) -> &'static str {
    let language = language.unwrap_or("en").split('-').next().unwrap_or("en");
    match language.to_ascii_lowercase().as_str() {
        "de" => "Mit KI erstellt.",
        "fr" => "Créé avec l’IA.",
        "es" => "Creado con IA.",
        "it" => "Creato con l’IA.",
        "pt" => "Criado com IA.",
        "nl" => "Gemaakt met AI.",
        "pl" => "Utworzono z pomocą AI.",
        "ja" => "AIで作成。",
        "zh" => "由AI生成。",
        _ => "Made with AI.",
    }
}

/// The media of a form in the post's order, the first picture as cover where `cover` asks for one.
pub(super) fn placed(media: Vec<(usize, Fitted)>) -> (Vec<Fitted>, Vec<usize>) {
    let (places, media) = media.into_iter().unzip();
    (media, places)
}
