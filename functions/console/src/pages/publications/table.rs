//! The tables of the page: publications with their targets, what they come to, and what was taken down.

use super::Row;
use crate::Console;
use crate::form::pairs;
use crate::html::parts::{short, state, time};
use crate::pages::jobs::said;
use domain::publish::{Counts, CountsRecord};
use domain::record::PublicationState;
use domain::takedown::{PlaceState, Takedown};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// What the shown ones come to, by target and by label.
pub(super) fn summary(console: &Console<'_>, rows: &[Row]) -> Markup {
    let mut targets: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    let mut labels: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        targets.entry(row.listed.line.target.clone()).or_default().push(row);
        for (name, value) in &row.listed.line.labels {
            labels.entry(format!("{name}={value}")).or_default().push(row);
        }
    }
    let of = |what: &str, name: &str, groups: &BTreeMap<String, Vec<&Row>>| {
        html! {
            section.sheet aria-label={ "By " (what) } {
                div.scroll { table.cards {
                    thead { tr { th { (what) } th.number { "There" } th.number { "Not there" } th { "Counted" } } }
                    tbody { @for (group, rows) in groups {
                        @let there = rows.iter().filter(|row| row.state() == "done").count();
                        tr {
                            td { a href={ (console.place.link("publications")) "?" (pairs(&[(name, group)])) } { (group) } }
                            td.number data-name="there" { (there) }
                            td.number data-name="not there" { (rows.len() - there) }
                            td data-name="counted" { (figures(&sum(rows))) }
                        }
                    } }
                } }
            }
        }
    };
    html! {
        div.columns {
            (of("Target", "target", &targets))
            @if !labels.is_empty() { (of("Label", "label", &labels)) }
        }
    }
}

fn sum(rows: &[&Row]) -> Counts {
    let mut all = Counts::new();
    let latest = rows.iter().filter_map(|row| row.counts.as_ref().and_then(CountsRecord::latest));
    for (name, count) in latest.flat_map(|reading| &reading.counts) {
        *all.entry(name.clone()).or_default() += count;
    }
    all
}

fn figures(counts: &Counts) -> Markup {
    let told: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    html! { @if told.is_empty() { "–" } @else { (told.join(", ")) } }
}

/// The publications, those of the latest jobs first.
pub(super) fn table(
    console: &Console<'_>,
    rows: &[Row],
    may: bool,
    csrf: &dyn Fn() -> Markup,
) -> Markup {
    html! {
        div.scroll { table.cards {
            thead { tr { th { "Target" } th { "State" } th { "Job" } th { "There" } th { "Counted" } th { "Actions" } } }
            tbody data-list { @for row in rows {
                tr data-key=(row.listed.cursor()) data-edition={ (row.state()) "-" (row.job.updated_at.0) } {
                    td { (row.listed.line.target) @if let Some(whose) = &row.listed.line.connection { span.sub { (whose) } } }
                    td { (state(row.state())) }
                    td {
                        a href=(console.place.link(&format!("jobs/{}", row.listed.job))) { (said(&row.job)) }
                        span.sub { (row.listed.step) ", " (time(row.listed.line.at)) }
                    }
                    td { (places(console, row)) }
                    td data-name="counted" {
                        @match row.counts.as_ref().and_then(CountsRecord::latest) {
                            Some(reading) => { (figures(&reading.counts)) span.sub { "after " (reading.after) } }
                            None => { "–" }
                        }
                    }
                    td { @if may { (acts(console, row, csrf)) } }
                }
            } }
        } }
    }
}

/// Where it is seen, or why it is not.
fn places(console: &Console<'_>, row: &Row) -> Markup {
    html! {
        @if let Some(posting) = &row.posting {
            @if let Some(location) = &posting.location { (place(location)) }
            @if let Some(error) = &posting.error { span.small { (error) } }
            @if let Some(gone) = &posting.taken_down { span.sub { "taken down " (time(gone.at)) ": " (gone.reason) } }
            @for medium in &posting.media { (asset(console, medium.asset.as_str())) }
        }
        @for sent in &row.sent {
            div {
                @if let Some(location) = &sent.location { (place(location)) }
                @if let Some(error) = &sent.error { span.small { (error) } }
                @if let Some(gone) = &sent.taken_down { span.sub { "taken down " (time(gone.at)) ": " (gone.reason) } }
                (asset(console, sent.asset.as_str()))
            }
        }
    }
}

fn place(location: &str) -> Markup {
    html! {
        @if location.starts_with("https://") { a href=(location) rel="noreferrer noopener" { (location) } }
        @else { code { (location) } }
    }
}

fn asset(console: &Console<'_>, id: &str) -> Markup {
    html! { span.sub { a href=(console.place.link(&format!("assets/{id}"))) { "asset " (short(id)) } } }
}

/// What can be done: another try where it is not there, and taking back what is.
fn acts(console: &Console<'_>, row: &Row, csrf: &dyn Fn() -> Markup) -> Markup {
    let posted = row.posting.iter().flat_map(|posting| &posting.media).map(|medium| &medium.asset);
    let first = posted.chain(row.sent.iter().map(|sent| &sent.asset)).next();
    let failed = row.posting.iter().any(|posting| posting.state == PublicationState::Failed)
        || row.sent.iter().any(|sent| sent.state == PublicationState::Failed);
    html! {
        div.row {
            @if failed && row.job.retryable() {
                form method="post" action=(console.place.link(&format!("jobs/{}/retry", row.job.id))) data-ask="Try again? What is there stays as it is; only what is not there is attempted." {
                    (csrf())
                    input type="hidden" name="run" value=(row.job.run);
                    button type="submit" { "Retry" }
                }
            }
            @if let (Some(asset), true) = (first, row.state() != "taken_down") {
                a.button href={ (console.place.link(&format!("assets/{asset}"))) "#takedown" } { "Take down" }
            }
        }
    }
}

/// What was taken down, and where it still is.
pub(super) fn takedowns(console: &Console<'_>, all: &[Takedown]) -> Markup {
    let word = |state: PlaceState| match state {
        PlaceState::Waiting => "waiting",
        PlaceState::Gone => "done",
        PlaceState::Cannot => "by_hand",
        PlaceState::Failed => "failed",
    };
    html! {
        section.sheet #takedowns aria-labelledby="taken" {
            h2 #taken { "Taken down" }
            ul.stack { @for takedown in all.iter().take(super::PAGE) {
                li {
                    div.row {
                        a href=(console.place.link(&format!("assets/{}", takedown.asset))) { (short(takedown.asset.as_str())) }
                        span { (takedown.reason) } span.quiet.small { (takedown.by) ", " (time(takedown.asked_at)) }
                    }
                    ul { @for place in &takedown.places {
                        li.row {
                            (state(word(place.state))) span { (place.target) }
                            @if let Some(location) = &place.location { code { (location) } }
                            @if let Some(detail) = &place.detail { span.small { (detail) } }
                        }
                    } }
                    @if takedown.places.is_empty() { span.quiet.small { "Nothing of it was published, or nobody has looked yet." } }
                }
            } }
        }
    }
}
