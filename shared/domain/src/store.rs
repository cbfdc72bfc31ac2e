//! Changes of the table as data: what is written, and under which conditions.
//!
//! Decisions return these values; an adapter turns them into one transaction. So a rule can be
//! tested without a database, and the in-memory table obeys the same conditions as the real one.

use crate::error::{Error, Result};
use crate::schema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// A record as it lies in the table, with its key among the fields.
pub type Item = Map<String, Value>;

/// The place of a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The partition: all that is read together lies in one.
    pub pk: String,
    /// The place within the partition.
    pub sk: String,
}

impl Key {
    /// The key of these two parts.
    pub fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }
}

/// One change in a transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// The record it is about.
    pub key: Key,
    /// What becomes of it.
    pub change: Change,
    /// What must hold for the whole transaction to happen.
    pub conditions: Vec<Condition>,
}

/// What becomes of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The record is written whole.
    Put(Item),
    /// Fields are set (null removes one) and numbers are added to.
    Update {
        /// New values by field; null removes the field.
        set: Item,
        /// Amounts to add by field; an absent field counts as zero.
        add: Vec<(String, i64)>,
    },
    /// The record goes.
    Delete,
    /// Nothing: only the conditions matter.
    Check,
}

/// What must hold of a record before a transaction.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// There is no such record.
    Absent,
    /// There is such a record.
    Present,
    /// The field is one of these values.
    In(&'static str, Vec<Value>),
    /// The field is a number below this one.
    Below(&'static str, i64),
    /// The field is a number no higher than this, or does not exist.
    UpTo(&'static str, i64),
    /// The field does not exist.
    Without(&'static str),
}

impl Write {
    /// Writes a whole record.
    pub fn put(key: Key, record: &impl Serialize) -> Result<Self> {
        let mut item = to_item(record)?;
        item.insert("pk".into(), key.pk.clone().into());
        item.insert("sk".into(), key.sk.clone().into());
        item.insert(schema::FIELD.into(), schema::WRITTEN.into());
        Ok(Self { key, change: Change::Put(item), conditions: Vec::new() })
    }

    /// Writes a whole record where there is none.
    pub fn create(key: Key, record: &impl Serialize) -> Result<Self> {
        Ok(Self::put(key, record)?.when(Condition::Absent))
    }

    /// Sets fields of a record that exists; null removes a field.
    pub fn set(key: Key, fields: Value) -> Self {
        let set = match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        let change = Change::Update { set, add: Vec::new() };
        Self { key, change, conditions: vec![Condition::Present] }
    }

    /// Sets one more field of the record.
    pub fn also(mut self, field: &str, value: impl Serialize) -> Self {
        if let Change::Update { set, .. } = &mut self.change {
            set.insert(field.to_owned(), serde_json::to_value(value).unwrap_or(Value::Null));
        }
        self
    }

    /// Adds to a number of the record, beside what is set.
    pub fn plus(mut self, field: &str, amount: i64) -> Self {
        if let Change::Update { add, .. } = &mut self.change {
            add.push((field.to_owned(), amount));
        }
        self
    }

    /// Changes a record whether or not it exists: for counters, by [`Write::plus`].
    pub fn count(key: Key) -> Self {
        let change = Change::Update { set: Map::new(), add: Vec::new() };
        Self { key, change, conditions: Vec::new() }
    }

    /// Removes a record that exists.
    pub fn delete(key: Key) -> Self {
        Self { key, change: Change::Delete, conditions: vec![Condition::Present] }
    }

    /// Removes a record, if there is one.
    pub fn forget(key: Key) -> Self {
        Self { key, change: Change::Delete, conditions: Vec::new() }
    }

    /// Only looks at a record.
    pub fn check(key: Key) -> Self {
        Self { key, change: Change::Check, conditions: Vec::new() }
    }

    /// Adds a condition.
    pub fn when(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    /// Adds the condition that a field has this value.
    pub fn when_is(self, field: &'static str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        self.when(Condition::In(field, vec![value]))
    }

    /// Adds the condition that a field is one of these values.
    pub fn when_in<T: Serialize>(self, field: &'static str, values: &[T]) -> Self {
        let values = values.iter().filter_map(|value| serde_json::to_value(value).ok()).collect();
        self.when(Condition::In(field, values))
    }
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// All of it happened.
    Done,
    /// None of it happened: these writes (by index) found their conditions false.
    Refused(Vec<usize>),
}

/// A read of one partition, in order of the keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Where to look.
    pub from: From,
    /// The last records first.
    pub backwards: bool,
    /// How many records at most.
    pub limit: u32,
}

/// Where a query looks.
#[derive(Clone, Debug, PartialEq)]
pub enum From {
    /// A partition of the table, read consistently.
    Partition {
        /// The partition.
        pk: String,
        /// Only keys that begin with this.
        prefix: String,
        /// Only keys beyond this one.
        after: Option<String>,
    },
    /// What is due until this time, in milliseconds; keys only, and a little late.
    Due {
        /// Milliseconds since the Unix epoch.
        until: i64,
    },
    /// What is due until this time in another part of that index; keys only, and a little late.
    DueOf {
        /// Which part.
        hash: &'static str,
        /// Milliseconds since the Unix epoch.
        until: i64,
    },
    /// A tenant's jobs by age, a little late.
    Jobs {
        /// The tenant.
        tenant: String,
        /// Only jobs beyond this one, in the direction of the query.
        after: Option<String>,
    },
}

impl Query {
    /// All records of a partition.
    pub fn partition(pk: impl Into<String>) -> Self {
        Self::prefix(pk, "")
    }

    /// The records of a partition whose keys begin so.
    pub fn prefix(pk: impl Into<String>, prefix: &str) -> Self {
        let from = From::Partition { pk: pk.into(), prefix: prefix.to_owned(), after: None };
        Self { from, backwards: false, limit: 1000 }
    }

    /// At most so many records.
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }
}

/// A record as an item, without its key.
pub fn to_item(record: &impl Serialize) -> Result<Item> {
    match serde_json::to_value(record) {
        Ok(Value::Object(item)) => Ok(item),
        Ok(other) => Err(Error::Fault(format!("{other} is no record"))),
        Err(cause) => Err(Error::Fault(format!("record does not serialise: {cause}"))),
    }
}

/// The record in an item.
pub fn from_item<T: DeserializeOwned>(item: &Item) -> Result<T> {
    let place = |name| item.get(name).and_then(Value::as_str).unwrap_or("?");
    let what = || format!("record {} {}", place("pk"), place("sk"));
    if let Some(form) = item.get(schema::FIELD) {
        schema::readable(Some(form), &what())?;
    }
    T::deserialize(Value::Object(item.clone())).map_err(|cause| {
        Error::Fault(format!("record {} {} does not parse: {cause}", place("pk"), place("sk")))
    })
}

/// The sort key of an item.
pub fn sort_key(item: &Item) -> &str {
    item.get("sk").and_then(Value::as_str).unwrap_or("")
}
