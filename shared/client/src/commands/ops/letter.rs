//! A dead letter: what it is about, without its secrets, and which function it was for.
use domain::Time;
use serde_json::{Map, Value};

/// Fields that say what a message is about. Tokens, prompts and signatures are not among them.
const SHOWN: [&str; 12] = [
    "job",
    "run",
    "round",
    "wave",
    "item",
    "stop",
    "tick",
    "resolve",
    "sweep",
    "source",
    "detail-type",
    "delivery",
];
/// The same, of an event's detail.
const OF_DETAIL: [&str; 4] = ["name", "status", "reason", "state"];

/// What a letter says that tells of a batch of the table's stream, which it does not hold.
const OF_BATCH: &str = "DDBStreamBatchInfo";
/// The same, of such a batch.
const OF_BATCHES: [&str; 3] =
    ["batchSize", "approximateArrivalOfFirstRecord", "approximateArrivalOfLastRecord"];

/// An event may be older than its arrival in the stream by so much, in milliseconds: as long as any function runs.
const EARLIER_MS: i64 = 900_000;
/// Clocks may differ by so much.
const LATER_MS: i64 = 60_000;

/// A body in words that anybody may read.
pub(super) fn summary(body: &str) -> Map<String, Value> {
    let Ok(Value::Object(body)) = serde_json::from_str(body) else {
        return Map::from_iter([("unreadable".to_owned(), Value::from(body.len()))]);
    };
    let mut shown = pick(&body, &SHOWN);
    if let Some(Value::Object(detail)) = body.get("detail") {
        shown.extend(pick(detail, &OF_DETAIL));
        if let Some(key) = detail.get("object").and_then(|object| object.get("key")) {
            shown.insert("key".into(), key.clone());
        }
    }
    if let Some(Value::Object(batch)) = body.get(OF_BATCH) {
        shown.extend(pick(batch, &OF_BATCHES));
    }
    shown
}

fn pick(from: &Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    let named = names.iter().filter_map(|name| Some((*name, from.get(*name)?)));
    let plain = named.filter(|(_, value)| !value.is_object() && !value.is_array());
    plain.map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

/// When the events of a batch happened that a letter tells of; none where it tells of none.
///
/// The stream learns of an event when it is written, and its time is when its writer began.
pub(super) fn batch(body: &str) -> Option<(Time, Time)> {
    let body: Value = serde_json::from_str(body).ok()?;
    let at = |name: &str| Time::parse(body.get(OF_BATCH)?.get(name)?.as_str()?);
    let (first, last) =
        (at("approximateArrivalOfFirstRecord")?, at("approximateArrivalOfLastRecord")?);
    Some((Time(first.0 - EARLIER_MS), Time(last.0 + LATER_MS)))
}

/// The function that an event was for: its target where the letter says so, else by what it is.
///
/// Why not, where nobody can know: what is sent to a function that it was not for would be taken for done.
pub(super) fn function(target: Option<&str>, body: &str) -> Result<String, &'static str> {
    let named = target.and_then(|arn| arn.split(":function:").nth(1)?.split(':').next());
    if let Some(name) = named.and_then(|name| name.rsplit('-').next()) {
        return Ok(name.to_owned());
    }
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    match () {
        () if body.get("sweep").is_some() || body["source"] == "aws.states" => Ok("settle".into()),
        () if body.get("source").is_some() && body.get("detail-type").is_some() => {
            Ok("intake".into())
        }
        () if body.get(OF_BATCH).is_some() => {
            Err("it tells of a batch of the stream, and does not say when its events happened")
        }
        () => Err("it does not say which function it was for"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_summary_says_what_it_is_about_and_no_token() {
        let body = include_str!("../../../../../events/dispatch.json");
        let shown = summary(body);
        assert!(shown.contains_key("job") && !shown.contains_key("token"), "{shown:?}");
        let upload = include_str!("../../../../../events/s3-object-created.json");
        assert_eq!(summary(upload)["source"], "aws.s3");
        assert!(summary(upload).contains_key("key"));
        assert_eq!(summary("no json")["unreadable"], 7);
    }

    #[test]
    fn an_event_goes_back_to_the_function_it_was_for() {
        let target = "arn:aws:lambda:us-east-1:1:function:galley-settle:live";
        let of = |target, body: Value| function(target, &body.to_string());
        let settle = || Ok("settle".to_owned());
        assert_eq!(of(Some(target), json!({})), settle());
        assert_eq!(of(None, json!({ "sweep": true })), settle());
        assert_eq!(of(None, json!({ "source": "aws.states", "detail-type": "x" })), settle());
        let upload = include_str!("../../../../../events/s3-object-created.json");
        assert_eq!(function(None, upload), Ok("intake".into()));
    }

    #[test]
    fn a_letter_that_names_no_function_stays_where_it_is() {
        let errand = json!({ "tenant": "acme", "delivery": "j1.00000012", "tries": 0 });
        let why = "it does not say which function it was for";
        assert_eq!(function(None, &errand.to_string()), Err(why));
        let cut = json!({
            "requestContext": { "condition": "RetryAttemptsExhausted" },
            "DDBStreamBatchInfo": { "batchSize": 3, "shardId": "s",
                "approximateArrivalOfFirstRecord": "2026-11-20T10:00:00Z" },
        });
        let shown = summary(&cut.to_string());
        assert_eq!((&shown["batchSize"], shown.len()), (&json!(3), 2));
        assert!(function(None, &cut.to_string()).unwrap_err().contains("does not say when"));
        assert_eq!(batch(&cut.to_string()), None);
    }

    #[test]
    fn a_batch_of_the_stream_says_when_its_events_happened() {
        let body = json!({ "DDBStreamBatchInfo": {
            "approximateArrivalOfFirstRecord": "2026-11-20T10:00:00Z",
            "approximateArrivalOfLastRecord": "2026-11-20T22:00:00.500Z",
        } });
        let (from, until) = batch(&body.to_string()).unwrap();
        assert_eq!(from.rfc3339(), "2026-11-20T09:45:00.000Z");
        assert_eq!(until.rfc3339(), "2026-11-20T22:01:00.500Z");
        assert_eq!(batch(r#"{"sweep":true}"#), None);
    }
}
