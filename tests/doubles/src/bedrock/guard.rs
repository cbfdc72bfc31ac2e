//! `ApplyGuardrail`: a word that is blocked makes it step in.

use super::{error, invalid};
use crate::books::Work;
use crate::{Shop, made};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

pub(super) async fn apply(
    State(shop): State<Shop>,
    Path((id, version)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    if !id.starts_with("gr") {
        return error(404, "ResourceNotFoundException", "No such guardrail.");
    }
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let content = asked["content"].as_array().filter(|content| !content.is_empty());
    let (Some(content), Some("INPUT" | "OUTPUT")) = (content, asked["source"].as_str()) else {
        return invalid("source and content are required");
    };
    let mut text = String::new();
    for part in content {
        if let Some(said) = part["text"]["text"].as_str() {
            text.push_str(said);
            continue;
        }
        let bytes = part["image"]["source"]["bytes"].as_str();
        let bytes = bytes.and_then(|bytes| BASE64.decode(bytes).ok());
        if bytes.and_then(|bytes| made::png_size(&bytes)).is_none() {
            return invalid("content: a text or a picture");
        }
    }
    let blocked = shop.whim("flagged") || text.contains(crate::openai::BLOCKED);
    let looks = content.len() as i64;
    let work = Work {
        key: text,
        model: format!("{id}:{version}"),
        status: "done".into(),
        micros: 1_000 * looks,
        ..Work::default()
    };
    shop.write(|books| books.accept("guard", work));
    let filter = |confidence: &str, action: &str| json!({ "type": "VIOLENCE", "confidence": confidence, "filterStrength": "HIGH", "action": action });
    let (action, filters) = match blocked {
        true => ("GUARDRAIL_INTERVENED", json!([filter("HIGH", "BLOCKED")])),
        false => ("NONE", json!([])),
    };
    let usage = json!({
        "topicPolicyUnits": 1, "contentPolicyUnits": looks, "wordPolicyUnits": 1,
        "sensitiveInformationPolicyUnits": 0, "sensitiveInformationPolicyFreeUnits": 0,
        "contextualGroundingPolicyUnits": 0,
    });
    let outputs = if blocked { json!([{ "text": "No." }]) } else { json!([]) };
    let assessments = json!([{ "contentPolicy": { "filters": filters } }]);
    Json(
        json!({ "usage": usage, "action": action, "outputs": outputs, "assessments": assessments }),
    )
    .into_response()
}
