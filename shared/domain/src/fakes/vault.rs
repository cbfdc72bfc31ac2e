//! Secrets in memory.

use super::Faults;
use crate::error::Result;
use crate::ports::Vault;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

const UNPOISONED: &str = "no test panics while it holds a fake";

/// Secrets in memory.
#[derive(Debug)]
pub struct MemoryVault {
    secrets: Mutex<BTreeMap<String, String>>,
    faults: Arc<Faults>,
}

impl MemoryVault {
    /// An empty one.
    pub fn new(faults: Arc<Faults>) -> Self {
        Self { secrets: Mutex::default(), faults }
    }

    /// Puts a secret there, as somebody outside would.
    pub fn plant(&self, name: &str, value: &str) {
        self.secrets.lock().expect(UNPOISONED).insert(name.to_owned(), value.to_owned());
    }

    /// What is there, by name.
    pub fn peek(&self, name: &str) -> Option<String> {
        self.secrets.lock().expect(UNPOISONED).get(name).cloned()
    }
}

#[async_trait]
impl Vault for MemoryVault {
    async fn read(&self, name: &str) -> Result<Option<String>> {
        self.faults.run(|| Ok(self.peek(name)))
    }

    async fn keep(&self, name: &str, value: &str) -> Result<()> {
        self.faults.run(|| {
            self.plant(name, value);
            Ok(())
        })
    }

    async fn forget(&self, name: &str) -> Result<()> {
        self.faults.run(|| {
            self.secrets.lock().expect(UNPOISONED).remove(name);
            Ok(())
        })
    }
}
