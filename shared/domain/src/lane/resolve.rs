//! An operator's word on an attempt whose outcome nobody can find out any more.

use super::Lanes;
use super::retry::Failure;
use crate::error::{Error, Result};
use crate::event::{Event, commit, last_number};
use crate::id::AttemptId;
use crate::money::MicroUsd;
use crate::record::AttemptRecord;
use crate::state::AttemptState;
use crate::store::{Condition, Write, from_item};
use crate::stuck::UNKNOWN_S;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What an operator found out about an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// The other side took it and is owed for it. Its output is still adopted, should it come.
    Paid,
    /// The other side never took it: nothing is owed, and it may be tried again.
    Unpaid,
}

impl Word {
    /// What the ledger says from then on.
    pub fn state(self) -> AttemptState {
        match self {
            Self::Paid => AttemptState::Lost,
            Self::Unpaid => AttemptState::Refused,
        }
    }

    /// As it is said on the command line and kept on the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Unpaid => "unpaid",
        }
    }
}

/// A word on one attempt, with who gave it and why: both stay on the ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resolution {
    /// The attempt.
    pub resolve: AttemptId,
    /// What became of it.
    #[serde(rename = "as")]
    pub word: Word,
    /// Who says so.
    pub by: String,
    /// How they know.
    pub why: String,
    /// What it cost, where that is known; else the time that passed is counted, up to the step's deadline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usd: Option<MicroUsd>,
}

impl Resolution {
    /// Whether the ledger says so already; an error where it cannot come to say so.
    pub fn stands(&self, attempt: &AttemptRecord, now: Time) -> Result<bool> {
        let id = &attempt.id;
        if let Some(before) = &attempt.resolved {
            return match before.word == self.word {
                true => Ok(true),
                false => Err(Error::Invalid(format!(
                    "attempt {id} was resolved as {} by {}: {}",
                    before.word.as_str(),
                    before.by,
                    before.why
                ))),
            };
        }
        if attempt.state != AttemptState::Unknown {
            return Err(Error::Invalid(format!(
                "attempt {id} is {}: only one whose outcome is unknown can be resolved",
                attempt.state
            )));
        }
        let bound = attempt.started_at.plus_s(UNKNOWN_S);
        if now < bound {
            return Err(Error::Invalid(format!(
                "attempt {id} is reconciled with its host until {}: wait for that",
                bound.rfc3339()
            )));
        }
        Ok(false)
    }

    /// What is booked for it.
    fn cost(&self, attempt: &AttemptRecord, now: Time) -> MicroUsd {
        if self.word == Word::Unpaid {
            return MicroUsd(0);
        }
        let until = now.min(attempt.work.deadline_at);
        let passed = until.since_ms(attempt.started_at);
        self.usd.unwrap_or_else(|| MicroUsd::of_slot(attempt.usd_per_slot_second, passed))
    }
}

impl Lanes<'_> {
    /// Settles an attempt by an operator's word. Forward only, and the same word twice changes nothing.
    pub async fn resolve(&self, said: &Resolution, now: Time) -> Result<()> {
        let Some(attempt) = self.on_ledger(&said.resolve).await? else {
            return Err(Error::Invalid(format!("attempt {} is not on the ledger", said.resolve)));
        };
        if !said.stands(&attempt, now)? {
            self.record(said, &attempt, now).await?;
        }
        // The word on the ledger counts, with its cost: whoever wrote it may have died before the rest.
        let word = self.on_ledger(&said.resolve).await?.and_then(|attempt| attempt.resolved);
        let Some(word) = word.filter(|word| word.word == said.word) else {
            return Err(Error::Again(format!("attempt {} was changed", said.resolve)));
        };
        let paid = word.word == Word::Paid;
        // The caller reads this; who said it and why is for the ledger.
        let reason = format!("an operator found it {}", word.word.as_str());
        let failure = Failure { reason, retryable: true, counts: paid, avoid: paid, class: None };
        let usd = word.usd.unwrap_or_default();
        self.came_to_nothing(&said.resolve, word.word.state(), &failure, usd, now).await?;
        self.fill(&attempt.work.lane, now).await
    }

    async fn on_ledger(&self, attempt: &AttemptId) -> Result<Option<AttemptRecord>> {
        let items = self.table.get(&[AttemptRecord::key(attempt)]).await?;
        items[0].as_ref().map(from_item).transpose()
    }

    /// The word goes on the ledger before it is acted on.
    async fn record(&self, said: &Resolution, attempt: &AttemptRecord, now: Time) -> Result<()> {
        let job = attempt.id.job();
        let word = Resolution { usd: Some(said.cost(attempt, now)), ..said.clone() };
        let write = Write::set(AttemptRecord::key(&attempt.id), json!({ "resolved": word }))
            .when_is("state", AttemptState::Unknown)
            .when(Condition::Without("resolved"));
        let event = Event::new(now, "attempt.resolved")
            .step(attempt.id.step())
            .attempt(&attempt.id)
            .with("as", word.word);
        let last = last_number(self.table, &job).await?;
        // Refused where a report or another operator was faster: what is there then decides.
        commit(self.table, &job, last, vec![write], &[event]).await.map(|_| ())
    }
}
