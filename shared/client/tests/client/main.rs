//! The client library and the real `galley` binary against a scripted API.
mod api;
mod galley;
mod help;
mod library;
mod submit;
mod transfer;
mod watch;
mod words;
