//! Modal web functions: the operator's own code behind the operator's own address, one route for each model.
//!
//! What takes longer than 150 seconds is answered by a redirect to where the result will be; a function that works
//! in the background answers `202` with that address in `Location`. Asking there starts nothing again.

use crate::desk::{Desk, Reply, segment};
use crate::own::{made, rows, told};
use crate::vendor::Vendor;
use async_trait::async_trait;
use domain::vendor::{Answer, Class, Handle, How, Model, Order, Outcome, Price, Sizes};
use reqwest::{Method, RequestBuilder, Url};
use std::time::Duration;

/// Modal.
#[derive(Debug)]
pub struct Modal;

/// How long its proxy waits for a function, and some more.
const LONGEST: Duration = Duration::from_secs(170);

/// In which parameter of its address a result is named.
const CALL: &str = "__modal_function_call_id";

/// A function of the operator's, which may do anything.
const FUNCTION: Model = Model {
    vendor: "modal",
    model: "*",
    kind: "image.generate",
    sizes: Sizes::Sides(64, 8192),
    formats: &["image/png", "image/jpeg", "image/webp"],
    transparent: true,
    seeded: true,
    seconds: None,
    price: Price::Work(542),
    how: How::Checked(15),
    output_life_s: Some(7 * 86_400),
    typical_s: 20,
    rank: 50,
    as_of: "2026-11-20",
    source: "list price of a second of an L40S, modal.com/pricing; what runs is the operator's",
};

const MODELS: &[Model] = &rows(FUNCTION, 120);

#[async_trait]
impl Vendor for Modal {
    fn name(&self) -> &'static str {
        "modal"
    }

    fn base(&self) -> &'static str {
        ""
    }

    fn models(&self) -> &'static [Model] {
        MODELS
    }

    async fn start(&self, desk: &Desk<'_>, order: &Order) -> Answer {
        let path = format!("/{}", segment(&order.model));
        let request = desk.request(Method::POST, &path);
        let request = request.map(|request| signed(request, desk).json(&told(order)));
        match desk.order(request.map(|request| request.timeout(LONGEST))).await {
            Ok(reply) => started(desk, order, &path, reply),
            Err(answer) => answer,
        }
    }

    async fn check(&self, desk: &Desk<'_>, order: &Order, handle: &Handle) -> Answer {
        let url = desk.own(handle.get("result_url"));
        let url = url.ok_or_else(|| "the result is not where our functions are".to_owned());
        let request = url.and_then(|url| desk.request_at(Method::GET, url));
        match desk.ask(request.map(|request| signed(request, desk))).await {
            Ok(reply) => checked(order, handle, reply),
            Err(answer) => answer,
        }
    }
}

fn signed(request: RequestBuilder, desk: &Desk<'_>) -> RequestBuilder {
    let (key, secret) = desk.key.parts();
    request.header("modal-key", key).header("modal-secret", secret)
}

/// The table of answers to a start.
fn started(desk: &Desk<'_>, order: &Order, path: &str, reply: Reply) -> Answer {
    let said = format!("modal {}", reply.status);
    let class = match reply.status {
        200 => return made(order, reply.body),
        202 | 303 => return accepted(desk, path, &reply),
        400 | 413 | 422 => Class::Invalid,
        401 | 403 => Class::Credentials,
        // No such function, or its app is stopped.
        404 | 405 | 410 => Class::Elsewhere,
        429 => Class::Later(reply.retry_after().unwrap_or(10)),
        _ => return Outcome::Unknown(said).into(),
    };
    Outcome::refused(class, said).into()
}

/// It goes on, and this is where the result will be: with us, or nowhere.
fn accepted(desk: &Desk<'_>, path: &str, reply: &Reply) -> Answer {
    let location = reply.header("location");
    let url = desk.url(path).ok().and_then(|url| url.join(location).ok());
    let url = url.filter(|_| !location.is_empty()).and_then(|url| desk.own(url.as_str()));
    let Some(url) = url else {
        let origin = Url::parse(location).map(|url| url.origin().ascii_serialization());
        let why = "it goes on, but where is not said".to_owned();
        return Answer::from(Outcome::Unknown(why)).drifted("location", origin.unwrap_or_default());
    };
    let call = url.query_pairs().find(|(name, _)| name == CALL).map(|(_, call)| call.into_owned());
    let id = call.unwrap_or_else(|| place(&url));
    Outcome::accepted(Handle::new(id).with("result_url", url.as_str())).into()
}

/// The table of answers to a check.
fn checked(order: &Order, handle: &Handle, reply: Reply) -> Answer {
    let said = format!("modal {}", reply.status);
    match reply.status {
        200 => made(order, reply.body),
        // Not done within another 150 seconds: the same result, at the same place.
        202 | 303 => Outcome::accepted(handle.clone()).into(),
        404 | 410 => {
            Outcome::failed(Class::Elsewhere, format!("{said}: the result is gone")).into()
        }
        400 | 413 | 422 => Outcome::failed(Class::Invalid, said).into(),
        _ => Outcome::Unknown(said).into(),
    }
}

/// The path and the query of an address.
fn place(url: &Url) -> String {
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}{query}", url.path())
}
