//! A bucket over HTTP: what is put under a key is there, and a post is there once its JSON is.

use super::{Answer, Call, serve, silent, text};
use crate::Shop;
use crate::books::{Books, Filed, Shown, Stand};
use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use domain::sign::sha256;
use serde_json::Value;

/// Its routes.
pub fn routes(shop: Shop) -> Router {
    serve(shop, answer)
}

fn answer(shop: &Shop, call: &Call) -> Answer {
    let key = call.path.trim_start_matches("/public/");
    match call.method.as_str() {
        "PUT" => {
            let kind = call.header("content-type").to_owned();
            shop.keep(key, (kind.clone(), call.body.to_vec()));
            shop.write(|books| put(books, key, &kind, call));
            Ok(silent(200))
        }
        "DELETE" => {
            shop.forget(key);
            shop.write(|books| erase(books, key));
            Ok(silent(204))
        }
        "GET" => shop.kept(key).map(read).ok_or_else(|| silent(404)),
        _ => Err(silent(405)),
    }
}

fn read((kind, bytes): (String, Vec<u8>)) -> Response {
    ([("content-type", kind)], Body::from(bytes)).into_response()
}

/// It is told so of what was never there, too.
fn erase(books: &mut Books, key: &str) {
    books.files.retain(|file| file.id != key);
    if let Some(there) = books.shown(key) {
        (there.state, there.body) = (Stand::Gone, Value::Null);
    }
}

fn put(books: &mut Books, key: &str, kind: &str, call: &Call) {
    if key.ends_with(".html") {
        return;
    }
    if !key.ends_with(".json") {
        let file = Filed {
            id: key.into(),
            name: key.into(),
            media_type: kind.into(),
            sha256: sha256(&call.body),
            bytes: call.body.len(),
            ready: true,
            ..Filed::default()
        };
        match books.file(key) {
            Some(there) => *there = file,
            None => books.files.push(file),
        }
        return;
    }
    let media = call.json["media"].as_array().cloned().unwrap_or_default();
    let of = |pointer: &'static str| media.iter().map(move |one| text(one, pointer).to_owned());
    let keys = call.json["keys"].as_array().cloned().unwrap_or_default();
    let files = keys.iter().filter_map(|key| key[0].as_str().map(str::to_owned)).collect();
    let shown = Shown {
        id: key.into(),
        key: key.into(),
        state: Stand::Visible,
        times: 1,
        files,
        alts: of("/alt").collect(),
        by_machine: call.json["disclosed"]["ai"] == true,
        body: call.json.clone(),
        changes: 0,
    };
    match books.shown(key) {
        Some(there) if there.body == shown.body => {}
        Some(there) => *there = Shown { changes: there.changes + 1, times: there.times, ..shown },
        None => books.shown.push(shown),
    }
}
