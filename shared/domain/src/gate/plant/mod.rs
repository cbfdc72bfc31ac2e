//! Plants: pictures that are known to be bad, slipped in among what is judged, to see whether gates and people notice.
//!
//! A plant is a job of its own that publishes nothing, and its bytes are refused wherever they would be published.
//! Only who may change policies sees which pictures are plants; nothing of the job tells it.

mod due;
mod make;
mod slot;
mod store;

pub(crate) use due::planting;
pub use due::{PLANTING, Planted, plant_due};
pub use store::{Added, PLANTS_MOST, Plant, add, list, remove};
pub(crate) use store::{key, pk};

#[cfg(test)]
mod tests;
