//! Amazon Bedrock: pictures of Amazon's and Stability's models at once, films later, into a bucket of the operator's;
//! words of chat models, and guardrails.
//!
//! The key is `role`, for that of function `call`, or `access:secret`, or `access:secret:token`; for films
//! `role:bucket/prefix` or `access:secret:token:bucket/prefix`, where the token may be empty.

mod converse;
mod guard;

use crate::desk::{Desk, Reply, found, reason, segment};
use crate::shape::{fit, ratio};
use crate::sigv4::{Call, object, parts, place, presigned, signed};
use crate::vendor::Vendor;
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::vendor::{
    Answer, Class, Effort, Handle, How, Model, Order, Outcome, Price, Sizes, Source,
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::time::Duration;

/// Amazon Bedrock.
#[derive(Debug)]
pub struct Bedrock;

/// How long a picture may take.
const LONGEST: Duration = Duration::from_secs(240);

/// How long the address of a film holds, in seconds.
const READABLE_S: u32 = 3600;

/// How far back lost work is looked for, in seconds, beyond its deadline.
const BACK_S: i64 = 7200;

/// Most pages of a list that are read.
const PAGES_MOST: u32 = 10;

const RATIOS: [&str; 9] = ["16:9", "1:1", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21"];

/// Amazon's own model: by now it is old, and may be gone.
const CANVAS: Model = Model {
    vendor: "bedrock",
    model: "amazon.nova-canvas-v1:0",
    kind: "image.generate",
    sizes: Sizes::Pixels(4_194_304),
    formats: &["image/png"],
    transparent: false,
    seeded: true,
    seconds: None,
    price: Price::Sized(&[
        (1_048_576, [40_000, 40_000, 60_000]),
        (4_194_304, [60_000, 60_000, 80_000]),
    ]),
    how: How::Waiting,
    output_life_s: None,
    typical_s: 12,
    rank: 20,
    as_of: "2026-11-20",
    source: "list price, aws.amazon.com/bedrock/pricing; said to end on 2026-09-30",
};

const STABLE: Model = Model {
    model: "stability.stable-image-core-v1:1",
    sizes: Sizes::Pixels(2_359_296),
    formats: &["image/png", "image/jpeg"],
    price: Price::Each([40_000; 3]),
    rank: 55,
    source: "list price, aws.amazon.com/bedrock/pricing",
    ..CANVAS
};

const MODELS: &[Model] = &[
    STABLE,
    Model {
        model: "stability.stable-image-ultra-v1:1",
        sizes: Sizes::Pixels(1_048_576),
        price: Price::Each([140_000; 3]),
        rank: 70,
        ..STABLE
    },
    CANVAS,
    Model {
        kind: "image.remove_background",
        sizes: Sizes::Input,
        transparent: true,
        price: Price::Each([80_000; 3]),
        ..CANVAS
    },
    Model {
        model: "amazon.nova-reel-v1:1",
        kind: "video.generate",
        sizes: Sizes::Exact(&[(1280, 720)]),
        formats: &["video/mp4"],
        seconds: Some((6, 6)),
        price: Price::Second(80_000),
        how: How::Checked(15),
        output_life_s: Some(READABLE_S),
        typical_s: 120,
        rank: 40,
        ..CANVAS
    },
    guard::GUARDRAIL,
    converse::SONNET,
    converse::HAIKU,
    converse::NOVA,
    converse::NOVA_LITE,
];

#[async_trait]
impl Vendor for Bedrock {
    fn name(&self) -> &'static str {
        "bedrock"
    }

    fn base(&self) -> &'static str {
        "https://bedrock-runtime.us-east-1.amazonaws.com"
    }

    fn by_role(&self) -> bool {
        true
    }

    fn models(&self) -> &'static [Model] {
        MODELS
    }

    async fn start(&self, desk: &Desk<'_>, order: &Order) -> Answer {
        match order.kind.as_str() {
            "content.moderate" => return guard::look(desk, order).await,
            "text.generate" => return converse::ask(desk, order).await,
            _ => {}
        }
        let film = order.kind == "video.generate";
        let body = match film {
            true => film_body(desk, order),
            false => picture_body(desk, order).await,
        };
        let (path, body) = match body {
            Ok(body) if film => ("/async-invoke".to_owned(), body),
            Ok(body) => (format!("/model/{}/invoke", segment(&order.model)), body),
            Err(answer) => return *answer,
        };
        let request = call(desk, Method::POST, &path, body.to_string().into_bytes());
        match desk.order(request.map(|request| request.timeout(LONGEST))).await {
            Ok(reply) if reply.status != 200 => refused(&reply).into(),
            Ok(reply) if film => accepted(&reply),
            Ok(reply) => made(order, &reply),
            Err(answer) => answer,
        }
    }

    async fn check(&self, desk: &Desk<'_>, order: &Order, handle: &Handle) -> Answer {
        let path = format!("/async-invoke/{}", segment(&handle.id));
        match desk.ask(call(desk, Method::GET, &path, Vec::new())).await {
            Ok(reply) if reply.status == 200 => checked(desk, order, handle, &reply.json()),
            Ok(reply) => reply.untold(said(&reply)),
            Err(answer) => answer,
        }
    }

    /// A film is in the list, under our token. A picture is in no list.
    async fn find(&self, desk: &Desk<'_>, order: &Order) -> Answer {
        if order.kind != "video.generate" {
            return Outcome::Unknown("bedrock keeps no list of pictures".into()).into();
        }
        let since = desk.now.unix_s() - BACK_S - i64::from(order.deadline_s);
        let since = domain::Time(since * 1000).rfc3339();
        let mut next = String::new();
        for _ in 0..PAGES_MOST {
            let since = segment(&since);
            let path = format!("/async-invoke?maxResults=1000&submitTimeAfter={since}{next}");
            let reply = match desk.ask(call(desk, Method::GET, &path, Vec::new())).await {
                Ok(reply) if reply.status == 200 => reply,
                Ok(reply) => return reply.untold(said(&reply)),
                Err(answer) => return answer,
            };
            let body = reply.json();
            let Some(all) = body["asyncInvokeSummaries"].as_array() else {
                let answer = Answer::from(Outcome::Unknown("its list did not come".into()));
                return answer.drifted("asyncInvokeSummaries", found(&body));
            };
            let ours = |work: &&Value| work["clientRequestToken"] == order.attempt.as_str();
            if let Some(arn) = all.iter().find(ours).and_then(|work| work["invocationArn"].as_str())
            {
                return Outcome::accepted(Handle::new(arn)).into();
            }
            match body["nextToken"].as_str() {
                Some(token) => next = format!("&nextToken={}", segment(token)),
                None => break,
            }
        }
        Outcome::Unknown("its list does not have it, or not yet".into()).into()
    }
}

fn call(
    desk: &Desk<'_>,
    method: Method,
    path: &str,
    body: Vec<u8>,
) -> Result<RequestBuilder, String> {
    let json = || "application/json".to_owned();
    let headers = match body.is_empty() {
        true => vec![("accept", json())],
        false => vec![("accept", json()), ("content-type", json())],
    };
    signed(desk, Call { service: "bedrock", method, url: desk.url(path)?, headers, body })
}

fn invalid(class: Class, why: &str) -> Box<Answer> {
    Box::new(Outcome::refused(class, why).into())
}

/// What a model of pictures is told: each house has its own form.
async fn picture_body(desk: &Desk<'_>, order: &Order) -> Result<Value, Box<Answer>> {
    let seed = order.number("seed");
    match (order.model.split('.').next(), order.kind.as_str()) {
        (Some("amazon"), "image.generate") => {
            let (width, height) = order.size().unwrap_or((1024, 1024));
            let (width, height) = fit((width, height), 16, 320, 4096, 4_194_304);
            let quality = if order.effort == Effort::Final { "premium" } else { "standard" };
            let mut text = json!({ "text": order.text("prompt") });
            if !order.text("negative_prompt").is_empty() {
                text["negativeText"] = order.text("negative_prompt").into();
            }
            let mut how = json!({
                "numberOfImages": 1, "width": width, "height": height, "quality": quality,
            });
            if let Some(seed) = seed {
                how["seed"] = (seed % 858_993_460).into();
            }
            let task = "TEXT_IMAGE";
            Ok(json!({ "taskType": task, "textToImageParams": text, "imageGenerationConfig": how }))
        }
        (Some("amazon"), "image.remove_background") => {
            let input = order.inputs.get("image");
            let input =
                input.ok_or_else(|| invalid(Class::Invalid, "it needs an input `image`"))?;
            let bytes = desk.bytes(input).await.map_err(Box::new)?;
            let image = json!({ "image": BASE64.encode(bytes) });
            Ok(json!({ "taskType": "BACKGROUND_REMOVAL", "backgroundRemovalParams": image }))
        }
        (Some("stability"), "image.generate") => {
            let format = if order.output().1 == "image/jpeg" { "jpeg" } else { "png" };
            let mut body = json!({ "prompt": order.text("prompt"), "output_format": format });
            if !order.text("negative_prompt").is_empty() {
                body["negative_prompt"] = order.text("negative_prompt").into();
            }
            if let Some(ratio) = order.size().and_then(|size| ratio(&RATIOS, size)) {
                body["aspect_ratio"] = ratio.into();
            }
            if let Some(seed) = seed {
                body["seed"] = (seed % 4_294_967_295).into();
            }
            Ok(body)
        }
        _ => {
            let why = format!("bedrock is not asked for {} of {:?}", order.kind, order.model);
            Err(invalid(Class::Elsewhere, &why))
        }
    }
}

/// What is asked for where a film is: our attempt is the token by which it is made once.
fn film_body(desk: &Desk<'_>, order: &Order) -> Result<Value, Box<Answer>> {
    let bucket = parts(desk)[3];
    if bucket.is_empty() {
        let why = "its key names no bucket for films: access:secret:token:bucket/prefix";
        return Err(invalid(Class::Credentials, why));
    }
    let mut how = json!({
        "durationSeconds": 6, "fps": 24, "dimension": "1280x720",
    });
    if let Some(seed) = order.number("seed") {
        how["seed"] = (seed % 2_147_483_647).into();
    }
    Ok(json!({
        "clientRequestToken": order.attempt,
        "modelId": order.model,
        "modelInput": {
            "taskType": "TEXT_VIDEO",
            "textToVideoParams": { "text": order.text("prompt") },
            "videoGenerationConfig": how,
        },
        "outputDataConfig": { "s3OutputDataConfig": { "s3Uri": format!("s3://{bucket}") } },
    }))
}

/// The table of refusals, by the name of the error.
fn refused(reply: &Reply) -> Outcome {
    let said = said(reply);
    let wait = |usual| Class::Later(reply.retry_after().unwrap_or(usual));
    let filtered = said.contains("content filter") || said.contains("Responsible AI");
    let class = match (reply.status, name(reply)) {
        (400, "ValidationException") if filtered => Class::Content,
        (400, "ServiceQuotaExceededException") => wait(60),
        // Our token is taken: it was accepted before.
        (400, "ConflictException") => return Outcome::Unknown(said),
        (400 | 413 | 422, _) => Class::Invalid,
        (401 | 403, _) => Class::Credentials,
        (404 | 410, _) => Class::Elsewhere,
        // It was tried, and came to nothing.
        (408, "ModelTimeoutException") | (424, _) => {
            return Outcome::failed(Class::Elsewhere, said);
        }
        (429, "ModelNotReadyException") => wait(30),
        (429, _) => wait(5),
        (503, "ServiceUnavailableException") => wait(10),
        _ => return Outcome::Unknown(said),
    };
    Outcome::refused(class, said)
}

/// The film is accepted, by this name.
fn accepted(reply: &Reply) -> Answer {
    let body = reply.json();
    match body["invocationArn"].as_str().filter(|arn| !arn.is_empty()) {
        Some(arn) => Outcome::accepted(Handle::new(arn)).into(),
        None => Answer::from(Outcome::Unknown("accepted, but no name came".into()))
            .drifted("invocationArn", found(&body)),
    }
}

/// A picture, or why there is none at 200: both houses filter what they made.
fn made(order: &Order, reply: &Reply) -> Answer {
    let body = reply.json();
    if let Some(bytes) = body["images"][0].as_str().and_then(|image| BASE64.decode(image).ok()) {
        let why = body["finish_reasons"][0].as_str();
        if why.is_none() && !bytes.is_empty() {
            return Outcome::done(order.output().0, Source::Bytes(bytes)).into();
        }
    }
    let ended =
        |class, why: &str| Outcome::failed(class, format!("bedrock: {}", reason(why))).into();
    match (body["error"].as_str(), body["finish_reasons"][0].as_str()) {
        (_, Some(why)) if why.starts_with("Filter reason") => ended(Class::Content, why),
        (_, Some(why)) => ended(Class::Elsewhere, why),
        (Some(why), _) => ended(Class::Content, why),
        _ => Answer::from(Outcome::Unknown("it is done, but no picture came".into()))
            .drifted("images[0]", found(&body)),
    }
}

/// The table of what a check says.
fn checked(desk: &Desk<'_>, order: &Order, handle: &Handle, body: &Value) -> Answer {
    let working = || Answer::from(Outcome::accepted(handle.clone()));
    match body["status"].as_str() {
        Some("InProgress") => working(),
        Some("Failed") => {
            let why = body["failureMessage"].as_str().unwrap_or("it failed, and does not say why");
            let filtered = why.contains("content filter") || why.contains("Responsible AI");
            let class = if filtered { Class::Content } else { Class::Elsewhere };
            Outcome::failed(class, format!("bedrock: {}", reason(why))).into()
        }
        Some("Completed") => match film(desk, handle, body) {
            Some(Ok(url)) => Outcome::done(order.output().0, Source::Url(url)).into(),
            Some(Err(why)) => Outcome::Unknown(why).into(),
            None => {
                let field = "outputDataConfig.s3OutputDataConfig.s3Uri";
                let why = "it is done, but where the film is does not say".to_owned();
                Answer::from(Outcome::Unknown(why)).drifted(field, found(body))
            }
        },
        _ => working().drifted("status", found(&body["status"])),
    }
}

/// Where a film can be read: in a folder that is called by the end of its name.
fn film(desk: &Desk<'_>, handle: &Handle, body: &Value) -> Option<Result<String, String>> {
    let uri = body["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"].as_str()?;
    let id = handle.id.rsplit('/').next()?;
    let uri = uri.trim_end_matches('/');
    let uri = if uri.ends_with(id) { uri.to_owned() } else { format!("{uri}/{id}") };
    let uri = format!("{uri}/output.mp4");
    let (bucket, key) = place(&uri)?;
    let url = object(desk, bucket, key).and_then(|url| presigned(desk, url, READABLE_S));
    Some(url.map(String::from))
}

/// The name of an error: a header says it, sometimes with an address behind it.
fn name(reply: &Reply) -> &str {
    reply.header("x-amzn-errortype").split([':', ';']).next().unwrap_or_default()
}

/// What an error says.
fn said(reply: &Reply) -> String {
    let body = reply.json();
    let says = body["message"].as_str().or(body["Message"].as_str()).unwrap_or_default();
    reason(format!("bedrock {}: {} {says}", reply.status, name(reply)).trim())
}
