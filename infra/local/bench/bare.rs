//! The calls that intake makes for a submission, and nothing else: what its own work is measured against.

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, Put, TransactWriteItem};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};
use std::collections::HashMap;

/// About what a job's record, its plan, its first event and a used key weigh, in bytes.
const WEIGHTS: [usize; 4] = [700, 2400, 200, 200];

fn item(pk: &str, sk: String, weight: usize) -> HashMap<String, AttributeValue> {
    let text = |text: String| AttributeValue::S(text);
    HashMap::from([
        ("pk".into(), text(pk.into())),
        ("sk".into(), text(sk)),
        ("weight".into(), text("x".repeat(weight))),
    ])
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
    let (table, flow) = (aws_sdk_dynamodb::Client::new(&config), aws_sdk_sfn::Client::new(&config));
    let (name, machine) = (std::env::var("TABLE")?, std::env::var("STATE_MACHINE_ARN")?);
    let (table, flow, name, machine) = (&table, &flow, &name, &machine);
    run(service_fn(move |event: LambdaEvent<Value>| async move {
        let id = event.context.request_id;
        let key = |sk: &str| HashMap::from([("pk".into(), AttributeValue::S("BENCH".into())), ("sk".into(), AttributeValue::S(sk.into()))]);
        let keys = KeysAndAttributes::builder().consistent_read(true).keys(key("key")).keys(key("pipeline")).keys(key("idempotency"));
        table.batch_get_item().request_items(name, keys.build()?).send().await?;
        let mut write = table.transact_write_items();
        for (place, weight) in WEIGHTS.into_iter().enumerate() {
            let put = Put::builder().table_name(name).set_item(Some(item("BENCH", format!("{id}#{place}"), weight)));
            let put = put.condition_expression("attribute_not_exists(pk)").build()?;
            write = write.transact_items(TransactWriteItem::builder().put(put).build());
        }
        write.send().await?;
        flow.start_execution().state_machine_arn(machine).name(&id).input("{}").send().await?;
        Ok::<_, Error>(json!({ "statusCode": 202, "body": id }))
    }))
    .await
}
