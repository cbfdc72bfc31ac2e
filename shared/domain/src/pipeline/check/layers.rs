//! Lists of mappings: the layers of a composite, each of which shows one thing, and what a post shows.

use serde_json::{Map, Value};

use super::super::kinds::Param;
use super::super::problem::{Problems, child};
use super::super::read::{Draft, Sketch, shown};
use super::super::suggest::did_you_mean;
use super::{params, references};

/// What a layer can show; a colour is the ink where there is a text.
const SHOWS: [&str; 4] = ["image", "text", "gradient", "color"];

pub(super) fn check(
    step: &Sketch,
    (of, fields, most): (&str, &'static [Param], usize),
    value: &Value,
    pointer: &str,
    draft: &Draft,
    problems: &mut Problems,
) {
    let Some(items) = value.as_array().filter(|items| !items.is_empty()) else {
        let fix = format!("make it a list, such as {}", example(of));
        return problems.add_edge(pointer, format!("{of} is {}", shown(value)), fix);
    };
    if items.len() > most {
        let detail = format!("{of} has {} entries", items.len());
        return problems.add_edge(pointer, detail, format!("keep to {most}"));
    }
    let one = match of {
        "layers" => "a layer".to_owned(),
        of => format!("an entry of {of}"),
    };
    for (index, item) in items.iter().enumerate() {
        let place = child(pointer, &index.to_string());
        let Some(layer) = item.as_object() else {
            let fix = match of {
                "layers" => "make it a mapping with image, text, gradient or color".to_owned(),
                of => format!("make it a mapping, as in {}", example(of)),
            };
            problems.add_edge(&place, format!("{one} is {}", shown(item)), fix);
            continue;
        };
        for (name, value) in layer {
            let place = child(&place, name);
            match fields.iter().find(|field| field.name == name) {
                Some(field) => params::value_fits(step, field, value, &place, draft, problems),
                None => {
                    let fix = did_you_mean(name, fields.iter().map(|field| field.name));
                    problems.add_edge(&place, format!("{one} has no field {name}"), fix);
                }
            }
        }
        if of == "layers" {
            shows_one(layer, &place, problems);
        }
        for field in fields.iter().filter(|field| field.required && !layer.contains_key(field.name))
        {
            let fix = match field.ty.needs_reference() {
                true => format!(
                    "add {}: \"{}\"",
                    field.name,
                    references::example(field.ty, step, draft)
                ),
                false => format!("add {}: {}", field.name, field.ty.describe()),
            };
            problems.add_edge(
                &child(&place, field.name),
                format!("{one} has no {}", field.name),
                fix,
            );
        }
    }
}

/// What such a list looks like.
fn example(of: &str) -> &'static str {
    match of {
        "post.media" => "[{ asset: \"{{ large.image }}\", alt: A cup of tea }]",
        "post.embeds" => "[{ kind: video, url: https://… }]",
        _ => "[{ image: \"{{ cutout.image }}\" }, { text: Hello, size: 48 }]",
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
