//! Writes of the table: one by itself, several as a transaction.

use super::DynamoTable;
use super::expression::expressions;
use super::read::key_of;
use super::tries::Tries;
use super::value::attributes;
use crate::clock;
use crate::failure::{self, CallError, Kind};
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, ConditionCheck, Delete, Put, TransactWriteItem, Update,
};
use domain::store::{Change, Write, Written};
use domain::{Error, Result};

/// As many records as a transaction may touch.
const MOST: usize = 100;

/// Why a try did not succeed.
#[derive(Debug, PartialEq)]
enum Failed {
    /// These writes found their conditions false; nothing happened.
    Refused(Vec<usize>),
    /// Nothing happened; another try may succeed.
    Turned(String),
    /// It may have happened.
    Lost(String),
    /// No try can succeed.
    Final(Error),
}

impl DynamoTable {
    pub(super) async fn write_all(&self, writes: Vec<Write>) -> Result<Written> {
        // A check of nothing holds always, and DynamoDB has no such thing.
        let (places, writes): (Vec<_>, Vec<_>) = writes
            .into_iter()
            .enumerate()
            .filter(|(_, write)| write.change != Change::Check || !write.conditions.is_empty())
            .unzip();
        let written = match &writes[..] {
            [] => return Ok(Written::Done),
            [write] if repeatable(write) => self.write_one(write).await?,
            writes if MOST < writes.len() => {
                let message = format!("dynamodb write of {} records at once", writes.len());
                return Err(Error::Fault(message));
            }
            writes => self.write_together(writes).await?,
        };
        Ok(match written {
            Written::Refused(which) => Written::Refused(
                which.into_iter().filter_map(|at| places.get(at).copied()).collect(),
            ),
            Written::Done => Written::Done,
        })
    }

    async fn write_one(&self, write: &Write) -> Result<Written> {
        let mut tries = Tries::new(self.pause);
        let mut lost = false;
        loop {
            match self.try_one(write).await {
                Ok(()) => return Ok(Written::Done),
                Err(Failed::Refused(_)) if lost => {
                    let key = &write.key;
                    let message = "refused after an answer was lost: perhaps by its own first try";
                    let message = format!("dynamodb write {} {}: {message}", key.pk, key.sk);
                    return Err(Error::Again(message));
                }
                Err(Failed::Refused(which)) => return Ok(Written::Refused(which)),
                Err(Failed::Turned(why)) => tries.another(why).await?,
                Err(Failed::Lost(why)) => {
                    lost = true;
                    tries.another(why).await?;
                }
                Err(Failed::Final(error)) => return Err(error),
            }
        }
    }

    async fn write_together(&self, writes: &[Write]) -> Result<Written> {
        let items = writes.iter().map(|write| self.part(write)).collect::<Result<Vec<_>>>()?;
        let doing = format!("dynamodb transaction of {} writes", writes.len());
        // The same for every try: what happened once does not happen again.
        let token = clock::random_hex::<16>();
        let mut tries = Tries::new(self.pause);
        loop {
            let request = self.client.transact_write_items().client_request_token(&token);
            let failure = match request.set_transact_items(Some(items.clone())).send().await {
                Ok(_) => return Ok(Written::Done),
                Err(failure) => failure,
            };
            match canceled(&doing, &failure) {
                Failed::Refused(which) => return Ok(Written::Refused(which)),
                Failed::Turned(why) | Failed::Lost(why) => tries.another(why).await?,
                Failed::Final(error) => return Err(error),
            }
        }
    }

    async fn try_one(&self, write: &Write) -> Result<(), Failed> {
        let key = key_of(&write.key);
        let parts = expressions(write);
        let doing = format!("dynamodb write {} {}", write.key.pk, write.key.sk);
        match &write.change {
            Change::Put(item) => {
                let request = self
                    .client
                    .put_item()
                    .table_name(&self.name)
                    .set_item(Some(attributes(item)))
                    .set_condition_expression(parts.condition)
                    .set_expression_attribute_names(parts.names)
                    .set_expression_attribute_values(parts.values);
                request.send().await.map(drop).map_err(|cause| failed(&doing, &cause))
            }
            Change::Update { .. } => {
                let request = self
                    .client
                    .update_item()
                    .table_name(&self.name)
                    .set_key(Some(key))
                    .set_update_expression(parts.update)
                    .set_condition_expression(parts.condition)
                    .set_expression_attribute_names(parts.names)
                    .set_expression_attribute_values(parts.values);
                request.send().await.map(drop).map_err(|cause| failed(&doing, &cause))
            }
            Change::Delete => {
                let request = self
                    .client
                    .delete_item()
                    .table_name(&self.name)
                    .set_key(Some(key))
                    .set_condition_expression(parts.condition)
                    .set_expression_attribute_names(parts.names)
                    .set_expression_attribute_values(parts.values);
                request.send().await.map(drop).map_err(|cause| failed(&doing, &cause))
            }
            Change::Check => Ok(()),
        }
    }

    /// A write as part of a transaction.
    fn part(&self, write: &Write) -> Result<TransactWriteItem> {
        let key = Some(key_of(&write.key));
        let parts = expressions(write);
        let part = TransactWriteItem::builder();
        let built = match &write.change {
            Change::Put(item) => Put::builder()
                .table_name(&self.name)
                .set_item(Some(attributes(item)))
                .set_condition_expression(parts.condition)
                .set_expression_attribute_names(parts.names)
                .set_expression_attribute_values(parts.values)
                .build()
                .map(|put| part.put(put)),
            Change::Update { .. } => Update::builder()
                .table_name(&self.name)
                .set_key(key)
                // A transaction demands something to do; an item always keeps its key.
                .update_expression(parts.update.unwrap_or_else(|| "REMOVE no_such_field".into()))
                .set_condition_expression(parts.condition)
                .set_expression_attribute_names(parts.names)
                .set_expression_attribute_values(parts.values)
                .build()
                .map(|update| part.update(update)),
            Change::Delete => Delete::builder()
                .table_name(&self.name)
                .set_key(key)
                .set_condition_expression(parts.condition)
                .set_expression_attribute_names(parts.names)
                .set_expression_attribute_values(parts.values)
                .build()
                .map(|delete| part.delete(delete)),
            Change::Check => ConditionCheck::builder()
                .table_name(&self.name)
                .set_key(key)
                .set_condition_expression(parts.condition)
                .set_expression_attribute_names(parts.names)
                .set_expression_attribute_values(parts.values)
                .build()
                .map(|check| part.condition_check(check)),
        };
        let built = built.map_err(|cause| Error::Fault(format!("dynamodb write: {cause}")))?;
        Ok(built.build())
    }
}

/// Whether this write, made twice, leaves what it leaves made once.
fn repeatable(write: &Write) -> bool {
    match &write.change {
        Change::Put(_) | Change::Delete => true,
        Change::Update { add, .. } => add.is_empty(),
        Change::Check => false,
    }
}

fn failed<E>(doing: &str, failure: &CallError<E>) -> Failed
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let code = failure.as_service_error().and_then(ProvideErrorMetadata::code);
    if code == Some("ConditionalCheckFailedException") {
        return Failed::Refused(vec![0]);
    }
    let message = failure::message(doing, failure);
    match failure::kind(failure) {
        Kind::Throttled => Failed::Turned(message),
        Kind::Unknown => Failed::Lost(message),
        Kind::Refused => Failed::Final(Error::Fault(message)),
    }
}

fn canceled(doing: &str, failure: &CallError<TransactWriteItemsError>) -> Failed {
    match failure.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
            by_reasons(doing, canceled.cancellation_reasons())
        }
        _ => failed(doing, failure),
    }
}

/// A refusal outweighs a conflict: it stays true however often the transaction is tried.
fn by_reasons(doing: &str, reasons: &[CancellationReason]) -> Failed {
    const PASSING: [&str; 4] = [
        "TransactionConflict",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
    ];
    let code = |reason: &CancellationReason| reason.code().unwrap_or("None").to_owned();
    let told: Vec<_> = reasons.iter().map(code).collect();
    let known = |code: &&String| {
        *code == "None" || *code == "ConditionalCheckFailed" || PASSING.contains(&code.as_str())
    };
    if let Some(at) = told.iter().position(|code| !known(&code)) {
        let detail = reasons[at].message().unwrap_or("no message");
        return Failed::Final(Error::Fault(format!("{doing}: {at} {}: {detail}", told[at])));
    }
    let refused: Vec<_> =
        (0..told.len()).filter(|at| told[*at] == "ConditionalCheckFailed").collect();
    if refused.is_empty() {
        Failed::Turned(format!("{doing}: canceled: {}", told.join(" ")))
    } else {
        Failed::Refused(refused)
    }
}

#[cfg(test)]
mod tests;
