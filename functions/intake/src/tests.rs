//! The API as its callers meet it, against a world in memory.

mod described;
mod entries;
mod errors;
mod faults;
mod gates;
mod hooks;
mod jobs;
mod labels;
mod malformed;
mod mandated;
mod people;
mod pipelines;
mod plants;
mod playlist;
mod policies;
mod publications;
mod quotes;
mod reviews;
mod standing;
mod strangers;
mod stream;
mod takedowns;
mod trials;
mod triggers;
mod webhooks;

use super::*;
use async_trait::async_trait;
use domain::Time;
use domain::catalog;
use domain::fakes::World;
use domain::id::{JobId, TenantId};
use domain::pipeline::Pipeline;
use domain::store::Write;
use domain::tenant::{ApiKey, JobToken};
use serde_json::{Value, json};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};

/// When everything happens.
pub(crate) const NOW: Time = Time(1_700_000_000_000);
/// The key in the sample request.
const SECRET: [u8; 16] = [7; 16];

/// Something that happens while a caller waits.
type Meanwhile<'a> = Box<dyn FnMut(u32) + Send + 'a>;

/// A clock that moves when somebody sleeps, and draws the same numbers each time.
pub(crate) struct Stopped<'a> {
    now: AtomicI64,
    drawn: AtomicU8,
    meanwhile: Mutex<Meanwhile<'a>>,
}

impl<'a> Stopped<'a> {
    pub(crate) fn at(now: Time) -> Self {
        Self::with(now, |_| {})
    }

    /// What happens with each sleep, told how many there were.
    pub(crate) fn with(now: Time, meanwhile: impl FnMut(u32) + Send + 'a) -> Self {
        let meanwhile: Meanwhile<'a> = Box::new(meanwhile);
        Self { now: AtomicI64::new(now.0), drawn: AtomicU8::new(0), meanwhile: meanwhile.into() }
    }

    /// How long everybody slept, in milliseconds.
    pub(crate) fn slept(&self) -> i64 {
        self.now.load(Ordering::SeqCst) - NOW.0
    }

    /// The same, drawing other numbers: another invocation.
    pub(crate) fn drawing(self, first: u8) -> Self {
        self.drawn.store(first, Ordering::SeqCst);
        self
    }
}

#[async_trait]
impl Clock for Stopped<'_> {
    fn now(&self) -> Time {
        Time(self.now.load(Ordering::SeqCst))
    }

    fn random(&self) -> [u8; 24] {
        [self.drawn.fetch_add(1, Ordering::SeqCst) + 1; 24]
    }

    async fn sleep(&self, ms: u32) {
        self.now.fetch_add(ms.into(), Ordering::SeqCst);
        (self.meanwhile.lock().unwrap())(ms);
    }
}

pub(crate) fn tenant(name: &str) -> TenantId {
    TenantId::parse(name).unwrap()
}

pub(crate) fn key_of(name: &str) -> String {
    ApiKey::new(&tenant(name), SECRET).reveal().to_owned()
}

pub(crate) const HERO: &str = include_str!("../../../infra/pipelines/hero-image.yaml");
pub(crate) const PHOTO: &str = include_str!("../../../infra/pipelines/product-photo.yaml");

/// A world with two tenants, each with a key and both pipelines.
pub(crate) async fn world() -> World {
    let world = World::default();
    for name in ["acme", "beta"] {
        world.table.plant(ApiKey::new(&tenant(name), SECRET).issue(NOW).unwrap());
        for text in [HERO, PHOTO] {
            let pipeline = Pipeline::parse(text).unwrap();
            catalog::put(&world.table, &tenant(name), pipeline, NOW).await.unwrap();
        }
    }
    world.faults.clear();
    world
}

/// A request of tenant `acme`.
pub(crate) fn request(method: &str, path: &str) -> HttpRequest {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let request = HttpRequest {
        method: method.into(),
        path: path.into(),
        query: pairs.map(|(name, value)| (name.into(), value.into())).collect(),
        ..HttpRequest::default()
    };
    request.with("authorization", &format!("Bearer {}", key_of("acme")))
}

/// What tests change in a request.
pub(crate) trait With: Sized {
    fn with(self, header: &str, value: &str) -> Self;
    fn without(self, header: &str) -> Self;
    fn text(self, media_type: &str, body: &str) -> Self;
    fn by(self, name: &str) -> Self {
        self.with("authorization", &format!("Bearer {}", key_of(name)))
    }
    fn body(self, body: &Value) -> Self {
        self.text("application/json", &body.to_string())
    }
}

impl With for HttpRequest {
    fn with(mut self, header: &str, value: &str) -> Self {
        self.headers.insert(header.into(), value.into());
        self
    }

    fn without(mut self, header: &str) -> Self {
        self.headers.remove(header);
        self
    }

    fn text(mut self, media_type: &str, body: &str) -> Self {
        self.body = body.as_bytes().to_vec();
        self.with("content-type", media_type)
    }
}

pub(crate) fn hero() -> Value {
    json!({ "pipeline": "hero-image", "inputs": { "prompt": "a fox" } })
}

pub(crate) async fn send(world: &World, request: HttpRequest) -> HttpResponse {
    send_at(world, &Stopped::at(NOW), request).await
}

pub(crate) async fn send_at(
    world: &World,
    clock: &dyn Clock,
    request: HttpRequest,
) -> HttpResponse {
    match deliver(world, clock, Event::Http(request.clone())).await.unwrap() {
        Reply::Http(answer) => {
            described::holds(&request, &answer);
            answer
        }
        Reply::Value(value) => panic!("{value} is no answer"),
    }
}

pub(crate) async fn deliver(world: &World, clock: &dyn Clock, event: Event) -> Result<Reply> {
    let intake = Intake {
        table: &world.table,
        objects: &world.objects,
        flow: &world.flow,
        queue: &world.queue,
        notices: &world.notices,
        models: &Models::for_tests(),
        webhook_hosts: &["127.0.0.1:8080".to_owned()],
        stream_url: "https://stream.test/live",
        vault: &world.vault,
        accounts: &world.accounts,
        publisher: &world.publisher,
        signing_key: &world.settings.signing_key,
        undo_s: 30,
        clock,
    };
    handle(&intake, event).await
}

pub(crate) fn json_of(answer: &HttpResponse) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

/// Submits a job and gives its id.
pub(crate) async fn submitted(world: &World, body: &Value, key: &str) -> JobId {
    let request = request("POST", "/v1/jobs").body(body).with("idempotency-key", key);
    let first = key.bytes().fold(1, |sum: u8, byte| sum.wrapping_mul(31).wrapping_add(byte));
    let answer = send_at(world, &Stopped::at(NOW).drawing(first % 200), request).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    JobId::parse(json_of(&answer)["id"].as_str().unwrap()).unwrap()
}

pub(crate) fn token(world: &World, job: &JobId, name: &str, until: Time) -> String {
    let token = JobToken { job: job.clone(), tenant: tenant(name), until };
    format!("Bearer {}", token.seal(&world.settings.signing_key))
}

/// Changes fields of a record, as another function would.
pub(crate) fn alter(world: &World, key: domain::store::Key, fields: Value) {
    let mut item = world.table.peek(&key).unwrap();
    for (name, value) in fields.as_object().unwrap().clone() {
        item.insert(name, value);
    }
    world.table.plant(Write::put(key, &item).unwrap());
}
