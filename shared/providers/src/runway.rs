//! Runway: films, pictures and sounds as tasks, paid in credits.

mod models;

use crate::desk::{Desk, Reply, found, reason, segment};
use crate::vendor::Vendor;
use async_trait::async_trait;
use domain::Error;
use domain::money::MicroUsd;
use domain::vendor::{Answer, Class, Done, Handle, Media, Model, Order, Outcome, Refusal, Source};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

/// Runway.
#[derive(Debug)]
pub struct Runway;

/// The version of the API that this is written for; Runway answers nobody who does not name one.
const VERSION: &str = "2024-11-06";

/// What a credit costs, in millionths of a dollar.
const CREDIT: i64 = 10_000;

/// The longest prompt that its models take, in UTF-16 units.
const PROMPT_MOST: usize = 1000;

#[async_trait]
impl Vendor for Runway {
    fn name(&self) -> &'static str {
        "runway"
    }

    fn base(&self) -> &'static str {
        "https://api.dev.runwayml.com"
    }

    fn models(&self) -> &'static [Model] {
        models::MODELS
    }

    async fn start(&self, desk: &Desk<'_>, order: &Order) -> Answer {
        if PROMPT_MOST < models::prompt(order).encode_utf16().count() {
            let why = format!("runway takes prompts of {PROMPT_MOST} characters at most");
            return Outcome::refused(Class::Elsewhere, why).into();
        }
        let (path, body) = match models::request(desk, order).await {
            Ok(request) => request,
            Err(answer) => return answer,
        };
        let request = signed(desk, desk.request(Method::POST, path));
        match desk.order(request.map(|request| request.json(&body))).await {
            Ok(reply) => started(&reply),
            Err(answer) => answer,
        }
    }

    async fn check(&self, desk: &Desk<'_>, order: &Order, handle: &Handle) -> Answer {
        let request = signed(desk, desk.request(Method::GET, &place(handle)));
        match desk.ask(request).await {
            Ok(reply) => stands(order, handle, &reply),
            Err(answer) => answer,
        }
    }

    async fn cancel(&self, desk: &Desk<'_>, _order: &Order, handle: &Handle) -> domain::Result<()> {
        let again = |why: String| Error::Again(format!("runway cancel: {why}"));
        let request = signed(desk, desk.request(Method::DELETE, &place(handle))).map_err(again)?;
        match desk.send(request).await {
            // Whatever is not there any more needs no stopping.
            Ok(reply) if matches!(reply.status, 200..=299 | 404) => Ok(()),
            Ok(reply) => Err(again(said(&reply))),
            Err(silence) => Err(again(format!("{silence:?}"))),
        }
    }
}

fn place(handle: &Handle) -> String {
    format!("/v1/tasks/{}", segment(&handle.id))
}

fn signed(
    desk: &Desk<'_>,
    request: Result<RequestBuilder, String>,
) -> Result<RequestBuilder, String> {
    request.map(|request| request.bearer_auth(&desk.key.secret).header("x-runway-version", VERSION))
}

/// What the answer to a start tells.
fn started(reply: &Reply) -> Answer {
    match reply.status {
        200..=299 => {
            let body = reply.json();
            match body["id"].as_str().filter(|id| !id.is_empty()) {
                Some(id) => Outcome::accepted(Handle::new(id)).into(),
                None => {
                    let why = "runway accepted it and named no task".to_owned();
                    Answer::from(Outcome::Unknown(why)).drifted("id", found(&body))
                }
            }
        }
        // A gateway's page or a server's error says nothing of the request.
        500.. => Outcome::Unknown(said(reply)).into(),
        _ => Outcome::Refused(trouble(reply)).into(),
    }
}

/// How a task stands. Each look at it brings new addresses of what it made.
fn stands(order: &Order, handle: &Handle, reply: &Reply) -> Answer {
    match reply.status {
        200 => {}
        // It was accepted once, so nobody is asked to do it again.
        404 => {
            let why = "runway does not have the task any more: it was canceled or deleted";
            return Outcome::failed(Class::Invalid, why).into();
        }
        _ => return reply.untold(said(reply)),
    }
    let body = reply.json();
    let credits = body["cost"]["credits"].as_i64();
    let usd = credits.and_then(|credits| credits.checked_mul(CREDIT)).map(MicroUsd);
    match body["status"].as_str() {
        Some("PENDING" | "THROTTLED") => Outcome::accepted(handle.clone()).into(),
        Some("RUNNING") => {
            Outcome::Accepted { handle: handle.clone(), fraction: body["progress"].as_f64() }.into()
        }
        Some("SUCCEEDED") => made(order, handle, &body, usd),
        Some("FAILED") => {
            let code = body["failureCode"].as_str().unwrap_or_default();
            let words = [code, body["failure"].as_str().unwrap_or_default()].join(": ");
            let reason = reason(&format!("runway failed: {}", words.trim_start_matches(": ")));
            Outcome::Failed { refusal: Refusal { class: class_of(code), reason }, usd }.into()
        }
        Some("CANCELLED") => {
            let reason = "it was canceled at runway".into();
            Outcome::Failed { refusal: Refusal { class: Class::Elsewhere, reason }, usd }.into()
        }
        _ => Answer::from(Outcome::accepted(handle.clone()))
            .drifted("status", found(&body["status"])),
    }
}

/// What to do after a failure, by the family of its code.
fn class_of(code: &str) -> Class {
    match code {
        _ if code.starts_with("SAFETY.") => Class::Content,
        _ if code.starts_with("INPUT_PREPROCESSING.SAFETY") => Class::Content,
        _ if code.starts_with("INPUT_PREPROCESSING.INTERNAL") => Class::Later(5),
        _ if code.starts_with("INPUT_PREPROCESSING") => Class::Invalid,
        _ if code.starts_with("ASSET.") => Class::Invalid,
        _ if code.starts_with("INTERNAL") => Class::Later(5),
        _ => Class::Elsewhere,
    }
}

/// The outputs of a task.
fn made(order: &Order, handle: &Handle, body: &Value, usd: Option<MicroUsd>) -> Answer {
    let url = body["output"][0].as_str().filter(|url| url.starts_with("http"));
    let Some(url) = url else {
        return Answer::from(Outcome::Unknown("runway is done and brings no output".into()))
            .drifted("output[0]", found(&body["output"]));
    };
    let port = order.output().0.to_owned();
    let media = vec![Media { port, source: Source::Url(url.to_owned()) }];
    let done = Done { media, usd, model: None, id: Some(handle.id.clone()) };
    let answer = Answer::from(Outcome::Done(done));
    match usd {
        Some(_) => answer,
        None => answer.drifted("cost.credits", found(&body["cost"])),
    }
}

/// The one table from refusals to what to do next.
fn trouble(reply: &Reply) -> Refusal {
    let said = said(reply);
    let class = match reply.status {
        // There is no code for it.
        400 if said.contains("enough credits") => Class::Quota,
        401 | 403 => Class::Credentials,
        402 => Class::Quota,
        404 | 405 | 410 => Class::Elsewhere,
        408 => Class::Later(2),
        429 => Class::Later(reply.retry_after().unwrap_or(30)),
        _ => Class::Invalid,
    };
    Refusal { class, reason: said }
}

/// What a person should know of an answer: what is wrong, and with which field.
fn said(reply: &Reply) -> String {
    let body = reply.json();
    let issue = &body["issues"][0];
    let path: Vec<_> =
        issue["path"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let (path, status) = (path.join("."), reply.status.to_string());
    let words = [
        body["error"].as_str().unwrap_or_default(),
        &path,
        issue["message"].as_str().unwrap_or_default(),
    ];
    let words = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(": ");
    reason(&format!("runway answered {status}: {words}")).trim_end_matches([':', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderMap;
    use serde_json::json;

    #[test]
    fn failures_are_told_apart_by_the_family_of_their_code() {
        for (code, class) in [
            ("SAFETY.INPUT.TEXT", Class::Content),
            ("SAFETY.OUTPUT.VIDEO", Class::Content),
            ("INPUT_PREPROCESSING.SAFETY.TEXT", Class::Content),
            ("INPUT_PREPROCESSING.INTERNAL", Class::Later(5)),
            ("INPUT_PREPROCESSING.OTHER", Class::Invalid),
            ("ASSET.INVALID", Class::Invalid),
            ("INTERNAL.BAD_OUTPUT.CODE01", Class::Later(5)),
            ("INTERNAL", Class::Later(5)),
            ("THIRD_PARTY.UNAVAILABLE", Class::Elsewhere),
            ("", Class::Elsewhere),
        ] {
            assert_eq!(class_of(code), class, "{code}");
        }
    }

    #[test]
    fn a_refusal_names_the_field() {
        let issue = json!({ "code": "too_big", "path": ["promptText"], "message": "too long" });
        let body = json!({ "error": "Validation of body failed", "issues": [issue] });
        let body = body.to_string().into_bytes();
        let reply = Reply { status: 400, headers: HeaderMap::new(), body };
        let why = "runway answered 400: Validation of body failed: promptText: too long";
        assert_eq!(said(&reply), why);
    }
}
