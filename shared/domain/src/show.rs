//! An event as callers see it, whichever way it comes to them.

use crate::chunk;
use crate::error::Result;
use crate::event::Event;
use crate::ports::{Bucket, Objects};
use serde_json::{Value, json};

/// How long what an event shows can be looked at, in seconds.
const LOOK_S: u32 = 900;

/// The event with its time as text, and with an address in place of the key of a preview or a chunk.
pub async fn show(objects: &dyn Objects, event: &Event) -> Result<Value> {
    let mut value = event.json();
    if let Some(key) = event.data.get("key").and_then(Value::as_str)
        && ["step.preview", chunk::EVENT].contains(&event.kind.as_str())
    {
        let url = objects.presign_get(Bucket::Assets, key, LOOK_S).await?.url;
        value["data"]["url"] = json!(url);
        if let Some(data) = value["data"].as_object_mut() {
            data.remove("key");
        }
    }
    Ok(value)
}

/// Whether the last word of these events on the job itself is that it ended.
pub fn ended(events: &[Event]) -> bool {
    let words = events.iter().rev().filter_map(|event| event.kind.strip_prefix("job."));
    let last = words.into_iter().next();
    last.is_some_and(|word| {
        matches!(word, "succeeded" | "rejected" | "failed" | "canceled" | "expired")
    })
}
