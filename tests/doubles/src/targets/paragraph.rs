//! Paragraph: a success is a 200 with an id and little else.

use super::{Answer, Call, say, serve, text, unused};
use crate::Shop;
use crate::books::{Books, Shown, Stand};
use axum::Router;
use axum::response::Response;
use serde_json::{Value, json};

/// The API key of who may publish.
pub const KEY: &str = "paragraph-key-0123456789";

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    serve(shop, answer)
}

fn answer(shop: &Shop, call: &Call) -> Answer {
    if call.bearer() != KEY {
        return Err(error(401, "Unauthorized"));
    }
    let at = call.at();
    match (at.0, at.1.as_slice()) {
        ("GET", ["v1", "me"]) => Ok(say(
            200,
            json!({ "id": "p1", "name": "Brand", "ownerUserId": "u1", "slug": "brand" }),
        )),
        ("GET", ["v1", "posts"]) => shop.write(|books| Ok(listed(books, call))),
        ("POST", ["v1", "posts"]) => shop.write(|books| create(books, &call.json)),
        ("PUT", ["v1", "posts", id]) => shop.write(|books| update(books, id, &call.json)),
        ("DELETE", ["v1", "posts", id]) => shop.write(|books| {
            found(books, id)?.state = Stand::Gone;
            Ok(say(200, json!({ "success": true })))
        }),
        _ => Err(error(404, "Not found")),
    }
}

/// An error as it words them.
pub fn error(status: u16, message: &str) -> Response {
    say(status, json!({ "success": false, "msg": message }))
}

fn found<'a>(books: &'a mut Books, id: &str) -> Result<&'a mut Shown, Response> {
    let shown = books.shown(id).filter(|shown| shown.state != Stand::Gone);
    shown.ok_or_else(|| error(404, "Post not found"))
}

fn checked(body: &Value) -> Result<(), Response> {
    let length = |name: &str| text(body, &format!("/{name}")).chars().count();
    match () {
        () if length("title") == 0 || 200 < length("title") => Err(error(400, "Invalid title")),
        () if 300 < length("subtitle") => Err(error(400, "Invalid subtitle")),
        () if body.get("markdown").is_some() == body.get("bodyJson").is_some() => {
            Err(error(400, "Provide markdown or bodyJson"))
        }
        () => Ok(()),
    }
}

fn create(books: &mut Books, body: &Value) -> Answer {
    checked(body)?;
    let asked = match text(body, "/slug") {
        "" => super::slug(text(body, "/title")),
        asked => asked.to_owned(),
    };
    let key = unused(&asked, |name| books.shown.iter().any(|shown| shown.key == name));
    let id = format!("Ab{:018}", books.shown.len() + 1);
    let draft = body["status"] == "draft";
    books.shown.push(Shown {
        id: id.clone(),
        key,
        state: if draft { Stand::Draft } else { Stand::Visible },
        times: u32::from(!draft),
        body: body.clone(),
        ..Shown::default()
    });
    Ok(say(200, json!({ "id": id, "status": if draft { "draft" } else { "published" } })))
}

fn update(books: &mut Books, id: &str, change: &Value) -> Answer {
    let shown = found(books, id)?;
    let mut body = shown.body.clone();
    for (name, value) in change.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    checked(&body)?;
    shown.body = body;
    shown.changes += 1;
    Ok(say(200, json!({ "success": true })))
}

fn listed(books: &mut Books, call: &Call) -> Response {
    let wanted = match call.asked("status") {
        "draft" => Stand::Draft,
        _ => Stand::Visible,
    };
    let posts = books.shown.iter().rev().filter(|shown| shown.state == wanted);
    let posts = posts.map(|shown| {
        json!({
            "id": shown.id, "slug": shown.key, "title": shown.body["title"],
            "publishedAt": "1790000000000", "updatedAt": "1790000000000",
        })
    });
    let posts: Vec<Value> = posts.collect();
    let page = json!({ "total": posts.len(), "hasMore": false });
    say(200, json!({ "items": posts, "pagination": page }))
}
