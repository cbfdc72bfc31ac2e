//! WordPress: media, then a draft that nobody sees, looked at before it is made visible.
//!
//! WordPress has no idempotency keys. What may be there is found by its slug, which ends in a part of the
//! publication's id; drafts may share a slug, so the oldest one is ours and the others stay drafts.

mod entry;

use crate::entry::made as made_of;
use crate::guarded::Whole;
use crate::line::{Body, Line, Said, Talk, base, encoded, probed, secret};
use crate::verb;
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::ports::Refusal;
use domain::post::Able;
use domain::publish::entry::OPEN_S;
use domain::publish::{Grant, Place, Probed, Sending, Spoke, Told, Went};
use md5::{Digest, Md5};
use reqwest::Method;
use serde_json::{Value, json};

/// The version that is asked for: it is in every path.
pub(crate) const API: &str = "/wp-json/wp/v2";

/// WordPress.
#[derive(Clone, Debug)]
pub struct WordPress(Line);

impl WordPress {
    /// Calls sites so.
    pub fn new(line: Line) -> Self {
        Self(line)
    }

    fn talk(&self, grant: &Grant) -> Result<Talk<'_>, Told> {
        // Spaces in an application password do not count, and people copy them.
        let password = secret(grant, "password")?.replace(' ', "");
        let user = grant.setting("user").or(grant.secret("user")).unwrap_or_default();
        let credentials = BASE64.encode(format!("{user}:{password}"));
        let talk = self.0.talk("wordpress", &format!("{}{API}", base(grant, "")?));
        Ok(talk.with("authorization", format!("Basic {credentials}")))
    }
}

#[async_trait]
impl Spoke for WordPress {
    fn able(&self) -> &'static Able {
        Able::of("wordpress").expect("the table has its row")
    }

    async fn start(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => begin(&talk, sending))
    }

    async fn check(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => look(&talk, sending))
    }

    async fn finalize(&self, grant: &Grant, sending: &Sending) -> Told {
        let state = sending.setting("status").unwrap_or("publish");
        verb!(self.talk(grant), talk => show(&talk, sending, json!({ "status": state })))
    }

    async fn update(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => show(&talk, sending, words(sending)))
    }

    async fn unpublish(&self, grant: &Grant, progress: &Value, place: &Place) -> Told {
        if let Some(told) = crate::entry::kept(progress) {
            return told;
        }
        verb!(self.talk(grant), talk => take_back(&talk, place))
    }

    async fn probe(&self, grant: &Grant) -> Probed {
        let asked = async {
            let whole = self.talk(grant)?.ask("/users/me?context=edit").await?;
            let name = whole.json()["name"].as_str().map(str::to_owned);
            Ok((whole, name))
        };
        probed(asked.await)
    }
}

/// The table of refusals.
fn refusal(talk: &Talk<'_>, whole: &Whole) -> Told {
    let body = whole.json();
    let code = body["code"].as_str().unwrap_or_default();
    let said = format!("{code} {}", body["message"].as_str().unwrap_or_default());
    match (whole.status, code) {
        // A type that it does not take is a server error there, and stays one.
        (500, "rest_upload_sideload_error") => {
            Told::refused(Refusal::Never, domain::vendor::reason(&format!("wordpress: {said}")))
        }
        // The bytes were spoilt on their way.
        (412, "rest_upload_hash_mismatch") => {
            Told::refused(Refusal::Later, domain::vendor::reason(&format!("wordpress: {said}")))
        }
        _ => talk.refusal(whole, said.trim()),
    }
}

fn ok(talk: &Talk<'_>, whole: Whole) -> Result<Value, Told> {
    match whole.status {
        200..=299 => Ok(whole.json()),
        _ => Err(refusal(talk, &whole)),
    }
}

/// The code of an error.
fn code_of(whole: &Whole) -> String {
    whole.json()["code"].as_str().unwrap_or_default().to_owned()
}

/// What a question is answered with: a list.
async fn listed(talk: &Talk<'_>, path: &str) -> Result<Vec<Value>, Told> {
    let whole = talk.ask(path).await?;
    let body = whole.json();
    match (whole.status, body) {
        (200, Value::Array(list)) => Ok(list),
        (200, body) => Err(talk.missing(&body, "/0")),
        (_, body) => Err(talk.untold(&whole, body["code"].as_str().unwrap_or_default())),
    }
}

/// What a file is called there, without its ending: found again by that.
fn file_slug(sending: &Sending, place: usize) -> String {
    let id = sending.id.replace('_', "-").to_lowercase();
    format!("{id}-{place}")
}

/// The files that are there, as far as earlier verbs know.
fn files(sending: &Sending) -> Vec<Value> {
    sending.known("files").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// The next thing: a file, or the draft.
async fn begin(talk: &Talk<'_>, sending: &Sending) -> Said {
    let mut known = files(sending);
    if known.len() < sending.files.len() {
        let place = known.len();
        known.push(upload(talk, sending, place).await?);
        return Ok(Told::new(Went::On).knowing(json!({ "files": known })));
    }
    if let Some(entry) = crate::entry::of(sending) {
        return entry::go(talk, sending, entry).await;
    }
    let mut tags = Vec::new();
    for name in &sending.form.tags {
        tags.push(tag(talk, name).await?);
    }
    let mut body = words(sending);
    body["slug"] = slug(sending).into();
    body["status"] = "draft".into();
    body["featured_media"] = cover(sending);
    body["tags"] = tags.into();
    let post = ok(talk, talk.act(Method::POST, "/posts", Body::Json(body)).await?)?;
    let id = talk.text(&post, "/id")?;
    let ours = made_of("wordpress", &id, Vec::new(), OPEN_S);
    Ok(Told::new(Went::Ready).knowing(json!({ "files": known, "post": id })).wrote(ours))
}

/// Our post is there, in this state.
fn shown(talk: &Talk<'_>, post: &Value) -> Said {
    let (id, link) = (talk.text(post, "/id")?, talk.text(post, "/link")?);
    let state = format!("{}/{}", talk.text(post, "/modified_gmt")?, post["featured_media"]);
    Ok(Told::done(link, &id).wrote(made_of("wordpress", &id, vec![state], 0)))
}

/// What is written.
fn words(sending: &Sending) -> Value {
    let form = &sending.form;
    let urls: Vec<String> = files(sending).iter().map(|file| said(file, "url")).collect();
    json!({
        "title": form.title.clone().unwrap_or_default(),
        "content": form.body.as_ref().map(|body| body.with(&urls)).unwrap_or_default(),
        "excerpt": form.summary.clone().unwrap_or_default(),
    })
}

/// The id of the picture at the top; 0 where there is none.
fn cover(sending: &Sending) -> Value {
    let place = sending.form.media.iter().position(|medium| medium.cover);
    let known = files(sending);
    place.and_then(|place| known.get(place)).map_or(0.into(), |file| file["id"].clone())
}

fn slug(sending: &Sending) -> String {
    sending.form.slug.clone().unwrap_or_else(|| file_slug(sending, 0))
}

/// Uploads a file, and says what is to be seen on it.
async fn upload(talk: &Talk<'_>, sending: &Sending, place: usize) -> Result<Value, Told> {
    let (file, medium) = (&sending.files[place], &sending.form.media[place]);
    let slug = file_slug(sending, place);
    let there = listed(talk, &format!("/media?slug={slug}&status=inherit")).await?;
    let media = match there.into_iter().next() {
        Some(media) => media,
        None => {
            let md5 = Md5::digest(&file.bytes);
            let md5 = md5.iter().map(|byte| format!("{byte:02x}")).collect();
            let ending = domain::sniff::extension(&file.media_type);
            let named = format!("attachment; filename=\"{slug}.{ending}\"");
            let more = [("content-disposition", named), ("content-md5", md5)];
            let body = Body::Bytes(file.media_type.clone(), file.bytes.clone());
            ok(talk, talk.act_with(Method::POST, "/media", body, &more).await?)?
        }
    };
    let id = media["id"].as_u64().ok_or_else(|| talk.missing(&media, "/id"))?;
    let url = talk.text(&media, "/source_url")?;
    // A raw upload cannot say it.
    if media["alt_text"] != medium.alt.as_str() || medium.caption.is_some() {
        let words = json!({ "alt_text": medium.alt, "caption": medium.caption.clone().unwrap_or_default() });
        ok(talk, talk.act(Method::POST, &format!("/media/{id}"), Body::Json(words)).await?)?;
    }
    Ok(json!({ "id": id, "url": url }))
}

/// The id of a tag: of the one that is there, or of a new one.
async fn tag(talk: &Talk<'_>, name: &str) -> Result<Value, Told> {
    let there = listed(talk, &format!("/tags?slug={}", encoded(name))).await?;
    if let Some(id) = there.first().map(|tag| tag["id"].clone()).filter(Value::is_u64) {
        return Ok(id);
    }
    let made = talk.act(Method::POST, "/tags", Body::Json(json!({ "name": name }))).await?;
    let body = made.json();
    match made.status {
        // Somebody else made it meanwhile.
        400 if body["code"] == "term_exists" => Ok(body["data"]["term_id"].clone()),
        _ => Ok(ok(talk, made)?["id"].clone()),
    }
}

/// The oldest post of our slug.
async fn ours(talk: &Talk<'_>, sending: &Sending) -> Result<Option<Value>, Told> {
    let slug = slug(sending);
    let path = format!("/posts?slug={}&status=any&context=edit", encoded(&slug));
    let posts = listed(talk, &path).await?;
    let number = |post: &Value| post["id"].as_u64().unwrap_or(u64::MAX);
    Ok(posts.into_iter().filter(|post| post["slug"] == slug.as_str()).min_by_key(number))
}

async fn look(talk: &Talk<'_>, sending: &Sending) -> Said {
    if let Some(entry) = crate::entry::of(sending) {
        return entry::look(talk, sending, entry).await;
    }
    let Some(post) = ours(talk, sending).await? else { return Ok(Told::new(Went::On)) };
    let id = talk.text(&post, "/id")?;
    let progress = json!({ "files": files(sending), "post": id });
    let told = match post["status"].as_str() {
        Some("publish" | "future" | "private") => shown(talk, &post)?,
        Some(_) => Told::new(Went::Ready).wrote(made_of("wordpress", &id, Vec::new(), OPEN_S)),
        None => return Err(talk.missing(&post, "/status")),
    };
    Ok(told.knowing(progress))
}

/// Changes our post. A picture that WordPress does not find is silently none: so it is looked at first.
async fn show(talk: &Talk<'_>, sending: &Sending, change: Value) -> Said {
    let Some(post) = ours(talk, sending).await? else { return Ok(Told::new(Went::On)) };
    let path = format!("/posts/{}", talk.text(&post, "/id")?);
    let wanted = cover(sending);
    if wanted != 0 && post["featured_media"] != wanted {
        let again = Body::Json(json!({ "featured_media": wanted }));
        let post = ok(talk, talk.act(Method::POST, &path, again).await?)?;
        if post["featured_media"] != wanted {
            talk.lacks("featured_media", format!("{} for {wanted}", post["featured_media"]));
            let why = "wordpress does not take the cover; the post stays a draft";
            return Err(Told::refused(Refusal::Never, why));
        }
    }
    let post = ok(talk, talk.act(Method::POST, &path, Body::Json(change)).await?)?;
    shown(talk, &post)
}

/// To the trash; what is there already, or is not there at all, is taken back.
async fn take_back(talk: &Talk<'_>, place: &Place) -> Said {
    let path = format!("/posts/{}", encoded(&place.id));
    let whole = talk.act(Method::DELETE, &path, Body::None).await?;
    match whole.status {
        404 | 410 => {}
        _ => drop(ok(talk, whole)?),
    }
    Ok(Told::new(Went::Done(Place::default())))
}

fn said(value: &Value, name: &str) -> String {
    match &value[name] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
