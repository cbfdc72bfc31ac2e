//! What chat endpoints answer, and what is known after it.

use super::*;
use doubles::conformance::order;
use reqwest::header::HeaderMap;

fn asked(params: Value) -> Order {
    order("text.generate", "gpt-4.1-mini", params, &[])
}

fn said(message: Value, ended: Value) -> Value {
    json!({
        "id": "chatcmpl-1",
        "model": "gpt-4.1-mini-2025-04-14",
        "choices": [{ "index": 0, "message": message, "finish_reason": ended }],
        "usage": { "prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500 },
    })
}

fn answered(params: Value, body: &Value) -> Answer {
    let order = asked(params);
    let form = Form::of(order.params.get("schema")).unwrap();
    let reply =
        Reply { status: 200, headers: HeaderMap::new(), body: body.to_string().into_bytes() };
    answer(&order, form.as_ref(), &reply)
}

#[track_caller]
fn fails(body: &Value, class: Class, why: &str) {
    let answer = answered(json!({ "prompt": "a tin", "max_tokens": 500 }), body);
    let refusal = Refusal { class, reason: why.into() };
    assert_eq!(answer.outcome, Outcome::Failed { refusal, usd: Some(MicroUsd(1200)) });
    assert_eq!(answer.drift, None);
}

#[test]
fn an_answer_that_is_of_no_use_is_paid_and_says_why() {
    let content = |text: &str| json!({ "role": "assistant", "content": text, "refusal": null });
    fails(
        &said(content("A tin is"), json!("length")),
        Class::Invalid,
        "the answer was cut off at its longest of 500 tokens (finish_reason length)",
    );
    fails(&said(content("A"), json!("content_filter")), Class::Content, "the answer was filtered");
    let refusal = json!({ "role": "assistant", "content": null, "refusal": "I won't, tin." });
    fails(&said(refusal, json!("stop")), Class::Content, "the model refuses to answer");
    let tools = json!({ "role": "assistant", "content": null, "tool_calls": [] });
    fails(
        &said(tools, json!("tool_calls")),
        Class::Elsewhere,
        "it calls for tools instead of answering",
    );
    fails(&said(content(" \n"), json!("stop")), Class::Elsewhere, "it answered with nothing");
}

#[test]
fn an_error_in_a_200_is_an_error() {
    let body = json!({ "error": { "code": 502, "message": "Upstream is gone" } });
    let answer = answered(json!({ "prompt": "a tin" }), &body);
    let why = "it answered 200 and an error: Upstream is gone";
    assert_eq!(answer.outcome, Outcome::failed(Class::Elsewhere, why));
}

#[test]
fn an_end_that_the_contract_does_not_know_is_drift_and_the_words_are_kept() {
    let content = json!({ "role": "assistant", "content": "A tin." });
    for (ended, found) in [(json!("eos"), "\"eos\""), (Value::Null, "null")] {
        let answer = answered(json!({ "prompt": "a tin" }), &said(content.clone(), ended));
        assert!(matches!(answer.outcome, Outcome::Done(_)), "{answer:?}");
        assert_eq!(answer.drift.unwrap().found, found);
    }
}

#[test]
fn words_in_parts_are_put_together() {
    let parts = json!([{ "type": "text", "text": "A " }, { "type": "text", "text": "tin." }]);
    let body = said(json!({ "role": "assistant", "content": parts }), json!("stop"));
    let Outcome::Done(done) = answered(json!({ "prompt": "a tin" }), &body).outcome else {
        panic!("it is done")
    };
    assert_eq!(done.media[0].source, Source::Bytes(b"A tin.".to_vec()));
    assert_eq!(done.model.as_deref(), Some("gpt-4.1-mini-2025-04-14"));
    assert_eq!(done.id.as_deref(), Some("chatcmpl-1"));
}

#[test]
fn an_answer_that_breaks_its_promise_of_a_form_is_drift() {
    let body = said(json!({ "role": "assistant", "content": "{\"n\": \"x\"}" }), json!("stop"));
    let schema = json!({
        "type": "object", "properties": { "n": { "type": "integer" } }, "required": ["n"],
    });
    let answer = answered(json!({ "prompt": "a tin", "schema": schema }), &body);
    let refusal =
        Refusal { class: Class::Elsewhere, reason: "the answer does not fit: at /n: type".into() };
    assert_eq!(answer.outcome, Outcome::Failed { refusal, usd: Some(MicroUsd(1200)) });
    assert_eq!(answer.drift.unwrap().found, "at /n: type");
}

#[test]
fn the_cost_is_what_the_endpoint_says_or_that_of_the_tokens() {
    let tokens = json!({ "prompt_tokens": 1000, "completion_tokens": 100 });
    assert_eq!(usd("gpt-4.1-mini", &tokens), Some(MicroUsd(560)));
    assert_eq!(usd("llama-3.3-70b", &tokens), Some(MicroUsd(3500)));
    let told = json!({ "prompt_tokens": 1000, "completion_tokens": 100, "cost": 0.000_123 });
    assert_eq!(usd("llama-3.3-70b", &told), Some(MicroUsd(123)));
    assert_eq!(usd("gpt-4.1-mini", &json!({})), None);
}
