//! The words that went into assets, read from their lineage: what a tenant's gate looks for terms in.

use crate::id::AssetId;
use crate::pipeline::Type;
use crate::record::AssetRecord;
use crate::view::JobView;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Words, and where they stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Where, as reasons name it: `prompt of generate`.
    pub place: String,
    /// The text.
    pub text: String,
}

/// All words that steps were told which made these assets, or what they were made from; or why nobody can say.
pub fn words(view: &JobView, assets: &[&AssetRecord]) -> Result<Vec<Word>, String> {
    let mut reached: BTreeSet<&AssetId> = assets.iter().map(|asset| &asset.id).collect();
    let mut next: Vec<&AssetRecord> = assets.to_vec();
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut steps: BTreeSet<&str> = BTreeSet::new();
    while let Some(asset) = next.pop() {
        if let Some(text) = &asset.text {
            found.insert(format!("{} of {}", asset.port, asset.step), text.clone());
        }
        steps.insert(&asset.step);
        for source in asset.made_from.iter().filter(|source| reached.insert(source)) {
            let source = view.assets.get(source);
            next.push(source.ok_or_else(|| format!("what {} was made from is gone", asset.id))?);
        }
    }
    // What a caller brought was made by no step of ours.
    for step in steps.into_iter().filter_map(|step| view.pipeline.step(step)) {
        let told = view.parameters(&step.name);
        let told = told.map_err(|cause| format!("what {} was told is gone: {cause}", step.name))?;
        for (name, value) in &told {
            let param = step.kind.param(name);
            let fields = match param.map(|param| param.ty) {
                // A model's name is no word of anybody's.
                Some(Type::Text { .. }) if name != "model" => vec![(name.as_str(), value)],
                Some(Type::Records { fields, .. }) => {
                    let items = value.as_array().into_iter().flatten();
                    let given = items.filter_map(Value::as_object).flatten();
                    let words = given.filter(|(name, _)| {
                        let field = fields.iter().find(|field| field.name == name.as_str());
                        field.is_some_and(|field| matches!(field.ty, Type::Text { .. }))
                    });
                    words.map(|(name, value)| (name.as_str(), value)).collect()
                }
                _ => continue,
            };
            for (name, text) in fields.into_iter().filter_map(|(n, v)| Some((n, v.as_str()?))) {
                let all = found.entry(format!("{name} of {}", step.name)).or_default();
                if !all.is_empty() {
                    all.push('\n');
                }
                all.push_str(text);
            }
        }
    }
    Ok(found.into_iter().map(|(place, text)| Word { place, text }).collect())
}
