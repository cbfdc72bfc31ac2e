//! What a manifest tells of an asset: what was done in which order, by what, and who looked at it.

use super::{SourceType, source};
use crate::id::AssetId;
use crate::pipeline::Kind;
use crate::record::{AssetRecord, StepRecord};
use crate::time::Time;
use crate::view::JobView;
use serde_json::Value;
use std::collections::BTreeSet;

/// How an asset came to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The kind of its source; none where a caller brought it and nothing but its form was changed.
    pub source: Option<SourceType>,
    /// What was done, the first first. Begins with [`Act::CREATED`] unless a caller brought something.
    pub acts: Vec<Act>,
    /// What a caller brought of it, the first first.
    pub brought: Vec<AssetId>,
    /// Which gates looked at it or at what it was made from.
    pub looked: Vec<Looked>,
}

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// The action, as C2PA names it.
    pub action: &'static str,
    /// The step.
    pub step: String,
    /// What the step does, such as `image.upscale`; none of what a person did.
    pub kind: Option<&'static str>,
    /// The model that did it.
    pub model: Option<String>,
    /// The kind of source that it left.
    pub source: Option<SourceType>,
    /// The SHA-256 of what came of it, in hexadecimal.
    pub sha256: String,
    /// When.
    pub at: Time,
}

impl Act {
    /// Something came to be.
    pub const CREATED: &str = "c2pa.created";
    /// Something was changed.
    pub const EDITED: &str = "c2pa.edited";
}

/// What a gate said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// The gate.
    pub gate: String,
    /// Its own word: `pass`, `review` or `fail`.
    pub verdict: String,
    /// The policy that it looked by, with its version.
    pub policy: Option<String>,
    /// Whether people approved it, whatever the gate said.
    pub approved: bool,
}

/// What is to be told of an asset.
pub fn facts(view: &JobView, asset: &AssetRecord) -> Facts {
    let lineage = lineage(view, asset);
    let (brought, made): (Vec<&AssetRecord>, Vec<&AssetRecord>) =
        lineage.iter().partition(|asset| asset.step == "inputs");
    let mut acts: Vec<Act> = made.iter().map(|asset| act(view, asset)).collect();
    let mut created = brought.is_empty();
    for act in acts.iter_mut().filter(|act| act.action == Act::CREATED) {
        // A manifest tells of one beginning; what else was made for it was added.
        act.action = if std::mem::take(&mut created) { Act::CREATED } else { Act::EDITED };
    }
    let hashes: BTreeSet<&str> = lineage.iter().map(|asset| asset.sha256.as_str()).collect();
    let gates = view.steps.values().filter(|record| view.is_gate(&record.name));
    Facts {
        source: source(view, asset),
        acts,
        brought: brought.iter().map(|asset| asset.id.clone()).collect(),
        looked: gates.filter_map(|gate| looked(gate, &hashes)).collect(),
    }
}

/// An asset with all that it was made from, in the order of making.
fn lineage<'a>(view: &'a JobView, asset: &'a AssetRecord) -> Vec<&'a AssetRecord> {
    let mut found = vec![asset];
    let mut next = 0;
    while let Some(asset) = found.get(next).copied() {
        next += 1;
        for from in asset.made_from.iter().filter_map(|id| view.assets.get(id)) {
            if !found.iter().any(|known| known.id == from.id) {
                found.push(from);
            }
        }
    }
    // Found from the end: of what was recorded at one moment, what was found last came first.
    found.reverse();
    found.sort_by_key(|asset| asset.created_at);
    found
}

fn act(view: &JobView, asset: &AssetRecord) -> Act {
    let by_hand = asset.edited.as_ref().is_some_and(|edit| edit.replaced.is_some());
    let kind = view.pipeline.step(&asset.step).map(|step| step.kind).filter(|_| !by_hand);
    Act {
        action: kind.map_or(Act::EDITED, action),
        step: asset.step.clone(),
        kind: kind.map(Kind::as_str),
        model: asset.made_by.as_ref().map(|made_by| made_by.model.clone()),
        source: source(view, asset),
        sha256: asset.sha256.clone(),
        at: asset.created_at,
    }
}

/// What a kind of step does, as C2PA's list of actions names it (specification 2.1, 18.16.2).
fn action(kind: Kind) -> &'static str {
    match kind {
        Kind::Generate | Kind::Film | Kind::Sound | Kind::Speak | Kind::Write => Act::CREATED,
        Kind::Upscale => "c2pa.enhanced",
        Kind::Resize | Kind::Print => "c2pa.resized",
        Kind::Convert => "c2pa.converted",
        Kind::Crop => "c2pa.cropped",
        Kind::Grade => "c2pa.adjustedColor",
        _ => Act::EDITED,
    }
}

fn looked(gate: &StepRecord, hashes: &BTreeSet<&str>) -> Option<Looked> {
    let verdict = gate.verdict.as_ref()?;
    let names = |of: &Value| {
        let subjects = of.get("subjects").and_then(Value::as_array);
        let hash = |subject: &Value| subject.get("sha256")?.as_str().map(str::to_owned);
        subjects.into_iter().flatten().filter_map(hash).any(|hash| hashes.contains(hash.as_str()))
    };
    let approved = verdict.get("approved").filter(|approved| names(approved));
    if !names(verdict) && approved.is_none() {
        return None;
    }
    let policy = verdict.get("policy").and_then(|policy| {
        let name = policy.get("name")?.as_str()?;
        Some(format!("{name}@{}", policy.get("version")?))
    });
    Some(Looked {
        gate: gate.name.clone(),
        verdict: verdict.get("verdict")?.as_str()?.to_owned(),
        policy,
        approved: approved.is_some(),
    })
}
