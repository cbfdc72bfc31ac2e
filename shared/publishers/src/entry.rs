//! A picture for an entry that is there already: what all systems do alike.
//!
//! The picture is sent; the entry is read; what is about to be written goes on record; it is written on the condition
//! that nobody wrote meanwhile, where the system has one. Whoever finds the entry with another picture than before stops.

use crate::line::Said;
use domain::ports::Refusal;
use domain::publish::entry::OPEN_S;
use domain::publish::{Sending, Told, Went, Wrote};
use serde_json::{Value, json};

/// An entry as its system shows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct There {
    /// The picture that it has, as the system calls it; empty where it has none.
    pub image: String,
    /// What it must still be when it is written: its version, or the time of its last change.
    pub lock: Value,
    /// The states of it that will be ours alone, where they are known before it is written.
    pub ahead: Vec<String>,
    /// The state that it is in, once the picture is ours.
    pub stamps: Vec<String>,
    /// For how long the picture alone shows that a state is ours, once it is written.
    pub open_s: u32,
    /// Where it is to be seen.
    pub url: String,
}

/// What is put into which entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Putting<'a> {
    pub sending: &'a Sending,
    /// The kind of target.
    pub kind: &'static str,
    /// The entry's id there.
    pub entry: &'a str,
    /// The picture, as the system calls it.
    pub image: &'a str,
    /// The field that it goes into.
    pub field: &'a str,
}

impl Putting<'_> {
    fn wrote(&self, stamps: Vec<String>, open_s: u32) -> Wrote {
        Wrote {
            kind: self.kind.into(),
            entry: self.entry.into(),
            image: self.image.into(),
            field: self.field.into(),
            stamps,
            open_s,
            new: false,
        }
    }

    /// What was known, with this in place of what was known of the entry.
    fn knowing(&self, entry: Option<Value>) -> Value {
        let mut progress = self.sending.progress.clone();
        if !progress.is_object() {
            progress = json!({});
        }
        progress["entry"] = entry.into();
        progress["into"] = self.entry.into();
        progress
    }

    /// What it must still be, once it was read: then it may be written.
    pub(crate) fn lock(&self) -> Option<&Value> {
        self.sending.known("entry")?.get("lock").filter(|lock| !lock.is_null())
    }

    /// The same entry with another lock.
    pub(crate) fn locked(&self, lock: Value) -> Told {
        let mut entry = self.sending.known("entry").cloned().unwrap_or_else(|| json!({}));
        entry["lock"] = lock;
        Told::new(Went::On).knowing(self.knowing(Some(entry)))
    }

    /// The entry was read: it is ours already, or what is about to be written goes on record.
    pub(crate) fn read(&self, there: Option<There>) -> Said {
        let Some(there) = there else { return Err(self.none()) };
        if there.image == self.image {
            return Ok(self.done(there));
        }
        // What it had when it was read first; a person who chose another one since has the last word.
        let known = self.sending.known("entry");
        let was = known.and_then(|entry| entry["was"].as_str()).unwrap_or(&there.image);
        if was != there.image {
            let why = format!("{}: somebody put another picture into {}", self.kind, self.entry);
            return Err(Told::refused(Refusal::Never, why));
        }
        let entry = json!({ "was": was, "lock": there.lock, "ahead": there.ahead });
        let wrote = self.wrote(there.ahead, OPEN_S);
        Ok(Told::new(Went::On).knowing(self.knowing(Some(entry))).wrote(wrote))
    }

    /// It is there.
    pub(crate) fn done(&self, there: There) -> Told {
        let known = self.sending.known("entry").and_then(|entry| entry["ahead"].as_array());
        let ahead = known.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        let stamps = ahead.chain(there.stamps).collect();
        let wrote = self.wrote(stamps, there.open_s);
        Told::done(there.url, self.entry).knowing(self.knowing(None)).wrote(wrote)
    }

    /// Somebody wrote meanwhile: it is to be read again.
    pub(crate) fn stale(&self, told: Told) -> Told {
        Told { progress: self.locked(Value::Null).progress, ..told }
    }

    /// There is no such entry.
    pub(crate) fn none(&self) -> Told {
        let why = format!("{} has no entry {}", self.kind, self.entry);
        Told::refused(Refusal::Never, why)
    }
}

/// The entry itself is ours: word of its making fires nothing, nor does word of these states of it, nor for so many
/// seconds word of any.
pub(crate) fn made(kind: &str, id: &str, stamps: Vec<String>, open_s: u32) -> Wrote {
    let (image, field) = (String::new(), String::new());
    Wrote { kind: kind.into(), entry: id.into(), image, field, stamps, open_s, new: true }
}

/// Why what was put into somebody's entry is not taken back with it; none where it was no entry.
pub(crate) fn kept(progress: &Value) -> Option<Told> {
    let entry = progress["into"].as_str()?;
    let why = format!("entry {entry} stays, and the picture in it is to go by hand");
    Some(Told::refused(Refusal::Never, why))
}

/// The media id of the one picture, where there is an entry that it goes into.
pub(crate) fn of(sending: &Sending) -> Option<&str> {
    sending.form.entry.as_deref()
}
