//! Who makes media; one file each.
//!
//! A call that may cost money answers with what is known, never with an error that somebody up the
//! stack might take for an invitation to repeat it.

mod account;
mod all;
pub mod ark;
pub mod bedrock;
mod body;
pub mod chat;
mod compatible;
pub mod desk;
pub mod elevenlabs;
pub mod fal;
mod fetch;
pub mod gemini;
pub mod gpu;
pub mod house;
pub mod kling;
mod mark;
pub mod modal;
pub mod openai;
mod opinion;
mod own;
pub mod replicate;
pub mod runway;
pub mod sagemaker;
pub mod sigv4;
pub mod silence;
pub mod sound;
pub mod stability;
mod standard;
pub mod vendor;
pub mod vendors;

pub use all::{all, models};
pub use domain::vendor::shape;
pub use guard::form;
