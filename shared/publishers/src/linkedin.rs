//! LinkedIn: pictures, then a post whose id comes in a header and nowhere else.
//!
//! It takes no key of ours. What may be there is found among the last posts by its words.

use crate::guarded::Whole;
use crate::line::{Body, Line, Said, Talk, base, encoded, probed, secret, setting};
use crate::{oauth, verb};
use async_trait::async_trait;
use domain::ports::Refusal;
use domain::post::Able;
use domain::publish::{Grant, Place, Probed, Renewed, Sending, SignedIn, Spoke, Told, Went};
use domain::time::Time;
use reqwest::Method;
use serde_json::{Value, json};

/// Where its API is.
const BASE: &str = "https://api.linkedin.com";
/// Where its tokens are renewed.
const TOKENS: &str = "https://www.linkedin.com";
/// The version that is asked for; each is good for about a year.
pub(crate) const VERSION: &str = "202601";
/// How long a picture is left alone that is looked at over there, in seconds.
const WAIT_S: u32 = 3;
/// Posts from so long before the first asking are looked at, in milliseconds: clocks differ.
const BEFORE_MS: i64 = 120_000;

/// LinkedIn.
#[derive(Clone, Debug)]
pub struct LinkedIn(Line);

impl LinkedIn {
    /// Calls it so.
    pub fn new(line: Line) -> Self {
        Self(line)
    }

    fn talk(&self, grant: &Grant) -> Result<Talk<'_>, Told> {
        let talk = self.0.talk("linkedin", &format!("{}/rest", base(grant, BASE)?));
        let talk = talk.with("authorization", format!("Bearer {}", secret(grant, "token")?));
        Ok(talk.with("linkedin-version", VERSION).with("x-restli-protocol-version", "2.0.0"))
    }
}

#[async_trait]
impl Spoke for LinkedIn {
    fn able(&self) -> &'static Able {
        Able::of("linkedin").expect("the table has its row")
    }

    async fn start(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => begin(&talk, grant, sending))
    }

    async fn check(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => look(&talk, grant, sending))
    }

    async fn update(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => change(&talk, grant, sending))
    }

    async fn unpublish(&self, grant: &Grant, _progress: &Value, place: &Place) -> Told {
        verb!(self.talk(grant), talk => take_back(&talk, place))
    }

    async fn probe(&self, grant: &Grant) -> Probed {
        let asked = async {
            let author = setting(grant, "author")?;
            let path = match author.strip_prefix("urn:li:organization:") {
                Some(id) => format!("/organizations/{}", encoded(id)),
                None => "/me".into(),
            };
            let whole = self.talk(grant)?.ask(&path).await?;
            let body = whole.json();
            let name = ["localizedName", "localizedFirstName", "id"];
            let name = name.into_iter().find_map(|name| body[name].as_str()).map(str::to_owned);
            Ok((whole, name))
        };
        probed(asked.await)
    }

    async fn redeem(&self, grant: &Grant, signed_in: &SignedIn, now: Time) -> Renewed {
        oauth::redeemed(&self.0, "linkedin", Ok(tokens(grant)), grant, (signed_in, now)).await
    }

    async fn renew(&self, grant: &Grant, now: Time) -> Renewed {
        let at = Ok(tokens(grant));
        oauth::renewed(&self.0, "linkedin", at, grant, now).await
    }
}

/// Where tokens are given.
fn tokens(grant: &Grant) -> String {
    let at = grant.setting("tokens").unwrap_or(TOKENS).trim_end_matches('/');
    format!("{at}/oauth/v2/accessToken")
}

/// The table of refusals.
fn refusal(talk: &Talk<'_>, whole: &Whole) -> Told {
    let body = whole.json();
    let word = |name: &str| body[name].as_str().unwrap_or_default();
    let said = format!("{} {}", word("code"), word("message"));
    match whole.status {
        // The version is gone.
        426 => {
            talk.lacks("LinkedIn-Version", VERSION);
            talk.refusal(whole, said.trim())
        }
        // The words are there already, most likely by us, who got no answer.
        409 | 422 if said.to_lowercase().contains("duplicate") => {
            let why = domain::vendor::reason(&format!("linkedin: {}", said.trim()));
            Told::unknown(why).after_s(15)
        }
        _ => talk.refusal(whole, said.trim()),
    }
}

fn ok(talk: &Talk<'_>, whole: Whole) -> Result<Whole, Told> {
    match whole.status {
        200..=299 => Ok(whole),
        _ => Err(refusal(talk, &whole)),
    }
}

fn known(sending: &Sending) -> Vec<Value> {
    sending.known("images").and_then(Value::as_array).cloned().unwrap_or_default()
}

fn words(sending: &Sending) -> String {
    let pieces: Vec<&str> = sending.form.pieces.iter().map(|piece| piece.text.as_str()).collect();
    pieces.join("\n\n")
}

/// The next thing: a picture, or the post.
async fn begin(talk: &Talk<'_>, grant: &Grant, sending: &Sending) -> Said {
    let author = setting(grant, "author")?;
    let mut images = known(sending);
    if let Some(file) = sending.files.get(images.len()) {
        let wanted = json!({ "initializeUploadRequest": { "owner": author } });
        let path = "/images?action=initializeUpload";
        let begun = ok(talk, talk.act(Method::POST, path, Body::Json(wanted)).await?)?.json();
        let url = talk.text(&begun, "/value/uploadUrl")?;
        let urn = talk.text(&begun, "/value/image")?;
        let body = Body::Bytes(file.media_type.clone(), file.bytes.clone());
        ok(talk, talk.act(Method::PUT, &url, body).await?)?;
        images.push(json!({ "id": urn, "ready": false }));
        return Ok(Told::new(Went::Working).after_s(1).knowing(json!({ "images": images })));
    }
    let mut body = json!({
        "author": author,
        "commentary": words(sending),
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED", "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": false,
    });
    let shown = sending.form.media.iter().zip(&images);
    let shown = shown.map(|(medium, image)| json!({ "id": image["id"], "altText": medium.alt }));
    match shown.collect::<Vec<_>>() {
        none if none.is_empty() => {}
        one if one.len() == 1 => body["content"] = json!({ "media": one[0] }),
        several => body["content"] = json!({ "multiImage": { "images": several } }),
    }
    let made = ok(talk, talk.act(Method::POST, "/posts", Body::Json(body)).await?)?;
    match made.header("x-restli-id") {
        "" => {
            talk.lacks("x-restli-id", "none");
            Err(Told::unknown("linkedin answered without x-restli-id"))
        }
        urn => Ok(done(urn, &images)),
    }
}

fn done(urn: &str, images: &[Value]) -> Told {
    let page = format!("https://www.linkedin.com/feed/update/{urn}");
    Told::done(page, urn).knowing(json!({ "images": images, "post": urn }))
}

/// What became of pictures, and whether the post is there.
async fn look(talk: &Talk<'_>, grant: &Grant, sending: &Sending) -> Said {
    let mut images = known(sending);
    for place in 0..images.len() {
        if images[place]["ready"] == true {
            continue;
        }
        let urn = images[place]["id"].as_str().unwrap_or_default().to_owned();
        let whole = talk.ask(&format!("/images/{}", encoded(&urn))).await?;
        let body = whole.json();
        if whole.status != 200 {
            return Err(talk.untold(&whole, body["code"].as_str().unwrap_or_default()));
        }
        let working = |told: Told| Ok(told.after_s(WAIT_S).knowing(json!({ "images": images })));
        match talk.text(&body, "/status")?.as_str() {
            "AVAILABLE" => images[place]["ready"] = true.into(),
            "WAITING_UPLOAD" | "PROCESSING" => return working(Told::new(Went::Working)),
            "PROCESSING_FAILED" => {
                let why = "linkedin cannot show the picture";
                return Err(Told::refused(Refusal::Never, why));
            }
            _ => {
                talk.lacks("status", domain::vendor::found(&body["status"]));
                return working(Told::new(Went::Working));
            }
        }
    }
    match ours(talk, grant, sending).await? {
        Some(urn) => Ok(done(&urn, &images)),
        None => Ok(Told::new(Went::On).knowing(json!({ "images": images }))),
    }
}

/// Our post among the last ones.
async fn ours(talk: &Talk<'_>, grant: &Grant, sending: &Sending) -> Result<Option<String>, Told> {
    let author = encoded(setting(grant, "author")?);
    let path = format!("/posts?author={author}&q=author&count=50&sortBy=CREATED");
    let whole = talk.ask(&path).await?;
    let body = whole.json();
    if whole.status != 200 {
        return Err(talk.untold(&whole, body["code"].as_str().unwrap_or_default()));
    }
    let posts = body["elements"].as_array().ok_or_else(|| talk.missing(&body, "/elements"))?;
    // What is told back may lack the signs that it was sent with.
    let plain = |text: &str| text.replace('\\', "").trim().to_owned();
    let words = plain(&words(sending));
    let ours = posts.iter().find(|post| {
        let since = sending.since.0 - BEFORE_MS;
        let late = post["createdAt"].as_i64().is_none_or(|made| since <= made);
        late && plain(post["commentary"].as_str().unwrap_or_default()) == words
    });
    ours.map(|post| talk.text(post, "/id")).transpose()
}

/// Words can be changed, and pictures cannot.
async fn change(talk: &Talk<'_>, grant: &Grant, sending: &Sending) -> Said {
    let known = sending.known("post").and_then(Value::as_str).map(str::to_owned);
    let urn = match known {
        Some(urn) => urn,
        None => match ours(talk, grant, sending).await? {
            Some(urn) => urn,
            None => return Ok(Told::new(Went::On)),
        },
    };
    let body = Body::Json(json!({ "patch": { "$set": { "commentary": words(sending) } } }));
    let more = [("x-restli-method", "PARTIAL_UPDATE".to_owned())];
    let path = format!("/posts/{}", encoded(&urn));
    ok(talk, talk.act_with(Method::POST, &path, body, &more).await?)?;
    Ok(done(&urn, &crate::linkedin::known(sending)))
}

/// To take back what is not there is no error.
async fn take_back(talk: &Talk<'_>, place: &Place) -> Said {
    let path = format!("/posts/{}", encoded(&place.id));
    let more = [("x-restli-method", "DELETE".to_owned())];
    let whole = talk.act_with(Method::DELETE, &path, Body::None, &more).await?;
    if whole.status != 404 {
        ok(talk, whole)?;
    }
    Ok(Told::new(Went::Done(Place::default())))
}
