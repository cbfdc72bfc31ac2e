//! Media that a caller brings is taken into custody before the job is accepted: copied, hashed, sniffed.

use crate::error::Error;
use crate::id::{AssetId, JobId, TenantId};
use crate::pipeline::{InputType, Pipeline, Problem};
use crate::ports::{Bucket, Objects, Put};
use crate::problem::{ProblemDocument, ProblemType, Stop, child, echo};
use crate::record::AssetRecord;
use crate::sign::sha256;
use crate::sniff;
use crate::store::{Item, Key, from_item};
use crate::time::Time;
use crate::upload;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The job that takes the media, and what was read for it.
pub struct Taking<'a> {
    /// Whose media it may be.
    pub tenant: &'a TenantId,
    /// The job.
    pub job: &'a JobId,
    /// The records of the assets that its inputs name, where there are any.
    pub found: &'a BTreeMap<Key, Item>,
    /// When it takes them.
    pub now: Time,
}

/// What lies behind an input, before it is copied.
struct Source {
    bytes: Vec<u8>,
    made_from: Vec<AssetId>,
    /// Its key, where it was uploaded.
    upload: Option<String>,
}

/// Most pictures that one job takes: each is copied while its caller waits.
const PICTURES_MOST: usize = 20;

/// The records of the assets that inputs name; not more than one read brings.
pub fn assets_named(inputs: &Map<String, Value>) -> Vec<Key> {
    let ids = inputs.values().filter_map(|value| AssetId::parse(value["asset"].as_str()?).ok());
    ids.map(|id| AssetRecord::record_key(&id)).take(2 * PICTURES_MOST).collect()
}

/// Takes every picture among the inputs; each then is the id of its asset.
pub async fn take(
    objects: &dyn Objects,
    taking: &Taking<'_>,
    pipeline: &Pipeline,
    inputs: &mut Map<String, Value>,
) -> Result<Vec<AssetRecord>, Stop> {
    let media = |kind| matches!(kind, InputType::Image | InputType::Video | InputType::Audio);
    let named = pipeline.inputs.iter().filter(|(_, input)| media(input.kind));
    let named = named.filter(|(name, _)| inputs.contains_key(*name));
    let named: Vec<(&String, InputType)> = named.map(|(name, input)| (name, input.kind)).collect();
    if PICTURES_MOST < named.len() {
        let detail = format!("there are {} pictures", named.len());
        let problem = Problem::new("/inputs", detail, format!("bring {PICTURES_MOST} at most"));
        return Err(ProblemDocument::fields(ProblemType::InvalidInputs, &[problem]).into());
    }
    let mut assets = Vec::new();
    for (name, kind) in named {
        if let Some(given) = inputs.get_mut(name) {
            let source = find(objects, taking, name, given).await?;
            let asset = keep(objects, taking, (name, kind), source).await?;
            *given = json!(asset.id);
            assets.push(asset);
        }
    }
    Ok(assets)
}

async fn find(
    objects: &dyn Objects,
    taking: &Taking<'_>,
    name: &str,
    given: &Value,
) -> Result<Source, Stop> {
    if let Some(id) = given["asset"].as_str() {
        return asset(objects, taking, name, id).await;
    }
    let id = given["upload"].as_str().unwrap_or_default();
    let missing = || {
        let detail = format!("there is no upload {:?}", echo(id));
        wrong(
            name,
            "upload",
            detail,
            "create one by POST /v1/uploads, and PUT the bytes to its url",
        )
    };
    if !upload::is_id(id) {
        return Err(missing().into());
    }
    let key = upload::key(taking.tenant, id);
    let bytes = bytes(objects, Bucket::Uploads, &key, name, "upload").await?;
    Ok(Source { bytes: bytes.ok_or_else(missing)?, made_from: Vec::new(), upload: Some(key) })
}

async fn bytes(
    objects: &dyn Objects,
    bucket: Bucket,
    key: &str,
    name: &str,
    field: &str,
) -> Result<Option<Vec<u8>>, Stop> {
    match objects.get(bucket, key, upload::BYTES_MOST).await {
        Err(Error::Invalid(_)) => {
            let detail = format!("it has more than {} bytes", upload::BYTES_MOST);
            Err(wrong(name, field, detail, "bring a smaller file").into())
        }
        answer => Ok(answer?),
    }
}

/// An asset of an earlier job: the same bytes, in the custody of this one.
async fn asset(
    objects: &dyn Objects,
    taking: &Taking<'_>,
    name: &str,
    id: &str,
) -> Result<Source, Stop> {
    let missing = || {
        let detail = format!("there is no asset {:?}", echo(id));
        wrong(name, "asset", detail, "name an asset of one of your jobs")
    };
    let key = AssetId::parse(id).map(|id| AssetRecord::record_key(&id)).map_err(|_| missing())?;
    let record: Option<AssetRecord> = taking.found.get(&key).map(from_item).transpose()?;
    let record = record.filter(|asset| asset.tenant == *taking.tenant).ok_or_else(missing)?;
    if let Some(erased) = &record.erased {
        let detail = format!("it was {erased}");
        return Err(wrong(name, "asset", detail, "name an asset that is still there").into());
    }
    let bytes = bytes(objects, Bucket::Assets, &record.key, name, "asset").await?;
    let bytes = bytes.filter(|bytes| sha256(bytes) == record.sha256);
    let bytes = bytes.ok_or_else(|| {
        Error::Fault(format!("the bytes of asset {id} are gone or are not those on record"))
    })?;
    Ok(Source { bytes, made_from: vec![record.id], upload: None })
}

async fn keep(
    objects: &dyn Objects,
    taking: &Taking<'_>,
    (name, kind): (&str, InputType),
    source: Source,
) -> Result<AssetRecord, Stop> {
    let field = if source.made_from.is_empty() { "upload" } else { "asset" };
    let known = sniff::media_type(&source.bytes);
    let takes = upload::media_types(kind);
    let media_type = known.filter(|known| takes.contains(known)).ok_or_else(|| {
        let what = match kind {
            InputType::Audio => "sound",
            InputType::Video => "video",
            _ => "picture",
        };
        let detail = match known {
            Some(known) => format!("its bytes are {known}"),
            None => format!("its bytes are no {what} that we know"),
        };
        wrong(name, field, detail, &format!("bring {}", takes.join(", ")))
    })?;
    let hash = sha256(&source.bytes);
    let key = AssetRecord::object_key(taking.tenant, taking.job, &hash, media_type);
    let bytes = source.bytes.len() as u64;
    let how = Put { media_type: media_type.into(), ..Put::default() };
    // False where the same bytes are there: another input, or an earlier try of this request.
    objects.put(Bucket::Assets, &key, source.bytes, &how).await?;
    Ok(AssetRecord {
        id: AssetId::new(taking.job, "inputs", name, 0),
        tenant: taking.tenant.clone(),
        step: "inputs".into(),
        port: name.to_owned(),
        key,
        sha256: hash,
        media_type: media_type.into(),
        bytes,
        width: None,
        height: None,
        seconds: None,
        phash: None,
        upload: source.upload,
        erased: None,
        text: None,
        deterministic: !source.made_from.is_empty(),
        made_from: source.made_from,
        made_by: None,
        edited: None,
        created_at: taking.now,
    })
}

fn wrong(input: &str, field: &str, detail: String, fix: &str) -> ProblemDocument {
    let pointer = child(&child("/inputs", input), field);
    ProblemDocument::fields(ProblemType::InvalidInputs, &[Problem::new(&pointer, detail, fix)])
}
