//! How often a request is made again, and how long to wait before.

use crate::clock;
use crate::failure::{self, CallError, Kind};
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use domain::{Error, Result};
use std::time::{Duration, Instant};

/// No try begins later than this after the first one.
const PATIENCE: Duration = Duration::from_secs(2);

/// As many tries as fit into [`PATIENCE`] with pauses that double.
const MOST: u32 = 6;

/// The tries of one request.
pub(super) struct Tries {
    begun: Instant,
    made: u32,
    pause: Duration,
}

impl Tries {
    /// None made yet; the first pause lasts at most this long.
    pub(super) fn new(pause: Duration) -> Self {
        Self { begun: Instant::now(), made: 0, pause }
    }

    /// Waits for the next try; `Again` when there were enough.
    pub(super) async fn another(&mut self, why: String) -> Result<()> {
        self.made += 1;
        // Even when the first try took all the time there is, one more meets a fresh connection.
        let enough = MOST <= self.made || (1 < self.made && PATIENCE < self.begun.elapsed());
        if enough {
            return Err(Error::Again(why));
        }
        // Full jitter: those who collided do not meet again.
        let share = f64::from(u16::from_le_bytes(clock::random())) / f64::from(u16::MAX);
        tokio::time::sleep(self.pause.mul_f64(share)).await;
        self.pause *= 2;
        Ok(())
    }

    /// Waits for the next try after a failed read, which may always be made again.
    pub(super) async fn after<E>(&mut self, doing: &str, failure: &CallError<E>) -> Result<()>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match failure::kind(failure) {
            Kind::Refused => Err(failure::error(doing, failure)),
            Kind::Throttled | Kind::Unknown => self.another(failure::message(doing, failure)).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tries_end_with_the_last_reason() {
        let mut tries = Tries::new(Duration::ZERO);
        for _ in 1..MOST {
            tries.another("throttled".into()).await.unwrap();
        }
        let error = tries.another("throttled".into()).await.unwrap_err();
        assert_eq!(error, Error::Again("throttled".into()));
    }
}
