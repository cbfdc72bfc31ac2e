//! X: uploads in parts, then each piece of a thread as an answer to the one before.
//!
//! X takes no key of ours. What may be there is found among the last posts by its text; the same text twice is
//! refused over there.

mod media;
mod recent;

use crate::guarded::Whole;
use crate::line::{Body, Line, Said, Talk, base, encoded, probed, secret};
use crate::{oauth, verb};
use async_trait::async_trait;
use domain::ports::Refusal;
use domain::post::Able;
use domain::publish::{
    Counts, Grant, Place, Probed, Renewed, Sending, SignedIn, Spoke, Told, Went,
};
use domain::time::Time;
use reqwest::Method;
use serde_json::{Value, json};

/// Where its API is.
const BASE: &str = "https://api.x.com";
/// The version that is asked for: it is in every path.
pub(crate) const VERSION: &str = "2";

/// X.
#[derive(Clone, Debug)]
pub struct X(Line);

impl X {
    /// Calls X so.
    pub fn new(line: Line) -> Self {
        Self(line)
    }

    fn talk(&self, grant: &Grant) -> Result<Talk<'_>, Told> {
        let talk = self.0.talk("x", &format!("{}/{VERSION}", base(grant, BASE)?));
        Ok(talk.with("authorization", format!("Bearer {}", secret(grant, "token")?)))
    }
}

#[async_trait]
impl Spoke for X {
    fn able(&self) -> &'static Able {
        Able::of("x").expect("the table has its row")
    }

    async fn start(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => begin(&talk, sending))
    }

    async fn check(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => look(&talk, sending))
    }

    async fn unpublish(&self, grant: &Grant, progress: &Value, place: &Place) -> Told {
        verb!(self.talk(grant), talk => take_back(&talk, progress, place))
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
            let name = whole.json()["data"]["username"].as_str().map(|name| format!("@{name}"));
            Ok((whole, name))
        };
        probed(asked.await)
    }

    async fn redeem(&self, grant: &Grant, signed_in: &SignedIn, now: Time) -> Renewed {
        oauth::redeemed(&self.0, "x", tokens(grant), grant, (signed_in, now)).await
    }

    async fn renew(&self, grant: &Grant, now: Time) -> Renewed {
        let at = tokens(grant);
        oauth::renewed(&self.0, "x", at, grant, now).await
    }
}

/// Where tokens are given.
fn tokens(grant: &Grant) -> Result<String, Told> {
    base(grant, BASE).map(|base| format!("{base}/{VERSION}/oauth2/token"))
}

/// The table of refusals.
fn refusal(talk: &Talk<'_>, whole: &Whole) -> Told {
    let body = whole.json();
    let word = |name: &str| body[name].as_str().unwrap_or_default();
    let said = if word("detail").is_empty() { word("title") } else { word("detail") };
    match whole.status {
        // A text that is there already is most likely ours, whose answer was lost.
        403 if said.contains("duplicate") => Told::unknown(format!("x: {said}")).after_s(15),
        _ => talk.refusal(whole, said),
    }
}

fn ok(talk: &Talk<'_>, whole: Whole) -> Result<Value, Told> {
    match whole.status {
        200..=299 => Ok(whole.json()),
        _ => Err(refusal(talk, &whole)),
    }
}

fn known(sending: &Sending, name: &str) -> Vec<Value> {
    sending.known(name).and_then(Value::as_array).cloned().unwrap_or_default()
}

/// What is told after so many pieces are there.
fn told(sending: &Sending, media: &[Value], posts: &[Value]) -> Told {
    let progress = json!({ "media": media, "posts": posts });
    let first = posts.first().and_then(Value::as_str);
    let told = match first.filter(|_| sending.form.pieces.len() <= posts.len()) {
        Some(id) => Told::done(format!("https://x.com/i/web/status/{id}"), id),
        None => Told::new(Went::On),
    };
    told.knowing(progress)
}

/// The next thing: a file, or a piece.
async fn begin(talk: &Talk<'_>, sending: &Sending) -> Said {
    let (mut files, mut posts) = (known(sending, "media"), known(sending, "posts"));
    if let Some(file) = sending.files.get(files.len()) {
        let alt = &sending.form.media[files.len()].alt;
        let (media, wait_s) = media::upload(talk, file, alt).await?;
        files.push(media);
        let told = match wait_s {
            Some(seconds) => Told::new(Went::Working).after_s(seconds),
            None => Told::new(Went::On),
        };
        return Ok(told.knowing(json!({ "media": files, "posts": posts })));
    }
    if files.iter().any(|media| media["ready"] != true) {
        return look(talk, sending).await;
    }
    let piece = sending.form.pieces.get(posts.len()).map(|piece| piece.text.as_str());
    let mut body = json!({ "text": piece.unwrap_or_default() });
    let mine = sending.form.media.iter().zip(&files);
    let mine = mine.filter(|(medium, _)| medium.piece == posts.len());
    let ids: Vec<Value> = mine.map(|(_, media)| media["id"].clone()).collect();
    if !ids.is_empty() {
        body["media"] = json!({ "media_ids": ids });
    }
    if sending.form.disclosed.flag {
        body["made_with_ai"] = true.into();
    }
    if let Some(last) = posts.last() {
        body["reply"] = json!({ "in_reply_to_tweet_id": last });
    }
    let made = ok(talk, talk.act(Method::POST, "/tweets", Body::Json(body)).await?)?;
    posts.push(talk.text(&made, "/data/id")?.into());
    Ok(told(sending, &files, &posts))
}

/// What became of films, and which pieces are there.
async fn look(talk: &Talk<'_>, sending: &Sending) -> Said {
    let mut files = known(sending, "media");
    for media in files.iter_mut().filter(|media| media["ready"] != true) {
        if let Some(wait_s) = media::look(talk, media).await? {
            let told = Told::new(Went::Working).after_s(wait_s);
            return Ok(told.knowing(json!({ "media": files, "posts": known(sending, "posts") })));
        }
    }
    let posts = recent::ours(talk, sending).await?;
    Ok(told(sending, &files, &posts))
}

/// From the last piece to the first; what is not there is taken back.
async fn take_back(talk: &Talk<'_>, progress: &Value, place: &Place) -> Said {
    let posts = progress["posts"].as_array().cloned().unwrap_or_default();
    let mut ids: Vec<String> = posts.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    if ids.is_empty() {
        ids.push(place.id.clone());
    }
    for id in ids.iter().rev() {
        let path = format!("/tweets/{}", encoded(id));
        let whole = talk.act(Method::DELETE, &path, Body::None).await?;
        if whole.status != 404 {
            ok(talk, whole)?;
        }
    }
    Ok(Told::new(Went::Done(Place::default())))
}

async fn count(talk: Result<Talk<'_>, Told>, place: &Place) -> Result<Counts, Told> {
    let talk = talk?;
    let path = format!("/tweets/{}?tweet.fields=public_metrics", encoded(&place.id));
    let body = ok(&talk, talk.ask(&path).await?)?;
    match body.pointer("/data/public_metrics").and_then(Value::as_object) {
        Some(counts) => Ok(counts
            .iter()
            .filter_map(|(name, count)| {
                Some((name.trim_end_matches("_count").to_owned(), count.as_u64()?))
            })
            .collect()),
        None => Err(Told::refused(Refusal::Never, "x counts nothing of it")),
    }
}
