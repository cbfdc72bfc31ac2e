//! The queue: what waits for people, the longest first, with large previews.

use super::{assets, framed, jobs};
use crate::answer::Answered;
use crate::html::parts::{empty, state, time};
use crate::html::verdict::meter;
use crate::{Asked, Console};
use domain::record::{AssetRecord, JobRecord};
use domain::review::{self, ReviewRecord};
use domain::store::from_item;
use maud::{Markup, html};

/// How many reviews a page shows.
const PAGE: u32 = 40;
/// How many candidates of a review the queue shows.
const SHOTS: usize = 4;

/// `GET reviews`.
pub(super) async fn list(console: &Console<'_>, asked: &Asked<'_>) -> Answered {
    let waits = asked.query("over").is_empty();
    let opened: Option<(String, String)> =
        console.signing_key.open("console place", asked.query("after"));
    let after =
        opened.filter(|(tenant, _)| tenant == asked.tenant().as_str()).map(|(_, place)| place);
    let reviews = review::list(console.table, asked.tenant(), (waits, after), PAGE).await?;
    let full = reviews.len() == PAGE as usize;
    let last = reviews.last().filter(|_| full).map(|last| last.sk_job.clone());
    let mut cards = Vec::new();
    for review in &reviews {
        cards.push(card(console, asked, review).await?);
    }
    let next = last.map(|last| {
        let place = console.signing_key.seal("console place", &(asked.tenant().as_str(), last));
        format!("{}?over={}&after={place}", console.place.link("reviews"), asked.query("over"))
    });
    let title = if waits { "Reviews" } else { "Decided reviews" };
    let toast = super::review::toast(console, asked).await?;
    Ok(framed(console, asked, ("reviews", title), |frame| {
        html! {
            (toast(frame))
            div.row {
                @if waits { span role="status" data-live="count" { (count(cards.len(), full)) } }
                @if waits { a href={ (console.place.link("reviews")) "?over=1" } { "Decided ones" } }
                @else { a href=(console.place.link("reviews")) { "What waits" } }
            }
            div data-live="queue" data-poll=[waits.then_some(jobs::POLL_S)] { @if cards.is_empty() {
                @if waits { (empty("Nothing waits for you. What a gate cannot settle comes here.")) } @else { (empty("Nothing was decided yet.")) }
            } @else {
                ul.queue data-list { @for (review, card) in reviews.iter().zip(&cards) { li data-key=(review.id) data-edition=(edition(console, asked, review)) { (card) } } }
            } }
            @if let Some(next) = next { p { a.button href=(next) { "More" } } }
        }
    }))
}

fn count(cards: usize, full: bool) -> String {
    match (cards, full) {
        (1, _) => "1 waits".into(),
        (most, true) => format!("{most} and more wait"),
        (some, false) => format!("{some} wait"),
    }
}

/// Changes when a card does, and before the addresses of its pictures are over.
fn edition(console: &Console<'_>, asked: &Asked<'_>, review: &ReviewRecord) -> String {
    let held = review.held_by_other(&asked.person().id, console.now).is_some();
    let pictures = console.now.0 / (1000 * i64::from(assets::LOOK_S / 2));
    let (state, votes) = (review.state.as_str(), review.votes.len());
    format!("{state}-{votes}-{held}-{}-{pictures}", review.groups.len())
}

async fn card(console: &Console<'_>, asked: &Asked<'_>, review: &ReviewRecord) -> Answered<Markup> {
    let subjects = review.subjects.iter().take(SHOTS).map(|subject| &subject.asset);
    let mut keys: Vec<_> = subjects.map(AssetRecord::record_key).collect();
    keys.push(JobRecord::key(&review.id.job()));
    let mut found = console.table.get(&keys).await?;
    let job: Option<JobRecord> = found.pop().flatten().as_ref().map(from_item).transpose()?;
    let mut shots = Vec::new();
    for (item, subject) in found.iter().zip(&review.subjects) {
        let stored: Option<AssetRecord> = item.as_ref().map(from_item).transpose()?;
        if let Some(asset) = stored.as_ref().or_else(|| review.replacement(&subject.asset)) {
            shots.push(assets::shot(console, asset, false).await?);
        }
    }
    let said = job.as_ref().map_or_else(|| review.pipeline.clone(), jobs::said);
    let word = review.verdict["verdict"].as_str().unwrap_or("review");
    let reason = review.verdict["reasons"][0].as_str();
    let yours = asked.person().among(&review.groups);
    Ok(html! {
        div.card {
            div.shot.shots { @for shot in &shots { (shot) } @if shots.is_empty() { span.kind { "no picture" } } }
            div.words {
                a.prompt href=(console.place.link(&format!("reviews/{}", review.id))) { (said) }
                div.row {
                    (state(review.state.as_str()))
                    @if let Some(decided) = review.decided.as_ref().and_then(|decided| decided.decision) { (state(&past(decided.as_str()))) }
                    @if let Some(claim) = review.held_by_other(&asked.person().id, console.now) { span.small { (claim.by) " works on it" } }
                    @if !yours { span.small.quiet { "for " (review.groups.iter().cloned().collect::<Vec<_>>().join(", ")) } }
                }
                @if let Some(score) = review.verdict["score"].as_f64() { (meter(score, word)) }
                @if let Some(reason) = reason { span.small { (reason) } }
                span.quiet.small { (review.pipeline) " · " (review.id.gate()) " · " (review.approvals()) " of " (review.rules.approvals) " · since " (time(review.opened_at)) }
            }
        }
    })
}

/// What was done, in the word that tells it.
pub(super) fn past(decision: &str) -> String {
    match decision {
        "approve" => "approved",
        "reject" => "rejected",
        "regenerate" => "sent back",
        "edit" => "edited",
        "undo" => "taken back",
        "put" => "stored",
        other => other,
    }
    .into()
}
