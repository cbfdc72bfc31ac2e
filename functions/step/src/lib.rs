//! One CPU-bound step, run in place: assets in; smaller, composed or otherwise encoded assets or words out.
//!
//! The same sources always give the same bytes, so verdicts on them cover what is made here. A source
//! that cannot be worked on fails the step for good; only our own stores make a call run again.

mod compose;
mod make;

use domain::call::Call;
use domain::event::{Committed, Event, commit};
use domain::id::AssetId;
use domain::lane::outcome;
use domain::pipeline::{Function, Step};
use domain::ports::{Bucket, Objects, Put, Table};
use domain::record::{AssetRecord, StepRecord, Told};
use domain::sign::sha256;
use domain::skip::{Ending, Turn, turn};
use domain::state::StepState;
use domain::store::Write;
use domain::time::Now;
use domain::view::JobView;
use domain::{Error, Result, Time};
use make::{Made, Sources};
use media::Limits;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Runs the step that the call names, unless it was run before; gives the outcome.
pub async fn handle(
    table: &dyn Table,
    objects: &dyn Objects,
    call: Call,
    clock: impl Now,
) -> Result<Value> {
    let began = clock.now();
    let view = call.read(table).await?;
    let name = call.steps(&view)?.remove(0);
    if let Some(answer) = call.answered(&view, &name) {
        return Ok(answer);
    }
    let made = match turn(&view, &name, call.run)? {
        Turn::Not(ending) => Err(ending),
        Turn::Make => {
            let failed = |error: String| Ending::failed(&view, &name, StepState::Failed, &error);
            work(objects, &call, &view, &name, began).await?.map_err(failed)
        }
    };
    let now = clock.now();
    let open = call.if_open(now);
    let (mut record, writes, event) = match made {
        Ok((assets, dpi)) => succeeded(&call, &view, &name, (&assets, dpi), open, now)?,
        Err(ending) => gap(&call, &view, &ending, open, now),
    };
    record.started_at = Some(began);
    let mut all = vec![call.replace(&view, &record)?];
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

/// Most bytes of all sources of one step together: they are in memory at once.
const BYTES_MOST: u64 = 256 << 20;

/// The outputs, in custody, and their effective dots per inch where they are for paper; or why there
/// cannot be any, however often it is tried.
async fn work(
    objects: &dyn Objects,
    call: &Call,
    view: &JobView,
    name: &str,
    now: Time,
) -> Result<Result<(Vec<AssetRecord>, Option<u32>), String>> {
    let step = view.pipeline.step(name);
    let step = step
        .filter(|step| step.kind.function() == Function::Step)
        .ok_or_else(|| Error::Invalid(format!("{name} of job {} is no CPU step", call.job)))?;
    let params = view.parameters(name)?;
    let sources = pictures(view, &params)?;
    let made = match read_all(objects, &sources).await? {
        Ok(bytes) => make::make(step.kind, &params, &bytes).map_err(|cause| cause.to_string()),
        Err(cause) => Err(cause),
    };
    match made {
        Ok(made) => {
            let dpi = made.effective_dpi;
            let assets = keep(objects, call, view, step, &sources, made, now).await?;
            Ok(Ok((assets, dpi)))
        }
        Err(cause) => Ok(Err(cause)),
    }
}

/// The pictures that the parameters name, each once, in their order: its own, then those of its layers.
fn pictures<'a>(view: &'a JobView, params: &Map<String, Value>) -> Result<Vec<&'a AssetRecord>> {
    let layers = params.get("layers").and_then(Value::as_array).into_iter().flatten();
    let named = params.get("image").into_iter().chain(layers.filter_map(|l| l.get("image")));
    let mut found: Vec<&AssetRecord> = Vec::new();
    for id in named {
        let asset = view.asset(id.as_str().unwrap_or_default())?;
        if found.iter().all(|known| known.id != asset.id) {
            found.push(asset);
        }
    }
    Ok(found)
}

async fn read_all(
    objects: &dyn Objects,
    assets: &[&AssetRecord],
) -> Result<Result<Sources, String>> {
    let bytes: u64 = assets.iter().map(|asset| asset.bytes).sum();
    if BYTES_MOST < bytes {
        let cause =
            format!("the sources have {bytes} bytes together, at most {BYTES_MOST} are read");
        return Ok(Err(cause));
    }
    let mut sources = Sources::new();
    for asset in assets {
        match read(objects, asset).await? {
            Ok(bytes) => sources.insert(asset.id.to_string(), bytes),
            Err(cause) => return Ok(Err(cause)),
        };
    }
    Ok(Ok(sources))
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
    step: &Step,
    sources: &[&AssetRecord],
    made: Made,
    now: Time,
) -> Result<Vec<AssetRecord>> {
    let port = step.kind.spec().outputs.first().map_or("image", |output| output.name);
    let mut assets = Vec::with_capacity(made.files.len());
    for (index, made) in made.files.into_iter().enumerate() {
        let (hash, media_type) = (sha256(&made.bytes), made.media_type);
        let key = AssetRecord::object_key(&view.job.tenant, &call.job, &hash, media_type);
        let bytes = made.bytes.len() as u64;
        let how = Put { media_type: media_type.into(), ..Put::default() };
        // False where a twin was here before: same key, same bytes.
        objects.put(Bucket::Assets, &key, made.bytes, &how).await?;
        assets.push(AssetRecord {
            id: AssetId::new(&call.job, &step.name, &format!("r{}", call.round), index),
            tenant: view.job.tenant.clone(),
            step: step.name.clone(),
            port: port.to_owned(),
            key,
            sha256: hash,
            media_type: media_type.to_owned(),
            bytes,
            width: made.size.map(|(width, _)| width),
            height: made.size.map(|(_, height)| height),
            seconds: None,
            phash: None,
            upload: None,
            erased: None,
            text: made.text,
            made_from: sources.iter().map(|source| source.id.clone()).collect(),
            deterministic: step.follows_from_its_pictures(),
            made_by: None,
            edited: None,
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
    (assets, effective_dpi): (&[AssetRecord], Option<u32>),
    open: Write,
    now: Time,
) -> Result<Change> {
    let mut outputs: BTreeMap<String, Vec<AssetId>> = BTreeMap::new();
    for asset in assets {
        outputs.entry(asset.port.clone()).or_default().push(asset.id.clone());
    }
    let mut record = ended(call, view, name, StepState::Succeeded, outcome::ok(), now);
    record.outputs = outputs;
    let mut writes = vec![open];
    for asset in assets {
        writes.push(Write::put(AssetRecord::record_key(&asset.id), asset)?);
    }
    let ids: Vec<_> = assets.iter().map(|asset| &asset.id).collect();
    let event = Event::new(now, "step.succeeded").step(name).with("outputs", ids).with("usd", 0.0);
    let event = match effective_dpi {
        Some(dpi) => event.with("effective_dpi", dpi),
        None => event,
    };
    Ok((record, writes, event))
}

fn gap(call: &Call, view: &JobView, ending: &Ending, open: Write, now: Time) -> Change {
    let mut record = ended(call, view, ending.step(), ending.state, ending.outcome(), now);
    ending.close(&mut record, now);
    (record, vec![ending.mark(open)], ending.event(now))
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
    record.skipped = None;
    record.used = None;
    record.told = Some(Told { round: call.round, outcome });
    record
}

fn told(record: &StepRecord) -> Value {
    record.told.as_ref().map_or_else(outcome::ok, |told| told.outcome.clone())
}

#[cfg(test)]
mod tests;
