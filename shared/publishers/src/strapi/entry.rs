//! The picture of an entry that is there already: of its draft, and of what is published where the two are the same.

use super::{FIELDS, files, ok, plural, words};
use crate::entry::{Putting, There};
use crate::line::{Body, Said, Talk, encoded};
use crate::named;
use domain::publish::{Grant, Sending, Told, Went};
use reqwest::Method;
use serde_json::{Value, json};

/// Word of one change comes twice: of the draft, and of its publishing.
pub(super) const TWICE_S: u32 = 30;

/// The next thing: it is read, or written.
pub(super) async fn go(talk: &Talk<'_>, grant: &Grant, sending: &Sending, entry: &str) -> Said {
    let wanted = files(sending)[0]["id"].clone();
    let (image, field) = (wanted.to_string(), named::field(grant, "cover", &FIELDS)?);
    let putting = Putting { sending, kind: "strapi", entry, image: &image, field: &field };
    let Some(state) = putting.lock() else { return read(talk, grant, &putting).await };
    let path = format!("{}?status={}", path(grant, entry), state.as_str().unwrap_or("draft"));
    let body = Body::Json(json!({ "data": { &field: wanted } }));
    let whole = talk.act(Method::PUT, &path, body).await?;
    if whole.status == 404 {
        return Err(putting.none());
    }
    let body = ok(talk, whole)?;
    talk.text(&body, "/data/documentId")?;
    Ok(putting.done(there(talk, grant, &putting, &body["data"])?))
}

pub(super) async fn look(talk: &Talk<'_>, grant: &Grant, sending: &Sending, entry: &str) -> Said {
    let Some(file) = files(sending).first().cloned() else { return Ok(Told::new(Went::On)) };
    let (image, field) = (file["id"].to_string(), named::field(grant, "cover", &FIELDS)?);
    let putting = Putting { sending, kind: "strapi", entry, image: &image, field: &field };
    read(talk, grant, &putting).await
}

fn path(grant: &Grant, entry: &str) -> String {
    format!("/{}/{}", plural(grant), encoded(entry))
}

async fn version(
    talk: &Talk<'_>,
    grant: &Grant,
    putting: &Putting<'_>,
    state: &str,
) -> Result<Option<Value>, Told> {
    let (path, field) = (path(grant, putting.entry), encoded(putting.field));
    let whole = talk.ask(&format!("{path}?status={state}&populate={field}")).await?;
    match whole.status {
        200 => Ok(Some(whole.json()["data"].clone()).filter(Value::is_object)),
        404 => Ok(None),
        _ => Err(talk.untold(&whole, &words(&whole))),
    }
}

async fn read(talk: &Talk<'_>, grant: &Grant, putting: &Putting<'_>) -> Said {
    let Some(draft) = version(talk, grant, putting, "draft").await? else {
        return putting.read(None);
    };
    let shown = version(talk, grant, putting, "published").await?;
    let at = |entry: &Value| entry["updatedAt"].as_str().unwrap_or_default().to_owned();
    // What people have not published yet stays unpublished.
    let whole = shown.as_ref().is_some_and(|shown| at(&draft) <= at(shown));
    let state = if whole { "published" } else { "draft" };
    putting.read(Some(There { lock: state.into(), ..there(talk, grant, putting, &draft)? }))
}

fn there(
    talk: &Talk<'_>,
    grant: &Grant,
    putting: &Putting<'_>,
    data: &Value,
) -> Result<There, Told> {
    let image = data[putting.field]["id"].as_u64().map_or_else(String::new, |id| id.to_string());
    let site = grant.setting("site").unwrap_or_default();
    let usual = format!("{site}/api{}", path(grant, putting.entry));
    Ok(There {
        image,
        stamps: vec![talk.text(data, "/updatedAt")?],
        open_s: TWICE_S,
        url: named::page(grant, putting.sending, putting.entry, usual),
        ..There::default()
    })
}
