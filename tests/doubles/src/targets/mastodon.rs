//! Mastodon: media that are looked at for a while, and keys that are kept for an hour.
//!
//! Whims: `slow`, the next media are answered with 202 and are ready later; `broken`, they never are; `hour`, an
//! hour has gone by, and the keys are forgotten.

use super::{Answer, Call, file, oauth, say, serve, text};
use crate::Shop;
use crate::books::{Books, Shown, Stand};
use axum::Router;
use axum::response::Response;
use serde_json::{Value, json};

/// The token of who may publish.
pub const TOKEN: &str = "mastodon-token-0123456789";

/// The app that asks, and its secret.
pub const CLIENT: (&str, &str) = ("client-of-ours", "client-secret-of-ours");

/// How often media are asked about until they are ready.
const LOOKS: u32 = 2;

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    serve(shop, answer)
}

fn answer(shop: &Shop, call: &Call) -> Answer {
    let at = call.at();
    match (at.0, at.1.as_slice()) {
        ("GET", ["oauth", "authorize"]) => {
            return shop.write(|books| Ok(oauth::signed_in(books, call)));
        }
        ("POST", ["oauth", "token"]) => return shop.write(|books| token(books, call)),
        _ => {}
    }
    if call.bearer() != TOKEN {
        return Err(error(401, "The access token is invalid"));
    }
    match (at.0, at.1.as_slice()) {
        ("GET", ["api", "v1", "accounts", "verify_credentials"]) => {
            Ok(say(200, json!({ "id": "1", "username": "brand", "acct": "brand" })))
        }
        ("GET", ["api", "v1", "accounts", "1", "statuses"]) => {
            shop.write(|books| Ok(recent(books)))
        }
        ("POST", ["api", "v2", "media"]) => upload(shop, call),
        ("GET", ["api", "v1", "media", id]) => look(shop, id),
        ("POST", ["api", "v1", "statuses"]) => {
            if shop.whim("hour") {
                shop.write(|books| books.notes.retain(|name, _| !name.starts_with("key ")));
            }
            shop.write(|books| create(books, call))
        }
        ("GET", ["api", "v1", "statuses", id]) => {
            shop.write(|books| Ok(say(200, status(found(books, id)?))))
        }
        ("PUT", ["api", "v1", "statuses", id]) => shop.write(|books| update(books, id, &call.json)),
        ("DELETE", ["api", "v1", "statuses", id]) => shop.write(|books| {
            let shown = found(books, id)?;
            shown.state = Stand::Gone;
            Ok(say(200, status(shown)))
        }),
        _ => Err(error(404, "Record not found")),
    }
}

/// An error as it words them.
pub fn error(status: u16, message: &str) -> Response {
    say(status, json!({ "error": message }))
}

/// A token by a code, for whoever knows what it was asked for with: it has no end, and nothing renews it.
fn token(books: &mut Books, call: &Call) -> Answer {
    let refused = |status, error: &str, why: &str| {
        say(status, json!({ "error": error, "error_description": why }))
    };
    let client = oauth::client(call);
    if (client.0.as_str(), client.1.as_str()) != CLIENT {
        let why = "Client authentication failed due to unknown client, no client authentication \
            included, or unsupported authentication method.";
        return Err(refused(401, "invalid_client", why));
    }
    let by_code = call.form().get("grant_type").is_some_and(|kind| kind == "authorization_code");
    if !by_code || !oauth::good(books, call, true) {
        let why = "The provided authorization grant is invalid, expired, revoked, does not match \
            the redirection URI used in the authorization request, or was issued to another client.";
        return Err(refused(400, "invalid_grant", why));
    }
    let told = json!({
        "access_token": TOKEN, "token_type": "Bearer", "created_at": 1_790_000_000,
        "scope": "read:accounts read:statuses write:statuses write:media",
    });
    Ok(say(200, told))
}

fn found<'a>(books: &'a mut Books, id: &str) -> Result<&'a mut Shown, Response> {
    let shown = books.shown(id).filter(|shown| shown.state == Stand::Visible);
    shown.ok_or_else(|| error(404, "Record not found"))
}

fn upload(shop: &Shop, call: &Call) -> Answer {
    let part = call.parts.all("file").find(|part| !part.file.is_empty());
    let part = part.ok_or_else(|| error(422, "Validation failed: File can't be blank"))?;
    let alt = call.parts.text("description").to_owned();
    if 1500 < alt.chars().count() {
        return Err(error(422, "Validation failed: Description is too long"));
    }
    let slow = shop.whim("slow") || part.media_type.starts_with("video/");
    shop.write(|books| {
        let id = file(books, &part.file, &part.media_type, &part.bytes).id;
        let filed = books.file(&id).expect("it was put there");
        (filed.alt, filed.ready) = (alt, !slow);
        let url = (!slow).then(|| format!("https://files.example/{id}.png"));
        let body = json!({ "id": id, "type": "image", "url": url, "description": filed.alt });
        Ok(say(if slow { 202 } else { 200 }, body))
    })
}

fn look(shop: &Shop, id: &str) -> Answer {
    if shop.whim("broken") {
        return Err(error(422, "Error processing thumbnail for uploaded media"));
    }
    shop.write(|books| {
        let looks = format!("looks {id}");
        let seen = books.notes.get(&looks).and_then(|n| n.parse().ok()).unwrap_or(0_u32) + 1;
        books.notes.insert(looks, seen.to_string());
        let filed = books.file(id).ok_or_else(|| error(404, "Record not found"))?;
        filed.ready |= LOOKS <= seen;
        let url = filed.ready.then(|| format!("https://files.example/{id}.png"));
        let status = if filed.ready { 200 } else { 206 };
        Ok(say(status, json!({ "id": id, "type": "image", "url": url, "description": filed.alt })))
    })
}

/// How long a status is: an address counts 23.
fn length(text: &str) -> usize {
    let words = text.split_inclusive(char::is_whitespace);
    let count = |word: &str| match word.trim().starts_with("https://") {
        true => 23 + word.len() - word.trim_end().len(),
        false => word.chars().count(),
    };
    words.map(count).sum()
}

fn checked(books: &Books, body: &Value) -> Result<Vec<String>, Response> {
    let said = text(body, "/status");
    let ids = body["media_ids"].as_array().into_iter().flatten();
    let ids: Vec<String> = ids.filter_map(Value::as_str).map(str::to_owned).collect();
    let ready = |id: &String| books.files.iter().any(|file| file.id == *id && file.ready);
    match () {
        () if said.is_empty() && ids.is_empty() => {
            Err(error(422, "Validation failed: Text can't be blank"))
        }
        () if 500 < length(said) => {
            Err(error(422, "Validation failed: Text character limit of 500 exceeded"))
        }
        () if 4 < ids.len() => Err(error(422, "Cannot attach more than 4 files.")),
        () if !ids.iter().all(ready) => {
            Err(error(422, "Cannot attach files that have not finished processing."))
        }
        () => Ok(ids),
    }
}

/// The same key gives the same status, for an hour.
fn create(books: &mut Books, call: &Call) -> Answer {
    let key = format!("key {}", call.header("idempotency-key"));
    if let Some(id) = books.notes.get(&key).cloned().filter(|_| key != "key ") {
        let shown = books.shown.iter().find(|shown| shown.id == id).expect("it was made");
        return Ok(say(200, status(shown)));
    }
    let files = checked(books, &call.json)?;
    let reply = text(&call.json, "/in_reply_to_id");
    if !reply.is_empty() && !books.visible().any(|shown| shown.id == reply) {
        return Err(error(404, "The status you are trying to reply to does not appear to exist."));
    }
    let id = format!("11{:016}", books.shown.len() + 1);
    if key != "key " {
        books.notes.insert(key, id.clone());
    }
    let shown = Shown {
        id,
        key: text(&call.json, "/status").into(),
        state: Stand::Visible,
        times: 1,
        files,
        body: call.json.clone(),
        ..Shown::default()
    };
    books.shown.push(shown.clone());
    Ok(say(200, status(&shown)))
}

fn update(books: &mut Books, id: &str, body: &Value) -> Answer {
    let files = checked(books, body)?;
    let shown = found(books, id)?;
    shown.changes += 1;
    (shown.files, shown.body) = (files, body.clone());
    Ok(say(200, status(shown)))
}

/// A status as the API shows it: its text is HTML.
fn status(shown: &Shown) -> Value {
    let said = text(&shown.body, "/status");
    let html = said.replace('&', "&amp;").replace('<', "&lt;");
    json!({
        "id": shown.id, "uri": format!("https://social.example/users/brand/statuses/{}", shown.id),
        "url": format!("https://social.example/@brand/{}", shown.id),
        "created_at": crate::conformance::now().rfc3339(), "content": format!("<p>{html}</p>"),
        "in_reply_to_id": shown.body.get("in_reply_to_id"),
        "favourites_count": 2, "reblogs_count": 1, "replies_count": 0,
        "media_attachments": shown.files.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>(),
    })
}

fn recent(books: &mut Books) -> Response {
    let list: Vec<Value> = books.visible().map(status).collect();
    say(200, list.into_iter().rev().collect::<Vec<_>>().into())
}
