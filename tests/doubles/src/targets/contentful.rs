//! Contentful's management API: everything has a version, and files are looked at before they have an address.
//!
//! Whim: `slow`, the next file is looked at for a while longer.

use super::{Answer, Call, file, say, serve, silent, text, with};
use crate::Shop;
use crate::books::{Books, Shown, Stand};
use axum::Router;
use axum::response::Response;
use serde_json::{Value, json};

/// The management token of who may publish.
pub const TOKEN: &str = "CFPAT-0123456789";
/// The space.
pub const SPACE: &str = "s1";

const MEDIA_TYPE: &str = "application/vnd.contentful.management.v1+json";
/// The fields of its content type `article`.
const FIELDS: [&str; 5] = ["title", "slug", "body", "summary", "cover"];

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    serve(shop, answer)
}

fn answer(shop: &Shop, call: &Call) -> Answer {
    if call.bearer() != TOKEN {
        return Err(error(
            401,
            "AccessTokenInvalid",
            "The access token you sent could not be found.",
        ));
    }
    let at = call.at();
    if (at.0, at.1.as_slice()) == ("GET", &["users", "me"][..]) {
        return Ok(say(200, json!({ "sys": { "id": "u1" }, "email": "brand@example.com" })));
    }
    let Some(place) = at.1.strip_prefix(&["spaces", SPACE, "environments", "master"]) else {
        return Err(not_found());
    };
    if at.0 == "PUT" && !call.body.is_empty() && call.header("content-type") != MEDIA_TYPE {
        return Err(error(422, "ValidationFailed", "Content-Type"));
    }
    let slow = shop.whim("slow");
    shop.write(|books| match (at.0, place) {
        ("POST", ["uploads"]) => Ok(upload(books, call)),
        ("GET", ["assets", id]) => look(books, id),
        ("PUT", ["assets", id]) => asset(books, id, call),
        ("PUT", ["assets", id, "files", _, "process"]) => process(books, id, call, slow),
        ("PUT", ["assets", id, "published"]) => publish_asset(books, id, call),
        ("GET", ["entries", id]) => found(books, id).map(|shown| say(200, entry(shown))),
        ("PATCH", ["entries", id]) => patch(books, id, call),
        ("PUT", ["entries", id]) => put(books, id, call),
        ("PUT", ["entries", id, "published"]) => publish(books, id, call),
        ("DELETE", ["entries", id, "published"]) => {
            let shown = found(books, id)?;
            if shown.state != Stand::Visible {
                return Err(error(400, "BadRequest", "Not published"));
            }
            shown.state = Stand::Gone;
            bump(shown);
            Ok(say(200, entry(shown)))
        }
        _ => Err(not_found()),
    })
}

/// An error as it words them.
pub fn error(status: u16, id: &str, message: &str) -> Response {
    let body = json!({
        "sys": { "type": "Error", "id": id }, "message": message, "requestId": "r1",
    });
    say(status, body)
}

fn not_found() -> Response {
    error(404, "NotFound", "The resource could not be found.")
}

fn mismatch() -> Response {
    error(409, "VersionMismatch", "Version mismatch error.")
}

fn note(books: &Books, what: &str, id: &str) -> String {
    books.notes.get(&format!("{what} {id}")).cloned().unwrap_or_default()
}

fn set(books: &mut Books, what: &str, id: &str, value: &str) {
    books.notes.insert(format!("{what} {id}"), value.into());
}

fn upload(books: &mut Books, call: &Call) -> Response {
    let id = format!("up{}", books.notes.len());
    let number = file(books, "", "", &call.body).id;
    if let Some(filed) = books.file(&number) {
        (filed.id, filed.ready) = (id.clone(), false);
    }
    say(201, json!({ "sys": { "id": id, "type": "Upload", "expiresAt": "2026-11-22T00:00:00Z" } }))
}

/// An asset: made with an own id once; then only with its version.
fn asset(books: &mut Books, id: &str, call: &Call) -> Answer {
    if !note(books, "version", id).is_empty() {
        return Err(mismatch());
    }
    let fields = &call.json["fields"];
    let upload = text(fields, "/file/en-US/uploadFrom/sys/id").to_owned();
    let Some(filed) = books.file(&upload) else {
        return Err(error(422, "ValidationFailed", "uploadFrom"));
    };
    filed.id = id.into();
    filed.alt = text(fields, "/description/en-US").into();
    filed.name = text(fields, "/file/en-US/fileName").into();
    filed.media_type = text(fields, "/file/en-US/contentType").into();
    set(books, "version", id, "1");
    Ok(say(201, shown_asset(books, id)))
}

fn shown_asset(books: &Books, id: &str) -> Value {
    let version: u64 = note(books, "version", id).parse().unwrap_or_default();
    let mut file = json!({ "contentType": "image/png", "fileName": "cup.png" });
    match note(books, "state", id).as_str() {
        "there" => file["url"] = format!("//images.ctfassets.net/{SPACE}/{id}/cup.png").into(),
        _ => file["uploadFrom"] = json!({ "sys": { "id": "up" } }),
    }
    let mut sys = json!({ "id": id, "type": "Asset", "version": version });
    if note(books, "published", id) == "yes" {
        sys["publishedVersion"] = (version - 1).into();
    }
    json!({ "sys": sys, "fields": { "file": { "en-US": file } } })
}

/// Each look brings a file further.
fn look(books: &mut Books, id: &str) -> Answer {
    let version: u64 = note(books, "version", id).parse().map_err(|_| not_found())?;
    match note(books, "state", id).as_str() {
        "slow" => set(books, "state", id, "processing"),
        "processing" => {
            set(books, "state", id, "there");
            set(books, "version", id, &(version + 1).to_string());
        }
        _ => {}
    }
    Ok(say(200, shown_asset(books, id)))
}

fn versioned(books: &Books, id: &str, call: &Call) -> Result<u64, Response> {
    let version = note(books, "version", id);
    match call.header("x-contentful-version") {
        "" => Err(error(409, "VersionMismatch", "X-Contentful-Version is missing.")),
        given if given == version => Ok(version.parse().unwrap_or_default()),
        _ => Err(mismatch()),
    }
}

fn process(books: &mut Books, id: &str, call: &Call, slow: bool) -> Answer {
    versioned(books, id, call)?;
    set(books, "state", id, if slow { "slow" } else { "processing" });
    Ok(silent(204))
}

fn publish_asset(books: &mut Books, id: &str, call: &Call) -> Answer {
    let version = versioned(books, id, call)?;
    if note(books, "state", id) != "there" {
        return Err(error(422, "ValidationFailed", "the file has no url"));
    }
    set(books, "version", id, &(version + 1).to_string());
    set(books, "published", id, "yes");
    if let Some(filed) = books.file(id) {
        filed.ready = true;
    }
    Ok(say(200, shown_asset(books, id)))
}

fn found<'a>(books: &'a mut Books, id: &str) -> Result<&'a mut Shown, Response> {
    books.shown(id).ok_or_else(not_found)
}

fn version(shown: &Shown) -> u64 {
    shown.body["version"].as_u64().unwrap_or_default()
}

fn bump(shown: &mut Shown) {
    shown.body["version"] = (version(shown) + 1).into();
}

fn entry(shown: &Shown) -> Value {
    let mut sys = json!({ "id": shown.id, "type": "Entry", "version": version(shown) });
    if shown.state == Stand::Visible {
        sys["publishedVersion"] = shown.body["published"].clone();
        sys["publishedCounter"] = shown.times.into();
    }
    json!({ "sys": sys, "fields": shown.body["fields"] })
}

fn put(books: &mut Books, id: &str, call: &Call) -> Answer {
    let fields = &call.json["fields"];
    let known = |name: &String| FIELDS.contains(&name.as_str());
    if !fields.as_object().is_some_and(|fields| fields.keys().all(known)) {
        return Err(error(422, "ValidationFailed", "unknown field"));
    }
    let cover = text(fields, "/cover/en-US/sys/id").to_owned();
    let there = books.files.iter().any(|file| file.id == cover && file.ready);
    if !cover.is_empty() && !there {
        return Err(error(422, "ValidationFailed", "notResolvable"));
    }
    let given = call.header("x-contentful-version").to_owned();
    let place = books.shown.iter().position(|shown| shown.id == id);
    let Some(place) = place else {
        if call.header("x-contentful-content-type") != "article" {
            return Err(error(422, "UnknownContentType", "no such content type"));
        }
        let body = json!({ "fields": fields, "version": 1 });
        let files = Some(cover).filter(|id| !id.is_empty()).into_iter().collect();
        books.shown.push(Shown { id: id.into(), body, files, ..Shown::default() });
        return Ok(say(201, entry(found(books, id)?)));
    };
    let shown = &mut books.shown[place];
    if given != version(shown).to_string() {
        return Err(mismatch());
    }
    shown.body["fields"] = fields.clone();
    shown.changes += 1;
    bump(shown);
    Ok(say(200, entry(shown)))
}

/// Operations on a version: only `add` is known here.
fn patch(books: &mut Books, id: &str, call: &Call) -> Answer {
    if call.header("content-type") != "application/json-patch+json" {
        return Err(error(422, "ValidationFailed", "Content-Type"));
    }
    let mut fields = found(books, id)?.body["fields"].clone();
    for one in call.json.as_array().into_iter().flatten() {
        let path = text(one, "/path").trim_start_matches("/fields/").to_owned();
        match path.split_once('/') {
            None if one["op"] == "add" => fields[path] = one["value"].clone(),
            Some((name, rest)) if one["op"] == "add" && fields[name].is_object() => {
                fields[name][rest] = one["value"].clone();
            }
            _ => return Err(error(422, "ValidationFailed", "path")),
        }
    }
    let cover = text(&fields, "/cover/en-US/sys/id").to_owned();
    if !books.files.iter().any(|file| file.id == cover && file.ready) {
        return Err(error(422, "ValidationFailed", "notResolvable"));
    }
    let shown = found(books, id)?;
    if call.header("x-contentful-version") != version(shown).to_string() {
        return Err(mismatch());
    }
    shown.files = vec![cover];
    shown.body["fields"] = fields;
    shown.changes += 1;
    bump(shown);
    Ok(say(200, entry(shown)))
}

fn publish(books: &mut Books, id: &str, call: &Call) -> Answer {
    let given = call.header("x-contentful-version").to_owned();
    let shown = found(books, id)?;
    if given != version(shown).to_string() {
        return Err(mismatch());
    }
    shown.times += u32::from(shown.state != Stand::Visible);
    shown.state = Stand::Visible;
    shown.body["published"] = version(shown).into();
    bump(shown);
    Ok(with(say(200, entry(shown)), "x-contentful-request-id", "r1"))
}
