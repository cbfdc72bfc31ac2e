//! Mastodon: media, then each piece of a thread under a key that a server keeps for an hour.
//!
//! Within that hour to send again gives the same status. After it, what may be there is found among the last
//! statuses: by its words.

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
use guard::form::Form;
use reqwest::Method;
use serde_json::{Value, json};

/// How long media are left alone that are looked at over there, in seconds.
const WAIT_S: u32 = 5;

/// Mastodon.
#[derive(Clone, Debug)]
pub struct Mastodon(Line);

impl Mastodon {
    /// Calls servers so.
    pub fn new(line: Line) -> Self {
        Self(line)
    }

    fn talk(&self, grant: &Grant) -> Result<Talk<'_>, Told> {
        let talk = self.0.talk("mastodon", &format!("{}/api", base(grant, "")?));
        Ok(talk.with("authorization", format!("Bearer {}", secret(grant, "token")?)))
    }
}

#[async_trait]
impl Spoke for Mastodon {
    fn able(&self) -> &'static Able {
        Able::of("mastodon").expect("the table has its row")
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
            let whole = self.talk(grant)?.ask("/v1/accounts/verify_credentials").await?;
            let name = whole.json()["acct"].as_str().map(|name| format!("@{name}"));
            Ok((whole, name))
        };
        probed(asked.await)
    }

    async fn redeem(&self, grant: &Grant, signed_in: &SignedIn, now: Time) -> Renewed {
        let at = base(grant, "").map(|base| format!("{base}/oauth/token"));
        oauth::redeemed(&self.0, "mastodon", at, grant, (signed_in, now)).await
    }
}

fn said(whole: &Whole) -> String {
    whole.json()["error"].as_str().unwrap_or_default().to_owned()
}

fn ok(talk: &Talk<'_>, whole: Whole) -> Result<Value, Told> {
    match whole.status {
        200..=299 => Ok(whole.json()),
        _ => Err(talk.refusal(&whole, &said(&whole))),
    }
}

fn known(sending: &Sending, name: &str) -> Vec<Value> {
    sending.known(name).and_then(Value::as_array).cloned().unwrap_or_default()
}

/// What is told after so many pieces are there.
fn told(sending: &Sending, media: &[Value], posts: &[Value]) -> Told {
    let progress = json!({ "media": media, "posts": posts });
    let first = posts.first().filter(|_| sending.form.pieces.len() <= posts.len());
    let told = match first {
        Some(post) => {
            let text = |name: &str| post[name].as_str().unwrap_or_default().to_owned();
            Told::done(text("url"), text("id"))
        }
        None => Told::new(Went::On),
    };
    told.knowing(progress)
}

/// A status, as far as it must be remembered.
fn kept(talk: &Talk<'_>, status: &Value) -> Result<Value, Told> {
    Ok(json!({ "id": talk.text(status, "/id")?, "url": talk.text(status, "/url")? }))
}

/// What a piece says.
fn status(sending: &Sending, media: &[Value], posts: &[Value], place: usize) -> Value {
    let form = &sending.form;
    let words = form.pieces.get(place).map(|piece| piece.text.as_str()).unwrap_or_default();
    let mine = form.media.iter().zip(media).filter(|(medium, _)| medium.piece == place);
    let ids: Vec<Value> = mine.map(|(_, media)| media["id"].clone()).collect();
    let mut status = json!({
        "status": words, "visibility": sending.setting("visibility").unwrap_or("public"),
    });
    if !ids.is_empty() {
        status["media_ids"] = ids.into();
    }
    if let Some(language) = &form.language {
        // It takes the language alone.
        status["language"] = language.split('-').next().unwrap_or_default().into();
    }
    if let Some(last) = place.checked_sub(1).and_then(|last| posts.get(last)) {
        status["in_reply_to_id"] = last["id"].clone();
    }
    status
}

/// The next thing: a file, or a piece.
async fn begin(talk: &Talk<'_>, sending: &Sending) -> Said {
    let (mut media, mut posts) = (known(sending, "media"), known(sending, "posts"));
    if let Some(file) = sending.files.get(media.len()) {
        let alt = &sending.form.media[media.len()].alt;
        let form = Form::default().text("description", alt);
        let form = form.called("file", &file.name, &file.media_type, file.bytes.clone());
        let whole = talk.act(Method::POST, "/v2/media", Body::Form(form)).await?;
        let ready = whole.status != 202;
        let body = ok(talk, whole)?;
        media.push(json!({ "id": talk.text(&body, "/id")?, "ready": ready }));
        let told =
            if ready { Told::new(Went::On) } else { Told::new(Went::Working).after_s(WAIT_S) };
        return Ok(told.knowing(json!({ "media": media, "posts": posts })));
    }
    let body = Body::Json(status(sending, &media, &posts, posts.len()));
    let more = [("idempotency-key", format!("{}-{}", sending.id, posts.len()))];
    let whole = talk.act_with(Method::POST, "/v1/statuses", body, &more).await?;
    let made = ok(talk, whole)?;
    posts.push(kept(talk, &made)?);
    Ok(told(sending, &media, &posts))
}

/// What became of media, and which pieces are there.
async fn look(talk: &Talk<'_>, sending: &Sending) -> Said {
    let mut media = known(sending, "media");
    for place in 0..media.len() {
        if media[place]["ready"] == true {
            continue;
        }
        let id = media[place]["id"].as_str().unwrap_or_default().to_owned();
        let whole = talk.ask(&format!("/v1/media/{}", encoded(&id))).await?;
        match whole.status {
            200 => media[place]["ready"] = true.into(),
            206 => {
                let progress = json!({ "media": media, "posts": known(sending, "posts") });
                return Ok(Told::new(Went::Working).after_s(WAIT_S).knowing(progress));
            }
            422 => {
                let why = domain::vendor::reason(&format!("mastodon: {}", said(&whole)));
                return Err(Told::refused(Refusal::Never, why));
            }
            _ => return Err(talk.untold(&whole, &said(&whole))),
        }
    }
    let posts = recent::ours(talk, sending).await?;
    Ok(told(sending, &media, &posts))
}

/// Changes the first piece, and those behind it as far as they are there.
async fn change(talk: &Talk<'_>, sending: &Sending) -> Said {
    let (media, posts) = (known(sending, "media"), known(sending, "posts"));
    for (place, post) in posts.iter().enumerate() {
        let id = post["id"].as_str().unwrap_or_default();
        let path = format!("/v1/statuses/{}", encoded(id));
        let body = Body::Json(status(sending, &media, &posts, place));
        ok(talk, talk.act(Method::PUT, &path, body).await?)?;
    }
    Ok(told(sending, &media, &posts))
}

/// From the last piece to the first; what is not there is taken back.
async fn take_back(talk: &Talk<'_>, progress: &Value, place: &Place) -> Said {
    let posts = progress["posts"].as_array().into_iter().flatten();
    let mut ids: Vec<String> =
        posts.filter_map(|post| post["id"].as_str()).map(str::to_owned).collect();
    if ids.is_empty() {
        ids.push(place.id.clone());
    }
    for id in ids.iter().rev() {
        let path = format!("/v1/statuses/{}", encoded(id));
        let whole = talk.act(Method::DELETE, &path, Body::None).await?;
        if whole.status != 404 {
            ok(talk, whole)?;
        }
    }
    Ok(Told::new(Went::Done(Place::default())))
}

async fn count(talk: Result<Talk<'_>, Told>, place: &Place) -> Result<Counts, Told> {
    let talk = talk?;
    let body = ok(&talk, talk.ask(&format!("/v1/statuses/{}", encoded(&place.id))).await?)?;
    let fields =
        [("likes", "favourites_count"), ("reposts", "reblogs_count"), ("replies", "replies_count")];
    let counted = |(name, field): (&str, &str)| Some((name.to_owned(), body[field].as_u64()?));
    Ok(fields.into_iter().filter_map(counted).collect())
}
