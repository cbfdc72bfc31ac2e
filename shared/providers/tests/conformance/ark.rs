//! Ark's adapter against its double.

use domain::id::AttemptId;
use domain::money::MicroUsd;
use domain::vendor::{Answer, Class, Outcome};
use doubles::conformance::{Bench, Contract, Tells, order};
use doubles::faults::Fault;
use providers::ark::Ark;
use providers::desk::Key;
use serde_json::json;

fn error(status: u16, code: &str) -> Fault {
    let error = json!({ "code": code, "message": "No.", "param": "", "type": "BadRequest" });
    Fault::Instead(status, Vec::new(), json!({ "error": error }))
}

fn contract() -> Contract {
    let waves = json!({ "prompt": "waves at dusk", "seconds": 5, "width": 640, "height": 360 });
    let fast = "seedance-1-0-pro-fast-251015";
    Contract {
        vendor: Box::new(Ark),
        routes: doubles::ark::routes,
        base: "/api/v3",
        key: Key { secret: "ark-0123456789".into(), webhook: String::new() },
        orders: vec![
            order("video.generate", "seedance-1-0-pro-250528", waves.clone(), &[]),
            order("video.generate", "seedance-1-0-pro-250528", waves.clone(), &["image"]),
            order("video.generate", fast, waves, &[]),
        ],
        refusals: vec![
            (error(400, "InvalidParameter"), Class::Invalid),
            (error(400, "InputTextSensitiveContentDetected"), Class::Content),
            (error(401, "AuthenticationError"), Class::Credentials),
            (error(403, "AccountOverdueError"), Class::Quota),
            (error(404, "InvalidEndpointOrModel.NotFound"), Class::Elsewhere),
            (error(429, "RateLimitExceeded.EndpointRPMExceeded"), Class::Later(10)),
            (Fault::Instead(429, vec![("retry-after", "7".into())], json!({})), Class::Later(7)),
        ],
        start_needs: vec!["/id"],
        check_needs: vec!["/status", "/content/video_url"],
        status: Some("/status"),
        cancels: true,
        finds: true,
        tells: Tells::Unsigned,
        expires: Some("expired"),
    }
}

doubles::conformance!(clauses, contract);

/// How work ends that meets this whim of Ark's.
async fn with(whim: &'static str) -> Answer {
    let bench = Bench::open(contract).await;
    bench.double.shop.order_whim(whim);
    let start = bench.start(&bench.order).await;
    bench.end(&bench.order, start).await
}

#[tokio::test]
async fn what_ends_without_an_output_says_why() {
    let flagged = "ark failed: OutputVideoSensitiveContentDetected: The output video may contain \
                   sensitive information.";
    let late = "ark did not do it before its time";
    for (whim, class, why, usd) in [
        ("content", Class::Content, flagged, None),
        ("expires", Class::Elsewhere, late, Some(MicroUsd(0))),
    ] {
        let answer = with(whim).await;
        let Outcome::Failed { refusal, usd: told } = answer.outcome else { panic!("{answer:?}") };
        assert_eq!((refusal.class, refusal.reason.as_str(), told), (class, why, usd), "{whim}");
    }
    let answer = with("empty").await;
    assert_eq!(answer.outcome, Outcome::Unknown("ark is done and brings no output".into()));
    assert_eq!(answer.drift.unwrap().field, "content.video_url");
}

#[tokio::test]
async fn to_stop_what_is_over_does_not_delete_what_it_made() {
    let bench = Bench::open(contract).await;
    let handle = bench.accepted().await;
    let over = bench.end(&bench.order, Outcome::accepted(handle.clone()).into()).await;
    assert!(matches!(over.outcome, Outcome::Done(_)), "{over:?}");
    let stopped = bench.contract.vendor.cancel(&bench.desk(), &bench.order, &handle).await;
    assert_eq!(stopped, Ok(()));
    let again = bench.check(&bench.order, &handle).await;
    assert_eq!(again.outcome, over.outcome);
}

#[tokio::test]
async fn work_of_another_attempt_is_never_taken_for_ours() {
    let bench = Bench::open(contract).await;
    let mut other = bench.order.clone();
    other.attempt = AttemptId::new(&bench.order.attempt.job(), "make", 2);
    let Outcome::Accepted { handle, .. } = bench.start(&other).await.outcome else {
        panic!("it is accepted")
    };
    let found = bench.contract.vendor.find(&bench.desk(), &bench.order).await;
    let none = Outcome::Unknown("ark lists no task that is known to be ours".into());
    assert_eq!(found.outcome, none);
    // A forged callback may name it as ours.
    let answer = bench.check(&bench.order, &handle).await;
    let why = "ark says that the task is another attempt's";
    assert_eq!(answer.outcome, Outcome::Unknown(why.into()));
}

#[tokio::test]
async fn ours_is_found_on_a_later_page() {
    let bench = Bench::open(contract).await;
    let handle = bench.accepted().await;
    for number in 2..103 {
        let mut other = bench.order.clone();
        other.attempt = AttemptId::new(&bench.order.attempt.job(), "make", number);
        bench.start(&other).await;
    }
    let found = bench.contract.vendor.find(&bench.desk(), &bench.order).await;
    let Outcome::Accepted { handle: found, .. } = found.outcome else { panic!("{found:?}") };
    assert_eq!(found.id, handle.id);
}
