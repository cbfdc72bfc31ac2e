//! What happened goes out: on the bus, to webhooks, to listeners; each at least once, however often this dies.

use domain::notify::{self, DeliveryState, Errand, Outlets, readable};
use domain::ports::Receivers;
use domain::store::Item;
use domain::{Result, Time};

/// What notify works with.
#[derive(Clone, Copy)]
pub struct Notifying<'a> {
    /// Where news goes.
    pub outlets: Outlets<'a>,
    /// Whom deliveries are posted to.
    pub receivers: &'a dyn Receivers,
    /// How long the waits between tries are, in percent of the real ones.
    pub pace: u32,
}

/// Announces the events among the records that the stream brought.
pub async fn announce(notifying: &Notifying<'_>, items: &[Item], now: Time) -> Result<()> {
    let events = readable(items, |error| tracing::error!("an event is left out: {error}"));
    notify::announce(&notifying.outlets, &events, now).await?;
    let kinds: Vec<_> = events.iter().map(|logged| logged.event.kind.as_str()).collect();
    tracing::info!(events = events.len(), "announced {}", kinds.join(", "));
    Ok(())
}

/// Posts one delivery, if its time has come. `chance` spreads the tries.
pub async fn deliver(
    notifying: &Notifying<'_>,
    errand: &Errand,
    chance: u8,
    now: Time,
) -> Result<()> {
    let Outlets { table, notices, .. } = notifying.outlets;
    let when = (notifying.pace, chance, now);
    let state = notify::deliver(table, notices, notifying.receivers, errand, when).await?;
    let (delivery, tries) = (&errand.delivery, errand.tries + 1);
    match state {
        Some(DeliveryState::Delivered) => tracing::info!(delivery, tries, "delivered"),
        Some(DeliveryState::Pending) => tracing::info!(delivery, tries, "to be tried again"),
        Some(DeliveryState::Dead) => tracing::warn!(delivery, tries, "given up"),
        None => tracing::info!(delivery, "nothing to do"),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
