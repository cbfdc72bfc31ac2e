//! The API's description, OpenAPI 3.1, made from the list of routes: it cannot name what is not there, nor miss what is.

mod build;
mod examples;
mod gates;
mod hosts;
mod notices;
mod operations;
mod plants;
mod policies;
mod publications;
mod reviews;
mod schemas;
mod takedowns;
mod triggers;

use crate::answer::Answered;
use crate::query;
use crate::routes::{Needs, ROUTES, Route};
use aws::http::{HttpRequest, HttpResponse};
use build::Operation;
use domain::ordered::ordered;
use domain::problem::ProblemType;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// Written once per process.
static TEXT: LazyLock<String> = LazyLock::new(|| document().to_string());

/// `GET /openapi.json`.
pub(crate) fn answer(request: &HttpRequest) -> Answered {
    query::known(request, &[])?;
    let body = TEXT.clone();
    Ok(HttpResponse { body, ..HttpResponse::empty(200) }
        .with("content-type", "application/json")
        .with("cache-control", "public, max-age=3600"))
}

/// `GET /pipeline.schema.json`.
pub(crate) fn pipelines(request: &HttpRequest) -> Answered {
    query::known(request, &[])?;
    Ok(HttpResponse::json(200, &domain::pipeline::schema())
        .with("content-type", "application/schema+json")
        .with("cache-control", "public, max-age=3600"))
}

/// The whole description.
pub(crate) fn document() -> Value {
    let mut paths = Map::new();
    for route in ROUTES {
        let operation = with_what_all_may_answer(operations::of(route.action), route);
        put(
            &mut paths,
            route.method,
            route.path,
            operation.json(route.path, security(route.needs)),
        );
    }
    for (method, path, operation, security) in hosts::operations() {
        let mut described = operation.json(path, security);
        described["x-galley-for"] = json!("hosts");
        put(&mut paths, method, path, described);
    }
    ordered(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Galley",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "From a media request to an approved, published asset.",
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "./", "description": "Where this document lies." }],
        "tags": tags(),
        "paths": paths,
        "components": {
            "schemas": schemas::all(),
            "headers": build::headers(),
            "responses": { "Throttled": build::throttled() },
            "examples": problems(),
            "securitySchemes": schemes(),
        },
    }))
}

const ABOUT: &str = "One call names a pipeline and its inputs; the job that it makes is followed under one id.\n\n\
    Answers may get more fields and enumerations more values: skip what you do not know, and go by `terminal` to tell \
    whether a job has ended. Every refusal is a problem document (RFC 9457) with the place, and what to do in `next`; \
    its `type` is a page of this API.";

fn tags() -> Value {
    let tag = |name: &str, about: &str| json!({ "name": name, "description": about });
    json!([
        tag("jobs", "Submitted, followed, canceled, retried."),
        tag("reviews", "What people are asked, and what they decided."),
        tag("assets", "What goes in and what came out."),
        tag("pipelines", "Versioned documents that say what is made."),
        tag("policies", "Versioned documents that say what gates look at, and what follows."),
        tag(
            "webhooks",
            "Where news goes, whether it arrived, and news for those whom no webhook reaches."
        ),
        tag("triggers", "Data that turns uploads, events, webhooks and schedules into jobs."),
        tag("publications", "Posts at their targets, and the accounts that they go to."),
        tag("about", "This description, and what problems mean. No key is needed."),
        tag("hosts", "For GPU hosts only: how they announce themselves and report."),
    ])
}

fn schemes() -> Value {
    let scheme = |about: &str| json!({ "type": "http", "scheme": "bearer", "description": about });
    json!({
        "apiKey": scheme("A tenant's API key, `gk_…`."),
        "personalKey": scheme("A person's key, `gp_…`: opens what their roles allow. Everybody may look, editors and operators may change, reviewers decide."),
        "jobToken": scheme("The token that came with a job, `jt_…`: reads that job, its events and its assets for a day."),
        "endpointKey": scheme("The key that GPU hosts and Galley share."),
        "webhookSignature": {
            "type": "apiKey", "in": "header", "name": "webhook-signature",
            "description": "Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`), or the header that the trigger names.",
        },
        "reportSignature": {
            "type": "apiKey", "in": "header", "name": "Galley-Signature",
            "description": "`v1=` and the hexadecimal HMAC-SHA256 of Galley-Timestamp, a dot and the body, with the secret that came with the render.",
        },
    })
}

fn security(needs: Needs) -> Value {
    match needs {
        Needs::Tenant => json!([{ "apiKey": [] }, { "personalKey": [] }]),
        Needs::TenantOrToken => {
            json!([{ "apiKey": [] }, { "personalKey": [] }, { "jobToken": [] }])
        }
        Needs::Person(_) => json!([{ "personalKey": [] }]),
        Needs::Signature => json!([{ "webhookSignature": [] }]),
        Needs::Nobody => json!([]),
    }
}

/// The problems that any request of this kind may meet, whatever its route does.
fn with_what_all_may_answer(operation: Operation, route: &Route) -> Operation {
    let all = [
        ProblemType::TooLarge,
        ProblemType::InvalidParameter,
        ProblemType::Internal,
        ProblemType::TryAgain,
    ];
    let operation = operation.problems(&all);
    match route.needs {
        // A job token sees nothing of what is not its job's.
        Needs::Tenant | Needs::TenantOrToken | Needs::Person(_) => operation.problems(&[
            ProblemType::Unauthenticated,
            ProblemType::RoleMissing,
            ProblemType::NotFound,
        ]),
        Needs::Signature => operation.problems(&[ProblemType::BadSignature, ProblemType::NotFound]),
        Needs::Nobody => operation,
    }
}

/// One example for each type of problem: that of its page.
fn problems() -> Value {
    let example = |kind: &ProblemType| {
        let page = kind.page();
        let example = json!({ "summary": kind.title(), "value": page["example"]["answer"] });
        (kind.slug().to_owned(), example)
    };
    Value::Object(ProblemType::ALL.iter().map(example).collect())
}

fn put(paths: &mut Map<String, Value>, method: &str, path: &str, operation: Value) {
    let path = paths.entry(path).or_insert_with(|| json!({}));
    path[method.to_ascii_lowercase()] = operation;
}
