//! Kling's adapter against its double.

use domain::id::AttemptId;
use domain::money::MicroUsd;
use domain::vendor::{Class, Handle, Heard, Order, Outcome, Webhook};
use doubles::conformance::{Bench, Contract, Tells, order};
use doubles::faults::Fault;
use doubles::spec::{Kept, holds};
use providers::desk::Key;
use providers::kling::Kling;
use serde_json::{Value, json};

fn coded(status: u16, code: u32) -> Fault {
    let body = json!({ "code": code, "message": "No.", "request_id": "r-1" });
    Fault::Instead(status, Vec::new(), body)
}

/// The same order of another attempt: Kling takes each of our names once.
fn attempt(mut order: Order, number: u32) -> Order {
    order.attempt = AttemptId::new(&order.attempt.job(), "make", number);
    order
}

fn contract() -> Contract {
    let waves = json!({ "prompt": "waves at dusk", "seconds": 5, "width": 640, "height": 360 });
    let long = json!({ "prompt": "waves at dusk", "seconds": 8, "width": 360, "height": 640 });
    let still = json!({ "prompt": "a lighthouse", "width": 900, "height": 600 });
    let orders = vec![
        order("video.generate", "kling-v1-6", waves.clone(), &[]),
        order("video.generate", "kling-v2-5-turbo", long, &[]),
        order("video.generate", "kling-v2-5-turbo", waves, &["image"]),
        order("image.generate", "kling-v2", still, &[]),
    ];
    Contract {
        vendor: Box::new(Kling),
        routes: doubles::kling::routes,
        base: "",
        key: Key { secret: doubles::kling::KEY.into(), webhook: String::new() },
        orders: orders.into_iter().zip(1..).map(|(order, n)| attempt(order, n)).collect(),
        refusals: vec![
            (coded(401, 1002), Class::Credentials),
            (coded(401, 1004), Class::Credentials),
            (coded(429, 1101), Class::Quota),
            (coded(429, 1102), Class::Quota),
            (coded(400, 1201), Class::Invalid),
            (coded(404, 1203), Class::Elsewhere),
            (coded(400, 1301), Class::Content),
            (coded(200, 1301), Class::Content),
            (coded(429, 1302), Class::Later(5)),
            (coded(429, 1303), Class::Later(15)),
            (
                Fault::Instead(429, vec![("retry-after", "7".into())], json!({ "code": 1302 })),
                Class::Later(7),
            ),
        ],
        start_needs: vec!["/data/task_id"],
        check_needs: vec!["/data/task_status", "/data/task_result/videos/0/url"],
        status: Some("/data/task_status"),
        cancels: false,
        finds: true,
        tells: Tells::Unsigned,
        expires: Some("expired"),
    }
}

doubles::conformance!(clauses, contract);

#[tokio::test]
async fn each_call_has_a_token_of_its_time() {
    let bench = Bench::open(contract).await;
    let wrong = Key { secret: "access-0123456789:other".into(), webhook: String::new() };
    let wire = providers::desk::Wire::new(providers::gpu::Allowed::new([bench
        .double
        .address
        .to_string()]));
    let base = bench.double.base();
    let vendor = &bench.contract.vendor;
    let refused = |code: u32, why: &str| {
        let why = format!("kling answered 401 with code {code}: Authorization is {why}");
        Outcome::refused(Class::Credentials, why)
    };
    let now = doubles::conformance::now();
    let (past, future) = (domain::Time(now.0 - 7_200_000), now.plus_s(7200));
    let key = &bench.contract.key;
    for (key, now, outcome) in [
        (&wrong, now, refused(1002, "not valid")),
        (key, past, refused(1004, "expired")),
        (key, future, refused(1003, "not active yet")),
    ] {
        let desk = wire.desk(&base, key, now);
        assert_eq!(vendor.start(&desk, &bench.order).await.outcome, outcome);
    }
}

#[tokio::test]
async fn a_failed_task_says_why_and_what_it_costs() {
    let bench = Bench::open(contract).await;
    bench.double.shop.order_whim("content");
    let start = bench.start(&bench.order).await;
    let answer = bench.end(&bench.order, start).await;
    let Outcome::Failed { refusal, usd } = answer.outcome else { panic!("{answer:?}") };
    let why = "kling failed: Failure to pass the risk control system";
    assert_eq!((refusal.class, refusal.reason.as_str()), (Class::Content, why));
    assert_eq!(usd, Some(MicroUsd(0)));
}

#[tokio::test]
async fn a_task_that_succeeded_without_an_output_is_drift() {
    let bench = Bench::open(contract).await;
    bench.double.shop.order_whim("empty");
    let start = bench.start(&bench.order).await;
    let answer = bench.end(&bench.order, start).await;
    assert_eq!(answer.outcome, Outcome::Unknown("kling is done and brings no output".into()));
    assert_eq!(answer.drift.unwrap().field, "data.task_result.videos[0].url");
}

#[tokio::test]
async fn a_callback_that_names_another_task_is_found_out_by_the_check() {
    let bench = Bench::open(contract).await;
    bench.accepted().await;
    let victim = attempt(bench.order.clone(), 9);
    let Outcome::Accepted { handle, .. } = bench.start(&victim).await.outcome else {
        panic!("it is accepted")
    };
    let body = json!({ "task_id": handle.id, "task_status": "succeed", "task_result": {} });
    let forged = Webhook { headers: Default::default(), body: body.to_string().into_bytes() };
    let vendor = &bench.contract.vendor;
    let heard = vendor.hear(&bench.desk(), &forged, bench.desk().now).await;
    assert_eq!(heard, Heard::News(Handle::new(handle.id.clone())));
    let answer = bench.check(&bench.order, &handle).await;
    let why = "kling says that the task is another attempt's";
    assert_eq!(answer.outcome, Outcome::Unknown(why.into()));
}

#[tokio::test]
async fn what_was_never_accepted_is_not_found() {
    let bench = Bench::open(contract).await;
    let found = bench.contract.vendor.find(&bench.desk(), &bench.order).await;
    let why = "kling names no task of the attempt: kling answered 404 with code 1203: \
               The requested resource does not exist";
    assert_eq!(found.outcome, Outcome::Unknown(why.into()));
}

#[tokio::test]
async fn what_is_said_is_what_its_schemas_say() {
    let document: Value = serde_json::from_str(include_str!("../specs/kling.json")).unwrap();
    let bench = Bench::open(contract).await;
    let kept = Kept::default();
    for order in &bench.contract.orders {
        let mut order = order.clone();
        order.webhook = Some("http://127.0.0.1:9/hook".into());
        for _ in 0..4 {
            bench.double.shop.fault(Fault::Kept(kept.clone()));
        }
        let start = bench.start(&order).await;
        bench.end(&order, start).await;
    }
    bench.double.shop.fault(Fault::Kept(kept.clone()));
    bench.start(&bench.order).await;
    for exchange in kept.all() {
        match exchange.call.strip_prefix("POST /v1/") {
            Some(what) => {
                holds(&document, &what.replace('/', "."), &exchange.request);
                let answer =
                    if exchange.status == 200 { "CreateTaskResponse" } else { "ErrorResponse" };
                holds(&document, answer, &exchange.answer);
            }
            None => holds(&document, "TaskResponse", &exchange.answer),
        }
    }
    assert_eq!(kept.all().len(), 17);
}
