//! The picture of a document that is there already, and of its draft where it has one, in one transaction of our name.

use super::{FIELDS, base, dataset, images, ok};
use crate::entry::{Putting, There};
use crate::line::{Body, Said, Talk, encoded};
use crate::named;
use domain::ports::Refusal;
use domain::publish::{Grant, Sending, Told, Went};
use reqwest::Method;
use serde_json::{Map, Value, json};

/// The next thing: it is read, or written.
pub(super) async fn go(talk: &Talk<'_>, grant: &Grant, sending: &Sending, entry: &str) -> Said {
    let image = reference(&images(sending)[0]);
    let field = named::field(grant, "image", &FIELDS)?;
    let putting = Putting { sending, kind: "sanity", entry, image: &image, field: &field };
    let Some(Value::Object(lock)) = putting.lock() else {
        return read(talk, grant, &putting).await;
    };
    let value = json!({
        "_type": "image", "alt": sending.form.media[0].alt,
        "asset": { "_type": "reference", "_ref": image },
    });
    let patch = |(id, rev): (&String, &Value)| json!({ "patch": { "id": id, "ifRevisionID": rev, "set": { &field: value } } });
    let mutations: Vec<Value> = lock.iter().map(patch).collect();
    let body = json!({ "mutations": mutations, "transactionId": transaction(sending) });
    let path = format!("/data/mutate/{}?returnIds=true&visibility=sync", dataset(grant));
    let whole = talk.act(Method::POST, &path, Body::Json(body)).await?;
    let error = whole.json()["error"]["items"][0]["error"]["type"].clone();
    if whole.status == 409 && error != "referenceError" {
        let why = "sanity: somebody wrote meanwhile";
        return Err(putting.stale(Told::refused(Refusal::Later, why).after_s(1)));
    }
    let made = ok(talk, whole)?;
    talk.text(&made, "/results/0/id")?;
    Ok(putting.done(There { url: url(grant, &putting)?, ..There::default() }))
}

pub(super) async fn look(talk: &Talk<'_>, grant: &Grant, sending: &Sending, entry: &str) -> Said {
    let Some(known) = images(sending).first().cloned() else { return Ok(Told::new(Went::On)) };
    let (image, field) = (reference(&known), named::field(grant, "image", &FIELDS)?);
    let putting = Putting { sending, kind: "sanity", entry, image: &image, field: &field };
    read(talk, grant, &putting).await
}

fn reference(image: &Value) -> String {
    image["id"].as_str().unwrap_or_default().to_owned()
}

/// Documents have the name of the transaction that wrote them last as their revision.
fn transaction(sending: &Sending) -> String {
    format!("galley-{}", sending.uuid("entry"))
}

fn url(grant: &Grant, putting: &Putting<'_>) -> Result<String, Told> {
    let id = encoded(putting.entry);
    let usual = format!("{}/{}/data/doc/{}/{id}", base(grant)?, super::VERSION, dataset(grant));
    Ok(named::page(grant, putting.sending, putting.entry, usual))
}

async fn read(talk: &Talk<'_>, grant: &Grant, putting: &Putting<'_>) -> Said {
    let id = encoded(putting.entry);
    let whole = talk.ask(&format!("/data/doc/{}/{id},drafts.{id}", dataset(grant))).await?;
    let body = whole.json();
    let documents = match (whole.status, body["documents"].as_array()) {
        (200, Some(documents)) if documents.is_empty() => return putting.read(None),
        (200, Some(documents)) => documents,
        (200, None) => return Err(talk.missing(&body, "/documents")),
        _ => return Err(talk.untold(&whole, body["message"].as_str().unwrap_or_default())),
    };
    let mut lock = Map::new();
    let mut shown = Vec::new();
    for document in documents {
        lock.insert(talk.text(document, "/_id")?, talk.text(document, "/_rev")?.into());
        let image = &document[putting.field]["asset"]["_ref"];
        shown.push(image.as_str().unwrap_or_default().to_owned());
    }
    // It is there once all of them have it.
    let other = shown.iter().find(|image| *image != putting.image);
    putting.read(Some(There {
        image: other.unwrap_or(&shown[0]).clone(),
        lock: Value::Object(lock),
        ahead: vec![transaction(putting.sending)],
        url: url(grant, putting)?,
        ..There::default()
    }))
}
