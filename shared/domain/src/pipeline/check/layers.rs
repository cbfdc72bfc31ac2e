//! The layers of a composite: each shows one thing, and says only what that thing can have.

use serde_json::{Map, Value};

use super::super::kinds::Param;
use super::super::problem::{Problems, child};
use super::super::read::{Draft, Sketch, shown};
use super::super::suggest::did_you_mean;
use super::params;

/// What a layer can show; a colour is the ink where there is a text.
const SHOWS: [&str; 4] = ["image", "text", "gradient", "color"];

pub(super) fn check(
    step: &Sketch,
    (fields, most): (&'static [Param], usize),
    value: &Value,
    pointer: &str,
    draft: &Draft,
    problems: &mut Problems,
) {
    let Some(items) = value.as_array().filter(|items| !items.is_empty()) else {
        let fix = "make it a list, such as [{ image: \"{{ cutout.image }}\" }, { text: Hello, size: 48 }]";
        return problems.add_edge(pointer, format!("layers is {}", shown(value)), fix);
    };
    if items.len() > most {
        let detail = format!("layers has {} entries", items.len());
        return problems.add_edge(pointer, detail, format!("keep to {most}"));
    }
    for (index, item) in items.iter().enumerate() {
        let place = child(pointer, &index.to_string());
        let Some(layer) = item.as_object() else {
            let fix = "make it a mapping with image, text, gradient or color";
            problems.add_edge(&place, format!("a layer is {}", shown(item)), fix);
            continue;
        };
        for (name, value) in layer {
            let place = child(&place, name);
            match fields.iter().find(|field| field.name == name) {
                Some(field) => params::value_fits(step, field, value, &place, draft, problems),
                None => {
                    let fix = did_you_mean(name, fields.iter().map(|field| field.name));
                    problems.add_edge(&place, format!("a layer has no field {name}"), fix);
                }
            }
        }
        shows_one(layer, &place, problems);
    }
}

fn shows_one(layer: &Map<String, Value>, place: &str, problems: &mut Problems) {
    let given = |name: &str| layer.contains_key(name);
    let shown: Vec<&str> = SHOWS
        .into_iter()
        .filter(|name| given(name) && !(*name == "color" && given("text")))
        .collect();
    let [shows] = shown[..] else {
        let (detail, fix) = match shown.as_slice() {
            [] => ("the layer shows nothing".into(), "add image, text, gradient or color"),
            many => {
                (format!("the layer shows {}", many.join(" and ")), "make each a layer of its own")
            }
        };
        return problems.add(place, detail, fix);
    };
    for (name, of) in [
        ("scale", &["image"][..]),
        ("size", &["text"]),
        ("weight", &["text"]),
        ("align", &["text"]),
        ("height", &["image", "gradient", "color"]),
    ] {
        if given(name) && !of.contains(&shows) {
            let detail = format!("{name} means nothing for a layer of {shows}");
            problems.add(&child(place, name), detail, "take it out");
        }
    }
    if shows == "text" && !given("size") {
        let fix = "add size: the height of its letters in pixels, such as 48";
        problems.add(&child(place, "size"), "the text has no size", fix);
    }
}
