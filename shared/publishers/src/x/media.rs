//! One upload: begun, sent in parts, ended, and described; films are looked at over there for a while.

use super::ok;
use crate::line::{Body, Talk, encoded};
use domain::ports::Refusal;
use domain::publish::{File, Told};
use guard::form::Form;
use reqwest::Method;
use serde_json::{Value, json};

/// So many bytes go in one part.
const PART: usize = 4 << 20;
/// How long a film is left alone, where nobody says how long.
const WAIT_S: u32 = 5;

/// Uploads a file. What must be remembered of it, and after how many seconds it is looked at, if it must be.
pub(super) async fn upload(
    talk: &Talk<'_>,
    file: &File,
    alt: &str,
) -> Result<(Value, Option<u32>), Told> {
    let category = match file.media_type.as_str() {
        "image/gif" => "tweet_gif",
        kind if kind.starts_with("image/") => "tweet_image",
        _ => "tweet_video",
    };
    let begin = json!({
        "media_type": file.media_type, "total_bytes": file.bytes.len(), "media_category": category,
    });
    let path = "/media/upload/initialize";
    let body = ok(talk, talk.act(Method::POST, path, Body::Json(begin)).await?)?;
    let id = talk.text(&body, "/data/id")?;
    for (index, part) in file.bytes.chunks(PART).enumerate() {
        let form = Form::default().text("segment_index", index).called(
            "media",
            &file.name,
            "application/octet-stream",
            part.to_vec(),
        );
        let path = format!("/media/upload/{}/append", encoded(&id));
        ok(talk, talk.act(Method::POST, &path, Body::Form(form)).await?)?;
    }
    let path = format!("/media/upload/{}/finalize", encoded(&id));
    let body = ok(talk, talk.act(Method::POST, &path, Body::None).await?)?;
    talk.text(&body, "/data/id")?;
    if !alt.is_empty() {
        let words = json!({ "id": id, "metadata": { "alt_text": { "text": alt } } });
        ok(talk, talk.act(Method::POST, "/media/metadata", Body::Json(words)).await?)?;
    }
    let wait_s = standing(talk, &body)?;
    Ok((json!({ "id": id, "ready": wait_s.is_none() }), wait_s))
}

/// Looks at a film: after how many seconds to look again, or that it is ready.
pub(super) async fn look(talk: &Talk<'_>, media: &mut Value) -> Result<Option<u32>, Told> {
    let id = media["id"].as_str().unwrap_or_default();
    let path = format!("/media/upload?media_id={}&command=STATUS", encoded(id));
    let whole = talk.ask(&path).await?;
    if whole.status != 200 {
        return Err(talk.untold(&whole, ""));
    }
    let wait_s = standing(talk, &whole.json())?;
    media["ready"] = wait_s.is_none().into();
    Ok(wait_s)
}

/// The table of states. One that is not in it means that it is still looked at.
fn standing(talk: &Talk<'_>, body: &Value) -> Result<Option<u32>, Told> {
    let info = &body["data"]["processing_info"];
    let after = info["check_after_secs"].as_u64().and_then(|seconds| u32::try_from(seconds).ok());
    match info["state"].as_str() {
        None if info.is_null() => Ok(None),
        Some("succeeded") => Ok(None),
        Some("failed") => {
            let why = info["error"]["name"].as_str().unwrap_or("it says not why");
            let why = domain::vendor::reason(&format!("x cannot show the film: {why}"));
            Err(Told::refused(Refusal::Never, why))
        }
        state => {
            if !matches!(state, Some("pending" | "in_progress")) {
                talk.lacks("data.processing_info.state", domain::vendor::found(&info["state"]));
            }
            Ok(Some(after.unwrap_or(WAIT_S)))
        }
    }
}
