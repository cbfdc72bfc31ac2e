//! A post whose answers are lost, wherever they can be, appears once.

use super::clauses::place;
use super::{Bench, Contract, Verb, line};
use crate::faults::Fault;
use domain::publish::Went;
use serde_json::{Value, json};
use std::time::Duration;

fn lost() -> Vec<Fault> {
    let page = json!("<html>upstream</html>");
    vec![
        Fault::DoneBut(500, json!({})),
        Fault::DoneBut(502, page.clone()),
        Fault::DoneBut(504, page),
        Fault::CutAfter(0),
        Fault::CutAfter(9),
    ]
}

/// What changed something and got no answer is looked up before anything is sent again, and appears once.
pub async fn what_got_no_answer_is_looked_up_and_sent_once(contract: fn() -> Contract) {
    let known = contract();
    let calls: Vec<&str> = known.changes.iter().copied().chain([known.makes]).collect();
    for call in calls {
        for fault in lost() {
            let mut bench = Bench::open(contract).await;
            let said = format!("{call}: {fault:?}");
            bench.double.shop.fault_on(call, fault);
            let mut sending = bench.sending();
            let told = bench.drive(&mut sending).await;
            assert!(matches!(told.went, Went::Done(_)), "{said}: {told:?}");
            assert_eq!(bench.seen(), (1, true), "{said}: {:?}", bench.double.shop.books().calls);
            // Nobody took it for an answer: either it was looked up, or it could be asked again as it was.
            let blind = bench.told.iter().any(|told| !told.drift.is_empty());
            assert!(!blind, "{said}: {:?}", bench.told);
        }
    }
}

/// A time-out is no answer either.
pub async fn what_came_too_late_is_looked_up_and_sent_once(contract: fn() -> Contract) {
    let mut bench = Bench::open(contract).await;
    let limit = Duration::from_millis(1500);
    bench.spoke = (bench.contract.spoke)(line(&bench.double.address.to_string(), limit));
    bench.double.shop.fault_on(bench.contract.makes, Fault::Slow(limit * 2));
    let mut sending = bench.sending();
    let told = bench.drive(&mut sending).await;
    assert!(matches!(told.went, Went::Done(_)), "{told:?}");
    let unknown = bench.told.iter().any(|told| matches!(told.went, Went::Unknown(_)));
    assert!(unknown, "{:?}", bench.told);
    assert_eq!(bench.seen(), (1, true), "{:?}", bench.double.shop.books().calls);
}

/// Whoever dies after a verb, and before its answer is on the ledger, looks first, and nothing appears twice.
pub async fn whoever_dies_before_writing_down_what_was_told_sends_nothing_twice(
    contract: fn() -> Contract,
) {
    for death in 0..20 {
        let mut bench = Bench::open(contract).await;
        let mut sending = bench.sending();
        let mut verb = Verb::Start;
        let mut over = false;
        for _ in 0..death {
            let told = bench.verb(verb, &mut sending).await;
            match Bench::next(&told) {
                Some(next) => verb = next,
                None => over = true,
            }
            if over {
                break;
            }
        }
        if over {
            return;
        }
        let before = sending.progress.clone();
        bench.verb(verb, &mut sending).await;
        sending.progress = before;
        let told = bench.drive_from(Verb::Check, &mut sending).await;
        assert!(matches!(told.went, Went::Done(_)), "death {death}: {told:?}");
        assert_eq!(bench.seen(), (1, true), "death {death}: {:?}", bench.double.shop.books().calls);
    }
    panic!("it is not over after 20 verbs");
}

/// Whoever remembers nothing finds what is there; and, where the target has a key of ours, sends it again in vain.
pub async fn whoever_remembers_nothing_finds_it(contract: fn() -> Contract) {
    let mut bench = Bench::open(contract).await;
    let (mut sending, first) = bench.posted().await;
    sending.progress = Value::Null;
    let told = bench.verb(Verb::Check, &mut sending).await;
    assert_eq!(place(&told), place(&first), "{told:?}");
    assert_eq!(bench.seen(), (1, true));
    if bench.contract.again {
        sending.progress = Value::Null;
        let told = bench.drive(&mut sending).await;
        assert_eq!(place(&told), place(&first), "{told:?}");
        assert_eq!(bench.seen(), (1, true), "{:?}", bench.double.shop.books().calls);
    }
}
