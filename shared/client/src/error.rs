//! What can go wrong between a caller and the API, named by what the caller can do about it.
use crate::problem::Problem;

/// Why a call did not give what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The API said no; correct the request, or wait.
    #[error("{0}")]
    Problem(Box<Problem>),
    /// No answer came, even after retries. When `sent`, the request may have been carried out.
    #[error("{call}: no answer: {cause}")]
    NoAnswer {
        /// Method and address.
        call: String,
        /// The transport's words.
        cause: String,
        /// Whether the request may have reached the API.
        sent: bool,
    },
    /// The request cannot even be written; a header takes visible ASCII only.
    #[error("{call}: cannot be sent: {cause}")]
    Unsendable {
        /// Method and address.
        call: String,
        /// What is wrong.
        cause: String,
    },
    /// The answer is not what this client understands; is this address a Galley?
    #[error("{call}: answer not understood: {cause}")]
    Garbled {
        /// Method and address.
        call: String,
        /// What was expected.
        cause: String,
    },
    /// The base address cannot be one.
    #[error("{0} is no address of an API: {1}")]
    Address(String, String),
    /// A file on this machine could not be read or written.
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    /// The bytes received are not the asset's; nothing was kept.
    #[error("asset {asset}: {received} arrived where {promised} was promised; nothing was kept")]
    Corrupt {
        /// The asset's id.
        asset: String,
        /// The hash or size on record.
        promised: String,
        /// The hash or size of what came.
        received: String,
    },
}

impl Error {
    /// The problem document, where the API gave one.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            _ => None,
        }
    }

    /// The HTTP status, where the API said no.
    pub fn status(&self) -> Option<u16> {
        self.problem().map(|problem| problem.status)
    }

    /// Whether the same request may succeed a little later.
    pub fn passes(&self) -> bool {
        match self {
            Self::Problem(problem) => matches!(problem.status, 429 | 500 | 502 | 503 | 504),
            Self::NoAnswer { .. } => true,
            _ => false,
        }
    }

    /// Whether it is certain that the request was not carried out.
    pub(crate) fn refused(&self) -> bool {
        match self {
            Self::Problem(problem) => problem.status == 429,
            Self::NoAnswer { sent, .. } => !sent,
            _ => false,
        }
    }

    pub(crate) fn transport(call: &str, error: reqwest::Error) -> Self {
        if error.is_builder() {
            return Self::Unsendable { call: call.into(), cause: chain(&error.without_url()) };
        }
        let sent = !error.is_connect();
        Self::NoAnswer { call: call.into(), cause: chain(&error.without_url()), sent }
    }
}

/// An error with its causes; reqwest keeps the interesting one at the end of the chain.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
