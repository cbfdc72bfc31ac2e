//! The picture of a post that is there already: written as it was read last.

use super::{post, refusal, urls};
use crate::entry::{Putting, There};
use crate::line::{Body, Said, Talk, encoded};
use domain::publish::{Sending, Told, Went};
use reqwest::Method;
use serde_json::{Value, json};

fn putting<'a>(sending: &'a Sending, entry: &'a str, image: &'a str) -> Putting<'a> {
    Putting { sending, kind: "ghost", entry, image, field: "feature_image" }
}

fn path(entry: &str) -> String {
    format!("/posts/{}/", encoded(entry))
}

/// The next thing: it is read, or written.
pub(super) async fn go(talk: &Talk<'_>, sending: &Sending, entry: &str) -> Said {
    let known = urls(sending);
    let (image, medium) = (known[0].as_str(), &sending.form.media[0]);
    let putting = putting(sending, entry, image);
    let Some(lock) = putting.lock() else { return read(talk, &putting).await };
    let change = json!({
        "feature_image": image, "feature_image_alt": medium.alt,
        "feature_image_caption": medium.caption, "updated_at": lock,
    });
    let body = Body::Json(json!({ "posts": [change] }));
    let whole = talk.act(Method::PUT, &path(entry), body).await?;
    match whole.status {
        404 => return Err(putting.none()),
        409 => return Err(putting.stale(refusal(talk, &whole))),
        _ => {}
    }
    let written = post(talk, &super::ok(talk, whole)?)?;
    let stamps = vec![talk.text(&written, "/updated_at")?];
    Ok(putting.done(There { stamps, ..there(talk, &written)? }))
}

pub(super) async fn look(talk: &Talk<'_>, sending: &Sending, entry: &str) -> Said {
    match urls(sending).first() {
        Some(image) => read(talk, &putting(sending, entry, image)).await,
        None => Ok(Told::new(Went::On)),
    }
}

async fn read(talk: &Talk<'_>, putting: &Putting<'_>) -> Said {
    let whole = talk.ask(&path(putting.entry)).await?;
    let body = whole.json();
    match whole.status {
        200 => putting.read(Some(there(talk, &post(talk, &body)?)?)),
        404 => putting.read(None),
        _ => Err(talk.untold(&whole, body["errors"][0]["type"].as_str().unwrap_or_default())),
    }
}

fn there(talk: &Talk<'_>, post: &Value) -> Result<There, Told> {
    Ok(There {
        image: post["feature_image"].as_str().unwrap_or_default().into(),
        lock: talk.text(post, "/updated_at")?.into(),
        url: talk.text(post, "/url")?,
        ..There::default()
    })
}
