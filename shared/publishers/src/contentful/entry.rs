//! The picture of an entry that is there already; published again where all of it was published.

use super::{FIELDS, id, locale, of_version, ok, place, put, read as ask, urls, version};
use crate::entry::{Putting, There};
use crate::line::{Body, Said, Talk, encoded};
use crate::named;
use domain::publish::{Grant, Sending, Told};
use reqwest::Method;
use serde_json::json;

const PATCH: &str = "application/json-patch+json";

fn path(entry: &str) -> String {
    format!("/entries/{}", encoded(entry))
}

/// The next thing: it is read, written, or published again.
pub(super) async fn go(talk: &Talk<'_>, grant: &Grant, sending: &Sending, entry: &str) -> Said {
    let (image, field) = (id(sending, "file-0"), named::field(grant, "cover", &FIELDS)?);
    let putting = Putting { sending, kind: "contentful", entry, image: &image, field: &field };
    let Some(lock) = putting.lock() else { return read(talk, grant, &putting).await };
    let whole = match (lock["show"].as_u64(), lock["version"].as_u64()) {
        (Some(known), _) => {
            let path = format!("{}/published", path(entry));
            put(talk, &path, None, &of_version(known)).await?
        }
        (None, known) => {
            let link = json!({ "sys": { "type": "Link", "linkType": "Asset", "id": image } });
            let (at, value) = match lock["has"] == true {
                true => (format!("/fields/{field}/{}", locale(grant)), link),
                false => (format!("/fields/{field}"), json!({ locale(grant): link })),
            };
            let body = json!([{ "op": "add", "path": at, "value": value }]);
            let [of_version] = of_version(known.unwrap_or_default());
            let more = [("content-type", PATCH.to_owned()), of_version];
            talk.act_with(Method::PATCH, &path(entry), Body::Json(body), &more).await?
        }
    };
    let stale = whole.status == 409;
    let body = match ok(talk, whole) {
        Err(told) if stale => return Err(putting.stale(told)),
        body => body?,
    };
    let now = version(talk, &body)?;
    match lock["publish"] == true && lock["show"].is_null() {
        true => Ok(putting.locked(json!({ "show": now, "publish": true }))),
        false => Ok(putting.done(There { url: url(grant, &putting)?, ..There::default() })),
    }
}

pub(super) async fn look(talk: &Talk<'_>, grant: &Grant, sending: &Sending, entry: &str) -> Said {
    if urls(sending).len() < sending.files.len() {
        return super::asset::look(talk, grant, sending).await;
    }
    let (image, field) = (id(sending, "file-0"), named::field(grant, "cover", &FIELDS)?);
    let putting = Putting { sending, kind: "contentful", entry, image: &image, field: &field };
    read(talk, grant, &putting).await
}

fn url(grant: &Grant, putting: &Putting<'_>) -> Result<String, Told> {
    let usual =
        format!("https://app.contentful.com{}/entries/{}", place(grant)?, encoded(putting.entry));
    Ok(named::page(grant, putting.sending, putting.entry, usual))
}

async fn read(talk: &Talk<'_>, grant: &Grant, putting: &Putting<'_>) -> Said {
    let Some(entry) = ask(talk, &path(putting.entry)).await? else { return putting.read(None) };
    let now = version(talk, &entry)?;
    let field = &entry["fields"][putting.field];
    let image = field[locale(grant)]["sys"]["id"].as_str().unwrap_or_default().to_owned();
    let sys = &entry["sys"];
    // A change since is not published yet, and stays so.
    let whole = sys["publishedVersion"].as_u64().is_some_and(|shown| now == shown + 1);
    let publish = putting.lock().is_some_and(|lock| lock["publish"] == true);
    if image == putting.image && publish && !whole {
        return Ok(putting.locked(json!({ "show": now, "publish": true })));
    }
    let revision = sys["publishedCounter"].as_u64().unwrap_or_default() + 1;
    let ahead = match whole {
        true => vec![format!("v{}", now + 1), format!("v{}", now + 2), format!("r{revision}")],
        false => vec![format!("v{}", now + 1)],
    };
    let lock = json!({ "version": now, "publish": whole, "has": field.is_object() });
    let url = url(grant, putting)?;
    putting.read(Some(There { image, lock, ahead, url, ..There::default() }))
}
