//! The double of an asynchronous endpoint of SageMaker, and of the bucket that its outputs go to.
//!
//! Whims: `nowhere` (where the output will be is not said), `failed` (the container failed), `denied` (the bucket
//! is not ours to read), `page` (what is made is no output).

use crate::books::Work;
use crate::refused::Refused;
use crate::sigv4::signed;
use crate::{Shop, made};
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::handler::Handler;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

/// By when an output is there, in checks.
const CHECKS: u32 = 2;

/// What a call costs, in millionths of a dollar.
const MICROS: i64 = 4_000;

/// Most bytes of a request.
const BODY_MOST: usize = 128_000;

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    Router::new()
        .route("/endpoints/{name}/async-invocations", post(invoke))
        .route_layer(from_fn(|request, next| signed("sagemaker", request, next)))
        .fallback(object.layer(from_fn(|request, next| signed("s3", request, next))))
        .layer(DefaultBodyLimit::disable())
        .with_state(shop)
}

fn invalid(message: &str) -> Response {
    let mut response = Refused::new(400, &json!({ "Message": message })).into_response();
    let name = "ValidationError".parse().expect("it can be sent");
    response.headers_mut().insert("x-amzn-errortype", name);
    response
}

async fn invoke(
    State(shop): State<Shop>,
    Path(endpoint): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if BODY_MOST < body.len() {
        return invalid("Body: Member must have length less than or equal to 128000");
    }
    let told: Value = serde_json::from_slice(&body).unwrap_or_default();
    let medium = told["kind"].as_str().and_then(|kind| kind.split('.').next()).unwrap_or_default();
    let prompt = told["params"]["prompt"].as_str().unwrap_or_default();
    let output = match (endpoint.as_str(), medium) {
        ("paint", "image") => made::png(prompt, 512, 512),
        ("sing", "audio") => made::wav(2),
        _ => return invalid(&format!("Endpoint {endpoint} of account 123456789012 not found.")),
    };
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let name = header("x-amzn-sagemaker-inference-id").unwrap_or_default().to_owned();
    if name.is_empty() || 64 < name.len() {
        return invalid("InferenceId: Member must have length between 1 and 64");
    }
    let said = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str();
        name.starts_with("x-amzn-").then(|| Some((name.to_owned(), value.to_str().ok()?.into())))?
    });
    let said = Value::Object(said.collect::<Map<String, Value>>()).to_string();
    let work = Work { key: name.clone(), model: endpoint, ..Work::default() };
    let id = shop.write(|books| {
        books.notes.insert("headers".into(), said);
        books.accept("out-", Work { status: "InProgress".into(), ..work })
    });
    shop.keep(&id, ("application/octet-stream".into(), output));
    let body = Json(json!({ "InferenceId": name }));
    let mut response = (StatusCode::ACCEPTED, body).into_response();
    if !shop.whim("nowhere") {
        let say = |text: String| text.parse().expect("it can be sent");
        let output = say(format!("s3://outputs/async/{id}.out"));
        let failure = say(format!("s3://outputs/failures/{id}-error.out"));
        response.headers_mut().insert("x-amzn-sagemaker-outputlocation", output);
        response.headers_mut().insert("x-amzn-sagemaker-failurelocation", failure);
    }
    response
}

fn missing(status: u16, code: &str) -> Response {
    let status = StatusCode::from_u16(status).expect("a status that exists");
    let body = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code></Error>");
    (status, [("content-type", "application/xml")], body).into_response()
}

/// The bucket.
async fn object(State(shop): State<Shop>, uri: Uri) -> Response {
    if shop.whim("denied") {
        return missing(403, "AccessDenied");
    }
    let name = uri.path().rsplit('/').next().unwrap_or_default();
    let failed = shop.whim("failed");
    if let Some(id) = name.strip_suffix("-error.out") {
        let there = shop.books().work.iter().any(|work| work.id == id && work.status == "Failed");
        return match there {
            true => "RuntimeError: out of memory at a tin of paint".into_response(),
            false => missing(404, "NoSuchKey"),
        };
    }
    let id = name.trim_end_matches(".out");
    let done = shop.write(|books| {
        let work = books.work(id)?;
        work.checks += 1;
        if failed {
            work.status = "Failed".into();
        } else if CHECKS <= work.checks && work.status == "InProgress" {
            work.status = "Completed".into();
            work.micros = MICROS;
        }
        (work.status == "Completed").then_some(())
    });
    let kept = done.and_then(|()| shop.kept(id));
    match kept {
        Some(_) if shop.whim("page") => "<html>a tin of paint</html>".into_response(),
        Some((media_type, bytes)) => ([("content-type", media_type)], bytes).into_response(),
        None => missing(404, "NoSuchKey"),
    }
}
