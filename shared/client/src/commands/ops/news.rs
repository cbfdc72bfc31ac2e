//! News that the table's stream lost: found in the logs, and given to notify as the stream would have.
use domain::{Time, notify::missed, store::Item};
use serde_json::{Map, Value, json};

use crate::{commands::deployment::Deployment, failure::Failure};

/// Events that notify is given at once: it reads the job of each.
const AT_ONCE: usize = 25;

/// Lets the news of that time go out again. Returns how many events that were.
pub(super) async fn again(
    deployment: &Deployment,
    (from, until): (Time, Time),
) -> Result<usize, Failure> {
    let events = missed(&deployment.table, from, until).await?;
    for some in events.chunks(AT_ONCE) {
        deployment.invoke("notify", &as_streamed(some)).await?;
    }
    Ok(events.len())
}

/// Records as the stream brings them.
fn as_streamed(items: &[Item]) -> Value {
    let records = items.iter().map(|item| {
        json!({
            "eventSource": "aws:dynamodb", "eventName": "INSERT",
            "dynamodb": { "NewImage": fields(item) },
        })
    });
    json!({ "Records": records.collect::<Vec<_>>() })
}

fn fields(item: &Map<String, Value>) -> Map<String, Value> {
    item.iter().map(|(name, value)| (name.clone(), typed(value))).collect()
}

fn typed(value: &Value) -> Value {
    match value {
        Value::Null => json!({ "NULL": true }),
        Value::Bool(yes) => json!({ "BOOL": yes }),
        Value::Number(number) => json!({ "N": number.to_string() }),
        Value::String(text) => json!({ "S": text }),
        Value::Array(values) => json!({ "L": values.iter().map(typed).collect::<Vec<_>>() }),
        Value::Object(inner) => json!({ "M": fields(inner) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_typed_as_the_stream_types_it() {
        let sample: Value =
            serde_json::from_str(include_str!("../../../../../events/notify-stream.json")).unwrap();
        let image = &sample["Records"][0]["dynamodb"]["NewImage"];
        let item = json!({
            "pk": image["pk"]["S"], "sk": image["sk"]["S"], "n": 12, "at": 1_700_000_009_000_i64,
            "type": "job.succeeded",
        });
        let streamed = as_streamed(&[item.as_object().unwrap().clone()]);
        let record = &streamed["Records"][0];
        assert_eq!(&record["dynamodb"]["NewImage"], image);
        for field in ["eventSource", "eventName"] {
            assert_eq!(record[field], sample["Records"][0][field]);
        }
        let data = json!({ "usd": 0.5, "ok": true, "why": null, "ids": ["a"] });
        let expected = json!({ "M": { "usd": { "N": "0.5" }, "ok": { "BOOL": true },
            "why": { "NULL": true }, "ids": { "L": [{ "S": "a" }] } } });
        assert_eq!(typed(&data), expected);
    }
}
