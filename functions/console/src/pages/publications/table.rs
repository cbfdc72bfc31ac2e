//! The tables of the page: publications with their targets, what they come to, and what was taken down.

use super::acts::Acts;
use super::read::Row;
use crate::Console;
use crate::form::pairs;
use crate::html::parts::{short, state, time};
use crate::pages::jobs::said;
use domain::publish::{Counts, CountsRecord};
use domain::takedown::{PlaceState, Takedown, TakedownState};
use maud::{Markup, html};
use std::collections::{BTreeMap, BTreeSet};

/// What these come to by label, and by target where they are at several; each has its page.
pub(super) fn groups(console: &Console<'_>, rows: &[Row], by_target: bool) -> Markup {
    let mut targets: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    let mut labels: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        targets.entry(row.listed.line.target.clone()).or_default().push(row);
        for (name, value) in &row.listed.line.labels {
            labels.entry(format!("{name}={value}")).or_default().push(row);
        }
    }
    let target = |kind: &str| console.place.link(&format!("publications/targets/{kind}"));
    let label = |label: &str| {
        format!("{}?{}", console.place.link("publications/labels"), pairs(&[("label", label)]))
    };
    html! {
        div.columns {
            @if by_target { (group("Target", &targets, &target)) }
            @if !labels.is_empty() { (group("Label", &labels, &label)) }
        }
    }
}

fn group(
    what: &str,
    groups: &BTreeMap<String, Vec<&Row>>,
    link: &dyn Fn(&str) -> String,
) -> Markup {
    html! {
        section.sheet aria-label={ "By " (what.to_lowercase()) } {
            div.scroll { table.cards.brief {
                thead { tr { th { (what) } th.number { "There" } th.number { "Not there" } th { "Counted" } } }
                tbody { @for (group, rows) in groups {
                    @let there = rows.iter().filter(|row| row.state() == "done").count();
                    tr {
                        td { a href=(link(group)) { (group) } }
                        td.number data-name="there" { (there) }
                        td.number data-name="not there" { (rows.len() - there) }
                        td data-name="counted" { (figures(&sum(rows))) }
                    }
                } }
            } }
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

/// Why something is not there, in the target's words.
pub(super) fn reasons(row: &Row) -> BTreeSet<&str> {
    let posting = row.posting.iter().filter_map(|posting| posting.error.as_deref());
    let sent = row.sent.iter().filter_map(|sent| sent.error.as_deref());
    posting.chain(sent).collect()
}

/// The publications, those of the latest jobs first.
pub(super) fn table(console: &Console<'_>, rows: &[Row], acts: Option<&Acts<'_>>) -> Markup {
    html! {
        div.scroll { table.cards {
            thead { tr { th { "Target" } th { "State" } th { "Job" } th { "There" } th { "Counted" } @if acts.is_some() { th { "Actions" } } } }
            tbody data-list { @for row in rows {
                tr id={ (row.listed.job) "." (row.listed.step) } data-key=(row.listed.cursor()) data-edition={ (row.state()) "-" (row.job.updated_at.0) } {
                    td { (row.listed.line.target) @if let Some(whose) = &row.listed.line.connection { span.sub { (whose) } } }
                    td { (state(row.state())) @if row.again { span.sub { "tried again" } } }
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
                    @if let Some(acts) = acts { td { (acts.of(row)) } }
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
            @if let Some(error) = &posting.error { span.small.quiet[row.again] { @if row.again { "before: " } (error) } }
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

/// An address, as a link where it is one.
pub(crate) fn place(location: &str) -> Markup {
    html! {
        @if location.starts_with("https://") { a href=(location) rel="noreferrer noopener" { (location) } }
        @else { code { (location) } }
    }
}

fn asset(console: &Console<'_>, id: &str) -> Markup {
    html! { span.sub { a href=(console.place.link(&format!("assets/{id}"))) { "asset " (short(id)) } } }
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
                    @let clear = takedown.places.iter().filter(|place| place.state == PlaceState::Gone).count();
                    div.row {
                        @match takedown.state {
                            TakedownState::Working => (state("started")),
                            TakedownState::Done => (state("done")),
                            TakedownState::Left => (state("by_hand")),
                        }
                        a href=(console.place.link(&format!("assets/{}", takedown.asset))) { (short(takedown.asset.as_str())) }
                        span { (takedown.reason) } span.quiet.small { (takedown.by) ", " (time(takedown.asked_at)) }
                    }
                    @if !takedown.places.is_empty() { p.small.quiet { (clear) " of " (takedown.places.len()) " places are clear." } }
                    ul.places { @for place in &takedown.places {
                        li.row {
                            (state(word(place.state))) span { (place.target) }
                            @if let Some(location) = &place.location { code { (location) } }
                            @if let Some(detail) = &place.detail { span.small { (detail) } }
                        }
                    } }
                    @if takedown.places.is_empty() { p.quiet.small { @if takedown.state == TakedownState::Working { "Looking where it went …" } @else { "Nothing of it was published." } } }
                }
            } }
        }
    }
}
