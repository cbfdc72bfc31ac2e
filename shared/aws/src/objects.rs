//! Objects in S3: assets, uploads, and what is published.

use crate::cdn::Cdn;
use crate::env::{self, StartError};
use crate::failure;
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, RequestChecksumCalculation};
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use domain::ports::{Bucket, Eraser, Extent, Objects, Presigned, Put};
use domain::{Error, Result};
use std::time::Duration;

/// How often a write that met another one under way is made.
const TRIES: usize = 3;

/// The names of the three buckets.
#[derive(Clone, Debug)]
pub struct Buckets {
    /// Galley's own assets.
    pub assets: String,
    /// What is handed in.
    pub uploads: String,
    /// What is published.
    pub public: String,
}

/// Galley's three buckets.
#[derive(Clone, Debug)]
pub struct S3Objects {
    client: Client,
    buckets: Buckets,
    cdn: Option<Cdn>,
}

impl S3Objects {
    /// The buckets that `ASSETS_BUCKET`, `UPLOADS_BUCKET` and `PUBLIC_BUCKET` name; `CDN_DISTRIBUTION` is before the last.
    pub fn from_env(config: &SdkConfig) -> Result<Self, StartError> {
        let buckets = Buckets {
            assets: env::var("ASSETS_BUCKET")?,
            uploads: env::var("UPLOADS_BUCKET")?,
            public: env::var("PUBLIC_BUCKET")?,
        };
        let cdn = Cdn::from_env(config);
        // Anything but AWS is an emulator, and has no name for each bucket.
        let elsewhere = config.endpoint_url().is_some_and(|url| !url.contains("amazonaws"));
        // A checksum in a presigned URL would be that of an empty body.
        let config = Builder::from(config)
            .force_path_style(elsewhere)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
        Ok(Self { cdn, ..Self::new(Client::from_conf(config.build()), buckets) })
    }

    /// These buckets, through this client.
    pub fn new(client: Client, buckets: Buckets) -> Self {
        Self { client, buckets, cdn: None }
    }

    /// The same, where this distribution is before the public bucket.
    pub fn behind(self, config: &SdkConfig, distribution: Option<&str>) -> Self {
        Self { cdn: distribution.map(|id| Cdn::new(config, id.to_owned())), ..self }
    }

    fn name(&self, bucket: Bucket) -> &str {
        match bucket {
            Bucket::Assets => &self.buckets.assets,
            Bucket::Uploads => &self.buckets.uploads,
            Bucket::Public => &self.buckets.public,
        }
    }
}

#[async_trait]
impl Objects for S3Objects {
    /// `None` needs the right to list the bucket: to everybody else S3 says "forbidden" of what is absent.
    async fn get(&self, bucket: Bucket, key: &str, limit: u64) -> Result<Option<Vec<u8>>> {
        let doing = format!("s3 get {key}");
        let request = self.client.get_object().bucket(self.name(bucket)).key(key);
        match request.send().await {
            Ok(answer) => read(&doing, answer, limit).await.map(Some),
            Err(failure) => match failure.as_service_error().and_then(ProvideErrorMetadata::code) {
                Some("NoSuchKey") => Ok(None),
                _ => Err(failure::error(&doing, &failure)),
            },
        }
    }

    async fn put(&self, bucket: Bucket, key: &str, bytes: Vec<u8>, how: &Put) -> Result<bool> {
        let doing = format!("s3 put {key}");
        let mut tries = 1;
        loop {
            let request = self
                .client
                .put_object()
                .bucket(self.name(bucket))
                .key(key)
                .content_type(&how.media_type)
                .set_cache_control(how.cache_control.clone())
                .set_if_none_match((!how.replace).then(|| "*".into()))
                .body(ByteStream::from(bytes.clone()));
            let Err(failure) = request.send().await else { return Ok(true) };
            match failure.as_service_error().and_then(ProvideErrorMetadata::code) {
                Some("PreconditionFailed") => return Ok(false),
                // Another write of the same key is under way; whether it succeeds is not known yet.
                Some("ConditionalRequestConflict") if tries < TRIES => tries += 1,
                _ => return Err(failure::error(&doing, &failure)),
            }
        }
    }

    async fn presign_get(&self, bucket: Bucket, key: &str, seconds: u32) -> Result<Presigned> {
        let doing = format!("s3 presign get {key}");
        let request = self.client.get_object().bucket(self.name(bucket)).key(key);
        let signed = request.presigned(lasting(&doing, seconds)?).await;
        signed.map(presigned).map_err(|cause| failure::error(&doing, &cause))
    }

    async fn presign_put(
        &self,
        bucket: Bucket,
        key: &str,
        media_type: &str,
        seconds: u32,
    ) -> Result<Presigned> {
        let doing = format!("s3 presign put {key}");
        let request = self.client.put_object().bucket(self.name(bucket)).key(key);
        let signed = request.content_type(media_type).presigned(lasting(&doing, seconds)?).await;
        signed.map(presigned).map_err(|cause| failure::error(&doing, &cause))
    }
}

#[async_trait]
impl Eraser for S3Objects {
    async fn erase(&self, bucket: Bucket, what: &Extent) -> Result<u64> {
        let (prefix, only) = match what {
            Extent::Key(key) => (key, true),
            Extent::Below(prefix) => (prefix, false),
        };
        let mut gone = 0;
        // What was erased is not listed again, so each round begins anew.
        loop {
            let versions = self.versions(bucket, prefix, only).await?;
            if versions.is_empty() {
                break;
            }
            gone += versions.len() as u64;
            self.delete(bucket, versions).await?;
        }
        // Also where nothing was there any more: whoever erased it may have died before this.
        if let (Bucket::Public, Some(cdn)) = (bucket, &self.cdn) {
            cdn.invalidate(what).await?;
        }
        Ok(gone)
    }
}

impl S3Objects {
    /// Some versions and delete markers of the objects that are meant; none when there are none left.
    async fn versions(
        &self,
        bucket: Bucket,
        prefix: &str,
        only: bool,
    ) -> Result<Vec<ObjectIdentifier>> {
        let doing = format!("s3 list versions of {prefix}");
        let request = self.client.list_object_versions().bucket(self.name(bucket)).prefix(prefix);
        let answer = request.send().await.map_err(|cause| failure::error(&doing, &cause))?;
        let versions = answer.versions().iter().map(|one| (one.key(), one.version_id()));
        let markers = answer.delete_markers().iter().map(|one| (one.key(), one.version_id()));
        let meant = |key: &str| !only || key == prefix;
        versions
            .chain(markers)
            .filter_map(|(key, version)| Some((key.filter(|key| meant(key))?, version)))
            .map(|(key, version)| {
                let one = ObjectIdentifier::builder().key(key);
                one.set_version_id(version.map(Into::into)).build()
            })
            .collect::<Result<_, _>>()
            .map_err(|cause| Error::Fault(format!("{doing}: {cause}")))
    }

    async fn delete(&self, bucket: Bucket, versions: Vec<ObjectIdentifier>) -> Result<()> {
        let doing = "s3 delete objects";
        let these = Delete::builder().set_objects(Some(versions)).quiet(true).build();
        let these = these.map_err(|cause| Error::Fault(format!("{doing}: {cause}")))?;
        let request = self.client.delete_objects().bucket(self.name(bucket)).delete(these);
        let answer = request.send().await.map_err(|cause| failure::error(doing, &cause))?;
        match answer.errors().first() {
            None => Ok(()),
            Some(error) => {
                let (key, why) = (error.key().unwrap_or("?"), error.message().unwrap_or("?"));
                Err(Error::Again(format!("{doing}: {key}: {why}")))
            }
        }
    }
}

/// Reads no further than the limit, whatever the answer's head promised.
async fn read(doing: &str, answer: GetObjectOutput, limit: u64) -> Result<Vec<u8>> {
    let too_large = || Error::Invalid(format!("{doing}: larger than {limit} bytes"));
    let promised = answer.content_length().and_then(|bytes| u64::try_from(bytes).ok());
    if promised.is_some_and(|bytes| limit < bytes) {
        return Err(too_large());
    }
    let mut body = answer.body;
    let mut bytes = Vec::with_capacity(promised.unwrap_or(0) as usize);
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|cause| Error::Again(format!("{doing}: {cause}")))?;
        if limit < (bytes.len() + chunk.len()) as u64 {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn lasting(doing: &str, seconds: u32) -> Result<PresigningConfig> {
    PresigningConfig::expires_in(Duration::from_secs(seconds.into()))
        .map_err(|cause| Error::Fault(format!("{doing}: {cause}")))
}

fn presigned(request: PresignedRequest) -> Presigned {
    let headers = request.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
    Presigned { url: request.uri().to_owned(), headers: headers.collect() }
}

#[cfg(test)]
mod tests;
