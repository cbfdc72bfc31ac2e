//! The client library and the real `galley` binary against a scripted API.
#![expect(clippy::unwrap_used, reason = "these helpers are tests too")]
mod api;
mod galley;
mod help;
mod init;
mod library;
mod pipelines;
mod submit;
mod transfer;
mod watch;
mod webhooks;
mod words;
