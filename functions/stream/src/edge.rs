//! From API Gateway's messages and our own nudges to those who watch.

use aws::{Event, Talk};
use domain::id::JobId;
use domain::watch::{self, Streams};
use domain::{Error, Result, Time};
use serde_json::{Value, json};

/// Takes in a message of a connection, or a nudge of a function that wrote an event.
pub async fn answer(streams: &Streams<'_>, event: Event, now: Time) -> Result<Value> {
    match event {
        Event::Talk(talk) => hear(streams, &talk, now).await,
        Event::Other(nudge) => {
            let job = nudge["job"].as_str().and_then(|job| JobId::parse(job).ok());
            let job = job.ok_or_else(|| Error::Invalid("the nudge names no job".into()))?;
            let served = watch::push(streams, &job, now).await?;
            Ok(json!({ "served": served }))
        }
        _ => {
            Err(Error::Invalid("stream takes messages of the WebSocket API and nudges only".into()))
        }
    }
}

async fn hear(streams: &Streams<'_>, talk: &Talk, now: Time) -> Result<Value> {
    match talk.route.as_str() {
        // Whoever connects may see nothing yet: each subscription brings the token of its job.
        "$connect" => {}
        "$disconnect" => watch::leave(streams, &talk.connection).await?,
        _ => watch::hear(streams, &talk.connection, &talk.text, &talk.request, now).await?,
    }
    Ok(json!({ "statusCode": 200 }))
}
