//! What a host's answer, or its silence, tells about a render.

use crate::body::{Unread, whole};
use domain::ports::{Refusal, Started};
use reqwest::Response;
use serde_json::Value;

/// As much of a refusal as is read, in bytes.
const REASON_LIMIT: usize = 4096;

/// As much of a refusal as is kept, in characters.
const REASON_LENGTH: usize = 200;

/// The one table from statuses to outcomes. When in doubt it is `Unknown`: a render that runs
/// unseen is found by its attempt, one that runs twice is paid twice.
pub(super) fn outcome(status: u16, why: &str) -> Started {
    let refused = |refusal| Started::Refused(refusal, why.to_owned());
    match status {
        200..=202 => Started::Accepted,
        // Busy, draining, in a hurry, or too slow of us to be read to the end.
        408 | 409 | 425 | 429 | 503 => refused(Refusal::Later),
        400 | 411 | 413..=415 | 422 | 431 => refused(Refusal::Never),
        // Not our host, or not our key: it says nothing of the request.
        301 | 302 | 307 | 308 | 401 | 403..=405 | 410 | 421 => refused(Refusal::Elsewhere),
        _ => Started::Unknown(why.to_owned()),
    }
}

/// The reason that a host gives in a problem document, as `: reason`; empty if it gives none.
///
/// Only the fields that are meant for people: the rest may repeat the prompt.
pub(super) async fn brief(response: Response) -> String {
    if response.status().is_success() {
        return String::new();
    }
    let body = within(response, REASON_LIMIT).await.unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    match ["detail", "title"].iter().find_map(|name| body[*name].as_str()) {
        Some(reason) => format!(": {}", reason.chars().take(REASON_LENGTH).collect::<String>()),
        None => String::new(),
    }
}

/// The body of an answer of at most so many bytes; of our own hosts the cause of a cut may be told.
pub(super) async fn within(response: Response, limit: usize) -> Result<Vec<u8>, String> {
    whole(response, limit).await.map_err(|unread| match unread {
        Unread::Cut(cause) => cause.to_string(),
        larger => larger.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(statuses: &[u16], expected: Option<Refusal>) {
        for status in statuses {
            let outcome = outcome(*status, "why");
            match expected {
                Some(refusal) => {
                    assert_eq!(outcome, Started::Refused(refusal, "why".into()), "{status}");
                }
                None => assert_eq!(outcome, Started::Unknown("why".into()), "{status}"),
            }
        }
    }

    #[test]
    fn every_status_has_its_outcome() {
        for status in [200, 201, 202] {
            assert_eq!(outcome(status, ""), Started::Accepted);
        }
        check(&[408, 409, 429, 503], Some(Refusal::Later));
        check(&[400, 413, 415, 422], Some(Refusal::Never));
        check(&[301, 302, 307, 308, 401, 403, 404, 405, 410], Some(Refusal::Elsewhere));
        check(&[204, 206, 303, 304, 418, 500, 501, 502, 504, 599], None);
    }
}
