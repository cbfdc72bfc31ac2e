//! Rules between the parameters of one step.

use crate::version::VersionRef;
use serde_json::Value;

use super::super::kinds::Kind;
use super::super::problem::{Problems, child};
use super::super::read::Sketch;

pub(super) fn check(step: &Sketch, problems: &mut Problems) {
    let place = child(&step.pointer, "with");
    let given = |name: &str| step.with.contains_key(name);
    match step.kind {
        Some(Kind::Resize) => {
            let side = given("width") || given("height");
            if !given("widths") && !side {
                let fix = "add widths: [480, 960], or width or height for a single size";
                problems.add(&place, format!("{} says no size", step.name), fix);
            }
            if given("fit") && !(given("width") && given("height")) {
                let fix = "add width and height, or take fit out";
                problems.add(&child(&place, "fit"), "fit needs a box to fit into", fix);
            }
            if given("widths") && side {
                let fix = "keep widths for a ladder, or width and height for a single size";
                problems.add(&child(&place, "widths"), "widths stands beside width or height", fix);
            }
        }
        Some(Kind::Crop) => {
            let (aspect, box_) = (given("aspect"), given("width") || given("height"));
            if !aspect && !box_ {
                let fix = "add aspect: \"16:9\", or width and height";
                problems.add(&place, format!("{} says no part", step.name), fix);
            }
            if aspect && box_ {
                let fix = "keep aspect for pixels as they are, or width and height for a size";
                problems.add(&child(&place, "aspect"), "aspect stands beside width or height", fix);
            } else if box_ && !(given("width") && given("height")) {
                let fix = "add the other, or use aspect";
                problems.add(&place, format!("{} has only one side", step.name), fix);
            }
        }
        Some(Kind::Composite) => {
            for name in ["width", "height"] {
                if !given("image") && !given(name) {
                    let fix = format!("add {name}, or image: a picture to begin with");
                    problems.add(&child(&place, name), format!("the canvas has no {name}"), fix);
                }
            }
            for name in ["width", "height", "background"] {
                if given("image") && given(name) {
                    let detail = format!("{name} stands beside image, which is the canvas");
                    problems.add(&child(&place, name), detail, "keep one of the two");
                }
            }
            pixels(step, &place, problems);
        }
        Some(Kind::Print) => {
            paper(step, &place, problems);
            inks(step, &place, problems);
        }
        Some(Kind::Moderation) if !given("prompt") && !given("images") => {
            let detail = format!("{} judges nothing", step.name);
            problems.add(&place, detail, "add prompt or images, each a reference");
        }
        Some(Kind::Policy) => {
            let at = child(&place, "policy");
            let said = step.with.get("policy").and_then(Value::as_str);
            if let Some(said) = said.filter(|said| VersionRef::parse(said).is_none()) {
                let fix = "write the name of a stored one, such as brand, or brand@3";
                let said: String = said.chars().take(60).collect();
                problems.add(&at, format!("{said:?} names no policy"), fix);
            }
            // What a tenant's gate judges is filled in.
            if !["images", "audio", "video", "prompt"].into_iter().any(given) {
                let fix = "add images: \"{{ STEP.image }}\", or audio, video or prompt";
                problems.add(&place, format!("{} judges nothing", step.name), fix);
            }
        }
        Some(Kind::Quality) => {
            if !["images", "audio", "video"].into_iter().any(given) {
                let detail = format!("{} judges nothing", step.name);
                problems.add_edge(&place, detail, "add images, audio or video, each a reference");
            }
            let tests = ["min_width", "max_width", "min_height", "max_height"];
            ordered(step, tests[0], tests[1], &place, problems);
            ordered(step, tests[2], tests[3], &place, problems);
            ordered(step, "exposure_min", "exposure_max", &place, problems);
            idle(step, &place, problems);
            ordered(step, "loudness_min", "loudness_max", &place, problems);
            ordered(step, "min_seconds", "max_seconds", &place, problems);
        }
        _ => {}
    }
}

/// Most pixels of a picture that is made.
const PIXELS_MOST: f64 = 52_000_000.0;

fn pixels(step: &Sketch, place: &str, problems: &mut Problems) {
    let number = |name| step.with.get(name).and_then(Value::as_f64);
    if let (Some(width), Some(height)) = (number("width"), number("height"))
        && PIXELS_MOST < width * height
    {
        let detail = format!("{} would have {width} × {height} pixels", step.name);
        problems.add(place, detail, "keep to 52 million");
    }
}

/// Paper of this size at these dots per inch, where all is written out.
fn paper(step: &Sketch, place: &str, problems: &mut Problems) {
    let number = |name: &str, default: f64| match step.with.get(name) {
        None => Some(default),
        Some(value) => value.as_f64(),
    };
    let (Some(dpi), Some(bleed)) = (number("dpi", 300.0), number("bleed_mm", 0.0)) else { return };
    let dots = |mm: f64| ((mm + 2.0 * bleed) / 25.4 * dpi).round();
    let sides = (number("width_mm", 0.0).map(dots), number("height_mm", 0.0).map(dots));
    if let (Some(width), Some(height)) = sides
        && (PIXELS_MOST < width * height || 20_000.0 < width.max(height))
    {
        let detail = format!("{} would have {width} × {height} pixels", step.name);
        let fix = "keep to 52 million and to 20000 on each side: lower dpi, as posters are seen from afar";
        problems.add(place, detail, fix);
    }
}

/// Inks lie in a TIFF alone, and what is said of inks means nothing without them.
fn inks(step: &Sketch, place: &str, problems: &mut Problems) {
    let word = |name: &str, default| step.with.get(name).map_or(Some(default), Value::as_str);
    let (Some(color), Some(format)) = (word("color", "srgb"), word("format", "png")) else {
        return;
    };
    if color == "cmyk" && format == "png" {
        let detail = format!("{} would be a PNG, which holds no cmyk", step.name);
        problems.add(&child(place, "format"), detail, "add format: tiff");
    }
    for name in ["intent", "black"].into_iter().filter(|name| step.with.contains_key(*name)) {
        if color == "srgb" {
            let detail = format!("{name} is said of inks, and {} prints in srgb", step.name);
            problems.add(&child(place, name), detail, "add color: cmyk, or take it out");
        }
    }
}

/// What is asked of a film or a sound where there is none would look as if it were held.
fn idle(step: &Sketch, place: &str, problems: &mut Problems) {
    const OF_SOUND: [&str; 6] = [
        "loudness_min",
        "loudness_max",
        "true_peak_max",
        "silence_max",
        "min_seconds",
        "max_seconds",
    ];
    const OF_FILM: [&str; 3] = ["fps_min", "black_max_s", "frozen_max_s"];
    let given = |name: &str| step.with.contains_key(name);
    // A gate of all pipelines judges whatever is published.
    if given("video") || !step.pointer.starts_with("/steps") {
        return;
    }
    let idle = OF_FILM.iter().chain(OF_SOUND.iter().filter(|_| !given("audio")));
    for name in idle.filter(|name| given(name)) {
        let detail =
            format!("{name} is asked of what plays, and {} judges nothing of the kind", step.name);
        problems.add(
            &child(place, name),
            detail,
            "take it out, or add video, or audio for a sound",
        );
    }
}

fn ordered(step: &Sketch, low: &str, high: &str, place: &str, problems: &mut Problems) {
    let number = |name| step.with.get(name).and_then(Value::as_f64);
    if let (Some(least), Some(most)) = (number(low), number(high))
        && least > most
    {
        let detail = format!("{low} {least} is greater than {high} {most}: nothing can pass");
        problems.add(&child(place, low), detail, "swap them, or leave one out");
    }
}
