//! Whose work a verdict is about, and whose word it rests on: models, in the version that served.

use crate::gate::Subject;
use crate::gate::policy::step_of;
use crate::record::AttemptRecord;
use crate::view::JobView;
use std::collections::BTreeSet;

/// Most models that one verdict is counted for.
const MODELS_MOST: usize = 8;

/// The models that had a part in these bytes: those of all that they were made from.
pub(super) fn makers(view: &JobView, subjects: &[Subject]) -> BTreeSet<String> {
    let mut next: Vec<_> = subjects.iter().map(|subject| &subject.asset).collect();
    let mut seen: BTreeSet<_> = next.iter().copied().collect();
    let mut models = BTreeSet::new();
    while let Some(id) = next.pop() {
        let Some(asset) = view.assets.get(id) else { continue };
        let made = |attempt: &&AttemptRecord| {
            attempt.work.attempt.step() == asset.step
                && attempt.outputs.values().flatten().any(|output| output == id)
        };
        models.extend(view.attempts.iter().find(made).and_then(version));
        next.extend(asset.made_from.iter().filter(|from| seen.insert(from)));
    }
    models.into_iter().take(MODELS_MOST).collect()
}

/// The model that answered about a gate's criterion, as it was served; none where nobody was asked.
pub(super) fn judge_of(view: &JobView, gate: &str, criterion: &str) -> Option<String> {
    let definition = view.pipeline.step(gate)?;
    // The same model is asked about each of several candidates.
    let candidates = view.pipeline.candidates(gate).len().max(1) as u32;
    let mut steps = (1..=candidates).map(|number| step_of(definition, criterion, number));
    let answered =
        steps.find_map(|step| view.steps.get(&step)?.outputs.values().flatten().next())?;
    let gave = |attempt: &&AttemptRecord| {
        attempt.outputs.values().flatten().any(|output| output == answered)
    };
    view.attempts.iter().find(gave).and_then(version)
}

/// A model as pipelines name it, with the version that served where the vendor tells that.
fn version(attempt: &AttemptRecord) -> Option<String> {
    let model = attempt.work.model();
    if model == "-" {
        return None;
    }
    let plain = model.split_once('/').map_or(model.as_str(), |(_, plain)| plain);
    Some(match &attempt.called.served {
        Some(served) if served != plain && *served != model => format!("{model} ({served})"),
        _ => model,
    })
}
