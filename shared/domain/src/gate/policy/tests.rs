//! Policies as their authors meet them.

mod judging;
mod pinned;
mod read;
mod rules;
mod weighed;
