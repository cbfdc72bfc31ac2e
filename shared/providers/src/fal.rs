//! fal's queue: pictures, videos and sounds of many models behind one address each.

mod keys;
mod models;

use crate::desk::{Desk, Reply, found, reason, segment};
use crate::mark;
use crate::vendor::Vendor;
use async_trait::async_trait;
use domain::vendor::{Answer, Class, Done, Handle, Heard, Media, Model, Order, Outcome};
use domain::vendor::{Refusal, Source, Webhook};
use domain::{Error, Time};
use keys::Keys;
use reqwest::{Method, Url};
use serde_json::{Map, Value};

/// fal, with the keys that its webhooks are verified with.
#[derive(Debug, Default)]
pub struct Fal {
    keys: Keys,
}

/// Where fal lists the requests of the last day that it has begun.
const PLATFORM: &str = "https://api.fal.ai";
const LIST: &str = "/v1/models/requests/by-endpoint";

/// So many pages of a hundred are looked through.
const PAGES: u32 = 5;

/// So long fal is asked to keep what it made: longer than we need to fetch it.
const KEEP: &str = r#"{"expiration_duration_seconds":86400}"#;

#[async_trait]
impl Vendor for Fal {
    fn name(&self) -> &'static str {
        "fal"
    }

    fn base(&self) -> &'static str {
        "https://queue.fal.run"
    }

    fn models(&self) -> &'static [Model] {
        models::MODELS
    }

    async fn start(&self, desk: &Desk<'_>, order: &Order) -> Answer {
        let (model, _) = models::address(order);
        if !models::is_path(&model) {
            return Outcome::refused(Class::Invalid, "fal: this is no name of a model").into();
        }
        if order.text("stem") == "accompaniment" {
            let why = "fal separates instruments, and does not mix what is left";
            return Outcome::refused(Class::Elsewhere, why).into();
        }
        let mut path = format!("/{model}");
        if let Some(webhook) = &order.webhook
            && let Ok(url) = Url::parse_with_params("http://x/", [("fal_webhook", webhook)])
        {
            path = format!("{path}?{}", url.query().unwrap_or_default());
        }
        let request = desk.request(Method::POST, &path).map(|request| {
            request
                .header("authorization", format!("Key {}", desk.key.secret))
                .header("x-fal-request-timeout", order.deadline_s.max(2).to_string())
                .header("x-fal-object-lifecycle-preference", KEEP)
                .json(&models::input(order))
        });
        match desk.order(request).await {
            Ok(reply) => started(desk, &reply),
            Err(answer) => answer,
        }
    }

    async fn check(&self, desk: &Desk<'_>, order: &Order, handle: &Handle) -> Answer {
        let reply = match get(desk, place(desk, order, handle, "status")).await {
            Ok(reply) => reply,
            Err(answer) => return answer,
        };
        let status = reply.json();
        if !matches!(reply.status, 200..=299) {
            return reply.untold(said(&reply));
        }
        match status["status"].as_str() {
            Some("IN_QUEUE" | "IN_PROGRESS") => Outcome::accepted(handle.clone()).into(),
            Some("COMPLETED") => match get(desk, place(desk, order, handle, "response")).await {
                Ok(reply) => ended(order, handle, &status, &reply),
                Err(answer) => answer,
            },
            _ => Answer::from(Outcome::accepted(handle.clone()))
                .drifted("status", found(&status["status"])),
        }
    }

    async fn find(&self, desk: &Desk<'_>, order: &Order) -> Answer {
        let (model, _) = models::address(order);
        let list = format!("{LIST}?endpoint_id={}&expand=payloads&limit=100", segment(&model));
        let mut cursor = String::new();
        for _ in 0..PAGES {
            let page = match cursor.as_str() {
                "" => list.clone(),
                cursor => format!("{list}&cursor={}", segment(cursor)),
            };
            let listed = match get(desk, beside(desk, PLATFORM, &page)).await {
                Ok(reply) if reply.status == 200 => reply.json(),
                Ok(reply) => return reply.untold(said(&reply)),
                Err(answer) => return answer,
            };
            let mut items = listed["items"].as_array().into_iter().flatten();
            let ours = items.find(|item| mark::is_of(order, &item["json_input"]["seed"]));
            if let Some(id) = ours.and_then(|item| item["request_id"].as_str()) {
                return self.check(desk, order, &Handle::new(id)).await;
            }
            cursor = listed["next_cursor"].as_str().unwrap_or_default().to_owned();
            if cursor.is_empty() {
                break;
            }
        }
        // What waits is not listed yet.
        Outcome::Unknown("fal lists no request that is known to be ours".into()).into()
    }

    async fn cancel(&self, desk: &Desk<'_>, order: &Order, handle: &Handle) -> domain::Result<()> {
        let request = place(desk, order, handle, "cancel")
            .and_then(|url| desk.request_at(Method::PUT, url))
            .map(|request| request.header("authorization", format!("Key {}", desk.key.secret)))
            .map_err(|why| Error::Again(format!("fal cancel: {why}")))?;
        match desk.send(request).await {
            // Accepted, already over, or not known: there is nothing to stop any more.
            Ok(reply) if matches!(reply.status, 200..=299 | 400 | 404) => Ok(()),
            Ok(reply) => Err(Error::Again(format!("fal cancel: {}", said(&reply)))),
            Err(silence) => Err(Error::Again(format!("fal cancel: {silence:?}"))),
        }
    }

    async fn hear(&self, desk: &Desk<'_>, webhook: &Webhook, now: Time) -> Heard {
        if let Err(why) = self.keys.verify(desk, webhook, now).await {
            return Heard::Forged(why);
        }
        let body: Value = serde_json::from_slice(&webhook.body).unwrap_or_default();
        match body["request_id"].as_str() {
            Some(id) => Heard::News(Handle::new(id)),
            None => Heard::Nothing,
        }
    }
}

async fn get(desk: &Desk<'_>, url: Result<Url, String>) -> Result<Reply, Answer> {
    let request = url.and_then(|url| desk.request_at(Method::GET, url));
    desk.ask(
        request.map(|request| request.header("authorization", format!("Key {}", desk.key.secret))),
    )
    .await
}

/// A path at another of fal's addresses; a base address that is not fal's serves them all.
fn beside(desk: &Desk<'_>, host: &str, path: &str) -> Result<Url, String> {
    let beside = desk.url(path)?;
    match beside.host_str() {
        Some(queue) if queue.ends_with(".fal.run") => {
            Url::parse(&format!("{host}{path}")).map_err(|cause| cause.to_string())
        }
        _ => Ok(beside),
    }
}

/// Where work is asked about: what fal gave if it leads to fal, else what its contract says.
///
/// The contract's address names the owner and the app only, whatever else the model's name says.
fn place(desk: &Desk<'_>, order: &Order, handle: &Handle, what: &str) -> Result<Url, String> {
    if let Some(url) = desk.own(handle.get(&format!("{what}_url"))) {
        return Ok(url);
    }
    let (model, _) = models::address(order);
    // Workflows and ComfyUI apps have a name more.
    let names = if model.starts_with("workflows/") || model.starts_with("comfy/") { 3 } else { 2 };
    let app = model.split('/').take(names).collect::<Vec<_>>().join("/");
    let rest = match what {
        "response" => String::new(),
        what => format!("/{what}"),
    };
    desk.url(&format!("/{app}/requests/{}{rest}", handle.id))
}

/// What the answer to a start tells.
fn started(desk: &Desk<'_>, reply: &Reply) -> Answer {
    let body = reply.json();
    if !matches!(reply.status, 200..=299) {
        return not_started(reply).into();
    }
    let Some(id) = body["request_id"].as_str().filter(|id| !id.is_empty()) else {
        return Answer::from(Outcome::Unknown("fal accepted it and named no request".into()))
            .drifted("request_id", found(&body));
    };
    let mut handle = Handle::new(id);
    let mut astray = None;
    for name in ["status_url", "response_url", "cancel_url"] {
        match body[name].as_str() {
            Some(url) if desk.own(url).is_some() => handle = handle.with(name, url),
            // The key would go wherever it leads.
            Some(_) => astray = Some((name, "an address that is not fal's".to_owned())),
            None => astray = Some((name, found(&body[name]))),
        }
    }
    let answer = Answer::from(Outcome::accepted(handle));
    match astray {
        Some((name, found)) => answer.drifted(name, found),
        None => answer,
    }
}

/// The one table from refusals of a start to outcomes.
fn not_started(reply: &Reply) -> Outcome {
    match reply.status {
        // A gateway's page or a server's error says nothing of the request.
        500.. => Outcome::Unknown(said(reply)),
        _ => Outcome::Refused(trouble(reply)),
    }
}

/// What the end of work tells, by its status and its result.
fn ended(order: &Order, handle: &Handle, status: &Value, reply: &Reply) -> Answer {
    let failed = |refusal| Outcome::Failed { refusal, usd: None }.into();
    // There is no status for failure: it is completed, with an error.
    if let Some(error) = status["error"].as_str().filter(|error| !error.is_empty()) {
        return match reply.status {
            400.. if !ingress(reply) => failed(trouble(reply)),
            _ => failed(Refusal { class: Class::Elsewhere, reason: reason(error) }),
        };
    }
    match reply.status {
        200 => made(order, &reply.json()),
        202 => Outcome::accepted(handle.clone()).into(),
        // Only the vendor's own word ends the work: a page in between says nothing of it.
        400.. if !error_type(reply).is_empty() => failed(trouble(reply)),
        422 => failed(trouble(reply)),
        _ => Outcome::Unknown(said(reply)).into(),
    }
}

/// The outputs in a result.
fn made(order: &Order, body: &Value) -> Answer {
    let flagged = body["has_nsfw_concepts"].as_array();
    if flagged.is_some_and(|each| each.contains(&Value::Bool(true))) {
        let why = "fal's safety checker blackened the picture";
        return Outcome::failed(Class::Content, why).into();
    }
    let mut media = Vec::new();
    for port in order.outputs.keys() {
        let places = models::places(order, port);
        let url = places.iter().find_map(|place| body.pointer(place)?.as_str());
        let Some(url) = url.filter(|url| url.starts_with("http")) else {
            return Answer::from(Outcome::Unknown("fal is done and brings no output".into()))
                .drifted(format!("{port}.url"), found(body));
        };
        media.push(Media { port: port.clone(), source: Source::Url(url.to_owned()) });
    }
    Outcome::Done(Done { media, usd: models::cost(order, body), ..Done::default() }).into()
}

/// What fal says is wrong, by its type: its messages are for people.
fn trouble(reply: &Reply) -> Refusal {
    let kind = error_type(reply);
    let class = match (reply.status, kind.as_str()) {
        (_, "content_policy_violation" | "nsfw_content_detected") => Class::Content,
        (401, _) => Class::Credentials,
        (402, _) => Class::Quota,
        (403, _) if said(reply).contains("alance") => Class::Quota,
        (403, _) => Class::Credentials,
        (408 | 409, _) => Class::Later(reply.retry_after().unwrap_or(2)),
        (429, _) => Class::Later(reply.retry_after().unwrap_or(10)),
        (404 | 405 | 410 | 499.., _) => Class::Elsewhere,
        _ => Class::Invalid,
    };
    Refusal { class, reason: said(reply) }
}

/// The machine's word for what is wrong, in either of fal's shapes.
fn error_type(reply: &Reply) -> String {
    let body = reply.json();
    let shapes = [&body["detail"][0]["type"], &body["error_type"]];
    let of_body = shapes.iter().find_map(|shape| shape.as_str());
    of_body.unwrap_or(reply.header("x-fal-error-type")).to_owned()
}

/// Whether a page of the gateway's answered in fal's place.
fn ingress(reply: &Reply) -> bool {
    matches!(reply.status, 502..=504)
        && reply.header("x-fal-request-id").is_empty()
        && String::from_utf8_lossy(&reply.body).contains("nginx")
}

/// What a person should know of an answer. A validation's `ctx` and `input` may repeat the prompt.
fn said(reply: &Reply) -> String {
    if ingress(reply) {
        return format!("fal's gateway answered {}", reply.status);
    }
    let body = reply.json();
    let (kind, detail) = (error_type(reply), &body["detail"]);
    let field = detail[0]["loc"].as_array().and_then(|parts| parts.last()).and_then(Value::as_str);
    let message = detail.as_str().or(detail[0]["msg"].as_str()).unwrap_or_default();
    let words = [&kind, field.unwrap_or_default(), message];
    let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
    reason(&format!("fal answered {}: {}", reply.status, words.join(": ")))
        .trim_end_matches([':', ' '])
        .to_owned()
}

/// Fields that are not there are not sent.
fn object(fields: Vec<(&str, Value)>) -> Value {
    let there = fields.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(there.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}
