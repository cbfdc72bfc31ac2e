//! One review: the candidates large, beside what they were made from, with all that helps to decide.

use super::decision::{decision, take_back};
use super::reviews::past;
use super::stage::{shown, stage};
use super::{assets, framed, job, jobs, preview, tries};
use crate::answer::{Answered, nothing};
use crate::html::Page;
use crate::html::parts::{state, time, usd};
use crate::html::verdict::verdict;
use crate::{Asked, Console};
use domain::event;
use domain::id::ReviewId;
use domain::record::AssetRecord;
use domain::review::{self, ReviewRecord, ReviewState};
use domain::view::JobView;
use maud::{Markup, html};

/// How many events of the job's log are shown.
const EVENTS: u32 = 300;
/// Among how many reviews the next and the previous one are looked for.
const NEAR: u32 = 100;

/// `GET reviews/{id}`.
pub(super) async fn show(console: &Console<'_>, asked: &Asked<'_>, id: &str) -> Answered {
    let id = ReviewId::parse(id).map_err(|_| nothing("review"))?;
    let review =
        review::read(console.table, asked.tenant(), &id).await?.ok_or(nothing("review"))?;
    let view = job::own(console, asked, id.job().as_str()).await?;
    let events = event::read(console.table, &view.job.id, 0, EVENTS).await?;
    let stage = stage(console, &view, &review).await?;
    let lineage = lineage(console, &view, &review).await?;
    let tries = tries::section(console, &view, &review.verdict).await?;
    let previews = preview::waiting(console, &as_edited(&view, &review)).await?;
    let near = near(console, asked, &review).await?;
    let toast = toast(console, asked).await?;
    let title = jobs::said(&view.job);
    Ok(framed(console, asked, ("reviews", &title), |frame| {
        html! {
            (toast(frame))
            // Outside of what is fetched anew: since when they had it before them.
            input type="hidden" name="shown" form="decide" value=(console.signing_key.seal("console shown", &(&review.id, console.now)));
            div.row.apart {
                div.row {
                    (state(review.state.as_str()))
                    span.quiet { (review.pipeline) " · gate " (review.id.gate()) " · round " (review.id.round()) }
                }
                (ways(console, &near))
            }
            div.desk data-stage {
                div.stack { (stage) }
                div.stack.aside {
                    div.sheet data-live="decision" { (decision(console, asked, (&review, &shown(&view, &review)), frame)) }
                    (earlier(&view, &review))
                    section.sheet aria-labelledby="scores" { h2 #scores { "Scores" } (verdict(&review.verdict)) }
                    section.sheet aria-labelledby="about" { h2 #about { "About" } (about(console, &view, &review)) }
                }
            }
            @if let Some(previews) = previews {
                section.stack aria-labelledby="goes" { h2 #goes { "What each target will get" } div data-live="previews" { (previews) } }
            }
            (tries)
            section.stack aria-labelledby="lineage" { h2 #lineage { "Lineage" } (lineage) }
            section.sheet aria-labelledby="history" { h2 #history { "History" } (job::history(&events)) }
        }
    }))
}

/// The job with what was changed in this review, as it is once that is in effect.
fn as_edited(view: &JobView, review: &ReviewRecord) -> JobView {
    let mut view = view.clone();
    if let Some(edited) = &review.edited
        && let Some(asset) = view.assets.get_mut(&edited.subject)
    {
        asset.edited = Some(edited.change.clone());
    }
    view
}

/// What people said of this job before.
fn earlier(view: &JobView, review: &ReviewRecord) -> Markup {
    let others = view.reviews.iter().filter(|other| other.id != review.id);
    let said: Vec<_> = others.filter_map(|other| Some((other, other.decided.as_ref()?))).collect();
    html! {
        @if !said.is_empty() {
            section.sheet aria-labelledby="earlier" {
                h2 #earlier { "Before" }
                @for (other, decided) in said {
                    div {
                        p.small { (other.id.gate()) ", round " (other.id.round()) ": " (state(&decided.decision.map_or("expired".to_owned(), |it| past(it.as_str())))) " " (time(decided.at)) }
                        @if let Some(note) = &decided.note { p.notice { (note) } }
                    }
                }
            }
        }
    }
}

/// The reviews beside this one in the queue.
async fn near(
    console: &Console<'_>,
    asked: &Asked<'_>,
    review: &ReviewRecord,
) -> Answered<[Option<ReviewId>; 2]> {
    let waiting = review::list(console.table, asked.tenant(), (true, None), NEAR).await?;
    let open: Vec<_> = waiting
        .into_iter()
        .filter(|other| other.id == review.id || other.state == ReviewState::Open)
        .map(|other| other.id)
        .collect();
    let at = open.iter().position(|id| *id == review.id);
    Ok(match at {
        Some(at) => [
            at.checked_sub(1).and_then(|before| open.get(before).cloned()),
            open.get(at + 1).cloned(),
        ],
        None => [None, open.first().cloned()],
    })
}

fn ways(console: &Console<'_>, [previous, next]: &[Option<ReviewId>; 2]) -> Markup {
    let link = |id: &ReviewId| console.place.link(&format!("reviews/{id}"));
    html! {
        nav.row aria-label="Reviews beside this one" {
            @if let Some(id) = previous { a.button rel="prev previous" href=(link(id)) { "Previous " kbd { "k" } } }
            @if let Some(id) = next { a.button rel="next" href=(link(id)) { "Next " kbd { "j" } } }
            @if next.is_none() { a.button href=(console.place.link("reviews")) { "Queue" } }
        }
    }
}

fn about(console: &Console<'_>, view: &JobView, review: &ReviewRecord) -> Markup {
    html! {
        dl.facts {
            dt { "Job" } dd { a href=(console.place.link(&format!("jobs/{}", view.job.id))) { (view.job.id) } }
            dt { "Record" } dd { a href=(console.place.link(&format!("jobs/{}/audit", view.job.id))) { "Who decided what, and that nothing of it was changed" } }
            @for (name, value) in view.job.inputs.iter().filter_map(|(name, value)| Some((name, value.as_str()?))) { dt { (name) } dd { (value) } }
            dt { "Cost so far" } dd { (usd(view.job.spent)) " of " (usd(view.job.budget)) }
            @if let Some(by) = &review.submitted_by { dt { "Submitted by" } dd { (by) } }
            dt { "Waiting since" } dd { (time(review.opened_at)) }
            @if !view.job.labels.is_empty() { dt { "Labels" } dd { (jobs::labels(console, &view.job)) } }
        }
    }
}

/// What the candidates were made from, and the tries before.
async fn lineage(console: &Console<'_>, view: &JobView, review: &ReviewRecord) -> Answered<Markup> {
    let judged = shown(view, review);
    let mut from: Vec<&AssetRecord> = Vec::new();
    let mut next: Vec<_> = judged.iter().flat_map(|asset| &asset.made_from).collect();
    while let Some(id) = next.pop() {
        if let Some(asset) =
            view.assets.get(id).filter(|asset| !from.iter().any(|known| known.id == asset.id))
        {
            next.extend(&asset.made_from);
            from.push(asset);
        }
    }
    let tries = view.assets.values().filter(|other| {
        judged.iter().any(|asset| {
            asset.step == other.step && asset.port == other.port && asset.id != other.id
        })
    });
    from.extend(tries.filter(|other| !judged.iter().any(|asset| asset.id == other.id)));
    assets::gallery(console, from.into_iter()).await
}

/// What became of the review that was decided last, with the way back.
pub(super) async fn toast<'a>(
    console: &'a Console<'_>,
    asked: &'a Asked<'_>,
) -> Answered<impl Fn(&Page<'_>) -> Markup + 'a> {
    let done = ReviewId::parse(asked.query("done")).ok();
    let review = match done {
        Some(id) => review::read(console.table, asked.tenant(), &id).await?,
        None => None,
    };
    Ok(move |frame: &Page<'_>| {
        let decided = review.as_ref().and_then(|review| Some((review, review.decided.as_ref()?)));
        html! {
            @if let Some((review, decided)) = decided {
                div.notice.toast role="status" data-live="toast" {
                    span {
                        a href=(console.place.link(&format!("reviews/{}", review.id))) { "The review before" } " is "
                        (decided.decision.map_or("expired".to_owned(), |decision| past(decision.as_str()))) "."
                    }
                    @if review.state == ReviewState::Decided && console.now < decided.effect_at { (take_back(console, review, decided.effect_at.rfc3339(), frame)) }
                }
            }
        }
    })
}
