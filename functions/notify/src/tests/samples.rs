//! The samples in `events/` are what really goes out, and the template lets exactly that through.
