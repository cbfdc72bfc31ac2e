//! What a double was asked for, what it made, and what it billed.

use serde::Serialize;
use serde_json::Value;
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
    /// What appeared at a target, in order.
    pub shown: Vec<Shown>,
    /// The files that a target has.
    pub files: Vec<Filed>,
}

/// Something that appeared at a target, or waits there to appear.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Shown {
    /// The target's id.
    pub id: String,
    /// By what it can be found again: a slug, a record's key.
    pub key: String,
    /// Where it stands.
    pub state: Stand,
    /// How often it became visible.
    pub times: u32,
    /// How often it was changed.
    pub changes: u32,
    /// The ids of the files that it shows.
    pub files: Vec<String>,
    /// What it says of these files to those who cannot see them, where it says that itself.
    pub alts: Vec<String>,
    /// Whether it says that a machine made it.
    pub by_machine: bool,
    /// It, as it was sent last.
    pub body: Value,
}

/// Where something at a target stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Stand {
    /// Nobody sees it yet.
    #[default]
    Draft,
    /// Everybody sees it.
    Visible,
    /// It was taken back.
    Gone,
}

/// A file at a target.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Filed {
    /// The target's id.
    pub id: String,
    /// What it is called there.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// The SHA-256 of its bytes.
    pub sha256: String,
    /// How many bytes.
    pub bytes: usize,
    /// What is said of it to those who cannot see it.
    pub alt: String,
    /// Whether it is whole, and ready to be shown.
    pub ready: bool,
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

    /// What everybody sees at a target.
    pub fn visible(&self) -> impl Iterator<Item = &Shown> {
        self.shown.iter().filter(|shown| shown.state == Stand::Visible)
    }

    /// Something that appeared, by its id.
    pub fn shown(&mut self, id: &str) -> Option<&mut Shown> {
        self.shown.iter_mut().find(|shown| shown.id == id)
    }

    /// A file by its id.
    pub fn file(&mut self, id: &str) -> Option<&mut Filed> {
        self.files.iter_mut().find(|file| file.id == id)
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
