//! A window as it is kept beside its job's steps, and in the index of its tenant's windows.

use crate::error::Result;
use crate::id::{JobId, TenantId};
use crate::record::{DUE, job_pk};
use crate::store::{Condition, Key, Write};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Where a window stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WindowState {
    /// It is to open; it can be moved and canceled.
    Scheduled,
    /// It opened: what it is about was sent, or is being sent.
    Opened,
    /// Somebody canceled it, or its job is over.
    Canceled,
}

impl WindowState {
    /// As it is written everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Opened => "opened",
            Self::Canceled => "canceled",
        }
    }
}

/// The window of one publish step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowRecord {
    /// The job.
    pub job: JobId,
    /// The step.
    pub step: String,
    /// Whose it is.
    pub tenant: TenantId,
    /// The pipeline's name.
    pub pipeline: String,
    /// The kind of target.
    pub target: String,
    /// Whose account it goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// The run that it was scheduled in.
    pub run: u32,
    /// Its round.
    pub round: u32,
    /// The wave of its step.
    pub wave: usize,
    /// Where it stands.
    pub state: WindowState,
    /// Grows with each change.
    pub version: u64,
    /// When it opens.
    pub opens_at: Time,
    /// Before this it never opens, whoever moves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Time>,
    /// How far it keeps from others of its target.
    #[serde(default)]
    pub spacing_s: u32,
    /// Who moved or canceled it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The task token of the execution that waits for it. Never leaves the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Hash of the due index; absent once nothing is expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_pk: Option<String>,
    /// When the sweep looks at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Time>,
    /// Hash of the index of a tenant's windows.
    pub tenant_jobs: String,
    /// Range of that index.
    pub sk_job: String,
}

/// How long before a window opens its message is sent: no message waits longer.
pub(super) const MESSAGE_S: u32 = 900;
/// So long before it opens the sweep looks at it, to send that message.
const AHEAD_S: i64 = 840;
/// So long after it opened the sweep looks whether it did.
pub(super) const AFTER_S: u32 = 60;

impl WindowRecord {
    /// Where a window lies.
    pub fn key(job: &JobId, step: &str) -> Key {
        Key::new(job_pk(job), format!("WINDOW#{step}"))
    }

    /// The index of a tenant's windows.
    pub fn index(tenant: &TenantId) -> String {
        format!("{tenant}#windows")
    }

    /// By what callers ask for it.
    pub fn id(&self) -> String {
        format!("{}.{}", self.job, self.step)
    }

    /// What keeps its distance to what: the account, or the kind of target.
    pub(super) fn place(&self) -> &str {
        self.connection.as_deref().unwrap_or(&self.target)
    }

    /// Whether it is time, and nothing forbids it.
    pub fn is_due(&self, now: Time) -> bool {
        let free = self.not_before.is_none_or(|at| at <= now);
        self.state == WindowState::Scheduled && self.opens_at <= now && free
    }

    /// The same, to open then: in its places of the indexes.
    pub fn opening(mut self, at: Time, now: Time) -> Self {
        let at = self.not_before.map_or(at, |least| least.max(at));
        self.state = WindowState::Scheduled;
        self.opens_at = at;
        let left_s = at.since_ms(now) / 1000;
        let due = match left_s <= i64::from(MESSAGE_S) {
            true => at.plus_s(AFTER_S),
            false => Time(at.0 - AHEAD_S * 1000),
        };
        self.due_at = Some(due);
        self.due_pk = Some(DUE.to_owned());
        self.tenant_jobs = Self::index(&self.tenant);
        self.sk_job = format!("{:013}#{}", at.0, self.id());
        self
    }

    /// The same, over: opened or canceled.
    pub fn over(mut self, state: WindowState) -> Self {
        self.state = state;
        (self.due_at, self.due_pk) = (None, None);
        self
    }

    /// Its new form in place of the one that was read, if nobody else was faster.
    pub fn replace(&self, before: Option<&Self>) -> Result<Write> {
        let version = before.map_or(1, |before| before.version + 1);
        let new = Self { version, ..self.clone() };
        let write = Write::put(Self::key(&self.job, &self.step), &new)?;
        Ok(match before {
            Some(before) => write.when_is("version", before.version),
            None => write.when(Condition::Absent),
        })
    }

    /// What callers see of it.
    pub fn shown(&self) -> Value {
        json!({
            "id": self.id(), "job": self.job, "step": self.step, "pipeline": self.pipeline,
            "target": self.target, "connection": self.connection, "state": self.state,
            "opens_at": self.opens_at.rfc3339(),
            "not_before": self.not_before.map(Time::rfc3339), "by": self.by,
        })
    }
}
