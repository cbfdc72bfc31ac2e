//! Jobs, newest first, sought by label, pipeline, state and words.

use super::framed;
use crate::answer::Answered;
use crate::form::pairs;
use crate::html::parts::{empty, short, state, time, took, usd};
use crate::{Asked, Console};
use domain::catalog::PipelineRecord;
use domain::id::AssetId;
use domain::job::{Jobs, Sought};
use domain::label;
use domain::record::JobRecord;
use domain::state::JobState;
use domain::{Time, version};
use maud::{Markup, html};
use serde_json::Value;

/// How many jobs a page shows.
const PAGE: usize = 50;

/// How often a page that is looked at asks whether something is new, in seconds.
pub(super) const POLL_S: u32 = 5;

/// `GET jobs`.
pub(super) async fn list(console: &Console<'_>, asked: &Asked<'_>) -> Answered {
    let sought = sought(asked);
    let page = found(console, asked, &sought, PAGE).await?;
    let pipelines = version::list::<PipelineRecord>(console.table, asked.tenant()).await?;
    let names: Vec<_> = pipelines.iter().map(|record| record.name.as_str()).collect();
    let next = page.next.as_deref().map(|after| further(console, asked, "jobs", after));
    Ok(framed(console, asked, ("jobs", "Jobs"), |_| {
        html! {
            (find(console, asked, "jobs", &names, true))
            div.sheet data-live="jobs" data-poll=(POLL_S) {
                @if page.jobs.is_empty() { (empty("No job fits. Take something out of the search.")) }
                @else { (table(console, &page.jobs)) }
            }
            @if let Some(next) = next { p { a.button href=(next) rel="next" { "Older jobs" } } }
        }
    }))
}

/// The search as it was asked for. What is no search is left out: a form gives what people typed.
pub(super) fn sought(asked: &Asked<'_>) -> Sought {
    let given = |name: &str| Some(asked.query(name)).filter(|text| !text.is_empty());
    let label = asked.query("label").split_once('=');
    let label = label.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    Sought {
        state: JobState::ALL.iter().copied().find(|it| Some(it.as_str()) == given("state")),
        pipeline: given("pipeline").map(str::to_owned),
        labels: label.filter(|(name, _)| label::is_name(name)).into_iter().collect(),
        words: asked.query("words").to_lowercase().split_whitespace().map(str::to_owned).collect(),
        from: given("from").and_then(Time::of_day),
    }
}

/// The jobs of a search, from where the page before ended.
pub(super) async fn found(
    console: &Console<'_>,
    asked: &Asked<'_>,
    sought: &Sought,
    most: usize,
) -> Answered<Jobs> {
    let opened: Option<(String, String)> =
        console.signing_key.open("console place", asked.query("after"));
    let after = opened.filter(|(tenant, _)| tenant == asked.tenant().as_str()).map(|(_, job)| job);
    Ok(sought.jobs(console.table, asked.tenant(), after, most).await?)
}

/// The address of the next page of the same search.
pub(super) fn further(console: &Console<'_>, asked: &Asked<'_>, page: &str, after: &str) -> String {
    let place = console.signing_key.seal("console place", &(asked.tenant().as_str(), after));
    let kept = ["state", "pipeline", "label", "words", "from", "like"];
    let mut query: Vec<_> = kept.iter().map(|name| (*name, asked.query(name))).collect();
    query.push(("after", &place));
    format!("{}?{}", console.place.link(page), pairs(&query))
}

/// The form that seeks.
pub(super) fn find(
    console: &Console<'_>,
    asked: &Asked<'_>,
    page: &str,
    pipelines: &[&str],
    states: bool,
) -> Markup {
    html! {
        search {
            form.find method="get" action=(console.place.link(page)) {
                div.field.grow {
                    label for="words" { "Words of the prompt" }
                    input #words type="search" name="words" value=(asked.query("words")) placeholder="kite hills";
                }
                div.field {
                    label for="label" { "Label" }
                    input #label name="label" value=(asked.query("label")) placeholder="campaign=spring";
                }
                div.field {
                    label for="pipeline" { "Pipeline" }
                    select #pipeline name="pipeline" {
                        option value="" { "any" }
                        @for name in pipelines { option selected[*name == asked.query("pipeline")] { (name) } }
                    }
                }
                @if states {
                    div.field {
                        label for="state" { "State" }
                        select #state name="state" {
                            option value="" { "any" }
                            @for state in JobState::ALL { option selected[state.as_str() == asked.query("state")] { (state) } }
                        }
                    }
                }
                div.field {
                    label for="from" { "Since" }
                    input #from type="date" name="from" value=(asked.query("from"));
                }
                button type="submit" { "Search" }
            }
        }
    }
}

fn table(console: &Console<'_>, jobs: &[JobRecord]) -> Markup {
    html! {
        div.scroll {
            table.cards {
                thead { tr { th { "Job" } th { "State" } th { "Pipeline" } th { "Labels" } th { "Accepted" } th.number { "Took" } th.number { "Cost" } } }
                tbody data-list {
                    @for job in jobs {
                        tr data-key=(job.id) data-edition={ (job.updated_at.0) "-" (job.spent.0) "-" (job.state) } {
                            td {
                                a href=(console.place.link(&format!("jobs/{}", job.id))) { (said(job)) }
                                span.sub { (short(job.id.as_str())) }
                            }
                            td {
                                (state(job.state.as_str()))
                                @if !job.degraded.is_empty() { " " (state("degraded")) }
                            }
                            td { (job.pipeline) @if let Some(version) = job.version { span.quiet { "@" (version) } } }
                            td { (labels(console, job)) }
                            td.nowrap { (time(job.created_at)) }
                            td.number.nowrap data-name="took" { @if let Some(end) = job.ended_at { (took(end.since_ms(job.created_at))) } @else { "–" } }
                            td.number data-name="cost" { (usd(job.spent)) }
                        }
                    }
                }
            }
        }
    }
}

/// A job in its own words: the first text that it was given.
pub(super) fn said(job: &JobRecord) -> String {
    let prompt = job.inputs.get("prompt").into_iter().chain(job.inputs.values());
    let words = |text: &&str| !text.trim().is_empty() && AssetId::parse(text).is_err();
    let text = prompt.filter_map(Value::as_str).find(words);
    let text = text.map_or_else(|| job.pipeline.clone(), str::to_owned);
    match text.char_indices().nth(90) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// A job's labels, each a search for its like.
pub(super) fn labels(console: &Console<'_>, job: &JobRecord) -> Markup {
    html! {
        @for (name, value) in &job.labels {
            @let label = format!("{name}={value}");
            a.label href={ (console.place.link("jobs")) "?" (pairs(&[("label", &label)])) } { (label) } " "
        }
    }
}
