//! Directus: files and an item under keys of our own, so that to send again does no harm.

mod entry;

use crate::guarded::Whole;
use crate::line::{Body, Line, Said, Talk, base, encoded, probed, secret};
use crate::{named, verb};
use async_trait::async_trait;
use domain::post::Able;
use domain::publish::{Grant, Place, Probed, Sending, Spoke, Told, Went};
use guard::form::Form;
use reqwest::Method;
use serde_json::{Value, json};

/// Directus.
#[derive(Clone, Debug)]
pub struct Directus(Line);

impl Directus {
    /// Calls sites so.
    pub fn new(line: Line) -> Self {
        Self(line)
    }

    fn talk(&self, grant: &Grant) -> Result<Talk<'_>, Told> {
        let token = secret(grant, "token")?;
        let talk = self.0.talk("directus", &base(grant, "")?);
        Ok(talk.with("authorization", format!("Bearer {token}")))
    }
}

#[async_trait]
impl Spoke for Directus {
    fn able(&self) -> &'static Able {
        Able::of("directus").expect("the table has its row")
    }

    async fn start(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => begin(&talk, grant, sending))
    }

    async fn check(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => look(&talk, grant, sending))
    }

    async fn update(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => change(&talk, grant, sending))
    }

    async fn unpublish(&self, grant: &Grant, progress: &Value, place: &Place) -> Told {
        if let Some(told) = crate::entry::kept(progress) {
            return told;
        }
        verb!(self.talk(grant), talk => take_back(&talk, grant, progress, place))
    }

    async fn probe(&self, grant: &Grant) -> Probed {
        let asked = async {
            let whole = self.talk(grant)?.ask("/users/me").await?;
            let data = &whole.json()["data"];
            let name =
                ["email", "first_name", "id"].into_iter().find_map(|name| data[name].as_str());
            Ok((whole.clone(), name.map(str::to_owned)))
        };
        probed(asked.await)
    }
}

/// What it says of its refusal: the code, and the words.
fn code(whole: &Whole) -> (String, String) {
    let error = &whole.json()["errors"][0];
    let code = error["extensions"]["code"].as_str().unwrap_or_default().to_owned();
    let said = format!("{code} {}", error["message"].as_str().unwrap_or_default());
    (code, said.trim().to_owned())
}

fn ok(talk: &Talk<'_>, whole: Whole) -> Result<Value, Told> {
    match whole.status {
        200..=299 => Ok(whole.json()),
        _ => Err(talk.refusal(&whole, &code(&whole).1)),
    }
}

/// Where the items of a collection are.
fn items(grant: &Grant) -> String {
    format!("/items/{}", encoded(grant.setting("collection").unwrap_or("articles")))
}

/// What a collection has, where the connection does not say otherwise.
const FIELDS: [&str; 8] =
    ["status", "title", "slug", "body", "summary", "tags", "image", "canonical_url"];

/// The item.
fn item(grant: &Grant, sending: &Sending, base: &str) -> Value {
    let form = &sending.form;
    let files = (0..sending.files.len()).map(|place| sending.uuid(&format!("file-{place}")));
    let urls: Vec<String> = files.map(|id| format!("{base}/assets/{id}")).collect();
    let cover = form.media.iter().position(|medium| medium.cover);
    let cover = cover.map(|place| sending.uuid(&format!("file-{place}")));
    let status = sending.setting("status").unwrap_or("published");
    let all = json!({
        "status": if status == "publish" { "published" } else { status },
        "title": form.title,
        "slug": form.slug,
        "body": form.body.as_ref().map(|body| body.with(&urls)),
        "summary": form.summary,
        "tags": form.tags,
        "image": cover,
        "canonical_url": form.canonical_url,
    });
    named::fields(grant, &all, &FIELDS).into()
}

/// So many files are there. Before the item is made, it is on record that it is ours: word of it fires nothing.
fn filed(sending: &Sending, count: usize) -> Told {
    let told = Told::new(Went::On).knowing(json!({ "files": count }));
    if count < sending.files.len() || crate::entry::of(sending).is_some() {
        return told;
    }
    // Its events say what was made just now.
    told.wrote(crate::entry::made("directus", &sending.uuid(""), Vec::new(), 0))
}

/// The next thing: a file, or the item.
async fn begin(talk: &Talk<'_>, grant: &Grant, sending: &Sending) -> Said {
    let known = sending.known("files").and_then(Value::as_u64);
    if known.is_none() && sending.files.is_empty() {
        return Ok(filed(sending, 0));
    }
    let known = known.unwrap_or(0) as usize;
    if let Some(file) = sending.files.get(known) {
        let medium = &sending.form.media[known];
        let id = sending.uuid(&format!("file-{known}"));
        // Fields that follow the file are lost.
        let form = Form::default()
            .text("id", &id)
            .text("title", medium.caption.as_deref().unwrap_or(&file.name))
            .text("description", &medium.alt)
            .text("filename_download", &file.name)
            .called("file", &file.name, &file.media_type, file.bytes.clone());
        let whole = talk.act(Method::POST, "/files", Body::Form(form)).await?;
        if code(&whole).0 != "RECORD_NOT_UNIQUE" {
            let body = ok(talk, whole)?;
            talk.text(&body, "/data/id")?;
        } else if !is_whole(talk, &id, file.bytes.len()).await? {
            // An upload that was cut left a record without its bytes: out of the way, and once more.
            remove(talk, &format!("/files/{id}")).await?;
            return Ok(Told::new(Went::On));
        }
        return Ok(filed(sending, known + 1));
    }
    if let Some(entry) = crate::entry::of(sending) {
        return entry::go(talk, grant, sending, entry).await;
    }
    let mut body = item(grant, sending, &base(grant, "")?);
    body["id"] = sending.uuid("").into();
    let whole = talk.act(Method::POST, &items(grant), Body::Json(body.clone())).await?;
    // It was there.
    if code(&whole).0 == "RECORD_NOT_UNIQUE" {
        return look(talk, grant, sending).await;
    }
    let answer = ok(talk, whole)?;
    let id = talk.text(&answer, "/data/id")?;
    kept(talk, &body, &answer["data"]);
    Ok(done(grant, sending, &id))
}

/// Whether a file is there with all of its bytes.
async fn is_whole(talk: &Talk<'_>, id: &str, bytes: usize) -> Result<bool, Told> {
    let there = ok(talk, talk.ask(&format!("/files/{id}")).await?)?;
    let size = &there["data"]["filesize"];
    let size = size.as_str().map_or_else(|| size.as_u64(), |size| size.parse().ok());
    Ok(size == Some(bytes as u64))
}

/// Whoever may write to all fields may write to those that are not there, and is only told what was kept.
fn kept(talk: &Talk<'_>, sent: &Value, kept: &Value) {
    for (name, _) in sent.as_object().into_iter().flatten() {
        if kept.get(name).is_none() {
            talk.lacks(&format!("data.{name}"), "what was sent was not kept");
        }
    }
}

fn done(grant: &Grant, sending: &Sending, id: &str) -> Told {
    let usual = format!("{}{}/{id}", grant.setting("site").unwrap_or_default(), items(grant));
    let count = sending.files.len();
    let ids: Vec<String> = (0..count).map(|n| sending.uuid(&format!("file-{n}"))).collect();
    Told::done(named::page(grant, sending, id, usual), id)
        .knowing(json!({ "files": count, "ids": ids }))
}

/// What is not there is forbidden: then it is to be sent, and that says what is really forbidden.
async fn look(talk: &Talk<'_>, grant: &Grant, sending: &Sending) -> Said {
    if let Some(entry) = crate::entry::of(sending) {
        return entry::look(talk, grant, sending, entry).await;
    }
    let id = sending.uuid("");
    let whole = talk.ask(&format!("{}/{id}", items(grant))).await?;
    match whole.status {
        200 => {
            let found = talk.text(&whole.json(), "/data/id")?;
            Ok(done(grant, sending, &found))
        }
        403 | 404 => Ok(Told::new(Went::On)),
        _ => Err(talk.untold(&whole, &code(&whole).1)),
    }
}

async fn change(talk: &Talk<'_>, grant: &Grant, sending: &Sending) -> Said {
    let path = format!("{}/{}", items(grant), sending.uuid(""));
    let body = Body::Json(item(grant, sending, &base(grant, "")?));
    let body = ok(talk, talk.act(Method::PATCH, &path, body).await?)?;
    Ok(done(grant, sending, &talk.text(&body, "/data/id")?))
}

/// The item, then its files, which can be read for as long as they are there.
async fn take_back(talk: &Talk<'_>, grant: &Grant, progress: &Value, place: &Place) -> Said {
    remove(talk, &format!("{}/{}", items(grant), encoded(&place.id))).await?;
    let ids = progress["ids"].as_array().into_iter().flatten();
    for id in ids.filter_map(Value::as_str) {
        remove(talk, &format!("/files/{}", encoded(id))).await?;
    }
    Ok(Told::new(Went::Done(Place::default())))
}

/// What is forbidden is not there, or is none of ours: looked at, that is told apart from a grant that is over.
async fn remove(talk: &Talk<'_>, path: &str) -> Result<(), Told> {
    let seen = talk.ask(path).await?;
    if !matches!(seen.status, 403 | 404) {
        ok(talk, seen)?;
        ok(talk, talk.act(Method::DELETE, path, Body::None).await?)?;
    }
    Ok(())
}
