//! Publish by bytes: nothing goes out that no passing verdict of this job covers.
//!
//! A verdict covers the bytes that it names by SHA-256, and whatever was made from them by deterministic
//! steps alone. That is read from the assets' lineage, never from the plan: a plan says what should have
//! happened. The plan is asked only for more refusals ([`ready`], and the gates of the tenant's mandate, each
//! of which must cover the bytes), never for a permission.

use crate::id::AssetId;
use crate::pipeline::Mandated;
use crate::record::{AssetRecord, StepRecord};
use crate::sign::sha256;
use crate::state::StepState;
use crate::view::JobView;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Why something may not be published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCleared {
    /// The publishing step waits for a step that is not done.
    #[error("step {0} comes before it and is not done")]
    Unfinished(String),
    /// A gate that had a say did not pass.
    #[error("gate {0} did not pass")]
    Gate(String),
    /// A gate that the tenant asks of all that is published has not passed the bytes.
    #[error(
        "its tenant's gate {0} has not passed the bytes of {1}, nor all that they were made from"
    )]
    Mandate(String, AssetId),
    /// No passing verdict covers the bytes.
    #[error("no passing verdict names the bytes of {0}, nor all that they were made from")]
    Unjudged(AssetId),
    /// It is, or was made from, what is known to be bad.
    #[error("{0} is never published: it is, or was made from, what was declared known-bad")]
    Planted(AssetId),
    /// It was taken down, or made from what was.
    #[error("{0} is not published: it is, or was made from, {1}, which was taken down")]
    TakenDown(AssetId, AssetId),
    /// The bytes are others than those on record.
    #[error(
        "bytes are not the ones that were judged: {0} was changed after its record was written"
    )]
    Swapped(AssetId),
    /// The bytes cannot be read any more.
    #[error("the bytes of {0} are not there")]
    Gone(AssetId),
}

/// Whether all that a publishing step waits for is done, its gates with a pass.
///
/// A call that was made by hand comes here without the waves before it. Steps that were skipped are
/// passed over with all that only they waited for; a gate that was skipped did not pass.
pub fn ready(view: &JobView, step: &str) -> Result<(), NotCleared> {
    let mut reached = BTreeSet::from([step.to_owned()]);
    let mut next = vec![step.to_owned()];
    while let Some(name) = next.pop() {
        let Some(definition) = view.pipeline.step(&name) else { continue };
        let used = view.step(&name).used;
        let before = definition.after.iter().cloned().chain(definition.takes_from()).chain(used);
        for before in before.filter(|before| reached.insert(before.clone())).collect::<Vec<_>>() {
            if view.is_gate(&before) || view.skipped(&before).is_none() {
                next.push(before);
            }
        }
    }
    reached.remove(step);
    // What belongs to the item of such a gate is not sent, see `JobView::gone`.
    if let Some(definition) = view.pipeline.step(step) {
        let passed_over = |gate: &String| {
            definition.after.contains(gate)
                && view.skipped(gate).is_some()
                && view.of_other_items(definition, gate)
        };
        reached.retain(|name| !passed_over(name));
    }
    for before in view.plan.upstream(step).into_iter().filter(|name| reached.contains(name)) {
        let record = view.step(&before);
        let gate = view.is_gate(&before);
        match record.state {
            StepState::Succeeded if gate && !passed(&record) => {
                return Err(NotCleared::Gate(before));
            }
            StepState::Skipped if gate => return Err(NotCleared::Gate(before)),
            StepState::Succeeded | StepState::Skipped => {}
            _ => return Err(NotCleared::Unfinished(before)),
        }
    }
    Ok(())
}

/// Whether verdicts of this job allow an asset to be published.
pub fn cleared(view: &JobView, asset: &AssetRecord) -> Result<(), NotCleared> {
    // Whatever anybody says of it.
    if !view.planted.is_empty()
        && lineage(view, asset).iter().any(|it| view.planted.contains(&it.sha256))
    {
        return Err(NotCleared::Planted(asset.id.clone()));
    }
    let verdicts = view.steps.values().filter(|record| view.is_gate(&record.name));
    let verdicts = verdicts.filter_map(Judged::of).collect();
    Lineage { view, verdicts, known: BTreeMap::new() }.clear(asset)?;
    mandated(view, asset)
}

/// Whether each gate of the mandate that the run is under has passed an asset, whatever the plan says of them.
fn mandated(view: &JobView, asset: &AssetRecord) -> Result<(), NotCleared> {
    let Some(mandate) = &view.mandate else { return Ok(()) };
    for gate in &mandate.gates {
        let asked = Mandated { gate: gate.clone(), mandate: mandate.digest.clone() };
        let verdicts = view.steps.values().filter(|record| {
            let step = view.pipeline.step(&record.name);
            let ours = step.is_some_and(|step| step.mandated.as_ref() == Some(&asked));
            ours && asked.gave(record.verdict.as_ref())
        });
        let verdicts = verdicts.filter_map(Judged::of).collect();
        let passed = Lineage { view, verdicts, known: BTreeMap::new() }.clear(asset);
        passed.map_err(|_| NotCleared::Mandate(gate.clone(), asset.id.clone()))?;
    }
    Ok(())
}

/// An asset, and all of the job's that it was made from.
pub(crate) fn lineage<'a>(view: &'a JobView, asset: &'a AssetRecord) -> Vec<&'a AssetRecord> {
    let mut all = vec![asset];
    let mut seen = BTreeSet::from([&asset.id]);
    let mut at = 0;
    while let Some(asset) = all.get(at).copied() {
        at += 1;
        let from = asset.made_from.iter().filter_map(|id| view.assets.get(id));
        all.extend(from.filter(|from| seen.insert(&from.id)));
    }
    all
}

/// Whether bytes read just now are the ones that the asset's record, and so the verdict, speaks of.
pub fn same_bytes(asset: &AssetRecord, bytes: &[u8]) -> Result<(), NotCleared> {
    match sha256(bytes) == asset.sha256 {
        true => Ok(()),
        false => Err(NotCleared::Swapped(asset.id.clone())),
    }
}

fn passed(record: &StepRecord) -> bool {
    let verdict = record.verdict.as_ref();
    let word = verdict.and_then(|verdict| verdict.get("verdict")?.as_str());
    record.state == StepState::Succeeded && (word == Some("pass") || approved(record).is_some())
}

/// What people approved of what a gate was not sure of.
fn approved(record: &StepRecord) -> Option<&Value> {
    record.verdict.as_ref()?.get("approved").filter(|approved| approved.is_object())
}

/// What a gate said, and of which bytes: its own word, or that of the people it asked.
struct Judged<'a> {
    gate: &'a str,
    passed: bool,
    names: BTreeSet<&'a str>,
    /// The bytes that people approved; none where they were not asked. Then only these are passed.
    approved: Option<BTreeSet<&'a str>>,
}

impl<'a> Judged<'a> {
    fn of(record: &'a StepRecord) -> Option<Self> {
        let hashes = |of: &'a Value| -> BTreeSet<&'a str> {
            let subjects = of.get("subjects").and_then(Value::as_array);
            let hash = |subject: &'a Value| subject.get("sha256")?.as_str();
            subjects.into_iter().flatten().filter_map(hash).collect()
        };
        let mut names = hashes(record.verdict.as_ref()?);
        let approved = approved(record).map(hashes);
        names.extend(approved.iter().flatten().copied());
        Some(Self { gate: &record.name, passed: passed(record), names, approved })
    }

    /// Whether it passed these bytes, of which it said something.
    fn passes(&self, sha256: &str) -> bool {
        self.passed && self.approved.as_ref().is_none_or(|approved| approved.contains(sha256))
    }
}

struct Lineage<'a> {
    view: &'a JobView,
    verdicts: Vec<Judged<'a>>,
    known: BTreeMap<AssetId, Result<(), NotCleared>>,
}

impl Lineage<'_> {
    fn clear(&mut self, asset: &AssetRecord) -> Result<(), NotCleared> {
        if let Some(known) = self.known.get(&asset.id) {
            return known.clone();
        }
        // Whoever comes back here while this is open goes round in a circle, which clears nothing.
        let circle = Err(NotCleared::Unjudged(asset.id.clone()));
        self.known.insert(asset.id.clone(), circle);
        let decided = self.decide(asset);
        self.known.insert(asset.id.clone(), decided.clone());
        decided
    }

    fn decide(&mut self, asset: &AssetRecord) -> Result<(), NotCleared> {
        let judges = || self.verdicts.iter().filter(|v| v.names.contains(asset.sha256.as_str()));
        if let Some(no) = judges().find(|verdict| !verdict.passes(&asset.sha256)) {
            return Err(NotCleared::Gate(no.gate.to_owned()));
        }
        let named = judges().next().is_some();
        let unjudged = Err(NotCleared::Unjudged(asset.id.clone()));
        if !asset.deterministic || asset.made_from.is_empty() {
            return if named { Ok(()) } else { unjudged };
        }
        let mut covered = true;
        for source in &asset.made_from {
            let source = match self.view.assets.get(source) {
                Some(source) => self.clear(source),
                None => unjudged.clone(),
            };
            match source {
                Ok(()) => {}
                // A "no" to a source is a "no" to what only depends on it, whoever passed that.
                Err(no @ NotCleared::Gate(_)) => return Err(no),
                Err(_) => covered = false,
            }
        }
        if named || covered { Ok(()) } else { unjudged }
    }
}
