//! Ghost: pictures, then a draft, then the draft as it was read last made visible.
//!
//! Slugs are unique there: one that is taken gets `-2`. So a draft that came out under another slug than ours
//! means that ours is there already.

mod entry;

use crate::entry::made as made_of;
use crate::guarded::Whole;
use crate::line::{Body, Line, Said, Talk, base, encoded, probed, secret};
use crate::verb;
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use domain::ports::Refusal;
use domain::post::Able;
use domain::publish::entry::OPEN_S;
use domain::publish::{Grant, Place, Probed, Sending, Spoke, Told, Went};
use domain::time::Time;
use guard::form::Form;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

/// The version that is asked for.
pub(crate) const VERSION: &str = "v5.0";
/// How long a token is good, in seconds.
const TOKEN_S: i64 = 300;

/// Ghost.
#[derive(Clone, Debug)]
pub struct Ghost(Line);

impl Ghost {
    /// Calls sites so.
    pub fn new(line: Line) -> Self {
        Self(line)
    }

    fn talk(&self, grant: &Grant) -> Result<Talk<'_>, Told> {
        let token = token(secret(grant, "key")?, self.0.now())
            .ok_or_else(|| Told::grant_over("the Admin API key is none: it is id:secret"))?;
        let talk = self.0.talk("ghost", &format!("{}/ghost/api/admin", base(grant, "")?));
        Ok(talk.with("accept-version", VERSION).with("authorization", format!("Ghost {token}")))
    }
}

/// A token for now, signed with the secret of a key `id:secret`, whose secret is hexadecimal.
fn token(key: &str, now: Time) -> Option<String> {
    let (id, secret) = key.split_once(':')?;
    let digit = |at: usize| u8::from_str_radix(secret.get(at..at + 2)?, 16).ok();
    let secret: Option<Vec<u8>> = (0..secret.len()).step_by(2).map(digit).collect();
    let head = json!({ "alg": "HS256", "kid": id, "typ": "JWT" });
    let at = now.unix_s();
    let claims = json!({ "aud": "/admin/", "exp": at + TOKEN_S, "iat": at });
    let coded = |value: &Value| BASE64.encode(value.to_string());
    let signed = format!("{}.{}", coded(&head), coded(&claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret?).ok()?;
    mac.update(signed.as_bytes());
    Some(format!("{signed}.{}", BASE64.encode(mac.finalize().into_bytes())))
}

#[async_trait]
impl Spoke for Ghost {
    fn able(&self) -> &'static Able {
        Able::of("ghost").expect("the table has its row")
    }

    async fn start(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => begin(&talk, sending))
    }

    async fn check(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => look(&talk, sending))
    }

    async fn finalize(&self, grant: &Grant, sending: &Sending) -> Told {
        let state = sending.setting("status").unwrap_or("published");
        let state = if state == "publish" { "published" } else { state };
        verb!(self.talk(grant), talk => change(&talk, sending, json!({ "status": state })))
    }

    async fn update(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => change(&talk, sending, words(sending)))
    }

    async fn unpublish(&self, grant: &Grant, progress: &Value, place: &Place) -> Told {
        if let Some(told) = crate::entry::kept(progress) {
            return told;
        }
        verb!(self.talk(grant), talk => take_back(&talk, place))
    }

    async fn probe(&self, grant: &Grant) -> Probed {
        let asked = async {
            let whole = self.talk(grant)?.ask("/site/").await?;
            let name = whole.json()["site"]["title"].as_str().map(str::to_owned);
            Ok((whole, name))
        };
        probed(asked.await)
    }
}

/// The table of refusals.
fn refusal(talk: &Talk<'_>, whole: &Whole) -> Told {
    let error = &whole.json()["errors"][0];
    let word = |name: &str| error[name].as_str().unwrap_or_default();
    let said = [word("type"), word("message"), word("context")].join(" ");
    match (whole.status, word("code")) {
        // It speaks no version that we speak.
        (406, _) => {
            talk.lacks("Accept-Version", VERSION);
            talk.refusal(whole, said.trim())
        }
        // Somebody wrote meanwhile: it is to be read again.
        (409, _) => Told::refused(Refusal::Later, format!("ghost: {}", word("message"))).after_s(1),
        // Only a token that is malformed is answered so, and ours is made of the key.
        (400, "INVALID_JWT" | "MISSING_ADMIN_API_KID") => Told::grant_over("ghost: invalid key"),
        _ => talk.refusal(whole, said.trim()),
    }
}

fn ok(talk: &Talk<'_>, whole: Whole) -> Result<Value, Told> {
    match whole.status {
        200..=299 => Ok(whole.json()),
        _ => Err(refusal(talk, &whole)),
    }
}

/// The one post of an answer.
fn post(talk: &Talk<'_>, body: &Value) -> Result<Value, Told> {
    match body.pointer("/posts/0") {
        Some(post) if post["id"].is_string() => Ok(post.clone()),
        _ => Err(talk.missing(body, "/posts/0/id")),
    }
}

fn urls(sending: &Sending) -> Vec<String> {
    let known = sending.known("urls").and_then(Value::as_array).cloned().unwrap_or_default();
    known.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn slug(sending: &Sending) -> String {
    sending.form.slug.clone().unwrap_or_else(|| sending.id.replace('_', "-").to_lowercase())
}

/// What is written.
fn words(sending: &Sending) -> Value {
    let (form, urls) = (&sending.form, urls(sending));
    let mut words = json!({
        "title": form.title.clone().unwrap_or_default(),
        "html": form.body.as_ref().map(|body| body.with(&urls)).unwrap_or_default(),
        "custom_excerpt": form.summary,
        "canonical_url": form.canonical_url,
        "tags": form.tags,
    });
    let cover = form.media.iter().position(|medium| medium.cover);
    if let Some((place, url)) = cover.and_then(|place| Some((place, urls.get(place)?))) {
        words["feature_image"] = url.as_str().into();
        words["feature_image_alt"] = form.media[place].alt.as_str().into();
        words["feature_image_caption"] = form.media[place].caption.clone().into();
    }
    words
}

/// The next thing: a file, or the draft.
async fn begin(talk: &Talk<'_>, sending: &Sending) -> Said {
    let mut known = urls(sending);
    if let Some(file) = sending.files.get(known.len()) {
        let (place, kind) = match file.media_type.split('/').next() {
            Some("image") => ("/images/upload/", "images"),
            _ => ("/media/upload/", "media"),
        };
        let form = match kind {
            "images" => Form::default().text("purpose", "image").text("ref", &sending.id),
            _ => Form::default().text("ref", &sending.id),
        };
        let form = form.called("file", &file.name, &file.media_type, file.bytes.clone());
        let body = ok(talk, talk.act(Method::POST, place, Body::Form(form)).await?)?;
        known.push(talk.text(&body, &format!("/{kind}/0/url"))?);
        return Ok(Told::new(Went::On).knowing(json!({ "urls": known })));
    }
    if let Some(entry) = crate::entry::of(sending) {
        return entry::go(talk, sending, entry).await;
    }
    let mut words = words(sending);
    words["slug"] = slug(sending).into();
    words["status"] = "draft".into();
    let body = Body::Json(json!({ "posts": [words] }));
    let body = ok(talk, talk.act(Method::POST, "/posts/?source=html", body).await?)?;
    let made = post(talk, &body)?;
    let id = talk.text(&made, "/id")?;
    if talk.text(&made, "/slug")? != slug(sending) {
        // Ours was there: this one goes again, and nobody saw it.
        ok(talk, talk.act(Method::DELETE, &format!("/posts/{id}/"), Body::None).await?)?;
        return look(talk, sending).await;
    }
    let ours = made_of("ghost", &id, Vec::new(), OPEN_S);
    Ok(Told::new(Went::Ready).knowing(json!({ "urls": known, "post": id })).wrote(ours))
}

/// Our post is there, in this state.
fn shown(talk: &Talk<'_>, post: &Value, id: String) -> Said {
    let ours = made_of("ghost", &id, vec![talk.text(post, "/updated_at")?], 0);
    Ok(Told::done(talk.text(post, "/url")?, id).wrote(ours))
}

/// Our post, as it is now.
async fn ours(talk: &Talk<'_>, sending: &Sending) -> Result<Option<Value>, Told> {
    let whole = talk.ask(&format!("/posts/slug/{}/", encoded(&slug(sending)))).await?;
    match whole.status {
        200 => post(talk, &whole.json()).map(Some),
        404 => Ok(None),
        _ => {
            Err(talk.untold(&whole, whole.json()["errors"][0]["type"].as_str().unwrap_or_default()))
        }
    }
}

async fn look(talk: &Talk<'_>, sending: &Sending) -> Said {
    if let Some(entry) = crate::entry::of(sending) {
        return entry::look(talk, sending, entry).await;
    }
    let Some(post) = ours(talk, sending).await? else { return Ok(Told::new(Went::On)) };
    let id = talk.text(&post, "/id")?;
    let progress = json!({ "urls": urls(sending), "post": id });
    let told = match talk.text(&post, "/status")?.as_str() {
        "published" | "scheduled" | "sent" => shown(talk, &post, id)?,
        _ => Told::new(Went::Ready).wrote(made_of("ghost", &id, Vec::new(), OPEN_S)),
    };
    Ok(told.knowing(progress))
}

/// Changes our post as it was just read.
async fn change(talk: &Talk<'_>, sending: &Sending, mut change: Value) -> Said {
    let Some(old) = ours(talk, sending).await? else { return Ok(Told::new(Went::On)) };
    let id = talk.text(&old, "/id")?;
    change["updated_at"] = talk.text(&old, "/updated_at")?.into();
    let body = Body::Json(json!({ "posts": [change] }));
    let path = format!("/posts/{id}/?source=html");
    let body = ok(talk, talk.act(Method::PUT, &path, body).await?)?;
    let new = post(talk, &body)?;
    shown(talk, &new, id)
}

/// What is not there is taken back.
async fn take_back(talk: &Talk<'_>, place: &Place) -> Said {
    let path = format!("/posts/{}/", encoded(&place.id));
    let whole = talk.act(Method::DELETE, &path, Body::None).await?;
    if whole.status != 404 {
        ok(talk, whole)?;
    }
    Ok(Told::new(Went::Done(Place::default())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_signed_with_the_bytes_that_the_secret_spells() {
        let token = token("6489a1b2:00ff", Time(1_700_000_000_000)).unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&[0, 255]).unwrap();
        mac.update(signed.as_bytes());
        mac.verify_slice(&BASE64.decode(signature).unwrap()).unwrap();
        let claims = signed.split_once('.').unwrap().1;
        let claims: Value = serde_json::from_slice(&BASE64.decode(claims).unwrap()).unwrap();
        let wanted = json!({ "aud": "/admin/", "exp": 1_700_000_300, "iat": 1_700_000_000 });
        assert_eq!(claims, wanted);
    }

    #[test]
    fn a_key_that_is_none_signs_nothing() {
        for key in ["", "6489a1b2", "6489a1b2:xyz", "6489a1b2:0"] {
            assert_eq!(token(key, Time(0)), None, "{key}");
        }
    }
}
