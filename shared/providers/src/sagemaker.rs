//! Asynchronous endpoints of Amazon SageMaker: the operator's own container, which puts what it made into a bucket.
//!
//! The model is the endpoint's name, and the key is `role`, for that of function `call`, or `access:secret`, or
//! `access:secret:token`; it may invoke the endpoint, and read and list the bucket: who may not list cannot tell what is missing from what is hidden.

use crate::desk::{Desk, Reply, reason, segment};
use crate::own::{made, rows, told};
use crate::sigv4::{Call, object, place, signed};
use crate::vendor::Vendor;
use async_trait::async_trait;
use domain::Time;
use domain::sign::sha256;
use domain::vendor::{
    Answer, Class, Handle, Heard, How, Model, Order, Outcome, Price, Sizes, Webhook,
};
use reqwest::Method;
use serde_json::Value;

/// Asynchronous endpoints of Amazon SageMaker.
#[derive(Debug)]
pub struct SageMaker;

/// Most bytes of a request that needs no object of its own.
const BODY_MOST: usize = 128_000;

/// Most characters of a name of work.
const NAME_MOST: usize = 64;

/// An endpoint of the operator's, which may do anything.
const ENDPOINT: Model = Model {
    vendor: "sagemaker",
    model: "*",
    kind: "image.generate",
    sizes: Sizes::Sides(64, 8192),
    formats: &["image/png", "image/jpeg", "image/webp"],
    transparent: true,
    seeded: true,
    seconds: None,
    price: Price::Work(392),
    how: How::Checked(10),
    output_life_s: None,
    typical_s: 30,
    rank: 50,
    as_of: "2026-11-20",
    source: "list price of a second of an ml.g5.xlarge, aws.amazon.com/sagemaker/pricing; what runs is the operator's",
};

const MODELS: &[Model] = &rows(ENDPOINT, 180);

#[async_trait]
impl Vendor for SageMaker {
    fn name(&self) -> &'static str {
        "sagemaker"
    }

    fn base(&self) -> &'static str {
        "https://runtime.sagemaker.us-east-1.amazonaws.com"
    }

    fn by_role(&self) -> bool {
        true
    }

    fn models(&self) -> &'static [Model] {
        MODELS
    }

    async fn start(&self, desk: &Desk<'_>, order: &Order) -> Answer {
        let body = told(order).to_string().into_bytes();
        if BODY_MOST < body.len() {
            let why = format!("the request is {} bytes, an endpoint takes {BODY_MOST}", body.len());
            return Outcome::refused(Class::Invalid, why).into();
        }
        let url = desk.url(&format!("/endpoints/{}/async-invocations", segment(&order.model)));
        let call = url.map(|url| Call {
            service: "sagemaker",
            method: Method::POST,
            url,
            headers: headers(order),
            body,
        });
        match desk.order(call.and_then(|call| signed(desk, call))).await {
            Ok(reply) if reply.status == 202 => accepted(order, &reply),
            Ok(reply) => refused(&reply).into(),
            Err(answer) => answer,
        }
    }

    async fn check(&self, desk: &Desk<'_>, order: &Order, handle: &Handle) -> Answer {
        let unknown = |why: String| Answer::from(Outcome::Unknown(why));
        match read(desk, handle.get("output")).await {
            Ok(Some(bytes)) => return made(order, bytes),
            Ok(None) => {}
            Err(why) => return unknown(why),
        }
        let working = || Outcome::accepted(handle.clone()).into();
        if handle.get("failure").is_empty() {
            return working();
        }
        match read(desk, handle.get("failure")).await {
            // What it says may quote the request.
            Ok(Some(_)) => {
                let why = "the endpoint failed; why is at its failure location";
                Outcome::failed(Class::Elsewhere, why).into()
            }
            Ok(None) => working(),
            Err(why) => unknown(why),
        }
    }

    /// A notification of the endpoint's topic. It is not believed: it only says which work to ask about.
    async fn hear(&self, _desk: &Desk<'_>, webhook: &Webhook, _now: Time) -> Heard {
        let body: Value = serde_json::from_slice(&webhook.body).unwrap_or_default();
        let inner = body["Message"].as_str().and_then(|text| serde_json::from_str(text).ok());
        let message: Value = inner.unwrap_or(body);
        let ended = matches!(message["invocationStatus"].as_str(), Some("Completed" | "Failed"));
        match message["inferenceId"].as_str() {
            Some(id) if ended && message["eventSource"] == "aws:sagemaker" => {
                Heard::News(Handle::new(id))
            }
            _ => Heard::Nothing,
        }
    }
}

/// By what the endpoint knows the work: our attempt, or what stands for a long one.
fn name(order: &Order) -> String {
    let attempt = order.attempt.as_str();
    if attempt.len() <= NAME_MOST { attempt.to_owned() } else { sha256(attempt.as_bytes()) }
}

fn headers(order: &Order) -> Vec<(&'static str, String)> {
    let json = || "application/json".to_owned();
    vec![
        ("content-type", json()),
        ("x-amzn-sagemaker-content-type", json()),
        ("x-amzn-sagemaker-accept", order.output().1.to_owned()),
        ("x-amzn-sagemaker-inference-id", name(order)),
        ("x-amzn-sagemaker-requestttlseconds", order.deadline_s.clamp(60, 21_600).to_string()),
        ("x-amzn-sagemaker-invocationtimeoutseconds", order.deadline_s.clamp(1, 3600).to_string()),
    ]
}

/// It is accepted, and this is where what it makes will be.
fn accepted(order: &Order, reply: &Reply) -> Answer {
    let output = reply.header("x-amzn-sagemaker-outputlocation");
    if place(output).is_none() {
        let why = "accepted, but where the output will be is not said".to_owned();
        let found = reason(output);
        return Answer::from(Outcome::Unknown(why)).drifted("outputlocation", found);
    }
    let failure = reply.header("x-amzn-sagemaker-failurelocation");
    let mut handle = Handle::new(name(order)).with("output", output);
    if place(failure).is_some() {
        handle = handle.with("failure", failure);
    }
    Outcome::accepted(handle).into()
}

/// The table of refusals.
fn refused(reply: &Reply) -> Outcome {
    let body = reply.json();
    let says = body["Message"].as_str().or(body["message"].as_str()).unwrap_or_default();
    let name = reply.header("x-amzn-errortype").split([':', ';']).next().unwrap_or_default();
    let said = reason(format!("sagemaker {}: {name} {says}", reply.status).trim());
    let wait = |usual| Class::Later(reply.retry_after().unwrap_or(usual));
    let class = match (reply.status, name) {
        (400, "ThrottlingException") => wait(5),
        // There is no such endpoint, or it is not in service.
        (400, "ValidationError") if says.contains("not found") => Class::Elsewhere,
        (400 | 413 | 422, _) => Class::Invalid,
        (401 | 403, _) => Class::Credentials,
        (404 | 410, _) => Class::Elsewhere,
        (429, _) => wait(5),
        (503, "ServiceUnavailable" | "ServiceUnavailableException") => wait(10),
        _ => return Outcome::Unknown(said),
    };
    Outcome::refused(class, said)
}

/// An object, none where it is not there yet, or why that cannot be told.
async fn read(desk: &Desk<'_>, uri: &str) -> Result<Option<Vec<u8>>, String> {
    let (bucket, key) = place(uri).ok_or("the handle names no object")?;
    let url = object(desk, bucket, key)?;
    let headers = Vec::new();
    let call = Call { service: "s3", method: Method::GET, url, headers, body: Vec::new() };
    let reply = match desk.ask(signed(desk, call)).await {
        Ok(reply) => reply,
        Err(Answer { outcome: Outcome::Unknown(why), .. }) => return Err(why),
        Err(_) => return Err("s3 was not asked".into()),
    };
    let body = String::from_utf8_lossy(&reply.body);
    let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    match (reply.status, code.map(|(code, _)| code)) {
        (200, _) => Ok(Some(reply.body)),
        (404, Some("NoSuchKey") | None) => Ok(None),
        (403, _) => Err("s3 403: may the key list its bucket?".to_owned()),
        (status, code) => Err(format!("s3 {status}: {}", code.map(reason).unwrap_or_default())),
    }
}
