//! What a file says of itself, and whether it can be believed.

use crate::definition::HISTORY;
use c2pa::{Context, Reader, ValidationState};
use serde::Serialize;
use serde_json::{Value, json};
use std::io::Cursor;

/// Whether a manifest can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// The file is as it was signed, by somebody whom the given anchors vouch for.
    Trusted,
    /// The file is as it was signed; nobody here vouches for who signed it.
    Valid,
    /// The file, or what it says of itself, was changed since.
    Invalid,
}

/// All manifests of a file, the latest first, each followed by those of what it was made from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chain {
    /// Whether it can be believed.
    pub state: State,
    /// What speaks against it, as C2PA names it, such as `assertion.dataHash.mismatch`.
    pub problems: Vec<String>,
    /// The manifests.
    pub manifests: Vec<Manifest>,
}

/// What one signer said.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Manifest {
    /// The file's name when it was signed.
    pub title: Option<String>,
    /// What wrote it.
    pub generator: Option<String>,
    /// Who signed it.
    pub signer: Option<String>,
    /// What was done, the first first.
    pub actions: Vec<Action>,
    /// What it was made from.
    pub ingredients: Vec<Ingredient>,
    /// Our own account of its making: job, steps, gates. None where somebody else wrote the manifest.
    pub history: Option<Value>,
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Action {
    /// What, as C2PA names it.
    pub action: String,
    /// By what.
    pub agent: Option<String>,
    /// The kind of source, the last part of its address.
    pub source_type: Option<String>,
    /// When.
    pub when: Option<String>,
    /// In a person's words.
    pub description: Option<String>,
}

/// Something that it was made from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ingredient {
    /// Its name.
    pub title: Option<String>,
    /// `parentOf`, `componentOf` or `inputTo`.
    pub relationship: Option<String>,
    /// Whether it has a manifest of its own, which then follows.
    pub has_manifest: bool,
}

/// Reads what a file says of itself. None where it has no manifest. `anchors`: PEM of those whose word is trusted.
pub fn read(
    media_type: &str,
    bytes: &[u8],
    anchors: Option<&str>,
) -> Result<Option<Chain>, c2pa::Error> {
    let trust = json!({
        "verify": { "verify_trust": true, "remote_manifest_fetch": false },
        "trust": { "trust_anchors": anchors },
    });
    let context = Context::new().with_settings(trust)?;
    let reader = match Reader::from_context(context).with_stream(media_type, Cursor::new(bytes)) {
        Ok(reader) => reader,
        Err(c2pa::Error::JumbfNotFound | c2pa::Error::ProvenanceMissing) => return Ok(None),
        Err(error) => return Err(error),
    };
    let told: Value = serde_json::from_str(&reader.json()).unwrap_or_default();
    let state = match reader.validation_state() {
        ValidationState::Trusted => State::Trusted,
        ValidationState::Valid => State::Valid,
        ValidationState::Invalid => State::Invalid,
    };
    let problems = reader.validation_status().unwrap_or_default().iter();
    let problems = problems.map(|status| status.code().to_owned()).collect();
    let mut manifests = Vec::new();
    follow(&told["manifests"], told["active_manifest"].as_str(), &mut Vec::new(), &mut manifests);
    Ok(Some(Chain { state, problems, manifests }))
}

/// A manifest, then those of its ingredients, each once.
fn follow(all: &Value, label: Option<&str>, seen: &mut Vec<String>, found: &mut Vec<Manifest>) {
    let Some(label) = label.filter(|label| !seen.iter().any(|known| known == label)) else {
        return;
    };
    seen.push(label.to_owned());
    let Some(told) = all.get(label) else { return };
    found.push(manifest(told));
    for ingredient in told["ingredients"].as_array().into_iter().flatten() {
        follow(all, ingredient["active_manifest"].as_str(), seen, found);
    }
}

fn manifest(told: &Value) -> Manifest {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let assertions = list(&told["assertions"]);
    let labelled = |wanted: &str| {
        let is =
            |one: &&Value| one["label"].as_str().is_some_and(|label| label.starts_with(wanted));
        assertions.iter().find(is).map(|one| one["data"].clone())
    };
    let actions = labelled("c2pa.actions").map(|data| list(&data["actions"])).unwrap_or_default();
    let action = |told: &Value| Action {
        action: text(&told["action"]).unwrap_or_default(),
        agent: text(&told["softwareAgent"]["name"]).or_else(|| text(&told["softwareAgent"])),
        source_type: text(&told["digitalSourceType"])
            .map(|uri| uri.rsplit('/').next().unwrap_or_default().to_owned()),
        when: text(&told["when"]),
        description: text(&told["description"]),
    };
    let ingredient = |told: &Value| Ingredient {
        title: text(&told["title"]),
        relationship: text(&told["relationship"]),
        has_manifest: told["active_manifest"].is_string(),
    };
    let generator = &told["claim_generator_info"][0];
    let version = generator["version"].as_str().map(|version| format!(" {version}"));
    let signature = &told["signature_info"];
    Manifest {
        title: text(&told["title"]),
        generator: text(&generator["name"]).map(|name| name + &version.unwrap_or_default()),
        signer: text(&signature["common_name"]).or_else(|| text(&signature["issuer"])),
        actions: actions.iter().map(action).collect(),
        ingredients: list(&told["ingredients"]).iter().map(ingredient).collect(),
        history: labelled(HISTORY),
    }
}
