//! Bluesky: blobs, then each piece of a thread under a record key of its own, so that to send again does no harm.
//!
//! What opens an account is its app password. Sessions made with it are kept in memory and refreshed; whoever
//! looks for a record needs none.

mod record;
mod session;

use crate::guarded::Whole;
use crate::line::{Body, Line, Said, Talk, base, encoded, probed, setting};
use crate::verb;
use async_trait::async_trait;
use domain::ports::Refusal;
use domain::post::Able;
use domain::publish::{Counts, Grant, Place, Probed, Sending, Spoke, Told, Went};
use reqwest::Method;
use serde_json::{Value, json};
use session::Sessions;
use std::collections::BTreeMap;

/// Where accounts are that name no server of their own.
const BASE: &str = "https://bsky.social";
/// Where posts are read, where the connection's `app` (or `web`) names no other place.
const APP: &str = "https://bsky.app";
/// What posts are, in the lexicon that is spoken.
const POST: &str = "app.bsky.feed.post";

/// Bluesky.
#[derive(Clone, Debug)]
pub struct Bluesky {
    line: Line,
    sessions: Sessions,
}

impl Bluesky {
    /// Calls servers so.
    pub fn new(line: Line) -> Self {
        Self { line, sessions: Sessions::default() }
    }

    fn talk(&self, grant: &Grant) -> Result<Talk<'_>, Told> {
        Ok(self.line.talk("bluesky", &format!("{}/xrpc", base(grant, BASE)?)))
    }

    /// Does something in the account's name; with a new session where the old one is over.
    async fn act(
        &self,
        talk: &Talk<'_>,
        grant: &Grant,
        method: &str,
        body: Body,
    ) -> Result<Whole, Told> {
        let token = self.sessions.token(talk, grant).await?;
        let path = format!("/{method}");
        let more = |token: &str| [("authorization", format!("Bearer {token}"))];
        let whole = talk.act_with(Method::POST, &path, body.clone(), &more(&token)).await?;
        if !session::is_over(&whole) {
            return Ok(whole);
        }
        let token = self.sessions.refreshed(talk, grant, &token).await?;
        talk.act_with(Method::POST, &path, body, &more(&token)).await
    }

    /// The next thing: a file, or a piece.
    async fn begin(&self, talk: &Talk<'_>, grant: &Grant, sending: &Sending) -> Said {
        let (mut blobs, mut posts) = (known(sending, "blobs"), known(sending, "posts"));
        if let Some(file) = sending.files.get(blobs.len()) {
            let body = Body::Bytes(file.media_type.clone(), file.bytes.clone());
            let method = "com.atproto.repo.uploadBlob";
            let body = ok(talk, self.act(talk, grant, method, body).await?)?;
            talk.text(&body, "/blob/ref/$link")?;
            blobs.push(body["blob"].clone());
            return Ok(Told::new(Went::On).knowing(json!({ "blobs": blobs, "posts": posts })));
        }
        let body = json!({
            "repo": setting(grant, "identifier")?,
            "collection": POST,
            "rkey": sending.tid(posts.len()),
            "record": record::of(sending, &blobs, &posts),
        });
        let method = "com.atproto.repo.putRecord";
        let whole = self.act(talk, grant, method, Body::Json(body)).await?;
        if whole.json()["error"] == "BlobNotFound" {
            // Blobs that nothing shows are thrown away there after a while.
            let told = Told::refused(Refusal::Later, "bluesky has lost a file").after_s(1);
            return Err(told.knowing(json!({ "blobs": [], "posts": posts })));
        }
        let body = ok(talk, whole)?;
        posts.push(json!({ "uri": talk.text(&body, "/uri")?, "cid": talk.text(&body, "/cid")? }));
        told(grant, sending, &blobs, &posts)
    }

    async fn take_back(
        &self,
        talk: &Talk<'_>,
        grant: &Grant,
        progress: &Value,
        place: &Place,
    ) -> Said {
        for uri in uris(progress, place).iter().rev() {
            let body = json!({
                "repo": setting(grant, "identifier")?, "collection": POST, "rkey": key_of(uri),
            });
            // One that is not there is no error.
            let method = "com.atproto.repo.deleteRecord";
            ok(talk, self.act(talk, grant, method, Body::Json(body)).await?)?;
        }
        Ok(Told::new(Went::Done(Place::default())))
    }

    async fn count(&self, grant: &Grant, place: &Place) -> Result<Counts, Told> {
        let talk = self.talk(grant)?;
        let token = self.sessions.token(&talk, grant).await?;
        let talk = talk.with("authorization", format!("Bearer {token}"));
        let path = format!("/app.bsky.feed.getPosts?uris={}", encoded(&place.id));
        let body = ok(&talk, talk.ask(&path).await?)?;
        let counted = |(name, field): (&str, &str)| {
            Some((name.to_owned(), body["posts"][0][field].as_u64()?))
        };
        let fields = [
            ("likes", "likeCount"),
            ("reposts", "repostCount"),
            ("replies", "replyCount"),
            ("quotes", "quoteCount"),
        ];
        Ok(fields.into_iter().filter_map(counted).collect::<BTreeMap<_, _>>())
    }
}

#[async_trait]
impl Spoke for Bluesky {
    fn able(&self) -> &'static Able {
        Able::of("bluesky").expect("the table has its row")
    }

    async fn start(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => self.begin(&talk, grant, sending))
    }

    async fn check(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => look(&talk, grant, sending))
    }

    async fn unpublish(&self, grant: &Grant, progress: &Value, place: &Place) -> Told {
        verb!(self.talk(grant), talk => self.take_back(&talk, grant, progress, place))
    }

    async fn metrics(
        &self,
        grant: &Grant,
        _progress: &Value,
        place: &Place,
    ) -> Result<Counts, String> {
        self.count(grant, place).await.map_err(|told| format!("{:?}", told.went))
    }

    async fn probe(&self, grant: &Grant) -> Probed {
        let asked = async {
            let talk = self.talk(grant)?;
            let token = self.sessions.token(&talk, grant).await?;
            let talk = talk.with("authorization", format!("Bearer {token}"));
            let whole = talk.ask("/com.atproto.server.getSession").await?;
            let name = whole.json()["handle"].as_str().map(|handle| format!("@{handle}"));
            Ok((whole, name))
        };
        probed(asked.await)
    }
}

/// The table of refusals.
fn refusal(talk: &Talk<'_>, whole: &Whole) -> Told {
    let body = whole.json();
    let word = |name: &str| body[name].as_str().unwrap_or_default();
    let said = format!("{} {}", word("error"), word("message"));
    match (whole.status, word("error")) {
        // A session that was opened just now: what opens the account opened it.
        (_, "InvalidToken" | "ExpiredToken") => {
            Told::refused(Refusal::Later, format!("bluesky: {said}"))
        }
        (401, _) | (400, "AccountTakedown") => Told::grant_over(format!("bluesky: {said}")),
        (501, "MethodNotImplemented") => {
            talk.lacks("method", word("message"));
            Told::refused(Refusal::Never, format!("bluesky: {said}"))
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

fn known(sending: &Sending, name: &str) -> Vec<Value> {
    sending.known(name).and_then(Value::as_array).cloned().unwrap_or_default()
}

/// What is told after so many pieces are there.
fn told(grant: &Grant, sending: &Sending, blobs: &[Value], posts: &[Value]) -> Said {
    let progress = json!({ "blobs": blobs, "posts": posts });
    let first = posts.first().and_then(|post| post["uri"].as_str());
    let told = match first.filter(|_| sending.form.pieces.len() <= posts.len()) {
        Some(uri) => {
            let who = setting(grant, "identifier")?;
            let app = ["app", "web"].into_iter().find_map(|name| grant.setting(name));
            let app = app.map(|app| app.trim_end_matches('/')).filter(|app| !app.is_empty());
            let page = format!("{}/profile/{who}/post/{}", app.unwrap_or(APP), key_of(uri));
            Told::done(page, uri)
        }
        None => Told::new(Went::On),
    };
    Ok(told.knowing(progress))
}

/// The last part of a record's address.
fn key_of(uri: &str) -> &str {
    uri.rsplit('/').next().unwrap_or_default()
}

/// The records of a thread, the first one first.
fn uris(progress: &Value, place: &Place) -> Vec<String> {
    let posts = progress["posts"].as_array().into_iter().flatten();
    let uris: Vec<String> =
        posts.filter_map(|post| post["uri"].as_str()).map(str::to_owned).collect();
    if uris.is_empty() { vec![place.id.clone()] } else { uris }
}

/// Looks for each piece in turn.
async fn look(talk: &Talk<'_>, grant: &Grant, sending: &Sending) -> Said {
    let who = setting(grant, "identifier")?;
    let mut posts = Vec::new();
    for piece in 0..sending.form.pieces.len() {
        let (repo, rkey) = (encoded(who), sending.tid(piece));
        let path = format!("/com.atproto.repo.getRecord?repo={repo}&collection={POST}&rkey={rkey}");
        let whole = talk.ask(&path).await?;
        let body = whole.json();
        match (whole.status, body["error"].as_str()) {
            (200, _) => {
                let (uri, cid) = (talk.text(&body, "/uri")?, talk.text(&body, "/cid")?);
                posts.push(json!({ "uri": uri, "cid": cid }));
            }
            (400 | 404, Some("RecordNotFound")) => break,
            (_, said) => return Err(talk.untold(&whole, said.unwrap_or_default())),
        }
    }
    told(grant, sending, &known(sending, "blobs"), &posts)
}
