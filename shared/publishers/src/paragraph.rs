//! Paragraph: posts that are found again by their slug among the last ones.

use crate::guarded::Whole;
use crate::line::{Body, Line, Said, Talk, base, encoded, probed, secret};
use crate::verb;
use async_trait::async_trait;
use domain::post::Able;
use domain::publish::{Grant, Place, Probed, Sending, Spoke, Told, Went};
use reqwest::Method;
use serde_json::{Value, json};

/// Where its API is.
const BASE: &str = "https://public.api.paragraph.com/api";
/// The version that is asked for: it is in every path.
pub(crate) const VERSION: &str = "v1";

/// Paragraph.
#[derive(Clone, Debug)]
pub struct Paragraph(Line);

impl Paragraph {
    /// Calls it so.
    pub fn new(line: Line) -> Self {
        Self(line)
    }

    fn talk(&self, grant: &Grant) -> Result<Talk<'_>, Told> {
        let talk = self.0.talk("paragraph", &format!("{}/{VERSION}", base(grant, BASE)?));
        Ok(talk.with("authorization", format!("Bearer {}", secret(grant, "key")?)))
    }
}

#[async_trait]
impl Spoke for Paragraph {
    fn able(&self) -> &'static Able {
        Able::of("paragraph").expect("the table has its row")
    }

    async fn start(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => begin(&talk, sending))
    }

    async fn check(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => look(&talk, sending))
    }

    async fn update(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => change(&talk, sending))
    }

    async fn unpublish(&self, grant: &Grant, _progress: &Value, place: &Place) -> Told {
        verb!(self.talk(grant), talk => take_back(&talk, place))
    }

    async fn probe(&self, grant: &Grant) -> Probed {
        let asked = async {
            let whole = self.talk(grant)?.ask("/me").await?;
            let name = whole.json()["name"].as_str().map(str::to_owned);
            Ok((whole, name))
        };
        probed(asked.await)
    }
}

fn said(whole: &Whole) -> String {
    whole.json()["msg"].as_str().unwrap_or_default().to_owned()
}

fn ok(talk: &Talk<'_>, whole: Whole) -> Result<Value, Told> {
    match whole.status {
        200..=299 => Ok(whole.json()),
        _ => Err(talk.refusal(&whole, &said(&whole))),
    }
}

fn slug(sending: &Sending) -> String {
    sending.form.slug.clone().unwrap_or_else(|| sending.id.replace('_', "-"))
}

fn is_draft(sending: &Sending) -> bool {
    sending.setting("status") == Some("draft")
}

fn post(sending: &Sending) -> Value {
    let form = &sending.form;
    let urls: Vec<String> =
        sending.files.iter().map(|file| file.url.clone().unwrap_or_default()).collect();
    let mut post = json!({
        "title": form.title.clone().unwrap_or_default(),
        "markdown": form.body.as_ref().map(|body| body.with(&urls)).unwrap_or_default(),
        "slug": slug(sending),
        "categories": form.tags,
    });
    let cover = form.media.iter().position(|medium| medium.cover);
    let more = [
        ("subtitle", form.summary.clone()),
        ("imageUrl", cover.and_then(|place| urls.get(place).cloned())),
    ];
    for (name, value) in more {
        if let Some(value) = value {
            post[name] = value.into();
        }
    }
    post
}

fn done(sending: &Sending, id: &str) -> Told {
    // Its answers hold no address; this one leads to the post wherever the publication is.
    Told::done(format!("https://paragraph.com/post/{id}"), id)
        .knowing(json!({ "post": id, "slug": slug(sending) }))
}

/// It takes no key of ours: the post is looked for before it is sent.
async fn begin(talk: &Talk<'_>, sending: &Sending) -> Said {
    if let Some(id) = ours(talk, sending).await? {
        return Ok(done(sending, &id));
    }
    let mut post = post(sending);
    post["status"] = if is_draft(sending) { "draft" } else { "published" }.into();
    let made = ok(talk, talk.act(Method::POST, "/posts", Body::Json(post)).await?)?;
    Ok(done(sending, &talk.text(&made, "/id")?))
}

/// The id of the post of our slug, among the last ones.
async fn ours(talk: &Talk<'_>, sending: &Sending) -> Result<Option<String>, Told> {
    let state = if is_draft(sending) { "draft" } else { "published" };
    let whole = talk.ask(&format!("/posts?limit=100&status={state}")).await?;
    let body = whole.json();
    if whole.status != 200 {
        return Err(talk.untold(&whole, &said(&whole)));
    }
    let items = body["items"].as_array().ok_or_else(|| talk.missing(&body, "/items"))?;
    let slug = slug(sending);
    let ours = items.iter().find(|post| post["slug"] == slug.as_str());
    ours.map(|post| talk.text(post, "/id")).transpose()
}

async fn look(talk: &Talk<'_>, sending: &Sending) -> Said {
    match ours(talk, sending).await? {
        Some(id) => Ok(done(sending, &id)),
        None => Ok(Told::new(Went::On)),
    }
}

async fn change(talk: &Talk<'_>, sending: &Sending) -> Said {
    let known = sending.known("post").and_then(Value::as_str).map(str::to_owned);
    let id = match known {
        Some(id) => id,
        None => match ours(talk, sending).await? {
            Some(id) => id,
            None => return Ok(Told::new(Went::On)),
        },
    };
    let path = format!("/posts/{}", encoded(&id));
    ok(talk, talk.act(Method::PUT, &path, Body::Json(post(sending))).await?)?;
    Ok(done(sending, &id))
}

async fn take_back(talk: &Talk<'_>, place: &Place) -> Said {
    let path = format!("/posts/{}", encoded(&place.id));
    let whole = talk.act(Method::DELETE, &path, Body::Json(json!({}))).await?;
    if whole.status != 404 {
        ok(talk, whole)?;
    }
    Ok(Told::new(Went::Done(Place::default())))
}
