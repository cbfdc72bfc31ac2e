//! What an attempt asks of a vendor, and what is known of the call: kept on the ledger with the attempt.

use crate::money::MicroUsd;
use crate::pipeline::{OnUnknown, Step};
use crate::time::Time;
use crate::vendor::{Candidate, Effort, Handle, How, Models};
use serde::{Deserialize, Serialize};

/// What is asked of the vendor whose lane it is in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// The model as the vendor names it.
    pub model: String,
    /// How good it has to be.
    #[serde(default)]
    pub effort: Effort,
    /// What it is expected to cost.
    pub quote: MicroUsd,
    /// What to do where nobody finds out whether it was accepted.
    #[serde(default)]
    pub on_unknown: OnUnknown,
    /// After how many seconds accepted work is first asked about; none where the vendor answers when it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check_s: Option<u32>,
}

/// One of those who may do the work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Maker {
    /// Its lane: the vendor, or that of our own hosts.
    pub lane: String,
    /// The model, as our own hosts name it.
    pub model: String,
    /// What is asked of the vendor; none of our own hosts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<Ask>,
}

/// A call to a vendor, as the ledger knows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Called {
    /// When the vendor was first called; written before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_at: Option<Time>,
    /// Until then whoever calls is believed to live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_until: Option<Time>,
    /// The vendor's name for the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<Handle>,
    /// How often it was asked about.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub looks: u32,
    /// When it is to be looked at next: an earlier look is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub look_at: Option<Time>,
    /// Whether the vendor was told to stop.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stopped: bool,
    /// The model that served, as the vendor says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub served: Option<String>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Maker {
    /// A candidate, with what its row says of its pace.
    pub fn of(candidate: &Candidate, step: &Step, models: &Models) -> Self {
        let row = models.find(&candidate.name(), step.kind.as_str());
        let check_s = row.and_then(|row| match row.how {
            How::Waiting => None,
            How::Checked(seconds) | How::Told(seconds) => Some(seconds),
        });
        let ask = candidate.vendor.is_some().then(|| Ask {
            model: candidate.model.clone(),
            effort: step.effort,
            quote: candidate.quote,
            on_unknown: step.on_unknown.clone(),
            check_s,
        });
        Self { lane: candidate.lane.clone(), model: candidate.model.clone(), ask }
    }
}

/// How long the first pause after a start or a lost answer is where nothing else is known, in seconds.
const PAUSE_S: u32 = 5;
/// Longest pause between two looks, in seconds.
const PAUSE_MOST_S: u32 = 120;

impl Ask {
    /// How long to wait before the next look: longer each time, and never so long that a lost webhook hurts.
    pub fn pause_s(&self, looks: u32) -> u32 {
        let first = self.check_s.unwrap_or(PAUSE_S).max(1);
        let mut pause = first;
        for _ in 0..looks.min(20) {
            pause = pause + pause / 2 + 1;
        }
        pause.min(PAUSE_MOST_S.max(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound() {
        let ask: Ask =
            serde_json::from_str(r#"{ "model": "m", "quote": 1, "check_s": 2 }"#).unwrap();
        let pauses: Vec<u32> = (0..12).map(|looks| ask.pause_s(looks)).collect();
        assert_eq!(pauses, [2, 4, 7, 11, 17, 26, 40, 61, 92, 120, 120, 120]);
        let slow = Ask { check_s: Some(300), ..ask };
        assert_eq!(slow.pause_s(3), 300);
    }
}
