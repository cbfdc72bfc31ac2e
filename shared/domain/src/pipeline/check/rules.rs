//! Rules between the parameters of one step.

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
        Some(Kind::Moderation) if !given("prompt") && !given("images") => {
            let detail = format!("{} judges nothing", step.name);
            problems.add(&place, detail, "add prompt or images, each a reference");
        }
        Some(Kind::Quality) => {
            let tests = ["min_width", "max_width", "min_height", "max_height"];
            ordered(step, tests[0], tests[1], &place, problems);
            ordered(step, tests[2], tests[3], &place, problems);
            ordered(step, "exposure_min", "exposure_max", &place, problems);
        }
        _ => {}
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
