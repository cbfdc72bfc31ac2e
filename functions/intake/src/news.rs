//! A tenant's news as they happen, for whoever cannot be reached by a webhook: held while there is none.

use crate::Intake;
use crate::answer::Answered;
use crate::auth::Asked;
use crate::prefer::Wait;
use crate::query;
use aws::http::HttpResponse;
use domain::notify::{self, FeedEntry, LISTENING_S, Listening, feed_start};
use domain::problem::ProblemDocument;
use domain::store::Write;
use serde_json::{Value, json};

/// Most characters of a place.
const PLACE_MOST: usize = 64;

/// `GET /v1/events`. Whoever asks is a listener for some minutes, and news is kept for listeners only.
pub(crate) async fn read(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &["after", "limit"])?;
    let limit = query::number(asked.request, "limit", 100_u32, 1..=500)?;
    let wait = Wait::asked(asked.request, asked.now)?;
    let after = after(asked)?;
    listen(intake, asked).await?;
    let granted = wait.as_ref().map(|wait| wait.seconds);
    let look = async || notify::feed(intake.table, asked.tenant(), &after, limit).await;
    let fresh = |entries: &[FeedEntry]| entries.iter().any(|entry| after < entry.place);
    let mut entries = look().await?;
    if let Some(mut wait) = wait {
        while !fresh(&entries) && wait.pause(intake).await {
            entries = look().await?;
        }
    }
    let next = entries.iter().map(|entry| entry.place.as_str()).chain([after.as_str()]).max();
    let events: Vec<Value> = entries.iter().map(shown).collect();
    let body = json!({ "events": events, "next": next });
    let answer = HttpResponse::json(200, &body).with("cache-control", "no-store");
    Ok(match granted {
        Some(seconds) => answer.with("preference-applied", format!("wait={seconds}")),
        None => answer,
    })
}

/// Says that somebody listens, unless that was said a moment ago.
async fn listen(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered<()> {
    let key = Listening::key(asked.tenant());
    let known: Option<Listening> = asked.found(&key)?;
    let long = asked.now.plus_s(LISTENING_S / 2);
    if known.is_none_or(|known| known.until < long) {
        let write = Write::put(key, &Listening::from(asked.now))?;
        intake.table.write(vec![write]).await?;
    }
    Ok(())
}

/// The place to go on from: now, for a new listener.
fn after(asked: &Asked<'_>) -> Result<String, ProblemDocument> {
    let Some(text) = asked.request.query.get("after") else { return Ok(feed_start(asked.now)) };
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "#.".contains(c);
    let moment = text.split('#').next().unwrap_or_default();
    let place = moment.len() == 13 && moment.bytes().all(|b| b.is_ascii_digit());
    if place && text.len() <= PLACE_MOST && text.chars().all(fits) {
        return Ok(text.clone());
    }
    let detail = "it is none of ours — take `next` of the answer before, or leave it out";
    Err(ProblemDocument::parameter("after", detail))
}

/// What a webhook would have got, with its id.
fn shown(entry: &FeedEntry) -> Value {
    let mut shown: Value = serde_json::from_str(&entry.body).unwrap_or_default();
    shown["id"] = json!(entry.id);
    shown
}
