//! Ghost 5, Admin API below `/ghost/api/admin`: every token is looked at, and what is changed must be what was read.
//!
//! Whim of the next call: `newer`, a version that does not speak the one that is asked for.

use super::{Answer, Call, file, say, serve, silent, slug, text, unused, with};
use crate::Shop;
use crate::books::{Books, Shown, Stand};
use crate::conformance::now;
use axum::Router;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use domain::Time;
use domain::sign::sha256;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// The id of the Admin API key.
pub const KEY_ID: &str = "6489a1b2c3d4e5f60718293a";
/// Its secret.
pub const SECRET: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// What may be uploaded as a picture.
const TYPES: [&str; 5] = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"];
/// How old a token may be, in seconds.
const TOKEN_S: i64 = 300;

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    serve(shop, answer)
}

fn answer(shop: &Shop, call: &Call) -> Answer {
    if !call.path.ends_with('/') {
        return Err(with(silent(301), "location", &format!("{}/", call.path)));
    }
    let at = call.at();
    let Some(place) = at.1.strip_prefix(&["ghost", "api", "admin"]) else {
        return Err(error(404, "NotFoundError", "Resource not found", ""));
    };
    if shop.whim("newer") {
        let message = "Request could not be served, the endpoint was not found.";
        return Err(error(406, "RequestNotAcceptableError", message, "UPDATE_CLIENT"));
    }
    known(call)?;
    let answer = match (at.0, place) {
        ("GET", ["site"]) => {
            Ok(say(200, json!({ "site": { "title": "Blog", "version": "5.130" } })))
        }
        ("GET", ["users", "me"]) => Err(error(403, "NoPermissionError", "No permission", "")),
        ("POST", ["images", "upload"]) => upload(shop, call),
        ("POST", ["posts"]) => create(shop, call),
        ("GET", ["posts", "slug", slug]) => shop.write(|books| {
            let shown = books.shown.iter().find(|shown| shown.key == *slug);
            shown.filter(|shown| shown.state != Stand::Gone).map(posts).ok_or_else(no_post)
        }),
        ("GET", ["posts", id]) => shop.write(|books| found(books, id).map(|shown| posts(shown))),
        ("PUT", ["posts", id]) => shop.write(|books| update(books, id, call)),
        ("DELETE", ["posts", id]) => shop.write(|books| {
            found(books, id)?.state = Stand::Gone;
            Ok(silent(204))
        }),
        _ => Err(error(404, "NotFoundError", "Resource not found", "")),
    };
    answer.map(|response| with(response, "content-version", "v5.130"))
}

/// An error as it words them.
pub fn error(status: u16, kind: &str, message: &str, code: &str) -> Response {
    let code = Some(code).filter(|code| !code.is_empty());
    let error = json!({
        "message": message, "context": null, "type": kind, "details": null, "property": null,
        "help": null, "code": code, "id": "a1b2", "ghostErrorCode": null,
    });
    say(status, json!({ "errors": [error] }))
}

fn no_post() -> Response {
    error(404, "NotFoundError", "Resource not found error, cannot read post.", "")
}

fn found<'a>(books: &'a mut Books, id: &str) -> Result<&'a mut Shown, Response> {
    books.shown(id).filter(|shown| shown.state != Stand::Gone).ok_or_else(no_post)
}

/// The token is one that this key signed, for this audience, not long ago.
fn known(call: &Call) -> Result<(), Response> {
    let stranger = |code: &str, message: &str| error(401, "UnauthorizedError", message, code);
    let header = call.header("authorization");
    if header.is_empty() {
        let message = "Authorization failed";
        return Err(error(403, "NoPermissionError", message, ""));
    }
    let token = header.strip_prefix("Ghost ");
    let token = token.ok_or_else(|| {
        stranger(
            "INVALID_AUTH_HEADER",
            "Authorization header format is \"Authorization: Ghost [token]\"",
        )
    })?;
    let undecodable = || error(400, "BadRequestError", "Invalid token", "INVALID_JWT");
    let parts: Vec<&str> = token.split('.').collect();
    let [head, claims, signature] = parts.as_slice() else { return Err(undecodable()) };
    let read = |part: &str| -> Result<Value, Response> {
        let bytes = BASE64.decode(part).map_err(|_| undecodable())?;
        serde_json::from_slice(&bytes).map_err(|_| undecodable())
    };
    let (said, claims_said) = (read(head)?, read(claims)?);
    let Some(key) = said["kid"].as_str() else {
        return Err(error(
            400,
            "BadRequestError",
            "Admin API kid missing.",
            "MISSING_ADMIN_API_KID",
        ));
    };
    if key != KEY_ID {
        return Err(stranger("UNKNOWN_ADMIN_API_KEY", "Unknown Admin API Key"));
    }
    let invalid = |why: &str| stranger("INVALID_JWT", &format!("Invalid token: {why}"));
    let secret: Vec<u8> = (0..SECRET.len())
        .step_by(2)
        .filter_map(|at| u8::from_str_radix(&SECRET[at..at + 2], 16).ok())
        .collect();
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret).expect("a key may have any length");
    mac.update(format!("{head}.{claims}").as_bytes());
    let signature = BASE64.decode(signature).map_err(|_| undecodable())?;
    if mac.verify_slice(&signature).is_err() || said["alg"] != "HS256" {
        return Err(invalid("invalid signature"));
    }
    if !text(&claims_said, "/aud").trim_end_matches('/').ends_with("admin") {
        return Err(invalid("jwt audience invalid"));
    }
    let age = now().unix_s() - claims_said["iat"].as_i64().unwrap_or_default();
    let over = claims_said["exp"].as_i64().is_some_and(|exp| exp < now().unix_s());
    match TOKEN_S < age || over {
        true => Err(invalid("maxAge exceeded")),
        false => Ok(()),
    }
}

fn upload(shop: &Shop, call: &Call) -> Answer {
    let part = call.parts.all("file").find(|part| !part.file.is_empty());
    let Some(part) = part else {
        return Err(error(422, "ValidationError", "Please select an image.", ""));
    };
    if !TYPES.contains(&part.media_type.as_str()) {
        let message = "Please select a valid image.";
        return Err(error(415, "UnsupportedMediaTypeError", message, ""));
    }
    let url = shop.write(|books| {
        let (stem, end) = part.file.rsplit_once('.').unwrap_or((&part.file, "png"));
        let taken = |name: &str| books.files.iter().any(|file| file.name == name);
        let name = unused(&stem.replace(' ', "-"), taken);
        let filed = file(books, &name, &part.media_type, &part.bytes);
        let url = format!("https://blog.example/content/images/2026/11/{name}.{end}");
        // It is found again by its address.
        if let Some(file) = books.file(&filed.id) {
            file.id.clone_from(&url);
        }
        url
    });
    let reference = Some(call.parts.text("ref")).filter(|text| !text.is_empty());
    Ok(say(201, json!({ "images": [{ "url": url, "ref": reference }] })))
}

/// The one post of a body.
fn one(call: &Call) -> Result<Value, Response> {
    let post = call.json.pointer("/posts/0").filter(|post| post.is_object());
    let message = "No root key (posts) provided.";
    post.cloned().ok_or_else(|| error(400, "BadRequestError", message, ""))
}

fn checked(post: &Value) -> Result<(), Response> {
    let invalid =
        |what: &str| Err(error(422, "ValidationError", &format!("Validation error: {what}"), ""));
    let length = |name: &str| text(post, &format!("/{name}")).chars().count();
    match () {
        () if length("title") == 0 => invalid("title cannot be blank"),
        () if 255 < length("title") => invalid("title exceeds maximum length of 255"),
        () if 191 < length("feature_image_alt") => invalid("feature_image_alt exceeds 191"),
        () if 300 < length("custom_excerpt") => invalid("custom_excerpt exceeds 300"),
        () if 191 < length("slug") => invalid("slug exceeds 191"),
        () => Ok(()),
    }
}

fn stand(shown: &mut Shown, body: Value) {
    let visible = body["status"] == "published";
    if visible && shown.state != Stand::Visible {
        shown.times += 1;
    }
    shown.state = if visible { Stand::Visible } else { Stand::Draft };
    shown.files = body["feature_image"].as_str().map(str::to_owned).into_iter().collect();
    let alt = body["feature_image_alt"].as_str().map(str::to_owned);
    shown.alts = shown.files.iter().map(|_| alt.clone().unwrap_or_default()).collect();
    shown.body = body;
}

fn posts(shown: &Shown) -> Response {
    say(200, listed(shown))
}

fn listed(shown: &Shown) -> Value {
    let mut post = shown.body.clone();
    // What was HTML is a tree now; it is given back only where it is asked for.
    if let Some(fields) = post.as_object_mut() {
        fields.remove("html");
    }
    post["id"] = shown.id.as_str().into();
    post["slug"] = shown.key.as_str().into();
    post["lexical"] = "{\"root\":{}}".into();
    post["url"] = format!("https://blog.example/{}/", shown.key).into();
    post["uuid"] = sha256(shown.id.as_bytes())[..32].into();
    json!({ "posts": [post] })
}

/// Each change has a later time than the one before.
fn stamp(change: u32) -> String {
    Time(1_790_000_000_000 + i64::from(change) * 1000).rfc3339()
}

fn create(shop: &Shop, call: &Call) -> Answer {
    let mut post = one(call)?;
    checked(&post)?;
    let from_html = call.asked("source") == "html";
    if post.get("html").is_some() && !from_html {
        // It is not looked at: an empty post.
        post["html"] = Value::Null;
    }
    if post.get("status").is_none() {
        post["status"] = "draft".into();
    }
    shop.write(|books| {
        let asked = match text(&post, "/slug") {
            "" => slug(text(&post, "/title")),
            asked => slug(asked),
        };
        let key = unused(&asked, |name| {
            books.shown.iter().any(|shown| shown.key == name && shown.state != Stand::Gone)
        });
        post["updated_at"] = stamp(0).into();
        let id = format!("{:024x}", books.shown.len() + 0xabc);
        let mut shown = Shown { id, key, ..Shown::default() };
        stand(&mut shown, post);
        books.shown.push(shown.clone());
        Ok(say(201, listed(&shown)))
    })
}

fn update(books: &mut Books, id: &str, call: &Call) -> Answer {
    let change = one(call)?;
    let shown = found(books, id)?;
    let Some(at) = change["updated_at"].as_str() else {
        return Err(error(422, "ValidationError", "Validation error, cannot edit post.", ""));
    };
    if shown.body["updated_at"] != at {
        let message = "Saving failed! Someone else is editing this post.";
        return Err(error(409, "UpdateCollisionError", message, "UPDATE_COLLISION"));
    }
    let mut body = shown.body.clone();
    for (name, value) in change.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    checked(&body)?;
    shown.changes += 1;
    body["updated_at"] = stamp(shown.changes).into();
    stand(shown, body);
    Ok(posts(shown))
}
