//! A bus and receivers of webhooks in memory.

use super::Faults;
use crate::error::Result;
use crate::notify::{Notice, Posted};
use crate::ports::{Bus, BusEvent, Receivers};
use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

const UNPOISONED: &str = "no test panics while it holds this";

/// A bus that remembers what it was given.
#[derive(Debug)]
pub struct MemoryBus {
    events: Mutex<Vec<BusEvent>>,
    faults: Arc<Faults>,
}

impl MemoryBus {
    /// A bus that nothing was put on.
    pub fn new(faults: Arc<Faults>) -> Self {
        Self { events: Mutex::default(), faults }
    }

    /// Everything that was put on it.
    pub fn events(&self) -> Vec<BusEvent> {
        self.events.lock().expect(UNPOISONED).clone()
    }

    /// Its events in order of their kinds, each once: who listens bears repetitions.
    pub fn listing(&self) -> String {
        let events = self.events();
        let lines = events.iter().map(|event| format!("{} {}", event.detail_type, event.detail));
        lines.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join("\n")
    }
}

#[async_trait]
impl Bus for MemoryBus {
    async fn put(&self, events: &[BusEvent]) -> Result<()> {
        self.faults.run(|| {
            self.events.lock().expect(UNPOISONED).extend_from_slice(events);
            Ok(())
        })
    }
}

/// Receivers that answer as they are told, and remember what they got.
#[derive(Debug)]
pub struct MemoryReceivers {
    got: Mutex<Vec<Notice>>,
    answers: Mutex<BTreeMap<String, Posted>>,
    faults: Arc<Faults>,
}

impl MemoryReceivers {
    /// Receivers that take everything.
    pub fn new(faults: Arc<Faults>) -> Self {
        Self { got: Mutex::default(), answers: Mutex::default(), faults }
    }

    /// Lets the receiver at an address answer so from now on.
    pub fn answer(&self, url: &str, posted: Posted) {
        self.answers.lock().expect(UNPOISONED).insert(url.to_owned(), posted);
    }

    /// All that was posted, in order.
    pub fn got(&self) -> Vec<Notice> {
        self.got.lock().expect(UNPOISONED).clone()
    }

    /// What was posted where, each once.
    pub fn listing(&self) -> String {
        let got = self.got();
        let lines =
            got.iter().map(|notice| format!("{} {} {}", notice.url, notice.id, notice.body));
        lines.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join("\n")
    }
}

#[async_trait]
impl Receivers for MemoryReceivers {
    async fn post(&self, notice: &Notice) -> Result<Posted> {
        self.faults.run(|| {
            self.got.lock().expect(UNPOISONED).push(notice.clone());
            let answers = self.answers.lock().expect(UNPOISONED);
            Ok(answers.get(&notice.url).cloned().unwrap_or(Posted::Answered(200, None)))
        })
    }
}
