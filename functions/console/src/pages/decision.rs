//! What can be done with a review, or what was: the forms beside its candidates.

use super::reviews::past;
use crate::html::Page;
use crate::html::parts::{size, state, time};
use crate::person::Role;
use crate::{Asked, Console};
use domain::record::AssetRecord;
use domain::review::{Decided, ReviewRecord, ReviewState};
use domain::upload;
use maud::{Markup, html};

/// What can be done, or what was.
pub(super) fn decision(
    console: &Console<'_>,
    asked: &Asked<'_>,
    (review, shown): (&ReviewRecord, &[&AssetRecord]),
    frame: &Page<'_>,
) -> Markup {
    let place = |act: &str| console.place.link(&format!("reviews/{}/{act}", review.id));
    let me = &asked.person().id;
    let mine =
        review.claim.as_ref().is_some_and(|claim| claim.by == *me && console.now < claim.until);
    let own = review.submitted_by.as_ref() == Some(me) && !review.rules.self_approval;
    let barred = barred(console, asked, review);
    let (no, never) = (barred.is_some(), barred.is_some() || own);
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
            @if let Some(why) = &barred { p.notice.odd { (why) } }
            @if own { p.notice.odd { "You submitted this job: somebody else must approve it." } }
            form #decide method="post" action=(place("decide")) {
                div.decide {
                    (frame.csrf(console))
                    div.field.wide { label for="note" { "Note (kept with the decision; what is to be made otherwise)" } textarea #note name="note" maxlength="2000" rows="3" {} }
                    button.yes type="submit" name="decision" value="approve" data-key="a" disabled[never] { "Approve " kbd { "a" } }
                    button.danger type="submit" name="decision" value="reject" data-key="r" disabled[no] { "Reject " kbd { "r" } }
                    button.wide type="submit" name="decision" value="regenerate" data-key="g" data-note="needed" disabled[no] { "Regenerate with this note " kbd { "g" } }
                }
            }
            form.row method="post" action=(place(if mine { "release" } else { "claim" })) {
                (frame.csrf(console))
                button type="submit" data-key="m" disabled[no] { @if mine { "Let it go " } @else { "Claim it " } kbd { "m" } }
                @if mine { span.small.quiet { "Yours for a quarter of an hour." } }
            }
            @if !shown.is_empty() && !never { (edit(console, (review, shown), frame, &place)) }
        } @else {
            p { "It is " (review.state.as_str()) "." }
        }
    }
}

/// Why this person cannot decide it now.
fn barred(console: &Console<'_>, asked: &Asked<'_>, review: &ReviewRecord) -> Option<Markup> {
    let person = asked.person();
    if !person.has(Role::Reviewer) {
        return Some(
            html! { "You may look. Deciding needs the role " b { (Role::Reviewer.as_str()) } "." },
        );
    }
    if !person.among(&review.groups) {
        let groups = review.groups.iter().cloned().collect::<Vec<_>>().join(", ");
        return Some(html! { "You may look. This is for " b { (groups) } " to decide." });
    }
    let claim = review.held_by_other(&person.id, console.now)?;
    Some(html! { (claim.by) " works on it until " (time(claim.until)) "." })
}

fn verdict_of(
    review: &ReviewRecord,
    decided: &Decided,
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
pub(super) fn take_back(
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

/// What people wrote of an asset so far: alt text, caption, and the point to keep in view, in percent.
pub(super) fn corrected(
    review: &ReviewRecord,
    asset: &AssetRecord,
) -> (String, String, Option<(f64, f64)>) {
    let now = review.edited.as_ref().filter(|edited| edited.subject == asset.id);
    let edit = now.map(|edited| &edited.change).or(asset.edited.as_ref());
    let text = |text: Option<&String>| text.cloned().unwrap_or_default();
    let percent = |share: f64| (share * 1000.0).round() / 10.0;
    let focal = edit.and_then(|edit| edit.focal).map(|it| (percent(it.x), percent(it.y)));
    (
        text(edit.and_then(|edit| edit.alt.as_ref())),
        text(edit.and_then(|edit| edit.caption.as_ref())),
        focal,
    )
}

/// What may take an asset's place, as browsers want it said.
fn accepted(asset: &AssetRecord) -> String {
    let family = asset.media_type.split('/').next().unwrap_or_default();
    let fits = upload::MEDIA_TYPES.into_iter().filter(|it| it.split('/').next() == Some(family));
    fits.collect::<Vec<_>>().join(",")
}

fn edit(
    console: &Console<'_>,
    (review, shown): (&ReviewRecord, &[&AssetRecord]),
    frame: &Page<'_>,
    place: &dyn Fn(&str) -> String,
) -> Markup {
    let (alt, caption, focal) = corrected(review, shown[0]);
    let picture = shown.iter().any(|asset| asset.media_type.starts_with("image/"));
    html! {
        details.more #edit {
            summary { "Approve with changes " kbd { "e" } }
            form.stack method="post" action=(place("decide")) data-upload=(place("upload")) {
                (frame.csrf(console))
                input type="hidden" name="upload";
                @if 1 < shown.len() {
                    div.field { label for="subject" { "Candidate" } select #subject name="subject" { @for (number, asset) in shown.iter().enumerate() { (candidate(review, asset, number)) } } }
                } @else {
                    input type="hidden" name="subject" value=(shown[0].id);
                }
                div.field {
                    label for="file" { "Another file in its place" }
                    input #file type="file" accept=(accepted(shown[0])) data-most=(upload::BYTES_MOST) aria-describedby="file-help";
                }
                p.quiet.small #file-help { "Up to " (size(upload::BYTES_MOST)) ". What it replaces is kept, and the record says that it was you." }
                div.sending hidden { progress max="1" aria-label="Sent" {} output.small aria-live="polite" {} button type="button" data-stop { "Stop" } }
                div.field { label for="alt" { "Alt text" } textarea #alt name="alt" maxlength="2000" rows="2" { (alt) } }
                div.field { label for="caption" { "Caption" } input #caption name="caption" maxlength="2000" value=(caption); }
                @if picture {
                    div.row.focal {
                        div.field { label for="focal-x" { "In view: % from left" } input #focal-x name="x" type="number" min="0" max="100" step="0.1" value=[focal.map(|it| it.0)]; }
                        div.field { label for="focal-y" { "% from top" } input #focal-y name="y" type="number" min="0" max="100" step="0.1" value=[focal.map(|it| it.1)]; }
                        button type="button" data-pick aria-pressed="false" { "Point at it" }
                    }
                }
                div { button.yes type="submit" name="decision" value="edit" { "Approve as edited" } }
            }
        }
    }
}

/// One of several, with what the form is to say once it is chosen.
fn candidate(review: &ReviewRecord, asset: &AssetRecord, number: usize) -> Markup {
    let (alt, caption, focal) = corrected(review, asset);
    html! {
        option value=(asset.id) data-alt=(alt) data-caption=(caption) data-x=[focal.map(|it| it.0)] data-y=[focal.map(|it| it.1)] data-accept=(accepted(asset)) { (number + 1) }
    }
}
