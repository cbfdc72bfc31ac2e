//! One target, or one label: what went out, when, what it counts, which did best and which failed.

use super::acts::{Acts, may};
use super::read::{Row, within_bounds};
use super::sums::{STANDS, bars, best, counted, stands, totals};
use super::table;
use crate::answer::{Answered, nothing, seen};
use crate::form::pairs;
use crate::html::chart::{bars_of, keybox};
use crate::html::parts::{empty, state, time};
use crate::pages::framed;
use crate::pages::jobs::said;
use crate::{Asked, Console};
use domain::label;
use domain::post::Able;
use maud::{Markup, html};

/// How many of the best are shown, how many that failed, and how many things that are counted.
const BEST: usize = 10;
const FAILED: usize = 20;
const MEASURES: usize = 5;

/// What a page is about.
#[derive(Clone, Copy)]
pub(super) enum About<'a> {
    Target(&'a str),
    Label(&'a str, &'a str),
}

impl About<'_> {
    fn named(self) -> String {
        match self {
            Self::Target(kind) => Able::of(kind).map_or(kind, |able| able.name).to_owned(),
            Self::Label(name, value) => format!("{name}={value}"),
        }
    }

    /// The search for the same on the page of all.
    fn search(self) -> (&'static str, String) {
        match self {
            Self::Target(kind) => ("target", kind.to_owned()),
            Self::Label(..) => ("label", self.named()),
        }
    }
}

/// `GET publications/targets/{name}`.
pub(crate) async fn target(console: &Console<'_>, asked: &Asked<'_>, kind: &str) -> Answered {
    show(console, asked, About::Target(kind)).await
}

/// `GET publications/labels?label=NAME=VALUE`.
pub(crate) async fn label(console: &Console<'_>, asked: &Asked<'_>) -> Answered {
    let (name, value) = asked.query("label").split_once('=').ok_or(nothing("label"))?;
    let (name, value) = (name.trim(), value.trim());
    if !label::is_name(name) {
        return Err(nothing("label"));
    }
    show(console, asked, About::Label(name, value)).await
}

async fn show(console: &Console<'_>, asked: &Asked<'_>, about: About<'_>) -> Answered {
    let (rows, bounds) = within_bounds(console, asked, about).await?;
    let known = matches!(about, About::Target(kind) if Able::of(kind).is_some());
    if rows.is_empty() && !known {
        return Err(nothing(if let About::Target(_) = about { "target" } else { "label" }));
    }
    let acts_of = may(asked);
    let back = seen(asked.request);
    let title = about.named();
    Ok(framed(console, asked, ("publications", &title), |frame| {
        let acts = Acts { console, csrf: &|| frame.csrf(console), back: &back };
        html! {
            p #told.unseen role="status" {}
            div.row.apart {
                p.quiet { (bounds) }
                div.row {
                    a.button href={ (console.place.link("publications")) "?" (pairs(&[(about.search().0, &about.search().1)])) } { "Each publication" }
                    a.button href=(console.place.link("publications")) { "All publications" }
                }
            }
            div.stack data-live="about" data-poll=(super::pace(&rows, &[])) {
                @if rows.is_empty() { div.sheet { (empty("Nothing went there yet.")) } }
                @else {
                    (figures(&rows))
                    div.columns { (when(console, &rows)) (beside(console, about, &rows)) }
                    (ranking(console, asked, &rows))
                    (failures(console, &rows, acts_of.then_some(&acts)))
                }
            }
        }
    }))
}

/// How they stand, and what all of them count.
fn figures(rows: &[Row]) -> Markup {
    let stands = stands(rows);
    let totals = totals(rows);
    html! {
        div.figures {
            @for ((_, _, name), count) in STANDS.iter().zip(stands) {
                @if 0 < count { div.figure { b { (count) } span { (name) } } }
            }
            @for (name, sum) in totals.iter().take(MEASURES) { div.figure { b { (grouped(*sum)) } span { (name) } } }
        }
    }
}

fn when(console: &Console<'_>, rows: &[Row]) -> Markup {
    let (days, bars) = bars(rows, console.now);
    let each = match days {
        1 => "day",
        7 => "week",
        _ => "four weeks",
    };
    let there = stands(rows);
    html! {
        section.sheet.counts aria-labelledby="when" {
            div.title.apart {
                h2 #when { "Posts by " (each) }
                div.row.small {
                    @for ((_, class, name), count) in STANDS.iter().zip(there) {
                        @if 0 < count { span { (keybox(class)) (name) } }
                    }
                }
            }
            (bars_of(&format!("Posts by {each}, and how they stand"), &bars, &|count| count.to_string()))
        }
    }
}

/// The best, by one thing that is counted: which one the heads of the table choose.
fn ranking(console: &Console<'_>, asked: &Asked<'_>, rows: &[Row]) -> Markup {
    let totals = totals(rows);
    let chosen = totals.iter().find(|(name, _)| name == asked.query("by")).or(totals.first());
    let heads: Vec<&str> = totals.iter().take(MEASURES).map(|(name, _)| name.as_str()).collect();
    let by = |name: &str| {
        let mut query: Vec<(&str, &str)> = vec![("by", name)];
        query.extend(asked.request.query.get("label").map(|label| ("label", label.as_str())));
        format!("?{}#best", pairs(&query))
    };
    html! {
        section.sheet aria-labelledby="best" {
            h2 #best { "Best" @if let Some((name, _)) = chosen { ", by " (name) } }
            @if let Some((chosen, _)) = chosen {
                div.scroll tabindex="0" role="group" aria-label="The best" { table.cards {
                    thead { tr {
                        th { "Post" } th { "Where" } th { "Published" }
                        @for name in &heads {
                            th.number aria-sort=[(name == chosen).then_some("descending")] { a href=(by(name)) { (name) } }
                        }
                    } }
                    tbody { @for row in best(rows, chosen, BEST) {
                        tr {
                            td { a href=(console.place.link(&format!("jobs/{}", row.listed.job))) { (said(&row.job)) } }
                            td { (row.listed.line.target) @if let Some(place) = row.posting.as_ref().and_then(|it| it.location.as_ref()) { span.sub { (table::place(place)) } } }
                            td.nowrap { (time(row.listed.line.at)) @if let Some(read) = row.counts.as_ref().and_then(|it| it.latest()) { span.sub { "counted after " (read.after) } } }
                            @for name in &heads {
                                td.number data-name=(name) { @match counted(row, name) { Some(count) => (grouped(count)), None => "–" } }
                            }
                        }
                    } }
                } }
            } @else { (empty("Nothing was counted yet: targets that tell figures are asked after an hour, a day and a week.")) }
        }
    }
}

/// Those that failed, the latest first, each with what the target said.
fn failures(console: &Console<'_>, rows: &[Row], acts: Option<&Acts<'_>>) -> Markup {
    let bad: Vec<&Row> =
        rows.iter().filter(|row| ["failed", "unknown"].contains(&row.state())).collect();
    html! {
        @if !bad.is_empty() {
            section.sheet aria-labelledby="failed" {
                h2 #failed { "Not there" }
                @if FAILED < bad.len() { p.quiet.small { "The latest " (FAILED) " of " (bad.len()) "." } }
                ul.failures { @for row in bad.iter().take(FAILED) {
                    li {
                        div {
                            div.row { (state(row.state())) b { (row.listed.line.target) } a href=(console.place.link(&format!("jobs/{}", row.listed.job))) { (said(&row.job)) } span.quiet.small { (time(row.listed.line.at)) } }
                            @for why in table::reasons(row) { p.small { (why) } }
                        }
                        @if let Some(acts) = acts { (acts.of(row)) }
                    }
                } }
            }
        }
    }
}

/// The same by target and by label, each with its page.
fn beside(console: &Console<'_>, about: About<'_>, rows: &[Row]) -> Markup {
    let targets = matches!(about, About::Label(..));
    table::groups(console, rows, targets)
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if 0 < place && (digits.len() - place).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
    }
}
