//! Strapi 5: files, then a draft, then the draft made visible. What may be there is found by its slug.
//!
//! Numbers of entries change with every publishing; their `documentId` does not.

mod entry;

use crate::entry::made as made_of;
use crate::guarded::Whole;
use crate::line::{Body, Line, Said, Talk, base, encoded, probed, secret};
use crate::{named, verb};
use async_trait::async_trait;
use domain::post::Able;
use domain::publish::entry::OPEN_S;
use domain::publish::{Grant, Place, Probed, Sending, Spoke, Told, Went};
use guard::form::Form;
use reqwest::Method;
use serde_json::{Value, json};

/// What a collection has, where the connection does not say otherwise.
const FIELDS: [&str; 5] = ["title", "slug", "body", "summary", "cover"];

/// Strapi.
#[derive(Clone, Debug)]
pub struct Strapi(Line);

impl Strapi {
    /// Calls sites so.
    pub fn new(line: Line) -> Self {
        Self(line)
    }

    fn talk(&self, grant: &Grant) -> Result<Talk<'_>, Told> {
        let talk = self.0.talk("strapi", &format!("{}/api", base(grant, "")?));
        Ok(talk.with("authorization", format!("Bearer {}", secret(grant, "token")?)))
    }
}

#[async_trait]
impl Spoke for Strapi {
    fn able(&self) -> &'static Able {
        Able::of("strapi").expect("the table has its row")
    }

    async fn start(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => begin(&talk, grant, sending))
    }

    async fn check(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => look(&talk, grant, sending))
    }

    async fn finalize(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => show(&talk, grant, sending, json!({})))
    }

    async fn update(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => show(&talk, grant, sending, fields(grant, sending)))
    }

    async fn unpublish(&self, grant: &Grant, progress: &Value, place: &Place) -> Told {
        if let Some(told) = crate::entry::kept(progress) {
            return told;
        }
        verb!(self.talk(grant), talk => take_back(&talk, grant, place))
    }

    async fn probe(&self, grant: &Grant) -> Probed {
        let asked = async {
            // It says of nobody who they are: whoever may read the collection is let in.
            let path = format!("/{}?pagination[pageSize]=1", plural(grant));
            let whole = self.talk(grant)?.ask(&path).await?;
            let name = whole.json()["data"].is_array().then(|| plural(grant));
            Ok((whole, name))
        };
        probed(asked.await)
    }
}

fn words(whole: &Whole) -> String {
    let error = &whole.json()["error"];
    let word = |name: &str| error[name].as_str().unwrap_or_default();
    format!("{} {}", word("name"), word("message")).trim().to_owned()
}

fn ok(talk: &Talk<'_>, whole: Whole) -> Result<Value, Told> {
    match whole.status {
        200..=299 => Ok(whole.json()),
        _ => Err(talk.refusal(&whole, &words(&whole))),
    }
}

fn plural(grant: &Grant) -> String {
    encoded(grant.setting("collection").unwrap_or("articles"))
}

fn files(sending: &Sending) -> Vec<Value> {
    sending.known("files").and_then(Value::as_array).cloned().unwrap_or_default()
}

fn slug(sending: &Sending) -> String {
    sending.form.slug.clone().unwrap_or_else(|| sending.id.replace('_', "-"))
}

/// The entry's fields.
fn fields(grant: &Grant, sending: &Sending) -> Value {
    let (form, known) = (&sending.form, files(sending));
    let urls: Vec<String> =
        known.iter().map(|file| file["url"].as_str().unwrap_or_default().to_owned()).collect();
    let cover = form.media.iter().position(|medium| medium.cover);
    let all = json!({
        "title": form.title,
        "slug": slug(sending),
        "body": form.body.as_ref().map(|body| body.with(&urls)),
        "summary": form.summary,
        "cover": cover.and_then(|place| known.get(place)).map(|file| file["id"].clone()),
        "tags": form.tags,
        "canonical_url": form.canonical_url,
        "made_with_ai": form.disclosed.ai,
    });
    named::fields(grant, &all, &FIELDS).into()
}

/// The next thing: a file, or the draft.
async fn begin(talk: &Talk<'_>, grant: &Grant, sending: &Sending) -> Said {
    let mut known = files(sending);
    if let Some(file) = sending.files.get(known.len()) {
        let medium = &sending.form.media[known.len()];
        let info = json!({
            "alternativeText": medium.alt, "caption": medium.caption, "name": file.name,
        });
        let form = Form::default().text("fileInfo", info);
        let form = form.called("files", &file.name, &file.media_type, file.bytes.clone());
        let made = ok(talk, talk.act(Method::POST, "/upload", Body::Form(form)).await?)?;
        let id = made[0]["id"].as_u64().ok_or_else(|| talk.missing(&made, "/0/id"))?;
        let url = talk.text(&made, "/0/url")?;
        // Its own server gives addresses below its own.
        let url = if url.starts_with('/') { format!("{}{url}", base(grant, "")?) } else { url };
        known.push(json!({ "id": id, "url": url }));
        return Ok(Told::new(Went::On).knowing(json!({ "files": known })));
    }
    if let Some(entry) = crate::entry::of(sending) {
        return entry::go(talk, grant, sending, entry).await;
    }
    let body = Body::Json(json!({ "data": fields(grant, sending) }));
    let path = format!("/{}?status=draft", plural(grant));
    let made = ok(talk, talk.act(Method::POST, &path, body).await?)?;
    let id = talk.text(&made, "/data/documentId")?;
    let ours = made_of("strapi", &id, Vec::new(), OPEN_S);
    Ok(Told::new(Went::Ready).knowing(json!({ "files": known, "document": id })).wrote(ours))
}

/// The oldest entry of our slug: the published one, or its draft.
async fn ours(
    talk: &Talk<'_>,
    grant: &Grant,
    sending: &Sending,
) -> Result<Option<(Value, bool)>, Told> {
    let names = named::fields(grant, &json!({ "slug": slug(sending) }), &FIELDS);
    let Some((field, Value::String(slug))) = names.into_iter().next() else {
        let why = "the collection has no field for a slug, by which a post is found again";
        return Err(Told::refused(domain::ports::Refusal::Never, why));
    };
    for (state, visible) in [("published", true), ("draft", false)] {
        let path = format!(
            "/{}?status={state}&filters[{}][$eq]={}",
            plural(grant),
            encoded(&field),
            encoded(&slug)
        );
        let whole = talk.ask(&path).await?;
        let body = whole.json();
        if whole.status != 200 {
            return Err(talk.untold(&whole, &words(&whole)));
        }
        let list = body["data"].as_array().ok_or_else(|| talk.missing(&body, "/data"))?;
        let age = |entry: &&Value| {
            let word = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
            (word("createdAt"), word("documentId"))
        };
        if let Some(oldest) = list.iter().min_by_key(age) {
            talk.text(oldest, "/documentId")?;
            return Ok(Some(((*oldest).clone(), visible)));
        }
    }
    Ok(None)
}

/// Our entry is there, in this state.
fn done(talk: &Talk<'_>, grant: &Grant, sending: &Sending, entry: &Value) -> Said {
    let id = &talk.text(entry, "/documentId")?;
    let at = entry["updatedAt"].as_str().map(str::to_owned);
    let ours = made_of("strapi", id, at.into_iter().collect(), entry::TWICE_S);
    let site = grant.setting("site").unwrap_or_default();
    let usual = format!("{site}/api/{}/{id}", plural(grant));
    let told = Told::done(named::page(grant, sending, id, usual), id).wrote(ours);
    Ok(told.knowing(json!({ "files": files(sending), "document": id })))
}

fn is_draft(sending: &Sending) -> bool {
    sending.setting("status") == Some("draft")
}

async fn look(talk: &Talk<'_>, grant: &Grant, sending: &Sending) -> Said {
    if let Some(entry) = crate::entry::of(sending) {
        return entry::look(talk, grant, sending, entry).await;
    }
    match ours(talk, grant, sending).await? {
        Some((entry, visible)) if visible || is_draft(sending) => {
            done(talk, grant, sending, &entry)
        }
        Some((entry, _)) => {
            let id = talk.text(&entry, "/documentId")?;
            let ours = made_of("strapi", &id, Vec::new(), OPEN_S);
            let progress = json!({ "files": files(sending), "document": id });
            Ok(Told::new(Went::Ready).knowing(progress).wrote(ours))
        }
        None => Ok(Told::new(Went::On)),
    }
}

/// Changes our entry, and publishes it.
async fn show(talk: &Talk<'_>, grant: &Grant, sending: &Sending, change: Value) -> Said {
    let Some((entry, _)) = ours(talk, grant, sending).await? else {
        return Ok(Told::new(Went::On));
    };
    let id = talk.text(&entry, "/documentId")?;
    let state = if is_draft(sending) { "draft" } else { "published" };
    let path = format!("/{}/{}?status={state}", plural(grant), encoded(&id));
    let body = Body::Json(json!({ "data": change }));
    let changed = ok(talk, talk.act(Method::PUT, &path, body).await?)?;
    talk.text(&changed, "/data/documentId")?;
    done(talk, grant, sending, &changed["data"])
}

async fn take_back(talk: &Talk<'_>, grant: &Grant, place: &Place) -> Said {
    let path = format!("/{}/{}", plural(grant), encoded(&place.id));
    let whole = talk.act(Method::DELETE, &path, Body::None).await?;
    if whole.status != 404 {
        ok(talk, whole)?;
    }
    Ok(Told::new(Went::Done(Place::default())))
}
