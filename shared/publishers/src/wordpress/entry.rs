//! The featured image of a post that is there already.

use super::{code_of, files, ok};
use crate::entry::{Putting, There};
use crate::line::{Body, Said, Talk, encoded};
use domain::ports::Refusal;
use domain::publish::{Sending, Told, Went};
use reqwest::Method;
use serde_json::{Value, json};

fn putting<'a>(sending: &'a Sending, entry: &'a str, image: &'a str) -> Putting<'a> {
    Putting { sending, kind: "wordpress", entry, image, field: "featured_media" }
}

fn path(entry: &str) -> String {
    format!("/posts/{}", encoded(entry))
}

/// The next thing: it is read, or written.
pub(super) async fn go(talk: &Talk<'_>, sending: &Sending, entry: &str) -> Said {
    let wanted = files(sending)[0]["id"].clone();
    let image = wanted.to_string();
    let putting = putting(sending, entry, &image);
    if putting.lock().is_none() {
        return read(talk, &putting).await;
    }
    let body = Body::Json(json!({ "featured_media": wanted }));
    let whole = talk.act(Method::POST, &path(entry), body).await?;
    if whole.status == 404 {
        return Err(putting.none());
    }
    let post = ok(talk, whole)?;
    // A picture that it does not find is silently none.
    if post["featured_media"] != wanted {
        talk.lacks("featured_media", format!("{} for {wanted}", post["featured_media"]));
        let why = "wordpress does not take the picture; the post stays as it was";
        return Err(Told::refused(Refusal::Never, why));
    }
    Ok(putting.done(there(talk, &post)?))
}

pub(super) async fn look(talk: &Talk<'_>, sending: &Sending, entry: &str) -> Said {
    match files(sending).first() {
        Some(file) => read(talk, &putting(sending, entry, &file["id"].to_string())).await,
        None => Ok(Told::new(Went::On)),
    }
}

async fn read(talk: &Talk<'_>, putting: &Putting<'_>) -> Said {
    let whole = talk.ask(&format!("{}?context=edit", path(putting.entry))).await?;
    match whole.status {
        200 => putting.read(Some(there(talk, &whole.json())?)),
        404 => putting.read(None),
        _ => Err(talk.untold(&whole, &code_of(&whole))),
    }
}

fn there(talk: &Talk<'_>, post: &Value) -> Result<There, Told> {
    let image = post["featured_media"].as_u64().filter(|id| *id != 0);
    let image = image.map_or_else(String::new, |id| id.to_string());
    // It has no condition: the last to write is right.
    Ok(There {
        lock: true.into(),
        stamps: vec![format!("{}/{image}", talk.text(post, "/modified_gmt")?)],
        url: talk.text(post, "/link")?,
        image,
        ..There::default()
    })
}
