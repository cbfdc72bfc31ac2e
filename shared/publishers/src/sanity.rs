//! Sanity: pictures that are known by their bytes, and a document under an id of our own.

mod entry;

use crate::entry::made as made_of;
use crate::guarded::Whole;
use crate::line::{Body, Line, Said, Talk, encoded, probed, secret, setting};
use crate::{named, verb};
use async_trait::async_trait;
use domain::ports::Refusal;
use domain::post::Able;
use domain::publish::entry::OPEN_S;
use domain::publish::{Grant, Place, Probed, Sending, Spoke, Told, Went};
use domain::vendor::reason;
use reqwest::Method;
use serde_json::{Value, json};

/// The version that is asked for: it is in every path.
pub(crate) const VERSION: &str = "v2025-02-19";
/// What a document has, where the connection does not say otherwise.
const FIELDS: [&str; 7] = ["title", "slug", "body", "summary", "tags", "image", "canonical_url"];

/// Sanity.
#[derive(Clone, Debug)]
pub struct Sanity(Line);

impl Sanity {
    /// Calls it so.
    pub fn new(line: Line) -> Self {
        Self(line)
    }

    fn talk(&self, grant: &Grant) -> Result<Talk<'_>, Told> {
        let talk = self.0.talk("sanity", &format!("{}/{VERSION}", base(grant)?));
        Ok(talk.with("authorization", format!("Bearer {}", secret(grant, "token")?)))
    }
}

/// Each project has a host of its own.
fn base(grant: &Grant) -> Result<String, Told> {
    match grant.setting("api") {
        Some(base) => Ok(base.trim_end_matches('/').to_owned()),
        None => Ok(format!("https://{}.api.sanity.io", encoded(setting(grant, "project")?))),
    }
}

#[async_trait]
impl Spoke for Sanity {
    fn able(&self) -> &'static Able {
        Able::of("sanity").expect("the table has its row")
    }

    async fn start(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => begin(&talk, grant, sending))
    }

    async fn check(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => look(&talk, grant, sending))
    }

    async fn update(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => write(&talk, grant, sending, "createOrReplace"))
    }

    async fn unpublish(&self, grant: &Grant, progress: &Value, place: &Place) -> Told {
        if let Some(told) = crate::entry::kept(progress) {
            return told;
        }
        verb!(self.talk(grant), talk => take_back(&talk, grant, place))
    }

    async fn probe(&self, grant: &Grant) -> Probed {
        let asked = async {
            let whole = self.talk(grant)?.ask("/users/me").await?;
            let name = whole.json()["name"].as_str().map(str::to_owned);
            Ok((whole, name))
        };
        probed(asked.await)
    }
}

/// The table of refusals: errors have two shapes.
fn ok(talk: &Talk<'_>, whole: Whole) -> Result<Value, Told> {
    let body = whole.json();
    let word = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let said = [word("/message"), word("/error/description")].join(" ");
    let said = said.trim();
    match (whole.status, word("/error/items/0/error/type")) {
        (200..=299, _) => Ok(body),
        // A picture that was thrown away meanwhile.
        (409, "referenceError") => {
            let told = Told::refused(Refusal::Later, reason(&format!("sanity: {said}")));
            Err(told.after_s(1).knowing(json!({ "images": [] })))
        }
        _ => Err(talk.refusal(&whole, said)),
    }
}

fn dataset(grant: &Grant) -> String {
    encoded(grant.setting("dataset").unwrap_or("production"))
}

fn images(sending: &Sending) -> Vec<Value> {
    sending.known("images").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Our id; drafts have it behind a word of Sanity's.
fn id(sending: &Sending) -> String {
    match sending.setting("status") {
        Some("draft") => format!("drafts.{}", sending.uuid("")),
        _ => sending.uuid(""),
    }
}

fn document(grant: &Grant, sending: &Sending) -> Value {
    let (form, known) = (&sending.form, images(sending));
    let text = |image: &Value, name: &str| image[name].as_str().unwrap_or_default().to_owned();
    let urls: Vec<String> = known.iter().map(|image| text(image, "url")).collect();
    let cover = form.media.iter().position(|medium| medium.cover);
    let cover = cover.and_then(|place| Some((place, known.get(place)?)));
    let cover = cover.map(|(place, image)| {
        json!({
            "_type": "image", "alt": form.media[place].alt,
            "asset": { "_type": "reference", "_ref": text(image, "id") },
        })
    });
    let slug = form.slug.as_ref().map(|slug| json!({ "_type": "slug", "current": slug }));
    let all = json!({
        "title": form.title,
        "slug": slug,
        "body": form.body.as_ref().map(|body| body.with(&urls)),
        "summary": form.summary,
        "tags": form.tags,
        "image": cover,
        "canonical_url": form.canonical_url,
        "made_with_ai": form.disclosed.ai,
    });
    let mut document = Value::Object(named::fields(grant, &all, &FIELDS));
    document["_id"] = id(sending).into();
    document["_type"] = grant.setting("type").unwrap_or("article").into();
    document
}

/// The next thing: a picture, or the document.
async fn begin(talk: &Talk<'_>, grant: &Grant, sending: &Sending) -> Said {
    let mut known = images(sending);
    if sending.files.is_empty() && sending.known("images").is_none() {
        return Ok(filed(sending, known));
    }
    let Some(file) = sending.files.get(known.len()) else {
        if let Some(entry) = crate::entry::of(sending) {
            return entry::go(talk, grant, sending, entry).await;
        }
        return write(talk, grant, sending, "createIfNotExists").await;
    };
    let medium = &sending.form.media[known.len()];
    let kind = if file.media_type.starts_with("image/") { "images" } else { "files" };
    let path = format!(
        "/assets/{kind}/{}?filename={}&description={}",
        dataset(grant),
        encoded(&file.name),
        encoded(&medium.alt)
    );
    let body = Body::Bytes(file.media_type.clone(), file.bytes.clone());
    let made = ok(talk, talk.act(Method::POST, &path, body).await?)?;
    let (id, url) = (talk.text(&made, "/document/_id")?, talk.text(&made, "/document/url")?);
    known.push(json!({ "id": id, "url": url }));
    Ok(filed(sending, known))
}

/// So many pictures are there. Before the document is made, it is on record that it is ours.
fn filed(sending: &Sending, known: Vec<Value>) -> Told {
    let whole = sending.files.len() <= known.len() && crate::entry::of(sending).is_none();
    let told = Told::new(Went::On).knowing(json!({ "images": known }));
    if whole { told.wrote(made_of("sanity", &sending.uuid(""), Vec::new(), OPEN_S)) } else { told }
}

async fn write(talk: &Talk<'_>, grant: &Grant, sending: &Sending, how: &str) -> Said {
    let mutation = json!({ how: document(grant, sending) });
    let path = format!("/data/mutate/{}?returnIds=true&visibility=sync", dataset(grant));
    let body = Body::Json(json!({ "mutations": [mutation] }));
    let made = ok(talk, talk.act(Method::POST, &path, body).await?)?;
    let id = talk.text(&made, "/results/0/id")?;
    done(grant, sending, &id, &made["transactionId"])
}

/// Our document is there; its revision is the name of the transaction that wrote it.
fn done(grant: &Grant, sending: &Sending, id: &str, rev: &Value) -> Said {
    let rev = rev.as_str().map(str::to_owned);
    let ours = made_of("sanity", &sending.uuid(""), rev.into_iter().collect(), 0);
    let usual = format!("{}/{VERSION}/data/doc/{}/{id}", base(grant)?, dataset(grant));
    let page = named::page(grant, sending, id, usual);
    Ok(Told::done(page, id).wrote(ours).knowing(json!({ "images": images(sending) })))
}

async fn look(talk: &Talk<'_>, grant: &Grant, sending: &Sending) -> Said {
    if let Some(entry) = crate::entry::of(sending) {
        return entry::look(talk, grant, sending, entry).await;
    }
    let id = id(sending);
    let whole = talk.ask(&format!("/data/doc/{}/{}", dataset(grant), encoded(&id))).await?;
    let body = whole.json();
    match (whole.status, body["documents"].as_array()) {
        (200, Some(documents)) if documents.is_empty() => Ok(Told::new(Went::On)),
        (200, Some(documents)) => done(grant, sending, &id, &documents[0]["_rev"]),
        (200, None) => Err(talk.missing(&body, "/documents")),
        _ => Err(talk.untold(&whole, body["message"].as_str().unwrap_or_default())),
    }
}

/// To delete what is not there is no error.
async fn take_back(talk: &Talk<'_>, grant: &Grant, place: &Place) -> Said {
    let mutation = json!({ "delete": { "id": place.id } });
    let path = format!("/data/mutate/{}", dataset(grant));
    let body = Body::Json(json!({ "mutations": [mutation] }));
    ok(talk, talk.act(Method::POST, &path, body).await?)?;
    Ok(Told::new(Went::Done(Place::default())))
}
