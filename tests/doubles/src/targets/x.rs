//! X, API v2: uploads in parts, tokens that are changed with each refresh, and no text twice.
//!
//! Whims: `expired`, the access token of the next call is over; `slow`, the next film is looked at for a while;
//! `broken`, and is none.

mod media;
mod weight;

use super::{Answer, Call, oauth, say, serve, text};
use crate::Shop;
use crate::books::{Books, Shown, Stand};
use axum::Router;
use axum::response::Response;
use serde_json::{Value, json};

/// Whose account it is.
pub const NAME: &str = "brand";
/// The same, for machines.
pub const ID: &str = "2244994945";
/// The app that asks.
pub const CLIENT: &str = "client-of-ours";
/// The tokens that are good at first.
pub const ACCESS: &str = "x-access-0";
/// With this one others are had, once.
pub const REFRESH: &str = "x-refresh-0";

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    shop.write(|books| {
        books.notes.insert("access".into(), ACCESS.into());
        books.notes.insert("refresh".into(), REFRESH.into());
    });
    serve(shop, answer)
}

fn answer(shop: &Shop, call: &Call) -> Answer {
    let at = call.at();
    if (at.0, at.1.as_slice()) == ("GET", &["i", "oauth2", "authorize"][..]) {
        return shop.write(|books| Ok(oauth::signed_in(books, call)));
    }
    let Some(place) = at.1.strip_prefix(&["2"]) else { return Err(no_such()) };
    if (at.0, place) == ("POST", &["oauth2", "token"][..]) {
        return shop.write(|books| refresh(books, call));
    }
    if shop.whim("expired") {
        shop.write(|books| books.notes.remove("access"));
    }
    shop.write(|books| known(books, call))?;
    match (at.0, place) {
        ("GET", ["users", "me"]) => {
            Ok(say(200, json!({ "data": { "id": ID, "name": NAME, "username": NAME } })))
        }
        ("GET", ["users", ID, "tweets"]) => shop.write(|books| Ok(recent(books))),
        ("POST", ["tweets"]) => shop.write(|books| create(books, &call.json)),
        ("GET", ["tweets", id]) => shop.write(|books| read(books, id)),
        ("DELETE", ["tweets", id]) => shop.write(|books| delete(books, id)),
        (_, ["media", place @ ..]) => media::answer(shop, call, at.0, place),
        _ => Err(no_such()),
    }
}

/// A problem document as it words them.
pub fn problem(status: u16, title: &str, kind: &str, detail: &str) -> Response {
    let kind = format!("https://api.x.com/2/problems/{kind}");
    say(status, json!({ "title": title, "detail": detail, "type": kind, "status": status }))
}

fn no_such() -> Response {
    problem(404, "Not Found", "resource-not-found", "Not Found")
}

/// What is wrong with a request.
fn invalid(detail: &str) -> Response {
    problem(400, "Invalid Request", "invalid-request", detail)
}

fn known(books: &mut Books, call: &Call) -> Result<(), Response> {
    match books.notes.get("access").is_some_and(|token| token == call.bearer()) {
        true => Ok(()),
        false => {
            let body = json!({
                "title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized",
            });
            Err(say(401, body))
        }
    }
}

/// Each code and each refresh token is good for one time.
fn refresh(books: &mut Books, call: &Call) -> Answer {
    let form = call.form();
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    let refused =
        |error: &str, why: &str| say(400, json!({ "error": error, "error_description": why }));
    let by_code = field("grant_type") == "authorization_code";
    if !(by_code || field("grant_type") == "refresh_token") || field("client_id") != CLIENT {
        return Err(refused("invalid_request", "Missing required parameter [client_id]."));
    }
    let invalid = || refused("invalid_request", "Value passed for the token was invalid.");
    if by_code {
        if !oauth::good(books, call, true) {
            return Err(invalid());
        }
    } else if books.notes.get("refresh").is_none_or(|token| token != field("refresh_token")) {
        return Err(invalid());
    }
    let n = field("refresh_token").rsplit('-').next().and_then(|n| n.parse().ok()).unwrap_or(0) + 1;
    let (access, refresh) = (format!("x-access-{n}"), format!("x-refresh-{n}"));
    books.notes.insert("access".into(), access.clone());
    books.notes.insert("refresh".into(), refresh.clone());
    Ok(say(
        200,
        json!({
            "token_type": "bearer", "expires_in": 7200, "access_token": access, "refresh_token": refresh,
            "scope": "tweet.read tweet.write users.read media.write offline.access",
        }),
    ))
}

/// Addresses are shown shortened: the text is not what was sent.
fn shortened(text: &str) -> (String, Vec<Value>) {
    let mut urls = Vec::new();
    let words = text.split(' ').map(|word| {
        let lines = word.split('\n').map(|word| match word.starts_with("https://") {
            true => {
                let short = format!("https://t.co/{:010}", urls.len() + word.len());
                urls.push(json!({ "url": short, "expanded_url": word, "start": 0, "end": 23 }));
                short
            }
            false => word.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    });
    let text = words.collect::<Vec<_>>().join(" ");
    (text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"), urls)
}

fn create(books: &mut Books, body: &Value) -> Answer {
    let said = text(body, "/text");
    let files = body.pointer("/media/media_ids").and_then(Value::as_array);
    let files: Vec<String> =
        files.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    if said.is_empty() && files.is_empty() {
        return Err(invalid("text: Required unless media is provided."));
    }
    let weight = weight::of(said);
    if 280 < weight {
        return Err(invalid("The text of your post is too long."));
    }
    if 4 < files.len() {
        return Err(invalid("media.media_ids: at most 4"));
    }
    if !files.iter().all(|id| books.files.iter().any(|file| file.id == *id && file.ready)) {
        return Err(invalid("Your media IDs are invalid."));
    }
    let reply = text(body, "/reply/in_reply_to_tweet_id");
    if !reply.is_empty() && !books.visible().any(|shown| shown.id == reply) {
        let detail = "You attempted to reply to a post that is deleted or not visible to you.";
        return Err(problem(403, "Forbidden", "not-authorized-for-resource", detail));
    }
    if books
        .visible()
        .any(|shown| shown.key == said && text(&shown.body, "/reply/in_reply_to_tweet_id") == reply)
    {
        let detail = "You are not allowed to create a post with duplicate content.";
        return Err(problem(403, "Forbidden", "forbidden", detail));
    }
    let id = format!("19{:017}", books.shown.len() + 1);
    let alts =
        files.iter().map(|id| books.file(id).map(|file| file.alt.clone()).unwrap_or_default());
    let alts = alts.collect();
    books.shown.push(Shown {
        id: id.clone(),
        key: said.into(),
        state: Stand::Visible,
        times: 1,
        files,
        alts,
        by_machine: body["made_with_ai"] == true,
        body: body.clone(),
        ..Shown::default()
    });
    Ok(say(201, json!({ "data": { "id": id, "text": shortened(said).0 } })))
}

fn post(shown: &Shown) -> Value {
    let (mut text, mut urls) = shortened(&shown.key);
    if let Some(file) = shown.files.first() {
        let short = format!("https://t.co/{:0>10}", shown.id.len());
        text.push_str(&format!(" {short}"));
        let long = format!("https://x.com/{NAME}/status/{}/photo/1", shown.id);
        let key = format!("3_{file}");
        urls.push(
            json!({ "url": short, "expanded_url": long, "media_key": key, "start": 0, "end": 23 }),
        );
    }
    let mut post = json!({
        "id": shown.id, "text": text, "author_id": ID,
        "created_at": crate::conformance::now().rfc3339(),
        "edit_history_tweet_ids": [shown.id],
        "public_metrics": {
            "retweet_count": 1, "reply_count": 0, "like_count": 4, "quote_count": 0,
            "bookmark_count": 0, "impression_count": 120,
        },
    });
    if !urls.is_empty() {
        post["entities"] = json!({ "urls": urls });
    }
    if let Some(reply) = shown.body.pointer("/reply/in_reply_to_tweet_id") {
        post["referenced_tweets"] = json!([{ "type": "replied_to", "id": reply }]);
    }
    post
}

/// The last posts, the newest first.
fn recent(books: &mut Books) -> Response {
    let posts: Vec<Value> = books.visible().map(post).collect();
    let posts: Vec<Value> = posts.into_iter().rev().collect();
    match posts.len() {
        0 => say(200, json!({ "meta": { "result_count": 0 } })),
        count => say(200, json!({ "data": posts, "meta": { "result_count": count } })),
    }
}

fn read(books: &mut Books, id: &str) -> Answer {
    let shown = books.visible().find(|shown| shown.id == id);
    // What is not there is an error in a success.
    let gone = json!({ "errors": [{
        "title": "Not Found Error", "detail": format!("Could not find tweet with id: [{id}]."),
        "type": "https://api.x.com/2/problems/resource-not-found", "resource_type": "tweet",
    }] });
    Ok(say(200, shown.map_or(gone, |shown| json!({ "data": post(shown) }))))
}

fn delete(books: &mut Books, id: &str) -> Answer {
    let shown = books.shown(id).filter(|shown| shown.state == Stand::Visible);
    let Some(shown) = shown else { return Err(no_such()) };
    shown.state = Stand::Gone;
    Ok(say(200, json!({ "data": { "deleted": true } })))
}
