//! Sanity: pictures are known by their bytes, and everything else is a mutation.

use super::{Answer, Call, file, say, serve, text};
use crate::Shop;
use crate::books::{Books, Shown, Stand};
use axum::Router;
use axum::response::Response;
use domain::sign::sha256;
use serde_json::{Value, json};

/// The token of who may publish.
pub const TOKEN: &str = "sk-sanity-0123456789";

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    serve(shop, answer)
}

fn answer(shop: &Shop, call: &Call) -> Answer {
    let at = call.at();
    let [version, place @ ..] = at.1.as_slice() else { return Err(none()) };
    if !(version.starts_with("v20") && version.len() == 11) {
        return Err(error(400, "Bad Request", "invalid version"));
    }
    if call.bearer() != TOKEN {
        return Err(error(401, "Unauthorized", "Session not found"));
    }
    shop.write(|books| match (at.0, place) {
        ("GET", ["users", "me"]) => Ok(say(200, json!({ "id": "p1", "name": "Brand" }))),
        ("POST", ["assets", "images", "production"]) => Ok(upload(books, call)),
        ("POST", ["data", "mutate", "production"]) => mutate(books, &call.json),
        ("GET", ["data", "doc", "production", id]) => Ok(read(books, id)),
        _ => Err(none()),
    })
}

/// An error as it words them.
pub fn error(status: u16, error: &str, message: &str) -> Response {
    say(status, json!({ "statusCode": status, "error": error, "message": message }))
}

fn none() -> Response {
    error(404, "Not Found", "Not Found")
}

/// The same bytes are the same picture.
fn upload(books: &mut Books, call: &Call) -> Response {
    let hash = sha256(&call.body);
    let id = format!("image-{}-320x200-png", &hash[..40]);
    if books.file(&id).is_none() {
        let number =
            file(books, call.asked("filename"), call.header("content-type"), &call.body).id;
        if let Some(filed) = books.file(&number) {
            filed.id.clone_from(&id);
        }
    }
    let url = format!("https://cdn.sanity.io/images/p/production/{}-320x200.png", &hash[..40]);
    let document = json!({
        "_id": id, "_type": "sanity.imageAsset", "url": url, "sha1hash": &hash[..40],
        "mimeType": call.header("content-type"), "size": call.body.len(),
    });
    say(200, json!({ "document": document }))
}

fn mutate(books: &mut Books, body: &Value) -> Answer {
    let mut results = Vec::new();
    // All of a transaction happens, or nothing; its name is the revision of what it wrote.
    let name = text(body, "/transactionId").to_owned();
    if !name.is_empty() && books.notes.contains_key(&format!("transaction {name}")) {
        return Err(fails("transactionAlreadyExistsError", "the transaction was made already"));
    }
    for mutation in body["mutations"].as_array().into_iter().flatten() {
        let (verb, what) = match mutation.as_object().and_then(|fields| fields.iter().next()) {
            Some((verb, what)) => (verb.as_str(), what),
            None => return Err(error(400, "Bad Request", "empty mutation")),
        };
        let operation = match verb {
            "create" | "createIfNotExists" | "createOrReplace" => put(books, verb, what)?,
            "patch" => patch(books, &name, what)?,
            "delete" => {
                if let Some(shown) = books.shown(text(what, "/id")) {
                    shown.state = Stand::Gone;
                }
                "delete"
            }
            _ => return Err(error(400, "Bad Request", "unknown mutation")),
        };
        let id = [text(what, "/_id"), text(what, "/id")].concat();
        results.push(json!({ "id": id, "operation": operation }));
    }
    if !name.is_empty() {
        books.notes.insert(format!("transaction {name}"), "made".into());
    }
    Ok(say(200, json!({ "transactionId": body["transactionId"], "results": results })))
}

fn fails(kind: &str, what: &str) -> Response {
    let item = json!({ "error": { "type": kind, "description": what } });
    let error = json!({ "type": "mutationError", "description": what, "items": [item] });
    say(409, json!({ "error": error }))
}

/// Fields of what is there are set, where its revision is the one that is asked for.
fn patch(books: &mut Books, transaction: &str, what: &Value) -> Result<&'static str, Response> {
    let picture = text(what, "/set/image/asset/_ref").to_owned();
    if !picture.is_empty() && books.file(&picture).is_none() {
        return Err(fails("referenceError", "references non-existent document"));
    }
    let Some(shown) = books.shown(text(what, "/id")) else {
        return Err(fails("mutationError", "the document was not found"));
    };
    if what["ifRevisionID"].as_str().is_some_and(|rev| rev != revision(shown)) {
        return Err(fails("mutationError", "the revision does not match"));
    }
    for (name, value) in what["set"].as_object().into_iter().flatten() {
        shown.body[name] = value.clone();
    }
    shown.files = vec![picture];
    shown.alts = vec![text(what, "/set/image/alt").to_owned()];
    shown.changes += 1;
    shown.body["_rev"] = transaction.into();
    Ok("update")
}

fn revision(shown: &Shown) -> String {
    let own = shown.body["_rev"].as_str().map(str::to_owned);
    own.unwrap_or_else(|| format!("rev-{}", shown.changes))
}

/// What shows a picture that is not there cannot be written.
fn put(books: &mut Books, name: &str, document: &Value) -> Result<&'static str, Response> {
    if text(document, "/_type").is_empty() {
        return Err(error(400, "Bad Request", "_type is missing"));
    }
    let picture = text(document, "/image/asset/_ref").to_owned();
    if !picture.is_empty() && books.file(&picture).is_none() {
        return Err(fails("referenceError", "references non-existent document"));
    }
    let id = text(document, "/_id").to_owned();
    let there = books.shown.iter().position(|shown| shown.id == id && shown.state != Stand::Gone);
    match (there, name) {
        (Some(_), "create") => Err(fails("documentAlreadyExistsError", "already exists")),
        (Some(_), "createIfNotExists") => Ok("none"),
        (Some(place), _) => {
            let shown = &mut books.shown[place];
            shown.changes += 1;
            shown.body = document.clone();
            if let Some(fields) = shown.body.as_object_mut() {
                fields.remove("_rev");
            }
            Ok("update")
        }
        (None, _) => {
            let draft = id.starts_with("drafts.");
            let has = !picture.is_empty();
            books.shown.push(Shown {
                state: if draft { Stand::Draft } else { Stand::Visible },
                times: u32::from(!draft),
                key: text(document, "/slug/current").into(),
                files: Some(picture).filter(|_| has).into_iter().collect(),
                alts: Some(text(document, "/image/alt").to_owned())
                    .filter(|_| has)
                    .into_iter()
                    .collect(),
                body: document.clone(),
                id,
                ..Shown::default()
            });
            Ok("create")
        }
    }
}

fn read(books: &mut Books, id: &str) -> Response {
    let there = |id: &str| {
        let shown =
            books.shown.iter().find(|shown| shown.id == id && shown.state != Stand::Gone)?;
        let mut document = shown.body.clone();
        document["_rev"] = revision(shown).into();
        Some(document)
    };
    let found: Vec<Value> = id.split(',').filter_map(there).collect();
    say(200, json!({ "documents": found, "omitted": [] }))
}
