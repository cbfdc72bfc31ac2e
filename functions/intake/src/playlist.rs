//! What there is so far of a job's video or sound, for any player that reads HLS.

use crate::Intake;
use crate::answer::{Answered, echo};
use crate::auth::Asked;
use crate::jobs::own;
use crate::prefer::Wait;
use crate::query;
use aws::http::HttpResponse;
use domain::chunk;
use domain::event;
use domain::id::JobId;
use domain::playlist::{LOOK_S, Playlist};
use domain::ports::Bucket;
use domain::problem::{ProblemDocument, ProblemType};
use domain::view::JobView;

/// Events that are read at once.
const PAGE: u32 = 1000;

/// As long as there are fewer pieces than these, an answer waits for the next one.
///
/// A player gives up on an empty list, and Chromium on one that has nothing new when it asks again at once.
const FEW: usize = 4;

/// `GET /v1/jobs/{id}/playlist.m3u8`.
pub(crate) async fn read(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &["step", "token"])?;
    let view = own(intake, asked).await?;
    let mut playlist = of(&view, asked.request.query.get("step").map(String::as_str))?;
    if let Some(erased) = &view.job.erased {
        let detail = format!("the job was {erased}");
        return Err(ProblemDocument::new(ProblemType::Erased, detail).into());
    }
    let mut seen = follow(intake, &view.job.id, &mut playlist, 0).await?;
    let mut wait = Wait::longest(asked.now);
    let had = playlist.keys().len();
    let same = |playlist: &Playlist| had < FEW && playlist.keys().len() == had;
    while (!playlist.begun() || same(&playlist)) && !playlist.over() && wait.pause(intake).await {
        seen = follow(intake, &view.job.id, &mut playlist, seen).await?;
    }
    let mut addresses = Vec::new();
    for key in playlist.keys() {
        addresses.push(intake.objects.presign_get(Bucket::Assets, key, LOOK_S).await?.url);
    }
    let body = playlist.text(&addresses);
    Ok(HttpResponse { body, ..HttpResponse::empty(200) }
        .with("content-type", "application/vnd.apple.mpegurl")
        .with("cache-control", "no-store"))
}

/// Takes in what the log has after an event; the number of the last one.
async fn follow(
    intake: &Intake<'_>,
    job: &JobId,
    playlist: &mut Playlist,
    mut seen: u64,
) -> Answered<u64> {
    loop {
        let events = event::read(intake.table, job, seen, PAGE).await?;
        for event in &events {
            playlist.take(event);
            seen = event.n;
        }
        if events.len() < PAGE as usize {
            return Ok(seen);
        }
    }
}

/// The empty playlist of the step that is named, or of the first that makes something to play.
fn of(view: &JobView, named: Option<&str>) -> Result<Playlist, ProblemDocument> {
    let steps = view.pipeline.steps.iter().filter(|step| chunk::playable(step.kind));
    let names: Vec<&str> = steps.map(|step| step.name.as_str()).collect();
    let Some(first) = names.first() else {
        let pipeline = &view.job.pipeline;
        let detail = format!("no step of {pipeline} makes video or sound");
        return Err(ProblemDocument::new(ProblemType::NothingToPlay, detail));
    };
    let name = match named {
        None => first,
        Some(named) if names.contains(&named) => named,
        Some(other) => {
            let detail = format!("it is {:?} — use {}", echo(other), names.join(", "));
            return Err(ProblemDocument::parameter("step", detail));
        }
    };
    let kind = view.pipeline.step(name).map_or("", |step| step.kind.as_str());
    let pieces = chunk::pieces(kind, &view.parameters(name).unwrap_or_default());
    Ok(Playlist::new(name, pieces.map_or(1, |pieces| pieces.seconds)))
}
