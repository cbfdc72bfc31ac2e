//! A picture for an entry that is there already: all else of it stays as its authors have it.

use super::able::Able;
use super::content::Content;
use super::fit;
use super::form::{Form, Note};
use super::make::{Making, disclosed};
use crate::pipeline::Problem;

/// Most characters of an entry's id.
const ID_MOST: usize = 128;

/// What a target is given for an entry; or why it can be given nothing.
pub(super) fn form(
    able: &Able,
    content: &Content,
    entry: &str,
    making: &Making<'_>,
) -> Result<Form, Vec<Problem>> {
    let mut problems = Vec::new();
    if !able.verbs.entry {
        let detail = format!("{} has no entries that a picture could be put into", able.name);
        let fix = format!("use a target of kind {}", Able::with_entries().join(", "));
        problems.push(Problem::new("/entry", detail, fix));
    }
    if !is_id(entry) {
        let fix = "give its id at the target: letters, digits, -, _ and .";
        problems.push(Problem::new("/entry", "it is no entry's id", fix));
    }
    let mut form = Form {
        target: able.target.to_owned(),
        entry: Some(entry.to_owned()),
        disclosed: disclosed(able, content, making, &mut problems),
        ..Form::default()
    };
    // What an entry says is its authors' word: nothing is added to it.
    form.disclosed.text = None;
    let media = fit::all(able, content, making.shape, &mut form.changed);
    for (place, medium) in media {
        let first = form.media.is_empty() && medium.shape.media_type.starts_with("image/");
        match first {
            true => form.media.push(super::Fitted { cover: true, ..medium }),
            false => {
                let what = "left out: an entry gets one picture";
                form.changed.push(Note::new(format!("/media/{place}"), what));
            }
        }
    }
    if form.media.is_empty() {
        let detail = format!("there is no picture that {} takes", able.name);
        problems.push(Problem::new("/media", detail, "give it a picture"));
    }
    if problems.is_empty() { Ok(form) } else { Err(problems) }
}

/// Whether a text can be the id of an entry: it becomes a part of addresses.
fn is_id(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (1..=ID_MOST).contains(&text.len())
        && text.chars().all(fits)
        && text.chars().any(|c| c.is_ascii_alphanumeric())
}
