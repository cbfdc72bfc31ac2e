//! What kind of source an asset has, in the words of the IPTC's vocabulary `digitalsourcetype`.

use crate::id::AssetId;
use crate::pipeline::Kind;
use crate::record::AssetRecord;
use crate::view::JobView;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Kinds of source, after the IPTC's NewsCodes (<https://cv.iptc.org/newscodes/digitalsourcetype>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SourceType {
    /// Made by a model that learned from examples.
    TrainedAlgorithmicMedia,
    /// A picture of another origin with parts that such a model made.
    CompositeWithTrainedAlgorithmicMedia,
    /// Made by rules that somebody wrote: no AI.
    AlgorithmicMedia,
    /// A picture of another origin, made better by an algorithm, nothing added.
    AlgorithmicallyEnhanced,
    /// Several origins, none of them a model that learned.
    Composite,
    /// What a caller brought, changed by a person.
    HumanEdits,
}

impl SourceType {
    /// Its name in the vocabulary.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TrainedAlgorithmicMedia => "trainedAlgorithmicMedia",
            Self::CompositeWithTrainedAlgorithmicMedia => "compositeWithTrainedAlgorithmicMedia",
            Self::AlgorithmicMedia => "algorithmicMedia",
            Self::AlgorithmicallyEnhanced => "algorithmicallyEnhanced",
            Self::Composite => "composite",
            Self::HumanEdits => "humanEdits",
        }
    }

    /// Its address in the vocabulary.
    pub fn uri(self) -> String {
        format!("http://cv.iptc.org/newscodes/digitalsourcetype/{}", self.as_str())
    }

    /// Whether it has to be disclosed as made with AI.
    pub fn ai(self) -> bool {
        matches!(self, Self::TrainedAlgorithmicMedia | Self::CompositeWithTrainedAlgorithmicMedia)
    }
}

/// The kind of source of an asset. None where nothing is known but that a caller brought it: then nothing is claimed.
pub fn source(view: &JobView, asset: &AssetRecord) -> Option<SourceType> {
    Lineage { view, open: BTreeSet::new() }.of(asset)
}

struct Lineage<'a> {
    view: &'a JobView,
    /// What is being looked at: who comes back here goes round in a circle.
    open: BTreeSet<AssetId>,
}

impl Lineage<'_> {
    fn of(&mut self, asset: &AssetRecord) -> Option<SourceType> {
        if !self.open.insert(asset.id.clone()) {
            return None;
        }
        let known: Vec<_> =
            asset.made_from.iter().filter_map(|id| self.view.assets.get(id)).collect();
        let from: Vec<_> = known.into_iter().map(|asset| self.of(asset)).collect();
        self.open.remove(&asset.id);
        if asset.edited.as_ref().is_some_and(|edit| edit.replaced.is_some()) {
            return Some(by_hand(&from));
        }
        let kind = self.view.pipeline.step(&asset.step).map(|step| step.kind);
        let trained = asset.made_by.as_ref().is_none_or(|made_by| !made_by.procedural);
        match kind {
            // What the caller brought.
            None => mixed(&from),
            Some(Kind::Generate | Kind::Film | Kind::Sound | Kind::Speak | Kind::Write) => {
                Some(made(trained))
            }
            Some(Kind::Edit) => Some(changed(&from, trained)),
            Some(Kind::RemoveBackground | Kind::Upscale | Kind::Separate) => {
                Some(mixed(&from).unwrap_or(SourceType::AlgorithmicallyEnhanced))
            }
            Some(_) => mixed(&from),
        }
    }
}

fn made(trained: bool) -> SourceType {
    match trained {
        true => SourceType::TrainedAlgorithmicMedia,
        false => SourceType::AlgorithmicMedia,
    }
}

/// What is changed as words say: a model that learned leaves its part in it.
fn changed(from: &[Option<SourceType>], trained: bool) -> SourceType {
    match (mixed(from), trained) {
        (Some(SourceType::TrainedAlgorithmicMedia), _) => SourceType::TrainedAlgorithmicMedia,
        (_, true) => SourceType::CompositeWithTrainedAlgorithmicMedia,
        (Some(known), false) => known,
        (None, false) => SourceType::AlgorithmicallyEnhanced,
    }
}

/// What a person put in its place is believed to have come of it.
fn by_hand(from: &[Option<SourceType>]) -> SourceType {
    match mixed(from) {
        Some(source) if source.ai() => SourceType::CompositeWithTrainedAlgorithmicMedia,
        _ => SourceType::HumanEdits,
    }
}

/// What comes of several origins; of one, or of several that are alike, that one.
fn mixed(from: &[Option<SourceType>]) -> Option<SourceType> {
    let first = *from.first()?;
    if from.iter().all(|one| *one == first) {
        return first;
    }
    match from.iter().flatten().any(|one| one.ai()) {
        true => Some(SourceType::CompositeWithTrainedAlgorithmicMedia),
        false => Some(SourceType::Composite),
    }
}
