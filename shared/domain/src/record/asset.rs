//! Bytes in S3 with what is known of them, and what is left of them when they are erased.

use super::job_pk;
use crate::id::{AssetId, JobId, TenantId};
use crate::review::HumanEdit;
use crate::store::Key;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where the bytes of an asset lie.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    /// The asset.
    pub asset: AssetId,
    /// Its key in the bucket of assets.
    pub key: String,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its media type.
    pub media_type: String,
}

/// Bytes in S3, with what is known of them. Never changed once written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AssetRecord {
    /// Its id.
    pub id: AssetId,
    /// Who it belongs to.
    pub tenant: TenantId,
    /// The step that made it; `inputs` for what the caller brought.
    pub step: String,
    /// The port it came out of.
    pub port: String,
    /// Its key in the bucket of assets.
    pub key: String,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its media type, sniffed.
    pub media_type: String,
    /// Its size.
    pub bytes: u64,
    /// Its width in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Its height in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// How long it plays, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// Its perceptual hash, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phash: Option<String>,
    /// The key among the uploads that it was copied from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<String>,
    /// When and why its bytes were erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased: Option<Tombstone>,
    /// Its words, where it is a text: small, and often needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The assets it was made from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made_from: Vec<AssetId>,
    /// Whether the same inputs always give these bytes, so that a verdict on the source covers it.
    #[serde(default)]
    pub deterministic: bool,
    /// What made it, where something was asked to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<MadeBy>,
    /// What a person did to it by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<HumanEdit>,
    /// When it was taken into custody.
    pub created_at: Time,
}

impl AssetRecord {
    /// Where an asset lies.
    pub fn record_key(asset: &AssetId) -> Key {
        Key::new(job_pk(&asset.job()), format!("ASSET#{asset}"))
    }

    /// Where its bytes lie in the bucket of assets: by content, so that no two writers disagree.
    pub fn object_key(tenant: &TenantId, job: &JobId, sha256: &str, media_type: &str) -> String {
        format!("{tenant}/{job}/{sha256}.{}", crate::sniff::extension(media_type))
    }

    /// Where its bytes lie, for those who need no more.
    pub fn stored(&self) -> Stored {
        Stored {
            asset: self.id.clone(),
            key: self.key.clone(),
            sha256: self.sha256.clone(),
            media_type: self.media_type.clone(),
        }
    }
}

/// The model that an asset came out of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeBy {
    /// Its name: `vendor/model`, or that of a model of a host.
    pub model: String,
    /// Whether it follows rules that somebody wrote, and learned nothing: no AI.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub procedural: bool,
}

/// What is left where something was erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// When it went.
    pub at: Time,
    /// Why.
    pub reason: String,
}

impl fmt::Display for Tombstone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "erased at {}: {}", self.at.rfc3339(), self.reason)
    }
}
