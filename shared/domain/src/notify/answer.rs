//! What is posted to a receiver, and what it said.

use super::Signing;
use crate::id::TenantId;
use crate::time::Time;

/// One post to one receiver.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Whose secrets sign it.
    pub tenant: TenantId,
    /// Which of them.
    pub signing: Signing,
    /// Its id: the same with every try.
    pub id: String,
    /// Where to.
    pub url: String,
    /// The body, as it is signed.
    pub body: String,
    /// When it is posted.
    pub at: Time,
}

/// What is known after a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posted {
    /// The receiver answered with this status, and perhaps said when to come back.
    Answered(u16, Option<String>),
    /// There was no answer, or the address may not be called.
    Failed(String),
}
