//! Reports of GPU hosts, and the hosts' own announcements: verified first, safe ten times over.

pub mod edge;

use domain::id::AttemptId;
use domain::lane::{Announced, Announcement, Answer, Lanes, register, unregister};
use domain::{Error, Result, Time};

/// How old a signed report may be, in seconds: a host repeats it with a new signature.
const REPLAY_S: i64 = 300;

/// What a host is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// The report was taken in.
    Answer(Answer),
    /// The announcement was taken in.
    Registered,
    /// Whoever sent it cannot prove to be whom they say.
    Unauthorized(&'static str),
    /// It is about nothing of ours, or says nothing sensible.
    Invalid(String),
}

/// What a report is signed with.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// When it was signed, in seconds since the Unix epoch: `Galley-Timestamp`.
    pub timestamp: &'a str,
    /// `v1=` and the hexadecimal HMAC-SHA256 of timestamp, a dot and the body: `Galley-Signature`.
    pub signature: &'a str,
}

/// Takes a report in.
pub async fn report(
    lanes: &Lanes<'_>,
    attempt: &str,
    signed: Signed<'_>,
    body: &[u8],
    now: Time,
) -> Result<Reply> {
    let Ok(attempt) = AttemptId::parse(attempt) else {
        return Ok(Reply::Unauthorized("no such attempt"));
    };
    let secret = lanes.settings.signing_key.derive("report", attempt.as_str());
    if let Some(refusal) = refuse(&secret, signed, body, now) {
        return Ok(Reply::Unauthorized(refusal));
    }
    let taken = match domain::gpu::Report::parse(&attempt, body) {
        Ok(report) => lanes.report(&report, now).await,
        Err(error) => Err(error),
    };
    match taken {
        Ok(answer) => Ok(Reply::Answer(answer)),
        Err(Error::Invalid(reason)) => Ok(Reply::Invalid(reason)),
        Err(error) => Err(error),
    }
}

fn refuse(secret: &str, signed: Signed<'_>, body: &[u8], now: Time) -> Option<&'static str> {
    let Ok(at) = signed.timestamp.parse::<i64>() else {
        return Some("Galley-Timestamp is no number of seconds");
    };
    if REPLAY_S < (now.unix_s() - at).abs() {
        return Some("Galley-Timestamp is too far from now");
    }
    let message = [signed.timestamp.as_bytes(), b".", body].concat();
    let signature = signed.signature.strip_prefix("v1=").unwrap_or_default();
    let genuine = domain::sign::verify_hex(secret, &message, signature);
    (!genuine).then_some("Galley-Signature does not fit")
}

/// Takes a host's announcement in; a new host may take waiting work at once.
pub async fn announce(lanes: &Lanes<'_>, host: &str, body: &[u8], now: Time) -> Result<Reply> {
    let said: Announcement = match serde_json::from_slice(body) {
        Ok(said) => said,
        Err(cause) => return Ok(Reply::Invalid(format!("announcement does not parse: {cause}"))),
    };
    if let Err(Error::Invalid(reason)) = said.check(host) {
        return Ok(Reply::Invalid(reason));
    }
    if register(lanes.table, &said, now).await? == Announced::Changed {
        lanes.announced(host, now).await?;
    }
    Ok(Reply::Registered)
}

/// Takes a host that is gone off the record.
pub async fn depart(lanes: &Lanes<'_>, host: &str) -> Result<Reply> {
    unregister(lanes.table, host).await?;
    Ok(Reply::Registered)
}

#[cfg(test)]
mod tests;
