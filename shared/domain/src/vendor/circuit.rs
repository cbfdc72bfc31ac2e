//! Whether a vendor's model is asked at all: after several faults in a row it is left alone for a while, then one
//! attempt tries it, and what comes of that decides.
//!
//! The record lies in the vendor's lane, so that every function sees the same; it is there only while something is wrong.

use super::answer::{Class, Outcome, Refusal};
use crate::error::{Error, Result};
use crate::id::AttemptId;
use crate::lane::pk;
use crate::ports::Table;
use crate::store::{Condition, Key, Write, Written, from_item};
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// All models of a vendor: what is wrong with our account there.
pub const EVERY_MODEL: &str = "*";
/// So many faults in a row, and it is left alone.
pub const FAULTS: usize = 5;
/// For so long at first, in seconds; twice as long each time that the try fails.
const REST_S: u32 = 30;
/// And never longer than this.
const REST_MOST_S: u32 = 15 * 60;
/// A try of which nothing is heard for so long does not keep others from trying.
const TRY_S: u32 = 10 * 60;
/// Faults are forgotten after so long.
const KEPT_S: u32 = 24 * 3600;
/// Writers that meet again and again take turns; so many turns are enough.
const TURNS: u32 = 8;

/// What an attempt tells of its vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The vendor works, whatever it made of this.
    Works,
    /// The model is at fault.
    Fault,
    /// Our account is: nothing else will do better there.
    Account,
    /// Nothing: should it have been what tries the model, another may.
    Nothing,
}

impl Told {
    /// What an outcome tells; none while the work is under way.
    pub fn of(outcome: &Outcome) -> Option<Self> {
        match outcome {
            Outcome::Accepted { .. } => None,
            Outcome::Done(_) => Some(Self::Works),
            Outcome::Unknown(_) => Some(Self::Fault),
            Outcome::Refused(Refusal { class, .. }) => match class {
                Class::Later(_) => Some(Self::Nothing),
                Class::Elsewhere => Some(Self::Fault),
                Class::Quota | Class::Credentials => Some(Self::Account),
                Class::Content | Class::Invalid => Some(Self::Works),
            },
            Outcome::Failed { refusal, .. } => match refusal.class {
                Class::Later(_) | Class::Elsewhere => Some(Self::Fault),
                Class::Quota | Class::Credentials => Some(Self::Account),
                Class::Content | Class::Invalid => Some(Self::Works),
            },
        }
    }
}

/// What is wrong with a model of a vendor, or with our account there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Circuit {
    /// The attempts that failed, one after the other.
    #[serde(default)]
    pub faults: Vec<String>,
    /// How often it was left alone since it last worked.
    #[serde(default)]
    pub rests: u32,
    /// Until when it is left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// The attempt that tries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Tells one reading from the next.
    #[serde(default)]
    pub turn: u64,
    /// When the table forgets it, in seconds since the Unix epoch.
    #[serde(default)]
    pub expires_at: i64,
}

/// Whether a model is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is.
    Closed,
    /// It is not, until then.
    Open(Time),
    /// One attempt may try it.
    HalfOpen,
}

/// What becomes of the record.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Next {
    Same,
    Gone,
    Is(Circuit),
}

impl Circuit {
    /// Where the record of a model lies; that of the account under [`EVERY_MODEL`].
    pub fn key(vendor: &str, model: &str) -> Key {
        Key::new(pk(vendor), format!("CIRCUIT#{model}"))
    }

    /// Whether the model is asked now.
    pub fn state(&self, now: Time) -> State {
        match self.until {
            None => State::Closed,
            Some(until) if now < until => State::Open(until),
            Some(_) => State::HalfOpen,
        }
    }

    /// What a claim writes beside itself, so that of all that come one alone tries: none where it need not.
    ///
    /// Where it is refused, somebody else tries it, and the claim is not made.
    pub fn trying(
        &self,
        vendor: &str,
        model: &str,
        attempt: &AttemptId,
        now: Time,
    ) -> Option<Write> {
        let next = self.tried(attempt, now)?;
        let fields = serde_json::json!({
            "until": next.until, "by": next.by, "turn": next.turn, "expires_at": next.expires_at,
        });
        let write = Write::set(Self::key(vendor, model), fields);
        Some(write.when_is("turn", self.turn))
    }

    /// The record once an attempt tries the model; none where none need.
    pub(crate) fn tried(&self, attempt: &AttemptId, now: Time) -> Option<Self> {
        (self.state(now) == State::HalfOpen).then(|| Self {
            until: Some(now.plus_s(TRY_S)),
            by: Some(attempt.to_string()),
            turn: self.turn + 1,
            expires_at: now.plus_s(KEPT_S).unix_s(),
            ..self.clone()
        })
    }

    fn after(&self, told: Told, attempt: &str, now: Time) -> Next {
        let tries = self.by.as_deref() == Some(attempt);
        let open = matches!(self.state(now), State::Open(_));
        match told {
            // What was asked before the faults, and ends only now, tells nothing of now.
            Told::Works if open && !tries => Next::Same,
            Told::Works => Next::Gone,
            Told::Nothing if tries => {
                let turn = self.turn + 1;
                Next::Is(Self { by: None, until: Some(now), turn, ..self.clone() })
            }
            Told::Nothing => Next::Same,
            _ if self.faults.iter().any(|counted| counted == attempt) => Next::Same,
            _ if open && !tries => Next::Same,
            told => {
                let mut next = self.clone();
                next.turn += 1;
                next.by = None;
                next.faults.push(attempt.to_owned());
                let surplus = next.faults.len().saturating_sub(FAULTS);
                next.faults.drain(..surplus);
                let enough = FAULTS <= next.faults.len() || 0 < self.rests;
                if told == Told::Account || enough {
                    let rest = REST_S.saturating_mul(1 << self.rests.min(10)).min(REST_MOST_S);
                    next.rests += 1;
                    next.until = Some(now.plus_s(rest));
                }
                next.expires_at = now.plus_s(KEPT_S).unix_s();
                Next::Is(next)
            }
        }
    }
}

/// Notes what an attempt tells of its vendor. An attempt counts once, however often this is called.
pub async fn note(
    table: &dyn Table,
    (vendor, model): (&str, &str),
    told: Told,
    attempt: &AttemptId,
    now: Time,
) -> Result<()> {
    // What tells only of one lets go of the other, should this attempt be what tries it.
    let of_account = match told {
        Told::Fault => Told::Nothing,
        told => told,
    };
    let of_model = match told {
        Told::Account => Told::Nothing,
        told => told,
    };
    let names = [EVERY_MODEL, model];
    let known = table.get(&names.map(|name| Circuit::key(vendor, name))).await?;
    for ((name, told), known) in names.into_iter().zip([of_account, of_model]).zip(known) {
        // Nearly always there is no record, and so nothing to do.
        if known.is_some() || matches!(told, Told::Fault | Told::Account) {
            on_record(table, (vendor, name), told, attempt, now).await?;
        }
    }
    Ok(())
}

async fn on_record(
    table: &dyn Table,
    (vendor, model): (&str, &str),
    told: Told,
    attempt: &AttemptId,
    now: Time,
) -> Result<()> {
    let key = Circuit::key(vendor, model);
    for _ in 0..TURNS {
        let item = table.get(std::slice::from_ref(&key)).await?.into_iter().next().flatten();
        let known: Option<Circuit> = item.as_ref().map(from_item).transpose()?;
        let next = known.clone().unwrap_or_default().after(told, attempt.as_str(), now);
        let write = match (next, &known) {
            (Next::Same, _) | (Next::Gone, None) => return Ok(()),
            (Next::Gone, Some(known)) => Write::delete(key.clone()).when_is("turn", known.turn),
            (Next::Is(next), Some(known)) => {
                Write::put(key.clone(), &next)?.when_is("turn", known.turn)
            }
            (Next::Is(next), None) => Write::put(key.clone(), &next)?.when(Condition::Absent),
        };
        if table.write(vec![write]).await? == Written::Done {
            return Ok(());
        }
    }
    Err(Error::Again(format!("the circuit of {vendor}/{model} changes all the time")))
}

#[cfg(test)]
mod tests;
