//! What a target will get of a post, in its own form.

use crate::answer::Answered;
use crate::html::parts::empty;
use domain::post::{self, Able, Making, Medium, Shape};
use domain::publish::post_of;
use domain::record::PostingRecord;
use domain::view::JobView;
use maud::{Markup, html};

/// The form of a step's post; a word where there is none yet.
pub(super) fn of(view: &JobView, step: &str) -> Answered<Markup> {
    if !view.pipeline.step(step).is_some_and(|step| step.posts()) {
        return Ok(empty("It publishes assets as they are: they are seen with the job."));
    }
    let Ok(posting) = view.parameters(step).and_then(|given| post_of(view, step, &given)) else {
        return Ok(empty("What it says is not there yet."));
    };
    let Some(able) = Able::of(&posting.kind) else {
        return Ok(empty("Nobody knows the form of this target."));
    };
    let id = PostingRecord::own_id(&view.job.id, step);
    let shape = |medium: &Medium| {
        view.assets.get(&medium.asset).map(|asset| Shape {
            media_type: asset.media_type.clone(),
            bytes: asset.bytes,
            width: asset.width,
            height: asset.height,
            seconds: asset.seconds,
        })
    };
    let making = Making { id: &id, shape: &shape, ai: posting.ai, settings: &posting.settings };
    Ok(match post::form(able, &posting.content, &making) {
        Err(problems) => html! {
            ul { @for problem in &problems { li { (problem.detail) "; " (problem.fix) } } }
        },
        Ok(form) => html! {
            @if let Some(title) = &form.title { h3 { (title) } }
            @for piece in &form.pieces { pre.wrap { (piece.text) } }
            @if let Some(body) = &form.body { pre.wrap { (body.text) } }
            @for medium in &form.media { p.small { "With: " (medium.alt) } }
            @for note in &form.changed { p.small.quiet { (note.pointer) " " (note.what) } }
        },
    })
}
