//! Chat completions against their double, and both against OpenAI's own schemas.

use domain::vendor::{Class, Done, Limits, Order, Outcome, Source};
use doubles::conformance::{Bench, Contract, Tells, order};
use doubles::faults::Fault;
use doubles::spec::{Kept, holds};
use providers::chat::Chat;
use providers::desk::Key;
use serde_json::{Value, json};

fn fault(status: u16, code: &str) -> Fault {
    let error = json!({ "message": "No.", "type": "x", "param": null, "code": code });
    Fault::Instead(status, Vec::new(), json!({ "error": error }))
}

fn write(params: Value) -> Order {
    order("text.generate", "gpt-4.1-mini", params, &[])
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "title": { "type": "string", "minLength": 3 },
            "tags": { "type": "array", "items": { "$ref": "#/$defs/tag" }, "minItems": 2 },
        },
        "required": ["title", "tags"],
        "$defs": { "tag": { "enum": ["tin", "tub"] } },
    })
}

fn contract() -> Contract {
    let mut formed = write(json!({ "prompt": "a caption for a tin", "schema": schema() }));
    formed.outputs.insert("text".into(), "application/json".into());
    let shown = json!({
        "prompt": "what is on it?", "system": "Be brief.", "temperature": 0.2, "top_p": 0.9,
        "max_tokens": 400, "seed": 7,
    });
    Contract {
        vendor: Box::new(Chat),
        routes: doubles::chat::routes,
        base: "/v1",
        key: Key { secret: "sk-0123456789".into(), webhook: String::new() },
        orders: vec![
            write(json!({ "prompt": "a limerick about a tin" })),
            formed,
            order("text.generate", "gpt-5-mini", shown, &["context-1", "context-2"]),
            order(
                "text.generate",
                "ft:gpt-4.1-mini:acme::tin",
                json!({ "prompt": "a rhyme" }),
                &[],
            ),
        ],
        refusals: vec![
            (fault(429, "rate_limit_exceeded"), Class::Later(10)),
            (fault(429, "insufficient_quota"), Class::Quota),
            (fault(402, "insufficient_credits"), Class::Quota),
            (fault(400, "context_length_exceeded"), Class::Invalid),
            (fault(400, "content_filter"), Class::Content),
            (fault(401, "invalid_api_key"), Class::Credentials),
            (fault(404, "model_not_found"), Class::Elsewhere),
        ],
        start_needs: vec!["/choices", "/choices/0/message", "/choices/0/message/content"],
        check_needs: Vec::new(),
        status: None,
        cancels: false,
        finds: false,
        tells: Tells::Never,
        expires: None,
    }
}

doubles::conformance!(clauses, contract);

async fn done(bench: &Bench, order: &Order) -> Done {
    match bench.start(order).await.outcome {
        Outcome::Done(done) => done,
        other => panic!("{other:?}"),
    }
}

fn words(done: &Done) -> String {
    match &done.media[0].source {
        Source::Bytes(bytes) => String::from_utf8(bytes.clone()).expect("words are text"),
        Source::Url(url) => panic!("they are at {url}"),
    }
}

#[tokio::test]
async fn an_answer_in_a_form_is_json_that_fits_even_in_a_fence() {
    let bench = Bench::open(contract).await;
    let order = &bench.contract.orders[1];
    let expected = json!({ "title": "a word", "tags": ["tin", "tin"] });
    assert_eq!(
        serde_json::from_str::<Value>(&words(&done(&bench, order).await)).unwrap(),
        expected
    );
    bench.double.shop.order_whim("fenced");
    assert_eq!(
        serde_json::from_str::<Value>(&words(&done(&bench, order).await)).unwrap(),
        expected
    );
}

#[tokio::test]
async fn an_answer_that_does_not_fit_is_a_failure_that_was_paid_and_drift() {
    let bench = Bench::open(contract).await;
    bench.double.shop.order_whim("misfit");
    let answer = bench.start(&bench.contract.orders[1]).await;
    let Outcome::Failed { refusal, usd } = answer.outcome else { panic!("{answer:?}") };
    assert_eq!(refusal.class, Class::Elsewhere);
    assert_eq!(refusal.reason, "the answer does not fit: the whole: required");
    let billed = bench.double.shop.books().billed();
    assert!((usd.unwrap().0 - billed).abs() <= 1, "{usd:?}, billed {billed}");
    assert_eq!(answer.drift.unwrap().field, "choices[0].message.content");
}

#[tokio::test]
async fn a_form_with_what_may_be_left_out_is_asked_for_without_the_promise() {
    let bench = Bench::open(contract).await;
    let mut schema = schema();
    schema["required"] = json!(["title"]);
    let order = write(json!({ "prompt": "a caption", "schema": schema }));
    let kept = Kept::default();
    bench.double.shop.fault(Fault::Kept(kept.clone()));
    done(&bench, &order).await;
    let request = &kept.all()[0].request;
    assert_eq!(request["response_format"]["json_schema"]["strict"], false);
    assert_eq!(request["response_format"]["json_schema"]["schema"], schema);
}

#[tokio::test]
async fn an_answer_that_was_cut_off_refused_or_filtered_is_none() {
    let cut = write(json!({ "prompt": "a limerick", "max_tokens": 3 }));
    let bench = Bench::open(contract).await;
    let failed = async |order: &Order| match bench.start(order).await.outcome {
        Outcome::Failed { refusal, usd } => (refusal.class, refusal.reason, usd.is_some()),
        other => panic!("{other:?}"),
    };
    let why = "the answer was cut off at its longest of 3 tokens (finish_reason length)";
    assert_eq!(failed(&cut).await, (Class::Invalid, why.into(), true));
    bench.double.shop.order_whim("refusal");
    let why = "the model refuses to answer";
    assert_eq!(failed(&bench.order).await, (Class::Content, why.into(), true));
    bench.double.shop.order_whim("filtered");
    let why = "the answer was filtered";
    assert_eq!(failed(&bench.order).await, (Class::Content, why.into(), true));
}

#[tokio::test]
async fn a_schema_that_is_none_is_refused_unasked() {
    let bench = Bench::open(contract).await;
    let order = write(json!({ "prompt": "a caption", "schema": { "type": "tin" } }));
    let outcome = bench.start(&order).await.outcome;
    let Outcome::Refused(refusal) = outcome else { panic!("{outcome:?}") };
    assert_eq!(refusal.class, Class::Invalid);
    assert_eq!(bench.double.shop.books().work, []);
}

#[tokio::test]
async fn pictures_are_shown_in_the_order_of_their_ports() {
    let bench = Bench::open(contract).await;
    let mut order = bench.contract.orders[2].clone();
    let (first, second) = (order.inputs["context-1"].clone(), order.inputs["context-2"].clone());
    order.inputs = [("context-10".to_owned(), second), ("context-9".to_owned(), first)].into();
    let kept = Kept::default();
    for order in [&bench.contract.orders[2], &order] {
        bench.double.shop.fault(Fault::Kept(kept.clone()));
        done(&bench, order).await;
    }
    let content = |n: usize| kept.all()[n].request["messages"][1]["content"].clone();
    assert_eq!(content(0).as_array().map(Vec::len), Some(3));
    assert_eq!(content(0), content(1));
}

#[tokio::test]
async fn an_endpoint_without_keys_is_called_without_one() {
    let mut bench = Bench::open(contract).await;
    bench.contract.key.secret.clear();
    // The double wants one: it was sent none, and says so.
    let expected = Outcome::refused(Class::Credentials, "our key is not taken (401)");
    assert_eq!(bench.start(&bench.order).await.outcome, expected);
}

#[tokio::test]
async fn what_is_left_of_the_limit_is_learned() {
    let bench = Bench::open(contract).await;
    let answer = bench.start(&bench.order).await;
    assert_eq!(answer.limits, Some(Limits { remaining: 59, reset_s: 1 }));
}

#[tokio::test]
async fn what_is_said_is_what_its_schemas_say() {
    let document: Value = serde_json::from_str(include_str!("../specs/chat.json")).unwrap();
    let bench = Bench::open(contract).await;
    let kept = Kept::default();
    let gone = order("text.generate", "gone-1", json!({ "prompt": "a tin" }), &[]);
    let refused = write(json!({ "prompt": "gore" }));
    for order in bench.contract.orders.iter().chain([&gone, &refused]) {
        bench.double.shop.fault(Fault::Kept(kept.clone()));
        bench.start(order).await;
    }
    for exchange in kept.all() {
        holds(&document, "CreateChatCompletionRequest", &exchange.request);
        let answer = match exchange.status {
            200 => "CreateChatCompletionResponse",
            _ => "ErrorResponse",
        };
        holds(&document, answer, &exchange.answer);
    }
    assert_eq!(kept.all().len(), 6);
}
