//! Serves a table's stream and the queue that it fills: news one way, errands the other.

use super::{Result, StartError, logged, message, run};
use crate::table::image;
use domain::Error;
use domain::store::Item;
use futures_util::future::join_all;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Serves the two sources of one function, told apart by their records.
///
/// A batch of the stream is handled whole: an error brings all of it again, for nothing of it is done for sure.
/// The messages of a batch are handled side by side, so that one that waits for a slow receiver holds no other,
/// and each succeeds or fails by itself. Both mappings must say `ReportBatchItemFailures`.
pub async fn serve_outbox<I: DeserializeOwned>(
    news: impl AsyncFn(Vec<Item>) -> Result<()>,
    errand: impl AsyncFn(I) -> Result<()>,
) -> std::result::Result<(), StartError> {
    run(async |event, _| records(&news, &errand, event).await).await
}

async fn records<I: DeserializeOwned>(
    news: &impl AsyncFn(Vec<Item>) -> Result<()>,
    errand: &impl AsyncFn(I) -> Result<()>,
    event: Value,
) -> Result<Value> {
    let Some(records) = event["Records"].as_array() else {
        return logged(Err(Error::Invalid("the event has no records".into())));
    };
    if records.iter().any(|record| record["eventSource"] == "aws:dynamodb") {
        let items = records.iter().map(|record| image(&record["dynamodb"]["NewImage"]));
        logged(news(items.collect::<Result<_>>()?).await)?;
        return Ok(json!({ "batchItemFailures": [] }));
    }
    let handled = records.iter().map(async |record| {
        let done = message(errand, record).await;
        done.err().map(|_| json!({ "itemIdentifier": record["messageId"] }))
    });
    let failures: Vec<Value> = join_all(handled).await.into_iter().flatten().collect();
    Ok(json!({ "batchItemFailures": failures }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    async fn refused(_: Vec<Item>) -> Result<()> {
        Err(Error::Again("throttled".into()))
    }

    async fn unasked(_: Value) -> Result<()> {
        panic!("a message where none was sent")
    }

    #[tokio::test]
    async fn records_of_the_stream_come_as_the_table_holds_them() {
        let seen = RefCell::new(Vec::new());
        let news = async |items: Vec<Item>| {
            seen.borrow_mut().extend(items);
            Ok(())
        };
        let event = json!({ "Records": [{ "eventSource": "aws:dynamodb", "dynamodb": { "NewImage": {
            "pk": { "S": "LOG#j1" }, "n": { "N": "3" }, "at": { "N": "1700000000000" },
            "data": { "M": { "usd": { "N": "0.5" }, "ok": { "BOOL": true }, "why": { "NULL": true },
                             "ids": { "L": [{ "S": "a" }] } } },
        } } }] });
        let answer = records(&news, &unasked, event.clone()).await.unwrap();
        assert_eq!(answer, json!({ "batchItemFailures": [] }));
        let expected = json!({ "pk": "LOG#j1", "n": 3, "at": 1_700_000_000_000_i64,
                               "data": { "usd": 0.5, "ok": true, "why": null, "ids": ["a"] } });
        assert_eq!(json!(seen.into_inner()), json!([expected]));
        assert!(records(&refused, &unasked, event).await.is_err(), "the batch comes again");
    }

    #[tokio::test]
    async fn messages_wait_side_by_side_and_fail_one_by_one() {
        let open = tokio::sync::Barrier::new(2);
        let errand = async |input: Value| {
            open.wait().await;
            if input == 1 { Ok(()) } else { Err(Error::Again("no".into())) }
        };
        let event = json!({ "Records": [
            { "eventSource": "aws:sqs", "messageId": "a", "body": "1" },
            { "eventSource": "aws:sqs", "messageId": "b", "body": "2" },
        ] });
        let answer = records(&refused, &errand, event).await.unwrap();
        assert_eq!(answer, json!({ "batchItemFailures": [{ "itemIdentifier": "b" }] }));
        assert!(records(&refused, &errand, json!({})).await.is_err());
    }
}
