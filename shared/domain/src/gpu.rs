//! The contract with GPU hosts: what Galley asks of one, and what a host reports.

use crate::error::{Error, Result};
use crate::id::AttemptId;
use crate::money::MicroUsd;
use crate::ports::Presigned;
use crate::record::MadeBy;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The body of `PUT /v1/renders/{attempt}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Render {
    /// Which attempt this is; a host that knows it attaches.
    pub attempt: AttemptId,
    /// What to do, such as `image.generate`.
    pub kind: String,
    /// How to do it.
    pub params: Map<String, Value>,
    /// What to do it with, by port.
    pub inputs: BTreeMap<String, Input>,
    /// Where the outputs go.
    pub outputs: Vec<Output>,
    /// Where the latest preview goes, if one is wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<Output>,
    /// Where its pieces go while it is made, if it can be had in pieces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunks: Option<Chunks>,
    /// Where and how to report.
    pub report: ReportTo,
    /// After so many seconds without progress the host gives up.
    pub stall_s: u32,
    /// After so many seconds the result is of no use.
    pub deadline_s: u32,
    /// The trace it belongs to; sent as a header.
    #[serde(skip)]
    pub traceparent: String,
}

/// An input, to be fetched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// A presigned URL.
    pub url: String,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its media type.
    pub media_type: String,
}

/// An output, to be put.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The port it belongs to.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Where to put it, with which headers.
    #[serde(flatten)]
    pub to: Presigned,
}

/// Where the pieces of a video or sound go, while it is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chunks {
    /// How long each should play, in seconds.
    pub seconds: u32,
    /// First what starts a player, then the segments in order.
    pub to: Vec<Presigned>,
}

/// Where a host reports, and what it signs with.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportTo {
    /// The address of reports of this attempt.
    pub url: String,
    /// The secret for this attempt's signatures.
    pub secret: String,
    /// To be handed back with each report.
    pub context: String,
    /// Whether to tell a moment before the end: others wait for the slot, and the next order may come ahead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ending: bool,
}

impl std::fmt::Debug for ReportTo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReportTo").field("url", &self.url).finish_non_exhaustive()
    }
}

/// What a host says of a render: the body of a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The attempt it is about.
    pub attempt: AttemptId,
    /// Its number among the attempt's reports, from 1.
    pub seq: u64,
    /// What we gave the host to hand back.
    #[serde(default)]
    pub context: String,
    /// What happened.
    #[serde(flatten)]
    pub news: News,
    /// How long the slot has been held, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot_seconds: Option<f64>,
    /// What made the outputs; none where the host does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<MadeBy>,
    /// What it cost, where a vendor did it and not a slot of ours. No host says this.
    #[serde(skip)]
    pub usd: Option<MicroUsd>,
}

/// What happened to a render.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum News {
    /// Still at it, nothing to show.
    Alive,
    /// So much of it is done.
    Progress {
        /// From 0 to 1.
        fraction: f64,
    },
    /// A new preview lies at its place.
    Preview {
        /// From 0 to 1.
        #[serde(default)]
        fraction: f64,
    },
    /// A piece lies at its place.
    Chunk {
        /// From 0 to 1.
        #[serde(default)]
        fraction: f64,
        /// Which one.
        chunk: Chunk,
    },
    /// It will end in a moment: the slot's next order may come.
    Ending,
    /// Every output lies at its place.
    Succeeded {
        /// What was made.
        outputs: Vec<Made>,
    },
    /// It ended without outputs.
    Failed {
        /// Why.
        error: RenderError,
    },
    /// It was told to stop, and did.
    Canceled,
}

/// A piece of a video or sound that a host has put at its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chunk {
    /// Its number, from 0.
    pub number: u32,
    /// What it is good for.
    pub part: Part,
    /// Its media type.
    pub media_type: String,
    /// How long it plays.
    pub seconds: f64,
    /// Its size.
    pub bytes: u64,
}

/// What a piece is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// It starts a player, and shows nothing.
    Init,
    /// It is played after the one that starts the player.
    Media,
}

/// An output that a host has put at its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// The port it belongs to.
    pub name: String,
    /// Its media type, as the host says.
    pub media_type: String,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// Its width in pixels.
    #[serde(default)]
    pub width: Option<u32>,
    /// Its height in pixels.
    #[serde(default)]
    pub height: Option<u32>,
    /// How long it plays.
    #[serde(default)]
    pub seconds: Option<f64>,
}

/// Why a render ended without outputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RenderError {
    /// A short name, such as `out_of_memory`.
    pub code: String,
    /// What a person should know.
    pub message: String,
    /// Whether another attempt may succeed.
    pub retryable: bool,
}

/// What a host answers when it is asked for a render.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RenderState {
    /// `accepted`, `running`, `succeeded`, `failed` or `canceled`.
    pub state: String,
    /// Its final report, once there is one.
    #[serde(default)]
    pub report: Option<Report>,
}

impl Report {
    /// Reads a report about `attempt`.
    pub fn parse(attempt: &AttemptId, body: &[u8]) -> Result<Self> {
        let report: Self = serde_json::from_slice(body)
            .map_err(|cause| Error::Invalid(format!("report does not parse: {cause}")))?;
        if report.attempt != *attempt {
            let message = format!("report is about {}, not {attempt}", report.attempt);
            return Err(Error::Invalid(message));
        }
        Ok(report)
    }
}

impl News {
    /// Whether no report may follow.
    pub fn last(&self) -> bool {
        matches!(self, Self::Succeeded { .. } | Self::Failed { .. } | Self::Canceled)
    }
}
