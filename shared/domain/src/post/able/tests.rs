//! Facts about the capability table.

use super::*;
use std::collections::BTreeSet;

#[test]
fn every_target_has_one_row_with_its_source_and_day() {
    let names: BTreeSet<&str> = Able::all().iter().map(|able| able.target).collect();
    assert_eq!(names.len(), 17);
    for able in Able::all() {
        assert!(!able.source.is_empty() && able.as_of.len() == 10, "{}", able.target);
        assert_eq!(Able::of(able.target), Some(able));
    }
    assert_eq!(Able::of("myspace"), None);
}

#[test]
fn short_texts_have_no_title_and_articles_have_one() {
    for able in Able::all() {
        let short = matches!(able.text, Text::Short { .. });
        assert_eq!(able.title.is_none(), short, "{}", able.target);
        assert_eq!(able.tags.in_text, short, "{}", able.target);
    }
}

#[test]
fn what_may_be_unknown_can_be_looked_up_at_every_target_that_we_send_to() {
    for able in Able::all() {
        assert_ne!(able.verbs.lookup, Lookup::None, "{}", able.target);
    }
}
