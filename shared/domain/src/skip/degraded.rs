//! What a job lacks because of errors, and whether what is left is worth being called a success.

use crate::pipeline::Function;
use crate::record::{Degraded, Skipped};
use crate::state::StepState;
use crate::view::JobView;
use std::collections::BTreeSet;

/// What the job went on without because of errors, in the plan's order.
pub fn degraded(view: &JobView) -> Vec<Degraded> {
    let steps = view.plan.waves.iter().flat_map(|wave| &wave.steps);
    let lacking = steps.filter_map(|name| {
        let record = view.steps.get(name)?;
        let skipped = record.skipped.as_ref().filter(|skipped| skipped.error)?;
        let reason = reason(Some(skipped), record.used.as_deref());
        Some(Degraded { step: name.clone(), reason })
    });
    lacking.collect()
}

/// Why one step lacks, or that another stands in for it.
pub(super) fn reason(skipped: Option<&Skipped>, used: Option<&str>) -> String {
    let why = skipped.map_or("", |skipped| skipped.reason.as_str());
    match used {
        Some(used) => format!("{used} was used instead: {why}"),
        None => why.to_owned(),
    }
}

/// Why nothing that matters was made, where errors left nothing of it.
///
/// What matters is what is published, of a pipeline that publishes nothing what nobody takes further; and
/// of each fan at least one item.
pub fn made_nothing(view: &JobView) -> Option<String> {
    let publishes = |name: &&String| {
        let step = view.pipeline.step(name);
        step.is_some_and(|step| step.kind.function() == Function::Publish)
    };
    let last = |name: &&String| !view.plan.needs.values().flatten().any(|need| need == *name);
    let names: Vec<&String> = view.plan.waves.iter().flat_map(|wave| &wave.steps).collect();
    let mut ends: Vec<&String> = names.iter().copied().filter(publishes).collect();
    if ends.is_empty() {
        ends = names.iter().copied().filter(last).collect();
    }
    lost(view, &ends).or_else(|| {
        let fanned = view.pipeline.steps.iter().filter_map(|step| step.each.as_ref());
        let fans: BTreeSet<&String> = fanned.map(|each| &each.step).collect();
        fans.into_iter().find_map(|fan| {
            let of = |name: &&String| {
                let each = view.pipeline.step(name).and_then(|step| step.each.as_ref());
                each.is_some_and(|each| each.step == *fan)
            };
            let items: Vec<&String> = names.iter().copied().filter(of).collect();
            let all = items.iter().all(|name| view.skipped(name).is_some());
            lost(view, &items)
                .filter(|_| all)
                .map(|why| format!("no item of {fan} was made: {why}"))
        })
    })
}

/// Why none of these steps succeeded, where errors are behind it.
fn lost(view: &JobView, steps: &[&String]) -> Option<String> {
    let records = || steps.iter().filter_map(|name| view.steps.get(*name));
    if records().any(|record| record.state == StepState::Succeeded) {
        return None;
    }
    records().find_map(|record| {
        let skipped = record.skipped.as_ref().filter(|skipped| skipped.error)?;
        Some(format!("{}: {}", record.name, skipped.reason))
    })
}
