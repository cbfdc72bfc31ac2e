//! Which step made what is shown, and whether it can be made again.

use super::record::ReviewRecord;
use super::refusal::Refusal;
use crate::gate::{price, way};
use crate::money::MicroUsd;
use crate::pipeline::Function;
use crate::view::JobView;
use std::collections::BTreeSet;

/// The step that a regenerate goes back to: the one that its gate names, or the one that made what is shown.
///
/// What only follows from its pictures (a resize) would be the same again: then whoever made those is meant.
pub fn maker(view: &JobView, review: &ReviewRecord) -> Option<String> {
    let gate = review.id.gate();
    let leads = |step: &str| {
        let wave = view.plan.wave_of(step);
        wave.is_some_and(|wave| wave < review.wave) && !way(view, step, gate).is_empty()
    };
    let on_fail = view.pipeline.step(gate).and_then(|step| step.on_fail.as_ref());
    if let Some(on_fail) = on_fail.filter(|on_fail| leads(&on_fail.retry)) {
        return Some(on_fail.retry.clone());
    }
    let mut next: Vec<_> = review.subjects.iter().map(|subject| subject.asset.clone()).collect();
    let mut seen: BTreeSet<_> = next.iter().cloned().collect();
    next.reverse();
    while let Some(id) = next.pop() {
        let Some(asset) = view.assets.get(&id) else { continue };
        let definition = view.pipeline.step(&asset.step);
        let lane = definition.is_some_and(|step| {
            step.kind.function() == Function::Lane
                && step.kind.spec().params.iter().any(|p| p.name == "prompt")
        });
        if lane && leads(&asset.step) {
            return Some(asset.step.clone());
        }
        next.extend(asset.made_from.iter().filter(|from| seen.insert((*from).clone())).cloned());
    }
    // Nobody was told anything in words: the last lane step before it, if there is one.
    let lane = |step: &&String| {
        view.pipeline.step(step).is_some_and(|step| step.kind.function() == Function::Lane)
    };
    review.subjects.iter().find_map(|subject| {
        let asset = view.assets.get(&subject.asset)?;
        Some(&asset.step).filter(lane).filter(|step| leads(step)).cloned()
    })
}

/// Whether another try can be made and paid.
pub(super) fn affordable(view: &JobView, review: &ReviewRecord) -> Result<String, Refusal> {
    let maker = maker(view, review).ok_or(Refusal::NothingToMake)?;
    let price = price(view, &way(view, &maker, review.id.gate()));
    let left = MicroUsd((view.job.budget.0 - view.job.spent.0).max(0));
    match left < price {
        true => Err(Refusal::Budget(price.usd(), left.usd())),
        false => Ok(maker),
    }
}
