//! What handlers may ask of the world. One trait per service; adapters and fakes implement them.

use crate::error::Result;
use crate::gpu::{Render, RenderState};
use crate::id::AttemptId;
use crate::notify::{Notice, Posted};
use crate::provenance::Facts;
use crate::record::AssetRecord;
use crate::reuse::Looks;
use crate::store::{Item, Key, Query, Write, Written};
use crate::time::Time;
use crate::vendor::{Answer, Handle, Heard, Order, Source, Webhook};
use async_trait::async_trait;
use serde_json::Value;

/// The table: jobs, ledger, lanes, tenants.
#[async_trait]
pub trait Table: Send + Sync {
    /// Reads records consistently, in the order of the keys; `None` where there is none.
    async fn get(&self, keys: &[Key]) -> Result<Vec<Option<Item>>>;
    /// Reads one partition or index.
    async fn query(&self, query: &Query) -> Result<Vec<Item>>;
    /// All of these writes, or none.
    async fn write(&self, writes: Vec<Write>) -> Result<Written>;
}

/// Where bytes lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bucket {
    /// Galley's own assets: written once.
    Assets,
    /// What callers and GPU hosts hand in; it expires.
    Uploads,
    /// What the `s3` target publishes.
    Public,
}

/// How an object is to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Put {
    /// Its media type.
    pub media_type: String,
    /// Its `Cache-Control`, if any.
    pub cache_control: Option<String>,
    /// Whether an object that is there may be replaced.
    pub replace: bool,
}

/// A URL that allows one request for a while.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Presigned {
    /// The URL.
    pub url: String,
    /// Headers that must be sent with it.
    pub headers: std::collections::BTreeMap<String, String>,
}

/// Which objects are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The one of this key.
    Key(String),
    /// All whose keys begin so.
    Below(String),
}

/// Objects that go for good. Only erasing needs it.
#[async_trait]
pub trait Eraser: Send + Sync {
    /// Erases objects with all their earlier versions; how many versions went. None is no error.
    async fn erase(&self, bucket: Bucket, what: &Extent) -> Result<u64>;
}

/// Objects in S3.
#[async_trait]
pub trait Objects: Eraser {
    /// The bytes of an object of at most `limit` bytes; `None` where there is none, `Invalid` where it is larger.
    async fn get(&self, bucket: Bucket, key: &str, limit: u64) -> Result<Option<Vec<u8>>>;
    /// Writes an object; false where one is there and may not be replaced.
    async fn put(&self, bucket: Bucket, key: &str, bytes: Vec<u8>, how: &Put) -> Result<bool>;
    /// A URL to read an object for so many seconds.
    async fn presign_get(&self, bucket: Bucket, key: &str, seconds: u32) -> Result<Presigned>;
    /// A URL to write an object for so many seconds.
    async fn presign_put(
        &self,
        bucket: Bucket,
        key: &str,
        media_type: &str,
        seconds: u32,
    ) -> Result<Presigned>;
}

/// Whether a task token was still waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// The execution goes on.
    Delivered,
    /// Nobody waits for it any more.
    Over,
}

/// The state machine.
#[async_trait]
pub trait Flow: Send + Sync {
    /// Starts an execution; one of that name counts as started.
    async fn start(&self, name: &str, input: &Value) -> Result<()>;
    /// Hands a waiting task its outcome.
    async fn complete(&self, token: &str, outcome: &Value) -> Result<Completion>;
}

/// The dispatch queue and its dead letters.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Sends a message, to be seen after `delay_s` (at most 900) seconds.
    async fn send(&self, body: &Value, delay_s: u32) -> Result<()>;
    /// Of each queue that gave messages up: its name, and how many.
    async fn dead(&self) -> Result<Vec<(String, u64)>>;
}

/// The message that asked for what is being done. As long as it is hidden, nobody else is asked the same.
#[async_trait]
pub trait Message: Send + Sync {
    /// Whether it was received before: whoever had it failed, or died.
    fn again(&self) -> bool;
    /// Hides it for so many seconds from now on.
    async fn hide(&self, seconds: u32) -> Result<()>;
    /// Comes back after so many seconds.
    async fn pause(&self, seconds: u32);
}

/// What a refused caller should do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Ask again later: no room just now.
    Later,
    /// Ask somebody else: this one is at fault.
    Elsewhere,
    /// Give up: the request itself is at fault.
    Never,
}

/// What is known after a call to a GPU host.
#[derive(Clone, Debug, PartialEq)]
pub enum Started {
    /// It works on it, or already did.
    Accepted,
    /// Certain that it did not take it.
    Refused(Refusal, String),
    /// It may have taken it.
    Unknown(String),
}

/// GPU hosts.
#[async_trait]
pub trait Hosts: Send + Sync {
    /// Starts a render, or attaches to it.
    async fn start(&self, address: &str, render: &Render) -> Started;
    /// What a host knows of a render; `Ok(None)`: it does not know it; `Err`: it cannot be asked.
    async fn state(&self, address: &str, attempt: &AttemptId) -> Result<Option<RenderState>>;
    /// Tells a host to stop a render.
    async fn cancel(&self, address: &str, attempt: &AttemptId) -> Result<()>;
}

/// One event for the bus.
#[derive(Clone, Debug, PartialEq)]
pub struct BusEvent {
    /// What it is, such as `galley.job.succeeded`.
    pub detail_type: String,
    /// When it happened.
    pub at: Time,
    /// What happened.
    pub detail: Value,
}

/// The stack's event bus.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Puts events on the bus: all of them, or an error, and then perhaps some.
    async fn put(&self, events: &[BusEvent]) -> Result<()>;
}

/// Who looks at pictures, to find them again. Pure: no call to anywhere.
pub trait Eyes: Send + Sync {
    /// What these bytes look like; none where they are no picture, or one that is too large to be looked at.
    fn look(&self, bytes: &[u8]) -> Option<Looks>;
}

/// Something whose own account of how it came to be goes into it.
#[derive(Clone, Copy, Debug)]
pub struct Attested<'a> {
    /// A file name that a person can read.
    pub title: &'a str,
    /// What it is.
    pub asset: &'a AssetRecord,
    /// How it came to be.
    pub facts: &'a Facts,
    /// What a caller brought of it, as far as it is at hand.
    pub brought: &'a [(AssetRecord, Vec<u8>)],
}

/// Who writes into files how they came to be, and signs that.
#[async_trait]
pub trait Notary: Send + Sync {
    /// Whether files of a media type can carry such an account.
    fn seals(&self, media_type: &str) -> bool;
    /// The file with the account in it, what it shows unchanged. Other bytes each time.
    async fn seal(&self, what: Attested<'_>, bytes: &[u8]) -> Result<Vec<u8>>;
}

/// A key that signs where it is kept, and never leaves it.
#[async_trait]
pub trait Signatory: Send + Sync {
    /// Signs a hash, of 32 bytes for P-256 and 48 for P-384, by ECDSA; in DER. Free to repeat: another signature each time.
    async fn sign(&self, digest: &[u8]) -> Result<Vec<u8>>;
}

/// Receivers of webhooks.
#[async_trait]
pub trait Receivers: Send + Sync {
    /// Signs a notice and posts it once; an error is our own, and nothing was posted.
    async fn post(&self, notice: &Notice) -> Result<Posted>;
}

/// What became of a message to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// API Gateway took it.
    Taken,
    /// There is no such connection any more.
    Gone,
    /// It was not taken in time: whoever is behind it reads too slowly, or not at all.
    Slow,
}

/// WebSocket connections that API Gateway holds.
#[async_trait]
pub trait Connections: Send + Sync {
    /// Sends one text of at most 128 KB to a connection.
    async fn send(&self, connection: &str, text: String) -> Result<Sent>;
    /// Ends a connection; one that is gone already counts as ended.
    async fn close(&self, connection: &str) -> Result<()>;
}

/// The function that pushes events to those who watch.
#[async_trait]
pub trait Pusher: Send + Sync {
    /// Lets it look at a job soon, without waiting for it.
    async fn nudge(&self, job: &crate::id::JobId) -> Result<()>;
}

/// The function that publishes, asked beside the state machine.
#[async_trait]
pub trait Publisher: Send + Sync {
    /// Lets it do something soon, without waiting for it.
    async fn nudge(&self, what: &Value) -> Result<()>;
}

/// Vendors: each call is made once, and answers with what is known.
#[async_trait]
pub trait Vendors: Send + Sync {
    /// Asks for work. It may be paid for from here on.
    async fn start(&self, order: &Order) -> Answer;
    /// How accepted work stands. Free to repeat.
    async fn check(&self, order: &Order, handle: &Handle) -> Answer;
    /// Looks for work that may have been accepted, where the vendor lets one look. Free to repeat.
    async fn find(&self, order: &Order) -> Answer;
    /// Asks for accepted work to be stopped; how it ended is found by a check.
    async fn cancel(&self, order: &Order, handle: &Handle) -> Result<()>;
    /// Brings an output. `Invalid`: it is not there any more, or is none that we take.
    async fn fetch(&self, vendor: &str, source: Source) -> Result<Vec<u8>>;
    /// Who sent a webhook, and of what it tells.
    async fn hear(&self, vendor: &str, webhook: &Webhook, now: Time) -> Result<Heard>;
}

/// Secrets that tenants lent us: each a text below its name. Neither names nor values are logged.
#[async_trait]
pub trait Vault: Send + Sync {
    /// The secret of this name, read just now; `None` where there is none.
    async fn read(&self, name: &str) -> Result<Option<String>>;
    /// Puts a secret in its place, instead of what was there.
    async fn keep(&self, name: &str, value: &str) -> Result<()>;
    /// Removes a secret; one that is not there is gone already.
    async fn forget(&self, name: &str) -> Result<()>;
}

/// Waits, while somebody else works.
#[async_trait]
pub trait Waits: Send + Sync {
    /// For so many seconds.
    async fn wait(&self, seconds: u32);
}
