//! The picture of an item that is there already.

use super::{FIELDS, code, items, ok};
use crate::entry::{Putting, There};
use crate::line::{Body, Said, Talk, encoded};
use crate::named;
use domain::publish::{Grant, Sending, Told, Went};
use reqwest::Method;
use serde_json::{Value, json};

/// The next thing: it is read, or written.
pub(super) async fn go(talk: &Talk<'_>, grant: &Grant, sending: &Sending, entry: &str) -> Said {
    let (image, field) = (sending.uuid("file-0"), named::field(grant, "image", &FIELDS)?);
    let putting = Putting { sending, kind: "directus", entry, image: &image, field: &field };
    if putting.lock().is_none() {
        return read(talk, grant, &putting).await;
    }
    let body = Body::Json(json!({ &field: image }));
    let whole = talk.act(Method::PATCH, &path(grant, entry), body).await?;
    let body = ok(talk, whole)?;
    talk.text(&body, "/data/id")?;
    let at = body["data"]["date_updated"].as_str().map(str::to_owned);
    Ok(putting.done(There { stamps: at.into_iter().collect(), ..there(grant, &putting, &body) }))
}

pub(super) async fn look(talk: &Talk<'_>, grant: &Grant, sending: &Sending, entry: &str) -> Said {
    let (image, field) = (sending.uuid("file-0"), named::field(grant, "image", &FIELDS)?);
    let putting = Putting { sending, kind: "directus", entry, image: &image, field: &field };
    match sending.known("files") {
        Some(_) => read(talk, grant, &putting).await,
        None => Ok(Told::new(Went::On)),
    }
}

fn path(grant: &Grant, entry: &str) -> String {
    format!("{}/{}", items(grant), encoded(entry))
}

/// What is not there is forbidden.
async fn read(talk: &Talk<'_>, grant: &Grant, putting: &Putting<'_>) -> Said {
    let whole = talk.ask(&path(grant, putting.entry)).await?;
    match whole.status {
        200 => {
            let body = whole.json();
            talk.text(&body, "/data/id")?;
            putting.read(Some(there(grant, putting, &body)))
        }
        403 | 404 => putting.read(None),
        _ => Err(talk.untold(&whole, &code(&whole).1)),
    }
}

fn there(grant: &Grant, putting: &Putting<'_>, body: &Value) -> There {
    let value = &body["data"][putting.field];
    let image = value.as_str().or(value["id"].as_str()).unwrap_or_default().to_owned();
    let site = grant.setting("site").unwrap_or_default();
    let usual = format!("{site}{}", path(grant, putting.entry));
    let url = named::page(grant, putting.sending, putting.entry, usual);
    // It has no condition: the last to write is right.
    There { image, lock: true.into(), url, ..There::default() }
}
