//! `Prefer: wait=N`: an answer that may be held for what the caller waits for.

use crate::Intake;
use crate::answer::echo;
use aws::http::HttpRequest;
use domain::Time;
use domain::problem::ProblemDocument;

/// The most seconds that an answer is held; a longer wish is answered after these.
const MOST_S: u32 = 20;
/// The pauses between two looks, in milliseconds: first, and at most.
const PAUSES_MS: (u32, u32) = (100, 1000);

/// A caller's patience.
pub(crate) struct Wait {
    /// What was granted, in seconds.
    pub(crate) seconds: u32,
    until: Time,
    pause_ms: u32,
}

impl Wait {
    /// The wait that the request asks for, if it does. Other preferences are not ours to mind.
    pub(crate) fn asked(request: &HttpRequest, now: Time) -> Result<Option<Self>, ProblemDocument> {
        let preferences = request.header("prefer").unwrap_or_default().split([',', ';']);
        let mut waits = preferences.filter_map(|preference| {
            let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
            name.trim().eq_ignore_ascii_case("wait").then(|| value.trim().trim_matches('"'))
        });
        let Some(value) = waits.next() else { return Ok(None) };
        let seconds = value.parse::<u32>().map_err(|_| {
            let detail = format!("wait is {:?} — write seconds, such as wait=10", echo(value));
            ProblemDocument::header("Prefer", detail)
        })?;
        Ok(Some(Self::of(seconds.min(MOST_S), now)))
    }

    /// As long as anybody may wait.
    pub(crate) fn longest(now: Time) -> Self {
        Self::of(MOST_S, now)
    }

    fn of(seconds: u32, now: Time) -> Self {
        Self { seconds, until: now.plus_s(seconds), pause_ms: PAUSES_MS.0 }
    }

    /// Pauses before the next look; false where patience is over.
    pub(crate) async fn pause(&mut self, intake: &Intake<'_>) -> bool {
        let left = self.until.since_ms(intake.clock.now());
        if left == 0 {
            return false;
        }
        intake.clock.sleep(self.pause_ms.min(u32::try_from(left).unwrap_or(u32::MAX))).await;
        self.pause_ms = (self.pause_ms * 3 / 2).min(PAUSES_MS.1);
        true
    }
}
