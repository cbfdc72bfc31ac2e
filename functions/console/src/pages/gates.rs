//! How good the gates are: verdicts held against people's word, and against what was planted.

use super::framed;
use crate::answer::{Answered, nothing};
use crate::html::chart::shares;
use crate::html::curve::{Day, days, same, thresholds};
use crate::html::parts::{empty, state, time, took};
use crate::{Asked, Console};
use domain::gate::report::{
    self, Agreement, Counts, DAYS_MOST, DAYS_USUAL, FAST_MS, OfCriterion, OfVersion,
    OtherThreshold, Report, Trend,
};
use maud::{Markup, html};

/// `GET gates?policy=NAME&days=30`.
pub(super) async fn show(console: &Console<'_>, asked: &Asked<'_>) -> Answered {
    let number = asked.query("days").parse().ok();
    let over = number.filter(|days| (1..=DAYS_MOST).contains(days)).unwrap_or(DAYS_USUAL);
    let (tenant, when) = (asked.tenant(), (over, console.now));
    let reports = match asked.query("policy") {
        "" => report::reports(console.table, tenant, when).await?,
        policy => {
            let report = report::report(console.table, tenant, policy, when).await?;
            vec![report.ok_or(nothing("policy"))?]
        }
    };
    Ok(framed(console, asked, ("gates", "Gates"), |_| {
        html! {
            (choice(console, asked.query("policy"), over))
            @if reports.is_empty() { (empty("No policy has judged anything in that time.")) }
            @for report in &reports { (of_policy(report)) }
        }
    }))
}

fn choice(console: &Console<'_>, policy: &str, over: u32) -> Markup {
    html! {
        form.row.low method="get" action=(console.place.link("gates")) {
            div.field { label for="policy" { "Policy" } input #policy name="policy" value=(policy) placeholder="all"; }
            div.field { label for="days" { "Days" } input #days name="days" type="number" min="1" max=(DAYS_MOST) value=(over); }
            button type="submit" { "Show" }
        }
    }
}

fn of_policy(report: &Report) -> Markup {
    let newest = if report.whole { "" } else { ", the newest of them" };
    html! {
        section.stack aria-labelledby={ "policy-" (report.policy) } {
            div {
                h2 id={ "policy-" (report.policy) } { (report.policy) }
                p.quiet { (report.verdicts) " verdicts since " (time(report.since)) (newest) "." }
            }
            @if report.verdicts == 0 { (empty("It has judged nothing in that time.")) }
            @for version in &report.versions { (of_version(&report.policy, version)) }
            (people(report))
            (missed(report))
            @if !report.trends.is_empty() {
                section.sheet aria-labelledby={ "models-" (report.policy) } {
                    h3 id={ "models-" (report.policy) } { "Passes by model" }
                    p.quiet.small { "The band is what its last seven days let expect of today." }
                    div.trends { @for trend in &report.trends { (of_model(trend)) } }
                }
            }
        }
    }
}

fn of_version(policy: &str, of: &OfVersion) -> Markup {
    let [pass, review, fail] = of.said;
    let said = format!("{pass} pass, {review} review, {fail} fail");
    let (sampled, planted) = (of.sampled, of.planted);
    html! {
        section.sheet aria-labelledby={ "version-" (policy) "-" (of.version) } {
            h3 id={ "version-" (policy) "-" (of.version) } { (policy) "@" (of.version) }
            div.thin { (shares(&said, &[("good", pass), ("odd", review), ("bad", fail)])) }
            p { (said) "." }
            dl.facts {
                dt { "People decided" } dd { (of.decided) }
                dt { "Agreement" } dd { (agreed(of.agreement)) }
                dt { "Overrides" } dd { (overrides(of.agreement)) }
                @if 0 < sampled.asked { dt { "Sampled passes" } dd { (sampled.decided) " of " (sampled.asked) " decided, " (sampled.refused) " refused" } }
                @if 0 < planted.judged {
                    dt { "Planted" } dd { (planted.judged) ": the gate missed " (planted.gate_missed) ", of " (planted.decided) " people missed " (planted.people_missed) }
                }
                @if let Some(median) = of.pace.median_ms { dt { "Median decision" } dd { (took(median)) } }
            }
            div.scroll tabindex="0" role="region" aria-label={ "Criteria of " (policy) "@" (of.version) } {
                table {
                    thead { tr { th { "Criterion" } th.number { "Pass" } th.number { "Doubtful" } th.number { "Fail" } th.number { "Unanswered" } th.number { "Mean" } th { "Agreement" } th { "Overrides" } } }
                    tbody { @for criterion in &of.criteria { (row(criterion)) } }
                }
            }
            @for criterion in &of.criteria {
                @if let Some(others) = &criterion.others { (other(&criterion.name, others)) }
            }
        }
    }
}

fn row(of: &OfCriterion) -> Markup {
    html! {
        tr {
            td { b { (of.name) } }
            @for ended in of.ended { td.number { (ended) } }
            td.number { @if let Some(mean) = of.mean { (format!("{mean:.2}")) } @else { "–" } }
            td { (agreed(of.agreement)) }
            td { (overrides(of.agreement)) }
        }
    }
}

fn agreed(of: Agreement) -> String {
    match of.share() {
        Some(share) => format!("{} of {} ({:.0} %)", of.agreed, of.of(), share * 100.0),
        None => "people took no side".into(),
    }
}

fn overrides(of: Agreement) -> String {
    match of.false_passes + of.false_fails {
        0 => "none".into(),
        _ => format!("{} false passes, {} false failures", of.false_passes, of.false_fails),
    }
}

fn other(name: &str, others: &OtherThreshold) -> Markup {
    html! {
        details.more {
            summary { "Other thresholds of " (name) }
            p.quiet.small { "What the gate would have said in all. False passes are those that people refused, or that were planted; false failures those that they approved." }
            (table(&format!("{name} passes at"), &others.pass_at, others.now.0))
            (table(&format!("{name} fails below"), &others.fail_at, others.now.1))
        }
    }
}

fn table(what: &str, rows: &[(f64, Counts)], now: f64) -> Markup {
    let bars: Vec<_> = rows.iter().map(|(at, counts)| (*at, counts.said)).collect();
    html! {
        h4 { (what) }
        (thresholds(&format!("Verdicts by threshold: {what}"), &bars, now))
        div.scroll tabindex="0" role="region" aria-label=(what) {
            table {
                thead { tr { th { "Threshold" } th.number { "Pass" } th.number { "Review" } th.number { "Fail" } th.number { "False passes" } th.number { "False failures" } } }
                tbody {
                    @for (at, Counts { said: [pass, review, fail], false_passes, false_fails }) in rows {
                        tr {
                            td { @if same(*at, now) { b { (format!("{at:.2}, now")) } } @else { (format!("{at:.2}")) } }
                            td.number { (pass) } td.number { (review) } td.number { (fail) }
                            td.number { (false_passes) } td.number { (false_fails) }
                        }
                    }
                }
            }
        }
    }
}

fn people(report: &Report) -> Markup {
    let fast = format!("Under {} s", FAST_MS / 1000);
    html! {
        @if !report.people.is_empty() {
            section.sheet aria-labelledby={ "people-" (report.policy) } {
                h3 id={ "people-" (report.policy) } { "People" }
                table.cards {
                    thead { tr { th { "Person" } th.number { "Decisions" } th.number { "Median" } th.number { (fast) } } }
                    tbody {
                        @for (person, pace) in &report.people {
                            tr {
                                td { (person) }
                                td.number data-name="decisions" { (pace.decisions) }
                                td.number data-name="median" { @if let Some(median) = pace.median_ms { (took(median)) } @else { "–" } }
                                td.number data-name=(fast) { (pace.fast) @if 0 < pace.fast { " " (state("held")) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn missed(report: &Report) -> Markup {
    html! {
        @if !report.missed.is_empty() {
            section.sheet aria-labelledby={ "missed-" (report.policy) } {
                h3 id={ "missed-" (report.policy) } { "Planted, and let pass" }
                ul.reasons {
                    @for missed in &report.missed {
                        @let people = missed.people.iter().map(|by| by.to_string());
                        @let by: Vec<String> = missed.gate.then(|| "the gate".to_owned()).into_iter().chain(people).collect();
                        li { (time(missed.at)) " " (missed.id.gate()) ", by " (by.join(", ")) }
                    }
                }
            }
        }
    }
}

fn of_model(trend: &Trend) -> Markup {
    let all: Vec<Day<'_>> = trend
        .days
        .iter()
        .map(|(name, tally)| Day { name, of: tally.n, share: tally.rate() })
        .collect();
    let band = trend.band.map(|band| (band.low, band.high));
    html! {
        div {
            p.row { b { (trend.series) } @if trend.off() { (state("off")) } }
            (days(&format!("Passes by day: {}", trend.series), &all, band))
            p.quiet.small {
                "Today " (trend.today.passed) " of " (trend.today.n)
                @if let Some((low, high)) = band { (format!(", expected {:.0} to {:.0} %", low * 100.0, high * 100.0)) }
                @else { ", too few days before for a band" }
            }
        }
    }
}
