//! A plant becomes a job: one that looks like those that the policy judged last, and that publishes nothing.

use super::slot::Slot;
use super::store::Plant;
use crate::erase::Retention;
use crate::error::Error;
use crate::event::{self, Event};
use crate::gate::policy;
use crate::gate::report::{Row, latest};
use crate::id::{AssetId, JobId, TenantId};
use crate::job::{self, Acceptance, Idempotency, Request};
use crate::lane::Rank;
use crate::pipeline::{Mandate, Pipeline, is_name};
use crate::ports::{Bucket, Put, Table};
use crate::problem::{ProblemDocument, ProblemType, Stop};
use crate::record::{AssetRecord, StepRecord};
use crate::sign::sha256;
use crate::state::StepState;
use crate::store::{Write, from_item};
use crate::tenant::TenantRecord;
use crate::time::Time;
use crate::trigger::Making;
use crate::view;
use serde_json::{Map, json};

/// Most a plant may cost: what its policy asks of others.
const BUDGET_USD: f64 = 2.0;
/// The gate and the step before it, where those of the last job cannot be told.
const GATE: &str = "good";
const MAKER: &str = "make";

/// What a policy judged last: what a plant is made to look like.
pub(super) async fn like(
    table: &dyn Table,
    tenant: &TenantId,
    policy: &str,
) -> crate::error::Result<Option<Row>> {
    latest(table, tenant, policy).await
}

/// Makes the job, or finds the one that was made for this day and number.
pub(super) async fn make(
    making: &Making<'_>,
    (tenant, policy): (&TenantId, &str),
    (plant, like): (&Plant, &Row),
    slot: Slot,
) -> Result<JobId, Stop> {
    let Making { table, objects, flow, signing_key, .. } = *making;
    let turn = format!("{tenant}/{policy}/{}/{}", slot.day, slot.n);
    let seed = signing_key.derive("planted", &turn);
    let random = std::array::from_fn(|at| {
        u8::from_str_radix(seed.get(2 * at..2 * at + 2).unwrap_or("0"), 16).unwrap_or(0)
    });
    let job = JobId::new(slot.at, random);
    let idempotency = Idempotency::of_trigger(&format!("plant\0{policy}"), &turn);
    let keys = [idempotency.record_key(tenant), TenantRecord::key(tenant)];
    let found = table.get(&keys).await?;
    if let Some(made) = found[0].as_ref().and_then(job::job_of) {
        job::start_again(table, flow, &made, making.now).await?;
        return Ok(made);
    }
    let record: Option<TenantRecord> = found[1].as_ref().map(from_item).transpose()?;
    let gone = || Error::Fault(format!("the bytes of plant {} are gone", plant.sha256));
    let bytes = objects.get(Bucket::Assets, &plant.key, plant.bytes).await?.ok_or_else(gone)?;
    let key = AssetRecord::object_key(tenant, &job, &plant.sha256, &plant.media_type);
    let how = Put { media_type: plant.media_type.clone(), ..Put::default() };
    objects.put(Bucket::Assets, &key, bytes, &how).await?;

    let (gate, maker) = steps(like);
    let pipeline = pipeline(policy, like, (&gate, &maker))?;
    let invalid =
        |problems: Vec<_>| ProblemDocument::fields(ProblemType::InvalidPipeline, &problems);
    // No mandate: it publishes nothing, and this gate is what is tested.
    let gated = Mandate::default().over(pipeline).map_err(invalid)?;
    let gated = policy::pin_stored(table, tenant, gated, &policy::seed(signing_key, &job)).await?;
    let gated = gated.map_err(invalid)?;
    let asset = asset((tenant, &job), (plant, &maker), key, slot.at);
    let prompt = plant.prompt.clone().unwrap_or_default();
    let request = Request {
        tenant: tenant.clone(),
        pipeline: gated,
        version: like.pipeline_version,
        inputs: Map::from_iter([("prompt".to_owned(), json!(prompt))]),
        beside: made(&job, &maker, &asset, making.now)?,
        assets: vec![asset],
        labels: Default::default(),
        keep: Retention::default(),
        webhook: None,
        rank: Rank::of(record.as_ref()),
        not_before: None,
        idempotency: Some(idempotency),
        submitted_by: None,
        traceparent: traceparent(&seed),
    };
    match job::accept(table, flow, request, job, making.now).await? {
        Acceptance::Accepted(accepted) => Ok(accepted.job),
        Acceptance::KeyReused => {
            Err(Error::Fault(format!("the key of a plant of {policy} is another's")).into())
        }
    }
}

fn traceparent(seed: &str) -> String {
    let trace = sha256(seed.as_bytes());
    format!("00-{}-{}-01", &trace[..32], &trace[32..48])
}

/// The names of the gate that judged last, and of the step that made what it judged.
fn steps(like: &Row) -> (String, String) {
    // Those of a list, and those of a mandate, have names that no document can have.
    let plain = |name: &str, other: &str| match is_name(name, '_', 40) && name != "inputs" {
        true => name.to_owned(),
        false => other.to_owned(),
    };
    let gate = plain(like.id.gate(), GATE);
    let maker = plain(like.maker.as_deref().unwrap_or(MAKER), MAKER);
    if gate == maker { (gate, format!("{MAKER}_{GATE}")) } else { (gate, maker) }
}

fn pipeline(policy: &str, like: &Row, (gate, maker): (&str, &str)) -> Result<Pipeline, Error> {
    let name = if like.pipeline.is_empty() { policy } else { &like.pipeline };
    let document = json!({
        "name": name, "budget_usd": BUDGET_USD,
        "inputs": { "prompt": { "type": "text", "default": "" } },
        "steps": {
            maker: { "kind": "image.generate", "with": { "prompt": "{{ inputs.prompt }}" } },
            gate: { "kind": "gate.policy", "with": {
                "policy": policy, "images": format!("{{{{ {maker}.image }}}}"),
                "prompt": "{{ inputs.prompt }}",
            } },
        },
    });
    Pipeline::parse(&document.to_string()).map_err(|problems| {
        let why: Vec<String> =
            problems.iter().map(|it| format!("{} {}", it.pointer, it.detail)).collect();
        Error::Fault(format!("the pipeline of a plant of {policy}: {}", why.join("; ")))
    })
}

fn asset(
    (tenant, job): (&TenantId, &JobId),
    (plant, maker): (&Plant, &str),
    key: String,
    at: Time,
) -> AssetRecord {
    AssetRecord {
        id: AssetId::new(job, maker, "1", 0),
        tenant: tenant.clone(),
        step: maker.to_owned(),
        port: "image".into(),
        key,
        sha256: plant.sha256.clone(),
        media_type: plant.media_type.clone(),
        bytes: plant.bytes,
        width: None,
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
        created_at: at,
    }
}

/// What is on record beside the job: that its step is done, and that its bytes are planted.
fn made(job: &JobId, maker: &str, asset: &AssetRecord, now: Time) -> Result<Vec<Write>, Error> {
    let mut step = StepRecord::pending(maker, 1);
    step.state = StepState::Succeeded;
    (step.started_at, step.ended_at) = (Some(now), Some(now));
    step.outputs.insert("image".into(), vec![asset.id.clone()]);
    let event =
        Event::new(now, "step.succeeded").step(maker).with("outputs", [&asset.id]).with("usd", 0.0);
    Ok(vec![
        Write::create(StepRecord::key(job, maker), &step)?,
        Write::create(event::key(job, 2), &Event { n: 2, ..event })?,
        view::planted(job, &asset.sha256)?,
    ])
}
