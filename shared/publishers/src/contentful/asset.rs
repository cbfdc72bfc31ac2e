//! One file on its way to being shown: sent, made an asset, looked at over there, and published.

use super::{UPLOADS, id, locale, of_version, ok, place, put, read, urls, version};
use crate::line::{Body, Said, Talk};
use domain::publish::{Grant, Sending, Told, Went};
use reqwest::Method;
use serde_json::{Value, json};

/// How long a file is left alone that is looked at over there, in seconds.
const WAIT_S: u32 = 2;

fn path(sending: &Sending, file: usize) -> String {
    format!("/assets/{}", id(sending, &format!("file-{file}")))
}

/// Its address, once it has one.
fn url(grant: &Grant, asset: &Value) -> Option<String> {
    let url = asset["fields"]["file"][locale(grant)]["url"].as_str()?;
    Some(if url.starts_with("//") { format!("https:{url}") } else { url.to_owned() })
}

/// The next thing towards the first file that is not shown yet.
pub(super) async fn next(
    talk: &Talk<'_>,
    grant: &Grant,
    sending: &Sending,
    mut known: Vec<String>,
) -> Said {
    let path = path(sending, known.len());
    let there = match read(talk, &path).await? {
        Some(asset) => asset,
        None => make(talk, grant, sending, known.len()).await?,
    };
    let more = of_version(version(talk, &there)?);
    match url(grant, &there) {
        None => {
            let path = format!("{path}/files/{}/process", locale(grant));
            ok(talk, put(talk, &path, None, &more).await?)?;
            let progress = json!({ "urls": known, "looked_at": known.len() });
            Ok(Told::new(Went::Working).after_s(WAIT_S).knowing(progress))
        }
        Some(url) => {
            if !there["sys"]["publishedVersion"].is_u64() {
                ok(talk, put(talk, &format!("{path}/published"), None, &more).await?)?;
            }
            known.push(url);
            Ok(Told::new(Went::On).knowing(json!({ "urls": known })))
        }
    }
}

/// Sends the bytes, and makes an asset of them under our id; where somebody did meanwhile, theirs is as good.
async fn make(
    talk: &Talk<'_>,
    grant: &Grant,
    sending: &Sending,
    file: usize,
) -> Result<Value, Told> {
    let (bytes, medium) = (&sending.files[file], &sending.form.media[file]);
    let base = grant.setting("uploads").unwrap_or(UPLOADS).trim_end_matches('/');
    let to = format!("{base}{}/uploads", place(grant)?);
    let body = Body::Bytes("application/octet-stream".into(), bytes.bytes.clone());
    let sent = ok(talk, talk.act(Method::POST, &to, body).await?)?;
    let upload = talk.text(&sent, "/sys/id")?;
    let from = json!({ "sys": { "type": "Link", "linkType": "Upload", "id": upload } });
    let file_of = json!({
        "contentType": bytes.media_type, "fileName": bytes.name, "uploadFrom": from,
    });
    let title = medium.caption.as_deref().unwrap_or(&bytes.name);
    let fields = json!({
        "title": { locale(grant): title },
        "description": { locale(grant): medium.alt },
        "file": { locale(grant): file_of },
    });
    let path = path(sending, file);
    let whole = put(talk, &path, Some(json!({ "fields": fields })), &[]).await?;
    match whole.status {
        409 => read(talk, &path).await?.ok_or_else(|| Told::unknown("contentful lost an asset")),
        _ => ok(talk, whole),
    }
}

/// Whether a file that is looked at over there has been.
pub(super) async fn look(talk: &Talk<'_>, grant: &Grant, sending: &Sending) -> Said {
    let known = urls(sending);
    if sending.known("looked_at").is_none() || sending.files.len() <= known.len() {
        return Ok(Told::new(Went::On));
    }
    match read(talk, &path(sending, known.len())).await? {
        Some(asset) if url(grant, &asset).is_none() => {
            version(talk, &asset)?;
            Ok(Told::new(Went::Working).after_s(WAIT_S))
        }
        _ => Ok(Told::new(Went::On)),
    }
}
