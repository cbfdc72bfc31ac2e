//! The `s3` target: objects in the public bucket, by a readable key or by content hash.
//!
//! Keys begin with the tenant, so that no tenant can write over another's. Below that and the
//! pipeline's `prefix`, `name_by: key` (the default) gives `{job}/{step}-{width}w.{ext}`, and
//! `name_by: hash` gives `{sha256}.{ext}`. `latest: true` keeps `latest.json` beside them.

mod posts;

pub use posts::Posts;

use crate::latest::{self, Move};
use async_trait::async_trait;
use domain::error::Error;
use domain::ports::{Bucket, Extent, Objects, Put, Refusal, Table};
use domain::publish::{Outcome, Post, Posted, Target};
use domain::sign::sha256;
use domain::sniff::extension;
use serde_json::{Value, json};

/// Bytes under the name of their hash never change.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// A name that a later run of the job may give to other bytes is looked up again soon.
const A_WHILE: &str = "public, max-age=300";
/// The largest published object that is looked at.
const OBJECT_MOST: u64 = 64 << 20;

/// The public bucket.
#[derive(Clone)]
pub struct S3<'a> {
    objects: &'a dyn Objects,
    table: &'a dyn Table,
    bucket: String,
}

impl<'a> S3<'a> {
    /// The public bucket of this name.
    pub fn new(objects: &'a dyn Objects, table: &'a dyn Table, bucket: impl Into<String>) -> Self {
        Self { objects, table, bucket: bucket.into() }
    }

    fn location(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.bucket)
    }
}

/// Where an asset goes in the bucket.
pub fn key(post: &Post) -> String {
    let name = match post.setting("name_by") {
        Some("hash") => {
            format!("{}.{}", post.asset.sha256, extension(&post.asset.media_type))
        }
        _ => format!("{}/{}", post.job, post.name),
    };
    format!("{}{name}", folder(post))
}

fn folder(post: &Post) -> String {
    match post.setting("prefix") {
        Some(prefix) => format!("{}/{prefix}/", post.tenant),
        None => format!("{}/", post.tenant),
    }
}

fn cache_control(post: &Post) -> &str {
    let usual = if post.setting("name_by") == Some("hash") { FOREVER } else { A_WHILE };
    post.setting("cache_control").unwrap_or(usual)
}

/// Our own store says "run again" for what may have happened; all else is certain.
fn outcome(cause: Error) -> Outcome {
    match cause {
        Error::Again(cause) => Outcome::Unknown(cause),
        Error::Invalid(cause) | Error::Fault(cause) => Outcome::Refused(Refusal::Never, cause),
    }
}

#[async_trait]
impl Target for S3<'_> {
    async fn start(&self, post: &Post, bytes: Vec<u8>) -> Outcome {
        let key = key(post);
        let how = Put {
            media_type: post.asset.media_type.clone(),
            cache_control: Some(cache_control(post).to_owned()),
            replace: true,
        };
        match self.objects.put(Bucket::Public, &key, bytes, &how).await {
            Ok(_) => Outcome::Done(self.location(&key)),
            Err(cause) => outcome(cause),
        }
    }

    async fn check(&self, post: &Post) -> Outcome {
        let key = key(post);
        match self.objects.get(Bucket::Public, &key, OBJECT_MOST).await {
            Ok(Some(bytes)) if sha256(&bytes) == post.asset.sha256 => {
                Outcome::Done(self.location(&key))
            }
            Ok(_) | Err(Error::Invalid(_)) => {
                Outcome::Refused(Refusal::Later, format!("{key} is not there"))
            }
            // Also where we may not look: without the right to list, S3 hides that a key is absent.
            Err(cause) => Outcome::Unknown(cause.to_string()),
        }
    }

    async fn finalize(&self, posted: &[Posted]) -> Outcome {
        let wanted = |one: &&Posted| one.post.settings.get("latest") == Some(&Value::Bool(true));
        let Some(first) = posted.first().filter(wanted) else {
            return Outcome::Done(String::new());
        };
        let post = &first.post;
        let key = format!("{}latest.json", folder(post));
        let step = Move {
            tenant: &post.tenant,
            key: &key,
            job: &post.job,
            step: &post.step,
            pointer: pointer(posted, post),
        };
        match latest::forward(self.table, self.objects, &step).await {
            Ok(()) => Outcome::Done(self.location(&key)),
            Err(cause) => outcome(cause),
        }
    }

    async fn unpublish(&self, post: &Post, location: Option<&str>) -> Outcome {
        let known = location.and_then(|place| place.strip_prefix("s3://")?.split_once('/'));
        let key = known.map_or_else(|| key(post), |(_, key)| key.to_owned());
        let back = async {
            self.objects.erase(Bucket::Public, &Extent::Key(key.clone())).await?;
            let pointer = format!("{}latest.json", folder(post));
            latest::withdraw(self.table, self.objects, (&post.tenant, &post.job), &pointer).await
        };
        match back.await {
            Ok(()) => Outcome::Done(String::new()),
            Err(cause) => outcome(cause),
        }
    }

    fn deduplicates(&self) -> bool {
        true
    }
}

fn pointer(posted: &[Posted], first: &Post) -> Value {
    let asset = |one: &Posted| {
        let asset = &one.post.asset;
        json!({
            "asset": asset.id, "key": key(&one.post), "sha256": asset.sha256,
            "media_type": asset.media_type, "bytes": asset.bytes,
            "width": asset.width, "height": asset.height,
        })
    };
    json!({
        "job": first.job, "pipeline": first.pipeline, "version": first.version, "step": first.step,
        "published_at": first.at.rfc3339(), "assets": posted.iter().map(asset).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests;
