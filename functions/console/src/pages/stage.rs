//! The candidates of a review, large, each beside what it was made from; films and sounds with what it takes to look closely.

use super::assets;
use crate::Console;
use crate::answer::Answered;
use crate::html::verdict::flagged;
use domain::record::AssetRecord;
use domain::review::ReviewRecord;
use domain::view::JobView;
use maud::{Markup, html};

/// The records of what is shown: bytes that an edit brought are not among the job's until it is in effect.
pub(super) fn shown<'a>(view: &'a JobView, review: &'a ReviewRecord) -> Vec<&'a AssetRecord> {
    let of = |id| view.assets.get(id).or_else(|| review.replacement(id));
    review.subjects.iter().filter_map(|subject| of(&subject.asset)).collect()
}

/// The candidates, each with what it was made from beside it.
pub(super) async fn stage(
    console: &Console<'_>,
    view: &JobView,
    review: &ReviewRecord,
) -> Answered<Markup> {
    let mut sides = Vec::new();
    for asset in shown(view, review) {
        let after = player(console, review, asset).await?;
        let beside = match before(view, review, asset) {
            Some(before) => Some((before, player(console, review, before).await?)),
            None => None,
        };
        sides.push((asset, after, beside));
    }
    let several = if 1 < sides.len() { "candidates several" } else { "candidates" };
    Ok(html! {
        div.row {
            button type="button" data-flip="c" aria-pressed="false" { "Compare " kbd { "c" } }
            button type="button" data-flip="z" aria-pressed="false" { "Zoom " kbd { "z" } }
        }
        div class=(several) {
            @for (number, (asset, after, beside)) in sides.iter().enumerate() {
                article.candidate data-candidate=(asset.id) aria-label={ "Candidate " (number + 1) } {
                    div.pair {
                        @if let Some((before, shot)) = beside {
                            div.side.before {
                                div.look { (shot) }
                                div.caption { span { "Before: " (before.step) " " (before.port) } }
                            }
                        }
                        div.side.after {
                            div.look { (after) }
                            div.caption {
                                span {
                                    "Candidate " (number + 1) ": " (asset.step) " " (asset.port)
                                    @if review.replacement(&asset.id).is_some() { ", replaced by hand" }
                                }
                                @if view.assets.contains_key(&asset.id) { a href=(console.place.link(&format!("assets/{}", asset.id))) { "Asset" } }
                            }
                            (words(review, asset))
                        }
                    }
                }
            }
            @if sides.is_empty() { p.empty { "There is nothing to look at: the gate judged words alone." } }
        }
    })
}

/// What people wrote to go with it.
fn words(review: &ReviewRecord, asset: &AssetRecord) -> Markup {
    let (alt, caption, _) = super::decision::corrected(review, asset);
    html! {
        @if !(alt.is_empty() && caption.is_empty()) {
            dl.facts {
                @if !alt.is_empty() { dt { "Alt text" } dd { (alt) } }
                @if !caption.is_empty() { dt { "Caption" } dd { (caption) } }
            }
        }
    }
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
    review: &ReviewRecord,
    asset: &AssetRecord,
) -> Answered<Markup> {
    let shot = assets::shot(console, asset, true).await?;
    let measured = &review.verdict["scores"][asset.id.as_str()];
    let kind = asset.media_type.split('/').next().unwrap_or_default();
    let loops = html! {
        @for flag in flagged(measured) {
            button type="button" data-loop={ (flag.from) " " (flag.to) } aria-pressed="false" data-key="l" { "Loop " (flag.what) " " (format!("{:.1}–{:.1} s", flag.from, flag.to)) }
        }
    };
    Ok(match kind {
        "video" => html! {
            div.player data-player data-fps=[measured["fps"].as_f64()] {
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
