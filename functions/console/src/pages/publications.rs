//! Publications: where things went, how each target took them, what it counts, and what can be done about it.

mod table;

use super::framed;
use crate::answer::{Answered, redirect};
use crate::form::pairs;
use crate::html::parts::empty;
use crate::person::Role;
use crate::{Asked, Console};
use domain::publish::{CountsRecord, Listed, lines};
use domain::record::{PostingRecord, PublicationRecord, PublicationState};
use domain::store::from_item;
use domain::takedown::{self, Takedown};
use domain::view::JobView;
use futures_util::future::try_join_all;
use maud::{Markup, html};
use std::collections::{BTreeMap, BTreeSet};

/// How many steps a page shows, and how many lines it reads for them.
const PAGE: usize = 25;
const READ: u32 = 200;
/// What may be asked for by state.
const STATES: [&str; 5] = ["started", "unknown", "done", "failed", "taken_down"];

/// A step that publishes, with what is known of it.
pub(super) struct Row {
    pub(super) listed: Listed,
    pub(super) job: domain::record::JobRecord,
    /// A post; none where assets go by themselves.
    pub(super) posting: Option<PostingRecord>,
    /// Assets that go by themselves.
    pub(super) sent: Vec<PublicationRecord>,
    pub(super) counts: Option<CountsRecord>,
}

impl Row {
    /// How it stands as a whole: the worst of its parts.
    pub(super) fn state(&self) -> &'static str {
        let of = |state: PublicationState, gone: bool| match (gone, state) {
            (true, _) => "taken_down",
            (_, PublicationState::Failed) => "failed",
            (_, PublicationState::Unknown) => "unknown",
            (_, PublicationState::Started) => "started",
            (_, PublicationState::Done) => "done",
        };
        let posting = self.posting.iter().map(|one| of(one.state, one.taken_down.is_some()));
        let sent = self.sent.iter().map(|one| of(one.state, one.taken_down.is_some()));
        let all: Vec<&str> = posting.chain(sent).collect();
        let worst = ["failed", "unknown", "started", "done", "taken_down"];
        worst.into_iter().find(|state| all.contains(state)).unwrap_or("started")
    }
}

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
    let may = [Role::Editor, Role::Operator].iter().any(|role| asked.person().has(*role));
    Ok(framed(console, asked, ("publications", "Publications"), |frame| {
        html! {
            (find(console, asked, &targets))
            div.stack data-live="publications" data-poll=(super::jobs::POLL_S) {
                @if rows.is_empty() { div.sheet { (empty("Nothing that was published fits. Take something out of the search.")) } }
                @else {
                    (table::summary(console, &rows))
                    div.sheet { (table::table(console, &rows, may, &|| frame.csrf(console))) }
                }
                @if !takedowns.is_empty() { (table::takedowns(console, &takedowns)) }
            }
            @if let Some(next) = next { p { a.button href=(further(console, asked, &next)) rel="next" { "Older publications" } } }
        }
    }))
}

/// What of a search needs no further look.
fn fits(asked: &Asked<'_>, listed: &Listed) -> bool {
    let (target, label) = (asked.query("target"), asked.query("label").split_once('='));
    let has = |(name, value): (&str, &str)| {
        listed.line.labels.get(name.trim()).is_some_and(|known| known == value.trim())
    };
    (target.is_empty() || listed.line.target == target) && label.is_none_or(has)
}

async fn rows(console: &Console<'_>, listed: Vec<Listed>) -> Answered<Vec<Row>> {
    let jobs: BTreeSet<_> = listed.iter().map(|one| one.job.clone()).collect();
    let views = jobs.iter().map(|job| JobView::read(console.table, job));
    let views: BTreeMap<_, _> = try_join_all(views)
        .await?
        .into_iter()
        .flatten()
        .map(|view| (view.job.id.clone(), view))
        .collect();
    let keys: Vec<_> = listed.iter().map(|one| CountsRecord::key(&one.job, &one.step)).collect();
    let counts = if keys.is_empty() { Vec::new() } else { console.table.get(&keys).await? };
    let mut rows = Vec::new();
    for (listed, counts) in listed.into_iter().zip(counts) {
        let Some(view) = views.get(&listed.job) else { continue };
        let posting = view.postings.iter().find(|posting| posting.step == listed.step).cloned();
        let sent = view.publications.iter().filter(|sent| sent.step == listed.step);
        let sent: Vec<_> = sent.cloned().collect();
        let counts = counts.as_ref().map(from_item).transpose()?;
        rows.push(Row { listed, job: view.job.clone(), posting, sent, counts });
    }
    Ok(rows)
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

/// `POST assets/{id}/takedown`: on record and blocked; the sweep lets the targets be asked.
pub(super) async fn take_down(console: &Console<'_>, asked: &Asked<'_>, id: &str) -> Answered {
    asked.needs(&[Role::Editor, Role::Operator])?;
    let (_, asset) = super::assets::find(console, asked, id).await?;
    let reason = super::job::reason(asked)?;
    let by = asked.person().id.as_str();
    let wanted = takedown::Asked { tenant: asked.tenant(), asset: &asset, reason: &reason, by };
    let random = (console.random)();
    let salt = std::array::from_fn(|at| random[at]);
    takedown::ask(console.table, &wanted, salt, console.now).await?;
    tracing::info!(job = %asset.id.job(), person = %asked.person().id, "asked to take down what was published");
    Ok(redirect(&format!("{}#takedowns", console.place.link("publications"))))
}

/// The form that takes back what was published of an asset.
pub(super) fn form(csrf: Markup, action: &str) -> Markup {
    html! {
        form.stack method="post" action=(action) data-ask="Take it down everywhere, and never publish it again?" {
            (csrf)
            div.field {
                label for="why" { "Why" }
                input #why name="reason" required maxlength="500" placeholder="shows a person who did not agree";
            }
            p.quiet.small { "Each target is asked to take back what it has of this, and of what was made from it. The bytes are blocked in all jobs; Galley keeps them." }
            div { button.danger type="submit" { "Take down and block" } }
        }
    }
}
