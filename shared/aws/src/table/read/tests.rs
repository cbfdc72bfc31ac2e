//! What is asked of DynamoDB, and what is made of its answers.

use super::*;
use crate::testing::{Wire, config};
use aws_sdk_dynamodb::Client;
use domain::ports::Table;
use serde_json::{Value, json};

fn table(wire: &Wire) -> DynamoTable {
    let config = aws_sdk_dynamodb::config::Builder::from(&config(wire)).build();
    DynamoTable::new(Client::from_conf(config), "galley").without_pauses()
}

fn row(pk: &str, sk: &str) -> Value {
    json!({ "pk": { "S": pk }, "sk": { "S": sk } })
}

fn page(rows: &[Value], more: Option<Value>) -> Value {
    let mut page = json!({ "Items": rows, "Count": rows.len() });
    if let Some(more) = more {
        page["LastEvaluatedKey"] = more;
    }
    page
}

fn sks(items: &[Item]) -> Vec<&str> {
    items.iter().map(sort_key).collect()
}

#[tokio::test]
async fn one_record_is_read_consistently() {
    let wire = Wire::new().answers(json!({ "Item": row("JOB#1", "META") }));
    let found = table(&wire).get(&[Key::new("JOB#1", "META")]).await.unwrap();
    assert_eq!(found[0].as_ref().unwrap()["sk"], "META");
    let request = &wire.requests()[0];
    assert_eq!(request.operation(), "GetItem");
    assert_eq!(request.body["ConsistentRead"], true);
}

#[tokio::test]
async fn an_absent_record_is_none() {
    let wire = Wire::new().answers(json!({}));
    assert_eq!(table(&wire).get(&[Key::new("a", "b")]).await, Ok(vec![None]));
    assert_eq!(table(&Wire::new()).get(&[]).await, Ok(vec![]));
}

#[tokio::test]
async fn several_records_come_in_the_order_of_their_keys_and_each_is_asked_for_once() {
    let unread = json!({ "galley": { "Keys": [row("p", "c")], "ConsistentRead": true } });
    let first = json!({
        "Responses": { "galley": [row("p", "b"), row("p", "a")] }, "UnprocessedKeys": unread
    });
    let wire = Wire::new()
        .answers(first)
        .answers(json!({ "Responses": { "galley": [row("p", "c")] }, "UnprocessedKeys": {} }));
    let keys = ["a", "c", "b", "a", "x"].map(|sk| Key::new("p", sk));
    let found = table(&wire).get(&keys).await.unwrap();
    let found: Vec<_> = found.iter().map(|item| item.as_ref().map(sort_key)).collect();
    assert_eq!(found, [Some("a"), Some("c"), Some("b"), Some("a"), None]);
    let asked = &wire.requests()[0].body["RequestItems"]["galley"];
    assert_eq!(asked["Keys"].as_array().unwrap().len(), 4);
    assert_eq!(asked["ConsistentRead"], true);
}

#[tokio::test]
async fn a_throttled_read_is_made_again() {
    let wire = Wire::new()
        .fails(400, "ProvisionedThroughputExceededException")
        .cut()
        .fails(500, "InternalServerError")
        .answers(json!({ "Item": row("p", "s") }));
    assert!(table(&wire).get(&[Key::new("p", "s")]).await.unwrap()[0].is_some());
}

#[tokio::test]
async fn a_read_that_never_succeeds_asks_to_be_run_again() {
    let wire = (0..6).fold(Wire::new(), |wire, _| wire.fails(400, "ThrottlingException"));
    let error = table(&wire).get(&[Key::new("p", "s")]).await.unwrap_err();
    assert_eq!(error.to_string(), "dynamodb get p s: 400 ThrottlingException: no");
    assert_eq!(error.name(), "Again");
}

#[tokio::test]
async fn a_table_that_is_not_there_is_our_fault() {
    let wire = Wire::new().fails(400, "ResourceNotFoundException");
    let error = table(&wire).get(&[Key::new("p", "s")]).await.unwrap_err();
    assert_eq!(error.name(), "Fault");
}

#[tokio::test]
async fn a_query_goes_on_until_its_limit_or_the_end() {
    let wire = Wire::new()
        .answers(page(&[row("p", "a")], Some(row("p", "a"))))
        .answers(page(&[row("p", "b"), row("p", "c")], Some(row("p", "c"))));
    let found = table(&wire).query(&Query::partition("p").limit(2)).await.unwrap();
    assert_eq!(sks(&found), ["a", "b"]);
    assert_eq!(wire.requests()[1].body["ExclusiveStartKey"], row("p", "a"));

    let wire = Wire::new().answers(page(&[row("p", "a")], None));
    assert_eq!(table(&wire).query(&Query::partition("p")).await.unwrap().len(), 1);
}

#[track_caller]
fn check(from: From, backwards: bool, expected: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let wire = Wire::new().answers(page(&[], None));
    runtime.block_on(table(&wire).query(&Query { from, backwards, limit: 5 })).unwrap();
    let body = &wire.requests()[0].body;
    let mut text = body["KeyConditionExpression"].as_str().unwrap().to_owned();
    for (placeholder, value) in body["ExpressionAttributeValues"].as_object().unwrap() {
        let value = value.as_object().unwrap().values().next().unwrap().as_str().unwrap();
        text = text.replace(placeholder, value);
    }
    let index = body["IndexName"].as_str().unwrap_or("");
    let consistent = body["ConsistentRead"].as_bool().unwrap_or(false);
    assert_eq!(consistent, index.is_empty(), "an index cannot be read consistently");
    assert_eq!(body["ScanIndexForward"], !backwards);
    assert_eq!(format!("{index}: {text}"), expected);
}

#[test]
fn every_place_to_look_has_its_question() {
    let partition = |prefix: &str, after: Option<&str>| From::Partition {
        pk: "LOG#1".into(),
        prefix: prefix.into(),
        after: after.map(Into::into),
    };
    let jobs =
        |after: Option<&str>| From::Jobs { tenant: "t".into(), after: after.map(Into::into) };
    check(partition("", None), false, ": pk = LOG#1");
    check(partition("EVENT#", None), false, ": pk = LOG#1 AND begins_with(sk, EVENT#)");
    check(partition("", Some("E#5")), false, ": pk = LOG#1 AND sk > E#5");
    check(partition("", Some("E#5")), true, ": pk = LOG#1 AND sk < E#5");
    check(partition("E#", Some("E#5")), false, ": pk = LOG#1 AND sk BETWEEN E#5 AND E#\u{10FFFF}");
    check(partition("E#", Some("E#5")), true, ": pk = LOG#1 AND sk BETWEEN E# AND E#5");
    check(partition("E#", Some("A")), false, ": pk = LOG#1 AND sk BETWEEN E# AND E#\u{10FFFF}");
    check(From::Due { until: 7 }, false, "due: due_pk = DUE AND due_at <= 7");
    check(From::DueOf { hash: "DUE#X", until: 7 }, false, "due: due_pk = DUE#X AND due_at <= 7");
    check(jobs(None), true, "jobs: tenant_jobs = t");
    check(jobs(Some("j5")), true, "jobs: tenant_jobs = t AND sk_job < j5");
    check(jobs(Some("j5")), false, "jobs: tenant_jobs = t AND sk_job > j5");
}

#[tokio::test]
async fn the_record_beyond_which_a_query_looks_is_not_found() {
    let rows = [row("p", "E#5"), row("p", "E#6"), row("p", "E#7")];
    let wire = Wire::new().answers(page(&rows, None));
    let from = From::Partition { pk: "p".into(), prefix: "E#".into(), after: Some("E#5".into()) };
    let found = table(&wire).query(&Query { from, backwards: false, limit: 2 }).await.unwrap();
    assert_eq!(sks(&found), ["E#6", "E#7"]);
    assert_eq!(wire.requests()[0].body["Limit"], 3);
}

#[tokio::test]
async fn nothing_lies_beyond_the_end_of_a_prefix() {
    let from = From::Partition { pk: "p".into(), prefix: "E#".into(), after: Some("F".into()) };
    let query = Query { from, backwards: false, limit: 2 };
    assert_eq!(table(&Wire::new()).query(&query).await, Ok(vec![]));
}
