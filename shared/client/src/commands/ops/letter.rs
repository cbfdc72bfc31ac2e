//! A dead letter: what it is about, without its secrets, and which function it was for.
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
    shown
}

fn pick(from: &Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    let named = names.iter().filter_map(|name| Some((*name, from.get(*name)?)));
    let plain = named.filter(|(_, value)| !value.is_object() && !value.is_array());
    plain.map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

/// The function that an event was for: its target where the letter says so, else by what it is.
pub(super) fn function(target: Option<&str>, body: &str) -> String {
    let named = target.and_then(|arn| arn.split(":function:").nth(1)?.split(':').next());
    if let Some(name) = named.and_then(|name| name.rsplit('-').next()) {
        return name.to_owned();
    }
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    match body.get("sweep").is_some() || body["source"] == "aws.states" {
        true => "settle".into(),
        false => "intake".into(),
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
        assert_eq!(function(Some(target), "{}"), "settle");
        assert_eq!(function(None, &json!({ "sweep": true }).to_string()), "settle");
        assert_eq!(function(None, &json!({ "source": "aws.states" }).to_string()), "settle");
        assert_eq!(function(None, &json!({ "source": "aws.s3" }).to_string()), "intake");
    }
}
