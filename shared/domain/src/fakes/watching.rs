//! Connections and a pusher in memory.

use super::Faults;
use crate::error::Result;
use crate::id::JobId;
use crate::ports::{Connections, Publisher, Pusher, Sent};
use async_trait::async_trait;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

const UNPOISONED: &str = "no test panics while it holds this";

/// Connections that remember what they were sent.
#[derive(Debug)]
pub struct MemoryConnections {
    told: Mutex<Vec<(String, Value)>>,
    answers: Mutex<BTreeMap<String, Sent>>,
    closed: Mutex<Vec<String>>,
    faults: Arc<Faults>,
}

impl MemoryConnections {
    /// Connections that take everything.
    pub fn new(faults: Arc<Faults>) -> Self {
        let (told, answers, closed) = Default::default();
        Self { told, answers, closed, faults }
    }

    /// Lets a connection answer so from now on.
    pub fn answer(&self, connection: &str, sent: Sent) {
        self.answers.lock().expect(UNPOISONED).insert(connection.to_owned(), sent);
    }

    /// The connections that were ended, in order.
    pub fn closed(&self) -> Vec<String> {
        self.closed.lock().expect(UNPOISONED).clone()
    }

    /// All that a connection was sent, in order.
    pub fn told(&self, connection: &str) -> Vec<Value> {
        let told = self.told.lock().expect(UNPOISONED);
        let to = told.iter().filter(|(to, _)| to == connection);
        to.map(|(_, message)| message.clone()).collect()
    }

    /// The numbers of the events that a connection was sent, in order.
    pub fn numbers(&self, connection: &str) -> Vec<u64> {
        let events = self.told(connection).into_iter();
        let events = events.filter_map(|message| message["events"].as_array().cloned()).flatten();
        events.filter_map(|event| event["n"].as_u64()).collect()
    }
}

#[async_trait]
impl Connections for MemoryConnections {
    async fn send(&self, connection: &str, text: String) -> Result<Sent> {
        self.faults.run(|| {
            let answers = self.answers.lock().expect(UNPOISONED);
            let sent = answers.get(connection).copied().unwrap_or(Sent::Taken);
            if sent == Sent::Taken {
                let message = serde_json::from_str(&text).expect("messages are JSON");
                self.told.lock().expect(UNPOISONED).push((connection.to_owned(), message));
            }
            Ok(sent)
        })
    }

    async fn close(&self, connection: &str) -> Result<()> {
        self.faults.run(|| {
            let mut closed = self.closed.lock().expect(UNPOISONED);
            if !closed.iter().any(|one| one == connection) {
                closed.push(connection.to_owned());
            }
            self.answer(connection, Sent::Gone);
            Ok(())
        })
    }
}

/// A pusher that only remembers whom it was nudged for.
#[derive(Debug, Default)]
pub struct MemoryPusher {
    nudges: Mutex<Vec<JobId>>,
}

impl MemoryPusher {
    /// The jobs that it was nudged for, in order.
    pub fn nudges(&self) -> Vec<JobId> {
        self.nudges.lock().expect(UNPOISONED).clone()
    }
}

#[async_trait]
impl Pusher for MemoryPusher {
    async fn nudge(&self, job: &JobId) -> Result<()> {
        self.nudges.lock().expect(UNPOISONED).push(job.clone());
        Ok(())
    }
}

/// A function that publishes, which remembers what it was asked.
#[derive(Debug)]
pub struct MemoryPublisher {
    asked: Mutex<Vec<Value>>,
    faults: Arc<Faults>,
}

impl MemoryPublisher {
    /// One that was asked nothing yet.
    pub fn new(faults: Arc<Faults>) -> Self {
        Self { asked: Mutex::default(), faults }
    }

    /// What it was asked, in order.
    pub fn asked(&self) -> Vec<Value> {
        self.asked.lock().expect(UNPOISONED).clone()
    }
}

#[async_trait]
impl Publisher for MemoryPublisher {
    async fn nudge(&self, what: &Value) -> Result<()> {
        self.faults.run(|| {
            self.asked.lock().expect(UNPOISONED).push(what.clone());
            Ok(())
        })
    }
}
