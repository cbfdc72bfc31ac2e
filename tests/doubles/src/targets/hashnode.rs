//! Hashnode, GraphQL: what is refused is refused with a 200, and everything is written by a Pro publication or not.
//!
//! Whim of the next mutation: `free`, the publication's plan is not Pro.

use super::{Answer, Call, file, say, serve, silent, text, unused};
use crate::Shop;
use crate::books::{Books, Shown, Stand};
use axum::Router;
use axum::response::Response;
use domain::sign::sha256;
use serde_json::{Value, json};

/// The personal access token of who may publish.
pub const TOKEN: &str = "hashnode-pat-0123456789";
/// The publication.
pub const PUBLICATION: &str = "64b1c2d3e4f5a6b7c8d9e0f1";

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    serve(shop, answer)
}

fn answer(shop: &Shop, call: &Call) -> Answer {
    if call.path == "/bucket" {
        return upload(shop, call);
    }
    if call.bearer() != TOKEN {
        return Err(error("UNAUTHENTICATED", "You must be authenticated."));
    }
    let (query, input) = (text(&call.json, "/query"), &call.json["variables"]["input"]);
    let writes = query.trim_start().starts_with("mutation");
    if writes && shop.whim("free") {
        let message = "Publication does not have an active Pro plan. Upgrade to use this API.";
        return Err(error("FORBIDDEN", message));
    }
    let has = |field: &str| query.contains(&format!("{field}("));
    match () {
        () if writes && has("createImageUploadURL") => {
            let key = format!("res/{}.png", shop.books().files.len());
            let fields = json!({ "key": key, "policy": "p", "x-amz-signature": "s" });
            let url = format!("{}/bucket", shop.address());
            let post = json!({ "presignedPost": { "url": url, "fields": fields } });
            Ok(data(json!({ "createImageUploadURL": post })))
        }
        () if writes && has("publishPost") => shop.write(|books| create(books, input)),
        () if writes && has("updatePost") => shop.write(|books| update(books, input)),
        () if query.contains("me {") => {
            Ok(data(json!({ "me": { "id": "u1", "username": "brand" } })))
        }
        () if has("publication") => shop.write(|books| Ok(by_slug(books, call))),
        () => Err(error("BAD_USER_INPUT", "Cannot query field.")),
    }
}

fn data(data: Value) -> Response {
    say(200, json!({ "data": data }))
}

/// An error as it words them: the status says nothing.
pub fn error(code: &str, message: &str) -> Response {
    let error = json!({ "message": message, "extensions": { "code": code } });
    say(200, json!({ "errors": [error], "data": null }))
}

/// A presigned form: the file comes last, and what follows it is not looked at.
fn upload(shop: &Shop, call: &Call) -> Answer {
    let parts = &call.parts.0;
    let last = parts.last().filter(|part| part.name == "file" && !part.file.is_empty());
    let (Some(part), true) = (last, !call.parts.text("policy").is_empty()) else {
        return Err(silent(403));
    };
    let id = format!("https://cdn.hashnode.com/{}", call.parts.text("key"));
    shop.write(|books| {
        let number = file(books, &part.file, &part.media_type, &part.bytes).id;
        if let Some(filed) = books.file(&number) {
            filed.id = id;
        }
    });
    Ok(silent(204))
}

fn checked(books: &Books, input: &Value) -> Result<(), Response> {
    let tags = input["tags"].as_array().cloned().unwrap_or_default();
    let cover = text(input, "/coverImage");
    let bad = |message: &str| Err(error("BAD_USER_INPUT", message));
    match () {
        () if text(input, "/title").is_empty() => bad("Title is required."),
        () if text(input, "/contentMarkdown").is_empty() => bad("Content is required."),
        () if 15 < tags.len() => bad("At most 15 tags."),
        () if !tags.iter().all(|tag| tag["slug"].is_string()) => bad("Tags have slugs."),
        () if !cover.is_empty() && !books.files.iter().any(|file| file.id == cover) => {
            bad("The cover is not there.")
        }
        () => Ok(()),
    }
}

fn stand(shown: &mut Shown, input: Value) {
    let cover = input["coverImage"].as_str().map(str::to_owned);
    shown.files = cover.into_iter().collect();
    shown.body = input;
}

fn post(shown: &Shown) -> Value {
    json!({
        "id": shown.id, "slug": shown.key, "title": shown.body["title"],
        "url": format!("https://brand.hashnode.dev/{}", shown.key),
        "views": 12, "reactionCount": 2, "responseCount": 1,
    })
}

fn create(books: &mut Books, input: &Value) -> Answer {
    if text(input, "/publicationId") != PUBLICATION {
        return Err(error("NOT_FOUND", "Publication not found."));
    }
    checked(books, input)?;
    let asked = match text(input, "/slug") {
        "" => super::slug(text(input, "/title")),
        asked => asked.to_owned(),
    };
    let key = unused(&asked, |name| books.shown.iter().any(|shown| shown.key == name));
    let id = sha256(books.shown.len().to_string().as_bytes())[..24].to_owned();
    let mut shown = Shown { id, key, state: Stand::Visible, times: 1, ..Shown::default() };
    stand(&mut shown, input.clone());
    books.shown.push(shown.clone());
    Ok(data(json!({ "publishPost": { "post": post(&shown) } })))
}

fn update(books: &mut Books, input: &Value) -> Answer {
    let id = text(input, "/id").to_owned();
    let none = || error("NOT_FOUND", "Post not found.");
    let mut body = books.shown(&id).ok_or_else(none)?.body.clone();
    for (name, value) in input.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    checked(books, &body)?;
    let shown = books.shown(&id).ok_or_else(none)?;
    shown.changes += 1;
    stand(shown, body);
    Ok(data(json!({ "updatePost": { "post": post(shown) } })))
}

fn by_slug(books: &mut Books, call: &Call) -> Response {
    let asked = text(&call.json, "/variables/slug");
    let found = books.visible().find(|shown| shown.key == asked);
    data(json!({ "publication": { "post": found.map(post) } }))
}
