//! dev.to (Forem): drafts unless told otherwise, at most four tags, one article per canonical address.
//!
//! What stands in the front matter of a text is more than what the fields say.

use super::{Answer, Call, say, serve, silent, text, unused, with};
use crate::Shop;
use crate::books::{Books, Shown, Stand};
use axum::Router;
use axum::response::Response;
use serde_json::{Value, json};

/// The API key of who may publish.
pub const KEY: &str = "devto-key-0123456789";

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    serve(shop, answer)
}

fn answer(shop: &Shop, call: &Call) -> Answer {
    if call.header("api-key") != KEY {
        return Err(error(401, "unauthorized"));
    }
    if call.header("accept") != "application/vnd.forem.api-v1+json" {
        return Err(error(404, "not found"));
    }
    let at = call.at();
    match (at.0, at.1.as_slice()) {
        ("GET", ["api", "users", "me"]) => Ok(say(200, json!({ "id": 7, "username": "brand" }))),
        ("GET", ["api", "articles", "me", "all"]) => shop.write(|books| Ok(listed(books, call))),
        ("POST", ["api", "articles"]) => create(shop, call),
        ("PUT", ["api", "articles", id]) => shop.write(|books| update(books, id, call)),
        ("PUT", ["api", "articles", id, "unpublish"]) => shop.write(|books| {
            books.shown(id).ok_or_else(|| error(404, "not found"))?.state = Stand::Gone;
            Ok(silent(204))
        }),
        _ => Err(error(404, "not found")),
    }
}

/// An error as it words them.
pub fn error(status: u16, message: &str) -> Response {
    say(status, json!({ "error": message, "status": status }))
}

/// The article of a body, with what its front matter says.
fn article(call: &Call) -> Result<Value, Response> {
    let mut article = call.json["article"].clone();
    if !article.is_object() {
        return Err(error(422, "param is missing or the value is empty: article"));
    }
    if article.get("tags").is_some_and(|tags| !tags.is_array()) {
        // What is no list is not permitted, and left out.
        article["tags"] = json!([]);
    }
    let words = text(&article, "/body_markdown").to_owned();
    let front = words.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---"));
    for line in front.map_or("", |(front, _)| front).lines() {
        let Some((name, value)) = line.split_once(": ") else { continue };
        let value: Value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
        match name {
            "tags" => {
                let tags = value.as_str().unwrap_or_default().split(", ");
                article["tags"] = tags.collect::<Vec<_>>().into();
            }
            "cover_image" => article["main_image"] = value,
            name => article[name] = value,
        }
    }
    Ok(article)
}

fn checked(books: &Books, article: &Value, id: &str) -> Result<(), Response> {
    if text(article, "/title").is_empty() {
        return Err(error(422, "Title can't be blank"));
    }
    let tags = article["tags"].as_array().cloned().unwrap_or_default();
    if 4 < tags.len() {
        return Err(error(422, "Tag list exceed the maximum of 4 tags"));
    }
    let spelt =
        |tag: &Value| tag.as_str().is_some_and(|tag| tag.chars().all(char::is_alphanumeric));
    if !tags.iter().all(spelt) {
        return Err(error(422, "Tag contains non-alphanumeric or prohibited unicode characters"));
    }
    let home = text(article, "/canonical_url");
    let other = |shown: &Shown| shown.id != id && text(&shown.body, "/canonical_url") == home;
    match !home.is_empty() && books.shown.iter().any(other) {
        true => Err(error(422, "Canonical url has already been taken")),
        false => Ok(()),
    }
}

fn stand(shown: &mut Shown, article: Value) {
    let visible = article["published"] == true;
    if visible && shown.state != Stand::Visible {
        shown.times += 1;
    }
    shown.state = if visible { Stand::Visible } else { Stand::Draft };
    shown.body = article;
}

fn post(shown: &Shown) -> Value {
    json!({
        "type_of": "article", "id": shown.id.parse::<u64>().unwrap_or_default(), "slug": shown.key,
        "title": shown.body["title"], "body_markdown": shown.body["body_markdown"],
        "published": shown.state == Stand::Visible,
        "url": format!("https://dev.to/brand/{}", shown.key),
        "canonical_url": match text(&shown.body, "/canonical_url") {
            "" => format!("https://dev.to/brand/{}", shown.key),
            home => home.to_owned(),
        },
        "page_views_count": 41, "public_reactions_count": 3, "comments_count": 1,
    })
}

/// Of one's own, drafts first.
fn listed(books: &mut Books, call: &Call) -> Response {
    let page: usize = call.asked("page").parse().unwrap_or(1);
    let size: usize = call.asked("per_page").parse().unwrap_or(30);
    let mut posts: Vec<&Shown> = books.shown.iter().rev().collect();
    posts.sort_by_key(|shown| shown.state == Stand::Visible);
    let posts = posts.into_iter().skip((page - 1) * size).take(size).map(post);
    say(200, posts.collect::<Vec<_>>().into())
}

fn create(shop: &Shop, call: &Call) -> Answer {
    let article = article(call)?;
    shop.write(|books| {
        checked(books, &article, "")?;
        let id = (books.shown.len() + 150_001).to_string();
        let slug = super::slug(text(&article, "/title"));
        let key = unused(&slug, |name| books.shown.iter().any(|shown| shown.key == name));
        let mut shown = Shown { id, key, ..Shown::default() };
        stand(&mut shown, article);
        books.shown.push(shown.clone());
        let location = format!("/api/articles/{}", shown.id);
        Ok(with(say(201, post(&shown)), "location", &location))
    })
}

fn update(books: &mut Books, id: &str, call: &Call) -> Answer {
    let change = article(call)?;
    let mut body = books.shown(id).ok_or_else(|| error(404, "not found"))?.body.clone();
    for (name, value) in change.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    checked(books, &body, id)?;
    let shown = books.shown(id).ok_or_else(|| error(404, "not found"))?;
    shown.changes += 1;
    stand(shown, body);
    Ok(say(200, post(shown)))
}
