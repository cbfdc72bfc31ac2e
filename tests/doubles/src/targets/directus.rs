//! Directus 11: own keys are taken, fields after a file are lost, and what is missing is forbidden.
//!
//! It has one collection, `articles`.

use super::{Answer, Call, file, say, serve, silent, text};
use crate::Shop;
use crate::books::{Books, Shown, Stand};
use axum::Router;
use axum::response::Response;
use serde_json::{Value, json};

/// The static token of who may publish.
pub const TOKEN: &str = "directus-token-0123456789";

/// The static token of an administrator, who may write to all fields, also to those that are not there.
pub const ADMIN_TOKEN: &str = "directus-admin-0123456789";

/// The fields of its collection.
const FIELDS: [&str; 10] = [
    "id",
    "status",
    "title",
    "slug",
    "body",
    "summary",
    "tags",
    "image",
    "canonical_url",
    "made_with_ai",
];

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    serve(shop, answer)
}

fn answer(shop: &Shop, call: &Call) -> Answer {
    let token = if call.bearer().is_empty() { call.asked("access_token") } else { call.bearer() };
    if ![TOKEN, ADMIN_TOKEN].contains(&token) {
        return Err(error(401, "INVALID_CREDENTIALS", "Invalid user credentials."));
    }
    let at = call.at();
    match (at.0, at.1.as_slice()) {
        ("GET", ["users", "me"]) => {
            Ok(say(200, json!({ "data": { "id": "u-1", "first_name": "Galley" } })))
        }
        ("POST", ["files"]) => upload(shop, call),
        ("GET", ["files", id]) => shop.write(|books| {
            let filed = books.file(id).ok_or_else(forbidden)?.clone();
            Ok(say(200, json!({ "data": described(&filed) })))
        }),
        ("DELETE", ["files", id]) => shop.write(|books| {
            books.file(id).ok_or_else(forbidden)?;
            books.files.retain(|filed| filed.id != *id);
            Ok(silent(204))
        }),
        ("POST", ["items", "articles"]) if token == ADMIN_TOKEN => {
            let fields = call.json.as_object().cloned().unwrap_or_default();
            let known = fields.into_iter().filter(|(name, _)| FIELDS.contains(&name.as_str()));
            shop.write(|books| create(books, &Value::Object(known.collect())))
        }
        ("POST", ["items", "articles"]) => shop.write(|books| create(books, &call.json)),
        ("GET", ["items", "articles", id]) => shop.write(|books| {
            let shown = books.shown(id).filter(|shown| shown.state != Stand::Gone);
            Ok(item(shown.ok_or_else(forbidden)?))
        }),
        ("PATCH", ["items", "articles", id]) => shop.write(|books| update(books, id, &call.json)),
        ("DELETE", ["items", "articles", id]) => shop.write(|books| {
            let shown = books.shown(id).filter(|shown| shown.state != Stand::Gone);
            shown.ok_or_else(forbidden)?.state = Stand::Gone;
            Ok(silent(204))
        }),
        _ => Err(forbidden()),
    }
}

/// An error as it words them.
pub fn error(status: u16, code: &str, message: &str) -> Response {
    say(status, json!({ "errors": [{ "message": message, "extensions": { "code": code } }] }))
}

/// Also what is not there: nobody learns what there is.
fn forbidden() -> Response {
    error(403, "FORBIDDEN", "You don't have permission to access this.")
}

/// Whether a text is a UUID.
fn is_uuid(text: &str) -> bool {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

fn taken(id: &str, name: &str) -> Response {
    let message =
        format!("Value \"{id}\" for field \"id\" in collection \"{name}\" has to be unique.");
    error(400, "RECORD_NOT_UNIQUE", &message)
}

/// Fields count only as far as they stand before the file.
fn upload(shop: &Shop, call: &Call) -> Answer {
    let parts = &call.parts.0;
    let Some(place) = parts.iter().position(|part| !part.file.is_empty()) else {
        return Err(error(
            400,
            "INVALID_PAYLOAD",
            "Invalid payload. No files were included in the body.",
        ));
    };
    let before = &parts[..place];
    let field = |name: &str| {
        let named = before.iter().find(|part| part.name == name);
        named.map(|part| String::from_utf8_lossy(&part.bytes).into_owned())
    };
    let part = &parts[place];
    shop.write(|books| {
        let own = field("id");
        if let Some(id) = &own {
            if !is_uuid(id) {
                return Err(error(400, "INVALID_PAYLOAD", "Invalid payload."));
            }
            if books.files.iter().any(|filed| filed.id == *id) {
                return Err(taken(id, "directus_files"));
            }
        }
        let id = own
            .unwrap_or_else(|| format!("0000000{}-0000-4000-8000-000000000000", books.files.len()));
        let name = field("filename_download").unwrap_or_else(|| part.file.clone());
        let number = file(books, &name, &part.media_type, &part.bytes).id;
        if let Some(filed) = books.file(&number) {
            filed.id = id.clone();
            filed.alt = field("description").unwrap_or_default();
        }
        let filed = books.file(&id).expect("it was put there").clone();
        Ok(say(200, json!({ "data": described(&filed) })))
    })
}

fn described(filed: &crate::books::Filed) -> Value {
    json!({
        "id": filed.id, "filename_download": filed.name, "type": filed.media_type,
        "filesize": filed.bytes.to_string(), "description": filed.alt, "title": filed.name,
    })
}

/// A field that the collection does not have may not be seen, and neither may what it is about.
fn allowed(books: &Books, body: &Value) -> Result<(), Response> {
    let Some(fields) = body.as_object() else {
        return Err(error(400, "INVALID_PAYLOAD", "Invalid payload. It must be an object."));
    };
    if let Some(name) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        let message = format!(
            "You don't have permission to access field \"{name}\" in collection \"articles\"."
        );
        return Err(error(403, "FORBIDDEN", &message));
    }
    if text(body, "/title").is_empty() {
        return Err(error(
            400,
            "FAILED_VALIDATION",
            "Validation failed for field \"title\". Value is required.",
        ));
    }
    match body["image"].as_str() {
        Some(id) if !books.files.iter().any(|filed| filed.id == id) => {
            Err(error(400, "INVALID_FOREIGN_KEY", "Invalid foreign key for field \"image\"."))
        }
        _ => Ok(()),
    }
}

fn stand(shown: &mut Shown, body: Value) {
    let visible = body["status"] == "published";
    if visible && shown.state != Stand::Visible {
        shown.times += 1;
    }
    shown.state = if visible { Stand::Visible } else { Stand::Draft };
    shown.files = body["image"].as_str().map(str::to_owned).into_iter().collect();
    shown.by_machine = body["made_with_ai"] == true;
    shown.body = body;
}

fn item(shown: &Shown) -> Response {
    let mut data = shown.body.clone();
    data["id"] = shown.id.as_str().into();
    say(200, json!({ "data": data }))
}

fn create(books: &mut Books, body: &Value) -> Answer {
    allowed(books, body)?;
    let own = text(body, "/id").to_owned();
    if !own.is_empty() && !is_uuid(&own) {
        return Err(error(400, "INVALID_PAYLOAD", "Invalid payload."));
    }
    if books.shown.iter().any(|shown| shown.id == own && shown.state != Stand::Gone) {
        return Err(taken(&own, "articles"));
    }
    let made = || format!("1000000{}-0000-4000-8000-000000000000", books.shown.len());
    let id = if own.is_empty() { made() } else { own };
    let mut shown = Shown { key: text(body, "/slug").into(), id, ..Shown::default() };
    stand(&mut shown, body.clone());
    books.shown.push(shown.clone());
    Ok(item(&shown))
}

fn update(books: &mut Books, id: &str, change: &Value) -> Answer {
    let shown = books.shown(id).filter(|shown| shown.state != Stand::Gone);
    let mut body = shown.ok_or_else(forbidden)?.body.clone();
    for (name, value) in change.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    allowed(books, &body)?;
    let shown = books.shown(id).ok_or_else(forbidden)?;
    shown.changes += 1;
    stand(shown, body);
    Ok(item(shown))
}
