//! What a gate asks of the people who decide: how many, who, until when, and what comes of silence.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The rules of a review. A pipeline says them per gate (`review: { … }`), a policy for all of its gates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// How many people must approve.
    pub approvals: u32,
    /// The groups one of which they must belong to; everybody with the role reviewer where there is none.
    pub groups: BTreeSet<String>,
    /// Whether who submitted the job may approve it.
    pub self_approval: bool,
    /// After how many seconds it is over.
    pub expires_s: u32,
    /// What comes of it then.
    pub on_expiry: OnExpiry,
    /// Who may decide, too, when nobody has for a while.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub escalate: Option<Escalation>,
}

/// What comes of a review that nobody decided in time. Never an approval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnExpiry {
    /// As if somebody had rejected it.
    #[default]
    Reject,
    /// The job expires.
    Expire,
}

/// Who may decide, too, when nobody has for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Escalation {
    /// After how many seconds.
    pub after_s: u32,
    /// The groups that are asked then, besides those before.
    pub groups: BTreeSet<String>,
}

impl Rules {
    /// Most people who must approve.
    pub const APPROVALS_MOST: u32 = 10;
    /// Fewest seconds until a review is over, and until it is escalated.
    pub const SECONDS_LEAST: u32 = 10;
    /// Most seconds until a review is over: the machine's own wait is longer.
    pub const SECONDS_MOST: u32 = 14 * 24 * 3600;
    /// Most groups of one list.
    pub const GROUPS_MOST: usize = 20;
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            approvals: 1,
            groups: BTreeSet::new(),
            self_approval: false,
            expires_s: 7 * 24 * 3600,
            on_expiry: OnExpiry::Reject,
            escalate: None,
        }
    }
}
