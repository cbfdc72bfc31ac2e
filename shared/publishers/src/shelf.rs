//! The public bucket as a place for posts: where documents lie, and what they are called by everybody.

use domain::error::Error;
use domain::ports::{Bucket, Extent, Objects, Put, Refusal, Table};
use domain::publish::{Grant, Sending, Told};
use domain::vendor::segment;

/// What a later run may write again is looked up again soon.
const A_WHILE: &str = "public, max-age=300";
/// Bytes under the name of their hash never change.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// The largest document that is read.
const DOCUMENT_MOST: u64 = 8 << 20;

/// The public bucket, and the table, in which the order of a feed lies.
#[derive(Clone)]
pub struct Shelf<'a> {
    objects: &'a dyn Objects,
    pub(crate) table: &'a dyn Table,
    bucket: String,
    public_url: Option<String>,
}

impl std::fmt::Debug for Shelf<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shelf").field("bucket", &self.bucket).finish_non_exhaustive()
    }
}

impl<'a> Shelf<'a> {
    /// The bucket of this name, and what it is called by everybody, where it is public.
    pub fn new(
        objects: &'a dyn Objects,
        table: &'a dyn Table,
        bucket: impl Into<String>,
        public_url: Option<String>,
    ) -> Self {
        Self { objects, table, bucket: bucket.into(), public_url }
    }

    /// Where a document is seen.
    pub(crate) fn url(&self, key: &str) -> String {
        match &self.public_url {
            Some(base) => format!("{}/{key}", base.trim_end_matches('/')),
            None => format!("s3://{}/{key}", self.bucket),
        }
    }

    /// Writes a document, whatever was there.
    pub(crate) async fn put(&self, key: &str, kind: &str, text: String) -> Result<(), Told> {
        self.place(key, (kind, A_WHILE), text.into_bytes()).await
    }

    /// Writes a file that lies under the name of its hash.
    pub(crate) async fn keep(&self, key: &str, kind: &str, bytes: Vec<u8>) -> Result<(), Told> {
        self.place(key, (kind, FOREVER), bytes).await
    }

    async fn place(
        &self,
        key: &str,
        (kind, cache): (&str, &str),
        bytes: Vec<u8>,
    ) -> Result<(), Told> {
        let how = Put { media_type: kind.into(), cache_control: Some(cache.into()), replace: true };
        let put = self.objects.put(Bucket::Public, key, bytes, &how).await;
        put.map(drop).map_err(told)
    }

    /// Reads a document; none where there is none.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Told> {
        let read = self.objects.get(Bucket::Public, key, DOCUMENT_MOST).await;
        read.map_err(|cause| Told::unknown(cause.to_string()))
    }

    /// Leaves nothing of a document.
    pub(crate) async fn clear(&self, key: &str) -> Result<(), Told> {
        let erased = self.objects.erase(Bucket::Public, &Extent::Key(key.to_owned())).await;
        erased.map(drop).map_err(told)
    }
}

/// Our own store says "run again" for what may have happened; all else is certain.
pub(crate) fn told(cause: Error) -> Told {
    match cause {
        Error::Again(why) => Told::unknown(why),
        Error::Invalid(why) | Error::Fault(why) => Told::refused(Refusal::Never, why),
    }
}

/// A folder of the tenant's: below the step's `prefix`, or below the usual one.
pub(crate) fn folder(grant: &Grant, sending: &Sending, usual: &str) -> String {
    let prefix = sending.setting("prefix").unwrap_or(usual).split('/');
    let parts = prefix.filter(|part| !part.is_empty()).map(segment).collect::<Vec<_>>();
    format!("{}/{}", grant.tenant, parts.join("/"))
}

/// What a document is called: its address in words, or the publication's id.
pub(crate) fn name(sending: &Sending) -> String {
    segment(sending.form.slug.as_deref().unwrap_or(&sending.id))
}

/// The addresses of a post's media.
pub(crate) fn urls(sending: &Sending) -> Vec<String> {
    sending.files.iter().map(|file| file.url.clone().unwrap_or_default()).collect()
}
