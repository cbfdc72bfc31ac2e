//! What a manifest says, as the C2PA library takes it.

use domain::provenance::{Act, Facts};
use domain::record::AssetRecord;
use serde_json::{Value, json};

/// The label of our own assertion: the whole history, step by step, and which gates looked.
pub(crate) const HISTORY: &str = "galley.history";

/// The definition of an asset's manifest. `title`: a file name that a person can read.
pub(crate) fn definition(title: &str, asset: &AssetRecord, facts: &Facts) -> Value {
    let actions: Vec<Value> = facts.acts.iter().map(action).collect();
    let mut assertions = vec![json!({ "label": HISTORY, "data": history(asset, facts) })];
    if !actions.is_empty() {
        let data = json!({ "actions": actions, "allActionsIncluded": true });
        assertions.insert(0, json!({ "label": "c2pa.actions.v2", "data": data }));
    }
    json!({
        "title": title,
        "format": asset.media_type,
        "claim_generator_info": [{ "name": "Galley", "version": env!("CARGO_PKG_VERSION") }],
        "assertions": assertions,
    })
}

fn action(act: &Act) -> Value {
    let mut action = json!({ "action": act.action, "when": act.at.rfc3339() });
    if let Some(model) = &act.model {
        action["softwareAgent"] = json!({ "name": model });
    }
    if let Some(source) = act.source {
        action["digitalSourceType"] = source.uri().into();
    }
    let what = act.kind.unwrap_or("replaced by a person");
    action["description"] = format!("{}: {what}", act.step).into();
    action
}

fn history(asset: &AssetRecord, facts: &Facts) -> Value {
    let steps = facts.acts.iter().map(|act| {
        json!({
            "step": act.step, "kind": act.kind, "model": act.model, "sha256": act.sha256,
            "at": act.at.rfc3339(),
        })
    });
    let gates = facts.looked.iter().map(|looked| {
        json!({
            "gate": looked.gate, "verdict": looked.verdict, "policy": looked.policy,
            "approved_by_people": looked.approved,
        })
    });
    json!({
        "job": asset.id.job(), "asset": asset.id, "sha256": asset.sha256,
        "steps": steps.collect::<Vec<_>>(), "gates": gates.collect::<Vec<_>>(),
    })
}
