//! Classifiers of what is harmful, and a judge at Bedrock, against their doubles.

use domain::vendor::{Class, Order, Outcome, Source};
use doubles::conformance::{Bench, Contract, Tells, order};
use doubles::faults::Fault;
use doubles::sigv4;
use providers::bedrock::Bedrock;
use providers::desk::Key;
use providers::openai::OpenAi;
use serde_json::{Value, json};

fn openai_fault(status: u16, code: &str) -> Fault {
    let error = json!({ "message": "No.", "type": "x", "param": null, "code": code });
    Fault::Instead(status, Vec::new(), json!({ "error": error }))
}

fn refusal(status: u16, name: &str, class: Class) -> (Fault, Class) {
    let header = vec![("x-amzn-errortype", format!("{name}:http://internal.amazon.com/"))];
    (Fault::Instead(status, header, json!({ "message": "no" })), class)
}

fn moderate(model: &str) -> Order {
    order("content.moderate", model, json!({ "text": "a tin on a shelf" }), &["images"])
}

fn omni() -> Contract {
    Contract {
        vendor: Box::new(OpenAi),
        routes: doubles::openai::routes,
        base: "/v1",
        key: Key { secret: "sk-proj-0123456789".into(), webhook: String::new() },
        orders: vec![moderate("omni-moderation-latest")],
        refusals: vec![
            (openai_fault(429, "rate_limit_exceeded"), Class::Later(10)),
            (openai_fault(429, "insufficient_quota"), Class::Quota),
            (openai_fault(400, "invalid_value"), Class::Invalid),
            (openai_fault(401, "invalid_api_key"), Class::Credentials),
            (openai_fault(404, "model_not_found"), Class::Elsewhere),
        ],
        start_needs: vec!["/results", "/results/0/flagged", "/results/0/category_scores"],
        check_needs: vec![],
        status: None,
        cancels: false,
        finds: false,
        tells: Tells::Never,
        expires: None,
    }
}

fn guardrail() -> Contract {
    Contract {
        vendor: Box::new(Bedrock),
        routes: doubles::bedrock::routes,
        base: "",
        key: Key { secret: sigv4::KEY.into(), webhook: String::new() },
        orders: vec![moderate("gr1a2b3c:2")],
        refusals: vec![
            refusal(400, "ValidationException", Class::Invalid),
            refusal(400, "ServiceQuotaExceededException", Class::Later(60)),
            refusal(403, "AccessDeniedException", Class::Credentials),
            refusal(404, "ResourceNotFoundException", Class::Elsewhere),
            refusal(429, "ThrottlingException", Class::Later(5)),
        ],
        start_needs: vec!["/action"],
        ..omni()
    }
}

fn converse() -> Contract {
    let form = json!({
        "type": "object", "required": ["score"], "additionalProperties": false,
        "properties": { "score": { "type": "number", "minimum": 0, "maximum": 1 } },
    });
    let params = json!({ "prompt": "how good is it?", "system": "You judge.", "schema": form });
    let words = json!({ "prompt": "what is it?", "max_tokens": 200 });
    Contract {
        orders: vec![
            order("text.generate", "amazon.nova-lite-v1:0", params, &["context"]),
            order("text.generate", "anthropic.claude-3-haiku-20240307-v1:0", words, &[]),
        ],
        start_needs: vec!["/output/message/content"],
        ..guardrail()
    }
}

doubles::conformance!(omni_moderation, omni);
doubles::conformance!(bedrock_guardrail, guardrail);
doubles::conformance!(bedrock_converse, converse);

async fn said(bench: &Bench, order: &Order) -> Value {
    let Outcome::Done(done) = bench.start(order).await.outcome else { panic!("it is not done") };
    let Source::Bytes(bytes) = &done.media[0].source else { panic!("it is somewhere") };
    serde_json::from_slice(bytes).expect("it is JSON")
}

#[tokio::test]
async fn both_say_the_same_of_good_and_of_bad_in_the_form_that_gates_read() {
    for (contract, clean) in [(omni as fn() -> Contract, 0.9875), (guardrail, 1.0)] {
        let bench = Bench::open(contract).await;
        let good = said(&bench, &bench.order).await;
        assert_eq!((&good["score"], &good["flagged"]), (&json!(clean), &json!(false)));
        let mut bad = bench.order.clone();
        bad.params.insert("text".into(), json!(format!("much {}", doubles::openai::BLOCKED)));
        let bad = said(&bench, &bad).await;
        assert!(bad["score"].as_f64().unwrap() < 0.2 && bad["flagged"] == true, "{bad}");
        assert!(!bad["reason"].as_str().unwrap().is_empty());
    }
}

#[tokio::test]
async fn of_several_pictures_each_is_looked_at_and_the_worst_counts() {
    let bench = Bench::open(omni).await;
    let mut order = bench.order.clone();
    let picture = order.inputs.remove("images").unwrap();
    for n in 1..=3 {
        order.inputs.insert(format!("images-{n}"), picture.clone());
    }
    order.params.remove("text");
    bench.double.shop.order_whim("flagged");
    let said = said(&bench, &order).await;
    assert_eq!(said["flagged"], true);
    assert_eq!(bench.double.shop.books().work.len(), 3);
}

#[tokio::test]
async fn a_result_without_scores_is_no_answer() {
    let bench = Bench::open(omni).await;
    bench.double.shop.order_whim("nonsense");
    let answer = bench.start(&bench.order).await;
    assert!(matches!(answer.outcome, Outcome::Unknown(_)), "{answer:?}");
}

#[tokio::test]
async fn an_answer_in_a_form_is_held_against_it_and_a_filtered_one_is_none() {
    let bench = Bench::open(converse).await;
    assert_eq!(said(&bench, &bench.order).await, json!({ "score": 0 }));
    bench.double.shop.order_whim("filtered");
    let answer = bench.start(&bench.order).await.outcome;
    let Outcome::Failed { refusal, .. } = answer else { panic!("{answer:?}") };
    assert_eq!(refusal.class, Class::Content);
}
