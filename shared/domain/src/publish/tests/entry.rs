//! Which states of an entry came of what we wrote, and which of what people did.

use crate::fakes::{MemoryTable, NOW};
use crate::id::TenantId;
use crate::ports::Table;
use crate::publish::Wrote;
use crate::publish::entry::{OPEN_S, Seen, is_own};

fn wrote(stamps: &[&str], open_s: u32) -> Wrote {
    Wrote {
        kind: "cms".into(),
        entry: "7".into(),
        image: "ours".into(),
        field: "cover".into(),
        stamps: stamps.iter().map(|stamp| (*stamp).into()).collect(),
        open_s,
        new: false,
    }
}

fn seen(images: Option<&[&str]>, stamp: &str, changed: Option<&[&str]>) -> Seen {
    let all = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
    let (images, changed) = (images.map(all), changed.map(all));
    Seen { id: "7".into(), images, stamps: vec![stamp.into()], changed, new: false }
}

#[track_caller]
fn check(wrote: &Wrote, seen: &Seen, after_s: u32, expected: bool) {
    let tenant = TenantId::parse("acme").unwrap();
    let table = MemoryTable::new(Default::default());
    let write = wrote.write(&tenant, "pub_1", NOW).unwrap();
    let own = futures_util::FutureExt::now_or_never(async {
        table.write(vec![write]).await.unwrap();
        is_own(&table, &tenant, "cms", seen, NOW.plus_s(after_s)).await.unwrap()
    });
    assert_eq!(own, Some(expected), "{wrote:?} {seen:?}");
}

#[test]
fn a_state_that_we_know_to_be_ours_is_ours_however_late_word_comes() {
    let known = wrote(&["v8"], 0);
    check(&known, &seen(None, "v8", None), 86_400, true);
    check(&known, &seen(Some(&["ours"]), "v8", None), 86_400, true);
    // Somebody else was faster: the version that was to be ours is theirs.
    check(&known, &seen(Some(&["theirs"]), "v8", None), 0, false);
    check(&known, &seen(Some(&["ours"]), "v9", None), 0, false);
}

#[test]
fn where_fields_are_told_ours_is_what_changed_the_picture_alone() {
    for known in [wrote(&[], OPEN_S), wrote(&["1"], 0)] {
        let changed = |fields: &[&str]| seen(Some(&["ours"]), "2", Some(fields));
        check(&known, &changed(&["cover", "updated_at"]), 0, true);
        check(&known, &changed(&["cover", "title"]), 0, false);
        check(&known, &seen(Some(&["theirs"]), "2", Some(&["cover"])), 0, false);
    }
}

#[test]
fn what_is_about_to_be_written_is_ours_while_its_state_is_unknown_and_no_longer() {
    let intended = wrote(&[], OPEN_S);
    let early = seen(Some(&["ours"]), "2", None);
    check(&intended, &early, OPEN_S - 1, true);
    check(&intended, &early, OPEN_S, false);
    check(&intended, &seen(None, "2", None), 0, false);
    check(&wrote(&["1"], 0), &early, 0, false);
}

#[test]
fn word_of_an_entry_that_we_made_is_ours_and_word_of_its_changes_is_not() {
    let post = Wrote { image: String::new(), new: true, ..wrote(&[], 0) };
    let told = |new: bool| Seen { new, ..seen(Some(&["any"]), "1", Some(&["title", "cover"])) };
    check(&post, &told(true), 86_400, true);
    check(&post, &told(false), 0, false);
    // Systems that do not say so: while it is made, and where the state is known to be ours.
    let making = Wrote { image: String::new(), new: true, ..wrote(&[], OPEN_S) };
    check(&making, &told(false), OPEN_S - 1, true);
    check(&making, &told(false), OPEN_S, false);
    let there = Wrote { image: String::new(), new: true, ..wrote(&["1"], 0) };
    check(&there, &told(false), 86_400, true);
    check(&there, &seen(Some(&["any"]), "2", None), 0, false);
    // An entry of somebody else's, that a picture was put into.
    check(&wrote(&[], OPEN_S), &told(true), 0, false);
}
