//! One review: the candidates large, beside what they were made from, with all that helps to decide.

use super::reviews::past;
use super::{assets, framed, job, jobs};
use crate::answer::{Answered, nothing};
use crate::html::Page;
use crate::html::parts::{state, time, usd};
use crate::html::verdict::{flagged, verdict};
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
    let near = near(console, asked, &review).await?;
    let toast = toast(console, asked).await?;
    let title = jobs::said(&view.job);
    Ok(framed(console, asked, ("reviews", &title), |frame| {
        html! {
            (toast(frame))
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
                    div.sheet data-live="decision" { (decision(console, asked, &review, frame)) }
                    (earlier(&view, &review))
                    section.sheet aria-labelledby="scores" { h2 #scores { "Scores" } (verdict(&review.verdict)) }
                    section.sheet aria-labelledby="about" { h2 #about { "About" } (about(console, &view, &review)) }
                }
            }
            section.stack aria-labelledby="lineage" { h2 #lineage { "Lineage" } (lineage) }
            section.sheet aria-labelledby="history" { h2 #history { "History" } (job::history(&events)) }
        }
    }))
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

/// The candidates, each with what it was made from beside it.
async fn stage(console: &Console<'_>, view: &JobView, review: &ReviewRecord) -> Answered<Markup> {
    let mut shown = Vec::new();
    let flags = flagged(&review.verdict);
    for subject in &review.subjects {
        let Some(asset) = view.assets.get(&subject.asset) else { continue };
        let after = player(console, asset, &flags).await?;
        let before = before(view, review, asset);
        let beside = match before {
            Some(before) => Some((before, player(console, before, &[]).await?)),
            None => None,
        };
        shown.push((asset, after, beside));
    }
    let several = if 1 < shown.len() { "candidates several" } else { "candidates" };
    Ok(html! {
        div.row {
            button type="button" data-flip="c" aria-pressed="false" { "Compare " kbd { "c" } }
            button type="button" data-flip="z" aria-pressed="false" { "Zoom " kbd { "z" } }
        }
        div class=(several) {
            @for (number, (asset, after, beside)) in shown.iter().enumerate() {
                article.candidate aria-label={ "Candidate " (number + 1) } {
                    div.pair {
                        @if let Some((before, shot)) = beside {
                            div.side.before {
                                div.look { (shot) }
                                div.caption { span { "Before: " (before.step) " " (before.port) } }
                            }
                        }
                        div.side {
                            div.look { (after) }
                            div.caption {
                                span { "Candidate " (number + 1) ": " (asset.step) " " (asset.port) }
                                a href=(console.place.link(&format!("assets/{}", asset.id))) { "Asset" }
                            }
                        }
                    }
                }
            }
            @if shown.is_empty() { p.empty { "There is nothing to look at: the gate judged words alone." } }
        }
    })
}

/// What a candidate is held against: what it was made from, or else the try before.
fn before<'a>(
    view: &'a JobView,
    review: &ReviewRecord,
    asset: &AssetRecord,
) -> Option<&'a AssetRecord> {
    let seen =
        |asset: &&AssetRecord| !asset.media_type.starts_with("text/") && asset.erased.is_none();
    let source = asset.made_from.iter().filter_map(|id| view.assets.get(id)).find(seen);
    let judged =
        |other: &AssetRecord| review.subjects.iter().any(|subject| subject.asset == other.id);
    let tries = view
        .assets
        .values()
        .filter(|other| other.step == asset.step && other.port == asset.port && !judged(other));
    source.or_else(|| tries.filter(seen).max_by_key(|other| other.created_at))
}

/// A picture, or a film or sound with what it takes to look closely.
async fn player(
    console: &Console<'_>,
    asset: &AssetRecord,
    flags: &[(f64, f64)],
) -> Answered<Markup> {
    let shot = assets::shot(console, asset, true).await?;
    let kind = asset.media_type.split('/').next().unwrap_or_default();
    let loops = html! {
        @for (from, to) in flags {
            button type="button" data-loop={ (from) " " (to) } aria-pressed="false" data-key="l" { "Loop " (format!("{from:.1}–{to:.1} s")) }
        }
    };
    Ok(match kind {
        "video" => html! {
            div.player data-player {
                (shot)
                div.row { button type="button" data-step="-1" { "Frame back " kbd { "," } } button type="button" data-step="1" { "Frame on " kbd { "." } } (loops) }
            }
        },
        "audio" => html! {
            div.player data-player {
                canvas.wave aria-label="The sound as it looks" role="img" {}
                (shot)
                div.row { (loops) }
            }
        },
        _ => shot,
    })
}

/// What can be done, or what was.
fn decision(
    console: &Console<'_>,
    asked: &Asked<'_>,
    review: &ReviewRecord,
    frame: &Page<'_>,
) -> Markup {
    let place = |act: &str| console.place.link(&format!("reviews/{}/{act}", review.id));
    let me = &asked.person().id;
    let held = review.held_by_other(me, console.now);
    let mine =
        review.claim.as_ref().is_some_and(|claim| claim.by == *me && console.now < claim.until);
    let own = review.submitted_by.as_ref() == Some(me) && !review.rules.self_approval;
    html! {
        h2 { "Decision" }
        p.quiet.small {
            (review.approvals()) " of " (review.rules.approvals) " approvals"
            @if !review.groups.is_empty() { " by " (review.groups.iter().cloned().collect::<Vec<_>>().join(", ")) }
            " · until " (time(review.expires_at)) ", then " (past(serde_json::to_value(review.rules.on_expiry).ok().as_ref().and_then(|it| it.as_str()).unwrap_or("reject")))
        }
        @for vote in &review.votes { p.small { (vote.by) " " (past(vote.decision.as_str())) " " (time(vote.at)) } }
        @if let Some(decided) = &review.decided {
            (verdict_of(review, decided, console, frame, asked))
        } @else if review.state == ReviewState::Open {
            @if let Some(claim) = held { p.notice.odd { (claim.by) " works on it until " (time(claim.until)) "." } }
            @if own { p.notice.odd { "You submitted this job: somebody else must approve it." } }
            form method="post" action=(place("decide")) {
                div.decide {
                    (frame.csrf(console))
                    div.field.wide { label for="note" { "Note (kept with the decision; what is to be made otherwise)" } textarea #note name="note" maxlength="2000" rows="3" {} }
                    button.yes type="submit" name="decision" value="approve" data-key="a" disabled[held.is_some() || own] { "Approve " kbd { "a" } }
                    button.danger type="submit" name="decision" value="reject" data-key="r" disabled[held.is_some()] { "Reject " kbd { "r" } }
                    button.wide type="submit" name="decision" value="regenerate" data-key="g" data-note="needed" disabled[held.is_some()] { "Regenerate with this note " kbd { "g" } }
                }
            }
            form.row method="post" action=(place(if mine { "release" } else { "claim" })) {
                (frame.csrf(console))
                button type="submit" data-key="m" disabled[held.is_some()] { @if mine { "Let it go " } @else { "Claim it " } kbd { "m" } }
                @if mine { span.small.quiet { "Yours for a quarter of an hour." } }
            }
            (edit(console, review, frame, &place("decide")))
        } @else {
            p { "It is " (review.state.as_str()) "." }
        }
    }
}

fn verdict_of(
    review: &ReviewRecord,
    decided: &domain::review::Decided,
    console: &Console<'_>,
    frame: &Page<'_>,
    asked: &Asked<'_>,
) -> Markup {
    let word = decided.decision.map_or("expired".to_owned(), |decision| past(decision.as_str()));
    let who: Vec<_> = decided.by.iter().map(|by| by.as_str()).collect();
    let open = review.state == ReviewState::Decided && console.now < decided.effect_at;
    html! {
        p { (state(&word)) " by " (if who.is_empty() { "nobody in time".into() } else { who.join(", ") }) ", " (time(decided.at)) }
        @if let Some(note) = &decided.note { p.notice { (note) } }
        @if open && decided.by.contains(&asked.person().id) { (take_back(console, review, decided.effect_at.rfc3339(), frame)) }
    }
}

/// The way back, as long as there is one.
fn take_back(
    console: &Console<'_>,
    review: &ReviewRecord,
    until: String,
    frame: &Page<'_>,
) -> Markup {
    html! {
        form.row data-undo method="post" action=(console.place.link(&format!("reviews/{}/undo", review.id))) {
            (frame.csrf(console))
            button type="submit" data-key="u" { "Take back " kbd { "u" } }
            span.small { "It takes effect in " b data-until=(until) { "a moment" } }
        }
    }
}

fn edit(console: &Console<'_>, review: &ReviewRecord, frame: &Page<'_>, action: &str) -> Markup {
    html! {
        @if !review.subjects.is_empty() {
            details.more {
                summary { "Approve with corrected words" }
                form.stack method="post" action=(action) {
                    (frame.csrf(console))
                    div.field { label for="subject" { "Candidate" } select #subject name="subject" { @for (number, subject) in review.subjects.iter().enumerate() { option value=(subject.asset) { (number + 1) } } } }
                    div.field { label for="alt" { "Alt text" } input #alt name="alt" maxlength="2000"; }
                    div.field { label for="caption" { "Caption" } input #caption name="caption" maxlength="2000"; }
                    div.row { div.field { label for="focal-x" { "Focal point, % from left" } input #focal-x name="x" type="number" min="0" max="100"; } div.field { label for="focal-y" { "% from top" } input #focal-y name="y" type="number" min="0" max="100"; } }
                    div { button.yes type="submit" name="decision" value="edit" { "Approve as edited" } }
                }
            }
        }
    }
}

fn about(console: &Console<'_>, view: &JobView, review: &ReviewRecord) -> Markup {
    html! {
        dl.facts {
            dt { "Job" } dd { a href=(console.place.link(&format!("jobs/{}", view.job.id))) { (view.job.id) } }
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
    let judged: Vec<_> =
        review.subjects.iter().filter_map(|subject| view.assets.get(&subject.asset)).collect();
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
