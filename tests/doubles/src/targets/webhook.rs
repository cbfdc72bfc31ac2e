//! A receiver of posts: it believes what is signed, and takes each message once, by its id.

use super::{Answer, Call, say, serve, silent, text};
use crate::Shop;
use crate::books::{Books, Filed, Shown, Stand};
use axum::Router;
use axum::response::Response;
use domain::id::TenantId;
use domain::notify::signature::Secret;
use domain::sign::SigningKey;
use serde_json::json;

/// The deployment's signing key.
pub const KEY: &str = "deployment-signing-key-0123456789";

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    serve(shop, answer)
}

fn answer(shop: &Shop, call: &Call) -> Answer {
    let at = call.at();
    match (at.0, at.1.as_slice()) {
        ("POST", ["hook", ..]) => {
            believed(call)?;
            shop.write(|books| taken(books, call));
            Ok(silent(204))
        }
        _ => Err(say(404, json!({ "error": "nobody is here" }))),
    }
}

/// Whether what came was signed by the tenant `acme`, as it came.
fn believed(call: &Call) -> Result<(), Response> {
    let tenant = TenantId::parse("acme").expect("it is one");
    let secret = Secret::of(&SigningKey::new(KEY), &tenant);
    let secret = Secret::parse(&secret.reveal()).expect("it is one");
    let (id, at) = (call.header("webhook-id"), call.header("webhook-timestamp"));
    let expected = at.parse().map(|at| secret.sign(id, at, &call.body)).unwrap_or_default();
    match !id.is_empty() && call.header("webhook-signature") == expected {
        true => Ok(()),
        false => Err(say(401, json!({ "error": "the signature is not right" }))),
    }
}

fn taken(books: &mut Books, call: &Call) {
    let id = call.header("webhook-id");
    if books.shown(id).is_some() {
        return;
    }
    let data = &call.json["data"];
    let media = data["media"].as_array().into_iter().flatten();
    let files: Vec<Filed> = media
        .map(|medium| Filed {
            id: text(medium, "/sha256").into(),
            name: text(medium, "/url").into(),
            media_type: text(medium, "/media_type").into(),
            sha256: text(medium, "/sha256").into(),
            alt: text(medium, "/alt").into(),
            ready: true,
            ..Filed::default()
        })
        .collect();
    books.shown.push(Shown {
        id: id.into(),
        key: text(data, "/slug").into(),
        state: Stand::Visible,
        times: 1,
        files: files.iter().map(|file| file.id.clone()).collect(),
        by_machine: data["disclosed"]["ai"] == true,
        body: data.clone(),
        ..Shown::default()
    });
    books.files.extend(files);
}
