//! The clauses that every spoke has to hold, whatever its target.

use super::forms::article;
use super::{Bench, Contract, Next, Verb, line, sending};
use crate::books::{Books, Shown};
use crate::faults::Fault;
use domain::ports::Refusal;
use domain::post::able::{By, Text};
use domain::publish::{Place, Sending, Told, Went};
use serde_json::Value;
use std::time::Duration;

/// The words for those who cannot see, of each file that is shown: the post's own, or its file's.
fn alts(books: &Books, shown: &Shown) -> Vec<String> {
    match shown.alts.is_empty() {
        false => shown.alts.clone(),
        true => {
            let of = |id: &String| books.files.iter().find(|file| file.id == *id);
            shown.files.iter().filter_map(of).map(|file| file.alt.clone()).collect()
        }
    }
}

/// A post with a picture appears once, with the picture and its words, and is flagged where the target has a flag.
pub async fn a_post_appears_once_with_its_media_and_their_words(contract: fn() -> Contract) {
    let mut bench = Bench::open(contract).await;
    let (sending, told) = bench.posted().await;
    let Went::Done(place) = &told.went else { panic!("{told:?}") };
    assert!(place.url.starts_with("http") && !place.id.is_empty(), "{place:?}");
    assert_eq!(bench.drift(), [""; 0], "{:?}", bench.told);
    assert_eq!(bench.seen(), (1, true));
    let books = bench.double.shop.books();
    let shown = books.visible().next().expect("it is seen").clone();
    let file = &sending.files[0];
    match bench.able().media.by {
        By::Upload => {
            let held = books.files.iter().find(|held| shown.files.contains(&held.id));
            assert_eq!(held.map(|held| &held.sha256), Some(&file.sha256), "{shown:?}");
            assert_eq!(books.files.len(), 1, "it is uploaded once");
        }
        By::Url => {
            let url = file.url.clone().expect("it has an address");
            assert!(shown.body.to_string().contains(&url), "{shown:?}");
        }
    }
    if bench.contract.alts {
        assert_eq!(alts(&books, &shown), ["A cup of tea, 0"], "{shown:?}");
    }
    assert_eq!(shown.by_machine, bench.able().flag.is_some(), "{shown:?}");
}

/// A post without media appears.
pub async fn a_post_of_words_alone_appears(contract: fn() -> Contract) {
    let mut bench = Bench::open(contract).await;
    let mut plain = sending(bench.able(), 1, 0);
    let told = bench.drive(&mut plain).await;
    assert!(matches!(told.went, Went::Done(_)), "{told:?}");
    assert_eq!(bench.seen(), (1, true));
    assert_eq!(bench.double.shop.books().files, []);
}

/// Each piece of a thread appears once, in order, as an answer to the one before.
pub async fn a_thread_hangs_together(contract: fn() -> Contract) {
    let mut bench = Bench::open(contract).await;
    let Text::Short { thread, .. } = bench.able().text else { return };
    if thread < 3 {
        return;
    }
    let mut long = sending(bench.able(), 3, 2);
    let told = bench.drive(&mut long).await;
    assert!(matches!(told.went, Went::Done(_)), "{told:?}");
    assert_eq!(bench.seen(), (3, true));
    let books = bench.double.shop.books();
    let visible: Vec<&Shown> = books.visible().collect();
    for (n, shown) in visible.iter().enumerate() {
        let text = shown.body.to_string();
        assert!(text.contains(&format!("part {n}")), "{n}: {text}");
        assert_eq!(shown.files.len(), if n == 0 { 2 } else { 0 }, "{n}: {text}");
        if 0 < n {
            let last = &visible[n - 1];
            assert!(text.contains(&last.id), "{n} answers the one before: {text}");
        }
    }
}

/// Each refusal says what the next move is, and nothing appeared.
pub async fn each_refusal_has_its_next_move(contract: fn() -> Contract) {
    let refusals = contract().refusals;
    assert!(!refusals.is_empty(), "every target refuses something");
    for (fault, next) in refusals {
        let mut bench = Bench::open(contract).await;
        let (said, makes) = (format!("{fault:?}"), bench.contract.makes);
        // Once more after a renewal, or the renewal would be the answer.
        bench.double.shop.fault_on(makes, fault.clone());
        bench.double.shop.fault_on(makes, fault);
        let mut sending = bench.sending();
        let told = bench.drive(&mut sending).await;
        let found = match &told.went {
            _ if told.grant_over => Some(Next::Connect),
            Went::Refused(Refusal::Later, _) => Some(Next::Later),
            Went::Refused(Refusal::Never, _) => Some(Next::Never),
            Went::Refused(Refusal::Elsewhere, _) => Some(Next::Elsewhere),
            _ => None,
        };
        assert_eq!(found, Some(next), "{said}: {told:?}");
        assert_eq!(bench.seen().0, 0, "{said}");
    }
}

/// A limit is a refusal for later, with the time that it names; after that the post appears.
pub async fn a_limit_is_kept_for_as_long_as_it_says(contract: fn() -> Contract) {
    for (fault, seconds) in contract().limits {
        let mut bench = Bench::open(contract).await;
        let said = format!("{fault:?}");
        bench.double.shop.fault_on(bench.contract.makes, fault);
        let mut sending = bench.sending();
        let told = bench.drive(&mut sending).await;
        assert!(matches!(told.went, Went::Refused(Refusal::Later, _)), "{said}: {told:?}");
        // A header that names a point in time is read a moment later than it was written.
        let wait_s = told.wait_s.unwrap_or_default();
        assert!((seconds.saturating_sub(3)..=seconds).contains(&wait_s), "{said}: {wait_s} s");
        assert!(!told.grant_over, "{said}");
        let told = bench.drive_from(Verb::Check, &mut sending).await;
        assert!(matches!(told.went, Went::Done(_)), "{said}: {told:?}");
        assert_eq!(bench.seen(), (1, true), "{said}");
    }
}

/// Where a post may be changed, it is, and does not appear again.
pub async fn what_is_changed_is_changed_there(contract: fn() -> Contract) {
    let mut bench = Bench::open(contract).await;
    let (mut sending, _) = bench.posted().await;
    let fresh = "Evening tea, not morning";
    match sending.form.pieces.first_mut() {
        Some(piece) => {
            piece.text = fresh.into();
            piece.facets.clear();
        }
        None => sending.form = article(bench.able(), fresh, &sending.files),
    }
    let told = bench.spoke.update(&bench.grant, &sending).await;
    let books = bench.double.shop.books();
    let visible: Vec<&Shown> = books.visible().collect();
    assert_eq!(visible.len(), 1);
    if bench.able().verbs.update {
        assert!(matches!(told.went, Went::Done(_)), "{told:?}");
        assert!(visible[0].body.to_string().contains(fresh), "{:?}", visible[0]);
        assert_eq!(visible[0].times, 1);
    } else {
        assert!(matches!(told.went, Went::Refused(Refusal::Never, _)), "{told:?}");
        assert_eq!(visible[0].changes, 0);
    }
}

/// What is taken back is gone; to take it back twice is no error.
pub async fn what_is_taken_back_is_gone(contract: fn() -> Contract) {
    let mut bench = Bench::open(contract).await;
    let (sending, told) = bench.posted().await;
    let Went::Done(place) = told.went else { panic!("{told:?}") };
    for _ in 0..2 {
        let told = bench.spoke.unpublish(&bench.grant, &sending.progress, &place).await;
        match bench.able().verbs.unpublish {
            true => assert!(matches!(told.went, Went::Done(_)), "{told:?}"),
            false => assert!(matches!(told.went, Went::Refused(Refusal::Never, _)), "{told:?}"),
        }
    }
    assert_eq!(bench.seen().0, usize::from(!bench.able().verbs.unpublish));
}

/// Where an answer lacks what we need, that is counted, and the post appears once all the same.
pub async fn what_an_answer_lacks_is_drift(contract: fn() -> Contract) {
    for (call, pointer) in contract().needs {
        let mut bench = Bench::open(contract).await;
        bench.double.shop.fault_on(call, Fault::Without(pointer.into()));
        let mut sending = bench.sending();
        let told = bench.drive(&mut sending).await;
        assert_ne!(bench.drift(), [""; 0], "{call} {pointer}: {:?}", bench.told);
        let hasty = bench.told.iter().find(|told| {
            !told.drift.is_empty() && matches!(told.went, Went::Refused(..) | Went::Done(_))
        });
        assert!(hasty.is_none(), "{call} {pointer}: {hasty:?}");
        assert!(matches!(told.went, Went::Done(_)), "{call} {pointer}: {told:?}");
        assert_eq!(bench.seen(), (1, true), "{call} {pointer}");
    }
}

/// What an answer says of the end of what is asked is counted, and changes nothing else.
pub async fn what_is_said_of_an_end_is_drift(contract: fn() -> Contract) {
    for (header, field) in [("sunset", "Sunset"), ("deprecation", "Deprecation")] {
        let mut bench = Bench::open(contract).await;
        let end = "Sat, 01 May 2027 00:00:00 GMT".to_owned();
        bench.double.shop.fault_on(bench.contract.makes, Fault::Also(header, end));
        bench.posted().await;
        assert_eq!(bench.drift(), [field]);
        assert_eq!(bench.seen(), (1, true));
    }
}

/// Where nobody listens nothing was sent; and whoever only looks has learned nothing.
pub async fn where_nobody_listens_nothing_was_sent(contract: fn() -> Contract) {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = free.local_addr().expect("it is bound").to_string();
    drop(free);
    let spoke = (contract().spoke)(line(&address, Duration::from_secs(4)));
    let grant = (contract().grant)(&format!("http://{address}"));
    let mut sending = sending(spoke.able(), 1, 0);
    let mut told = spoke.start(&grant, &sending).await;
    // That it is about to be made is on record before anything is sent.
    if let (Went::On, Some(progress), true) = (&told.went, &told.progress, told.wrote.is_some()) {
        sending.progress = progress.clone();
        told = spoke.start(&grant, &sending).await;
    }
    // Who looks before acting may have looked in vain.
    let unsent = matches!(told.went, Went::Refused(Refusal::Later, _) | Went::Unknown(_));
    assert!(unsent, "{told:?}");
    let told = spoke.check(&grant, &sending).await;
    assert!(matches!(told.went, Went::Unknown(_)), "{told:?}");
}

/// Figures are told where the table says so.
pub async fn figures_are_told_where_there_are_any(contract: fn() -> Contract) {
    let mut bench = Bench::open(contract).await;
    let (sending, told) = bench.posted().await;
    let Went::Done(place) = told.went else { panic!("{told:?}") };
    let counts = bench.spoke.metrics(&bench.grant, &sending.progress, &place).await;
    assert_eq!(counts.is_ok(), bench.able().verbs.metrics, "{counts:?}");
    assert!(counts.is_ok_and(|counts| !counts.is_empty()) == bench.able().verbs.metrics);
}

/// No secret is in what goes on record or is printed.
pub async fn nothing_is_told_that_is_secret(contract: fn() -> Contract) {
    let mut bench = Bench::open(contract).await;
    let (sending, _) = bench.posted().await;
    let mut kept = vec![sending.progress.to_string(), format!("{:?}", bench.told)];
    for status in [400, 401, 500] {
        let body = serde_json::json!({ "error": "bad", "message": "bad" });
        bench.double.shop.fault_on(bench.contract.makes, Fault::Instead(status, Vec::new(), body));
        let mut other = other(&bench);
        kept.push(format!("{:?}", bench.drive(&mut other).await));
        bench.double.shop.no_faults();
    }
    kept.push(format!("{:?}", bench.grant));
    let secrets = bench.grant.secret.values().filter_map(Value::as_str);
    for secret in secrets.filter(|secret| 4 < secret.len()) {
        for text in &kept {
            assert!(!text.contains(secret), "a secret is in {text}");
        }
    }
}

/// A post of another publication.
fn other(bench: &Bench) -> Sending {
    let mut other = sending(bench.able(), 1, 0);
    other.id = "pub_00112233445566778899aabbccddeeff".into();
    other.form.slug = other.form.slug.map(|_| "evening-tea-001122".into());
    for piece in &mut other.form.pieces {
        piece.text = format!("Another: {}", piece.text);
        piece.facets.clear();
    }
    other
}

/// The place where something is; empty where it is not.
pub(super) fn place(told: &Told) -> Place {
    match &told.went {
        Went::Done(place) => place.clone(),
        _ => Place::default(),
    }
}
