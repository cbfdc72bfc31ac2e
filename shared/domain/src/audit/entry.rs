//! One entry of a chain, and what was said with it.

use crate::gate::Subject;
use crate::ordered;
use crate::sign::sha256;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What somebody did, before it is sealed into a chain.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Act {
    /// What was done, such as `review.approve` or `policy.put`.
    pub what: String,
    /// Who did it: a person's id, or `galley` where a rule did.
    pub who: String,
    /// What it was done to: a review, a policy.
    pub to: String,
    /// The bytes that were shown.
    pub shown: Vec<Subject>,
    /// What else is to be known of it for good: ids, numbers, hashes; never words of people.
    pub facts: Map<String, Value>,
    /// What can be erased: notes, reasons, scores. Empty where nothing was said.
    pub said: Map<String, Value>,
}

impl Act {
    /// Somebody's act.
    pub fn new(what: &str, who: impl ToString, to: impl ToString) -> Self {
        Self { what: what.into(), who: who.to_string(), to: to.to_string(), ..Self::default() }
    }

    /// The bytes that were shown.
    pub fn shown(self, shown: &[Subject]) -> Self {
        Self { shown: shown.to_vec(), ..self }
    }

    /// Adds a fact.
    pub fn fact(mut self, name: &str, value: impl Serialize) -> Self {
        self.facts.insert(name.into(), json!(value));
        self
    }

    /// Adds what can be erased; nothing where it is null.
    pub fn said(mut self, name: &str, value: impl Serialize) -> Self {
        let value = json!(value);
        if !value.is_null() {
            self.said.insert(name.into(), value);
        }
        self
    }
}

/// One entry of a chain. Never changed once written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1.
    pub n: u64,
    /// When it was done.
    pub at: Time,
    /// What was done.
    pub what: String,
    /// Who did it.
    pub who: String,
    /// What it was done to.
    pub to: String,
    /// The bytes that were shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<Subject>,
    /// What else is known of it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub facts: Map<String, Value>,
    /// The hash of what was said with it, which lies beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said_sha256: Option<String>,
    /// The hash of the entry before; empty in the first.
    pub prev: String,
    /// The hash of all of the above.
    pub hash: String,
}

impl Entry {
    /// The hash that it must have: of its canonical JSON (fields in order of their names) without the hash itself.
    pub fn sealed(&self) -> String {
        let mut value = json!(self);
        if let Some(fields) = value.as_object_mut() {
            fields.remove("hash");
        }
        sha256(canonical(&value).as_bytes())
    }
}

/// What was said with an entry. Goes when its job is erased.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// The number of its entry.
    pub n: u64,
    /// Random, so that nobody can guess the words by their hash.
    pub salt: String,
    /// What was said.
    pub words: Map<String, Value>,
}

impl Said {
    /// Words with a salt of 128 random bits.
    pub fn new(n: u64, salt: [u8; 16], words: Map<String, Value>) -> Self {
        let salt = salt.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { n, salt, words }
    }

    /// The hash that its entry holds.
    pub fn sha256(&self) -> String {
        let words = canonical(&Value::Object(self.words.clone()));
        sha256(format!("{}:{words}", self.salt).as_bytes())
    }
}

/// JSON with the fields of each object in order of their names, and no spaces.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields = ordered::fields(fields).into_iter();
            let fields =
                fields.map(|(name, value)| format!("{}:{}", json!(name), canonical(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(","))
        }
        // The table keeps 1.0 as 1: a hash must not tell them apart.
        Value::Number(number) => match number.as_f64().filter(|n| n.fract() == 0.0) {
            Some(whole) if whole.abs() < 9e15 => format!("{}", whole as i64),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_fields_and_the_form_of_whole_numbers_do_not_matter() {
        let one = json!({ "b": [1.0, null], "a": { "d": "x", "c": 0.25 } });
        let other = json!({ "a": { "c": 0.25, "d": "x" }, "b": [1, null] });
        assert_eq!(canonical(&one), r#"{"a":{"c":0.25,"d":"x"},"b":[1,null]}"#);
        assert_eq!(canonical(&one), canonical(&other));
    }

    #[test]
    fn the_same_words_with_another_salt_have_another_hash() {
        let words = Map::from_iter([("note".to_owned(), json!("too dark"))]);
        let said = |salt| Said::new(1, [salt; 16], words.clone()).sha256();
        assert_ne!(said(1), said(2));
    }
}
