//! A Bluesky server (PDS): sessions that end, blobs that are judged when a post shows them, keys of one's own.
//!
//! Whim of the next call: `expires`, the session is over and must be refreshed.

mod record;

use super::{Answer, Call, file, say, serve, text, with};
use crate::Shop;
use crate::books::{Books, Shown, Stand};
use axum::Router;
use axum::response::Response;
use domain::sign::sha256;
use serde_json::{Value, json};

/// Whose account it is.
pub const HANDLE: &str = "brand.bsky.example";
/// The same, for machines.
pub const DID: &str = "did:plc:ewvi7nxzyoun6zhxrhs64oiz";
/// The app password.
pub const PASSWORD: &str = "abcd-efgh-ijkl-mnop";

/// The largest blob that the server takes.
const BLOB_MOST: usize = 52_428_800;

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    serve(shop, answer)
}

fn answer(shop: &Shop, call: &Call) -> Answer {
    let at = call.at();
    let ["xrpc", method] = at.1.as_slice() else {
        return Err(error(404, "MethodNotImplemented", "Method Not Implemented"));
    };
    let answer = match (at.0, *method) {
        ("POST", "com.atproto.server.createSession") => shop.write(|books| session(books, call)),
        ("POST", "com.atproto.server.refreshSession") => shop.write(|books| refresh(books, call)),
        // Anybody may read.
        ("GET", "com.atproto.repo.getRecord") => shop.write(|books| read(books, call)),
        ("GET", "app.bsky.feed.getPosts") => shop.write(|books| Ok(counted(books, call))),
        _ => {
            if shop.whim("expires") {
                shop.write(|books| books.notes.retain(|name, _| !name.starts_with("access ")));
            }
            shop.write(|books| known(books, call))?;
            match (at.0, *method) {
                ("GET", "com.atproto.server.getSession") => {
                    Ok(say(200, json!({ "handle": HANDLE, "did": DID, "active": true })))
                }
                ("POST", "com.atproto.repo.uploadBlob") => shop.write(|books| blob(books, call)),
                ("POST", "com.atproto.repo.createRecord") => {
                    shop.write(|books| put(books, &call.json, true))
                }
                ("POST", "com.atproto.repo.putRecord") => {
                    shop.write(|books| put(books, &call.json, false))
                }
                ("POST", "com.atproto.repo.deleteRecord") => {
                    shop.write(|books| Ok(delete(books, &call.json)))
                }
                _ => Err(error(501, "MethodNotImplemented", "Method Not Implemented")),
            }
        }
    };
    answer.map(|response| {
        let response = with(response, "ratelimit-limit", "3000");
        with(response, "ratelimit-policy", "3000;w=300")
    })
}

/// An error as it words them.
pub fn error(status: u16, name: &str, message: &str) -> Response {
    say(status, json!({ "error": name, "message": message }))
}

/// A session beside those that are open, and how many there were.
fn opened(books: &mut Books) -> Response {
    let n = books.notes.get("sessions").and_then(|n| n.parse().ok()).unwrap_or(0_u32) + 1;
    books.notes.insert("sessions".into(), n.to_string());
    let (access, refresh) = (format!("access-jwt-{n}"), format!("refresh-jwt-{n}"));
    books.notes.insert(format!("access {access}"), String::new());
    books.notes.insert(format!("refresh {refresh}"), String::new());
    say(
        200,
        json!({
            "accessJwt": access, "refreshJwt": refresh, "handle": HANDLE, "did": DID,
            "active": true,
        }),
    )
}

fn session(books: &mut Books, call: &Call) -> Answer {
    let who = text(&call.json, "/identifier");
    if ![HANDLE, DID].contains(&who) || text(&call.json, "/password") != PASSWORD {
        return Err(error(401, "AuthenticationRequired", "Invalid identifier or password"));
    }
    Ok(opened(books))
}

fn refresh(books: &mut Books, call: &Call) -> Answer {
    match books.notes.remove(&format!("refresh {}", call.bearer())) {
        Some(_) => Ok(opened(books)),
        None => Err(error(400, "ExpiredToken", "Token has been revoked")),
    }
}

fn known(books: &mut Books, call: &Call) -> Result<(), Response> {
    match call.bearer() {
        "" => Err(error(401, "AuthMissing", "Authentication Required")),
        token if books.notes.contains_key(&format!("access {token}")) => Ok(()),
        token if token.starts_with("access-jwt-") => {
            Err(error(400, "ExpiredToken", "Token has expired"))
        }
        _ => Err(error(400, "InvalidToken", "Token could not be verified")),
    }
}

/// The content identifier of bytes: version 1, as they are, SHA-256.
pub fn cid(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let hash = sha256(bytes);
    let hash = (0..64).step_by(2).filter_map(|at| u8::from_str_radix(&hash[at..at + 2], 16).ok());
    let all: Vec<u8> = [0x01, 0x55, 0x12, 0x20].into_iter().chain(hash).collect();
    let bit = |at: usize| all.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
    let letter = |five: usize| {
        let value = (0..5).fold(0, |sum, at| sum << 1 | usize::from(bit(five * 5 + at)));
        char::from(LETTERS[value])
    };
    let letters = (all.len() * 8).div_ceil(5);
    std::iter::once('b').chain((0..letters).map(letter)).collect()
}

/// The same bytes are the same blob.
fn blob(books: &mut Books, call: &Call) -> Answer {
    if BLOB_MOST < call.body.len() {
        return Err(error(413, "PayloadTooLarge", "request entity too large"));
    }
    let (id, media_type) = (cid(&call.body), call.header("content-type"));
    if books.file(&id).is_none() {
        let number = file(books, &id, media_type, &call.body).id;
        if let Some(filed) = books.file(&number) {
            filed.id.clone_from(&id);
        }
    }
    let blob = json!({
        "$type": "blob", "ref": { "$link": id }, "mimeType": media_type, "size": call.body.len(),
    });
    Ok(say(200, json!({ "blob": blob })))
}

fn uri(key: &str) -> String {
    format!("at://{DID}/app.bsky.feed.post/{key}")
}

/// Whether a text can be the key of a post: a TID.
fn is_tid(key: &str) -> bool {
    const LETTERS: &str = "234567abcdefghijklmnopqrstuvwxyz";
    key.len() == 13
        && key.chars().all(|c| LETTERS.contains(c))
        && key.starts_with(|c| "234567abcdefghij".contains(c))
}

/// Writes a record. To create one that is there is an error that says nothing.
fn put(books: &mut Books, body: &Value, create: bool) -> Answer {
    let invalid = |message: &str| error(400, "InvalidRequest", message);
    if ![HANDLE, DID].contains(&text(body, "/repo")) {
        return Err(invalid("Could not find repo"));
    }
    if text(body, "/collection") != "app.bsky.feed.post" {
        return Err(invalid("this account has posts and nothing else"));
    }
    let made = format!("3kaaaaaaaaa{:02}", 22 + books.shown.len() % 56);
    let key = match text(body, "/rkey") {
        "" if create => made,
        key => key.to_owned(),
    };
    if !is_tid(&key) {
        return Err(invalid(&format!("Invalid record key for tid: {key}")));
    }
    let record = &body["record"];
    record::check(books, record)?;
    let place = books.shown.iter().position(|shown| shown.key == key && shown.state != Stand::Gone);
    if create && place.is_some() {
        return Err(error(500, "InternalServerError", "Internal Server Error"));
    }
    let place = place.unwrap_or_else(|| {
        let id = uri(&key);
        books.shown.push(Shown { id, key: key.clone(), times: 1, ..Shown::default() });
        books.shown.len() - 1
    });
    let shown = &mut books.shown[place];
    let same = shown.body == *record;
    shown.changes += u32::from(shown.state == Stand::Visible && !same);
    shown.state = Stand::Visible;
    (shown.files, shown.alts) = record::pictures(record);
    shown.body = record.clone();
    let answer = json!({
        "uri": uri(&key), "cid": cid(record.to_string().as_bytes()),
        "commit": { "cid": cid(key.as_bytes()), "rev": "3kaaaaaaaaa22" }, "validationStatus": "valid",
    });
    Ok(say(200, answer))
}

fn read(books: &mut Books, call: &Call) -> Answer {
    let key = call.asked("rkey");
    let shown = books.visible().find(|shown| shown.key == key);
    let Some(shown) = shown.filter(|_| [HANDLE, DID].contains(&call.asked("repo"))) else {
        let message = format!("Could not locate record: {}", uri(key));
        return Err(error(400, "RecordNotFound", &message));
    };
    let cid = cid(shown.body.to_string().as_bytes());
    Ok(say(200, json!({ "uri": shown.id, "cid": cid, "value": shown.body })))
}

fn delete(books: &mut Books, body: &Value) -> Response {
    let key = text(body, "/rkey");
    for shown in books.shown.iter_mut().filter(|shown| shown.key == key) {
        shown.state = Stand::Gone;
    }
    say(200, json!({ "commit": { "cid": cid(key.as_bytes()), "rev": "3kaaaaaaaaa23" } }))
}

/// What is counted of posts.
fn counted(books: &mut Books, call: &Call) -> Response {
    let asked = call.asked("uris");
    let found = books.visible().filter(|shown| shown.id == asked);
    let found: Vec<Value> = found
        .map(|shown| json!({ "uri": shown.id, "likeCount": 3, "repostCount": 1, "replyCount": 0, "quoteCount": 0 }))
        .collect();
    say(200, json!({ "posts": found }))
}
