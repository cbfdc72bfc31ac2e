//! Orders for tests, and the server of their inputs.

use crate::{Double, made};
use axum::Router;
use axum::routing::get;
use domain::gpu::Input;
use domain::id::{AttemptId, JobId};
use domain::sign::sha256;
use domain::vendor::{Effort, Order};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Width and height of the pictures that go in.
pub(super) const PICTURE: (u32, u32) = (640, 480);

/// An order of this kind for a model. An `inputs` of `["image"]` brings a picture by that port, `audio` a sound.
pub fn order(kind: &str, model: &str, params: Value, inputs: &[&str]) -> Order {
    let (port, media_type) = match kind.split('.').next() {
        Some("video") => ("video", "video/mp4"),
        Some("audio") => ("audio", "audio/wav"),
        Some("text") => ("text", "text/plain"),
        Some("content") => ("result", "application/json"),
        _ => ("image", "image/png"),
    };
    let job = JobId::new(domain::Time(1_800_000_000_000), [7; 10]);
    let params: Map<String, Value> = params.as_object().cloned().unwrap_or_default();
    Order {
        attempt: AttemptId::new(&job, "make", 1),
        vendor: "double".into(),
        kind: kind.into(),
        model: model.into(),
        effort: Effort::Standard,
        params,
        inputs: inputs.iter().map(|port| ((*port).to_owned(), input(port, ""))).collect(),
        outputs: BTreeMap::from([(port.to_owned(), media_type.to_owned())]),
        webhook: None,
        deadline_s: 600,
    }
}

fn bytes(port: &str) -> (Vec<u8>, &'static str) {
    match port {
        "audio" => (made::wav(1), "audio/wav"),
        _ => (made::png(port, PICTURE.0, PICTURE.1), "image/png"),
    }
}

fn input(port: &str, base: &str) -> Input {
    let (bytes, media_type) = bytes(port);
    let url = format!("{base}/inputs/{port}");
    Input { url, sha256: sha256(&bytes), media_type: media_type.into() }
}

/// Serves the inputs of orders, which learn where they are.
pub(super) async fn serve(orders: &mut [Order]) -> Double {
    let double = Double::open(|_| {
        Router::new().route(
            "/inputs/{port}",
            get(|port: axum::extract::Path<String>| async move { bytes(&port).0 }),
        )
    })
    .await;
    for order in orders {
        for (port, at) in &mut order.inputs {
            *at = input(port, &double.base());
        }
    }
    double
}
