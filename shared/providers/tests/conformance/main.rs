//! Every adapter against the double of its vendor: `doubles::conformance` has the clauses.

mod ark;
mod bedrock;
mod chat;
mod elevenlabs;
mod fal;
mod gemini;
mod guards;
mod house;
mod kling;
mod modal;
mod openai;
mod replicate;
mod runway;
mod sagemaker;
mod stability;
