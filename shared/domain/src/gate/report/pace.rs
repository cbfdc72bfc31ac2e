//! How long people take for a decision, and who takes next to no time.

use super::{Row, Word};
use crate::id::PersonId;
use crate::time::Time;
use std::collections::BTreeMap;

/// Below so many milliseconds a decision was made without looking.
pub const FAST_MS: i64 = 2_000;

/// How long decisions took.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pace {
    /// How many decisions.
    pub decisions: usize,
    /// The median of those of which it is known how long they took, in milliseconds.
    pub median_ms: Option<i64>,
    /// How many were made in less than two seconds.
    pub fast: usize,
    took: Vec<i64>,
}

impl Pace {
    fn add(&mut self, took: Took) {
        self.decisions += 1;
        self.fast += usize::from(took.most < FAST_MS);
        self.took.extend(took.known.then_some(took.most));
    }

    fn finish(mut self) -> Self {
        self.took.sort_unstable();
        let middle = self.took.len() / 2;
        self.median_ms = match (self.took.get(middle), self.took.len() % 2) {
            (Some(upper), 0) => Some((self.took[middle - 1] + upper) / 2),
            (middle, _) => middle.copied(),
        };
        self.took.clear();
        self
    }
}

/// How long a decision took at most, and whether that is how long it took.
#[derive(Clone, Copy)]
struct Took {
    most: i64,
    known: bool,
}

/// How long each person took, and all of them together.
///
/// A decision cannot have begun before its review, nor before the person's last one: that is all that is known of those
/// who say nothing but their decision.
pub(super) fn paces<'r>(rows: impl Iterator<Item = &'r Row>) -> (BTreeMap<PersonId, Pace>, Pace) {
    let mut words: Vec<(&Word, Time)> = Vec::new();
    for row in rows {
        let people = row.people.iter().flat_map(|people| &people.words);
        words.extend(people.map(|word| (word, row.at)));
    }
    words.sort_by_key(|(word, _)| word.at);
    let mut before: BTreeMap<&PersonId, Time> = BTreeMap::new();
    let mut each: BTreeMap<PersonId, Pace> = BTreeMap::new();
    let mut all = Pace::default();
    for (word, opened) in words {
        let last = before.insert(&word.by, word.at);
        let began = [Some(opened), word.since, last].into_iter().flatten().max();
        let most = word.at.since_ms(began.unwrap_or(opened));
        let took = Took { most, known: word.since.is_some() };
        each.entry(word.by.clone()).or_default().add(took);
        all.add(took);
    }
    let each = each.into_iter().map(|(person, pace)| (person, pace.finish())).collect();
    (each, all.finish())
}
