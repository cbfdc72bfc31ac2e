//! Windows of publications: listed by time, moved and canceled until they open.

use crate::Intake;
use crate::answer::{Answered, echo};
use crate::auth::Asked;
use crate::{body, query};
use aws::http::HttpResponse;
use domain::id::JobId;
use domain::pipeline::Problem;
use domain::problem::{ProblemDocument, ProblemType};
use domain::publish;
use domain::publish::window::{self, AHEAD_S, Change, Refused, WindowRecord};
use domain::record::{JobRecord, PostingRecord};
use domain::time::Time;
use serde_json::{Value, json};

/// Most publications of one answer.
const MOST: usize = 500;

/// `GET /v1/publications`.
pub(crate) async fn list(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &["from", "to"])?;
    let time = |name: &str, usual: Time| {
        let Some(text) = asked.request.query.get(name) else { return Ok(usual) };
        Time::parse(text).or_else(|| Time::of_day(text)).ok_or_else(|| {
            let detail =
                format!("it is {:?} — write 2026-12-01 or 2026-12-01T09:00:00Z", echo(text));
            ProblemDocument::parameter(name, detail)
        })
    };
    let from = time("from", asked.now)?;
    let to = time("to", from.plus_s(AHEAD_S))?;
    let windows = window::list(intake.table, asked.tenant(), (from, to), MOST).await?;
    let shown = window::shown(intake.table, &windows).await?;
    Ok(HttpResponse::json(200, &json!({ "publications": shown })).with("cache-control", "no-store"))
}

/// `POST /v1/publications/{id}/reschedule`.
pub(crate) async fn reschedule(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    own(asked)?;
    let mut problems = Vec::new();
    let body = body::object(asked.request, &["at"], &mut problems)?;
    let at = body.get("at").and_then(Value::as_str).and_then(Time::parse);
    let Some(at) = at.filter(|_| problems.is_empty()) else {
        if problems.is_empty() {
            let fix = "give a time with its offset, such as 2026-12-01T09:00:00+01:00";
            problems.push(Problem::new("/at", "there is no such time", fix));
        }
        return Err(ProblemDocument::fields(ProblemType::InvalidBody, &problems).into());
    };
    change(intake, asked, Change::Move(at)).await
}

/// `POST /v1/publications/{id}/cancel`.
pub(crate) async fn cancel(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    own(asked)?;
    change(intake, asked, Change::Cancel).await
}

async fn change(intake: &Intake<'_>, asked: &Asked<'_>, what: Change) -> Answered {
    let (job, step, _) = own(asked)?;
    let person = asked.caller.person().map(|person| person.id.to_string());
    let by = person.unwrap_or_else(|| asked.tenant().to_string());
    let world = (intake.flow, intake.queue);
    let answer = window::change(intake.table, world, (&job, &step), (what, &by), asked.now).await?;
    match answer {
        Ok(window) => Ok(HttpResponse::json(200, &beside(&job, None, Some(&window)))),
        Err(why @ (Refused::Unknown | Refused::Over(_))) => {
            Err(ProblemDocument::new(ProblemType::NotScheduled, why.to_string()).into())
        }
        Err(why) => {
            let fix = "name a later time that is free, within four weeks";
            let problem = Problem::new("/at", why.to_string(), fix);
            Err(ProblemDocument::fields(ProblemType::InvalidBody, &[problem]).into())
        }
    }
}

/// The publication that the address names: its job, its step and its window.
fn own(asked: &Asked<'_>) -> Answered<(JobId, String, Option<WindowRecord>)> {
    let (job, step) = PostingRecord::parse_id(asked.id).map_err(|_| asked.nothing())?;
    let owner: Option<JobRecord> = asked.found(&JobRecord::key(&job))?;
    let owner = owner.filter(|owner| owner.tenant == *asked.tenant());
    owner.ok_or_else(|| asked.nothing())?;
    let window: Option<WindowRecord> = asked.found(&WindowRecord::key(&job, &step))?;
    let posting: Option<PostingRecord> = asked.found(&PostingRecord::key(&job, &step))?;
    if window.is_none() && posting.is_none() {
        return Err(asked.nothing().into());
    }
    Ok((job, step, window))
}

/// A publication as callers see it: what became of it, and its window.
pub(crate) fn beside(
    job: &JobId,
    posting: Option<&PostingRecord>,
    window: Option<&WindowRecord>,
) -> Value {
    let mut shown = match (posting, window) {
        (Some(posting), _) => publish::shown(job, posting),
        (None, Some(window)) => json!({
            "id": window.id(), "job": job, "step": window.step, "target": window.target,
            "connection": window.connection, "state": window.state, "location": null,
            "remote": null, "error": null, "media": [], "changed": [], "disclosed": null,
            "tries": 0, "started_at": null, "updated_at": null,
        }),
        (None, None) => json!({}),
    };
    if let Some(window) = window {
        shown["opens_at"] = json!(window.opens_at.rfc3339());
        shown["not_before"] = json!(window.not_before.map(Time::rfc3339));
        shown["moved_by"] = json!(window.by);
    }
    shown
}
