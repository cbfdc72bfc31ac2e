//! Reviews: people decide what a gate's score cannot settle.
//!
//! A gate that says `review` opens one in the transaction of its verdict; the machine hands its token to dispatch and
//! waits, which costs nothing. A decision is one conditional transaction with its audit record, and takes effect some
//! seconds later, so that it can be taken back. What comes of it is written on the review before the execution is
//! told: whoever takes the token looks there afterwards, so neither misses the other.
//!
//! For functions: [`list`], [`read`], [`claim`], [`release`], [`decide`], [`undo`] over a [`Desk`]; each answers with the
//! review as it stands, or with the [`Refusal`] that says why not.

mod ask;
mod clear;
mod decide;
mod due;
mod edit;
mod effect;
mod hold;
mod link;
mod list;
mod make;
mod open;
mod record;
mod refusal;
mod rules;
mod show;
mod undo;
mod wait;

pub use ask::{Asked, Decision};
pub use clear::Approval;
pub use decide::decide;
pub(crate) use due::overdue;
pub use due::{due, withdraw_all};
pub use edit::{Edited, Focal, HumanEdit};
pub use effect::take_effect;
pub use hold::{claim, release};
pub use link::{LINK_MOST_S, LINK_S, Link};
pub use list::{list, read};
pub use make::maker;
pub(crate) use open::open;
pub use open::{NOBODY, count_reviewers, rules};
pub use record::{Claim, Decided, ReviewRecord, ReviewState, Vote};
pub use refusal::Refusal;
pub use rules::{Escalation, OnExpiry, Rules};
pub use show::review_json;
pub use undo::undo;
pub(crate) use wait::outcome_of;
pub use wait::{Wait, wait};

use crate::error::Result;
use crate::ports::{Objects, Queue, Table};

/// What people's decisions need of the world.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// Jobs, reviews, audit.
    pub table: &'a dyn Table,
    /// What was uploaded in place of an asset.
    pub objects: &'a dyn Objects,
    /// The dispatch queue: decisions take effect by a delayed message.
    pub queue: &'a dyn Queue,
    /// How many seconds a decision can be taken back.
    pub undo_s: u32,
}

/// The review as it stands after the act, or why the act was refused.
pub type Answered = Result<std::result::Result<ReviewRecord, Refusal>>;

/// For how many seconds a decision can be taken back, where nothing else is set.
pub const UNDO_S: u32 = 30;
/// For how many seconds a review is held by who claims it.
pub const CLAIM_S: u32 = 15 * 60;
/// Most characters of a note.
pub const NOTE_MOST: usize = 2000;
/// How often a change that met another one is made again.
const RACES: usize = 40;

#[cfg(test)]
mod tests;
