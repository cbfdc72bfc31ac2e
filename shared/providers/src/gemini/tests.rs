//! Each answer of Gemini's, and what is known after it.

use super::*;
use doubles::conformance::order;
use reqwest::header::HeaderMap;

fn reply(status: u16, body: &Value) -> Reply {
    Reply { status, headers: HeaderMap::new(), body: body.to_string().into_bytes() }
}

fn error(code: u16, status: &str, details: Value) -> Reply {
    let error = json!({ "code": code, "message": "No.", "status": status, "details": details });
    reply(code, &json!({ "error": error }))
}

fn asked() -> Order {
    order("image.generate", "gemini-2.5-flash-image", json!({ "prompt": "a tin" }), &[])
}

fn class(outcome: &Outcome) -> Option<Class> {
    match outcome {
        Outcome::Refused(refusal) | Outcome::Failed { refusal, .. } => Some(refusal.class),
        _ => None,
    }
}

#[track_caller]
fn refused(reply: &Reply, expected: Option<Class>) {
    let answer = answer(&asked(), reply);
    assert!(!matches!(answer.outcome, Outcome::Failed { .. }), "nothing was accepted");
    assert_eq!(class(&answer.outcome), expected, "{answer:?}");
}

#[test]
fn each_error_has_its_class() {
    let none = || json!([]);
    refused(&error(400, "INVALID_ARGUMENT", none()), Some(Class::Invalid));
    refused(&error(400, "FAILED_PRECONDITION", none()), Some(Class::Credentials));
    refused(&error(401, "UNAUTHENTICATED", none()), Some(Class::Credentials));
    refused(&error(403, "PERMISSION_DENIED", none()), Some(Class::Credentials));
    refused(&error(404, "NOT_FOUND", none()), Some(Class::Elsewhere));
    refused(&error(429, "RESOURCE_EXHAUSTED", none()), Some(Class::Later(15)));
    refused(&error(504, "DEADLINE_EXCEEDED", none()), Some(Class::Elsewhere));
    let invalid_key = json!([{ "@type": "ErrorInfo", "reason": "API_KEY_INVALID" }]);
    refused(&error(400, "INVALID_ARGUMENT", invalid_key), Some(Class::Credentials));
}

#[test]
fn its_own_server_errors_are_never_billed_and_a_gateways_say_nothing() {
    refused(&error(503, "UNAVAILABLE", json!([])), Some(Class::Later(15)));
    refused(&error(500, "INTERNAL", json!([])), Some(Class::Later(15)));
    refused(&error(500, "MOOD", json!([])), None);
    for status in [408, 499, 500, 502, 503, 504] {
        refused(&reply(status, &json!("<html>")), None);
    }
}

#[test]
fn the_pause_is_what_retry_info_says() {
    let told =
        json!([{ "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.07s" }]);
    refused(&error(429, "RESOURCE_EXHAUSTED", told), Some(Class::Later(35)));
    let nonsense = json!([{ "retryDelay": "soon" }, { "retryDelay": 7 }]);
    refused(&error(429, "RESOURCE_EXHAUSTED", nonsense), Some(Class::Later(15)));
}

#[test]
fn a_limit_of_a_day_is_a_quota_and_one_of_a_minute_is_a_pause() {
    let of = |id: &str| json!([{ "violations": [{ "quotaId": id }] }, { "retryDelay": "9s" }]);
    let minute = of("GenerateRequestsPerMinutePerProjectPerModel");
    refused(&error(429, "RESOURCE_EXHAUSTED", minute), Some(Class::Later(9)));
    let day = of("GenerateRequestsPerDayPerProjectPerModel");
    refused(&error(429, "RESOURCE_EXHAUSTED", day), Some(Class::Quota));
}

#[track_caller]
fn ended(word: &str, expected: Class) {
    let body = json!({
        "candidates": [{ "finishReason": word, "index": 0 }],
        "usageMetadata": { "promptTokenCount": 10, "totalTokenCount": 10 },
    });
    let answer = answer(&asked(), &reply(200, &body));
    let reason = format!("it answered without a picture: {word}");
    let refusal = Refusal { class: expected, reason };
    assert_eq!(answer.outcome, Outcome::Failed { refusal, usd: Some(MicroUsd(3)) });
    assert_eq!(answer.drift, None);
}

#[test]
fn each_finish_reason_has_its_class() {
    for word in [
        "SAFETY",
        "RECITATION",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
    ] {
        ended(word, Class::Content);
    }
    for word in
        ["STOP", "MAX_TOKENS", "OTHER", "MALFORMED_FUNCTION_CALL", "NO_IMAGE", "IMAGE_OTHER"]
    {
        ended(word, Class::Elsewhere);
    }
    ended("LANGUAGE", Class::Invalid);
}

#[test]
fn a_reason_that_the_contract_does_not_know_is_drift() {
    let body = json!({ "candidates": [{ "finishReason": "IMAGE_TOO_PRETTY" }] });
    let answer = answer(&asked(), &reply(200, &body));
    assert_eq!(class(&answer.outcome), Some(Class::Elsewhere));
    let drift = answer.drift.unwrap();
    assert_eq!(
        (drift.field.as_str(), drift.found.as_str()),
        ("candidates[0].finishReason", "IMAGE_TOO_PRETTY")
    );
}

#[test]
fn a_blocked_prompt_is_content_and_costs_what_it_had_of_tokens() {
    for word in [
        "SAFETY",
        "OTHER",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "IMAGE_SAFETY",
        "MODEL_ARMOR",
        "JAILBREAK",
    ] {
        let body = json!({ "promptFeedback": { "blockReason": word } });
        let answer = answer(&asked(), &reply(200, &body));
        assert_eq!(class(&answer.outcome), Some(Class::Content), "{word}");
        assert!(matches!(answer.outcome, Outcome::Failed { usd: None, .. }));
        assert_eq!(answer.drift, None);
    }
}

#[test]
fn words_instead_of_a_picture_are_not_repeated() {
    let parts = json!([{ "text": "I cannot draw a tin." }]);
    let body = json!({ "candidates": [{ "content": { "parts": parts }, "finishReason": "STOP" }] });
    let answer = answer(&asked(), &reply(200, &body));
    let why = "it answered without a picture and with words: STOP";
    assert_eq!(answer.outcome, Outcome::failed(Class::Elsewhere, why));
}

#[test]
fn an_answer_that_says_nothing_is_unknown() {
    for body in [json!({}), json!({ "candidates": [] }), json!("<html>")] {
        let answer = answer(&asked(), &reply(200, &body));
        assert!(matches!(answer.outcome, Outcome::Unknown(_)), "{answer:?}");
        assert_eq!(answer.drift.unwrap().field, "candidates");
    }
}

#[test]
fn tokens_are_priced_by_what_they_are() {
    let usage = json!({
        "promptTokenCount": 100, "candidatesTokenCount": 1220, "thoughtsTokenCount": 50,
        "candidatesTokensDetails": [{ "modality": "IMAGE", "tokenCount": 1120 }],
    });
    // 100 at 2, 100 and 50 at 12, 1120 at 120 dollars a million.
    assert_eq!(usd("gemini-3-pro-image-preview", &usage, true), Some(MicroUsd(136_400)));
    let plain = json!({ "promptTokenCount": 0, "candidatesTokenCount": 1290 });
    assert_eq!(usd("gemini-2.5-flash-image", &plain, true), Some(MicroUsd(38_700)));
    assert_eq!(usd("gemini-2.5-flash-image", &plain, false), Some(MicroUsd(3_225)));
    assert_eq!(usd("gemini-9", &plain, true), None);
}

#[test]
fn the_shape_and_the_size_are_the_nearest_that_it_makes() {
    let shaped = |model: &str, width: u32, height: u32| {
        let params = json!({ "prompt": "a tin", "width": width, "height": height });
        shape(&order("image.generate", model, params, &[])).unwrap()
    };
    let flash = "gemini-2.5-flash-image";
    assert_eq!(shaped(flash, 1920, 1080), json!({ "aspectRatio": "16:9" }));
    assert_eq!(shaped(flash, 600, 900), json!({ "aspectRatio": "2:3" }));
    let pro = "gemini-3-pro-image-preview";
    assert_eq!(shaped(pro, 1024, 1024), json!({ "aspectRatio": "1:1", "imageSize": "1K" }));
    assert_eq!(shaped(pro, 1920, 1080), json!({ "aspectRatio": "16:9", "imageSize": "2K" }));
    assert_eq!(shaped(pro, 4096, 4096), json!({ "aspectRatio": "1:1", "imageSize": "4K" }));
    assert_eq!(shaped(pro, 2100, 900), json!({ "aspectRatio": "21:9", "imageSize": "2K" }));
    let edit = order("image.edit", pro, json!({ "prompt": "a tin" }), &[]);
    assert_eq!(shape(&edit), None);
}
