//! What a gate looked at before it was done, side by side: candidates, and the tries of earlier rounds.

use super::assets;
use crate::Console;
use crate::answer::Answered;
use crate::html::parts::state;
use crate::html::verdict::meter;
use domain::gate::Tried;
use domain::view::JobView;
use maud::{Markup, html};
use serde_json::Value;

/// All of them, with their scores; nothing where there was one thing to look at.
pub(super) async fn section(
    console: &Console<'_>,
    view: &JobView,
    verdict: &Value,
) -> Answered<Markup> {
    let tries: Vec<Tried> = serde_json::from_value(verdict["tries"].clone()).unwrap_or_default();
    let mut shown = Vec::with_capacity(tries.len());
    for tried in &tries {
        let mut shots = Vec::new();
        let assets = tried.subjects.iter().filter_map(|subject| view.assets.get(&subject.asset));
        for asset in assets {
            shots.push((asset, assets::shot(console, asset, false).await?));
        }
        shown.push((tried, shots));
    }
    Ok(html! {
        @if !shown.is_empty() {
            section.stack aria-labelledby="tries" {
                h2 #tries { "Tries" }
                ul.gallery {
                    @for (tried, shots) in shown { li { div.card {
                        @for (asset, shot) in shots {
                            a.shot href=(console.place.link(&format!("assets/{}", asset.id))) aria-label={ (asset.step) " " (asset.port) ", round " (tried.round) } { (shot) }
                        }
                        div.words {
                            span { b { (tried.step.as_deref().unwrap_or("Round")) } @if tried.step.is_some() { span.quiet { ", round" } } " " (tried.round) }
                            span.row {
                                @match tried.verdict {
                                    Some(said) => { (state(said.as_str())) @if let Some(score) = tried.score { span { (format!("{:.0} %", score * 100.0)) } } }
                                    None => { (state("not made")) }
                                }
                                @if tried.best { (state("best")) }
                            }
                            @if let (Some(score), Some(said)) = (tried.score, tried.verdict) { (meter(score, said.as_str())) }
                            @for reason in &tried.reasons { span.small { (reason) } }
                        }
                    } } }
                }
            }
        }
    })
}
