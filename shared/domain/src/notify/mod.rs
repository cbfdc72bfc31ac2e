//! News for the outside: what goes out on the bus, to webhooks and to those who listen, and that nothing of it is lost.
//!
//! The log in the table is the outbox: an event is written with the change that it reports, the table's stream
//! brings it here, and whatever dies on the way is repeated. Nobody who changes a job knows of this.

mod address;
mod announce;
mod answer;
mod deliver;
mod delivery;
mod feed;
mod kinds;
mod missed;
mod resend;
mod schedule;
pub mod signature;
mod told;
mod webhook;

pub use address::{misfit, public};
pub use announce::{Logged, Outlets, announce, readable};
pub use answer::{Notice, Posted};
pub use deliver::{Errand, deliver};
pub use delivery::{DeliveryRecord, DeliveryState, deliveries_pk, delivery_json};
pub use feed::{FEED_S, FeedEntry, LISTENING_S, Listening, feed, feed_start};
pub use kinds::{KINDS, goes_out, wants};
pub use missed::missed;
pub use resend::{RETRIED_MOST, dead, retry, retry_dead, sweep};
pub use schedule::{TRIES_MOST, retry_after_ms, wait_ms};
pub use signature::Signing;
pub use told::told;
pub use webhook::{TenantWebhook, Webhook, read_webhook, webhook_json};
