//! WordPress 6, REST below `/wp-json/wp/v2`: no idempotency keys, and a slug that is taken gets `-2`.
//!
//! Whim of the next upload: `refuses` its type with a 500, as WordPress does for types that it does not take.

use super::{Answer, Call, file, say, serve, slug, text, unused, with};
use crate::Shop;
use crate::books::{Books, Shown, Stand};
use axum::Router;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::Time;
use md5::{Digest, Md5};
use serde_json::{Value, json};

/// Who may publish.
pub const USER: &str = "galley";
/// The application password, as WordPress shows it.
pub const PASSWORD: &str = "abcd EFGH 1234 ijkl MNOP 5678";

/// What may be uploaded.
const TYPES: [&str; 8] = [
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "video/mp4",
    "audio/mpeg",
    "audio/wav",
];

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    serve(shop, answer)
}

fn answer(shop: &Shop, call: &Call) -> Answer {
    let at = call.at();
    let Some(place) = at.1.strip_prefix(&["wp-json", "wp", "v2"]) else {
        return Err(error(404, "rest_no_route", "No route was found matching the URL."));
    };
    known(call)?;
    match (at.0, place) {
        ("GET", ["users", "me"]) => {
            Ok(say(200, json!({ "id": 1, "name": USER, "slug": USER, "capabilities": {} })))
        }
        ("POST", ["media"]) => upload(shop, call),
        ("GET", ["media"]) => shop.write(|books| Ok(media_by_slug(books, call))),
        ("POST", ["media", id]) => shop.write(|books| describe(books, id, &call.json)),
        ("DELETE", ["media", _]) if call.asked("force") != "true" => {
            Err(error(501, "rest_trash_not_supported", "The item does not support trashing."))
        }
        ("GET", ["posts"]) => shop.write(|books| Ok(by_slug(books, call))),
        ("POST", ["posts"]) => create(shop, call),
        ("GET", ["posts", id]) => shop.write(|books| {
            let shown = books.shown(id).ok_or_else(no_post)?;
            Ok(say(200, post(shown)))
        }),
        ("POST" | "PUT" | "PATCH", ["posts", id]) => update(shop, id, call),
        ("DELETE", ["posts", id]) => shop.write(|books| trash(books, id)),
        ("GET", ["tags"]) => shop.write(|books| Ok(tags(books, call.asked("slug")))),
        ("POST", ["tags"]) => shop.write(|books| tag(books, call)),
        _ => Err(error(404, "rest_no_route", "No route was found matching the URL.")),
    }
}

/// An error as it words them.
pub fn error(status: u16, code: &str, message: &str) -> Response {
    say(status, json!({ "code": code, "message": message, "data": { "status": status } }))
}

fn no_post() -> Response {
    error(404, "rest_post_invalid_id", "Invalid post ID.")
}

/// Spaces in an application password do not count.
fn known(call: &Call) -> Result<(), Response> {
    let given = call.header("authorization").strip_prefix("Basic ").unwrap_or_default();
    let given = BASE64.decode(given).unwrap_or_default();
    let given = String::from_utf8_lossy(&given).replace(' ', "");
    match given == format!("{USER}:{PASSWORD}").replace(' ', "") {
        true => Ok(()),
        false => Err(error(
            401,
            "rest_cannot_create",
            "Sorry, you are not allowed to create posts as this user.",
        )),
    }
}

fn upload(shop: &Shop, call: &Call) -> Answer {
    let (media_type, said) = (call.header("content-type"), call.header("content-disposition"));
    if call.body.is_empty() {
        return Err(error(400, "rest_upload_no_data", "No data supplied."));
    }
    if media_type.is_empty() {
        return Err(error(400, "rest_upload_no_content_type", "No Content-Type supplied."));
    }
    if said.is_empty() {
        let message = "No Content-Disposition supplied.";
        return Err(error(400, "rest_upload_no_content_disposition", message));
    }
    let name = said.split_once("filename=\"").and_then(|(_, rest)| rest.split_once('"'));
    let Some((name, _)) = name else {
        let message = "Invalid Content-Disposition supplied.";
        return Err(error(400, "rest_upload_invalid_disposition", message));
    };
    let sum = call.header("content-md5");
    let md5: String = Md5::digest(&call.body).iter().map(|byte| format!("{byte:02x}")).collect();
    if !sum.is_empty() && sum != md5 {
        return Err(error(
            412,
            "rest_upload_hash_mismatch",
            "Content hash did not match expected.",
        ));
    }
    if !TYPES.contains(&media_type) || shop.whim("refuses") {
        let message = "Sorry, you are not allowed to upload this file type.";
        return Err(error(500, "rest_upload_sideload_error", message));
    }
    let stem = slug(name.rsplit_once('.').map_or(name, |(stem, _)| stem));
    let filed = shop.write(|books| {
        let taken = |name: &str| books.files.iter().any(|file| file.name == name);
        let name = unused(&stem, taken);
        file(books, &name, media_type, &call.body)
    });
    let location = format!("{}/wp-json/wp/v2/media/{}", shop.address(), filed.id);
    let body = shop.write(|books| media(books, &filed.id));
    Ok(with(say(201, body), "location", &location))
}

fn media(books: &mut Books, id: &str) -> Value {
    let Some(filed) = books.file(id) else { return Value::Null };
    json!({
        "id": number(id),
        "slug": filed.name,
        "status": "inherit",
        "media_type": filed.media_type.split('/').next(),
        "mime_type": filed.media_type,
        "source_url": format!("https://blog.example/wp-content/uploads/{}", filed.name),
        "alt_text": filed.alt,
        "media_details": { "filesize": filed.bytes, "sizes": {} },
    })
}

fn number(id: &str) -> u64 {
    id.parse().unwrap_or_default()
}

fn media_by_slug(books: &mut Books, call: &Call) -> Response {
    let slug = call.asked("slug");
    let ids: Vec<String> = books
        .files
        .iter()
        .filter(|file| slug.is_empty() || file.name == slug)
        .map(|file| file.id.clone())
        .collect();
    let found: Vec<Value> = ids.iter().map(|id| media(books, id)).collect();
    say(200, found.into())
}

fn describe(books: &mut Books, id: &str, said: &Value) -> Answer {
    let filed = books.file(id).ok_or_else(no_post)?;
    if let Some(alt) = said["alt_text"].as_str() {
        filed.alt = alt.into();
    }
    Ok(say(200, media(books, id)))
}

fn by_slug(books: &mut Books, call: &Call) -> Response {
    let any = call.asked("status") == "any";
    let listed = books.shown.iter().filter(|shown| match shown.state {
        Stand::Visible => true,
        Stand::Draft => any,
        // What is in the trash is not among any.
        Stand::Gone => false,
    });
    let slug = call.asked("slug");
    let listed = listed.filter(|shown| slug.is_empty() || shown.key == slug);
    let listed: Vec<Value> = listed.map(post).collect();
    let count = listed.len().to_string();
    with(with(say(200, listed.into()), "x-wp-total", &count), "x-wp-totalpages", "1")
}

/// A post as the API shows it.
fn post(shown: &Shown) -> Value {
    let said = |name: &str| json!({ "raw": shown.body[name], "rendered": shown.body[name] });
    json!({
        "id": number(&shown.id),
        "slug": shown.key,
        "status": shown.body["status"],
        "link": format!("https://blog.example/{}/", shown.key),
        "title": said("title"),
        "content": said("content"),
        "excerpt": said("excerpt"),
        "featured_media": shown.body["featured_media"],
        "tags": shown.body.get("tags").cloned().unwrap_or(json!([])),
        "date_gmt": shown.body["date_gmt"],
        "modified_gmt": format!("2026-11-20T06:00:{:02}", shown.changes),
    })
}

/// What is sent, as it is kept: a picture that is not there is silently none.
fn settled(books: &Books, body: &Value) -> Result<Value, Response> {
    const STATES: [&str; 5] = ["publish", "future", "draft", "pending", "private"];
    let invalid =
        |what: &str| error(400, "rest_invalid_param", &format!("Invalid parameter(s): {what}"));
    let mut body = body.clone();
    if !body.is_object() {
        return Err(error(400, "rest_invalid_json", "Invalid JSON body passed."));
    }
    let state = body.get("status").and_then(Value::as_str).unwrap_or("draft").to_owned();
    if !STATES.contains(&state.as_str()) {
        return Err(invalid("status"));
    }
    let tags = body.get("tags").and_then(Value::as_array).cloned().unwrap_or_default();
    if !tags.iter().all(Value::is_u64) {
        return Err(invalid("tags"));
    }
    let file = body["featured_media"].as_u64().unwrap_or(0);
    let there = books.files.iter().any(|filed| filed.id == file.to_string());
    body["featured_media"] = if there { file } else { 0 }.into();
    let at = text(&body, "/date_gmt").to_owned();
    let later = Time::parse(&format!("{at}Z")).is_some_and(|at| crate::conformance::now() < at);
    body["status"] = if later && state == "publish" { "future".into() } else { state.into() };
    Ok(body)
}

/// How it stands, and what it shows, by what is kept of it. Drafts may share a slug; what is visible may not.
fn stand(shown: &mut Shown, body: Value) {
    let visible = body["status"] == "publish";
    if visible && shown.state != Stand::Visible {
        shown.times += 1;
    }
    shown.state = if visible { Stand::Visible } else { Stand::Draft };
    let file = body["featured_media"].as_u64().filter(|id| *id != 0);
    shown.files = file.map(|id| id.to_string()).into_iter().collect();
    shown.body = body;
}

fn create(shop: &Shop, call: &Call) -> Answer {
    let shown = shop.write(|books| {
        let body = settled(books, &call.json)?;
        if ["title", "content", "excerpt"]
            .iter()
            .all(|name| text(&body, &format!("/{name}")).is_empty())
        {
            return Err(error(400, "empty_content", "Content, title, and excerpt are empty."));
        }
        let asked = match text(&body, "/slug") {
            "" => slug(text(&body, "/title")),
            asked => slug(asked),
        };
        let key = match text(&body, "/status") {
            "draft" => asked,
            _ => unused(&asked, |name| books.visible().any(|shown| shown.key == name)),
        };
        let id = (books.shown.len() + 101).to_string();
        let mut shown = Shown { id, key, ..Shown::default() };
        stand(&mut shown, body);
        books.shown.push(shown.clone());
        Ok(shown)
    })?;
    let location = format!("{}/wp-json/wp/v2/posts/{}", shop.address(), shown.id);
    Ok(with(say(201, post(&shown)), "location", &location))
}

fn update(shop: &Shop, id: &str, call: &Call) -> Answer {
    shop.write(|books| {
        let shown = books.shown(id).filter(|shown| shown.state != Stand::Gone);
        let mut body = shown.ok_or_else(no_post)?.body.clone();
        for (name, value) in call.json.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let body = settled(books, &body)?;
        let taken = |name: &str| books.visible().any(|shown| shown.key == name && shown.id != id);
        let key = books.shown.iter().find(|shown| shown.id == id).map(|shown| shown.key.clone());
        let key = unused(&key.unwrap_or_default(), taken);
        let shown = books.shown(id).ok_or_else(no_post)?;
        shown.changes += 1;
        if body["status"] == "publish" {
            shown.key = key;
        }
        stand(shown, body);
        Ok(say(200, post(shown)))
    })
}

fn trash(books: &mut Books, id: &str) -> Answer {
    let shown = books.shown(id).ok_or_else(no_post)?;
    if shown.state == Stand::Gone {
        return Err(error(410, "rest_already_trashed", "The post has already been deleted."));
    }
    shown.state = Stand::Gone;
    shown.key.push_str("__trashed");
    shown.body["status"] = "trash".into();
    Ok(say(200, post(shown)))
}

/// Tags are on record by their slugs.
fn tags(books: &mut Books, asked: &str) -> Response {
    let found = books.notes.get(&format!("tag {asked}")).map(|id| number(id));
    let found: Vec<Value> =
        found.map(|id| json!({ "id": id, "slug": asked })).into_iter().collect();
    say(200, found.into())
}

fn tag(books: &mut Books, call: &Call) -> Answer {
    let slug = slug(text(&call.json, "/name"));
    if slug.is_empty() {
        return Err(error(400, "rest_missing_callback_param", "Missing parameter(s): name"));
    }
    let key = format!("tag {slug}");
    if let Some(id) = books.notes.get(&key) {
        let message = "A term with the name provided already exists with this parent.";
        let data = json!({ "status": 400, "term_id": number(id) });
        return Err(say(400, json!({ "code": "term_exists", "message": message, "data": data })));
    }
    let id = books.notes.len() + 1;
    books.notes.insert(key, id.to_string());
    Ok(say(201, json!({ "id": id, "slug": slug, "name": call.json["name"] })))
}
