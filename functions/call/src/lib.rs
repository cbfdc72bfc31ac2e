//! Calls vendors, and hears what they tell: the only function that knows their keys, and that waits on a network.

pub mod edge;

use domain::id::AttemptId;
use domain::ports::Message;
use domain::sign::same;
use domain::vendor::{Caller, Heard, Webhook};
use domain::{Error, Result};
use serde::Deserialize;

/// What the queue brings: an attempt that is to be looked at. What is next is on the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Input {
    /// The attempt.
    pub attempt: AttemptId,
}

/// Looks at an attempt, and does what is next. Safe to repeat, at the same time and next week.
///
/// The message that asks for it is kept from others meanwhile, by a short lease that is renewed.
pub async fn handle(caller: &Caller<'_>, input: &Input, message: &dyn Message) -> Result<()> {
    caller.look(&input.attempt, message).await
}

/// What a vendor is told that posted a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It was taken in, or says nothing of use.
    Taken,
    /// Whoever sent it cannot prove to be the vendor.
    Unauthorized(String),
    /// It is about nothing of ours.
    Invalid(String),
}

/// Where a webhook came in.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The vendor, as the address says.
    pub vendor: &'a str,
    /// The attempt, as the address says.
    pub attempt: &'a str,
    /// The part of the address that nobody can guess.
    pub secret: &'a str,
}

/// Takes a webhook in. It is believed only in which work it is about: the vendor is asked the rest.
pub async fn hear(caller: &Caller<'_>, place: Place<'_>, webhook: &Webhook) -> Result<Reply> {
    let forged = |why: &str| Ok(Reply::Unauthorized(why.to_owned()));
    let Ok(attempt) = AttemptId::parse(place.attempt) else { return forged("no such attempt") };
    if !same(place.secret, &caller.lanes.settings.webhook_secret(&attempt)) {
        return forged("this address was given to nobody");
    }
    let now = (caller.clock)();
    match caller.vendors.hear(place.vendor, webhook, now).await? {
        Heard::News(handle) => match caller.heard(&attempt, &handle).await {
            Ok(()) => Ok(Reply::Taken),
            Err(Error::Invalid(why)) => Ok(Reply::Invalid(why)),
            Err(error) => Err(error),
        },
        Heard::Forged(why) => Ok(Reply::Unauthorized(why)),
        Heard::Nothing => Ok(Reply::Taken),
    }
}

#[cfg(test)]
mod tests;
