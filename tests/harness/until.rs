//! Waiting for the world: for a condition, within a bound, never for luck.

use std::time::{Duration, Instant};

/// Looks every tenth of a second until there is something to see; a test that waited in vain says for what.
#[track_caller]
pub(crate) fn until<T>(
    what: &str,
    seconds: u64,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    let what = what.to_owned();
    async move {
        let over = Instant::now() + Duration::from_secs(seconds);
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            assert!(Instant::now() < over, "{caller}: waited {seconds} s in vain until {what}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// The same of what a busy machine may refuse: looked for less and less often, and by no two at the same moments.
#[track_caller]
pub(crate) fn patiently<T>(
    what: &str,
    seconds: u64,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    let what = what.to_owned();
    async move {
        let over = Instant::now() + Duration::from_secs(seconds);
        let mut pause = 100;
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            assert!(Instant::now() < over, "{caller}: waited {seconds} s in vain until {what}");
            let [chance]: [u8; 1] = aws::clock::random();
            let pace = pause / 2 + pause * u64::from(chance) / 512;
            tokio::time::sleep(Duration::from_millis(pace)).await;
            pause = (2 * pause).min(5000);
        }
    }
}
