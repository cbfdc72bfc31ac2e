//! What every target needs that is called with a signature: its client, the tenant's secrets, and a URL of the bytes.

use crate::guarded::Guarded;
use crate::signature::{self, Signing};
use domain::error::Result;
use domain::id::TenantId;
use domain::ports::{Bucket, Objects, Put, Table};
use domain::publish::Post;
use domain::sign::SigningKey;
use domain::time::Time;
use std::pin::Pin;
use std::sync::Arc;

/// The deployment's signing key, on its way.
pub type Reading = Pin<Box<dyn Future<Output = Result<String>> + Send>>;
/// Where the signing key comes from: `None` asks for it, `Some` for another one than that.
pub(crate) type Source = Arc<dyn Fn(Option<String>) -> Reading + Send + Sync>;
/// Names and values of headers.
pub(crate) type Headers = Vec<(&'static str, String)>;

/// Calls in the name of tenants.
#[derive(Clone)]
pub struct Signed<'a> {
    objects: &'a dyn Objects,
    table: &'a dyn Table,
    pub(crate) client: Guarded,
    key: Source,
}

impl<'a> Signed<'a> {
    /// Calls through this client; tenants' secrets come from this key, read when needed.
    pub fn new(
        objects: &'a dyn Objects,
        table: &'a dyn Table,
        client: Guarded,
        key: impl Fn(Option<String>) -> Reading + Send + Sync + 'static,
    ) -> Self {
        Self { objects, table, client, key: Arc::new(key) }
    }

    /// Where the bytes can be read for so many seconds.
    pub(crate) async fn url(&self, post: &Post, seconds: u32) -> Result<String> {
        let signed = self.objects.presign_get(Bucket::Assets, &post.asset.key, seconds).await?;
        Ok(signed.url)
    }

    /// Puts bytes where they can be read for so many seconds by whoever is told the URL, and are gone a week later.
    pub(crate) async fn lent(
        &self,
        name: &str,
        media_type: &str,
        bytes: Vec<u8>,
        seconds: u32,
    ) -> Result<String> {
        let key = format!("incoming/posts/{name}");
        let how = Put { media_type: media_type.into(), cache_control: None, replace: true };
        self.objects.put(Bucket::Assets, &key, bytes, &how).await?;
        Ok(self.objects.presign_get(Bucket::Assets, &key, seconds).await?.url)
    }

    /// Headers by which they know who asks, for which publication, and that nobody changed it.
    pub(crate) async fn headers(&self, post: &Post, body: &[u8]) -> Result<Headers> {
        let mut headers = self.signed((&post.tenant, &post.id), post.at, body).await?;
        headers.push(("traceparent", post.traceparent.clone()));
        Ok(headers)
    }

    /// Headers of a message of this tenant's, under this id.
    pub(crate) async fn signed(
        &self,
        (tenant, id): (&TenantId, &str),
        at: Time,
        body: &[u8],
    ) -> Result<Headers> {
        let key = SigningKey::new((self.key)(None).await?);
        let secrets = Signing::read(self.table, tenant).await?.secrets(&key, tenant, at);
        let seconds = at.unix_s();
        Ok(vec![
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", signature::signatures(&secrets, id, seconds, body)),
        ])
    }
}
