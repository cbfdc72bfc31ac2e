//! One CPU-bound step, run in place: an asset in, smaller or otherwise encoded assets out.
//!
//! The same source always gives the same bytes, so a verdict on it covers what is made here. A source
//! that cannot be worked on fails the step for good; only our own stores make a call run again.

mod make;

use domain::call::Call;
use domain::event::{Committed, Event, commit};
use domain::id::AssetId;
use domain::lane::outcome;
use domain::pipeline::{Function, Kind};
use domain::ports::{Bucket, Objects, Put, Table};
use domain::record::{AssetRecord, StepRecord, Told};
use domain::sign::sha256;
use domain::state::{JobState, StepState};
use domain::store::Write;
use domain::view::JobView;
use domain::{Error, Result, Time};
use media::{Limits, Rendition};
use serde_json::Value;
use std::collections::BTreeMap;

/// Runs the step that the call names, unless it was run before; gives the outcome.
pub async fn handle(
    table: &dyn Table,
    objects: &dyn Objects,
    call: Call,
    now: Time,
) -> Result<Value> {
    let view = call.read(table).await?;
    let name = call.steps(&view)?.remove(0);
    if let Some(answer) = call.answered(&view, &name) {
        return Ok(answer);
    }
    let (record, writes, event) = match work(objects, &call, &view, &name, now).await? {
        Ok(assets) => succeeded(&call, &view, &name, &assets, now)?,
        Err(error) => failed(&call, &view, &name, error, now),
    };
    let mut all = vec![call.replace(&view, &record)?, call.if_open(now)];
    all.extend(writes);
    match commit(table, &call.job, call.event, all, &[event]).await? {
        Committed::Done(n) => Ok(outcome::at(told(&record), n)),
        Committed::Refused(_) => {
            // A twin was here, or the job was canceled meanwhile.
            let answer = call.answered(&call.read(table).await?, &name);
            answer.ok_or_else(|| Error::Again(format!("step {name} of {} was changed", call.job)))
        }
    }
}

/// The outputs, in custody; or why there cannot be any, however often it is tried.
async fn work(
    objects: &dyn Objects,
    call: &Call,
    view: &JobView,
    name: &str,
    now: Time,
) -> Result<Result<Vec<AssetRecord>, String>> {
    let kind = view.pipeline.step(name).map(|step| step.kind);
    let kind = kind
        .filter(|kind| kind.function() == Function::Step)
        .ok_or_else(|| Error::Invalid(format!("{name} of job {} is no CPU step", call.job)))?;
    let params = view.parameters(name)?;
    let source = view.asset(params.get("image").and_then(Value::as_str).unwrap_or_default())?;
    let made = match read(objects, source).await? {
        Ok(bytes) => make::make(kind, &params, &bytes).map_err(|cause| cause.to_string()),
        Err(cause) => Err(cause),
    };
    match made {
        Ok(made) => keep(objects, call, view, (kind, name), source, made, now).await.map(Ok),
        Err(cause) => Ok(Err(cause)),
    }
}

/// The bytes of an asset, if they are still those on record.
async fn read(objects: &dyn Objects, asset: &AssetRecord) -> Result<Result<Vec<u8>, String>> {
    let most = Limits::default().max_bytes as u64;
    let bytes = match objects.get(Bucket::Assets, &asset.key, most).await {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Ok(Err(format!("asset {} is gone: there are no bytes", asset.id))),
        Err(Error::Invalid(cause)) => return Ok(Err(cause)),
        Err(cause) => return Err(cause),
    };
    Ok(match sha256(&bytes) == asset.sha256 {
        true => Ok(bytes),
        false => Err(format!("asset {} changed: its bytes are not those on record", asset.id)),
    })
}

async fn keep(
    objects: &dyn Objects,
    call: &Call,
    view: &JobView,
    (kind, step): (Kind, &str),
    source: &AssetRecord,
    made: Vec<Rendition>,
    now: Time,
) -> Result<Vec<AssetRecord>> {
    let port = kind.spec().outputs.first().map_or("image", |output| output.name);
    let mut assets = Vec::with_capacity(made.len());
    for (index, made) in made.into_iter().enumerate() {
        let (hash, media_type) = (sha256(&made.bytes), made.format.media_type());
        let key = AssetRecord::object_key(&view.job.tenant, &call.job, &hash, media_type);
        let bytes = made.bytes.len() as u64;
        let how = Put { media_type: media_type.into(), ..Put::default() };
        // False where a twin was here before: same key, same bytes.
        objects.put(Bucket::Assets, &key, made.bytes, &how).await?;
        assets.push(AssetRecord {
            id: AssetId::new(&call.job, step, &format!("r{}", call.round), index),
            tenant: view.job.tenant.clone(),
            step: step.to_owned(),
            port: port.to_owned(),
            key,
            sha256: hash,
            media_type: media_type.to_owned(),
            bytes,
            width: Some(made.width),
            height: Some(made.height),
            phash: None,
            made_from: vec![source.id.clone()],
            deterministic: kind.spec().deterministic,
            created_at: now,
        });
    }
    Ok(assets)
}

type Change = (StepRecord, Vec<Write>, Event);

fn succeeded(
    call: &Call,
    view: &JobView,
    name: &str,
    assets: &[AssetRecord],
    now: Time,
) -> Result<Change> {
    let mut outputs: BTreeMap<String, Vec<AssetId>> = BTreeMap::new();
    for asset in assets {
        outputs.entry(asset.port.clone()).or_default().push(asset.id.clone());
    }
    let mut record = ended(call, view, name, StepState::Succeeded, outcome::ok(), now);
    record.outputs = outputs;
    let puts = assets.iter().map(|asset| Write::put(AssetRecord::record_key(&asset.id), asset));
    let ids: Vec<_> = assets.iter().map(|asset| &asset.id).collect();
    let event = Event::new(now, "step.succeeded").step(name).with("outputs", ids).with("usd", 0.0);
    Ok((record, puts.collect::<Result<_>>()?, event))
}

fn failed(call: &Call, view: &JobView, name: &str, error: String, now: Time) -> Change {
    let end = outcome::end(JobState::Failed);
    let mut record = ended(call, view, name, StepState::Failed, end, now);
    let event = Event::new(now, "step.failed").step(name).with("error", &error);
    record.error = Some(error);
    (record, Vec::new(), event)
}

fn ended(
    call: &Call,
    view: &JobView,
    name: &str,
    state: StepState,
    outcome: Value,
    now: Time,
) -> StepRecord {
    let mut record = view.step(name);
    record.round = call.round;
    record.state = state;
    record.started_at = Some(now);
    record.ended_at = Some(now);
    record.outputs = BTreeMap::new();
    record.error = None;
    record.told = Some(Told { round: call.round, outcome });
    record
}

fn told(record: &StepRecord) -> Value {
    record.told.as_ref().map_or_else(outcome::ok, |told| told.outcome.clone())
}

#[cfg(test)]
mod tests;
