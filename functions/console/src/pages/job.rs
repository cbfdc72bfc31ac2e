//! One job: its graph, its time and money, what it made, and its history.

use super::{assets, framed, jobs, preview, publications, steer};
use crate::answer::{Answered, Trouble, nothing, redirect};
use crate::form::pairs;
use crate::html::graph::{bars, steps};
use crate::html::parts::{short, state, time, took, usd};
use crate::person::Role;
use crate::{Asked, Console};
use domain::erase;
use domain::event::{self, Event};
use domain::id::JobId;
use domain::record::{AttemptRecord, PublicationState};
use domain::tenant::{ADDRESS_TOKEN_S, JobToken};
use domain::view::JobView;
use maud::{Markup, html};
use serde_json::Value;

/// How many events of the log are shown at most.
const EVENTS: u32 = 500;
/// The longest reason that is kept for an erasure.
const REASON_MOST: usize = 200;

/// `GET jobs/{id}`.
pub(super) async fn show(console: &Console<'_>, asked: &Asked<'_>, id: &str) -> Answered {
    let view = own(console, asked, id).await?;
    let events = event::read(console.table, &view.job.id, 0, EVENTS).await?;
    let pictures = assets::gallery(console, view.assets.values().rev()).await?;
    let previews = preview::waiting(console, &view).await?;
    let live = (!view.job.state.terminal()).then(|| events_address(console, &view, events.len()));
    let title = jobs::said(&view.job);
    Ok(framed(console, asked, ("jobs", &title), |frame| {
        html! {
            div.live data-live="head" data-events=[live] { (head(console, &view)) }
            div.row data-live="steer" { (steer::forms(console, asked, &view.job, frame)) }
            section.sheet aria-labelledby="graph" {
                h2 #graph { "Steps" }
                div.pan data-live="graph" tabindex="0" role="group" aria-label="Graph of the steps" { (steps(&view, console.now)) }
                div.scroll data-live="bars" tabindex="0" role="group" aria-label="Timings of the steps" { (bars(&view, console.now)) }
            }
            @if let Some(previews) = previews {
                section.stack aria-labelledby="goes" { h2 #goes { "What each target will get" } div data-live="previews" { (previews) } }
            }
            div.wide-left {
                div.stack {
                    section.stack aria-labelledby="made" { h2 #made { "Assets" } div data-live="assets" { (pictures) } }
                    section.sheet aria-labelledby="ledger" { h2 #ledger { "Attempts" } div.scroll data-live="ledger" tabindex="0" role="group" aria-label="Attempts" { (ledger(&view.attempts)) } }
                    @if !(view.publications.is_empty() && view.postings.is_empty()) {
                        section.sheet aria-labelledby="published" { h2 #published { "Publications" } div data-live="published" { (published(console, &view)) } }
                    }
                }
                div.stack {
                    section.sheet aria-labelledby="asked" { h2 #asked { "Request" } (request(console, &view)) }
                    section.sheet aria-labelledby="history" { h2 #history { "History" } div data-live="history" { (history(&events)) } }
                    @if view.job.state.terminal() && view.job.erased.is_none() && asked.person().has(Role::Editor) {
                        section.sheet aria-labelledby="erase" {
                            h2 #erase { "Erase" }
                            (eraser(frame.csrf(console), &console.place.link(&format!("jobs/{}/erase", view.job.id)), "Erase this job"))
                        }
                    }
                }
            }
        }
    }))
}

/// The job of that id, if it is this tenant's.
pub(super) async fn own(console: &Console<'_>, asked: &Asked<'_>, id: &str) -> Answered<JobView> {
    let id = JobId::parse(id).map_err(|_| nothing("job"))?;
    let view = JobView::read(console.table, &id).await?;
    view.filter(|view| view.job.tenant == *asked.tenant()).ok_or(nothing("job"))
}

/// Where a browser hears what happens next; good for a while, and for this job alone.
fn events_address(console: &Console<'_>, view: &JobView, seen: usize) -> String {
    let (job, tenant) = (view.job.id.clone(), view.job.tenant.clone());
    let token = JobToken { job, tenant, until: console.now.plus_s(ADDRESS_TOKEN_S) };
    let query = pairs(&[("after", &seen.to_string()), ("token", &token.seal(console.signing_key))]);
    format!("{}/v1/jobs/{}/events?{query}", console.place.api(), view.job.id)
}

fn head(console: &Console<'_>, view: &JobView) -> Markup {
    let job = &view.job;
    let end = job.ended_at.unwrap_or(console.now);
    html! {
        div.stack {
            div.title {
                (state(job.state.as_str()))
                @for degraded in &job.degraded { (state("degraded")) span.small { (degraded.step) ": " (degraded.reason) } }
                code { (job.id) }
            }
            @if let Some(reason) = &job.reason { p class={ "notice " (if job.state.as_str() == "failed" { "bad" } else { "odd" }) } { (reason) } }
            @if let Some(erased) = &job.erased { p.notice.odd { "It was " (erased) } }
            div.figures {
                div.figure { b { (usd(job.spent)) } span { "of " (usd(job.budget)) " budget" } }
                div.figure { b { (view.attempts.len()) } span { "attempts" } }
                div.figure { b { (took(end.since_ms(job.created_at))) } span { @if job.ended_at.is_some() { "from request to end" } @else { "so far" } } }
                div.figure { b { (view.assets.len()) } span { "assets" } }
                div.figure { b { (job.run) " / " (job.round) } span { "run / round" } }
            }
        }
    }
}

fn request(console: &Console<'_>, view: &JobView) -> Markup {
    let job = &view.job;
    let pipeline = console.place.link(&format!("pipelines/{}", job.pipeline));
    html! {
        dl.facts {
            dt { "Pipeline" } dd {
                @match job.version {
                    Some(version) => { a href={ (pipeline) "?version=" (version) } { (job.pipeline) "@" (version) } }
                    None => { (job.pipeline) span.quiet { ", sent along" } }
                }
            }
            dt { "Accepted" } dd { (time(job.created_at)) }
            @if let Some(end) = job.ended_at { dt { "Ended" } dd { (time(end)) } }
            @for (name, value) in &job.inputs { dt { (name) } dd { (input(value)) } }
            @if !job.labels.is_empty() { dt { "Labels" } dd { (jobs::labels(console, job)) } }
        }
    }
}

fn input(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn ledger(attempts: &[AttemptRecord]) -> Markup {
    html! {
        @if attempts.is_empty() { p.quiet { "Nothing was attempted yet." } }
        @else {
            table.cards {
                thead { tr { th { "Attempt" } th { "State" } th { "Where" } th { "Began" } th.number { "Took" } th.number { "Cost" } } }
                tbody {
                    @for attempt in attempts {
                        tr {
                            td { (attempt.id.step()) span.quiet { " #" (attempt.id.number()) } }
                            td { (state(attempt.state.as_str())) @if let Some(error) = &attempt.error { span.sub { (error) } } }
                            td { (attempt.host) @if let Some(model) = attempt.work.params.get("model").and_then(Value::as_str) { span.sub { (model) } } }
                            td.nowrap { (time(attempt.started_at)) }
                            td.number.nowrap data-name="took" { @if let Some(end) = attempt.ended_at { (took(end.since_ms(attempt.started_at))) } @else { "–" } }
                            td.number data-name="cost" { @if let Some(cost) = attempt.usd { (usd(cost)) } @else { "–" } }
                        }
                    }
                }
            }
        }
    }
}

/// Where it went: posts by target, then assets that went by themselves.
fn published(console: &Console<'_>, view: &JobView) -> Markup {
    let word = |it: PublicationState, gone: bool| match serde_json::to_value(it) {
        Ok(Value::String(word)) if !gone => word,
        _ => "taken_down".into(),
    };
    let row = |how: String, target: &str, location: Option<&String>, error: Option<&String>| {
        html! {
            li.row {
                (state(&how))
                a href=(console.place.link(&format!("publications/targets/{target}"))) { (target) }
                @if let Some(location) = location { (publications::place(location)) }
                @if let Some(error) = error { span.small { (error) } }
            }
        }
    };
    html! {
        ul.stack {
            @for one in &view.postings { (row(word(one.state, one.taken_down.is_some()), &one.target, one.location.as_ref(), one.error.as_ref())) }
            @for one in &view.publications { (row(word(one.state, one.taken_down.is_some()), &one.target, one.location.as_ref(), one.error.as_ref())) }
        }
    }
}

/// The log, the latest first; previews and pieces of films are for players.
pub(super) fn history(events: &[Event]) -> Markup {
    let told = events.iter().rev().filter(|event| {
        !matches!(event.kind.as_str(), "step.progress" | "step.preview" | "step.chunk")
    });
    html! {
        ol.history {
            @for event in told {
                li {
                    (time(event.at))
                    span {
                        b { (event.kind.replace(['.', '_'], " ")) }
                        @if let Some(step) = &event.step { " " (step) }
                        @if let Some(why) = ["reason", "error", "note"].iter().find_map(|name| event.data.get(*name)?.as_str()) { span.quiet { " — " (why) } }
                        @if let Some(attempt) = &event.attempt { span.quiet.small { " " (short(attempt)) } }
                    }
                }
            }
        }
    }
}

/// The form that erases for good.
pub(super) fn eraser(csrf: Markup, action: &str, words: &str) -> Markup {
    html! {
        form.stack method="post" action=(action) data-ask="Erase it for good? Published copies go too. Nobody can bring it back." {
            (csrf)
            div.field {
                label for="reason" { "Why" }
                input #reason name="reason" required maxlength=(REASON_MOST) placeholder="the person shown asked for it";
            }
            p.quiet.small { "Bytes go in all versions, from Galley and from where it published them; hash, time, reason and money stay." }
            div { button.danger type="submit" { (words) } }
        }
    }
}

/// The reason that the form gave.
pub(super) fn reason(asked: &Asked<'_>) -> Answered<String> {
    let reason: String = asked.field("reason").chars().take(REASON_MOST).collect();
    match reason.is_empty() {
        true => Err(Trouble::Form("An erasure needs its reason.".into())),
        false => Ok(format!("{reason} ({})", asked.person().id)),
    }
}

/// `POST jobs/{id}/erase`.
pub(super) async fn erase(console: &Console<'_>, asked: &Asked<'_>, id: &str) -> Answered {
    asked.needs(&[Role::Editor])?;
    let view = own(console, asked, id).await?;
    if !view.job.state.terminal() {
        return Err(Trouble::Late(
            "The job is not over. Cancel it, wait for its end, then erase it.".into(),
        ));
    }
    erase::ask_job(console.table, &view.job.id, None, &reason(asked)?, console.now).await?;
    tracing::info!(job = %view.job.id, person = %asked.person().id, "asked to erase");
    Ok(redirect(&console.place.link(&format!("jobs/{id}"))))
}
