//! The stack under test, as `stack.json` describes it.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What `infra/local/stack.py up` wrote down.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Stack {
    pub(crate) endpoint_url: String,
    pub(crate) region: String,
    pub(crate) api_url: String,
    pub(crate) stream_url: String,
    pub(crate) table: String,
    pub(crate) buckets: BTreeMap<String, String>,
    pub(crate) dispatch_queue_url: String,
    pub(crate) dispatch_dead_letters_url: String,
    pub(crate) bus: String,
    pub(crate) distribution: String,
    pub(crate) state_machine_arn: String,
    pub(crate) functions: BTreeMap<String, String>,
    pub(crate) credentials: Credentials,
    pub(crate) hosts: Vec<Host>,
    pub(crate) galley: PathBuf,
    pub(crate) test_faults: bool,
    secrets: PathBuf,
}

/// The emulator's root.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
}

/// A GPU host of the stack.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Host {
    pub(crate) id: String,
    pub(crate) port: u16,
    pub(crate) url: String,
    pub(crate) process: Process,
}

/// A process, which may have ended meanwhile.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    pub(crate) log: PathBuf,
}

/// The shared key of the hosts and the signing key.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Secrets {
    pub(crate) endpoint_key: String,
    pub(crate) signing_key: String,
}

/// The checkout.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The folder of the stack: `GALLEY_HOME`, or `.galley/test`, or `.galley`.
pub(crate) fn home() -> PathBuf {
    let own = root().join(".galley");
    let homes =
        [aws::env::optional("GALLEY_HOME").map(PathBuf::from), Some(own.join("test")), Some(own)];
    let mut homes = homes.into_iter().flatten();
    let found = homes.find(|home| home.join("stack.json").exists());
    found.expect(
        "no stack is up for these tests. Run `make test`, or `python3 infra/local/stack.py up --test` before",
    )
}

impl Stack {
    /// Reads the stack as it is now: hosts get new processes while tests run.
    pub(crate) fn read() -> Self {
        let file = home().join("stack.json");
        let text = std::fs::read_to_string(&file).expect("stack.json can be read");
        let stack: Self = serde_json::from_str(&text).expect("stack.json is of a stack that is up");
        assert!(
            stack.test_faults,
            "the stack of {} is not for tests: bring it up with --test",
            file.display()
        );
        stack
    }

    /// The keys that the stack was deployed with.
    pub(crate) fn secrets(&self) -> Secrets {
        let text = std::fs::read_to_string(&self.secrets).expect("the secrets can be read");
        serde_json::from_str(&text).expect("the secrets are JSON")
    }
}
