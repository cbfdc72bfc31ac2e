//! The typed client of Galley's HTTP API, and the galley command.
