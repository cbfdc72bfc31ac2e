//! What is sent to DynamoDB, and what its refusals and silences mean.

use super::*;
use crate::testing::{Wire, config};
use aws_sdk_dynamodb::Client;
use domain::ports::Table;
use domain::store::{Condition, Key};
use serde_json::{Value, json};

fn table(wire: &Wire) -> DynamoTable {
    let config = aws_sdk_dynamodb::config::Builder::from(&config(wire)).build();
    DynamoTable::new(Client::from_conf(config), "galley").without_pauses()
}

fn key(sk: &str) -> Key {
    Key::new("p", sk)
}

fn create(sk: &str) -> Write {
    Write::create(key(sk), &json!({ "state": "new" })).unwrap()
}

fn canceled_by(codes: &[&str]) -> Value {
    let reasons: Vec<_> =
        codes.iter().map(|code| json!({ "Code": code, "Message": "why" })).collect();
    json!({ "__type": "TransactionCanceledException", "CancellationReasons": reasons })
}

async fn sent(write: Write) -> (String, Value) {
    let wire = Wire::new().answers(json!({}));
    assert_eq!(table(&wire).write(vec![write]).await, Ok(Written::Done));
    let request = wire.requests().remove(0);
    (request.operation().to_owned(), request.body)
}

#[tokio::test]
async fn a_single_write_costs_no_transaction() {
    let (operation, body) = sent(create("a")).await;
    assert_eq!(operation, "PutItem");
    assert_eq!(body["ConditionExpression"], "attribute_not_exists(pk)");
    assert_eq!(body["Item"]["state"]["S"], "new");

    let (operation, body) = sent(Write::set(key("a"), json!({ "x": 1 }))).await;
    assert_eq!(operation, "UpdateItem");
    assert_eq!(body["UpdateExpression"], "SET #n0 = :v0");
    assert_eq!(body["ExpressionAttributeValues"], json!({ ":v0": { "N": "1" } }));

    let (operation, body) = sent(Write::delete(key("a"))).await;
    assert_eq!(operation, "DeleteItem");
    assert_eq!(body["ConditionExpression"], "attribute_exists(pk)");
}

#[tokio::test]
async fn what_would_count_twice_goes_under_a_token() {
    let (operation, body) = sent(Write::set(key("a"), json!({})).plus("n", 1)).await;
    assert_eq!(operation, "TransactWriteItems");
    assert_eq!(body["ClientRequestToken"].as_str().unwrap().len(), 32);

    let (operation, body) = sent(Write::check(key("a")).when(Condition::Present)).await;
    assert_eq!(operation, "TransactWriteItems");
    assert!(body["TransactItems"][0]["ConditionCheck"].is_object());
}

#[tokio::test]
async fn no_writes_and_checks_of_nothing_are_done_at_once() {
    let writes = vec![Write::check(key("a")), Write::check(key("b"))];
    assert_eq!(table(&Wire::new()).write(writes).await, Ok(Written::Done));
    assert_eq!(table(&Wire::new()).write(vec![]).await, Ok(Written::Done));
}

#[tokio::test]
async fn a_refusal_names_the_writes_as_the_caller_counts_them() {
    let wire = Wire::new().fails_with(400, canceled_by(&["None", "ConditionalCheckFailed"]));
    let writes = vec![Write::check(key("a")), create("b"), create("c")];
    assert_eq!(table(&wire).write(writes).await, Ok(Written::Refused(vec![2])));

    let wire = Wire::new().fails(400, "ConditionalCheckFailedException");
    let writes = vec![Write::check(key("a")), create("b")];
    assert_eq!(table(&wire).write(writes).await, Ok(Written::Refused(vec![1])));
}

#[tokio::test]
async fn a_refusal_outweighs_a_conflict() {
    let reasons = canceled_by(&["TransactionConflict", "ConditionalCheckFailed"]);
    let wire = Wire::new().fails_with(400, reasons);
    let written = table(&wire).write(vec![create("a"), create("b")]).await;
    assert_eq!(written, Ok(Written::Refused(vec![1])));
}

#[tokio::test]
async fn a_conflict_or_a_lost_answer_is_tried_again_under_the_same_token() {
    let wire = Wire::new()
        .fails_with(400, canceled_by(&["TransactionConflict", "None"]))
        .cut()
        .fails(500, "InternalServerError")
        .fails(400, "TransactionInProgressException")
        .answers(json!({}));
    let written = table(&wire).write(vec![create("a"), create("b")]).await;
    assert_eq!(written, Ok(Written::Done));
    let requests = wire.requests();
    let tokens: Vec<_> = requests.iter().map(|sent| &sent.body["ClientRequestToken"]).collect();
    assert!(tokens.windows(2).all(|pair| pair[0] == pair[1]), "{tokens:?}");
}

#[tokio::test]
async fn two_transactions_have_different_tokens() {
    let wire = Wire::new().answers(json!({})).answers(json!({}));
    for _ in 0..2 {
        table(&wire).write(vec![create("a"), create("b")]).await.unwrap();
    }
    let requests = wire.requests();
    assert_ne!(requests[0].body["ClientRequestToken"], requests[1].body["ClientRequestToken"]);
}

#[tokio::test]
async fn lasting_conflicts_ask_to_be_run_again() {
    let wire = (0..6).fold(Wire::new(), |wire, _| {
        wire.fails_with(400, canceled_by(&["TransactionConflict", "None"]))
    });
    let error = table(&wire).write(vec![create("a"), create("b")]).await.unwrap_err();
    assert_eq!(error.name(), "Again");
}

#[tokio::test]
async fn a_refusal_after_a_lost_answer_may_be_our_own_doing() {
    let wire = Wire::new().cut().fails(400, "ConditionalCheckFailedException");
    let error = table(&wire).write(vec![create("a")]).await.unwrap_err();
    assert_eq!(error.name(), "Again");
    assert!(error.to_string().starts_with("dynamodb write p a: refused after"));
}

#[tokio::test]
async fn a_refusal_after_a_throttle_is_a_refusal() {
    let wire =
        Wire::new().fails(400, "ThrottlingException").fails(400, "ConditionalCheckFailedException");
    assert_eq!(table(&wire).write(vec![create("a")]).await, Ok(Written::Refused(vec![0])));
}

#[tokio::test]
async fn a_lost_answer_to_a_write_that_did_not_happen_is_mended() {
    let wire = Wire::new().cut().answers(json!({}));
    assert_eq!(table(&wire).write(vec![create("a")]).await, Ok(Written::Done));
}

#[tokio::test]
async fn what_dynamodb_finds_malformed_is_our_fault() {
    let wire = Wire::new().fails(400, "ValidationException");
    assert_eq!(table(&wire).write(vec![create("a")]).await.unwrap_err().name(), "Fault");

    let reasons = canceled_by(&["ConditionalCheckFailed", "ValidationError"]);
    let wire = Wire::new().fails_with(400, reasons);
    let error = table(&wire).write(vec![create("a"), create("b")]).await.unwrap_err();
    assert_eq!(error.name(), "Fault");
}

#[tokio::test]
async fn a_transaction_of_more_than_a_hundred_is_our_fault() {
    let writes = (0..101).map(|n| create(&n.to_string())).collect();
    assert_eq!(table(&Wire::new()).write(writes).await.unwrap_err().name(), "Fault");
}

#[tokio::test]
async fn an_update_of_nothing_is_still_something_to_a_transaction() {
    let wire = Wire::new().answers(json!({}));
    let writes = vec![Write::set(key("a"), json!({})), create("b")];
    table(&wire).write(writes).await.unwrap();
    let update = &wire.requests()[0].body["TransactItems"][0]["Update"];
    assert_eq!(update["UpdateExpression"], "REMOVE no_such_field");
}
