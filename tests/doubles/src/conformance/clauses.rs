//! The clauses that every vendor has to hold, whatever its contract.

use super::{Bench, Contract, inputs};
use crate::faults::Fault;
use domain::money::MicroUsd;
use domain::sniff;
use domain::vendor::{Class, Done, Models, Order, Outcome, Source, Wish};
use providers::desk::Wire;
use providers::gpu::Allowed;
use serde_json::{Value, json};
use std::time::Duration;

/// So much may lie between what a vendor bills and what its adapter says, in millionths of a dollar: a cent.
const CENT: i64 = 10_000;

/// Every kind of work is accepted, done once, billed once, and its outputs can be had.
pub async fn every_kind_of_work_comes_out(contract: fn() -> Contract) {
    let bench = Bench::open(contract).await;
    for (n, order) in bench.contract.orders.iter().enumerate() {
        let billed = bench.double.shop.books().billed();
        let start = bench.start(order).await;
        assert_eq!(start.drift, None, "{}", order.kind);
        let answer = bench.end(order, start).await;
        assert_eq!(answer.drift, None, "{}", order.kind);
        let Outcome::Done(done) = answer.outcome else {
            panic!("{}: {:?}", order.kind, answer.outcome)
        };
        comes_out(order, &done).await;
        let books = bench.double.shop.books();
        assert_eq!(books.work.len(), n + 1, "{}: {books:?}", order.kind);
        let billed = books.billed() - billed;
        let paid = 0 < billed || quoted(&bench, order).0 == 0;
        assert!(paid, "{}: work is billed", order.kind);
        // What an answer does not tell is settled as it was quoted.
        let settled = done.usd.unwrap_or_else(|| quoted(&bench, order));
        let near = (settled.0 - billed).abs() <= CENT;
        assert!(near, "{} {}: settled {settled:?}, billed {billed}", order.kind, order.model);
    }
}

/// What the vendor's row of an order says that it costs.
fn quoted(bench: &Bench, order: &Order) -> MicroUsd {
    let vendor = &bench.contract.vendor;
    let models = Models::new(vendor.models().iter().cloned());
    let name = format!("{}/{}", vendor.name(), order.model);
    let row = models.find(&name, &order.kind);
    let row = row.unwrap_or_else(|| panic!("{name} has no row for {}", order.kind));
    let input = order.inputs.contains_key("image").then_some(inputs::PICTURE);
    row.quote(&Wish { params: &order.params, input, effort: order.effort })
}

/// Each output is there, and of the medium that was asked for.
async fn comes_out(order: &Order, done: &Done) {
    for (port, wanted) in &order.outputs {
        let media = done.media.iter().find(|media| media.port == *port);
        let media = media.unwrap_or_else(|| panic!("{}: no output {port}", order.kind));
        let bytes = match &media.source {
            Source::Bytes(bytes) => bytes.clone(),
            Source::Url(url) => {
                let answer = reqwest::get(url).await.expect("the vendor's files can be reached");
                assert_eq!(answer.status(), 200, "{}", order.kind);
                answer.bytes().await.expect("it is sent whole").to_vec()
            }
        };
        assert!(!bytes.is_empty(), "{}: an empty output", order.kind);
        if !wanted.starts_with("text/") && wanted != "application/json" {
            let found = sniff::media_type(&bytes).unwrap_or("of no known format");
            let medium = |media_type: &str| media_type.split('/').next().map(str::to_owned);
            assert_eq!(medium(found), medium(wanted), "{}: {found}", order.kind);
        }
    }
}

/// Each refusal says what the next move is, and nothing was accepted.
pub async fn each_refusal_has_its_class(contract: fn() -> Contract) {
    let refusals = contract().refusals;
    assert!(!refusals.is_empty(), "every vendor refuses something");
    for (fault, class) in refusals {
        let bench = Bench::open(contract).await;
        let said = format!("{fault:?}");
        bench.double.shop.fault(fault);
        let answer = bench.start(&bench.order).await;
        match &answer.outcome {
            Outcome::Refused(refusal) => assert_eq!(refusal.class, class, "{said}: {refusal:?}"),
            other => panic!("{said}: {other:?}"),
        }
        assert_eq!(bench.double.shop.books().work, [], "{said}");
    }
}

/// A slow answer is waited for.
pub async fn a_slow_answer_is_an_answer(contract: fn() -> Contract) {
    let bench = Bench::open(contract).await;
    bench.double.shop.fault(Fault::Slow(Duration::from_millis(300)));
    let start = bench.start(&bench.order).await;
    let answer = bench.end(&bench.order, start).await;
    assert!(matches!(answer.outcome, Outcome::Done(_)), "{:?}", answer.outcome);
}

/// Work that was accepted, of which a gateway, a server error or a cut says nothing, is unknown.
pub async fn a_start_whose_answer_is_lost_is_unknown(contract: fn() -> Contract) {
    let page = json!("<html>upstream</html>");
    let lost = [
        Fault::DoneBut(500, json!({})),
        Fault::DoneBut(502, page.clone()),
        Fault::DoneBut(504, page),
        Fault::CutAfter(0),
        Fault::CutAfter(9),
    ];
    for fault in lost {
        let bench = Bench::open(contract).await;
        let said = format!("{fault:?}");
        bench.double.shop.fault(fault);
        let answer = bench.start(&bench.order).await;
        assert!(matches!(answer.outcome, Outcome::Unknown(_)), "{said}: {:?}", answer.outcome);
        assert_eq!(bench.double.shop.books().work.len(), 1, "{said}: it was accepted, once");
    }
}

/// Where nobody listens nothing was accepted: another vendor may be asked.
pub async fn a_start_that_cannot_connect_is_refused(contract: fn() -> Contract) {
    let bench = Bench::open(contract).await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = free.local_addr().expect("it is bound");
    drop(free);
    let wire = Wire::new(Allowed::new([address.to_string()]));
    let base = format!("http://{address}{}", bench.contract.base);
    let desk = wire.desk(&base, &bench.contract.key, super::now());
    let answer = bench.contract.vendor.start(&desk, &bench.order).await;
    match answer.outcome {
        Outcome::Refused(refusal) => {
            assert_eq!(refusal.class, Class::Elsewhere, "{refusal:?}");
        }
        other => panic!("{other:?}"),
    }
}

/// An answer to a start that lacks what we need was a start all the same.
pub async fn what_a_start_lacks_is_drift(contract: fn() -> Contract) {
    for pointer in contract().start_needs {
        let bench = Bench::open(contract).await;
        bench.double.shop.fault(Fault::Without(pointer.into()));
        let answer = bench.start(&bench.order).await;
        assert!(matches!(answer.outcome, Outcome::Unknown(_)), "{pointer}: {:?}", answer.outcome);
        let drift = answer.drift.unwrap_or_else(|| panic!("{pointer}: no drift"));
        assert!(!tells(&bench, &drift.found), "{pointer}: {drift:?}");
        assert_eq!(bench.double.shop.books().work.len(), 1, "{pointer}");
    }
}

/// Whether a text tells the prompt, the key, or where something lies.
fn tells(bench: &Bench, text: &str) -> bool {
    let prompt = bench.order.text("prompt");
    let secrets = [prompt, bench.contract.key.secret.as_str()];
    secrets.into_iter().any(|secret| 4 < secret.len() && text.contains(secret))
        || text.contains("://")
}

/// An answer to a check that lacks what we need is asked for again, and is whole then.
pub async fn what_a_check_lacks_is_drift(contract: fn() -> Contract) {
    for pointer in contract().check_needs {
        let bench = Bench::open(contract).await;
        let handle = bench.accepted().await;
        let accepted = Outcome::accepted(handle.clone()).into();
        let done = bench.end(&bench.order, accepted).await;
        assert!(matches!(done.outcome, Outcome::Done(_)), "{:?}", done.outcome);
        let mut drifted = None;
        // The answer that lacks it may be the second of a check.
        for before in 0..3 {
            for _ in 0..before {
                bench.double.shop.fault(Fault::None);
            }
            bench.double.shop.fault(Fault::Without(pointer.into()));
            let answer = bench.check(&bench.order, &handle).await;
            bench.double.shop.no_faults();
            drifted = answer.drift.is_some().then_some(answer);
            if drifted.is_some() {
                break;
            }
        }
        let drifted = drifted.unwrap_or_else(|| panic!("{pointer}: no drift"));
        assert!(!drifted.drift.iter().any(|drift| tells(&bench, &drift.found)), "{drifted:?}");
        let open = matches!(drifted.outcome, Outcome::Unknown(_) | Outcome::Accepted { .. });
        assert!(open, "{pointer}: {:?}", drifted.outcome);
        let again = bench.check(&bench.order, &handle).await;
        assert!(matches!(again.outcome, Outcome::Done(_)), "{pointer}: {:?}", again.outcome);
    }
}

/// A word that the contract does not know is on record, and the work goes on.
pub async fn an_unknown_status_is_drift_and_still_working(contract: fn() -> Contract) {
    let bench = Bench::open(contract).await;
    let Some(pointer) = bench.contract.status else { return };
    let handle = bench.accepted().await;
    bench.double.shop.fault(Fault::With(pointer.into(), Value::from("pondering")));
    let answer = bench.check(&bench.order, &handle).await;
    assert!(matches!(answer.outcome, Outcome::Accepted { .. }), "{:?}", answer.outcome);
    assert!(answer.drift.is_some(), "{answer:?}");
}

/// A check that gets no answer, or a server error, says nothing new of the work.
pub async fn a_check_without_an_answer_changes_nothing(contract: fn() -> Contract) {
    let bench = Bench::open(contract).await;
    if bench.contract.status.is_none() {
        return;
    }
    let handle = bench.accepted().await;
    for fault in [
        Fault::Instead(500, Vec::new(), json!({})),
        Fault::Instead(503, Vec::new(), json!("<html>")),
        Fault::Instead(429, vec![("retry-after", "7".into())], json!({})),
        Fault::CutAfter(0),
    ] {
        let said = format!("{fault:?}");
        bench.double.shop.fault(fault);
        let answer = bench.check(&bench.order, &handle).await;
        let open = matches!(answer.outcome, Outcome::Unknown(_) | Outcome::Accepted { .. });
        assert!(open, "{said}: {:?}", answer.outcome);
    }
    let answer = bench.end(&bench.order, Outcome::accepted(handle).into()).await;
    assert!(matches!(answer.outcome, Outcome::Done(_)), "{:?}", answer.outcome);
}

/// A key that is not taken when work is asked about says nothing of the work, but that another is to be tried.
pub async fn a_check_whose_key_is_not_taken_says_so(contract: fn() -> Contract) {
    let bench = Bench::open(contract).await;
    if bench.contract.status.is_none() {
        return;
    }
    let handle = bench.accepted().await;
    bench.double.shop.fault(Fault::Instead(401, Vec::new(), json!({})));
    let answer = bench.check(&bench.order, &handle).await;
    match &answer.outcome {
        Outcome::Refused(refusal) => assert_eq!(refusal.class, Class::Credentials, "{refusal:?}"),
        other => panic!("{other:?}"),
    }
    let answer = bench.end(&bench.order, Outcome::accepted(handle).into()).await;
    assert!(matches!(answer.outcome, Outcome::Done(_)), "{:?}", answer.outcome);
}

/// Work that is stopped ends; to stop it twice is no error.
pub async fn work_can_be_stopped(contract: fn() -> Contract) {
    let bench = Bench::open(contract).await;
    if !bench.contract.cancels {
        return;
    }
    let handle = bench.accepted().await;
    for _ in 0..2 {
        let stopped = bench.contract.vendor.cancel(&bench.desk(), &bench.order, &handle).await;
        assert_eq!(stopped, Ok(()));
    }
    let books = bench.double.shop.books();
    assert!(books.work.iter().all(|work| work.canceled), "{books:?}");
    let answer = bench.end(&bench.order, Outcome::accepted(handle).into()).await;
    let over = matches!(answer.outcome, Outcome::Failed { .. } | Outcome::Done(_));
    assert!(over, "{:?}", answer.outcome);
}

/// Work whose start got no answer is found, and comes out; no second work is made.
pub async fn lost_work_can_be_found(contract: fn() -> Contract) {
    let bench = Bench::open(contract).await;
    if !bench.contract.finds {
        return;
    }
    bench.double.shop.fault(Fault::DoneBut(504, json!({})));
    let lost = bench.start(&bench.order).await;
    assert!(matches!(lost.outcome, Outcome::Unknown(_)), "{:?}", lost.outcome);
    let found = bench.contract.vendor.find(&bench.desk(), &bench.order).await;
    let answer = bench.end(&bench.order, found).await;
    assert!(matches!(answer.outcome, Outcome::Done(_)), "{:?}", answer.outcome);
    assert_eq!(bench.double.shop.books().work.len(), 1);
}

/// Neither keys nor prompts are in what goes on record or is printed.
pub async fn nothing_is_kept_that_is_secret(contract: fn() -> Contract) {
    let bench = Bench::open(contract).await;
    let key = bench.contract.key.secret.clone();
    let mut secrets: Vec<String> = key.split(':').map(str::to_owned).collect();
    secrets.extend([key, bench.order.text("prompt").to_owned()]);
    secrets.retain(|secret| 4 < secret.len());
    assert!(!secrets.is_empty());
    let mut kept = Vec::new();
    let refused = Fault::Instead(400, Vec::new(), json!({ "error": "bad", "detail": "bad" }));
    for fault in [Fault::None, refused, Fault::DoneBut(500, json!({}))] {
        bench.double.shop.fault(fault);
        let answer = bench.start(&bench.order).await;
        if let Outcome::Accepted { handle, .. } = &answer.outcome {
            kept.push(serde_json::to_string(handle).expect("a handle is JSON"));
        }
        kept.push(format!("{answer:?}"));
    }
    kept.push(format!("{:?} {:?}", bench.desk(), bench.contract.vendor));
    for (text, secret) in kept.iter().flat_map(|text| secrets.iter().map(move |at| (text, at))) {
        assert!(!text.contains(secret.as_str()), "a secret is in {text}");
    }
}

/// An output that is gone is not taken for one.
pub async fn an_output_that_is_gone_is_not_brought(contract: fn() -> Contract) {
    let bench = Bench::open(contract).await;
    let Some(whim) = bench.contract.expires else { return };
    let start = bench.start(&bench.order).await;
    let answer = bench.end(&bench.order, start).await;
    let Outcome::Done(done) = answer.outcome else { panic!("{:?}", answer.outcome) };
    bench.double.shop.order_whim(whim);
    for media in &done.media {
        let Source::Url(url) = &media.source else { panic!("it is in the answer: {media:?}") };
        let status = reqwest::get(url).await.expect("the vendor can be reached").status();
        assert!(status.is_client_error(), "{status}");
    }
}
