//! A job's log: from any event on, held for a while where the caller prefers to wait.

mod stream;

use crate::Intake;
use crate::answer::Answered;
use crate::auth::Asked;
use crate::prefer::Wait;
use crate::query;
use aws::http::HttpResponse;
use domain::event;
use domain::show::{ended, show};
use serde_json::json;

/// The highest number that is asked about.
const EVENTS_MOST: u64 = 99_999_999;

/// `GET /v1/jobs/{id}/events`.
pub(crate) async fn read(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &["after", "limit", "token"])?;
    let streamed = stream::asked(asked.request);
    let after = query::number(asked.request, "after", 0_u64, 0..=EVENTS_MOST)?;
    let after = stream::last_seen(asked.request, EVENTS_MOST)?.unwrap_or(after);
    let limit = query::number(asked.request, "limit", 100_u32, 1..=1000)?;
    let mut wait = Wait::asked(asked.request, asked.now)?;
    if streamed && wait.is_none() {
        wait = Some(Wait::longest(asked.now));
    }
    let job = asked.job()?;
    let granted = wait.as_ref().map(|wait| wait.seconds);
    let mut events = event::read(intake.table, &job.id, after, limit).await?;
    if let Some(mut wait) = wait
        && !job.state.terminal()
    {
        while events.is_empty() && wait.pause(intake).await {
            events = event::read(intake.table, &job.id, after, limit).await?;
        }
    }
    let mut shown = Vec::with_capacity(events.len());
    for event in &events {
        shown.push(show(intake.objects, event).await?);
    }
    // The job was read before its log: an end written in between shows in the log itself.
    let terminal = job.state.terminal() || ended(&events);
    if streamed {
        return Ok(stream::answer(&shown, terminal));
    }
    let last = match events.last() {
        // A full page may not be the end.
        Some(event) if events.len() < limit as usize => event.n,
        _ => event::last_number(intake.table, &job.id).await?,
    };
    let body = json!({ "events": shown, "last": last, "terminal": terminal });
    let answer = HttpResponse::json(200, &body).with("cache-control", "no-store");
    Ok(match granted {
        Some(seconds) => answer.with("preference-applied", format!("wait={seconds}")),
        None => answer,
    })
}
