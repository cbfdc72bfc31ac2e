//! A review as it is kept beside its job's steps, and in the index of its tenant's reviews.

use super::ask::Decision;
use super::edit::Edited;
use super::rules::Rules;
use crate::gate::Subject;
use crate::id::{AssetId, PersonId, ReviewId, TenantId};
use crate::record::{AssetRecord, job_pk};
use crate::store::{Key, Write};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// Where a review stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReviewState {
    /// People are asked.
    Open,
    /// They decided; it can be taken back for a little while.
    Decided,
    /// The decision is in effect.
    Closed,
    /// Nothing depends on it any more.
    Withdrawn,
}

impl ReviewState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Open, Self::Decided, Self::Closed, Self::Withdrawn];

    /// As it is written everywhere.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Decided => "decided",
            Self::Closed => "closed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether its job still waits for it.
    pub fn waits(self) -> bool {
        matches!(self, Self::Open | Self::Decided)
    }
}

/// One person's decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vote {
    /// Whose.
    pub by: PersonId,
    /// What.
    pub decision: Decision,
    /// When.
    pub at: Time,
    /// The number of its entry in the audit chain.
    pub entry: u64,
    /// Since when they had it before them, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
}

/// Who works on it, and until when nobody else can decide.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// Who.
    pub by: PersonId,
    /// Until when.
    pub until: Time,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
}

/// What was decided by enough people, or by nobody in time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// The decision; none where nobody decided in time.
    pub decision: Option<Decision>,
    /// Who decided so.
    pub by: Vec<PersonId>,
    /// When.
    pub at: Time,
    /// When it takes effect; until then it can be taken back.
    pub effect_at: Time,
    /// What is to be made otherwise. Erased with its job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A review: what people are asked about one gate's verdict in one round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewRecord {
    /// Its id: job, gate and round.
    pub id: ReviewId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The pipeline's name.
    pub pipeline: String,
    /// The run that it was opened in.
    pub run: u32,
    /// The wave of its gate.
    pub wave: usize,
    /// Where it stands.
    pub state: ReviewState,
    /// Grows with each change: two changes of the same thing are told apart by it.
    pub version: u64,
    /// What is shown, by its bytes. After an edit: with the edited ones.
    pub subjects: Vec<Subject>,
    /// The verdict: scores, reasons, what judged. Its words are erased with its job.
    pub verdict: Value,
    /// What is asked of the people who decide.
    pub rules: Rules,
    /// The groups who may decide by now; everybody where there is none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<String>,
    /// The person who submitted the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_by: Option<PersonId>,
    /// How many of its tenant's people had personal keys and could decide when it was opened.
    #[serde(default)]
    pub reviewers: u32,
    /// The decisions so far.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub votes: Vec<Vote>,
    /// Who works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
    /// What was changed by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<Edited>,
    /// What was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Decided>,
    /// What the execution is told, once it is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Value>,
    /// The task token of the execution that waits for it. Never leaves the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// When it was opened.
    pub opened_at: Time,
    /// When it is over without a decision.
    pub expires_at: Time,
    /// When others are asked, too; none where nobody is, or they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate_at: Option<Time>,
    /// When it was closed or withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Time>,
    /// Hash of the due index; absent once nothing is expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_pk: Option<String>,
    /// When the sweep looks at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Time>,
    /// Hash of the index of a tenant's reviews.
    pub tenant_jobs: String,
    /// Range of that index.
    pub sk_job: String,
}

impl ReviewRecord {
    /// Where a review lies: beside its job's steps.
    pub fn key(id: &ReviewId) -> Key {
        Key::new(job_pk(&id.job()), format!("REVIEW#{}#{:06}", id.gate(), id.round()))
    }

    /// The index of a tenant's reviews: those that wait, or those that are over.
    pub fn index(tenant: &TenantId, waits: bool) -> String {
        format!("{tenant}#{}", if waits { "reviews" } else { "reviewed" })
    }

    /// Its new form in place of the one that was read, if nobody else was faster.
    pub(super) fn replace(&self, before: &Self) -> crate::error::Result<Write> {
        let new = Self { version: before.version + 1, ..self.clone() };
        Ok(Write::put(Self::key(&self.id), &new)?.when_is("version", before.version))
    }

    /// When the sweep is to look at it.
    pub(super) fn next_due(&self) -> Option<Time> {
        match self.state {
            ReviewState::Open => {
                Some(self.escalate_at.map_or(self.expires_at, |at| at.min(self.expires_at)))
            }
            ReviewState::Decided => self.decided.as_ref().map(|decided| decided.effect_at),
            ReviewState::Closed | ReviewState::Withdrawn => None,
        }
    }

    /// The same in that state, in its places of the indexes.
    pub(super) fn placed(mut self, state: ReviewState, now: Time) -> Self {
        self.state = state;
        self.due_at = self.next_due();
        self.due_pk = self.due_at.map(|_| crate::record::DUE.to_owned());
        if !state.waits() {
            self.closed_at = Some(now);
            self.tenant_jobs = Self::index(&self.tenant, false);
            self.sk_job = format!("{:013}#{}", now.0, self.id);
        }
        self
    }

    /// Who claimed it, where it is not this person and still holds.
    pub fn held_by_other(&self, person: &PersonId, now: Time) -> Option<&Claim> {
        self.claim.as_ref().filter(|claim| claim.by != *person && now < claim.until)
    }

    /// The record of the bytes that an edit put in an asset's place; it is among the job's once the edit is in effect.
    pub fn replacement(&self, id: &AssetId) -> Option<&AssetRecord> {
        let new = self.edited.as_ref()?.replacement.as_deref()?;
        (new.id == *id).then_some(new)
    }

    /// Since when a person has it before them: since they claimed it, or since it was shown; none where nobody knows.
    pub(super) fn seen_by(
        &self,
        person: &PersonId,
        shown: Option<Time>,
        now: Time,
    ) -> Option<Time> {
        let claim = self.claim.as_ref().filter(|claim| claim.by == *person);
        let claimed = claim.and_then(|claim| claim.since);
        let first = [claimed, shown].into_iter().flatten().min()?;
        Some(first.max(self.opened_at).min(now))
    }

    /// How many have approved what is shown now.
    pub fn approvals(&self) -> usize {
        let for_it = |vote: &&Vote| matches!(vote.decision, Decision::Approve | Decision::Edit);
        self.votes.iter().filter(for_it).count()
    }
}
