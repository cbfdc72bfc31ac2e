//! Hashnode: GraphQL, whose refusals come with a 200. What may be there is found by its slug.

use crate::guarded::Whole;
use crate::line::{Body, Line, Said, Talk, base, probed, secret, setting};
use crate::verb;
use async_trait::async_trait;
use domain::ports::Refusal;
use domain::post::Able;
use domain::publish::{Counts, Grant, Place, Probed, Sending, Spoke, Told, Went};
use domain::vendor::reason;
use guard::form::Form;
use reqwest::Method;
use serde_json::{Value, json};

/// Where its API is: its version is in its name, the one before it is gone.
const BASE: &str = "https://gql-beta.hashnode.com";
/// Where its pictures are.
const PICTURES: &str = "https://cdn.hashnode.com";

const UPLOAD: &str = "mutation($input: CreateImageUploadInput!) { createImageUploadURL(input: $input) { presignedPost { url fields } } }";
const PUBLISH: &str = "mutation($input: PublishPostInput!) { publishPost(input: $input) { post { id slug url title } } }";
const UPDATE: &str = "mutation($input: UpdatePostInput!) { updatePost(input: $input) { post { id slug url title } } }";
const BY_SLUG: &str = "query($id: ObjectId, $slug: String!) { publication(id: $id) { post(slug: $slug) { id slug url title views reactionCount responseCount } } }";

/// Hashnode.
#[derive(Clone, Debug)]
pub struct Hashnode(Line);

impl Hashnode {
    /// Calls it so.
    pub fn new(line: Line) -> Self {
        Self(line)
    }

    fn talk(&self, grant: &Grant) -> Result<Talk<'_>, Told> {
        let talk = self.0.talk("hashnode", &base(grant, BASE)?);
        Ok(talk.with("authorization", format!("Bearer {}", secret(grant, "token")?)))
    }
}

#[async_trait]
impl Spoke for Hashnode {
    fn able(&self) -> &'static Able {
        Able::of("hashnode").expect("the table has its row")
    }

    async fn start(&self, grant: &Grant, sending: &Sending) -> Told {
        // What was given to its file server is given without our key.
        let plain = self.0.talk("hashnode", "");
        verb!(self.talk(grant), talk => begin(&talk, &plain, grant, sending))
    }

    async fn check(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => look(&talk, grant, sending))
    }

    async fn update(&self, grant: &Grant, sending: &Sending) -> Told {
        verb!(self.talk(grant), talk => change(&talk, grant, sending))
    }

    async fn metrics(
        &self,
        grant: &Grant,
        _progress: &Value,
        place: &Place,
    ) -> Result<Counts, String> {
        let counted = async {
            let talk = self.talk(grant)?;
            let slug = place.url.rsplit('/').next().unwrap_or_default();
            found(&talk, grant, slug).await
        };
        let post = counted.await.map_err(|told| format!("{:?}", told.went))?.unwrap_or_default();
        let fields =
            [("views", "views"), ("reactions", "reactionCount"), ("comments", "responseCount")];
        let counted = |(name, field): (&str, &str)| Some((name.to_owned(), post[field].as_u64()?));
        Ok(fields.into_iter().filter_map(counted).collect())
    }

    async fn probe(&self, grant: &Grant) -> Probed {
        let asked = async {
            let talk = self.talk(grant)?;
            let whole = post(&talk, "query { me { id username } }", json!({})).await?;
            let name =
                whole.json()["data"]["me"]["username"].as_str().map(|name| format!("@{name}"));
            match name {
                Some(name) => Ok((whole, Some(name))),
                None => Err(ok(&talk, whole, "/data/me/username")
                    .err()
                    .unwrap_or_else(|| Told::unknown("hashnode"))),
            }
        };
        probed(asked.await)
    }
}

async fn post(talk: &Talk<'_>, query: &str, variables: Value) -> Result<Whole, Told> {
    let body = json!({ "query": query, "variables": variables });
    talk.act(Method::POST, "/", Body::Json(body)).await
}

/// What is at this place of an answer; the table of refusals, which come with a 200.
fn ok(talk: &Talk<'_>, whole: Whole, pointer: &str) -> Result<Value, Told> {
    let body = whole.json();
    let error = &body["errors"][0];
    let said = error["message"].as_str().unwrap_or_default();
    let why = || reason(&format!("hashnode: {said}"));
    match error["extensions"]["code"].as_str() {
        Some("UNAUTHENTICATED") => Err(Told::grant_over(why())),
        // A plan that may not write, or a publication of somebody else's.
        Some("FORBIDDEN" | "NOT_FOUND") => Err(Told::refused(Refusal::Elsewhere, why())),
        Some("BAD_USER_INPUT" | "GRAPHQL_VALIDATION_FAILED") => {
            Err(Told::refused(Refusal::Never, why()))
        }
        Some("INTERNAL_SERVER_ERROR") => Err(Told::unknown(why())),
        Some(code) => {
            talk.lacks("errors.extensions.code", code);
            Err(Told::unknown(why()))
        }
        None if whole.status != 200 => Err(talk.refusal(&whole, said)),
        None => body.pointer(pointer).cloned().ok_or_else(|| talk.missing(&body, pointer)),
    }
}

/// What was asked and changes nothing: what it says is unknown, but for a grant that is over.
fn asked(told: Told) -> Told {
    match told.went {
        _ if told.grant_over => told,
        Went::Refused(_, why) => Told { went: Went::Unknown(why), ..told },
        _ => told,
    }
}

fn urls(sending: &Sending) -> Vec<String> {
    let known = sending.known("urls").and_then(Value::as_array).cloned().unwrap_or_default();
    known.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn slug(sending: &Sending) -> String {
    sending.form.slug.clone().unwrap_or_else(|| sending.id.replace('_', "-"))
}

fn input(sending: &Sending) -> Value {
    let (form, urls) = (&sending.form, urls(sending));
    let tag = |tag: &String| json!({ "slug": tag });
    let mut input = json!({
        "title": form.title.clone().unwrap_or_default(),
        "contentMarkdown": form.body.as_ref().map(|body| body.with(&urls)).unwrap_or_default(),
        "slug": slug(sending),
        "tags": form.tags.iter().map(tag).collect::<Vec<_>>(),
    });
    let cover = form.media.iter().position(|medium| medium.cover);
    let more = [
        ("subtitle", form.summary.clone()),
        ("originalArticleURL", form.canonical_url.clone()),
        ("coverImage", cover.and_then(|place| urls.get(place).cloned())),
    ];
    for (name, value) in more {
        if let Some(value) = value {
            input[name] = value.into();
        }
    }
    input
}

/// The next thing: a picture, or the post.
async fn begin(talk: &Talk<'_>, plain: &Talk<'_>, grant: &Grant, sending: &Sending) -> Said {
    let mut known = urls(sending);
    if let Some(file) = sending.files.get(known.len()) {
        let wanted = json!({ "input": { "contentType": file.media_type } });
        let whole = post(talk, UPLOAD, wanted).await?;
        let signed = ok(talk, whole, "/data/createImageUploadURL/presignedPost")?;
        let (url, key) = (talk.text(&signed, "/url")?, talk.text(&signed, "/fields/key")?);
        let fields = signed["fields"].as_object().cloned().unwrap_or_default();
        // The file comes last, or what follows it is not looked at.
        let form = fields.iter().fold(Form::default(), |form, (name, value)| match value {
            Value::String(text) => form.text(name, text),
            other => form.text(name, other),
        });
        let form = form.called("file", &file.name, &file.media_type, file.bytes.clone());
        let sent = plain.act(Method::POST, &url, Body::Form(form)).await?;
        if !(200..300).contains(&sent.status) {
            return Err(plain.refusal(&sent, "an upload"));
        }
        known.push(format!("{PICTURES}/{key}"));
        return Ok(Told::new(Went::On).knowing(json!({ "urls": known })));
    }
    // It takes no key of ours, and a slug that is taken gets another end: so it is looked for first.
    if let Some(there) = found(talk, grant, &slug(sending)).await.map_err(asked)? {
        return done(talk, sending, &there);
    }
    let mut input = input(sending);
    input["publicationId"] = setting(grant, "publication")?.into();
    let whole = post(talk, PUBLISH, json!({ "input": input })).await?;
    let made = ok(talk, whole, "/data/publishPost/post")?;
    done(talk, sending, &made)
}

fn done(talk: &Talk<'_>, sending: &Sending, post: &Value) -> Said {
    let (url, id) = (talk.text(post, "/url")?, talk.text(post, "/id")?);
    Ok(Told::done(url, &id).knowing(json!({ "urls": urls(sending), "post": id })))
}

/// The post of this slug.
async fn found(talk: &Talk<'_>, grant: &Grant, slug: &str) -> Result<Option<Value>, Told> {
    let wanted = json!({ "id": setting(grant, "publication")?, "slug": slug });
    let whole = post(talk, BY_SLUG, wanted).await?;
    let found = ok(talk, whole, "/data/publication/post")?;
    Ok(Some(found).filter(|post| !post.is_null()))
}

async fn look(talk: &Talk<'_>, grant: &Grant, sending: &Sending) -> Said {
    match found(talk, grant, &slug(sending)).await.map_err(asked)? {
        Some(post) => done(talk, sending, &post),
        None => Ok(Told::new(Went::On)),
    }
}

async fn change(talk: &Talk<'_>, grant: &Grant, sending: &Sending) -> Said {
    let Some(there) = found(talk, grant, &slug(sending)).await? else {
        return Ok(Told::new(Went::On));
    };
    let mut input = input(sending);
    input["id"] = there["id"].clone();
    let whole = post(talk, UPDATE, json!({ "input": input })).await?;
    let changed = ok(talk, whole, "/data/updatePost/post")?;
    done(talk, sending, &changed)
}
