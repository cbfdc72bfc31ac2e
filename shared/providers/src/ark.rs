//! Seedance at Ark: films as tasks, paid by the token; callbacks are unsigned, so only a check is believed.

mod models;

use crate::desk::{Desk, Reply, found, reason, segment};
use crate::mark;
use crate::vendor::Vendor;
use async_trait::async_trait;
use domain::money::MicroUsd;
use domain::vendor::{Answer, Class, Done, Handle, Heard, Media, Model, Order, Outcome};
use domain::vendor::{Refusal, Source, Webhook};
use domain::{Error, Time};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

/// Ark.
#[derive(Debug)]
pub struct Ark;

/// Where tasks are.
const TASKS: &str = "/contents/generations/tasks";

/// So many tasks are on a page, and so many pages are looked through.
const PAGE: u32 = 100;
const PAGES: u32 = 5;

#[async_trait]
impl Vendor for Ark {
    fn name(&self) -> &'static str {
        "ark"
    }

    fn base(&self) -> &'static str {
        "https://ark.ap-southeast.bytepluses.com/api/v3"
    }

    fn models(&self) -> &'static [Model] {
        models::MODELS
    }

    async fn start(&self, desk: &Desk<'_>, order: &Order) -> Answer {
        let body = models::input(order);
        let request = signed(desk, desk.request(Method::POST, TASKS)).map(|request| {
            request.header("x-client-request-id", order.attempt.as_str()).json(&body)
        });
        match desk.order(request).await {
            Ok(reply) => started(&reply),
            Err(answer) => answer,
        }
    }

    async fn check(&self, desk: &Desk<'_>, order: &Order, handle: &Handle) -> Answer {
        match desk.ask(signed(desk, desk.request(Method::GET, &place(handle)))).await {
            Ok(reply) if reply.status == 200 => stands(order, handle, &reply.json()),
            Ok(reply) => reply.untold(said(&reply)),
            Err(answer) => answer,
        }
    }

    async fn find(&self, desk: &Desk<'_>, order: &Order) -> Answer {
        for page in 1..=PAGES {
            let model = segment(&order.model);
            let path = format!("{TASKS}?page_num={page}&page_size={PAGE}&filter.model={model}");
            let listed = match desk.ask(signed(desk, desk.request(Method::GET, &path))).await {
                Ok(reply) if reply.status == 200 => reply.json(),
                Ok(reply) => return reply.untold(said(&reply)),
                Err(answer) => return answer,
            };
            let items = listed["items"].as_array().cloned().unwrap_or_default();
            let ours = items.iter().find(|item| mark::is_of(order, &item["seed"]));
            if let Some(id) = ours.and_then(|item| item["id"].as_str()) {
                return self.check(desk, order, &Handle::new(id)).await;
            }
            if items.len() < PAGE as usize {
                break;
            }
        }
        Outcome::Unknown("ark lists no task that is known to be ours".into()).into()
    }

    async fn cancel(&self, desk: &Desk<'_>, _order: &Order, handle: &Handle) -> domain::Result<()> {
        let again = |why: String| Error::Again(format!("ark cancel: {why}"));
        let call = async |method: Method| {
            let request = signed(desk, desk.request(method, &place(handle))).map_err(again)?;
            let reply =
                desk.send(request).await.map_err(|silence| again(format!("{silence:?}")))?;
            match reply.status {
                200..=299 | 404 => Ok(reply.json()),
                _ => Err(again(said(&reply))),
            }
        };
        // What runs cannot be stopped, and to stop what is over would delete what it made.
        if call(Method::GET).await?["status"] == "queued" {
            call(Method::DELETE).await?;
        }
        Ok(())
    }

    async fn hear(&self, _desk: &Desk<'_>, webhook: &Webhook, _now: Time) -> Heard {
        let body: Value = serde_json::from_slice(&webhook.body).unwrap_or_default();
        match body["id"].as_str().filter(|id| !id.is_empty()) {
            // Anybody can say so: the check asks Ark.
            Some(id) => Heard::News(Handle::new(id)),
            None => Heard::Nothing,
        }
    }
}

fn place(handle: &Handle) -> String {
    format!("{TASKS}/{}", segment(&handle.id))
}

fn signed(
    desk: &Desk<'_>,
    request: Result<RequestBuilder, String>,
) -> Result<RequestBuilder, String> {
    request.map(|request| request.bearer_auth(&desk.key.secret))
}

/// What the answer to a start tells.
fn started(reply: &Reply) -> Answer {
    match reply.status {
        200..=299 => {
            let body = reply.json();
            match body["id"].as_str().filter(|id| !id.is_empty()) {
                Some(id) => Outcome::accepted(Handle::new(id)).into(),
                None => {
                    let why = "ark accepted it and named no task".to_owned();
                    Answer::from(Outcome::Unknown(why)).drifted("id", found(&body))
                }
            }
        }
        // A gateway's page or a server's error says nothing of the request.
        500.. => Outcome::Unknown(said(reply)).into(),
        _ => Outcome::Refused(trouble(reply)).into(),
    }
}

/// How a task stands.
fn stands(order: &Order, handle: &Handle, task: &Value) -> Answer {
    let seed = &task["seed"];
    // An unsigned callback may have named any task of ours.
    let other = order.number("seed").is_none() && seed.is_u64() && !mark::is_of(order, seed);
    if other {
        return Outcome::Unknown("ark says that the task is another attempt's".into()).into();
    }
    let ended = |class, reason: &str, usd| {
        let refusal = Refusal { class, reason: reason.to_owned() };
        Outcome::Failed { refusal, usd }.into()
    };
    match task["status"].as_str() {
        Some("queued" | "running") => Outcome::accepted(handle.clone()).into(),
        Some("succeeded") => made(order, handle, task),
        Some("failed") => {
            let code = task["error"]["code"].as_str().unwrap_or_default();
            let message = task["error"]["message"].as_str().unwrap_or_default();
            ended(class_of(code), &reason(&format!("ark failed: {code}: {message}")), None)
        }
        Some("cancelled") => ended(Class::Elsewhere, "it was canceled at ark", Some(MicroUsd(0))),
        Some("expired") => {
            ended(Class::Elsewhere, "ark did not do it before its time", Some(MicroUsd(0)))
        }
        _ => Answer::from(Outcome::accepted(handle.clone()))
            .drifted("status", found(&task["status"])),
    }
}

/// What to do after a failure, by its code.
fn class_of(code: &str) -> Class {
    match code {
        _ if code.contains("SensitiveContent") || code.contains("RiskDetect") => Class::Content,
        _ if code.starts_with("InvalidParameter") => Class::Invalid,
        _ if code.starts_with("InternalService") || code == "ServerOverloaded" => Class::Later(5),
        _ => Class::Elsewhere,
    }
}

/// The output of a task.
fn made(order: &Order, handle: &Handle, task: &Value) -> Answer {
    let url = task["content"]["video_url"].as_str().filter(|url| url.starts_with("http"));
    let Some(url) = url else {
        return Answer::from(Outcome::Unknown("ark is done and brings no output".into()))
            .drifted("content.video_url", found(&task["content"]));
    };
    let port = order.output().0.to_owned();
    let media = vec![Media { port, source: Source::Url(url.to_owned()) }];
    let usd = models::cost(&order.model, &task["usage"]["completion_tokens"]);
    let model = task["model"].as_str().map(str::to_owned);
    let done = Done { media, usd, model, id: Some(handle.id.clone()) };
    Outcome::Done(done).into()
}

/// The one table from refusals to what to do next: by Ark's code, else by the status.
fn trouble(reply: &Reply) -> Refusal {
    let later = |or| Class::Later(reply.retry_after().unwrap_or(or));
    let body = reply.json();
    let code = body["error"]["code"].as_str().unwrap_or_default();
    let class = match reply.status {
        _ if code.contains("SensitiveContent") => Class::Content,
        _ if code == "AccountOverdueError" || code == "QuotaExceeded" => Class::Quota,
        401 | 403 => Class::Credentials,
        402 => Class::Quota,
        // No such model, or not opened for us.
        404 | 405 | 410 => Class::Elsewhere,
        408 | 409 => later(2),
        429 => later(10),
        _ => Class::Invalid,
    };
    Refusal { class, reason: said(reply) }
}

/// What a person should know of an answer.
fn said(reply: &Reply) -> String {
    let error = &reply.json()["error"];
    let word = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
    let words = [word("code"), word("message")];
    let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
    reason(&format!("ark answered {}: {}", reply.status, words.join(": ")))
        .trim_end_matches([':', ' '])
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderMap;
    use serde_json::json;

    #[test]
    fn every_code_has_its_class() {
        for (status, code, class) in [
            (400, "InvalidParameter", Class::Invalid),
            (400, "InputTextSensitiveContentDetected", Class::Content),
            (400, "InputImageSensitiveContentDetected.PrivacyInformation", Class::Content),
            (401, "AuthenticationError", Class::Credentials),
            (403, "AccessDenied", Class::Credentials),
            (403, "AccountOverdueError", Class::Quota),
            (404, "InvalidEndpointOrModel.NotFound", Class::Elsewhere),
            (404, "ModelNotOpen", Class::Elsewhere),
            (429, "QuotaExceeded", Class::Quota),
            (429, "RateLimitExceeded.EndpointRPMExceeded", Class::Later(10)),
            (429, "ServerOverloaded", Class::Later(10)),
        ] {
            let body = json!({ "error": { "code": code, "message": "No." } });
            let body = body.to_string().into_bytes();
            let refusal = trouble(&Reply { status, headers: HeaderMap::new(), body });
            assert_eq!(refusal.class, class, "{code}");
            assert_eq!(refusal.reason, format!("ark answered {status}: {code}: No."));
        }
    }

    #[test]
    fn failures_are_told_apart_by_their_code() {
        assert_eq!(class_of("OutputVideoSensitiveContentDetected"), Class::Content);
        assert_eq!(class_of("InternalServiceError"), Class::Later(5));
        assert_eq!(class_of("InvalidParameter.image"), Class::Invalid);
        assert_eq!(class_of(""), Class::Elsewhere);
    }
}
