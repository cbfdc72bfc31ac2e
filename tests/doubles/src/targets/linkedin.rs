//! LinkedIn: a version in every request, ids in headers and nowhere else, and pictures that are looked at for a while.
//!
//! Whims: `expired`, the access token of the next call is over; `slow`, the next picture is looked at for a while;
//! `unrenewed`, the app may not renew tokens: the next code brings none to do it with; `unnamed`, the next post is made and its answer names none; `sunset`, the version of the next call is gone.

use super::{Answer, Call, file, oauth, say, serve, silent, text, with};
use crate::Shop;
use crate::books::{Books, Shown, Stand};
use axum::Router;
use axum::response::Response;
use domain::sign::sha256;
use serde_json::{Value, json};

/// Who posts.
pub const AUTHOR: &str = "urn:li:organization:5515715";
/// The app that asks, and its secret.
pub const CLIENT: (&str, &str) = ("client-of-ours", "client-secret-of-ours");
/// The tokens that are good at first.
pub const ACCESS: &str = "linkedin-access-0";
/// With this one others are had.
pub const REFRESH: &str = "linkedin-refresh-0";

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
    if (at.0, at.1.as_slice()) == ("POST", &["oauth", "v2", "accessToken"][..]) {
        let renews = !shop.whim("unrenewed");
        return shop.write(|books| tokens(books, call, renews));
    }
    if (at.0, at.1.as_slice()) == ("GET", &["oauth", "v2", "authorization"][..]) {
        return shop.write(|books| Ok(oauth::signed_in(books, call)));
    }
    if shop.whim("expired") {
        shop.write(|books| books.notes.remove("access"));
    }
    let token = shop.books().notes.get("access").cloned();
    if token.is_none_or(|token| token != call.bearer()) {
        return Err(error(
            401,
            "EXPIRED_ACCESS_TOKEN",
            "The token used in the request has expired",
        ));
    }
    if let ("PUT", ["upload", id]) = (at.0, at.1.as_slice()) {
        return shop.write(|books| bytes(books, id, call));
    }
    let Some(place) = at.1.strip_prefix(&["rest"]) else {
        return Err(error(404, "RESOURCE_NOT_FOUND", "No virtual resource found"));
    };
    let version = call.header("linkedin-version");
    let digits = version.len() == 6 && version.chars().all(|c| c.is_ascii_digit());
    if !digits || shop.whim("sunset") {
        return Err(error(426, "NONEXISTENT_VERSION", "Requested version is not active"));
    }
    if call.header("x-restli-protocol-version") != "2.0.0" {
        return Err(error(400, "ILLEGAL_ARGUMENT", "X-RestLi-Protocol-Version must be 2.0.0"));
    }
    let slow = shop.whim("slow");
    match (at.0, place) {
        ("GET", ["organizations", "5515715"]) => Ok(say(200, json!({ "localizedName": "Brand" }))),
        ("POST", ["images"]) if call.asked("action") == "initializeUpload" => {
            let base = shop.address();
            shop.write(|books| begin(books, &base, &call.json, slow))
        }
        ("GET", ["images", urn]) => shop.write(|books| look(books, &decoded(urn))),
        ("POST", ["posts"]) => create(shop, call),
        ("GET", ["posts"]) => shop.write(|books| Ok(recent(books, call))),
        ("POST", ["posts", urn]) if call.header("x-restli-method") == "PARTIAL_UPDATE" => {
            shop.write(|books| update(books, &decoded(urn), &call.json))
        }
        ("DELETE", ["posts", urn]) => shop.write(|books| {
            if let Some(shown) = books.shown(&decoded(urn)) {
                shown.state = Stand::Gone;
            }
            Ok(silent(204))
        }),
        _ => Err(error(404, "RESOURCE_NOT_FOUND", "No virtual resource found")),
    }
}

/// An error as it words them.
pub fn error(status: u16, code: &str, message: &str) -> Response {
    let body =
        json!({ "status": status, "serviceErrorCode": 100, "code": code, "message": message });
    say(status, body)
}

fn decoded(urn: &str) -> String {
    urn.replace("%3A", ":")
}

/// Tokens by a code, or by the token that renews them: each is good once here. The app proves itself by its secret, in
/// the form and nowhere else, and a verifier is for apps that have none.
fn tokens(books: &mut Books, call: &Call, renews: bool) -> Answer {
    let form = call.form();
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    let refused = |status, error: &str, why: &str| {
        say(status, json!({ "error": error, "error_description": why }))
    };
    if (field("client_id"), field("client_secret")) != CLIENT {
        return Err(refused(401, "invalid_client", "Client authentication failed"));
    }
    if form.contains_key("code_verifier") {
        let why = "Not allowed to send a code_verifier with a client_secret";
        return Err(refused(400, "invalid_request", why));
    }
    let good = match field("grant_type") {
        "authorization_code" => oauth::good(books, call, false),
        "refresh_token" => {
            books.notes.get("refresh").is_some_and(|token| token == field("refresh_token"))
        }
        _ => false,
    };
    if !good {
        let why = "The provided authorization grant or refresh token is invalid";
        return Err(refused(400, "invalid_grant", why));
    }
    let n = field("refresh_token").rsplit('-').next().and_then(|n| n.parse().ok()).unwrap_or(0) + 1;
    let (access, refresh) = (format!("linkedin-access-{n}"), format!("linkedin-refresh-{n}"));
    books.notes.insert("access".into(), access.clone());
    books.notes.insert("refresh".into(), refresh.clone());
    let mut told = json!({
        "access_token": access, "expires_in": 5_184_000, "scope": "r_basicprofile,w_member_social",
    });
    if renews {
        told["refresh_token"] = refresh.into();
        told["refresh_token_expires_in"] = 31_536_000.into();
    }
    Ok(say(200, told))
}

fn begin(books: &mut Books, base: &str, body: &Value, slow: bool) -> Answer {
    if text(body, "/initializeUploadRequest/owner") != AUTHOR {
        return Err(error(403, "ACCESS_DENIED", "Not enough permissions to access: images"));
    }
    let number = file(books, "", "", b"").id;
    let id = format!("urn:li:image:C4E{number}");
    if let Some(filed) = books.file(&number) {
        (filed.id, filed.ready) = (id.clone(), false);
        filed.name = if slow { "slow".into() } else { String::new() };
    }
    let url = format!("{base}/upload/C4E{number}");
    let value =
        json!({ "uploadUrlExpiresAt": 1_790_000_000_000_i64, "uploadUrl": url, "image": id });
    Ok(say(200, json!({ "value": value })))
}

fn bytes(books: &mut Books, id: &str, call: &Call) -> Answer {
    let none = || error(404, "NOT_FOUND", "no such upload");
    let filed = books.file(&format!("urn:li:image:{id}")).ok_or_else(none)?;
    filed.sha256 = sha256(&call.body);
    filed.bytes = call.body.len();
    filed.ready = filed.name != "slow";
    Ok(silent(201))
}

/// A picture that is looked at is ready at the second look.
fn look(books: &mut Books, urn: &str) -> Answer {
    let none = || error(404, "NOT_FOUND", "no such image");
    let filed = books.file(urn).ok_or_else(none)?;
    let stands = match (filed.bytes, filed.ready) {
        (0, _) => "WAITING_UPLOAD",
        (_, true) => "AVAILABLE",
        _ => "PROCESSING",
    };
    filed.ready |= 0 < filed.bytes;
    Ok(say(200, json!({ "id": urn, "status": stands, "owner": AUTHOR })))
}

/// The pictures of a post, with their words.
fn pictures(body: &Value) -> Vec<(String, String)> {
    let of = |at: &Value| {
        let id = at["id"].as_str()?;
        Some((id.to_owned(), at["altText"].as_str().unwrap_or_default().to_owned()))
    };
    let several = body.pointer("/content/multiImage/images").and_then(Value::as_array);
    let one = body.pointer("/content/media").and_then(of);
    one.into_iter().chain(several.into_iter().flatten().filter_map(of)).collect()
}

/// Characters that mean something stand behind a backslash.
fn is_escaped(text: &str) -> bool {
    let mut behind = false;
    for c in text.chars() {
        if !behind && "<>#~_|[]*(){}@".contains(c) {
            return false;
        }
        behind = c == '\\' && !behind;
    }
    true
}

fn create(shop: &Shop, call: &Call) -> Answer {
    let body = &call.json;
    let needed = ["author", "commentary", "visibility", "lifecycleState"];
    if let Some(name) = needed.iter().find(|name| !body[name].is_string()) {
        let message = format!("ERROR :: /{name} :: field is required but not found");
        return Err(error(422, "MISSING_FIELD", &message));
    }
    let words = text(body, "/commentary");
    if 3000 < words.chars().count() || !is_escaped(words) {
        return Err(error(422, "INVALID_VALUE", "ERROR :: /commentary :: not valid little text"));
    }
    let unnamed = shop.whim("unnamed");
    shop.write(|books| {
        let pictures = pictures(body);
        let ready = |id: &String| books.files.iter().any(|file| file.id == *id && file.ready);
        if !pictures.iter().all(|(id, _)| ready(id)) {
            return Err(error(400, "MEDIA_ASSET_PROCESSING", "the image is not available"));
        }
        if books.visible().any(|shown| shown.key == words) {
            let message = "Content is a duplicate of urn:li:share:1";
            return Err(error(422, "DUPLICATE_POST", message));
        }
        let id = format!("urn:li:share:68447855233752719{:02}", books.shown.len() + 1);
        let (files, alts) = pictures.into_iter().unzip();
        books.shown.push(Shown {
            id: id.clone(),
            key: words.into(),
            state: Stand::Visible,
            times: 1,
            files,
            alts,
            body: body.clone(),
            ..Shown::default()
        });
        let made = silent(201);
        Ok(if unnamed { made } else { with(made, "x-restli-id", &id) })
    })
}

fn recent(books: &mut Books, call: &Call) -> Response {
    let ours = call.asked("q") == "author" && call.asked("author") == AUTHOR;
    let posts = books.visible().filter(|_| ours).map(|shown| {
        json!({
            "id": shown.id, "author": AUTHOR, "commentary": shown.body["commentary"],
            "createdAt": crate::conformance::now().0, "lifecycleState": "PUBLISHED",
        })
    });
    let posts: Vec<Value> = posts.collect();
    let posts: Vec<Value> = posts.into_iter().rev().collect();
    say(200, json!({ "elements": posts, "paging": { "start": 0, "count": 10, "links": [] } }))
}

fn update(books: &mut Books, urn: &str, body: &Value) -> Answer {
    let none = || error(404, "NOT_FOUND", "no such post");
    let shown = books.shown(urn).filter(|shown| shown.state == Stand::Visible).ok_or_else(none)?;
    let words = text(body, "/patch/$set/commentary");
    if words.is_empty() {
        return Err(error(422, "INVALID_VALUE", "nothing is set"));
    }
    shown.body["commentary"] = words.into();
    shown.key = words.into();
    shown.changes += 1;
    Ok(silent(204))
}
