//! dev.to: one article per canonical address, found again among one's own.
//!
//! There are no uploads: pictures must have addresses that stay. dev.to refuses a canonical address twice, and
//! an article without one is looked for before it is sent.

use crate::guarded::Whole;
use crate::line::{Body, Line, Said, Talk, base, encoded, probed, secret};
use crate::verb;
use async_trait::async_trait;
use domain::post::Able;
use domain::publish::{Counts, Grant, Place, Probed, Sending, Spoke, Told, Went};
use reqwest::Method;
use serde_json::{Value, json};

/// Where its API is.
const BASE: &str = "https://dev.to";
/// The version that is asked for.
pub(crate) const VERSION: &str = "application/vnd.forem.api-v1+json";
/// So many of one's own articles are looked through.
const LISTED: usize = 200;

/// dev.to, or another Forem.
#[derive(Clone, Debug)]
pub struct DevTo(Line);

impl DevTo {
    /// Calls it so.
    pub fn new(line: Line) -> Self {
        Self(line)
    }

    fn talk(&self, grant: &Grant) -> Result<Talk<'_>, Told> {
        let talk = self.0.talk("devto", &format!("{}/api", base(grant, BASE)?));
        Ok(talk.with("api-key", secret(grant, "key")?).with("accept", VERSION))
    }
}

#[async_trait]
impl Spoke for DevTo {
    fn able(&self) -> &'static Able {
        Able::of("devto").expect("the table has its row")
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

    async fn metrics(
        &self,
        grant: &Grant,
        _progress: &Value,
        place: &Place,
    ) -> Result<Counts, String> {
        count(self.talk(grant), place).await.map_err(|told| format!("{:?}", told.went))
    }

    async fn probe(&self, grant: &Grant) -> Probed {
        let asked = async {
            let whole = self.talk(grant)?.ask("/users/me").await?;
            let name = whole.json()["username"].as_str().map(|name| format!("@{name}"));
            Ok((whole, name))
        };
        probed(asked.await)
    }
}

fn words(whole: &Whole) -> String {
    whole.json()["error"].as_str().unwrap_or_default().to_owned()
}

/// The table of refusals.
fn refusal(talk: &Talk<'_>, whole: &Whole) -> Told {
    let said = words(whole);
    let told = talk.refusal(whole, &said);
    // Where no header says when, the words do.
    let seconds = said.split_once("try again in ").and_then(|(_, rest)| rest.split(' ').next());
    match seconds.and_then(|seconds| seconds.parse().ok()) {
        Some(seconds) if whole.status == 429 && whole.header("retry-after").is_empty() => {
            told.after_s(seconds)
        }
        _ => told,
    }
}

fn ok(talk: &Talk<'_>, whole: Whole) -> Result<Value, Told> {
    match whole.status {
        200..=299 => Ok(whole.json()),
        _ => Err(refusal(talk, &whole)),
    }
}

/// The addresses of the media, which are there already.
fn urls(sending: &Sending) -> Vec<String> {
    sending.files.iter().map(|file| file.url.clone().unwrap_or_default()).collect()
}

fn article(sending: &Sending) -> Value {
    let (form, urls) = (&sending.form, urls(sending));
    let cover = form.media.iter().position(|medium| medium.cover);
    let mut article = json!({
        "title": form.title.clone().unwrap_or_default(),
        "body_markdown": form.body.as_ref().map(|body| body.with(&urls)).unwrap_or_default(),
        // A draft is what it makes of it otherwise.
        "published": sending.setting("status") != Some("draft"),
        // Its description says one text; it takes a list and nothing else.
        "tags": form.tags,
    });
    let more = [
        ("description", form.summary.clone()),
        ("canonical_url", form.canonical_url.clone()),
        ("main_image", cover.and_then(|place| urls.get(place).cloned())),
    ];
    for (name, value) in more {
        if let Some(value) = value {
            article[name] = value.into();
        }
    }
    article
}

fn done(talk: &Talk<'_>, article: &Value) -> Said {
    let (url, id) = (talk.text(article, "/url")?, talk.text(article, "/id")?);
    Ok(Told::done(url, &id).knowing(json!({ "article": id })))
}

async fn begin(talk: &Talk<'_>, sending: &Sending) -> Said {
    if sending.form.canonical_url.is_none()
        && let Some(ours) = ours(talk, sending).await?
    {
        return done(talk, &ours);
    }
    let body = Body::Json(json!({ "article": article(sending) }));
    let whole = talk.act(Method::POST, "/articles", body).await?;
    if whole.status == 422 && words(&whole).contains("Canonical url has already been taken") {
        // Ours, whose answer was lost; or one of somebody's own hand.
        let told = look(talk, sending).await?;
        return match told.went {
            Went::Done(_) => Ok(told),
            _ => Err(refusal(talk, &whole)),
        };
    }
    let article = ok(talk, whole)?;
    done(talk, &article)
}

/// The one of one's own articles that is this one.
async fn ours(talk: &Talk<'_>, sending: &Sending) -> Result<Option<Value>, Told> {
    let whole = talk.ask(&format!("/articles/me/all?per_page={LISTED}")).await?;
    let body = whole.json();
    let list = match (whole.status, &body) {
        (200, Value::Array(list)) => list,
        (200, _) => return Err(talk.missing(&body, "/0")),
        _ => return Err(talk.untold(&whole, &words(&whole))),
    };
    let wanted = article(sending);
    let same = |article: &&Value| match wanted["canonical_url"].as_str() {
        Some(home) => article["canonical_url"] == home,
        None => {
            article["body_markdown"] == wanted["body_markdown"]
                && article["title"] == wanted["title"]
        }
    };
    Ok(list.iter().find(same).cloned())
}

async fn look(talk: &Talk<'_>, sending: &Sending) -> Said {
    match ours(talk, sending).await? {
        Some(article) => done(talk, &article),
        None => Ok(Told::new(Went::On)),
    }
}

async fn change(talk: &Talk<'_>, sending: &Sending) -> Said {
    let known = sending.known("article").and_then(Value::as_str).map(str::to_owned);
    let id = match known {
        Some(id) => id,
        None => match ours(talk, sending).await? {
            Some(article) => talk.text(&article, "/id")?,
            None => return Ok(Told::new(Went::On)),
        },
    };
    let body = Body::Json(json!({ "article": article(sending) }));
    let path = format!("/articles/{}", encoded(&id));
    let article = ok(talk, talk.act(Method::PUT, &path, body).await?)?;
    done(talk, &article)
}

async fn take_back(talk: &Talk<'_>, place: &Place) -> Said {
    let path = format!("/articles/{}/unpublish", encoded(&place.id));
    let whole = talk.act(Method::PUT, &path, Body::None).await?;
    if whole.status != 404 {
        ok(talk, whole)?;
    }
    Ok(Told::new(Went::Done(Place::default())))
}

async fn count(talk: Result<Talk<'_>, Told>, place: &Place) -> Result<Counts, Told> {
    let talk = talk?;
    let body = ok(&talk, talk.ask(&format!("/articles/me/all?per_page={LISTED}")).await?)?;
    let list = body.as_array().cloned().unwrap_or_default();
    let id: u64 = place.id.parse().unwrap_or_default();
    let ours = list.into_iter().find(|article| article["id"] == id);
    let ours = ours.unwrap_or_default();
    let fields = [
        ("views", "page_views_count"),
        ("reactions", "public_reactions_count"),
        ("comments", "comments_count"),
    ];
    let counted = |(name, field): (&str, &str)| Some((name.to_owned(), ours[field].as_u64()?));
    Ok(fields.into_iter().filter_map(counted).collect())
}
