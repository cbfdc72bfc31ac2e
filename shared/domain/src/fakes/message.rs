//! A message in memory, whose time passes as fast as it is polled.

use super::Faults;
use crate::error::Result;
use crate::ports::Message;
use async_trait::async_trait;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;

const UNPOISONED: &str = "no test panics while it holds this";

/// A message that remembers for how long it was hidden, and after how many seconds.
#[derive(Debug)]
pub struct MemoryMessage {
    hidden: Mutex<Vec<(u32, u32)>>,
    passed_s: AtomicU32,
    received: AtomicBool,
    faults: Arc<Faults>,
}

impl MemoryMessage {
    /// A message that was just received.
    pub fn new(faults: Arc<Faults>) -> Self {
        let (hidden, received) = (Mutex::default(), AtomicBool::new(false));
        Self { hidden, passed_s: AtomicU32::new(0), received, faults }
    }

    /// After how many seconds it was hidden, and for how many.
    pub fn hidden(&self) -> Vec<(u32, u32)> {
        self.hidden.lock().expect(UNPOISONED).clone()
    }

    /// How many seconds have passed since it was received.
    pub fn passed_s(&self) -> u32 {
        self.passed_s.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Message for MemoryMessage {
    /// Whoever works on it asks once: so the first of them has it for the first time.
    fn again(&self) -> bool {
        self.received.swap(true, Ordering::SeqCst)
    }

    async fn hide(&self, seconds: u32) -> Result<()> {
        self.faults.run(|| {
            self.hidden.lock().expect(UNPOISONED).push((self.passed_s(), seconds));
            Ok(())
        })
    }

    async fn pause(&self, seconds: u32) {
        turn().await;
        self.passed_s.fetch_add(seconds, Ordering::SeqCst);
    }
}

/// Lets others have their turn.
pub(super) async fn turn() {
    let mut had = false;
    poll_fn(|context| {
        if std::mem::replace(&mut had, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
