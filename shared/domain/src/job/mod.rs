//! A job's life as seen by its caller: accepted, canceled, retried, settled, and told about.

mod accept;
mod answer;
mod cancel;
mod list;
mod retry;
mod settle;
mod timings;

pub use accept::{
    Acceptance, Accepted, Idempotency, Request, accept, execution_input, job_of, replay,
    start_again,
};
pub use answer::{asset_json, job_json, summary_json};
pub use cancel::cancel;
pub(crate) use cancel::stop;
pub use list::{Jobs, Sought};
pub(crate) use retry::restart;
pub use retry::{retry, retry_post};
pub use settle::{End, settle};
pub use timings::Timings;
