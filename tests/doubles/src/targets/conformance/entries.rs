//! A picture that goes into an entry which is there already: what every system with entries has to hold.

use super::clauses::place;
use super::{Bench, Contract, Verb, sending};
use crate::books::{Shown, Stand};
use crate::faults::Fault;
use domain::post::{Content, Making, Medium};
use domain::publish::{Sending, Went};
use serde_json::{Map, json};

/// The call that writes into an entry, as method and path begin.
fn writes(target: &str) -> &'static str {
    match target {
        "ghost" => "PUT /ghost/api/admin/posts",
        "wordpress" => "POST /wp-json/wp/v2/posts/",
        "directus" => "PATCH /items/articles",
        "strapi" => "PUT /api/articles",
        "contentful" => "PATCH /spaces/s1/environments/master/entries",
        _ => "POST /v2025-02-19/data/mutate",
    }
}

/// An entry of people's, without a picture, everybody may see; and a picture on its way into it.
async fn opened(contract: fn() -> Contract) -> (Bench, Sending) {
    let mut bench = Bench::open(contract).await;
    let mut words = sending(bench.able(), 1, 0);
    let told = bench.drive(&mut words).await;
    assert!(matches!(told.went, Went::Done(_)), "{told:?}");
    bench.told.clear();
    let picture = picture(&bench, &place(&told).id);
    (bench, picture)
}

fn picture(bench: &Bench, entry: &str) -> Sending {
    let mut picture = sending(bench.able(), 1, 1);
    picture.id = "pub_99112233445566778899aabbccddeeff".into();
    let fitted = picture.form.media[0].clone();
    let content = Content {
        entry: Some(entry.into()),
        media: vec![Medium {
            asset: fitted.asset.clone(),
            alt: "A cup of tea, 0".into(),
            caption: None,
            focal: Default::default(),
        }],
        ..Content::default()
    };
    let shape = |_: &Medium| Some(fitted.shape.clone());
    let making = Making { id: &picture.id, shape: &shape, ai: true, settings: &Map::new() };
    picture.form = domain::post::form(bench.able(), &content, &making).expect("it takes pictures");
    picture
}

fn entry(bench: &Bench) -> Shown {
    let books = bench.double.shop.books();
    assert_eq!(books.shown.iter().filter(|shown| shown.state != Stand::Gone).count(), 1);
    books.shown[0].clone()
}

/// The picture is there, with its words, once; and all else is as it was.
#[track_caller]
fn there(bench: &Bench, picture: &Sending, before: &Shown, said: &str) {
    let (after, books) = (entry(bench), bench.double.shop.books());
    assert_eq!((after.state, after.times), (before.state, before.times), "{said}");
    let held = books.files.iter().filter(|file| after.files.contains(&file.id));
    let held: Vec<_> = held.map(|file| file.sha256.as_str()).collect();
    assert_eq!(held, [picture.files[0].sha256.as_str()], "{said}: {after:?}");
    let alts = match after.alts.is_empty() {
        false => after.alts.clone(),
        true => books
            .files
            .iter()
            .filter(|file| after.files.contains(&file.id))
            .map(|file| file.alt.clone())
            .collect(),
    };
    assert_eq!(alts, ["A cup of tea, 0"], "{said}");
    let words = |shown: &Shown| shown.body.to_string().contains("Morning tea");
    assert!(words(before) && words(&after), "{said}: {after:?}");
}

/// A picture goes into an entry once, with its words, and the entry keeps what it says and where it stands.
pub async fn a_picture_goes_into_an_entry_once(contract: fn() -> Contract) {
    let (mut bench, mut picture) = opened(contract).await;
    let before = entry(&bench);
    let told = bench.drive(&mut picture).await;
    assert!(matches!(told.went, Went::Done(_)), "{told:?}");
    assert_eq!(place(&told).id, before.id);
    there(&bench, &picture, &before, "once");
    assert_eq!(bench.drift(), [""; 0]);
    assert_eq!(entry(&bench).changes, before.changes + 1);
    let uploaded = bench.double.shop.books().files.len();
    // What is about to be written was told before it was; then how the entry stands.
    let wrote: Vec<_> = bench.told.iter().filter_map(|told| told.wrote.clone()).collect();
    assert_eq!(wrote.len(), 2, "{:?}", bench.told);
    assert_eq!(wrote[0].image, wrote[1].image);
    assert!(wrote.iter().all(|wrote| wrote.entry == before.id && !wrote.image.is_empty()));
    assert!(wrote[0].open_s > 0 && bench.told.last().is_some_and(|last| last.wrote.is_some()));
    // Whoever asks again changes nothing.
    let told = bench.drive_from(Verb::Check, &mut picture).await;
    assert!(matches!(told.went, Went::Done(_)), "{told:?}");
    assert_eq!(entry(&bench).changes, before.changes + 1);
    assert_eq!(bench.double.shop.books().files.len(), uploaded);
}

/// A change whose answer is lost is looked up, and made once.
pub async fn a_change_of_an_entry_that_got_no_answer_is_looked_up(contract: fn() -> Contract) {
    for fault in
        [Fault::DoneBut(500, json!({})), Fault::DoneBut(504, json!({})), Fault::CutAfter(0)]
    {
        let (mut bench, mut picture) = opened(contract).await;
        let before = entry(&bench);
        let said = format!("{fault:?}");
        bench.double.shop.fault_on(writes(bench.able().target), fault);
        let told = bench.drive(&mut picture).await;
        assert!(matches!(told.went, Went::Done(_)), "{said}: {told:?}");
        there(&bench, &picture, &before, &said);
        assert_eq!(entry(&bench).changes, before.changes + 1, "{said}");
    }
}

/// Whoever dies after any verb, before its answer is on the ledger, looks first, and changes the entry once.
pub async fn whoever_dies_at_an_entry_changes_it_once(contract: fn() -> Contract) {
    for death in 0..20 {
        let (mut bench, mut picture) = opened(contract).await;
        let before = entry(&bench);
        let mut verb = Verb::Start;
        for _ in 0..death {
            let told = bench.verb(verb, &mut picture).await;
            match Bench::next(&told) {
                Some(next) => verb = next,
                None => return,
            }
        }
        let kept = picture.progress.clone();
        bench.verb(verb, &mut picture).await;
        picture.progress = kept;
        let told = bench.drive_from(Verb::Check, &mut picture).await;
        assert!(matches!(told.went, Went::Done(_)), "death {death}: {told:?}");
        there(&bench, &picture, &before, &format!("death {death}"));
        assert_eq!(entry(&bench).changes, before.changes + 1, "death {death}");
    }
    panic!("it is not over after 20 verbs");
}

/// What people write meanwhile stays.
pub async fn what_people_write_meanwhile_stays(contract: fn() -> Contract) {
    let (mut bench, mut picture) = opened(contract).await;
    let before = entry(&bench);
    // It is read, and what is about to be written is on record.
    let mut verb = Verb::Start;
    while !bench.told.iter().any(|told| told.wrote.is_some()) {
        let told = bench.verb(verb, &mut picture).await;
        verb = Bench::next(&told).expect("it goes on");
    }
    let mut words = sending(bench.able(), 1, 0);
    words.form.summary = Some("Somebody was here.".into());
    let changed = bench.spoke.update(&bench.grant, &words).await;
    assert!(matches!(changed.went, Went::Done(_)), "{changed:?}");
    for _ in 0..3 {
        let told = bench.drive_from(verb, &mut picture).await;
        if matches!(told.went, Went::Done(_)) {
            break;
        }
        verb = Verb::Start;
    }
    there(&bench, &picture, &before, "meanwhile");
    assert!(entry(&bench).body.to_string().contains("Somebody was here."), "{:?}", entry(&bench));
}

/// An entry that is not there gets nothing, and one that has a picture is never taken back with it.
pub async fn an_entry_stays_its_authors(contract: fn() -> Contract) {
    let (mut bench, mut picture) = opened(contract).await;
    let told = bench.drive(&mut picture).await;
    let taken = bench.spoke.unpublish(&bench.grant, &picture.progress, &place(&told)).await;
    let Went::Refused(_, why) = &taken.went else { panic!("{taken:?}") };
    let entry = place(&told).id;
    assert_eq!(*why, format!("entry {entry} stays, and the picture in it is to go by hand"));
    assert_eq!(bench.seen(), (1, true));
    let mut other = self::picture(&bench, "0123456789abcdef01234567");
    other.id = "pub_77112233445566778899aabbccddeeff".into();
    let told = bench.drive(&mut other).await;
    assert!(matches!(told.went, Went::Refused(..)), "{told:?}");
    assert_eq!(bench.double.shop.books().shown.len(), 1);
}

/// That an entry was made by us is told before anybody sees it: word of it makes no job.
pub async fn what_is_made_is_told_before_anybody_sees_it(contract: fn() -> Contract) {
    for pictures in [1, 0] {
        let mut bench = Bench::open(contract).await;
        let mut words = sending(bench.able(), 1, pictures);
        let mut verb = Verb::Start;
        let told = loop {
            let wrote = bench.told.iter().filter_map(|told| told.wrote.as_ref());
            let known: Vec<_> = wrote.filter(|wrote| wrote.new).cloned().collect();
            let told = bench.verb(verb, &mut words).await;
            if let Some(shown) = bench.double.shop.books().visible().next() {
                assert!(known.iter().any(|wrote| wrote.entry == shown.id), "{known:?} {shown:?}");
            }
            match Bench::next(&told) {
                Some(next) => verb = next,
                None => break told,
            }
        };
        assert!(matches!(told.went, Went::Done(_)), "{told:?}");
        assert_eq!(bench.double.shop.books().visible().count(), 1);
    }
}

/// Makes one test of each clause about entries for a target: `entries!(ghost, contract);`
#[macro_export]
macro_rules! entries {
    ($name:ident, $contract:expr) => {
        mod $name {
            use super::*;
            $crate::spoke_clauses!($contract;
                a_picture_goes_into_an_entry_once,
                a_change_of_an_entry_that_got_no_answer_is_looked_up,
                whoever_dies_at_an_entry_changes_it_once,
                what_people_write_meanwhile_stays,
                an_entry_stays_its_authors,
                what_is_made_is_told_before_anybody_sees_it
            );
        }
    };
}
