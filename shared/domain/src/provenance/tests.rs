use super::{Act, SourceType, facts, source};
use crate::fakes::publishable;
use crate::record::{AssetRecord, MadeBy};
use crate::review::HumanEdit;
use crate::sign::sha256;
use crate::time::Time;
use crate::view::JobView;
use serde_json::json;

/// A job with these assets: each `step <- steps that it was made from`, by a model that learned, or by rules (`~step`).
fn job(lineage: &[&str]) -> JobView {
    let mut view = publishable(&json!({ "kind": "s3", "prefix": "p" }));
    let document = json!({
        "name": "hero", "budget_usd": 1,
        "inputs": { "photo": { "type": "image" } },
        "steps": {
            "paint": { "kind": "image.generate", "with": { "prompt": "a" } },
            "sky": { "kind": "image.generate", "with": { "prompt": "b" } },
            "change": { "kind": "image.edit", "with": { "prompt": "c", "model": "openai/gpt-image-1", "image": "{{ inputs.photo }}" } },
            "cut": { "kind": "image.remove_background", "with": { "image": "{{ inputs.photo }}" } },
            "large": { "kind": "image.upscale", "with": { "image": "{{ cut.image }}", "factor": 2 } },
            "small": { "kind": "image.resize", "with": {
                "image": "{{ large.image }}", "widths": [480], "formats": ["webp"],
            } },
            "card": { "kind": "image.composite", "with": {
                "width": 10, "height": 10, "layers": [{ "image": "{{ inputs.photo }}" }],
            } },
            "good": { "kind": "gate.quality", "with": { "images": [
                "{{ paint.image }}", "{{ sky.image }}", "{{ change.image }}", "{{ card.image }}", "{{ large.image }}",
            ] } },
            "publish": { "kind": "publish", "after": ["good"], "with": {
                "assets": "{{ small.images }}", "target": { "kind": "s3", "prefix": "p" },
            } },
        },
    });
    view.pipeline = crate::pipeline::Pipeline::from_value(&document).unwrap();
    let any = view.assets.values().next().unwrap().clone();
    view.assets.clear();
    for (n, line) in lineage.iter().enumerate() {
        let (step, from) = line.split_once(" <- ").unwrap_or((line, ""));
        let (step, procedural) = (step.trim_start_matches('~'), step.starts_with('~'));
        let id = |step: &str| crate::id::AssetId::new(&view.job.id, step, "1", 0);
        let lane = ["paint", "sky", "change", "cut", "large"].contains(&step);
        let made_by = lane.then(|| MadeBy { model: format!("m-{step}"), procedural });
        let asset = AssetRecord {
            id: id(step),
            step: step.to_owned(),
            sha256: sha256(step.as_bytes()),
            made_from: from.split_whitespace().map(id).collect(),
            made_by,
            created_at: Time(n as i64),
            ..any.clone()
        };
        view.assets.insert(asset.id.clone(), asset);
    }
    view
}

fn last<'a>(view: &'a JobView, step: &str) -> &'a AssetRecord {
    view.assets.values().find(|asset| asset.step == step).unwrap()
}

#[track_caller]
fn is(lineage: &[&str], expected: Option<SourceType>) {
    let view = job(lineage);
    let step = lineage.last().unwrap().split(' ').next().unwrap().trim_start_matches('~');
    assert_eq!(source(&view, last(&view, step)), expected, "{lineage:?}");
}

#[test]
fn what_is_claimed_follows_from_the_lineage() {
    use SourceType::*;
    is(&["inputs"], None);
    is(&["inputs", "small <- inputs"], None);
    is(&["paint"], Some(TrainedAlgorithmicMedia));
    is(&["~paint"], Some(AlgorithmicMedia));
    is(&["paint", "large <- paint", "small <- large"], Some(TrainedAlgorithmicMedia));
    // Rules that enlarge what a model painted leave it what it was.
    is(&["paint", "~large <- paint"], Some(TrainedAlgorithmicMedia));
    is(&["~paint", "large <- paint"], Some(AlgorithmicMedia));
    is(&["inputs", "cut <- inputs"], Some(AlgorithmicallyEnhanced));
    is(&["inputs", "change <- inputs"], Some(CompositeWithTrainedAlgorithmicMedia));
    is(&["inputs", "~change <- inputs"], Some(AlgorithmicallyEnhanced));
    is(&["paint", "change <- paint"], Some(TrainedAlgorithmicMedia));
    is(&["inputs", "paint", "card <- inputs paint"], Some(CompositeWithTrainedAlgorithmicMedia));
    is(&["inputs", "~paint", "card <- inputs paint"], Some(Composite));
    is(&["paint", "~sky", "card <- paint sky"], Some(CompositeWithTrainedAlgorithmicMedia));
    is(&["~paint", "~sky", "card <- paint sky"], Some(AlgorithmicMedia));
    // A circle, which no honest record has, claims nothing and ends.
    is(&["cut <- large", "large <- cut"], Some(AlgorithmicallyEnhanced));
}

#[test]
fn only_what_a_model_that_learned_had_part_in_is_disclosed() {
    use SourceType::*;
    let ai = [TrainedAlgorithmicMedia, CompositeWithTrainedAlgorithmicMedia];
    let not = [AlgorithmicMedia, AlgorithmicallyEnhanced, Composite, HumanEdits];
    assert!(ai.into_iter().all(SourceType::ai) && !not.into_iter().any(SourceType::ai));
    assert_eq!(
        AlgorithmicMedia.uri(),
        "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"
    );
}

#[test]
fn what_a_person_put_in_the_place_of_a_models_picture_is_still_partly_its() {
    for (line, expected) in [
        ("paint", SourceType::CompositeWithTrainedAlgorithmicMedia),
        ("~paint", SourceType::HumanEdits),
    ] {
        let mut view = job(&[line, "sky <- paint"]);
        let id = last(&view, "sky").id.clone();
        let edited = view.assets.get_mut(&id).unwrap();
        edited.edited = Some(HumanEdit {
            by: crate::id::PersonId::parse("mia").unwrap(),
            at: Time(9),
            replaced: Some(id.clone()),
            alt: None,
            caption: None,
            focal: None,
        });
        edited.made_by = None;
        let found = facts(&view, last(&view, "sky"));
        assert_eq!(found.source, Some(expected));
        assert_eq!((found.acts[1].action, found.acts[1].kind), (Act::EDITED, None));
    }
}

#[test]
fn acts_come_in_order_with_their_models_and_one_beginning() {
    let view = job(&["paint", "sky", "card <- paint sky", "large <- card", "small <- large"]);
    let found = facts(&view, last(&view, "small"));
    let told = |act: &Act| (act.action, act.step.clone(), act.model.clone());
    let told: Vec<_> = found.acts.iter().map(told).collect();
    let model = |name: &str| Some(name.to_owned());
    assert_eq!(
        told,
        [
            ("c2pa.created", "paint".into(), model("m-paint")),
            ("c2pa.edited", "sky".into(), model("m-sky")),
            ("c2pa.edited", "card".into(), None),
            ("c2pa.enhanced", "large".into(), model("m-large")),
            ("c2pa.resized", "small".into(), None),
        ]
    );
    assert!(found.brought.is_empty());
}

#[test]
fn what_a_caller_brought_is_opened_and_not_created() {
    let view = job(&["inputs", "paint", "card <- inputs paint"]);
    let found = facts(&view, last(&view, "card"));
    assert_eq!(found.brought, [last(&view, "inputs").id.clone()]);
    assert!(found.acts.iter().all(|act| act.action != Act::CREATED));
}

#[test]
fn gates_are_named_that_looked_at_it_or_at_what_it_came_from() {
    let view = publishable(&json!({ "kind": "s3", "prefix": "p" }));
    let mut view = view;
    let hash = last(&view, "ladder").made_from[0].clone();
    let sha256 = view.assets[&hash].sha256.clone();
    let verdict = json!({
        "verdict": "review", "subjects": [{ "asset": hash, "sha256": sha256 }],
        "policy": { "name": "brand", "version": 4, "sha256": "" },
        "approved": { "subjects": [{ "asset": hash, "sha256": sha256 }] },
    });
    view.steps.get_mut("good").unwrap().verdict = Some(verdict);
    view.steps.get_mut("safe").unwrap().verdict =
        Some(json!({ "verdict": "pass", "subjects": [{ "asset": hash, "sha256": "other" }] }));
    let found = facts(&view, last(&view, "ladder"));
    assert_eq!(found.looked.len(), 1, "what looked at other bytes has no say: {:?}", found.looked);
    let gate = &found.looked[0];
    assert_eq!(
        (gate.gate.as_str(), gate.verdict.as_str(), gate.approved),
        ("good", "review", true)
    );
    assert_eq!(gate.policy.as_deref(), Some("brand@4"));
}
