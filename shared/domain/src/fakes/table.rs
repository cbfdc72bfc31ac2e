//! A table in memory, with the same conditions as the real one.

use super::Faults;
use crate::error::Result;
use crate::ports::Table;
use crate::record::DUE;
use crate::store::{Change, Condition, From, Item, Key, Query, Write, Written};
use async_trait::async_trait;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

/// A table in memory.
#[derive(Debug)]
pub struct MemoryTable {
    items: Mutex<BTreeMap<Key, Item>>,
    faults: Arc<Faults>,
}

impl MemoryTable {
    /// An empty table.
    pub fn new(faults: Arc<Faults>) -> Self {
        Self { items: Mutex::default(), faults }
    }

    /// The record at a key, seen from outside the test's faults.
    pub fn peek(&self, key: &Key) -> Option<Item> {
        self.items().get(key).cloned()
    }

    /// Puts a record there, whatever was there.
    pub fn plant(&self, write: Write) {
        if let Change::Put(item) = write.change {
            self.items().insert(write.key, item);
        }
    }

    /// Every record as one line, in order of keys.
    pub fn listing(&self) -> String {
        let line = |(key, item): (&Key, &Item)| {
            let item = serde_json::to_string(item).unwrap_or_default();
            format!("{} {} {item}", key.pk, key.sk)
        };
        self.items().iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn items(&self) -> MutexGuard<'_, BTreeMap<Key, Item>> {
        self.items.lock().expect("no test panics while it holds the table")
    }
}

fn holds(condition: &Condition, item: Option<&Item>) -> bool {
    let field = |name: &str| item.and_then(|item| item.get(name)).filter(|v| !v.is_null());
    match condition {
        Condition::Absent => item.is_none(),
        Condition::Present => item.is_some(),
        Condition::In(name, values) => field(name).is_some_and(|value| values.contains(value)),
        Condition::Below(name, bound) => {
            field(name).and_then(Value::as_f64).is_some_and(|value| value < *bound as f64)
        }
        Condition::UpTo(name, bound) => field(name)
            .is_none_or(|value| value.as_f64().is_some_and(|value| value <= *bound as f64)),
        Condition::Without(name) => field(name).is_none(),
    }
}

/// What one part of the due index has until then.
fn due(items: &BTreeMap<Key, Item>, hash: &str, until: i64) -> Vec<(String, Item)> {
    let of = |item: &&Item| item.get("due_pk").and_then(Value::as_str) == Some(hash);
    items
        .values()
        .filter(of)
        .filter_map(|item| Some((item.get("due_at")?.as_i64()?, item)))
        .filter(|(at, _)| *at <= until)
        .map(|(at, item)| (format!("{at:020}"), item.clone()))
        .collect()
}

fn apply(items: &mut BTreeMap<Key, Item>, write: Write) {
    match write.change {
        Change::Put(item) => {
            // As in the real table, a null is no field.
            let item = item.into_iter().filter(|(_, value)| !value.is_null()).collect();
            items.insert(write.key, item);
        }
        Change::Update { set, add } => {
            let item = items.entry(write.key.clone()).or_insert_with(|| {
                Item::from_iter([
                    ("pk".to_owned(), Value::from(write.key.pk.clone())),
                    ("sk".to_owned(), Value::from(write.key.sk.clone())),
                ])
            });
            for (name, value) in set {
                match value {
                    Value::Null => item.remove(&name),
                    value => item.insert(name, value),
                };
            }
            for (name, amount) in add {
                let before = item.get(&name).and_then(Value::as_i64).unwrap_or(0);
                item.insert(name, (before + amount).into());
            }
        }
        Change::Delete => {
            items.remove(&write.key);
        }
        Change::Check => {}
    }
}

#[async_trait]
impl Table for MemoryTable {
    async fn get(&self, keys: &[Key]) -> Result<Vec<Option<Item>>> {
        self.faults.run(|| {
            let items = self.items();
            Ok(keys.iter().map(|key| items.get(key).cloned()).collect())
        })
    }

    async fn query(&self, query: &Query) -> Result<Vec<Item>> {
        self.faults.run(|| {
            let items = self.items();
            let text =
                |item: &Item, name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
            let mut found: Vec<(String, Item)> = match &query.from {
                From::Partition { pk, prefix, after } => items
                    .range(Key::new(pk, prefix)..)
                    .take_while(|(key, _)| key.pk == *pk && key.sk.starts_with(prefix.as_str()))
                    .filter(|(key, _)| match after {
                        Some(after) if query.backwards => key.sk < *after,
                        Some(after) => *after < key.sk,
                        None => true,
                    })
                    .map(|(key, item)| (key.sk.clone(), item.clone()))
                    .collect(),
                From::Due { until } => due(&items, DUE, *until),
                From::DueOf { hash, until } => due(&items, hash, *until),
                From::Jobs { tenant, after } => items
                    .values()
                    .filter(|item| text(item, "tenant_jobs").as_ref() == Some(tenant))
                    .filter_map(|item| Some((text(item, "sk_job")?, item.clone())))
                    .filter(|(sk, _)| match after {
                        Some(after) if query.backwards => sk < after,
                        Some(after) => after < sk,
                        None => true,
                    })
                    .collect(),
            };
            found.sort_by(|(a, _), (b, _)| a.cmp(b));
            if query.backwards {
                found.reverse();
            }
            Ok(found.into_iter().take(query.limit as usize).map(|(_, item)| item).collect())
        })
    }

    async fn write(&self, writes: Vec<Write>) -> Result<Written> {
        self.faults.run(|| {
            let mut items = self.items();
            let mut keys: Vec<_> = writes.iter().map(|write| &write.key).collect();
            keys.sort();
            keys.dedup();
            assert_eq!(
                keys.len(),
                writes.len(),
                "a transaction may touch a record once: {writes:?}"
            );
            assert!(writes.len() <= 100, "a transaction has at most 100 writes");
            let refused: Vec<usize> = writes
                .iter()
                .enumerate()
                .filter(|(_, write)| {
                    let item = items.get(&write.key);
                    !write.conditions.iter().all(|condition| holds(condition, item))
                })
                .map(|(index, _)| index)
                .collect();
            if !refused.is_empty() {
                return Ok(Written::Refused(refused));
            }
            for write in writes {
                apply(&mut items, write);
            }
            Ok(Written::Done)
        })
    }
}
