//! Reads of the table: by key, by partition, by index.

use super::DynamoTable;
use super::tries::Tries;
use super::value::{self, Attributes};
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use domain::record::DUE;
use domain::store::{From, Item, Key, Query, sort_key};
use domain::{Error, Result};
use std::collections::{BTreeSet, HashMap};

/// As many keys as `BatchGetItem` takes.
const BATCH: usize = 100;

/// No key that anybody writes begins with this or anything beyond.
const LAST: char = '\u{10FFFF}';

/// A key as DynamoDB wants it.
pub(super) fn key_of(key: &Key) -> Attributes {
    HashMap::from([("pk".into(), text(&key.pk)), ("sk".into(), text(&key.sk))])
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

impl DynamoTable {
    pub(super) async fn get_one(&self, key: &Key) -> Result<Option<Item>> {
        let doing = format!("dynamodb get {} {}", key.pk, key.sk);
        let mut tries = Tries::new(self.pause);
        loop {
            let request = self.client.get_item().table_name(&self.name).consistent_read(true);
            match request.set_key(Some(key_of(key))).send().await {
                Ok(answer) => return answer.item.map(value::item).transpose(),
                Err(failure) => tries.after(&doing, &failure).await?,
            }
        }
    }

    pub(super) async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Item>>> {
        // DynamoDB refuses a batch that names a key twice, and answers in any order.
        let wanted: Vec<&Key> = keys.iter().collect::<BTreeSet<_>>().into_iter().collect();
        let mut found = HashMap::new();
        for batch in wanted.chunks(BATCH) {
            for item in self.get_batch(batch).await? {
                found.insert(place(&item), item);
            }
        }
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }

    async fn get_batch(&self, keys: &[&Key]) -> Result<Vec<Item>> {
        let doing = format!("dynamodb get {} records", keys.len());
        let keys = keys.iter().map(|key| key_of(key)).collect();
        let mut pending = Some(request(keys)?);
        let mut items = Vec::new();
        let mut tries = Tries::new(self.pause);
        while let Some(asked) = pending.take() {
            let request = self.client.batch_get_item().request_items(&self.name, asked.clone());
            match request.send().await {
                Ok(answer) => {
                    for item in answer.responses.into_iter().flatten().flat_map(|(_, rows)| rows) {
                        items.push(value::item(item)?);
                    }
                    pending = answer.unprocessed_keys.and_then(|mut left| left.remove(&self.name));
                    if pending.is_some() {
                        tries.another(format!("{doing}: some were left unread")).await?;
                    }
                }
                Err(failure) => {
                    tries.after(&doing, &failure).await?;
                    pending = Some(asked);
                }
            }
        }
        Ok(items)
    }

    pub(super) async fn query_pages(&self, query: &Query) -> Result<Vec<Item>> {
        let limit = query.limit as usize;
        let Some(request) = self.question(query) else { return Ok(Vec::new()) };
        let request = request.scan_index_forward(!query.backwards);
        let doing = format!("dynamodb query {:?}", query.from);
        let (mut items, mut start) = (Vec::new(), None);
        let mut tries = Tries::new(self.pause);
        while items.len() < limit {
            // One more than is missing, because the record `after` which to look may be among them.
            let most = i32::try_from(limit - items.len() + 1).unwrap_or(i32::MAX);
            let page = request.clone().limit(most).set_exclusive_start_key(start.clone());
            match page.send().await {
                Ok(answer) => {
                    for item in answer.items.into_iter().flatten() {
                        items.push(value::item(item)?);
                    }
                    items.retain(|item| !excluded(query, item));
                    start = answer.last_evaluated_key.filter(|key| !key.is_empty());
                    if start.is_none() {
                        break;
                    }
                }
                Err(failure) => tries.after(&doing, &failure).await?,
            }
        }
        items.truncate(limit);
        Ok(items)
    }

    /// The question for DynamoDB; `None` if nothing can match.
    fn question(&self, query: &Query) -> Option<QueryFluentBuilder> {
        let ask = |hash: &str, value: &str, range: &str| {
            let range = if range.is_empty() { String::new() } else { format!(" AND {range}") };
            self.client
                .query()
                .table_name(&self.name)
                .key_condition_expression(format!("{hash} = :hash{range}"))
                .expression_attribute_values(":hash", text(value))
        };
        let beyond = if query.backwards { "<" } else { ">" };
        Some(match &query.from {
            From::Due { until } => ask("due_pk", DUE, "due_at <= :until")
                .index_name("due")
                .expression_attribute_values(":until", AttributeValue::N(until.to_string())),
            From::DueOf { hash, until } => ask("due_pk", hash, "due_at <= :until")
                .index_name("due")
                .expression_attribute_values(":until", AttributeValue::N(until.to_string())),
            From::Jobs { tenant, after: None } => ask("tenant_jobs", tenant, "").index_name("jobs"),
            From::Jobs { tenant, after: Some(after) } => {
                ask("tenant_jobs", tenant, &format!("sk_job {beyond} :after"))
                    .index_name("jobs")
                    .expression_attribute_values(":after", text(after))
            }
            From::Partition { pk, prefix, after } => {
                let question = match bounds(prefix, after.as_deref(), query.backwards) {
                    Bounds::All => ask("pk", pk, ""),
                    Bounds::Prefix => ask("pk", pk, "begins_with(sk, :prefix)")
                        .expression_attribute_values(":prefix", text(prefix)),
                    Bounds::Beyond(after) => ask("pk", pk, &format!("sk {beyond} :after"))
                        .expression_attribute_values(":after", text(after)),
                    Bounds::Between(low, high) if low <= high => {
                        ask("pk", pk, "sk BETWEEN :low AND :high")
                            .expression_attribute_values(":low", text(&low))
                            .expression_attribute_values(":high", text(&high))
                    }
                    Bounds::Between(..) => return None,
                };
                question.consistent_read(true)
            }
        })
    }
}

/// The sort keys of a partition that are asked for.
#[derive(Debug, PartialEq)]
enum Bounds<'a> {
    All,
    Prefix,
    Beyond(&'a str),
    /// Both ends included; DynamoDB takes one condition on the sort key, so a prefix and an end
    /// become a stretch.
    Between(String, String),
}

fn bounds<'a>(prefix: &str, after: Option<&'a str>, backwards: bool) -> Bounds<'a> {
    match after {
        None if prefix.is_empty() => Bounds::All,
        None => Bounds::Prefix,
        Some(after) if prefix.is_empty() => Bounds::Beyond(after),
        Some(after) => {
            let last = format!("{prefix}{LAST}");
            if backwards {
                Bounds::Between(prefix.to_owned(), last.min(after.to_owned()))
            } else {
                Bounds::Between(after.max(prefix).to_owned(), last)
            }
        }
    }
}

/// Whether this is the very record beyond which the query looks.
fn excluded(query: &Query, item: &Item) -> bool {
    matches!(&query.from, From::Partition { after: Some(after), .. } if sort_key(item) == after)
}

fn place(item: &Item) -> Key {
    let part = |name| item.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    Key::new(part("pk"), part("sk"))
}

fn request(keys: Vec<Attributes>) -> Result<KeysAndAttributes> {
    KeysAndAttributes::builder()
        .set_keys(Some(keys))
        .consistent_read(true)
        .build()
        .map_err(|cause| Error::Fault(format!("dynamodb get: {cause}")))
}

#[cfg(test)]
mod tests;
