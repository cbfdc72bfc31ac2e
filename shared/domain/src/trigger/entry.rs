//! What an event of a content management system tells of an entry: which it is, and which state of it.

use super::Scheme;
use crate::publish::entry::Seen;
use serde_json::{Map, Value};

/// An entry, as an event tells of it.
pub type Entry = Seen;

/// The entry that an event tells of; or why it tells of none that a trigger could wait for.
pub fn tells(scheme: Scheme, detail: &Value) -> Result<Entry, String> {
    match scheme {
        Scheme::Ghost => ghost(detail),
        Scheme::Contentful => contentful(detail),
        Scheme::Sanity => sanity(detail),
        Scheme::Strapi => strapi(detail),
        Scheme::Directus => directus(detail),
        Scheme::WordPress => wordpress(detail),
        Scheme::Standard | Scheme::HmacSha256 => Err("it tells of no entry".into()),
    }
}

/// What tells an event from others: its entry, and which state of it; none where the body does not say.
pub(super) fn event_id(scheme: Scheme, body: &[u8]) -> Option<String> {
    let entry = tells(scheme, &serde_json::from_slice(body).ok()?).ok()?;
    Some(format!("{}@{}", entry.id, entry.stamps.first()?))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) if number.as_u64() != Some(0) => Some(number.to_string()),
        _ => None,
    }
}

fn need(value: &Value, what: &str) -> Result<String, String> {
    text(value).ok_or_else(|| format!("it tells of no entry: there is no {what}"))
}

fn names(value: &Value) -> Option<Vec<String>> {
    let fields = value.as_object().filter(|fields| !fields.is_empty())?;
    Some(fields.keys().cloned().collect())
}

/// `{ post: { current, previous } }`; `previous` has what was changed, as it was.
fn ghost(detail: &Value) -> Result<Entry, String> {
    let none = &Value::Null;
    let post = ["post", "page"].iter().find_map(|kind| detail.get(*kind)).unwrap_or(none);
    let current = &post["current"];
    Ok(Entry {
        id: need(&current["id"], "post.current.id")?,
        images: Some(text(&current["feature_image"]).into_iter().collect()),
        stamps: text(&current["updated_at"]).into_iter().collect(),
        changed: names(&post["previous"]),
        new: false,
    })
}

/// The entry itself. What is saved has a version, what is published a revision.
fn contentful(detail: &Value) -> Result<Entry, String> {
    let sys = &detail["sys"];
    if sys["type"] != "Entry" {
        return Err("it tells of no entry: sys.type is not \"Entry\"".into());
    }
    let mark = |name: &str, letter: &str| {
        let number = sys[name].as_u64()?;
        Some(format!("{letter}{number}"))
    };
    let stamps = [mark("version", "v"), mark("revision", "r")];
    Ok(Entry {
        id: need(&sys["id"], "sys.id")?,
        images: Some(linked(&detail["fields"])),
        stamps: stamps.into_iter().flatten().collect(),
        changed: None,
        new: false,
    })
}

/// The ids of all that an entry's fields link to, in each language.
fn linked(fields: &Value) -> Vec<String> {
    let values = fields.as_object().into_iter().flat_map(Map::values);
    let values = values.filter_map(Value::as_object).flat_map(Map::values);
    values.filter_map(|value| text(&value["sys"]["id"])).collect()
}

/// What the webhook's projection has. A draft is an entry as well.
fn sanity(detail: &Value) -> Result<Entry, String> {
    let id = need(&detail["_id"], "_id")?;
    if detail["_type"].as_str().is_some_and(|kind| kind.starts_with("sanity.")) {
        return Err("it tells of no entry: it is a file or what the system keeps".into());
    }
    let rev = text(&detail["_rev"]);
    let rev = rev.ok_or(
        "the projection has no _rev, by which our own changes are known: write {_id, _rev, …}",
    )?;
    Ok(Entry {
        id: id.trim_start_matches("drafts.").to_owned(),
        images: None,
        stamps: vec![rev],
        changed: None,
        new: false,
    })
}

/// `{ event, model, entry }`. The entry's number changes with every publishing, its `documentId` does not.
fn strapi(detail: &Value) -> Result<Entry, String> {
    let entry = &detail["entry"];
    let files = entry.as_object().into_iter().flat_map(Map::values);
    let files = files.filter(|value| value["url"].is_string() && value["mime"].is_string());
    let files: Vec<String> = files.filter_map(|file| text(&file["id"])).collect();
    Ok(Entry {
        id: need(&entry["documentId"], "entry.documentId")?,
        images: Some(files).filter(|files| !files.is_empty()),
        stamps: text(&entry["updatedAt"]).into_iter().collect(),
        changed: None,
        new: false,
    })
}

/// `{ event, collection, key or keys, payload }`, as a flow has them, and the `entry` that it read; `payload` has
/// what was changed. Where its templates find nothing they write `undefined` or `null`.
fn directus(detail: &Value) -> Result<Entry, String> {
    if detail["collection"].as_str().is_some_and(|name| name.starts_with("directus_")) {
        return Err("it tells of no entry: the collection is one of the system's own".into());
    }
    let payload = &detail["payload"];
    let values = payload.as_object().into_iter().flat_map(Map::values);
    let said = |value: &Value| text(value).filter(|text| text != "undefined" && text != "null");
    let key = [&detail["key"], &detail["keys"][0]].into_iter().find_map(said);
    let at = [&detail["date_updated"], &detail["entry"]["date_updated"]];
    Ok(Entry {
        id: key.ok_or("it tells of no entry: there is no key and no keys")?,
        images: Some(values.filter_map(text).collect()),
        stamps: at.into_iter().find_map(said).into_iter().collect(),
        changed: names(payload),
        new: detail["event"].as_str().is_some_and(|event| event.ends_with(".create")),
    })
}

/// A post, as its REST API has it.
fn wordpress(detail: &Value) -> Result<Entry, String> {
    if detail["type"] == "attachment" {
        return Err("it tells of no entry: it is a file".into());
    }
    let image = text(&detail["featured_media"]);
    let at = ["modified_gmt", "date_modified_gmt"].iter().find_map(|name| text(&detail[*name]));
    let stamp = at.map(|at| format!("{at}/{}", image.as_deref().unwrap_or("0")));
    Ok(Entry {
        id: need(&detail["id"], "id")?,
        images: Some(image.into_iter().collect()),
        stamps: stamp.into_iter().collect(),
        changed: None,
        new: false,
    })
}
