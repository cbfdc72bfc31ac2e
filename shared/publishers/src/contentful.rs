//! Contentful: assets and an entry under ids of our own, each looked at before it is shown.
//!
//! To make what is there is a mismatch of versions there, so that to send again does no harm.

mod asset;
mod entry;

use crate::guarded::Whole;
use crate::line::{Body, Line, Said, Talk, base, encoded, probed, secret, setting};
use crate::{named, verb};
use async_trait::async_trait;
use domain::ports::Refusal;
use domain::post::Able;
use domain::publish::{Grant, Place, Probed, Sending, Spoke, Told, Went};
use reqwest::Method;
use serde_json::{Map, Value, json};

/// Where its management API is, and where files are sent.
const BASE: &str = "https://api.contentful.com";
const UPLOADS: &str = "https://upload.contentful.com";
/// The version that is asked for.
pub(crate) const VERSION: &str = "application/vnd.contentful.management.v1+json";
/// What a content type has, where the connection does not say otherwise.
const FIELDS: [&str; 5] = ["title", "slug", "body", "summary", "cover"];

/// Contentful.
#[derive(Clone, Debug)]
pub struct Contentful(Line);

impl Contentful {
    /// Calls it so.
    pub fn new(line: Line) -> Self {
        Self(line)
    }

    fn talk(&self, grant: &Grant) -> Result<Talk<'_>, Told> {
        let talk = self.0.talk("contentful", &format!("{}{}", base(grant, BASE)?, place(grant)?));
        Ok(talk.with("authorization", format!("Bearer {}", secret(grant, "token")?)))
    }
}

#[async_trait]
impl Spoke for Contentful {
    fn able(&self) -> &'static Able {
        Able::of("contentful").expect("the table has its row")
    }

    async fn start(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => begin(&talk, grant, sending))
    }

    async fn check(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => look(&talk, grant, sending))
    }

    async fn finalize(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => show(&talk, grant, sending))
    }

    async fn update(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => change(&talk, grant, sending))
    }

    async fn unpublish(&self, grant: &Grant, progress: &Value, place: &Place) -> Told {
        if let Some(told) = crate::entry::kept(progress) {
            return told;
        }
        verb!(self.talk(grant), talk => take_back(&talk, place))
    }

    async fn probe(&self, grant: &Grant) -> Probed {
        let asked = async {
            let whole = self.talk(grant)?.ask(&format!("{}/users/me", base(grant, BASE)?)).await?;
            let name = whole.json()["email"].as_str().map(str::to_owned);
            Ok((whole, name))
        };
        probed(asked.await)
    }
}

/// The path of the environment.
fn place(grant: &Grant) -> Result<String, Told> {
    let space = encoded(setting(grant, "space")?);
    let environment = encoded(grant.setting("environment").unwrap_or("master"));
    Ok(format!("/spaces/{space}/environments/{environment}"))
}

fn locale(grant: &Grant) -> &str {
    grant.setting("locale").unwrap_or("en-US")
}

fn words(whole: &Whole) -> String {
    let body = whole.json();
    let word = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    format!("{} {}", word("/sys/id"), word("/message")).trim().to_owned()
}

/// The table of refusals.
fn ok(talk: &Talk<'_>, whole: Whole) -> Result<Value, Told> {
    match whole.status {
        200..=299 => Ok(whole.json()),
        // Somebody wrote meanwhile: it is to be read again.
        409 => {
            Err(Told::refused(Refusal::Later, format!("contentful: {}", words(&whole))).after_s(1))
        }
        _ => Err(talk.refusal(&whole, &words(&whole))),
    }
}

/// What is there of this path; none where there is nothing.
async fn read(talk: &Talk<'_>, path: &str) -> Result<Option<Value>, Told> {
    let whole = talk.ask(path).await?;
    match whole.status {
        200 => Ok(Some(whole.json())),
        404 => Ok(None),
        _ => Err(talk.untold(&whole, &words(&whole))),
    }
}

fn version(talk: &Talk<'_>, body: &Value) -> Result<u64, Told> {
    body["sys"]["version"].as_u64().ok_or_else(|| talk.missing(body, "/sys/version"))
}

/// Puts something, of this version where there is one.
async fn put(
    talk: &Talk<'_>,
    path: &str,
    body: Option<Value>,
    more: &[(&'static str, String)],
) -> Result<Whole, Told> {
    let mut headers = more.to_vec();
    let body = match body {
        Some(value) => {
            headers.push(("content-type", VERSION.to_owned()));
            Body::Json(value)
        }
        None => Body::None,
    };
    talk.act_with(Method::PUT, path, body, &headers).await
}

fn of_version(version: u64) -> [(&'static str, String); 1] {
    [("x-contentful-version", version.to_string())]
}

/// An id of our own, of letters and digits.
fn id(sending: &Sending, part: &str) -> String {
    sending.uuid(part).replace('-', "")
}

fn entry_path(sending: &Sending) -> String {
    format!("/entries/{}", id(sending, ""))
}

/// The entry's fields, each in its language.
fn fields(grant: &Grant, sending: &Sending, urls: &[String]) -> Value {
    let form = &sending.form;
    let cover = form.media.iter().position(|medium| medium.cover);
    let link = cover.map(|place| {
        let id = id(sending, &format!("file-{place}"));
        json!({ "sys": { "type": "Link", "linkType": "Asset", "id": id } })
    });
    let all = json!({
        "title": form.title,
        "slug": form.slug,
        "body": form.body.as_ref().map(|body| body.with(urls)),
        "summary": form.summary,
        "cover": link,
        "tags": form.tags,
        "canonical_url": form.canonical_url,
        "made_with_ai": form.disclosed.ai,
    });
    let named = named::fields(grant, &all, &FIELDS).into_iter();
    let named = named.map(|(name, value)| (name, json!({ locale(grant): value })));
    Value::Object(named.collect::<Map<_, _>>())
}

/// The addresses of the files that are shown already.
fn urls(sending: &Sending) -> Vec<String> {
    let known = sending.known("urls").and_then(Value::as_array).cloned().unwrap_or_default();
    known.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The next thing: a file, or the entry.
async fn begin(talk: &Talk<'_>, grant: &Grant, sending: &Sending) -> Said {
    let known = urls(sending);
    if known.len() < sending.files.len() {
        return asset::next(talk, grant, sending, known).await;
    }
    if let Some(entry) = crate::entry::of(sending) {
        return entry::go(talk, grant, sending, entry).await;
    }
    let body = json!({ "fields": fields(grant, sending, &known) });
    let kind = grant.setting("content_type").unwrap_or("article").to_owned();
    let more = [("x-contentful-content-type", kind)];
    let whole = put(talk, &entry_path(sending), Some(body), &more).await?;
    if whole.status == 409 {
        return look(talk, grant, sending).await;
    }
    let made = ok(talk, whole)?;
    Ok(ready(talk, sending, &made)?.knowing(json!({ "urls": known })))
}

/// Our entry is there as it is now; what comes of publishing it is ours as well.
fn ready(talk: &Talk<'_>, sending: &Sending, entry: &Value) -> Said {
    let now = version(talk, entry)?;
    let revision = entry["sys"]["publishedCounter"].as_u64().unwrap_or_default() + 1;
    let states = vec![format!("v{now}"), format!("v{}", now + 1), format!("r{revision}")];
    let ours = crate::entry::made("contentful", &id(sending, ""), states, 0);
    Ok(Told::new(Went::Ready).wrote(ours))
}

fn done(grant: &Grant, sending: &Sending) -> Said {
    let id = id(sending, "");
    let usual = format!("https://app.contentful.com{}/entries/{id}", place(grant)?);
    let page = named::page(grant, sending, &id, usual);
    Ok(Told::done(page, id).knowing(json!({ "urls": urls(sending) })))
}

async fn look(talk: &Talk<'_>, grant: &Grant, sending: &Sending) -> Said {
    if let Some(entry) = crate::entry::of(sending) {
        return entry::look(talk, grant, sending, entry).await;
    }
    let Some(entry) = read(talk, &entry_path(sending)).await? else {
        return asset::look(talk, grant, sending).await;
    };
    match entry["sys"]["publishedVersion"].is_u64() {
        true => done(grant, sending),
        false => ready(talk, sending, &entry),
    }
}

async fn show(talk: &Talk<'_>, grant: &Grant, sending: &Sending) -> Said {
    if sending.setting("status") == Some("draft") {
        return done(grant, sending);
    }
    let path = entry_path(sending);
    let Some(entry) = read(talk, &path).await? else { return Ok(Told::new(Went::On)) };
    let more = of_version(version(talk, &entry)?);
    let shown = ok(talk, put(talk, &format!("{path}/published"), None, &more).await?)?;
    version(talk, &shown)?;
    done(grant, sending)
}

async fn change(talk: &Talk<'_>, grant: &Grant, sending: &Sending) -> Said {
    let path = entry_path(sending);
    let Some(entry) = read(talk, &path).await? else { return Ok(Told::new(Went::On)) };
    let more = of_version(version(talk, &entry)?);
    let body = json!({ "fields": fields(grant, sending, &urls(sending)) });
    ok(talk, put(talk, &path, Some(body), &more).await?)?;
    show(talk, grant, sending).await
}

/// What is not published is taken back.
async fn take_back(talk: &Talk<'_>, place: &Place) -> Said {
    let path = format!("/entries/{}", encoded(&place.id));
    let published =
        read(talk, &path).await?.is_some_and(|entry| entry["sys"]["publishedVersion"].is_u64());
    if published {
        let path = format!("{path}/published");
        ok(talk, talk.act(Method::DELETE, &path, Body::None).await?)?;
    }
    Ok(Told::new(Went::Done(Place::default())))
}
