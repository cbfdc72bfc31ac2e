//! Every adapter against the double of its vendor: `doubles::conformance` has the clauses.

mod bedrock;
mod chat;
mod elevenlabs;
mod fal;
mod gemini;
mod modal;
mod openai;
mod replicate;
mod runway;
mod sagemaker;
mod stability;
