//! Kling: films and pictures as tasks that carry our own name; its callbacks are unsigned, so only a check is believed.

mod models;

use crate::desk::{Desk, Reply, found, reason, segment};
use crate::vendor::Vendor;
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use domain::Time;
use domain::money::MicroUsd;
use domain::sign::{sign_hex, unhex};
use domain::vendor::{Answer, Class, Done, Handle, Heard, Media, Model, Order, Outcome};
use domain::vendor::{Refusal, Source, Webhook};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// Kling.
#[derive(Debug)]
pub struct Kling;

/// A token holds for so long, in seconds.
const TOKEN_S: i64 = 1800;

/// Clocks may differ by so much, in seconds.
const SKEW_S: i64 = 5;

/// What one of Kling's units costs, in millionths of a dollar.
const UNIT: f64 = 140_000.0;

/// The longest prompt that its models take, in characters.
const PROMPT_MOST: usize = 2500;

#[async_trait]
impl Vendor for Kling {
    fn name(&self) -> &'static str {
        "kling"
    }

    fn base(&self) -> &'static str {
        "https://api-singapore.klingai.com"
    }

    fn models(&self) -> &'static [Model] {
        models::MODELS
    }

    async fn start(&self, desk: &Desk<'_>, order: &Order) -> Answer {
        if PROMPT_MOST < order.text("prompt").chars().count() {
            let why = format!("kling takes prompts of {PROMPT_MOST} characters at most");
            return Outcome::refused(Class::Elsewhere, why).into();
        }
        let mut body = models::input(order);
        body["external_task_id"] = order.attempt.as_str().into();
        if let Some(webhook) = &order.webhook {
            body["callback_url"] = webhook.as_str().into();
        }
        let request = signed(desk, desk.request(Method::POST, models::path(order)));
        match desk.order(request.map(|request| request.json(&body))).await {
            Ok(reply) => started(&reply),
            Err(answer) => answer,
        }
    }

    async fn check(&self, desk: &Desk<'_>, order: &Order, handle: &Handle) -> Answer {
        let path = format!("{}/{}", models::path(order), segment(&handle.id));
        match desk.ask(signed(desk, desk.request(Method::GET, &path))).await {
            Ok(reply) => stands(order, handle, &reply),
            Err(answer) => answer,
        }
    }

    async fn find(&self, desk: &Desk<'_>, order: &Order) -> Answer {
        let path = format!("{}/{}", models::path(order), segment(order.attempt.as_str()));
        let reply = match desk.ask(signed(desk, desk.request(Method::GET, &path))).await {
            Ok(reply) => reply,
            Err(answer) => return answer,
        };
        match reply.json()["data"]["task_id"].as_str().filter(|id| !id.is_empty()) {
            Some(id) if reply.status == 200 => stands(order, &Handle::new(id), &reply),
            _ => reply.untold(format!("kling names no task of the attempt: {}", said(&reply))),
        }
    }

    async fn hear(&self, _desk: &Desk<'_>, webhook: &Webhook, _now: Time) -> Heard {
        let body: Value = serde_json::from_slice(&webhook.body).unwrap_or_default();
        match body["task_id"].as_str().filter(|id| !id.is_empty()) {
            // Anybody can say so: the check looks whether the task is the attempt's.
            Some(id) => Heard::News(Handle::new(id)),
            None => Heard::Nothing,
        }
    }
}

fn signed(
    desk: &Desk<'_>,
    request: Result<RequestBuilder, String>,
) -> Result<RequestBuilder, String> {
    let (access, secret) = desk.key.parts();
    request.map(|request| request.bearer_auth(token(access, secret, desk.now)))
}

/// A token of one's own making (HS256), for half an hour.
fn token(access: &str, secret: &str, now: Time) -> String {
    let now_s = now.unix_s();
    let header = BASE64.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let claims = json!({ "iss": access, "exp": now_s + TOKEN_S, "nbf": now_s - SKEW_S });
    let message = format!("{header}.{}", BASE64.encode(claims.to_string()));
    let signature = unhex(&sign_hex(secret, message.as_bytes())).unwrap_or_default();
    format!("{message}.{}", BASE64.encode(signature))
}

/// What the answer to a start tells.
fn started(reply: &Reply) -> Answer {
    let body = reply.json();
    match (reply.status, code(&body)) {
        // A gateway's page or a server's error says nothing of the request.
        (500.., _) | (_, Some(5000..)) => Outcome::Unknown(said(reply)).into(),
        (200..=299, Some(0) | None) => {
            match body["data"]["task_id"].as_str().filter(|id| !id.is_empty()) {
                Some(id) => Outcome::accepted(Handle::new(id)).into(),
                None => {
                    let why = "kling accepted it and named no task".to_owned();
                    Answer::from(Outcome::Unknown(why)).drifted("data.task_id", found(&body))
                }
            }
        }
        // A refusal may come with status 200: the code counts.
        _ => Outcome::Refused(trouble(reply)).into(),
    }
}

/// How a task stands.
fn stands(order: &Order, handle: &Handle, reply: &Reply) -> Answer {
    let body = reply.json();
    if reply.status != 200 || !matches!(code(&body), Some(0) | None) {
        return reply.untold(said(reply));
    }
    let task = &body["data"];
    let external = task["task_info"]["external_task_id"].as_str().unwrap_or_default();
    if !external.is_empty() && external != order.attempt.as_str() {
        return Outcome::Unknown("kling says that the task is another attempt's".into()).into();
    }
    let usd = cost(&task["final_unit_deduction"]);
    match task["task_status"].as_str() {
        Some("submitted" | "processing") => Outcome::accepted(handle.clone()).into(),
        // Without the usual end.
        Some("succeed") => made(order, handle, task, usd),
        Some("failed") => {
            let why = task["task_status_msg"].as_str().unwrap_or_default();
            let reason = reason(&format!("kling failed: {why}"));
            Outcome::Failed { refusal: Refusal { class: class_of(why), reason }, usd }.into()
        }
        _ => Answer::from(Outcome::accepted(handle.clone()))
            .drifted("data.task_status", found(&task["task_status"])),
    }
}

/// What a task cost that says how many units were deducted, as a number or as text.
fn cost(units: &Value) -> Option<MicroUsd> {
    let units = units.as_f64().or_else(|| units.as_str()?.parse().ok())?;
    units.is_finite().then(|| MicroUsd((units * UNIT).round() as i64))
}

/// What to do after a failure, of which there is only a message.
fn class_of(message: &str) -> Class {
    let message = message.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    match () {
        () if has(&["risk control", "sensitive", "content policy", "violat"]) => Class::Content,
        () if has(&["try again", "retry", "timed out", "timeout"]) => Class::Later(5),
        () => Class::Elsewhere,
    }
}

/// The output of a task.
fn made(order: &Order, handle: &Handle, task: &Value, usd: Option<MicroUsd>) -> Answer {
    let (port, _) = order.output();
    let url = task["task_result"][format!("{port}s")][0]["url"].as_str();
    let Some(url) = url.filter(|url| url.starts_with("http")) else {
        return Answer::from(Outcome::Unknown("kling is done and brings no output".into()))
            .drifted(format!("data.task_result.{port}s[0].url"), found(&task["task_result"]));
    };
    let media = vec![Media { port: port.to_owned(), source: Source::Url(url.to_owned()) }];
    Outcome::Done(Done { media, usd, model: None, id: Some(handle.id.clone()) }).into()
}

fn code(body: &Value) -> Option<i64> {
    body["code"].as_i64()
}

/// The one table from refusals to what to do next: by Kling's code, else by the status.
fn trouble(reply: &Reply) -> Refusal {
    let later = |or| Class::Later(reply.retry_after().unwrap_or(or));
    let class = match (code(&reply.json()), reply.status) {
        // No token, a wrong one, one that does not hold yet, or not any more.
        (Some(1000..=1004), _) => Class::Credentials,
        // The account: in arrears, its packs used up.
        (Some(1100..=1102), _) => Class::Quota,
        (Some(1103 | 1304), _) => Class::Credentials,
        (Some(1200 | 1201), _) => Class::Invalid,
        // No such method, no such model.
        (Some(1202 | 1203), _) => Class::Elsewhere,
        (Some(1301), _) => Class::Content,
        (Some(1300), _) => Class::Invalid,
        // Too many requests; too many tasks at a time.
        (Some(1302), _) => later(5),
        (Some(1303), _) => later(15),
        (_, 401 | 403) => Class::Credentials,
        (_, 402) => Class::Quota,
        (_, 404 | 405 | 410) => Class::Elsewhere,
        (_, 408) => later(2),
        (_, 429) => later(10),
        _ => Class::Invalid,
    };
    Refusal { class, reason: said(reply) }
}

/// What a person should know of an answer.
fn said(reply: &Reply) -> String {
    let body = reply.json();
    let code = code(&body).map(|code| format!(" with code {code}")).unwrap_or_default();
    let message = body["message"].as_str().unwrap_or_default();
    reason(&format!("kling answered {}{code}: {message}", reply.status))
        .trim_end_matches([':', ' '])
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderMap;

    #[test]
    fn a_token_is_signed_with_the_secret_as_it_is_and_holds_for_half_an_hour() {
        let token = token("AccessKey", "SecretKey", Time(1_700_000_000_000));
        let (message, signature) = token.rsplit_once('.').unwrap();
        let (header, claims) = message.split_once('.').unwrap();
        let read = |part: &str| serde_json::from_slice(&BASE64.decode(part).unwrap()).unwrap();
        let (header, claims): (Value, Value) = (read(header), read(claims));
        assert_eq!(header, json!({ "alg": "HS256", "typ": "JWT" }));
        let expected = json!({ "iss": "AccessKey", "exp": 1_700_001_800, "nbf": 1_699_999_995 });
        assert_eq!(claims, expected);
        let signed = BASE64.decode(signature).unwrap();
        let hex: String = signed.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(domain::sign::verify_hex("SecretKey", message.as_bytes(), &hex));
    }

    #[test]
    fn every_code_has_its_class() {
        for (status, code, class) in [
            (401, 1000, Class::Credentials),
            (401, 1003, Class::Credentials),
            (401, 1004, Class::Credentials),
            (429, 1100, Class::Quota),
            (429, 1101, Class::Quota),
            (429, 1102, Class::Quota),
            (403, 1103, Class::Credentials),
            (400, 1200, Class::Invalid),
            (400, 1201, Class::Invalid),
            (404, 1202, Class::Elsewhere),
            (404, 1203, Class::Elsewhere),
            (400, 1300, Class::Invalid),
            (400, 1301, Class::Content),
            (429, 1302, Class::Later(5)),
            (429, 1303, Class::Later(15)),
            (429, 9, Class::Later(10)),
            (418, 9, Class::Invalid),
        ] {
            let body = json!({ "code": code, "message": "No." }).to_string().into_bytes();
            let refusal = trouble(&Reply { status, headers: HeaderMap::new(), body });
            assert_eq!(refusal.class, class, "{code}");
            let why = format!("kling answered {status} with code {code}: No.");
            assert_eq!(refusal.reason, why);
        }
    }

    #[test]
    fn units_are_money_however_they_are_written() {
        assert_eq!(cost(&json!("2.5")), Some(MicroUsd(350_000)));
        assert_eq!(cost(&json!(2)), Some(MicroUsd(280_000)));
        assert_eq!(cost(&json!("NaN")), None);
        assert_eq!(cost(&Value::Null), None);
    }

    #[test]
    fn failures_are_told_apart_by_their_message() {
        let risk = "Failure to pass the risk control system";
        assert_eq!(class_of(risk), Class::Content);
        assert_eq!(class_of("Service busy, please try again later"), Class::Later(5));
        assert_eq!(class_of(""), Class::Elsewhere);
    }
}
