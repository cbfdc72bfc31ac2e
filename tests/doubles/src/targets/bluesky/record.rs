//! What a post's record may be, as its lexicon says.

use super::super::text;
use super::error;
use crate::books::Books;
use axum::response::Response;
use domain::Time;
use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation;

/// Most bytes of a picture; of the picture on a card.
const PICTURE_MOST: u64 = 2_000_000;
const THUMB_MOST: u64 = 1_000_000;
/// Most bytes of a film.
const FILM_MOST: u64 = 300_000_000;

fn invalid(message: String) -> Response {
    error(400, "InvalidRequest", &message)
}

/// Refuses what the lexicon refuses.
pub(super) fn check(books: &Books, record: &Value) -> Result<(), Response> {
    if text(record, "/$type") != "app.bsky.feed.post" {
        return Err(invalid("Invalid $type: expected app.bsky.feed.post".into()));
    }
    if Time::parse(text(record, "/createdAt")).is_none() {
        return Err(invalid("Invalid datetime at $.record.createdAt".into()));
    }
    let Some(said) = record["text"].as_str() else {
        return Err(invalid("Missing required key \"text\" at $.record".into()));
    };
    let graphemes = said.graphemes(true).count();
    if 300 < graphemes {
        let message = format!("grapheme too big (maximum 300, got {graphemes}) at $.record.text");
        return Err(invalid(message));
    }
    if 3000 < said.len() {
        let message = format!("string too big (maximum 3000, got {}) at $.record.text", said.len());
        return Err(invalid(message));
    }
    let few = |name: &str, most: usize| match record[name].as_array() {
        Some(list) if most < list.len() => {
            Err(invalid(format!("array too big (maximum {most}) at $.record.{name}")))
        }
        _ => Ok(()),
    };
    few("langs", 3)?;
    few("tags", 8)?;
    for facet in record["facets"].as_array().into_iter().flatten() {
        let at = |name: &str| facet["index"][name].as_u64();
        if at("byteStart").is_none() || at("byteEnd").is_none() || !facet["features"].is_array() {
            return Err(invalid("Missing required key at $.record.facets[0]".into()));
        }
    }
    embedded(books, record)
}

fn embedded(books: &Books, record: &Value) -> Result<(), Response> {
    let embed = &record["embed"];
    match text(embed, "/$type") {
        "" => Ok(()),
        "app.bsky.embed.images" => {
            let images = embed["images"].as_array().cloned().unwrap_or_default();
            if 4 < images.len() {
                return Err(invalid("array too big (maximum 4) at $.record.embed.images".into()));
            }
            for (n, image) in images.iter().enumerate() {
                let at = format!("$.record.embed.images[{n}]");
                if !image["alt"].is_string() {
                    return Err(invalid(format!("Missing required key \"alt\" at {at}")));
                }
                held(books, &image["image"], PICTURE_MOST, "image/", &format!("{at}.image"))?;
            }
            Ok(())
        }
        "app.bsky.embed.video" => {
            held(books, &embed["video"], FILM_MOST, "video/mp4", "$.record.embed.video")
        }
        "app.bsky.embed.external" => {
            let external = &embed["external"];
            if ["uri", "title", "description"].iter().any(|name| !external[name].is_string()) {
                return Err(invalid("Missing required key at $.record.embed.external".into()));
            }
            match &external["thumb"] {
                Value::Null => Ok(()),
                thumb => held(books, thumb, THUMB_MOST, "image/", "$.record.embed.external.thumb"),
            }
        }
        other => Err(invalid(format!("Invalid $type {other} at $.record.embed"))),
    }
}

/// A blob is there, and small enough for its place.
fn held(books: &Books, blob: &Value, most: u64, of: &str, at: &str) -> Result<(), Response> {
    let id = text(blob, "/ref/$link");
    let Some(filed) = books.files.iter().find(|filed| filed.id == id) else {
        return Err(error(400, "BlobNotFound", &format!("Could not find blob: {id}")));
    };
    let size = filed.bytes as u64;
    if most < size {
        return Err(invalid(format!("blob too big (maximum {most}, got {size}) at {at}")));
    }
    match filed.media_type.starts_with(of) && text(blob, "/mimeType") == filed.media_type {
        true => Ok(()),
        false => Err(invalid(format!("invalid MIME type for blob at {at}"))),
    }
}

/// The pictures that a post shows, and what it says of them.
pub(super) fn pictures(record: &Value) -> (Vec<String>, Vec<String>) {
    let embed = &record["embed"];
    let of = |blob: &Value, alt: &Value| {
        (text(blob, "/ref/$link").to_owned(), alt.as_str().unwrap_or_default().to_owned())
    };
    match text(embed, "/$type") {
        "app.bsky.embed.video" => [of(&embed["video"], &embed["alt"])].into_iter().unzip(),
        _ => {
            let images = embed["images"].as_array().into_iter().flatten();
            images.map(|image| of(&image["image"], &image["alt"])).unzip()
        }
    }
}
