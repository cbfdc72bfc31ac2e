//! Publications: where things went, how each target took them, what it counts, and what can be done about it.

mod about;
mod acts;
mod read;
mod sums;
mod table;

pub(super) use about::{label, target};
pub(super) use acts::{form, retry, take_down};
pub(super) use table::place;

use super::framed;
use crate::answer::{Answered, seen};
use crate::form::pairs;
use crate::html::parts::empty;
use crate::{Asked, Console};
use acts::Acts;
use domain::publish::{Listed, lines};
use domain::takedown::{Takedown, TakedownState};
use maud::{Markup, html};
use read::{Row, rows};
use std::collections::BTreeSet;

/// How many steps a page shows, and how many lines it reads for them.
const PAGE: usize = 25;
const READ: u32 = 200;
/// How often the page looks while something is under way, in seconds.
const BUSY_S: u32 = 2;
/// What may be asked for by state.
const STATES: [&str; 5] = ["started", "unknown", "done", "failed", "taken_down"];

/// `GET publications`.
pub(super) async fn list(console: &Console<'_>, asked: &Asked<'_>) -> Answered {
    let after = Some(asked.query("after")).filter(|after| !after.is_empty());
    let known = lines(console.table, asked.tenant(), after, READ).await?;
    let targets: BTreeSet<&str> = known.iter().map(|one| one.line.target.as_str()).collect();
    let targets: Vec<String> = targets.into_iter().map(str::to_owned).collect();
    let full = known.len() == READ as usize;
    let last = known.last().map(Listed::cursor);
    let mut fitting: Vec<Listed> = known.into_iter().filter(|one| fits(asked, one)).collect();
    let more = PAGE < fitting.len();
    fitting.truncate(PAGE);
    let next = match (more, fitting.last()) {
        (true, Some(shown)) => Some(shown.cursor()),
        _ => last.filter(|_| full),
    };
    let mut rows = rows(console, fitting).await?;
    let state = asked.query("state");
    rows.retain(|row| state.is_empty() || row.state() == state);
    let takedowns = Takedown::all(console.table, asked.tenant()).await?;
    let may = acts::may(asked);
    let back = seen(asked.request);
    Ok(framed(console, asked, ("publications", "Publications"), |frame| {
        let acts = Acts { console, csrf: &|| frame.csrf(console), back: &back };
        html! {
            (find(console, asked, &targets))
            p #told.unseen role="status" {}
            div data-live="summary" { @if !rows.is_empty() { (table::groups(console, &rows, true)) } }
            div.sheet data-live="publications" data-poll=(pace(&rows, &takedowns)) {
                @if rows.is_empty() { (empty("Nothing that was published fits. Take something out of the search.")) }
                @else { (table::table(console, &rows, may.then_some(&acts))) }
            }
            div data-live="takedowns" { @if !takedowns.is_empty() { (table::takedowns(console, &takedowns)) } }
            @if let Some(next) = next { p { a.button href=(further(console, asked, &next)) rel="next" { "Older publications" } } }
        }
    }))
}

/// How soon a page that is looked at asks again, in seconds: sooner while something is under way.
fn pace(rows: &[Row], takedowns: &[Takedown]) -> u32 {
    let working = |takedown: &Takedown| takedown.state == TakedownState::Working;
    let busy = rows.iter().any(|row| row.state() == "started") || takedowns.iter().any(working);
    if busy { BUSY_S } else { super::jobs::POLL_S }
}

/// What of a search needs no further look.
fn fits(asked: &Asked<'_>, listed: &Listed) -> bool {
    let (target, label) = (asked.query("target"), asked.query("label").split_once('='));
    let has = |(name, value): (&str, &str)| {
        listed.line.labels.get(name.trim()).is_some_and(|known| known == value.trim())
    };
    (target.is_empty() || listed.line.target == target) && label.is_none_or(has)
}

fn further(console: &Console<'_>, asked: &Asked<'_>, after: &str) -> String {
    let mut query: Vec<_> =
        ["target", "label", "state"].iter().map(|name| (*name, asked.query(name))).collect();
    query.push(("after", after));
    format!("{}?{}", console.place.link("publications"), pairs(&query))
}

fn find(console: &Console<'_>, asked: &Asked<'_>, targets: &[String]) -> Markup {
    let chosen = |name: &str, value: &str| asked.query(name) == value;
    html! {
        search {
            form.find method="get" action=(console.place.link("publications")) {
                div.field {
                    label for="target" { "Target" }
                    select #target name="target" {
                        option value="" { "any" }
                        @for target in targets { option selected[chosen("target", target)] { (target) } }
                    }
                }
                div.field.grow {
                    label for="label" { "Label" }
                    input #label name="label" value=(asked.query("label")) placeholder="campaign=spring";
                }
                div.field {
                    label for="state" { "State" }
                    select #state name="state" {
                        option value="" { "any" }
                        @for state in STATES { option value=(state) selected[chosen("state", state)] { (state.replace('_', " ")) } }
                    }
                }
                button type="submit" { "Search" }
            }
        }
    }
}
