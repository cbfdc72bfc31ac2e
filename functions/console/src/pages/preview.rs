//! What targets will get of posts that are still to go out: each in its own form, as it is cut, cropped and tagged.

use super::assets::LOOK_S;
use crate::Console;
use crate::answer::Answered;
use crate::html::parts::{empty, state, time};
use crate::html::readable::readable;
use domain::ports::Bucket;
use domain::post::able::{Count, Text};
use domain::post::{self, Able, Fit, Fitted, Form, Format, Making, Medium, Note, Shape};
use domain::publish::window::WindowState;
use domain::publish::{Posting, post_of};
use domain::record::{PostingRecord, PublicationState};
use domain::sign::sha256;
use domain::view::JobView;
use maud::{Markup, html};

/// Of how many targets a page shows what they will get.
const MOST: usize = 12;
/// A text of more characters is folded.
const LONG: usize = 1200;

/// What is still to go out of a job, target by target; none where nothing is.
pub(super) async fn waiting(console: &Console<'_>, view: &JobView) -> Answered<Option<Markup>> {
    let gone = |step: &str| {
        let posting = view.postings.iter().find(|posting| posting.step == step);
        posting.is_some_and(|posting| posting.state == PublicationState::Done)
    };
    let steps = view.pipeline.steps.iter().filter(|step| step.posts() && !gone(&step.name));
    let steps: Vec<&str> = steps.map(|step| step.name.as_str()).collect();
    if steps.is_empty() || !view.job.state.open() {
        return Ok(None);
    }
    let mut shown = Vec::new();
    for step in steps.iter().take(MOST) {
        shown.push((*step, of(console, view, step).await?));
    }
    // Pictures are fetched anew when their addresses are about to end, and not before.
    let edition = |markup: &Markup| {
        let words: String = markup.0.split("X-Amz").next().unwrap_or_default().into();
        let period = console.now.0 / (1000 * i64::from(LOOK_S / 2));
        format!("{period}-{}", &sha256(words.as_bytes())[..12])
    };
    Ok(Some(html! {
        @if MOST < steps.len() { p.quiet.small { "The first " (MOST) " of " (steps.len()) " targets." } }
        ul.previews data-list {
            @for (step, form) in &shown {
                li data-key=(step) data-edition=(edition(form)) {
                    article.sheet aria-label={ "What " (step) " sends" } {
                        (head(view, step))
                        (form)
                    }
                }
            }
        }
    }))
}

/// Which target it is, and what it waits for.
fn head(view: &JobView, step: &str) -> Markup {
    let window = view.windows.iter().find(|window| window.step == step);
    let given = view.parameters(step).ok();
    let target = given.as_ref().and_then(|given| given.get("target"));
    let word = |name: &str| target.and_then(|target| target.get(name)?.as_str());
    let kind = word("kind").unwrap_or(step);
    html! {
        div.title.apart {
            h3 { (Able::of(kind).map_or(kind, |able| able.name)) @if let Some(whose) = word("connection") { span.quiet { " as " (whose) } } }
            @match window {
                Some(window) if window.state == WindowState::Scheduled => span.small { (state("scheduled")) " " (time(window.opens_at)) },
                _ => (state("waiting")),
            }
        }
    }
}

/// The form of a step's post; a word where there is none yet.
pub(super) async fn of(console: &Console<'_>, view: &JobView, step: &str) -> Answered<Markup> {
    if !view.pipeline.step(step).is_some_and(|step| step.posts()) {
        return Ok(empty("It publishes assets as they are: they are seen with the job."));
    }
    let Ok(posting) = view.parameters(step).and_then(|given| post_of(view, step, &given)) else {
        return Ok(empty("What it says is not there yet: some of it is still being made."));
    };
    let Some(able) = Able::of(&posting.kind) else {
        return Ok(empty("Nobody knows the form of this target."));
    };
    match made(view, step, able, &posting) {
        Ok(form) => {
            let mut pictures = Vec::new();
            for medium in &form.media {
                pictures.push(picture(console, view, medium).await?);
            }
            Ok(shown(able, &posting, &form, &pictures))
        }
        Err(problems) => Ok(html! {
            div.notice.bad {
                b { "It cannot be published there as it is." }
                ul { @for problem in &problems { li { (problem.detail) ": " (problem.fix) } } }
            }
        }),
    }
}

fn made(
    view: &JobView,
    step: &str,
    able: &Able,
    posting: &Posting,
) -> Result<Form, Vec<domain::pipeline::Problem>> {
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
    post::form(able, &posting.content, &making)
}

fn shown(able: &Able, posting: &Posting, form: &Form, pictures: &[Markup]) -> Markup {
    let of_piece = |piece: usize| {
        let own = form.media.iter().zip(pictures).filter(move |(medium, _)| medium.piece == piece);
        own.map(|(_, picture)| picture)
    };
    html! {
        @if let Some(entry) = &form.entry { p { "The picture of entry " code { (entry) } ", which keeps all else." } }
        @if let Some(title) = &form.title { p.headline { (title) } }
        @if let Some(summary) = &form.summary { p.quiet { (summary) } }
        @for (place, piece) in form.pieces.iter().enumerate() {
            div.piece {
                p.words { (words(able, &piece.text)) }
                div.shots { @for picture in of_piece(place) { (picture) } }
                @if let Some(card) = form.card.as_ref().filter(|_| place == 0) { p.small.linked { b { (card.title) } span.quiet { (card.url) } } }
                p.quiet.small {
                    @if 1 < form.pieces.len() { (place + 1) " of " (form.pieces.len()) " · " }
                    (length(able, &piece.text))
                }
            }
        }
        @if let Some(body) = &form.body {
            @let covers: Vec<&Markup> = pictures.iter().collect();
            @if !covers.is_empty() { div.shots { @for picture in covers { (picture) } } }
            @let words = match body.format { Format::Html => "HTML", Format::Markdown => "Markdown", Format::FrontMatter => "Markdown with its fields" };
            // What is marked up is read first as its readers will, then as it is sent.
            @let html = body.format == Format::Html;
            @if html { p.words.long tabindex="0" role="group" aria-label="The text" { (readable(&body.text)) } }
            details.more open[!html && body.text.chars().count() <= LONG] {
                summary { "The text, as " (words) }
                pre.wrap tabindex="0" role="group" aria-label="The text as it is sent" { (body.text) }
            }
        } @else if form.pieces.is_empty() {
            div.shots { @for picture in pictures { (picture) } }
        }
        @if !form.tags.is_empty() { p { @for tag in &form.tags { span.label { (tag) } " " } } }
        dl.facts {
            @if let Some(slug) = &form.slug { dt { "Address" } dd { code { (slug) } } }
            @if let Some(home) = &form.canonical_url { dt { "At home at" } dd { (home) } }
            @if let Some(language) = &form.language { dt { "Language" } dd { (language) } }
            dt { "Made by AI" } dd { (told(able, posting, form)) }
        }
        @if !form.changed.is_empty() {
            div.changed {
                p.small { b { "Changed for " (able.name) } }
                ul { @for note in &form.changed { li { (noted(note)) } } }
            }
        }
    }
}

/// A short text as people will read it: what is only marked up for its target is not seen.
fn words(able: &Able, text: &str) -> String {
    let Text::Short { count: Count::Little, .. } = able.text else { return text.to_owned() };
    let (mut out, mut marks) = (String::new(), text.chars());
    while let Some(mark) = marks.next() {
        out.extend(if mark == '\\' { marks.next() } else { Some(mark) });
    }
    out
}

/// How long a text is, as its target counts.
fn length(able: &Able, text: &str) -> String {
    match able.text {
        Text::Short {
            count: count @ (Count::Weighted | Count::Graphemes { .. }), most, ..
        } => {
            format!("{} of {most} characters", count.of(text))
        }
        _ => format!("{} characters", text.chars().count()),
    }
}

/// How people are told that a model made something of it.
fn told(able: &Able, posting: &Posting, form: &Form) -> String {
    match &form.disclosed {
        disclosed if disclosed.flag => format!("yes, by the flag that {} has", able.name),
        disclosed if disclosed.text.is_some() => "yes, in the text".into(),
        disclosed if disclosed.ai => "yes, and nobody is told".into(),
        _ if posting.ai => "yes; somebody else sees to telling it".into(),
        _ => "no".into(),
    }
}

/// What was changed, and where, in words.
fn noted(note: &Note) -> Markup {
    let mut parts = note.pointer.trim_start_matches('/').split('/');
    let first = parts.next().unwrap_or_default();
    let number = parts.next().and_then(|place| place.parse::<usize>().ok()).map(|place| place + 1);
    let name = match (first, parts.next()) {
        ("media", Some("alt")) => "Alt text of picture",
        ("media", Some("caption")) => "Caption of picture",
        ("media", _) => "Picture",
        ("tags", _) => "Tag",
        ("embeds", _) => "Embed",
        ("body", _) => "Text",
        ("canonical_url", _) => "Address of home",
        ("title", _) => "Title",
        ("summary", _) => "Summary",
        (other, _) => other,
    };
    html! { b { (name) @if let Some(number) = number { " " (number) } } " " (note.what) }
}

/// A medium as the target gets it: what a crop cuts off is not seen.
async fn picture(console: &Console<'_>, view: &JobView, medium: &Fitted) -> Answered<Markup> {
    let Some(asset) = view.assets.get(&medium.asset).filter(|it| it.erased.is_none()) else {
        return Ok(html! { p.quiet { "A medium that is not there any more." } });
    };
    let url = console.objects.presign_get(Bucket::Assets, &asset.key, LOOK_S).await?.url;
    let size = (asset.width, asset.height);
    let seen = match (medium.shape.media_type.split('/').next(), &medium.fit, size) {
        (Some("image"), Some(fit), (Some(width), Some(height))) => {
            cropped(&url, fit, (f64::from(width), f64::from(height)), &medium.alt)
        }
        (Some("image"), ..) => {
            html! { img src=(url) alt=(medium.alt) width=[asset.width] height=[asset.height] loading="lazy" decoding="async"; }
        }
        (Some("video"), ..) => {
            html! { video src=(url) preload="metadata" muted playsinline aria-label=(medium.alt) {} }
        }
        _ => html! { span.kind { (medium.shape.media_type) } },
    };
    Ok(html! {
        figure.shot-of {
            (seen)
            figcaption.small {
                @match &medium.fit {
                    Some(fit) => { (fit.width) " × " (fit.height) ", " (fit.media_type.trim_start_matches("image/")) }
                    None => { @if let (Some(width), Some(height)) = size { (width) " × " (height) ", as it is" } @else { "as it is" } }
                }
                @if medium.cover { " · cover" }
                br;
                @if medium.alt.is_empty() { span.lacking { "No alt text" } } @else { span.quiet { "Alt: " (medium.alt) } }
                @if let Some(caption) = &medium.caption { br; span.quiet { "Caption: " (caption) } }
            }
        }
    })
}

/// A picture with what is cut off, or the bars that are put beside it.
fn cropped(url: &str, fit: &Fit, whole: (f64, f64), alt: &str) -> Markup {
    let (x, y, width, height) = frame(fit, whole);
    let view_box = format!("{x:.1} {y:.1} {width:.1} {height:.1}");
    html! {
        svg.crop viewBox=(view_box) role="img" aria-label=(if alt.is_empty() { "The picture as it is cut" } else { alt }) {
            rect.bars x=(x) y=(y) width=(width) height=(height) {}
            image href=(url) width=(whole.0) height=(whole.1) {}
        }
    }
}

/// Which part of a picture is seen, in its own pixels; more than all of it where bars are put beside it.
fn frame(fit: &Fit, (width, height): (f64, f64)) -> (f64, f64, f64, f64) {
    let (across, down) = (f64::from(fit.width), f64::from(fit.height));
    let scales = (across / width, down / height);
    let scale = if fit.crop { scales.0.max(scales.1) } else { scales.0.min(scales.1) };
    let (part, high) = (across / scale, down / scale);
    if !fit.crop {
        return ((width - part) / 2.0, (height - high) / 2.0, part, high);
    }
    let left = (fit.focal.x * width - part / 2.0).clamp(0.0, (width - part).max(0.0));
    let top = (fit.focal.y * height - high / 2.0).clamp(0.0, (height - high).max(0.0));
    (left, top, part, high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::post::Focal;

    fn fit(width: u32, height: u32, crop: bool, x: f64) -> Fit {
        let (media_type, focal) = ("image/jpeg".into(), Focal { x, y: 0.5 });
        Fit { media_type, width, height, crop, focal, bytes_most: 1_000_000 }
    }

    #[test]
    fn a_crop_keeps_its_point_and_stays_within_the_picture() {
        let whole = (1000.0, 500.0);
        assert_eq!(frame(&fit(400, 400, true, 0.5), whole), (250.0, 0.0, 500.0, 500.0));
        assert_eq!(frame(&fit(400, 400, true, 0.0), whole), (0.0, 0.0, 500.0, 500.0));
        assert_eq!(frame(&fit(400, 400, true, 0.9), whole), (500.0, 0.0, 500.0, 500.0));
    }

    #[test]
    fn what_is_not_cropped_has_bars_beside_it() {
        assert_eq!(
            frame(&fit(400, 400, false, 0.5), (1000.0, 500.0)),
            (0.0, -250.0, 1000.0, 1000.0)
        );
    }

    #[test]
    fn what_was_changed_is_said_in_words() {
        let said = |pointer: &str| noted(&Note::new(pointer, "left out")).into_string();
        assert_eq!(said("/media/0/alt"), "<b>Alt text of picture 1</b> left out");
        assert_eq!(said("/tags/4"), "<b>Tag 5</b> left out");
        assert_eq!(said("/body"), "<b>Text</b> left out");
    }
}
