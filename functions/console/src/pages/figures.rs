//! What was spent, and what the gates said, as charts.

use super::framed;
use crate::answer::Answered;
use crate::html::chart::{COLOURS, days, key, shares};
use crate::html::parts::{empty, usd};
use crate::{Asked, Console};
use domain::Time;
use domain::gate::Judgement;
use domain::job::Sought;
use domain::money::MicroUsd;
use domain::record::{StepRecord, job_pk};
use domain::spend::{self, By, Page};
use domain::store::{Query, from_item};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// How many days are shown.
const DAYS: i64 = 30;
const DAY_MS: i64 = 86_400_000;
/// Of how many of the latest jobs the gates are counted.
const JOBS: usize = 60;

/// `GET figures?by=label.NAME`.
pub(super) async fn show(console: &Console<'_>, asked: &Asked<'_>) -> Answered {
    let by = By::parse(asked.query("by")).unwrap_or(By::Pipeline);
    let to = console.now.day();
    let days: Vec<String> =
        (0..DAYS).rev().map(|back| Time(console.now.0 - back * DAY_MS).day()).collect();
    let page = spend::read(console.table, asked.tenant(), &by, (&days[0], &to), None).await?;
    let gates = gates(console, asked).await?;
    Ok(framed(console, asked, ("figures", "Figures"), |_| {
        html! {
            (spent(console, &by, &page, &days))
            section.sheet aria-labelledby="gates" {
                h2 #gates { "Gates" }
                p.quiet { "What they said of the latest " (JOBS) " jobs." }
                (verdicts(&gates))
            }
        }
    }))
}

fn spent(console: &Console<'_>, by: &By, page: &Page, all: &[String]) -> Markup {
    let sums = page.values.iter().map(|(value, of)| {
        let sum: MicroUsd = of.values().map(|day| day.spent).sum();
        let jobs: i64 = of.values().map(|day| day.jobs).sum();
        (value.as_str(), sum, jobs)
    });
    let mut sums: Vec<_> = sums.collect();
    sums.sort_by_key(|(_, sum, _)| std::cmp::Reverse(*sum));
    let total: MicroUsd = sums.iter().map(|(_, sum, _)| *sum).sum();
    let bars: Vec<_> = all
        .iter()
        .map(|day| {
            let mut parts: BTreeMap<usize, MicroUsd> = BTreeMap::new();
            for (place, (value, ..)) in sums.iter().enumerate() {
                if let Some(sum) = page.values[*value].get(day) {
                    let part = parts.entry(place.min(COLOURS - 1)).or_default();
                    *part = *part + sum.spent;
                }
            }
            (day.clone(), parts.into_iter().collect())
        })
        .collect();
    html! {
        section.sheet aria-labelledby="spend" {
            div.title.apart {
                h2 #spend { "Spend, " (usd(total)) " in " (DAYS) " days" }
                form.row method="get" action=(console.place.link("figures")) {
                    label.quiet for="by" { "by" }
                    div { input #by name="by" value=(by) aria-describedby="by-help"; }
                    button type="submit" { "Show" }
                }
            }
            p.quiet.small #by-help { "By total, pipeline, or a label, as in label.campaign." }
            (days("Dollars a day, by value", &bars))
            @if sums.is_empty() { (empty("Nothing was spent.")) }
            @else {
                div.scroll {
                    table.cards {
                        thead { tr { th { (by) } th.number { "Jobs" } th.number { "Spent" } th.number { "Each job" } } }
                        tbody {
                            @for (place, (value, sum, jobs)) in sums.iter().enumerate() {
                                tr {
                                    td { (key(place.min(COLOURS - 1))) (value) }
                                    td.number data-name="jobs" { (jobs) }
                                    td.number data-name="spent" { (usd(*sum)) }
                                    td.number data-name="each" { (usd(MicroUsd(sum.0 / (*jobs).max(1)))) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Of each gate: how often it said pass, review and fail.
type Said = BTreeMap<String, [usize; 3]>;

async fn gates(console: &Console<'_>, asked: &Asked<'_>) -> Answered<Said> {
    let latest = Sought::default().jobs(console.table, asked.tenant(), None, JOBS).await?;
    let mut said = Said::new();
    for job in &latest.jobs {
        let items = console.table.query(&Query::prefix(job_pk(&job.id), "STEP#")).await?;
        for item in &items {
            let step: StepRecord = from_item(item)?;
            // A record of another time that does not parse any more is no verdict.
            let verdict = step.verdict.and_then(|it| serde_json::from_value::<Judgement>(it).ok());
            if let Some(judged) = verdict {
                let gate = format!("{} · {}", job.pipeline, step.name);
                said.entry(gate).or_default()[judged.verdict as usize] += 1;
            }
        }
    }
    Ok(said)
}

fn verdicts(said: &Said) -> Markup {
    html! {
        @if said.is_empty() { (empty("No gate has judged anything yet.")) }
        @else {
            table.cards.bars {
                thead { tr { th { "Gate" } th { "Verdicts" } th.number { "Pass" } th.number { "Review" } th.number { "Fail" } } }
                tbody {
                    @for (gate, [pass, review, fail]) in said {
                        tr {
                            td { (gate) }
                            td.span { (shares(&format!("{pass} pass, {review} review, {fail} fail"), &[("good", *pass), ("odd", *review), ("bad", *fail)])) }
                            td.number data-name="pass" { (pass) }
                            td.number data-name="review" { (review) }
                            td.number data-name="fail" { (fail) }
                        }
                    }
                }
            }
        }
    }
}
