//! Objects, the state machine, the queue and GPU hosts in memory.

use super::{Fault, Faults};
use crate::error::{Error, Result};
use crate::gpu::{Render, RenderState};
use crate::id::AttemptId;
use crate::ports::{
    Bucket, Completion, Eraser, Extent, Flow, Hosts, Objects, Presigned, Put, Queue, Refusal,
    Started,
};
use async_trait::async_trait;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

const UNPOISONED: &str = "no test panics while it holds a fake";

/// Bytes, and how they were written.
type Object = (Vec<u8>, Put);

/// Objects in memory.
#[derive(Debug)]
pub struct MemoryObjects {
    objects: Mutex<BTreeMap<(Bucket, String), Object>>,
    faults: Arc<Faults>,
}

impl MemoryObjects {
    /// Empty buckets.
    pub fn new(faults: Arc<Faults>) -> Self {
        Self { objects: Mutex::default(), faults }
    }

    /// Puts bytes there, as somebody outside would.
    pub fn plant(&self, bucket: Bucket, key: &str, bytes: impl Into<Vec<u8>>) {
        let object = (bytes.into(), Put::default());
        self.objects.lock().expect(UNPOISONED).insert((bucket, key.to_owned()), object);
    }

    /// The bytes of an object, and how they were written.
    pub fn peek(&self, bucket: Bucket, key: &str) -> Option<Object> {
        self.objects.lock().expect(UNPOISONED).get(&(bucket, key.to_owned())).cloned()
    }

    /// Buckets, keys and content hashes, in order.
    pub fn listing(&self) -> String {
        let objects = self.objects.lock().expect(UNPOISONED);
        let line = |((bucket, key), (bytes, _)): (&(Bucket, String), &Object)| {
            format!("{bucket:?} {key} {}", crate::sign::sha256(bytes))
        };
        objects.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

#[async_trait]
impl Objects for MemoryObjects {
    async fn get(&self, bucket: Bucket, key: &str, limit: u64) -> Result<Option<Vec<u8>>> {
        self.faults.run(|| {
            let object = self.peek(bucket, key).map(|(bytes, _)| bytes);
            match object {
                Some(bytes) if limit < bytes.len() as u64 => {
                    Err(Error::Invalid(format!("{key} is larger than {limit} bytes")))
                }
                object => Ok(object),
            }
        })
    }

    async fn put(&self, bucket: Bucket, key: &str, bytes: Vec<u8>, how: &Put) -> Result<bool> {
        self.faults.run(|| {
            let mut objects = self.objects.lock().expect(UNPOISONED);
            let place = (bucket, key.to_owned());
            if !how.replace && objects.contains_key(&place) {
                return Ok(false);
            }
            objects.insert(place, (bytes, how.clone()));
            Ok(true)
        })
    }

    async fn presign_get(&self, bucket: Bucket, key: &str, seconds: u32) -> Result<Presigned> {
        let url = format!("https://s3.test/{bucket:?}/{key}?get&expires={seconds}");
        self.faults.run(|| Ok(Presigned { url, headers: BTreeMap::new() }))
    }

    async fn presign_put(
        &self,
        bucket: Bucket,
        key: &str,
        media_type: &str,
        seconds: u32,
    ) -> Result<Presigned> {
        let url = format!("https://s3.test/{bucket:?}/{key}?put&expires={seconds}");
        let headers = BTreeMap::from([("content-type".to_owned(), media_type.to_owned())]);
        self.faults.run(|| Ok(Presigned { url, headers }))
    }
}

#[async_trait]
impl Eraser for MemoryObjects {
    async fn erase(&self, bucket: Bucket, what: &Extent) -> Result<u64> {
        self.faults.run(|| {
            let mut objects = self.objects.lock().expect(UNPOISONED);
            let before = objects.len();
            objects.retain(|(place, key), _| {
                let meant = match what {
                    Extent::Key(one) => key == one,
                    Extent::Below(prefix) => key.starts_with(prefix.as_str()),
                };
                *place != bucket || !meant
            });
            Ok((before - objects.len()) as u64)
        })
    }
}

/// A state machine that remembers what it was told.
#[derive(Debug)]
pub struct MemoryFlow {
    started: Mutex<BTreeMap<String, Value>>,
    completed: Mutex<BTreeMap<String, Value>>,
    faults: Arc<Faults>,
}

impl MemoryFlow {
    /// Nothing started.
    pub fn new(faults: Arc<Faults>) -> Self {
        Self { started: Mutex::default(), completed: Mutex::default(), faults }
    }

    /// The executions that were started, with their inputs.
    pub fn started(&self) -> BTreeMap<String, Value> {
        self.started.lock().expect(UNPOISONED).clone()
    }

    /// The first outcome that each token was given.
    pub fn completed(&self) -> BTreeMap<String, Value> {
        self.completed.lock().expect(UNPOISONED).clone()
    }

    /// Executions and outcomes, in order; the number of the last event is but a hint, and left out.
    pub fn listing(&self) -> String {
        let line = |(name, value): (&String, &Value)| format!("{name} {value}");
        let (started, mut completed) = (self.started(), self.completed());
        for outcome in completed.values_mut().filter_map(Value::as_object_mut) {
            outcome.remove("event");
        }
        started.iter().chain(completed.iter()).map(line).collect::<Vec<_>>().join("\n")
    }
}

#[async_trait]
impl Flow for MemoryFlow {
    async fn start(&self, name: &str, input: &Value) -> Result<()> {
        self.faults.run(|| {
            let mut started = self.started.lock().expect(UNPOISONED);
            started.entry(name.to_owned()).or_insert_with(|| input.clone());
            Ok(())
        })
    }

    async fn complete(&self, token: &str, outcome: &Value) -> Result<Completion> {
        self.faults.run(|| {
            let mut completed = self.completed.lock().expect(UNPOISONED);
            if completed.contains_key(token) {
                return Ok(Completion::Over);
            }
            completed.insert(token.to_owned(), outcome.clone());
            Ok(Completion::Delivered)
        })
    }
}

/// A queue that remembers what it was sent.
#[derive(Debug)]
pub struct MemoryQueue {
    sent: Mutex<Vec<(Value, u32)>>,
    dead: Mutex<Vec<(String, u64)>>,
    faults: Arc<Faults>,
}

impl MemoryQueue {
    /// Nothing sent.
    pub fn new(faults: Arc<Faults>) -> Self {
        Self { sent: Mutex::default(), dead: Mutex::default(), faults }
    }

    /// The messages with their delays.
    pub fn sent(&self) -> Vec<(Value, u32)> {
        self.sent.lock().expect(UNPOISONED).clone()
    }

    /// The messages, which are then gone.
    pub fn take(&self) -> Vec<(Value, u32)> {
        std::mem::take(&mut *self.sent.lock().expect(UNPOISONED))
    }

    /// Lets so many messages of a queue be dead.
    pub fn bury(&self, queue: &str, messages: u64) {
        self.dead.lock().expect(UNPOISONED).push((queue.to_owned(), messages));
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn send(&self, body: &Value, delay_s: u32) -> Result<()> {
        assert!(delay_s <= 900, "SQS delays by at most 900 seconds");
        self.faults.run(|| {
            self.sent.lock().expect(UNPOISONED).push((body.clone(), delay_s));
            Ok(())
        })
    }

    async fn dead(&self) -> Result<Vec<(String, u64)>> {
        self.faults.run(|| Ok(self.dead.lock().expect(UNPOISONED).clone()))
    }
}

/// Hosts that remember what they were asked, and attach to what they know.
#[derive(Debug)]
pub struct MemoryHosts {
    renders: Mutex<BTreeMap<AttemptId, (String, Render)>>,
    states: Mutex<BTreeMap<AttemptId, RenderState>>,
    canceled: Mutex<BTreeSet<AttemptId>>,
    refusing: Mutex<BTreeMap<String, Refusal>>,
    gone: Mutex<BTreeSet<String>>,
    confused: Mutex<BTreeSet<String>>,
    faults: Arc<Faults>,
}

impl MemoryHosts {
    /// Hosts that know nothing yet.
    pub fn new(faults: Arc<Faults>) -> Self {
        Self {
            renders: Mutex::default(),
            states: Mutex::default(),
            canceled: Mutex::default(),
            refusing: Mutex::default(),
            gone: Mutex::default(),
            confused: Mutex::default(),
            faults,
        }
    }

    /// What was started, with the address where.
    pub fn renders(&self) -> BTreeMap<AttemptId, (String, Render)> {
        self.renders.lock().expect(UNPOISONED).clone()
    }

    /// What was started beside these.
    pub fn started_beside(&self, known: &BTreeSet<AttemptId>) -> Vec<AttemptId> {
        let renders = self.renders.lock().expect(UNPOISONED);
        renders.keys().filter(|attempt| !known.contains(attempt)).cloned().collect()
    }

    /// What was told to stop.
    pub fn canceled(&self) -> BTreeSet<AttemptId> {
        self.canceled.lock().expect(UNPOISONED).clone()
    }

    /// Lets the host at this address refuse.
    pub fn refuse(&self, address: &str, refusal: Refusal) {
        self.refusing.lock().expect(UNPOISONED).insert(address.to_owned(), refusal);
    }

    /// Lets the host at this address be gone: nothing that it knew is known any more.
    pub fn vanish(&self, address: &str) {
        self.gone.lock().expect(UNPOISONED).insert(address.to_owned());
    }

    /// Lets the host at this address answer nonsense when it is asked.
    pub fn confuse(&self, address: &str) {
        self.confused.lock().expect(UNPOISONED).insert(address.to_owned());
    }

    /// Lets a host forget a render, as a new process does.
    pub fn forget(&self, attempt: &AttemptId) {
        self.renders.lock().expect(UNPOISONED).remove(attempt);
    }

    /// Says what a host would answer about a render.
    pub fn tell(&self, attempt: &AttemptId, state: RenderState) {
        self.states.lock().expect(UNPOISONED).insert(attempt.clone(), state);
    }

    /// Attempts with their addresses, in order.
    pub fn listing(&self) -> String {
        let renders = self.renders.lock().expect(UNPOISONED);
        let line = |(attempt, (address, _)): (&AttemptId, &(String, Render))| {
            format!("{attempt} {address}")
        };
        renders.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

#[async_trait]
impl Hosts for MemoryHosts {
    async fn start(&self, address: &str, render: &Render) -> Started {
        if self.gone.lock().expect(UNPOISONED).contains(address) {
            return Started::Refused(Refusal::Elsewhere, "connection refused".into());
        }
        let fault = self.faults.next();
        if fault == Some(Fault::Refused) {
            return Started::Refused(Refusal::Later, "refused by the test".into());
        }
        if let Some(refusal) = self.refusing.lock().expect(UNPOISONED).get(address) {
            return Started::Refused(*refusal, "told to refuse".into());
        }
        let mut renders = self.renders.lock().expect(UNPOISONED);
        renders
            .entry(render.attempt.clone())
            .or_insert_with(|| (address.to_owned(), render.clone()));
        match fault {
            Some(_) => Started::Unknown("lost by the test".into()),
            None => Started::Accepted,
        }
    }

    async fn state(&self, address: &str, attempt: &AttemptId) -> Result<Option<RenderState>> {
        if self.gone.lock().expect(UNPOISONED).contains(address) {
            return Err(Error::Again("connection refused".into()));
        }
        if self.confused.lock().expect(UNPOISONED).contains(address) {
            return Err(Error::Fault("the answer does not parse".into()));
        }
        self.faults.run(|| {
            if let Some(state) = self.states.lock().expect(UNPOISONED).get(attempt) {
                return Ok(Some(state.clone()));
            }
            let known = self.renders.lock().expect(UNPOISONED).contains_key(attempt);
            Ok(known.then(|| RenderState { state: "running".into(), report: None }))
        })
    }

    async fn cancel(&self, _address: &str, attempt: &AttemptId) -> Result<()> {
        self.faults.run(|| {
            self.canceled.lock().expect(UNPOISONED).insert(attempt.clone());
            Ok(())
        })
    }
}
