//! What a vendor is asked for, and by what its answer is found again.

use crate::gpu::Input;
use crate::id::AttemptId;
use crate::vendor::Effort;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// All that a call to a vendor needs, whichever vendor it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// The attempt: also the key by which a vendor that knows idempotency keys tells two calls apart.
    pub attempt: AttemptId,
    /// Who is asked, such as `openai`.
    pub vendor: String,
    /// What to do, such as `image.generate`.
    pub kind: String,
    /// Which of its models should do it, as the vendor names it.
    pub model: String,
    /// How good it has to be.
    pub effort: Effort,
    /// How to do it: the parameters of the kind, such as `prompt`, `width`, `seed`.
    pub params: Map<String, Value>,
    /// What to do it with, by port: each can be fetched for as long as the order may take.
    pub inputs: BTreeMap<String, Input>,
    /// The outputs by port, with the media type wanted.
    pub outputs: BTreeMap<String, String>,
    /// Where the vendor may tell of the end, if it can.
    pub webhook: Option<String>,
    /// After so many seconds the result is of no use.
    pub deadline_s: u32,
}

impl Order {
    /// A parameter that is text; empty where there is none.
    pub fn text(&self, name: &str) -> &str {
        self.params.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A parameter that is a whole number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.params.get(name).and_then(Value::as_u64)
    }

    /// Width and height in pixels, where the order names them.
    pub fn size(&self) -> Option<(u32, u32)> {
        let side = |name| self.number(name).and_then(|side| u32::try_from(side).ok());
        side("width").zip(side("height"))
    }

    /// The one output of most kinds: its port, and the media type wanted.
    pub fn output(&self) -> (&str, &str) {
        let first = self.outputs.first_key_value();
        first.map_or(("", ""), |(port, media_type)| (port.as_str(), media_type.as_str()))
    }
}

/// A vendor's own name for work that it accepted. Stored before anything else happens; holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handle {
    /// The vendor's id of it.
    pub id: String,
    /// What else the vendor gave to find it by, such as `status_url`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub more: BTreeMap<String, String>,
    /// Which of our keys it was accepted for: the beginning of the key's SHA-256.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub key: String,
}

impl Handle {
    /// A handle that is only an id.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), more: BTreeMap::new(), key: String::new() }
    }

    /// The same with something else to find it by.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    /// What else was given under this name; empty where nothing was.
    pub fn get(&self, name: &str) -> &str {
        self.more.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// What came to the address that a vendor was given: not believed before it was verified.
#[derive(Clone, Debug, PartialEq)]
pub struct Webhook {
    /// Its headers, with names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Its body, as it came.
    pub body: Vec<u8>,
}

impl Webhook {
    /// A header by its lower-case name; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// What a webhook says, once it is known who sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// There is news of this work: the vendor is to be asked.
    News(Handle),
    /// It is signed by nobody we know, or too old. Why.
    Forged(String),
    /// It is genuine, and says nothing of use.
    Nothing,
}
