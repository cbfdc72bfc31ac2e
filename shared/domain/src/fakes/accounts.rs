//! Whoever tries connections, in memory: says what a test wants, and remembers what was asked.

use super::Faults;
use crate::error::{Error, Result};
use crate::publish::{Accounts, Opens, Question, Tried};
use async_trait::async_trait;
use std::sync::{Arc, Mutex};

const UNPOISONED: &str = "no test panics while it holds a fake";

/// Whoever tries connections.
#[derive(Debug)]
pub struct MemoryAccounts {
    says: Mutex<Option<Tried>>,
    asked: Mutex<Vec<Question>>,
    faults: Arc<Faults>,
}

impl MemoryAccounts {
    /// One to which every account is open.
    pub fn new(faults: Arc<Faults>) -> Self {
        Self { says: Mutex::default(), asked: Mutex::default(), faults }
    }

    /// From now on it says this.
    pub fn says(&self, opens: Opens, said: &str) {
        *self.says.lock().expect(UNPOISONED) = Some(Tried { opens, said: said.into() });
    }

    /// What it was asked.
    pub fn asked(&self) -> Vec<Question> {
        self.asked.lock().expect(UNPOISONED).clone()
    }
}

#[async_trait]
impl Accounts for MemoryAccounts {
    async fn ask(&self, question: &Question) -> Result<Tried> {
        self.faults.run(|| {
            self.asked.lock().expect(UNPOISONED).push(question.clone());
            let says = self.says.lock().expect(UNPOISONED).clone();
            let usual = || Tried { opens: Opens::Yes, said: format!("@{}", question.connection) };
            Ok::<_, Error>(says.unwrap_or_else(usual))
        })
    }
}
