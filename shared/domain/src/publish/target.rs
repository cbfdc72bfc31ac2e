//! What a publishing target is asked, and what it can answer.

use crate::id::{AssetId, JobId, TenantId};
use crate::pipeline::Kind;
use crate::ports::Refusal;
use crate::record::AssetRecord;
use crate::sign::sha256;
use crate::sniff::extension;
use crate::time::Time;
use crate::view::JobView;
use async_trait::async_trait;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// One publishing of one asset, as a target is asked for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Post {
    /// The same each time it is asked for: idempotency key, webhook id. Holds no full stop.
    pub id: String,
    /// Who pays.
    pub tenant: TenantId,
    /// The job.
    pub job: JobId,
    /// The job's pipeline.
    pub pipeline: String,
    /// The pipeline's version, if it is a stored one.
    pub version: Option<u32>,
    /// The caller's own marks.
    pub labels: BTreeMap<String, String>,
    /// The step that publishes.
    pub step: String,
    /// A file name that a person can read, the asset's alone within its job.
    pub name: String,
    /// The asset.
    pub asset: AssetRecord,
    /// The target's settings in the pipeline, and what the step says of an order.
    pub settings: Map<String, Value>,
    /// The paper that the asset was made for, where it was made for one.
    pub sheet: Option<Value>,
    /// When it is asked for.
    pub at: Time,
    /// The trace it belongs to.
    pub traceparent: String,
}

impl Post {
    /// The publishing of an asset by a step.
    pub fn new(
        view: &JobView,
        step: &str,
        asset: &AssetRecord,
        settings: &Map<String, Value>,
        at: Time,
    ) -> Self {
        let job = &view.job;
        Self {
            id: Self::id(&job.id, step, &asset.id),
            tenant: job.tenant.clone(),
            job: job.id.clone(),
            pipeline: job.pipeline.clone(),
            version: job.version,
            labels: job.labels.clone(),
            step: step.to_owned(),
            name: name(view, asset),
            asset: asset.clone(),
            settings: settings.clone(),
            sheet: sheet(view, asset),
            at,
            traceparent: job.traceparent.clone(),
        }
    }

    /// The id of a publishing.
    pub fn id(job: &JobId, step: &str, asset: &AssetId) -> String {
        format!("pub_{}", &sha256(format!("{job}/{step}/{asset}").as_bytes())[..32])
    }

    /// A text among the target's settings.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).and_then(Value::as_str)
    }
}

/// What of an `image.print` a printer needs to know.
const SHEET: [&str; 4] = ["width_mm", "height_mm", "bleed_mm", "dpi"];

fn sheet(view: &JobView, asset: &AssetRecord) -> Option<Value> {
    view.pipeline.step(&asset.step).filter(|step| step.kind == Kind::Print)?;
    let parameters = view.parameters(&asset.step).ok()?;
    let known =
        SHEET.iter().filter_map(|name| Some(((*name).into(), parameters.get(*name)?.clone())));
    Some(Value::Object(known.collect()))
}

fn name(view: &JobView, asset: &AssetRecord) -> String {
    // What the caller brought is called as the pipeline calls it.
    let maker = if asset.step == "inputs" { &asset.port } else { &asset.step };
    // No step that is written in a document has a hyphen, so no two files are called the same.
    let maker = maker.replace('~', "-");
    let width = asset.width.map_or_else(String::new, |width| format!("-{width}w"));
    let made = |id: &AssetId| id.as_str().rsplit_once('.').map(|(made, _)| made.to_owned());
    let twins = view.assets.values().filter(|other| {
        other.id < asset.id
            && made(&other.id) == made(&asset.id)
            && other.port == asset.port
            && other.width == asset.width
            && other.media_type == asset.media_type
    });
    let place = match twins.count() {
        0 => String::new(),
        before => format!("-{}", before + 1),
    };
    format!("{maker}{width}{place}.{}", extension(&asset.media_type))
}

/// An asset that is at its target.
#[derive(Clone, Debug, PartialEq)]
pub struct Posted {
    /// What was asked for.
    pub post: Post,
    /// Where it is.
    pub location: String,
}

/// What is known after a target was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It works on it; the result comes by [`Target::check`].
    Accepted,
    /// It is there, at this location.
    Done(String),
    /// Certain that it is not there. `Later`: it may be sent again.
    Refused(Refusal, String),
    /// It may be there.
    Unknown(String),
}

/// Where assets are published, in three verbs. Each may be asked twice, and must then do it once.
#[async_trait]
pub trait Target: Send + Sync {
    /// Sends an asset.
    async fn start(&self, post: &Post, bytes: Vec<u8>) -> Outcome;

    /// Looks whether it is there, without sending anything.
    async fn check(&self, post: &Post) -> Outcome;

    /// Shows the assets of a step together, once all of them are there.
    async fn finalize(&self, _posted: &[Posted]) -> Outcome {
        Outcome::Done(String::new())
    }

    /// Takes back what is there. `Done` where it is gone, however; `Refused` for good where nobody can but by hand.
    async fn unpublish(&self, _post: &Post, _location: Option<&str>) -> Outcome {
        Outcome::Refused(Refusal::Never, "what went there cannot be taken back".into())
    }

    /// Whether sending again under the same id does no harm, so that what is unknown may be sent again.
    fn deduplicates(&self) -> bool {
        false
    }
}
