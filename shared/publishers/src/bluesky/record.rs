//! The record of one piece, as its lexicon says.

use super::POST;
use domain::post::{Feature, Form, Piece};
use domain::publish::Sending;
use serde_json::{Value, json};

/// The record of the piece that comes after these.
pub(super) fn of(sending: &Sending, blobs: &[Value], posts: &[Value]) -> Value {
    let (form, place) = (&sending.form, posts.len());
    let none = Piece::default();
    let piece = form.pieces.get(place).unwrap_or(&none);
    let mut record = json!({
        "$type": POST,
        "text": piece.text,
        // The same each time, or it would be another record.
        "createdAt": sending.since.rfc3339(),
    });
    if let Some(language) = &form.language {
        record["langs"] = json!([language]);
    }
    if !piece.facets.is_empty() {
        record["facets"] = facets(piece);
    }
    if let Some(embed) = embed(sending, blobs, place) {
        record["embed"] = embed;
    }
    if let (Some(root), Some(parent)) = (posts.first(), posts.last()) {
        record["reply"] = json!({ "root": root, "parent": parent });
    }
    record
}

fn facets(piece: &Piece) -> Value {
    let feature = |feature: &Feature| match feature {
        Feature::Link { url } => json!({ "$type": "app.bsky.richtext.facet#link", "uri": url }),
        Feature::Tag { tag } => json!({ "$type": "app.bsky.richtext.facet#tag", "tag": tag }),
        Feature::Mention { did } => {
            json!({ "$type": "app.bsky.richtext.facet#mention", "did": did })
        }
    };
    let facet = |facet: &domain::post::Facet| {
        json!({
            "index": { "byteStart": facet.start, "byteEnd": facet.end },
            "features": [feature(&facet.feature)],
        })
    };
    piece.facets.iter().map(facet).collect()
}

/// What is below the text: a film, pictures, or a card.
fn embed(sending: &Sending, blobs: &[Value], place: usize) -> Option<Value> {
    let Form { media, card, .. } = &sending.form;
    let mut images = Vec::new();
    for (n, medium) in media.iter().enumerate().filter(|(_, medium)| medium.piece == place) {
        let (file, blob) = (sending.files.get(n)?, blobs.get(n)?);
        let size = file.width.zip(file.height);
        let aspect = size.map(|(width, height)| json!({ "width": width, "height": height }));
        if file.media_type.starts_with("video/") {
            let mut video =
                json!({ "$type": "app.bsky.embed.video", "video": blob, "alt": medium.alt });
            if let Some(aspect) = aspect {
                video["aspectRatio"] = aspect;
            }
            return Some(video);
        }
        let mut image = json!({ "image": blob, "alt": medium.alt });
        if let Some(aspect) = aspect {
            image["aspectRatio"] = aspect;
        }
        images.push(image);
    }
    let card = card.as_ref().filter(|_| place == 0 && images.is_empty());
    match (images.is_empty(), card) {
        (false, _) => Some(json!({ "$type": "app.bsky.embed.images", "images": images })),
        (true, Some(card)) => Some(json!({
            "$type": "app.bsky.embed.external",
            "external": { "uri": card.url, "title": card.title, "description": card.description },
        })),
        (true, None) => None,
    }
}
