//! What a handler's failure asks of its caller.

/// A handler failed; the variant says what its caller does next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A time-out, a throttle or a lost race on our own stores: run again, the world is the same.
    #[error("{0}")]
    Again(String),
    /// This input can never work; its owner is told.
    #[error("{0}")]
    Invalid(String),
    /// Our bug or our configuration; a person is paged.
    #[error("{0}")]
    Fault(String),
}

/// The result of everything that may have to run again.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The names a state machine may match.
    pub const NAMES: [&'static str; 3] = ["Again", "Invalid", "Fault"];

    /// The name that a state machine matches.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Again(_) => Self::NAMES[0],
            Self::Invalid(_) => Self::NAMES[1],
            Self::Fault(_) => Self::NAMES[2],
        }
    }
}
