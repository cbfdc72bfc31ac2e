//! What a double was asked for, what it made, and what it billed.

use serde::Serialize;
use std::collections::BTreeMap;

/// The books of one vendor.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Books {
    /// Work that was accepted, in order, by the vendor's id.
    pub work: Vec<Work>,
    /// Calls, as method and path, in order.
    pub calls: Vec<String>,
    /// What else the double remembers, such as tokens.
    pub notes: BTreeMap<String, String>,
}

/// Work that was accepted.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Work {
    /// The vendor's id.
    pub id: String,
    /// By what the caller could find it: its own key, its webhook, its prompt.
    pub key: String,
    /// The model that does it.
    pub model: String,
    /// Where it stands, in the vendor's words.
    pub status: String,
    /// What it costs, in millionths of a dollar; 0 where it is not billed.
    pub micros: i64,
    /// How often it was asked about.
    pub checks: u32,
    /// Where it tells the end.
    pub webhook: String,
    /// Whether the caller asked to stop it.
    pub canceled: bool,
}

impl Books {
    /// What was billed in all, in millionths of a dollar.
    pub fn billed(&self) -> i64 {
        self.work.iter().map(|work| work.micros).sum()
    }

    /// Work by its id.
    pub fn work(&mut self, id: &str) -> Option<&mut Work> {
        self.work.iter_mut().find(|work| work.id == id)
    }

    /// Accepts work under the next id.
    pub fn accept(&mut self, prefix: &str, work: Work) -> String {
        let id = format!("{prefix}{:04}", self.work.len() + 1);
        self.work.push(Work { id: id.clone(), ..work });
        id
    }
}
