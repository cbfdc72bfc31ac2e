//! The double of Amazon Bedrock, and of the bucket that films go to.
//!
//! Whims: `filtered` (200 with an `error` and no picture), `blocked` (refused by content filters), `failed` (the film
//! came to nothing).

mod chat;
mod guard;

use crate::books::Work;
use crate::refused::Refused;
use crate::sigv4::signed;
use crate::{Shop, made};
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::handler::Handler;
use axum::http::Uri;
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// By when a film is done, in checks.
const CHECKS: u32 = 2;

/// What films have before the end of their name.
const ARN: &str = "arn:aws:bedrock:us-east-1:123456789012:async-invoke/";

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    Router::new()
        .route("/model/{model}/invoke", post(invoke))
        .route("/model/{model}/converse", post(chat::converse))
        .route("/guardrail/{id}/version/{version}/apply", post(guard::apply))
        .route("/async-invoke", post(begin).get(list))
        .route("/async-invoke/{arn}", get(look))
        .route_layer(from_fn(|request, next| signed("bedrock", request, next)))
        .fallback(object.layer(from_fn(|request, next| signed("s3", request, next))))
        .layer(DefaultBodyLimit::disable())
        .with_state(shop)
}

/// An error in the form of AWS: its name is in a header.
fn error(status: u16, name: &'static str, message: &str) -> Response {
    let mut response = Refused::new(status, &json!({ "message": message })).into_response();
    response.headers_mut().insert("x-amzn-errortype", name.parse().expect("it can be sent"));
    response
}

fn invalid(message: &str) -> Response {
    error(400, "ValidationException", message)
}

async fn invoke(State(shop): State<Shop>, Path(model): Path<String>, body: Bytes) -> Response {
    let Ok(asked) = serde_json::from_slice::<Value>(&body) else { return invalid("no JSON") };
    if shop.whim("blocked") {
        return invalid("This request has been blocked by our content filters.");
    }
    let (prompt, picture, micros) = match model.as_str() {
        "amazon.nova-canvas-v1:0" => match canvas(&asked) {
            Ok(made) => made,
            Err(why) => return invalid(why),
        },
        "stability.stable-image-core-v1:1" | "stability.stable-image-ultra-v1:1" => {
            let prompt = asked["prompt"].as_str().unwrap_or_default();
            if !(1..=10_000).contains(&prompt.len()) {
                return invalid("prompt: required");
            }
            let micros = if model.contains("ultra") { 140_000 } else { 40_000 };
            (prompt.to_owned(), made::png(prompt, 1024, 1024), micros)
        }
        _ => {
            let why = "This model version has reached the end of its life.";
            return error(404, "ResourceNotFoundException", why);
        }
    };
    let filtered = shop.whim("filtered");
    let micros = if filtered { 0 } else { micros };
    let amazon = model.starts_with("amazon.");
    let work = Work { key: prompt, model, status: "done".into(), micros, ..Work::default() };
    shop.write(|books| books.accept("picture", work));
    let image = BASE64.encode(picture);
    let why = "The generated image has been blocked by AWS Responsible AI policies.";
    Json(match (amazon, filtered) {
        (true, false) => json!({ "images": [image], "error": null }),
        (true, true) => json!({ "images": [], "error": why }),
        (false, false) => json!({ "seeds": [7], "finish_reasons": [null], "images": [image] }),
        (false, true) => json!({ "finish_reasons": ["Filter reason: output image"] }),
    })
    .into_response()
}

/// What Nova Canvas makes, as far as it is asked for in its form.
fn canvas(asked: &Value) -> Result<(String, Vec<u8>, i64), &'static str> {
    match asked["taskType"].as_str() {
        Some("TEXT_IMAGE") => {
            let how = &asked["imageGenerationConfig"];
            let side = |name: &str| how[name].as_u64().and_then(|side| u32::try_from(side).ok());
            let (width, height) = side("width").zip(side("height")).unwrap_or((1024, 1024));
            let text = asked["textToImageParams"]["text"].as_str().unwrap_or_default();
            let sides =
                [width, height].iter().all(|side| (320..=4096).contains(side) && side % 16 == 0);
            if !sides || 4_194_304 < width * height {
                return Err("width and height: multiples of 16 from 320 to 4096");
            }
            if !(1..=1024).contains(&text.chars().count()) {
                return Err("text: 1 to 1024 characters");
            }
            let (large, premium) = (1_048_576 < width * height, how["quality"] == "premium");
            let micros = 40_000 + i64::from(large) * 20_000 + i64::from(premium) * 20_000;
            Ok((text.into(), made::png(text, width, height), micros))
        }
        Some("BACKGROUND_REMOVAL") => {
            let image = asked["backgroundRemovalParams"]["image"].as_str().unwrap_or_default();
            let size = BASE64.decode(image).ok().and_then(|bytes| made::png_size(&bytes));
            let (width, height) = size.ok_or("image: no picture")?;
            Ok((String::new(), made::cutout("b", width, height), 80_000))
        }
        _ => Err("taskType: must be one of the listed tasks"),
    }
}

async fn begin(State(shop): State<Shop>, body: Bytes) -> Response {
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let token = asked["clientRequestToken"].as_str().unwrap_or_default().to_owned();
    let to = asked["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"].as_str();
    let prompt = asked["modelInput"]["textToVideoParams"]["text"].as_str().unwrap_or_default();
    let (Some(to), false) = (to.filter(|to| to.starts_with("s3://")), prompt.is_empty()) else {
        return invalid("s3Uri and text are required");
    };
    let model = asked["modelId"].as_str().unwrap_or_default();
    if !model.starts_with("amazon.nova-reel") {
        return error(404, "ResourceNotFoundException", "No such model.");
    }
    let before = shop.books().work.into_iter().find(|work| !token.is_empty() && work.key == token);
    let arn = before.map(|work| work.id).unwrap_or_else(|| {
        let work = Work {
            key: token,
            model: model.into(),
            status: "InProgress".into(),
            webhook: to.into(),
            ..Work::default()
        };
        shop.write(|books| books.accept(&format!("{ARN}dbl00000"), work))
    });
    Json(json!({ "invocationArn": arn })).into_response()
}

/// Work as a check and the list show it.
fn shown(work: &Work) -> Value {
    let mut shown = json!({
        "invocationArn": work.id,
        "modelArn": format!("arn:aws:bedrock:us-east-1::foundation-model/{}", work.model),
        "clientRequestToken": work.key,
        "status": work.status,
        "submitTime": "2026-11-20T12:00:00Z",
        "outputDataConfig": { "s3OutputDataConfig": { "s3Uri": work.webhook } },
    });
    if work.status == "Failed" {
        shown["failureMessage"] = "The film could not be made.".into();
    }
    shown
}

async fn look(State(shop): State<Shop>, Path(arn): Path<String>) -> Response {
    let failed = shop.whim("failed");
    let seen = shop.write(|books| {
        let work = books.work(&arn)?;
        work.checks += 1;
        if failed {
            work.status = "Failed".into();
        } else if CHECKS <= work.checks && work.status == "InProgress" {
            work.status = "Completed".into();
            work.micros = 6 * 80_000;
        }
        Some(shown(work))
    });
    seen.map_or_else(|| invalid("No such invocation."), |seen| Json(seen).into_response())
}

async fn list(State(shop): State<Shop>, Query(query): Query<BTreeMap<String, String>>) -> Response {
    // One on each page, so that pages are turned.
    let at: usize = query.get("nextToken").and_then(|at| at.parse().ok()).unwrap_or(0);
    let all = shop.books().work;
    let page: Vec<Value> = all.iter().rev().skip(at).take(1).map(shown).collect();
    let mut body = json!({ "asyncInvokeSummaries": page });
    if at + 1 < all.len() {
        body["nextToken"] = (at + 1).to_string().into();
    }
    Json(body).into_response()
}

/// The bucket: each film that is done lies in a folder of its own.
async fn object(State(shop): State<Shop>, uri: Uri) -> Response {
    let there = shop.books().work.into_iter().any(|work| {
        let id = work.id.rsplit('/').next().unwrap_or_default();
        let at = format!("{}/{id}/output.mp4", work.webhook.trim_start_matches("s3:/"));
        work.status == "Completed" && uri.path() == at
    });
    match there {
        true => ([("content-type", "video/mp4")], made::mp4(6)).into_response(),
        false => error(404, "NoSuchKey", "The specified key does not exist."),
    }
}
