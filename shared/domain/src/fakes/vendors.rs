//! Vendors that keep books: what they accepted, for which attempt, and what they billed.

use super::message::turn;
use super::{Fault, Faults, PNG};
use crate::error::{Error, Result};
use crate::id::AttemptId;
use crate::money::MicroUsd;
use crate::ports::Vendors;
use crate::time::Time;
use crate::vendor::{Answer, Class, Done, Handle, Heard, Media, Order, Outcome, Source, Webhook};
use async_trait::async_trait;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

const UNPOISONED: &str = "no test panics while it holds this";

/// Work that a vendor accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorWork {
    /// For which attempt.
    pub attempt: AttemptId,
    /// By which model.
    pub model: String,
    /// How often it was asked about.
    pub checks: u32,
    /// Whether it was to stop.
    pub canceled: bool,
}

/// Vendors in memory: each start is accepted, and done at the second check.
#[derive(Debug)]
pub struct MemoryVendors {
    work: Mutex<BTreeMap<String, VendorWork>>,
    next: Mutex<VecDeque<Answer>>,
    next_check: Mutex<VecDeque<Answer>>,
    lose: Mutex<bool>,
    starts: Mutex<Vec<Order>>,
    findable: Mutex<bool>,
    at_once: Mutex<bool>,
    turns: Mutex<u32>,
    gone: Mutex<bool>,
    faults: Arc<Faults>,
}

impl MemoryVendors {
    /// Nothing accepted.
    pub fn new(faults: Arc<Faults>) -> Self {
        Self {
            work: Mutex::default(),
            next: Mutex::default(),
            next_check: Mutex::default(),
            lose: Mutex::default(),
            starts: Mutex::default(),
            findable: Mutex::new(true),
            at_once: Mutex::default(),
            turns: Mutex::default(),
            gone: Mutex::default(),
            faults,
        }
    }

    /// What was accepted and so billed, by the vendor's id.
    pub fn work(&self) -> BTreeMap<String, VendorWork> {
        self.work.lock().expect(UNPOISONED).clone()
    }

    /// The calls that asked for work, accepted or not.
    pub fn starts(&self) -> Vec<Order> {
        self.starts.lock().expect(UNPOISONED).clone()
    }

    /// Lets the next call that asks for work be answered so, without accepting it.
    pub fn answer(&self, answer: impl Into<Answer>) {
        self.next.lock().expect(UNPOISONED).push_back(answer.into());
    }

    /// Lets the next check be answered so.
    pub fn answer_check(&self, answer: impl Into<Answer>) {
        self.next_check.lock().expect(UNPOISONED).push_back(answer.into());
    }

    /// Lets the answer to the next call that asks for work be lost: the vendor has it all the same.
    pub fn lose_next(&self) {
        *self.lose.lock().expect(UNPOISONED) = true;
    }

    /// Lets all work take longer by a check.
    pub fn slower(&self) {
        for work in self.work.lock().expect(UNPOISONED).values_mut() {
            work.checks = 0;
        }
    }

    /// Lets all work be done at the next check.
    pub fn finish(&self) {
        for work in self.work.lock().expect(UNPOISONED).values_mut() {
            work.checks = 9;
        }
    }

    /// Lets nobody look for work whose handle is lost.
    pub fn hide(&self) {
        *self.findable.lock().expect(UNPOISONED) = false;
    }

    /// Lets vendors answer when they are done, as synchronous ones do.
    pub fn at_once(&self) {
        *self.at_once.lock().expect(UNPOISONED) = true;
    }

    /// Lets each call that asks for work take so many turns, in which others may do something, to be answered.
    pub fn take(&self, turns: u32) {
        *self.turns.lock().expect(UNPOISONED) = turns;
    }

    /// Lets outputs be gone from the vendor's.
    pub fn expire(&self) {
        *self.gone.lock().expect(UNPOISONED) = true;
    }

    /// Ids with attempts, in order.
    pub fn listing(&self) -> String {
        let work = self.work();
        let line =
            |(id, work): (&String, &VendorWork)| format!("{id} {} {}", work.attempt, work.model);
        work.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// Takes work on; its id.
    fn accept(&self, order: &Order) -> String {
        let mut works = self.work.lock().expect(UNPOISONED);
        let id = format!("work-{}", works.len() + 1);
        let work = VendorWork {
            attempt: order.attempt.clone(),
            model: order.model.clone(),
            checks: 0,
            canceled: false,
        };
        works.insert(id.clone(), work);
        id
    }

    fn done(&self, id: &str, order: &Order) -> Outcome {
        let source = match *self.at_once.lock().expect(UNPOISONED) {
            true => Source::Bytes(PNG.to_vec()),
            false => Source::Url(format!("https://files.vendor.test/{id}")),
        };
        let port = order.output().0.to_owned();
        Outcome::Done(Done {
            media: vec![Media { port, source }],
            usd: Some(MicroUsd(40_000)),
            model: Some(format!("{}-2026", order.model)),
            id: Some(id.to_owned()),
        })
    }
}

fn lost() -> Answer {
    Outcome::Unknown("lost by the test".into()).into()
}

#[async_trait]
impl Vendors for MemoryVendors {
    async fn start(&self, order: &Order) -> Answer {
        self.starts.lock().expect(UNPOISONED).push(order.clone());
        if let Some(answer) = self.next.lock().expect(UNPOISONED).pop_front() {
            return answer;
        }
        let mut fault = self.faults.next();
        if std::mem::take(&mut *self.lose.lock().expect(UNPOISONED)) {
            fault = Some(Fault::Lost);
        }
        if fault == Some(Fault::Refused) {
            return Outcome::refused(Class::Later(1), "refused by the test").into();
        }
        let id = self.accept(order);
        let turns = *self.turns.lock().expect(UNPOISONED);
        for _ in 0..turns {
            turn().await;
        }
        match fault {
            Some(_) => lost(),
            None if *self.at_once.lock().expect(UNPOISONED) => self.done(&id, order).into(),
            None => Outcome::accepted(Handle::new(id)).into(),
        }
    }

    async fn check(&self, order: &Order, handle: &Handle) -> Answer {
        if self.faults.next().is_some() {
            return lost();
        }
        if let Some(answer) = self.next_check.lock().expect(UNPOISONED).pop_front() {
            return answer;
        }
        let mut works = self.work.lock().expect(UNPOISONED);
        let Some(work) = works.get_mut(&handle.id) else {
            return Outcome::failed(Class::Elsewhere, "no such work").into();
        };
        work.checks += 1;
        match (work.canceled, work.checks) {
            (true, _) => Outcome::failed(Class::Elsewhere, "canceled").into(),
            (false, 1) => Outcome::Accepted { handle: handle.clone(), fraction: Some(0.5) }.into(),
            (false, _) => self.done(&handle.id, order).into(),
        }
    }

    async fn find(&self, order: &Order) -> Answer {
        if self.faults.next().is_some() || !*self.findable.lock().expect(UNPOISONED) {
            return lost();
        }
        let works = self.work.lock().expect(UNPOISONED);
        match works.iter().find(|(_, work)| work.attempt == order.attempt) {
            Some((id, _)) => Outcome::accepted(Handle::new(id)).into(),
            None => Outcome::refused(Class::Later(1), "it was never accepted").into(),
        }
    }

    async fn cancel(&self, _order: &Order, handle: &Handle) -> Result<()> {
        self.faults.run(|| {
            if let Some(work) = self.work.lock().expect(UNPOISONED).get_mut(&handle.id) {
                work.canceled = true;
            }
            Ok(())
        })
    }

    async fn fetch(&self, _vendor: &str, source: Source) -> Result<Vec<u8>> {
        self.faults.run(|| match (&source, *self.gone.lock().expect(UNPOISONED)) {
            (_, true) => Err(Error::Invalid("the output is gone".into())),
            (Source::Bytes(bytes), _) => Ok(bytes.clone()),
            (Source::Url(_), _) => Ok(PNG.to_vec()),
        })
    }

    async fn hear(&self, _vendor: &str, webhook: &Webhook, _now: Time) -> Result<Heard> {
        Ok(match std::str::from_utf8(&webhook.body) {
            Ok(id) if webhook.header("signature") == "good" => Heard::News(Handle::new(id)),
            _ => Heard::Forged("the signature does not fit".into()),
        })
    }
}
