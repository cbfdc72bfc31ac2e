//! Whether a chain is whole: recomputes every hash, and names each record that is not as it was written.

use super::chain::{Kept, entry_sk, said_sk};
use serde::Serialize;
use std::collections::BTreeMap;

/// A record of a chain that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flaw {
    /// The record, by its sort key in the chain's partition; `head` for the head.
    pub record: String,
    /// What is wrong with it.
    pub detail: String,
}

/// All that is wrong with a chain; nothing where it is whole.
///
/// `erased` is whether its words were erased for a reason: only then may they be missing.
pub fn verify(kept: &Kept, erased: bool) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let mut flaw = |record: String, detail: &str| {
        flaws.push(Flaw { record, detail: detail.to_owned() });
    };
    for record in &kept.unreadable {
        flaw(record.clone(), "it cannot be read as a record of the chain");
    }
    let last = kept.head.as_ref().map_or(0, |head| head.n);
    let entries: BTreeMap<u64, _> = kept.entries.iter().map(|entry| (entry.n, entry)).collect();
    let said: BTreeMap<u64, _> = kept.said.iter().map(|said| (said.n, said)).collect();
    // The hash that the next entry must name: the one that this entry has by its content.
    let mut before = String::new();
    for n in 1..=last {
        let Some(entry) = entries.get(&n) else {
            if !kept.unreadable.contains(&entry_sk(n)) {
                flaw(entry_sk(n), "it is missing");
            }
            before.clear();
            continue;
        };
        let sealed = entry.sealed();
        if sealed != entry.hash {
            flaw(entry_sk(n), "its content does not give its hash: it was changed");
        } else if entry.prev != before && (n == 1 || !before.is_empty()) {
            flaw(entry_sk(n), "it does not follow from the entry before: one of them was replaced");
        }
        before.clone_from(&entry.hash);
        match (&entry.said_sha256, said.get(&n)) {
            (Some(hash), Some(said)) if said.sha256() != *hash => {
                flaw(said_sk(n), "it is not what was said: it was changed");
            }
            (Some(_), None) if !erased && !kept.unreadable.contains(&said_sk(n)) => {
                flaw(said_sk(n), "it is missing, and nothing was erased");
            }
            (None, Some(_)) => flaw(said_sk(n), "nothing was said with its entry: it was added"),
            _ => {}
        }
    }
    if let Some(head) = &kept.head
        && entries.get(&last).is_some_and(|entry| entry.hash != head.hash)
    {
        flaw(
            "head".into(),
            "it does not name the hash of the last entry: one of the two was changed",
        );
    }
    for n in entries.keys().filter(|n| last < **n || **n == 0) {
        flaw(entry_sk(*n), "the head does not know it: it was added, or the head was set back");
    }
    for n in said.keys().filter(|n| last < **n || **n == 0) {
        flaw(said_sk(*n), "the head does not know its entry: it was added");
    }
    flaws
}
