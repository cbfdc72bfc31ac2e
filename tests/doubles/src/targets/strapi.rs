//! Strapi 5: what is made is visible at once unless it is a draft, and its number changes with every publishing.
//!
//! It has one collection, `articles`.

use super::{Answer, Call, file, say, serve, silent, text};
use crate::Shop;
use crate::books::{Books, Shown, Stand};
use axum::Router;
use axum::response::Response;
use serde_json::{Value, json};

/// The API token of who may publish.
pub const TOKEN: &str = "strapi-token-0123456789";

/// The fields of its collection.
const FIELDS: [&str; 5] = ["title", "slug", "body", "summary", "cover"];

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    serve(shop, answer)
}

fn answer(shop: &Shop, call: &Call) -> Answer {
    match call.bearer() {
        "" => return Err(error(403, "ForbiddenError", "Forbidden")),
        TOKEN => {}
        _ => return Err(error(401, "UnauthorizedError", "Missing or invalid credentials")),
    }
    let at = call.at();
    match (at.0, at.1.as_slice()) {
        ("POST", ["api", "upload"]) => upload(shop, call),
        ("GET", ["api", "articles"]) => shop.write(|books| Ok(listed(books, call))),
        ("GET", ["api", "articles", id]) => shop.write(|books| one(books, id, call)),
        ("POST", ["api", "articles"]) => shop.write(|books| create(books, call)),
        ("PUT", ["api", "articles", id]) => shop.write(|books| update(books, id, call)),
        ("DELETE", ["api", "articles", id]) => shop.write(|books| {
            found(books, id)?.state = Stand::Gone;
            Ok(silent(204))
        }),
        _ => Err(error(404, "NotFoundError", "Not Found")),
    }
}

/// An error as it words them.
pub fn error(status: u16, name: &str, message: &str) -> Response {
    let error = json!({ "status": status, "name": name, "message": message, "details": {} });
    say(status, json!({ "data": null, "error": error }))
}

fn found<'a>(books: &'a mut Books, id: &str) -> Result<&'a mut Shown, Response> {
    let shown = books.shown(id).filter(|shown| shown.state != Stand::Gone);
    shown.ok_or_else(|| error(404, "NotFoundError", "Not Found"))
}

/// The field is `files`, however many there are.
fn upload(shop: &Shop, call: &Call) -> Answer {
    let part = call.parts.all("files").find(|part| !part.file.is_empty());
    let part = part.ok_or_else(|| error(400, "ValidationError", "Files are empty"))?;
    let info: Value = serde_json::from_str(call.parts.text("fileInfo")).unwrap_or_default();
    shop.write(|books| {
        let id = file(books, &part.file, &part.media_type, &part.bytes).id;
        let filed = books.file(&id).expect("it was put there");
        filed.alt = text(&info, "/alternativeText").into();
        let made = json!({
            "id": id.parse::<u64>().unwrap_or_default(), "documentId": format!("doc{id}"),
            // Where its own server keeps them, the address is none of its own.
            "url": format!("/uploads/cup_{id}.png"), "mime": part.media_type, "ext": ".png",
            "alternativeText": filed.alt, "width": 320, "height": 200, "formats": null,
        });
        Ok(say(201, json!([made])))
    })
}

fn checked(books: &Books, data: &Value) -> Result<(), Response> {
    let invalid = |message: &str| Err(error(400, "ValidationError", message));
    let Some(fields) = data.as_object() else {
        return invalid("Missing \"data\" payload in the request body");
    };
    if let Some(name) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return invalid(&format!("Invalid key {name}"));
    }
    let there = |id: u64| books.files.iter().any(|file| file.id == id.to_string());
    match data["cover"].as_u64() {
        Some(id) if !there(id) => invalid("1 relation(s) of type plugin::upload.file do not exist"),
        _ => Ok(()),
    }
}

/// Its number is another one each time that it is published.
fn entry(shown: &Shown) -> Value {
    let mut data = shown.body.clone();
    data["id"] = (shown.changes * 2 + shown.times).into();
    data["documentId"] = shown.id.as_str().into();
    data["createdAt"] = format!("2026-11-20T06:00:{:02}.000Z", shown.id.len()).into();
    let at = (shown.state == Stand::Visible).then_some("2026-11-20T06:00:00.000Z");
    data["publishedAt"] = at.into();
    data["updatedAt"] = format!("2026-11-20T06:01:{:02}.000Z", shown.changes).into();
    data
}

fn stand(shown: &mut Shown, draft: bool) {
    if !draft && shown.state != Stand::Visible {
        shown.times += 1;
        shown.state = Stand::Visible;
    }
    let cover = shown.body["cover"].as_u64();
    shown.files = cover.map(|id| id.to_string()).into_iter().collect();
    shown.key = text(&shown.body, "/slug").into();
}

fn create(books: &mut Books, call: &Call) -> Answer {
    let data = &call.json["data"];
    checked(books, data)?;
    if text(data, "/title").is_empty() {
        return Err(error(400, "ValidationError", "title must be defined."));
    }
    let id = format!("abcdefghijklmnopqrstuv{:02}", books.shown.len() + 1);
    let mut shown = Shown { id, body: data.clone(), ..Shown::default() };
    stand(&mut shown, call.asked("status") == "draft");
    books.shown.push(shown.clone());
    Ok(say(201, json!({ "data": entry(&shown), "meta": {} })))
}

fn update(books: &mut Books, id: &str, call: &Call) -> Answer {
    let mut body = found(books, id)?.body.clone();
    for (name, value) in call.json["data"].as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    checked(books, &body)?;
    let shown = found(books, id)?;
    shown.changes += u32::from(shown.body != body);
    shown.body = body;
    stand(shown, call.asked("status") == "draft");
    Ok(say(200, json!({ "data": entry(shown), "meta": {} })))
}

/// One entry; its files are shown where that is asked for.
fn one(books: &mut Books, id: &str, call: &Call) -> Answer {
    let shown = found(books, id)?.clone();
    if shown.state != Stand::Visible && call.asked("status") != "draft" {
        return Err(error(404, "NotFoundError", "Not Found"));
    }
    let mut data = entry(&shown);
    let cover = data["cover"].as_u64().filter(|_| call.asked("populate") == "cover");
    data["cover"] = cover.map(|id| json!({ "id": id, "mime": "image/png" })).into();
    Ok(say(200, json!({ "data": data, "meta": {} })))
}

/// Everything has a draft; what is published has that besides.
fn listed(books: &mut Books, call: &Call) -> Response {
    let draft = call.asked("status") == "draft";
    let slug = call.asked("filters[slug][$eq]");
    let found = books.shown.iter().filter(|shown| match shown.state {
        Stand::Visible => true,
        Stand::Draft => draft,
        Stand::Gone => false,
    });
    let found = found.filter(|shown| slug.is_empty() || shown.key == slug);
    let found: Vec<Value> = found.map(entry).collect();
    let page = json!({ "page": 1, "pageSize": 25, "pageCount": 1, "total": found.len() });
    say(200, json!({ "data": found, "meta": { "pagination": page } }))
}
