//! Who decided what, when, on which bytes; and whether anything of that record was changed since.

use super::job::own;
use super::reviews::past;
use super::{framed, jobs};
use crate::answer::Answered;
use crate::html::parts::{empty, sentence, short, state, time};
use crate::{Asked, Console};
use domain::audit::{self, Chain, Entry, Flaw, Kept, Said};
use domain::id::{AssetId, PersonId, ReviewId};
use domain::review::{self, ReviewRecord};
use maud::{Markup, html};
use serde_json::{Map, Value};

/// How many decisions the first page leads to.
const LATEST: u32 = 30;
/// The words of people; the rest of what was said is what gates measured.
const WORDS: [&str; 3] = ["note", "alt", "caption"];

/// `GET jobs/{id}/audit`.
pub(super) async fn of_job(console: &Console<'_>, asked: &Asked<'_>, id: &str) -> Answered {
    let job = own(console, asked, id).await?.job;
    let kept = Chain::Job(job.id.clone()).read(console.table).await?;
    let flaws = audit::verify(&kept, job.erased.is_some());
    let place = console.place.link(&format!("jobs/{}", job.id));
    Ok(framed(console, asked, ("audit", "Audit of a job"), |_| {
        html! {
            p { a href=(place) { (jobs::said(&job)) } " " code { (job.id) } }
            (chain(console, &kept, &flaws, "Nobody has decided anything about this job."))
            p.quiet.small { "The same from a terminal: " code { "galley audit verify " (job.id) } }
        }
    }))
}

/// `GET audit`: what was changed of the tenant's policies, and where the latest decisions are recorded.
pub(super) async fn of_tenant(console: &Console<'_>, asked: &Asked<'_>) -> Answered {
    let kept = Chain::Tenant(asked.tenant().clone(), "policies").read(console.table).await?;
    let flaws = audit::verify(&kept, false);
    let over = review::list(console.table, asked.tenant(), (false, None), LATEST).await?;
    Ok(framed(console, asked, ("audit", "Audit"), |_| {
        html! {
            section.stack aria-labelledby="policies" {
                h2 #policies { "Policies" }
                (chain(console, &kept, &flaws, "No policy was stored yet. `galley policies put FILE` stores one."))
            }
            section.stack aria-labelledby="decisions" {
                h2 #decisions { "Latest decisions" }
                div.sheet { @if over.is_empty() { (empty("Nothing was decided yet.")) } @else { (decisions(console, &over)) } }
            }
        }
    }))
}

fn decisions(console: &Console<'_>, over: &[ReviewRecord]) -> Markup {
    html! {
        div.scroll {
            table.cards {
                thead { tr { th { "Review" } th { "Decision" } th { "By" } th { "When" } th { "Record" } } }
                tbody data-list {
                    @for review in over {
                        @let decided = review.decided.as_ref();
                        @let who: Vec<_> = decided.iter().flat_map(|it| &it.by).map(PersonId::as_str).collect();
                        tr {
                            td { a href=(console.place.link(&format!("reviews/{}", review.id))) { (review.pipeline) " · " (review.id.gate()) } span.sub { (short(review.id.job().as_str())) ", round " (review.id.round()) } }
                            td { (state(&decided.map_or("withdrawn".into(), |it| it.decision.map_or("expired".into(), |it| past(it.as_str()))))) }
                            td { (if who.is_empty() { "nobody".into() } else { who.join(", ") }) }
                            td.nowrap { (time(decided.map(|it| it.at).or(review.closed_at).unwrap_or(review.opened_at))) }
                            td { a href=(console.place.link(&format!("jobs/{}/audit", review.id.job()))) { "Audit" } }
                        }
                    }
                }
            }
        }
    }
}

/// A chain with what is wrong with it.
fn chain(console: &Console<'_>, kept: &Kept, flaws: &[Flaw], none: &str) -> Markup {
    let found = |record: &str| flaws.iter().find(|flaw| flaw.record == record);
    let place = |n: u64, kind: &str| format!("{kind}#{n:08}");
    html! {
        div.sheet {
            @if kept.head.is_none() && flaws.is_empty() { (empty(none)) } @else {
                @if flaws.is_empty() {
                    p.row { (state("whole")) span { (counted(kept.entries.len())) ", each sealed by the one before. Nothing was changed, taken out or added." } }
                } @else {
                    div.notice.bad role="alert" {
                        p { b { "This record was changed. " } "What is named here is not as it was written; tell your operator." }
                        ul.reasons { @for flaw in flaws { li { code { (flaw.record) } " " (sentence(&flaw.detail)) } } }
                    }
                }
                ol.chain {
                    @for entry in &kept.entries {
                        @let said = kept.said.iter().find(|said| said.n == entry.n);
                        @let flaw = found(&place(entry.n, "ENTRY")).or_else(|| found(&place(entry.n, "SAID")));
                        (link(console, entry, said, flaw))
                    }
                }
            }
        }
    }
}

/// One entry, with what was said with it.
fn link(console: &Console<'_>, entry: &Entry, said: Option<&Said>, flaw: Option<&Flaw>) -> Markup {
    let done = entry.what.split_once('.').map_or(entry.what.as_str(), |(_, act)| act);
    let review = ReviewId::parse(&entry.to).ok();
    let none = Map::new();
    let said_words = said.map_or(&none, |said| &said.words);
    let (words, measured): (Vec<_>, Vec<_>) =
        said_words.iter().partition(|(name, _)| WORDS.contains(&name.as_str()));
    html! {
        li id={ "n" (entry.n) } class=[flaw.map(|_| "flawed")] {
            div.number { (entry.n) }
            div.stack.tight {
                div.row.apart {
                    span { b { (entry.who) } " " (state(&past(done))) " " @match review { Some(id) => { a href=(console.place.link(&format!("reviews/{id}"))) { (id.gate()) ", round " (id.round()) } } None => { code { (entry.to) } } } }
                    span.quiet.small { (time(entry.at)) }
                }
                @if let Some(flaw) = flaw { p.notice.bad { (sentence(&flaw.detail)) } }
                @for (name, text) in &words { p.notice { @if *name != "note" { b { (name) ": " } } (plain(text)) } }
                @if entry.said_sha256.is_some() && said.is_none() { p.quiet.small { "What was said with it was erased; its hash is still here." } }
                details.more {
                    summary { "What was shown and known" }
                    dl.facts {
                        @for subject in &entry.shown {
                            dt { "Shown" } dd { a href=(console.place.link(&format!("assets/{}", subject.asset))) { (own_name(&subject.asset)) } " " code { (subject.sha256) } }
                        }
                        @for (name, value) in &entry.facts { dt { (named(name)) } dd { (plain(value)) } }
                        @for (name, value) in &measured { dt { (named(name)) } dd { (plain(value)) } }
                        dt { "Seal" } dd { code { (entry.hash) } }
                        @if !entry.prev.is_empty() { dt { "Follows" } dd { code { (entry.prev) } } }
                    }
                }
            }
        }
    }
}

/// What an asset is called within its job.
fn own_name(asset: &AssetId) -> &str {
    asset.as_str().split_once('.').map_or(asset.as_str(), |(_, own)| own)
}

fn counted(entries: usize) -> String {
    if entries == 1 { "1 entry".into() } else { format!("{entries} entries") }
}

fn named(name: &str) -> String {
    name.replace('_', " ")
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.into(),
        Value::Array(all) if all.iter().all(Value::is_string) => {
            all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}
