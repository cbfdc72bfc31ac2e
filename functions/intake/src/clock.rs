//! Time, chance and patience: handed in, so that tests decide all three.

use async_trait::async_trait;
use domain::Time;
use std::time::Duration;

/// What time it is, something random, and waiting.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Time;
    /// Random bytes, fit for ids.
    fn random(&self) -> [u8; 24];
    /// Comes back after so many milliseconds.
    async fn sleep(&self, ms: u32);
}

/// The machine's own.
#[derive(Clone, Copy, Debug)]
pub struct Machine;

#[async_trait]
impl Clock for Machine {
    fn now(&self) -> Time {
        aws::clock::now()
    }

    fn random(&self) -> [u8; 24] {
        aws::clock::random()
    }

    async fn sleep(&self, ms: u32) {
        tokio::time::sleep(Duration::from_millis(ms.into())).await;
    }
}

/// The first bytes of many.
pub(crate) fn first<const N: usize>(random: [u8; 24]) -> [u8; N] {
    std::array::from_fn(|at| random[at])
}
