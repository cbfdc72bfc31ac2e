//! SageMaker's asynchronous endpoints: accepted, and then looked for in a bucket.

use domain::ports::Vendors;
use domain::vendor::{Class, Handle, Heard, Order, Outcome, Webhook};
use doubles::conformance::{Bench, Contract, Tells, order};
use doubles::faults::Fault;
use doubles::spec::{Kept, holds};
use doubles::{Double, sigv4};
use providers::desk::Key;
use providers::sagemaker::SageMaker;
use providers::vendors::HttpVendors;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn refusal(status: u16, name: &str, message: &str, class: Class) -> (Fault, Class) {
    let header = vec![("x-amzn-errortype", name.to_owned())];
    (Fault::Instead(status, header, json!({ "Message": message })), class)
}

fn contract() -> Contract {
    let paint = json!({ "prompt": "a tin of paint", "width": 512, "height": 512, "seed": 9 });
    let gone = "Endpoint paint of account 123456789012 not found.";
    Contract {
        vendor: Box::new(SageMaker),
        routes: doubles::sagemaker::routes,
        base: "",
        key: Key { secret: sigv4::KEY.into(), webhook: String::new() },
        orders: vec![
            order("image.generate", "paint", paint, &[]),
            order("audio.generate", "sing", json!({ "prompt": "rain", "seconds": 2 }), &[]),
        ],
        refusals: vec![
            refusal(400, "ValidationError", "wrong", Class::Invalid),
            refusal(400, "ValidationError", gone, Class::Elsewhere),
            refusal(400, "ThrottlingException", "", Class::Later(5)),
            refusal(403, "AccessDeniedException", "", Class::Credentials),
            refusal(429, "ThrottlingException", "", Class::Later(5)),
            refusal(503, "ServiceUnavailable", "", Class::Later(10)),
        ],
        start_needs: vec![],
        check_needs: vec![],
        status: None,
        cancels: false,
        finds: false,
        tells: Tells::Never,
        expires: None,
    }
}

doubles::conformance!(sagemaker, contract);

#[tokio::test]
async fn the_handle_is_our_attempt_and_says_where_its_outputs_will_be() {
    let bench = Bench::open(contract).await;
    let handle = bench.accepted().await;
    assert_eq!(handle.id, bench.order.attempt.as_str());
    assert_eq!(handle.get("output"), "s3://outputs/async/out-0001.out");
    assert_eq!(handle.get("failure"), "s3://outputs/failures/out-0001-error.out");
    let first = bench.check(&bench.order, &handle).await;
    assert_eq!(first.outcome, Outcome::accepted(handle), "no object is no failure");
    let bench = Bench::open(contract).await;
    bench.double.shop.order_whim("nowhere");
    let answer = bench.start(&bench.order).await;
    let why = "accepted, but where the output will be is not said";
    assert_eq!(answer.outcome, Outcome::Unknown(why.into()));
    assert_eq!(answer.drift.unwrap().field, "outputlocation");
}

#[tokio::test]
async fn a_container_that_fails_says_so_at_its_failure_location() {
    let bench = Bench::open(contract).await;
    let handle = bench.accepted().await;
    bench.double.shop.order_whim("failed");
    let answer = bench.check(&bench.order, &handle).await;
    let why = "the endpoint failed; why is at its failure location";
    assert_eq!(answer.outcome, Outcome::failed(Class::Elsewhere, why));
    assert!(!format!("{answer:?}").contains("a tin of paint"), "its words may quote the prompt");
}

#[tokio::test]
async fn a_bucket_that_does_not_answer_changes_nothing() {
    let bench = Bench::open(contract).await;
    let handle = bench.accepted().await;
    let unknown = |why: &str| Outcome::Unknown(why.into());
    bench.double.shop.order_whim("denied");
    let denied = bench.check(&bench.order, &handle).await;
    assert_eq!(denied.outcome, unknown("s3 403: may the key list its bucket?"));
    for fault in [
        Fault::Instead(500, Vec::new(), json!({})),
        Fault::Instead(503, Vec::new(), json!("<Code>SlowDown</Code>")),
        Fault::CutAfter(0),
    ] {
        bench.double.shop.fault(fault);
        let answer = bench.check(&bench.order, &handle).await;
        assert!(matches!(answer.outcome, Outcome::Unknown(_)), "{answer:?}");
    }
    let answer = bench.end(&bench.order, Outcome::accepted(handle.clone()).into()).await;
    assert!(matches!(answer.outcome, Outcome::Done(_)), "{answer:?}");
    bench.double.shop.order_whim("page");
    let answer = bench.check(&bench.order, &handle).await;
    assert_eq!(answer.outcome, unknown("it is done, but what came is text/plain"));
    assert_eq!(answer.drift.unwrap().field, "body");
}

#[tokio::test]
async fn a_request_that_is_too_large_is_not_sent() {
    let bench = Bench::open(contract).await;
    let mut large = bench.order.clone();
    large.params.insert("prompt".into(), "a".repeat(128_000).into());
    let answer = bench.start(&large).await;
    let Outcome::Refused(refusal) = answer.outcome else { panic!("{answer:?}") };
    assert_eq!(refusal.class, Class::Invalid);
    assert!(refusal.reason.ends_with("bytes, an endpoint takes 128000"), "{}", refusal.reason);
    assert_eq!(bench.double.shop.books().work, []);
}

#[tokio::test]
async fn a_notification_only_says_which_work_to_ask_about() {
    let bench = Bench::open(contract).await;
    let hear = async |body: String| {
        let webhook = Webhook { headers: BTreeMap::new(), body: body.into_bytes() };
        let now = doubles::conformance::now();
        bench.contract.vendor.hear(&bench.desk(), &webhook, now).await
    };
    let message = |status: &str| {
        json!({
            "invocationStatus": status, "inferenceId": "job-make-1", "eventVersion": "1.0",
            "eventSource": "aws:sagemaker", "eventName": "InferenceResult",
            "responseParameters": { "outputLocation": "s3://elsewhere/forged" },
        })
        .to_string()
    };
    let wrapped =
        |status| json!({ "Type": "Notification", "Message": message(status) }).to_string();
    let news = Heard::News(Handle::new("job-make-1"));
    for status in ["Completed", "Failed"] {
        assert_eq!(hear(wrapped(status)).await, news, "and not where it says that its output is");
        assert_eq!(hear(message(status)).await, news, "delivered raw");
    }
    let confirm = json!({ "Type": "SubscriptionConfirmation", "Message": "You have chosen" });
    for nothing in [confirm.to_string(), wrapped("Odd"), "{}".into(), "<html>".into()] {
        assert_eq!(hear(nothing).await, Heard::Nothing);
    }
}

#[tokio::test]
async fn what_is_said_is_what_its_service_model_says() {
    let document: Value = serde_json::from_str(include_str!("../specs/sagemaker.json")).unwrap();
    let bench = Bench::open(contract).await;
    let kept = Kept::default();
    let job = bench.order.attempt.job();
    let long = "a-step-with-a-long-name-such-as-those-of-items-have~de-at";
    let attempt = domain::id::AttemptId::new(&job, long, 12);
    let orders = [
        bench.order.clone(),
        Order { attempt, ..bench.order.clone() },
        Order { model: "gone".into(), ..bench.order.clone() },
    ];
    for order in orders {
        bench.double.shop.fault(Fault::Kept(kept.clone()));
        bench.start(&order).await;
        let mut said: Value =
            serde_json::from_str(&bench.double.shop.books().notes["headers"]).unwrap();
        for name in ["requestttlseconds", "invocationtimeoutseconds"] {
            let field = &mut said[format!("x-amzn-sagemaker-{name}")];
            *field = field.as_str().unwrap().parse::<u32>().unwrap().into();
        }
        said["EndpointName"] = order.model.into();
        holds(&document, "InvokeEndpointAsyncInput", &said);
    }
    let all = kept.all();
    assert_eq!(all[0].call, "POST /endpoints/paint/async-invocations");
    holds(&document, "InvokeEndpointAsyncOutput", &all[0].answer);
    holds(&document, "InvokeEndpointAsyncOutput", &all[1].answer);
    holds(&document, "ValidationError", &all[2].answer);
    assert_eq!(all[1].answer["InferenceId"].as_str().unwrap().len(), 64);
}

/// A double, and vendors that call it by our own role, whose key is this.
async fn by_role(role: &'static str) -> (Double, HttpVendors) {
    let double = Double::open(doubles::sagemaker::routes).await;
    let (base, host) = (double.shop.address(), double.address.to_string());
    let secret = format!(r#"{{"keys":[{{"secret":"role"}}],"base":"{base}"}}"#);
    let secrets = move |_: &str, _| {
        let secret = secret.clone();
        async { Ok(secret) }
    };
    let now = doubles::conformance::now;
    let vendors = HttpVendors::new(vec![Box::new(SageMaker)], vec![host], secrets, now);
    (double, vendors.with_role(move || async move { Ok(role.to_owned()) }))
}

#[tokio::test]
async fn our_own_role_is_taken_and_its_token_is_signed() {
    let (_double, vendors) = by_role(sigv4::ROLE).await;
    let order = Order { vendor: "sagemaker".into(), ..contract().orders.remove(0) };
    let Outcome::Accepted { handle, .. } = vendors.start(&order).await.outcome else {
        panic!("it is accepted")
    };
    let role = Key { secret: "role".into(), webhook: String::new() };
    assert_eq!(handle.key, role.label(), "the same tomorrow, when its credentials are others");
    let mut answer = vendors.check(&order, &handle).await;
    for _ in 0..3 {
        answer = vendors.check(&order, &handle).await;
    }
    assert!(matches!(answer.outcome, Outcome::Done(_)), "{answer:?}");
}

#[tokio::test]
async fn a_role_without_its_token_is_not_taken() {
    let token = sigv4::ROLE.rfind(':').unwrap();
    let (_double, vendors) = by_role(&sigv4::ROLE[..token]).await;
    let order = Order { vendor: "sagemaker".into(), ..contract().orders.remove(0) };
    let answer = vendors.start(&order).await;
    let Outcome::Refused(refusal) = answer.outcome else { panic!("{answer:?}") };
    assert_eq!(refusal.class, Class::Credentials);
}
