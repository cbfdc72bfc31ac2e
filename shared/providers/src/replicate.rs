//! Replicate: predictions of many people's models, told by Standard Webhooks.

mod models;

use crate::desk::{Desk, Reply, found, reason, segment};
use crate::mark;
use crate::standard;
use crate::vendor::Vendor;
use async_trait::async_trait;
use domain::vendor::{Answer, Class, Done, Handle, Heard, Media, Model, Order, Outcome};
use domain::vendor::{Refusal, Source, Webhook};
use domain::{Error, Time};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// Replicate.
#[derive(Debug)]
pub struct Replicate;

/// Replicate takes no shorter time than this until it cancels by itself, in seconds.
const CANCEL_LEAST_S: u32 = 5;

/// So far back predictions are looked through, in milliseconds: older ones have lost what they are known by.
const BACK_MS: i64 = 3_600_000;

/// So many pages of a hundred are looked through.
const PAGES: u32 = 5;

#[async_trait]
impl Vendor for Replicate {
    fn name(&self) -> &'static str {
        "replicate"
    }

    fn base(&self) -> &'static str {
        "https://api.replicate.com/v1"
    }

    fn models(&self) -> &'static [Model] {
        models::MODELS
    }

    async fn start(&self, desk: &Desk<'_>, order: &Order) -> Answer {
        let mut body = json!({ "input": models::input(order) });
        let path = match order.model.strip_prefix("deployments/").map(|name| name.split_once('/')) {
            Some(Some((owner, name))) => {
                format!("/deployments/{}/{}/predictions", segment(owner), segment(name))
            }
            _ => {
                body["version"] = order.model.as_str().into();
                "/predictions".into()
            }
        };
        if let Some(webhook) = &order.webhook {
            body["webhook"] = webhook.as_str().into();
            body["webhook_events_filter"] = json!(["completed"]);
        }
        let deadline_s = order.deadline_s.max(CANCEL_LEAST_S).to_string();
        let request = signed(desk, desk.request(Method::POST, &path))
            .map(|request| request.header("cancel-after", deadline_s).json(&body));
        match desk.order(request).await {
            Ok(reply) => started(order, &reply),
            Err(answer) => answer,
        }
    }

    async fn check(&self, desk: &Desk<'_>, order: &Order, handle: &Handle) -> Answer {
        let path = format!("/predictions/{}", segment(&handle.id));
        match desk.ask(signed(desk, desk.request(Method::GET, &path))).await {
            Ok(reply) if reply.status == 200 => stands(order, handle, &reply.json()),
            Ok(reply) => reply.untold(said(&reply)),
            Err(answer) => answer,
        }
    }

    async fn find(&self, desk: &Desk<'_>, order: &Order) -> Answer {
        let since = Time(desk.now.0 - BACK_MS).rfc3339();
        let mut page = desk.url(&format!("/predictions?created_after={since}")).ok();
        for _ in 0..PAGES {
            let Some(url) = page else { break };
            let reply = desk.ask(signed(desk, desk.request_at(Method::GET, url))).await;
            let reply = match reply {
                Ok(reply) if reply.status == 200 => reply.json(),
                Ok(reply) => return reply.untold(said(&reply)),
                Err(answer) => return answer,
            };
            let listed = reply["results"].as_array().into_iter().flatten();
            if let Some(ours) = listed.into_iter().find(|listed| is_ours(order, listed)) {
                // What is listed may be shortened: the prediction itself is asked for.
                let id = ours["id"].as_str().unwrap_or_default();
                return self.check(desk, order, &Handle::new(id)).await;
            }
            page = reply["next"].as_str().and_then(|url| desk.own(url));
        }
        Outcome::Unknown("replicate lists no prediction that is known to be ours".into()).into()
    }

    async fn cancel(&self, desk: &Desk<'_>, _order: &Order, handle: &Handle) -> domain::Result<()> {
        let path = format!("/predictions/{}/cancel", segment(&handle.id));
        let again = |why: String| Error::Again(format!("replicate cancel: {why}"));
        let request = signed(desk, desk.request(Method::POST, &path)).map_err(again)?;
        match desk.send(request).await {
            Ok(reply) if matches!(reply.status, 200..=299 | 404) => Ok(()),
            Ok(reply) => Err(again(said(&reply))),
            Err(silence) => Err(again(format!("{silence:?}"))),
        }
    }

    async fn hear(&self, desk: &Desk<'_>, webhook: &Webhook, now: Time) -> Heard {
        if let Err(why) = standard::verify(webhook, &desk.key.webhook, now) {
            return Heard::Forged(why);
        }
        let body: Value = serde_json::from_slice(&webhook.body).unwrap_or_default();
        match body["id"].as_str() {
            // The secret that signed it belongs to this key.
            Some(id) => Heard::News(Handle { key: desk.key.label(), ..Handle::new(id) }),
            None => Heard::Nothing,
        }
    }
}

fn signed(
    desk: &Desk<'_>,
    request: Result<RequestBuilder, String>,
) -> Result<RequestBuilder, String> {
    request.map(|request| request.bearer_auth(&desk.key.secret))
}

/// Whether a prediction of a list was started by this attempt: it tells our webhook, or has our seed.
fn is_ours(order: &Order, listed: &Value) -> bool {
    let told = |webhook: &str| Some(webhook) == order.webhook.as_deref();
    match listed["webhook"].as_str() {
        Some(webhook) => told(webhook),
        None => mark::is_of(order, &listed["input"]["seed"]),
    }
}

/// What the answer to a start tells.
fn started(order: &Order, reply: &Reply) -> Answer {
    match reply.status {
        200..=299 => {
            let body = reply.json();
            match body["id"].as_str().filter(|id| !id.is_empty()) {
                Some(id) => stands(order, &Handle::new(id), &body),
                None => {
                    let why = "replicate accepted it and named no prediction".to_owned();
                    Answer::from(Outcome::Unknown(why)).drifted("id", found(&body))
                }
            }
        }
        // A gateway's page or a server's error says nothing of the request.
        500.. => Outcome::Unknown(said(reply)).into(),
        _ => Outcome::Refused(trouble(reply)).into(),
    }
}

/// How a prediction stands.
fn stands(order: &Order, handle: &Handle, body: &Value) -> Answer {
    let usd = models::cost(order, body);
    let failed =
        |class, reason: String| Outcome::Failed { refusal: Refusal { class, reason }, usd }.into();
    match body["status"].as_str() {
        Some("starting" | "processing") => Outcome::accepted(handle.clone()).into(),
        Some("succeeded") if body["data_removed"] == true => {
            failed(Class::Later(1), "replicate removed the output before it was fetched".into())
        }
        Some("succeeded") => made(order, handle, body),
        Some("failed") => {
            let why = body["error"].as_str().unwrap_or_default();
            failed(class_of(why), reason(&format!("replicate failed: {why}")))
        }
        Some("canceled") => failed(Class::Elsewhere, "it was canceled at replicate".into()),
        // Its deadline came before its turn: not charged.
        Some("aborted") => {
            let reason = "replicate did not begin before the deadline".into();
            let refusal = Refusal { class: Class::Elsewhere, reason };
            Outcome::Failed { refusal, usd: Some(domain::money::MicroUsd(0)) }.into()
        }
        _ => Answer::from(Outcome::accepted(handle.clone()))
            .drifted("status", found(&body["status"])),
    }
}

/// What to do after a failure. Replicate has no codes for models' errors, but for a few in brackets.
fn class_of(error: &str) -> Class {
    let has = |words: &[&str]| words.iter().any(|word| error.contains(word));
    match () {
        () if has(&["(E005)", "NSFW", "flagged as sensitive"]) => Class::Content,
        () if has(&["please retry", "Please retry", "interrupted", "high demand"]) => {
            Class::Later(5)
        }
        () => Class::Elsewhere,
    }
}

/// The outputs of a prediction: an address, a list of them, or an object of them by name.
fn made(order: &Order, handle: &Handle, body: &Value) -> Answer {
    let output = &body["output"];
    let mut media = Vec::new();
    for port in order.outputs.keys() {
        let places = [&output[port.as_str()], &output[0], output];
        let url = places.into_iter().find_map(Value::as_str);
        let Some(url) = url.filter(|url| url.starts_with("http")) else {
            return Answer::from(Outcome::Unknown("replicate is done and brings no output".into()))
                .drifted("output", found(output));
        };
        media.push(Media { port: port.clone(), source: Source::Url(url.to_owned()) });
    }
    let done = Done {
        media,
        usd: models::cost(order, body),
        model: body["model"].as_str().map(str::to_owned),
        id: Some(handle.id.clone()),
    };
    Outcome::Done(done).into()
}

/// The one table from refusals to what to do next.
fn trouble(reply: &Reply) -> Refusal {
    let body = reply.json();
    let title = body["title"].as_str().unwrap_or_default();
    let class = match reply.status {
        401 | 403 => Class::Credentials,
        402 => Class::Quota,
        // A model that is gone, or was never there.
        404 | 405 | 410 => Class::Elsewhere,
        422 if title.starts_with("Invalid version") => Class::Elsewhere,
        408 | 409 => Class::Later(2),
        429 => Class::Later(reply.retry_after().or_else(|| resets_in(&body)).unwrap_or(30)),
        _ => Class::Invalid,
    };
    Refusal { class, reason: said(reply) }
}

/// When the limit resets, which only the words tell: `Your rate limit resets in ~30s.`
fn resets_in(body: &Value) -> Option<u32> {
    let (_, after) = body["detail"].as_str()?.split_once("resets in ~")?;
    after.split_once('s')?.0.parse().ok()
}

/// What a person should know of an answer: the detail of its problem document, or its title.
fn said(reply: &Reply) -> String {
    let body = reply.json();
    let words = ["detail", "title"].into_iter().find_map(|name| body[name].as_str());
    let said = format!("replicate answered {}: {}", reply.status, words.unwrap_or_default());
    reason(&said).trim_end_matches([':', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderMap;

    #[test]
    fn the_time_of_a_throttle_is_in_its_words() {
        let body = json!({ "detail": "Request was throttled. Your rate limit resets in ~30s." });
        assert_eq!(resets_in(&body), Some(30));
        assert_eq!(resets_in(&json!({ "detail": "soon" })), None);
    }

    #[test]
    fn failures_are_told_apart_by_what_little_they_say() {
        for (error, class) in [
            ("The input or output was flagged as sensitive. (E005)", Class::Content),
            ("NSFW content detected. Try running it again.", Class::Content),
            ("Prediction interrupted; please retry (code: PA)", Class::Later(5)),
            ("Service is temporarily unavailable due to high demand (E003)", Class::Later(5)),
            ("CUDA out of memory", Class::Elsewhere),
            ("", Class::Elsewhere),
        ] {
            assert_eq!(class_of(error), class, "{error}");
        }
    }

    #[test]
    fn a_problem_document_is_told_by_its_detail() {
        let reply = |body: Value| Reply {
            status: 422,
            headers: HeaderMap::new(),
            body: body.to_string().into_bytes(),
        };
        let both = json!({ "title": "Input validation failed", "detail": "- input: no\nprompt" });
        assert_eq!(said(&reply(both)), "replicate answered 422: - input: no prompt");
        assert_eq!(said(&reply(json!({ "title": "Bad" }))), "replicate answered 422: Bad");
        assert_eq!(said(&reply(json!({}))), "replicate answered 422");
    }
}
