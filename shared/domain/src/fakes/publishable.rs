//! A job that has come as far as its publish step, for tests of publishing.

use super::{NOW, World};
use crate::call::Call;
use crate::id::{AssetId, JobId, TenantId};
use crate::money::MicroUsd;
use crate::pipeline::{Mandate, Pipeline};
use crate::ports::Bucket;
use crate::record::{AssetRecord, JobRecord, PostingRecord, PublicationState, StepRecord};
use crate::sign::sha256;
use crate::state::{JobState, StepState};
use crate::store::Write;
use crate::view::{JobView, PlanRecord};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A job whose gates passed one generated picture, with a ladder of four made from it, to be published.
pub fn publishable(target: &Value) -> JobView {
    publishable_job(target, JobId::new(NOW, [7; 10]))
}

/// The same with an id of the test's choice.
pub fn publishable_job(target: &Value, id: JobId) -> JobView {
    let document = json!({
        "name": "hero", "budget_usd": 1, "inputs": { "prompt": { "type": "text" } },
        "steps": {
            "generate": { "kind": "image.generate", "with": { "prompt": "{{ inputs.prompt }}" } },
            "ladder": { "kind": "image.resize", "with": {
                "image": "{{ generate.image }}", "widths": [480, 960], "formats": ["jpeg", "webp"],
            } },
            "good": { "kind": "gate.quality", "with": { "images": "{{ generate.image }}" } },
            "safe": { "kind": "gate.moderation", "with": {
                "prompt": "{{ inputs.prompt }}", "images": "{{ generate.image }}", "accept_unjudged": true,
            } },
            "publish": { "kind": "publish", "after": ["good", "safe"], "with": {
                "assets": "{{ ladder.images }}", "target": target,
            } },
        },
    });
    let pipeline = Pipeline::from_value(&document).expect("the test's pipeline is a good one");
    let plan = PlanRecord { plan: pipeline.plan(), pipeline, mandate: None };
    let mut view = JobView::fresh(job(&id), plan);
    let source = asset(&id, "generate", "image", 0, Some(1024), "image/png");
    let sizes =
        [(480, "image/jpeg"), (480, "image/webp"), (960, "image/jpeg"), (960, "image/webp")];
    let ladder = sizes.iter().enumerate().map(|(index, (width, media_type))| AssetRecord {
        made_from: vec![source.id.clone()],
        deterministic: true,
        ..asset(&id, "ladder", "images", index, Some(*width), media_type)
    });
    let ladder: Vec<_> = ladder.collect();
    let ids = |assets: &[AssetRecord]| assets.iter().map(|asset| asset.id.clone()).collect();
    let verdict = json!({
        "verdict": "pass", "subjects": [{ "asset": source.id, "sha256": source.sha256 }],
    });
    for (name, outputs, verdict) in [
        ("generate", Some(("image", ids(std::slice::from_ref(&source)))), None),
        ("ladder", Some(("images", ids(&ladder))), None),
        ("good", None, Some(verdict.clone())),
        ("safe", None, Some(verdict)),
    ] {
        let outputs = outputs.into_iter().map(|(port, ids)| (port.to_owned(), ids)).collect();
        let state = StepState::Succeeded;
        let step = StepRecord { state, outputs, verdict, ..StepRecord::pending(name, 1) };
        view.steps.insert(name.to_owned(), step);
    }
    view.assets = ladder.into_iter().chain([source]).map(|a| (a.id.clone(), a)).collect();
    view
}

/// A job that is to say one post of its picture at targets of these kinds, by connections of these names.
pub fn posts_job(id: JobId, targets: &[(&str, &str)]) -> JobView {
    let mut view = publishable_job(&json!({ "kind": "s3" }), id);
    let target =
        |(kind, connection): &(&str, &str)| json!({ "kind": kind, "connection": connection });
    let targets: Vec<Value> = targets.iter().map(target).collect();
    let document = json!({
        "name": "announce", "budget_usd": 1, "inputs": { "prompt": { "type": "text" } },
        "steps": {
            "generate": { "kind": "image.generate", "with": { "prompt": "{{ inputs.prompt }}" } },
            "good": { "kind": "gate.quality", "with": { "images": "{{ generate.image }}" } },
            "publish": { "kind": "publish", "after": ["good"], "with": {
                "targets": targets,
                "post": {
                    "title": "Of {{ inputs.prompt }}", "body": "All of it.",
                    "media": [{ "asset": "{{ generate.image }}", "alt": "A fox" }],
                },
            } },
        },
    });
    let pipeline = Pipeline::from_value(&document).expect("the test's pipeline is a good one");
    let bound = pipeline.bound(&json!({ "prompt": "a fox" }), &BTreeMap::new());
    let pipeline = bound.expect("the test's inputs fit").pipeline;
    let plan = PlanRecord { plan: pipeline.plan(), pipeline, mandate: None };
    let JobView { pipeline, plan, .. } = JobView::fresh(view.job.clone(), plan);
    (view.pipeline, view.plan) = (pipeline, plan);
    view
}

/// A post of a step as the ledger has it: there, where it is done; refused, where it failed.
pub fn posting(step: &str, target: &str, state: PublicationState) -> PostingRecord {
    let there = state == PublicationState::Done;
    PostingRecord {
        step: step.into(),
        target: target.into(),
        connection: Some("brand".into()),
        state,
        media: Vec::new(),
        progress: json!({ "post": 7 }),
        location: there.then(|| format!("https://{target}.test/7")),
        remote: there.then(|| "7".to_owned()),
        error: (state == PublicationState::Failed).then(|| "403: no such account".to_owned()),
        changed: Vec::new(),
        disclosed: None,
        taken_down: None,
        tries: 1,
        rev: 3,
        busy_until: None,
        due_pk: None,
        due_at: None,
        started_at: NOW,
        updated_at: NOW,
    }
}

/// The same under a mandate, all of whose gates have passed what is published.
pub fn under(mandate: &Mandate, mut view: JobView) -> JobView {
    let gated = mandate.over(view.pipeline.clone()).expect("the test's job is not too large");
    let plan = PlanRecord::of(gated);
    let ladder = view.assets.values().filter(|asset| asset.step == "ladder");
    let subjects = ladder.map(|asset| json!({ "asset": asset.id, "sha256": asset.sha256 }));
    let subjects: Vec<Value> = subjects.collect();
    for step in plan.pipeline.steps.iter().filter(|step| step.mandated.is_some()) {
        let verdict =
            json!({ "verdict": "pass", "mandate": mandate.digest, "subjects": subjects.clone() });
        let (state, verdict) = (StepState::Succeeded, Some(verdict));
        let record = StepRecord { state, verdict, ..StepRecord::pending(&step.name, 1) };
        view.steps.insert(step.name.clone(), record);
    }
    JobView { pipeline: plan.pipeline, plan: plan.plan, mandate: plan.mandate, ..view }
}

fn job(id: &JobId) -> JobRecord {
    let tenant = TenantId::parse("acme").expect("acme is a tenant's id");
    JobRecord {
        id: id.clone(),
        tenant,
        state: JobState::Running,
        run: 1,
        round: 1,
        pipeline: "hero".into(),
        version: Some(3),
        inputs: Map::from_iter([("prompt".to_owned(), json!("a fox"))]),
        webhook: None,
        labels: BTreeMap::from([("campaign".to_owned(), "spring".to_owned())]),
        budget: MicroUsd(1_000_000),
        spent: MicroUsd(0),
        taken: MicroUsd(0),
        created_at: NOW,
        updated_at: NOW,
        ended_at: None,
        reason: None,
        degraded: Vec::new(),
        only: None,
        erased: None,
        reused: false,
        submitted_by: None,
        audit: None,
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into(),
        rank: Default::default(),
        not_before: None,
        due_pk: None,
        due_at: None,
        tenant_jobs: "acme".into(),
        sk_job: id.to_string(),
    }
}

fn asset(
    job: &JobId,
    step: &str,
    port: &str,
    index: usize,
    width: Option<u32>,
    media_type: &str,
) -> AssetRecord {
    let id = AssetId::new(job, step, "1", index);
    let tenant = TenantId::parse("acme").expect("acme is a tenant's id");
    let bytes = publishable_bytes(&id);
    let hash = sha256(&bytes);
    AssetRecord {
        key: AssetRecord::object_key(&tenant, job, &hash, media_type),
        id,
        tenant,
        step: step.into(),
        port: port.into(),
        sha256: hash,
        media_type: media_type.into(),
        bytes: bytes.len() as u64,
        width,
        height: None,
        seconds: None,
        phash: None,
        upload: None,
        erased: None,
        text: None,
        made_from: Vec::new(),
        deterministic: false,
        made_by: None,
        edited: None,
        created_at: NOW,
    }
}

/// The bytes of an asset of such a job.
pub fn publishable_bytes(asset: &AssetId) -> Vec<u8> {
    format!("the bytes of {asset}").into_bytes()
}

/// The call that publishes such a job.
pub fn publish_call(view: &JobView) -> Call {
    Call {
        job: view.job.id.clone(),
        run: 1,
        round: 1,
        wave: view.plan.wave_of("publish").expect("the pipeline publishes"),
        item: 0,
        traceparent: view.job.traceparent.clone(),
        event: 0,
    }
}

impl World {
    /// Plants all records of a job, and its assets' bytes.
    pub fn plant_job(&self, view: &JobView) {
        let id = &view.job.id;
        let plan = view.plan_record();
        let steps =
            view.steps.values().map(|step| Write::put(StepRecord::key(id, &step.name), step));
        let assets = view.assets.values();
        let assets = assets.map(|asset| Write::put(AssetRecord::record_key(&asset.id), asset));
        let head =
            [Write::put(JobRecord::key(id), &view.job), Write::put(PlanRecord::key(id), &plan)];
        for write in head.into_iter().chain(steps).chain(assets) {
            self.table.plant(write.expect("records serialise"));
        }
        for asset in view.assets.values() {
            self.objects.plant(Bucket::Assets, &asset.key, publishable_bytes(&asset.id));
        }
    }
}
