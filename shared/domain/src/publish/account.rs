//! What function `publish` is asked about an account: whether a connection opens it. Nobody else reads what opens accounts.

use super::Probed;
use crate::error::Result;
use crate::id::TenantId;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// A question about a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Whose connection it is.
    pub tenant: TenantId,
    /// Its name.
    pub connection: String,
    /// What somebody brought back who signed in at the target; none where the connection is only tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_in: Option<SignedIn>,
}

/// What somebody brought back who signed in at a target.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// The code that is good once.
    pub code: String,
    /// What only whoever began knows (PKCE).
    pub verifier: String,
    /// Where they came back to.
    pub redirect: String,
}

/// A code is not printed.
impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignedIn")
    }
}

/// Whether a connection opens anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opens {
    /// It does.
    Yes,
    /// It does not: who owns it has to connect again.
    No,
    /// Nobody could find out.
    Unknown,
}

/// What a target says of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// Whether it opens anything.
    pub opens: Opens,
    /// Whose account it is, or why it opens nothing.
    pub said: String,
}

impl From<Probed> for Tried {
    fn from(probed: Probed) -> Self {
        let (opens, said) = match probed {
            Probed::Open(who) => (Opens::Yes, who),
            Probed::Shut(why) => (Opens::No, why),
            Probed::Unknown(why) => (Opens::Unknown, why),
        };
        Self { opens, said }
    }
}

/// Whoever can try connections.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Asks a target about a connection, and puts on record how that stands.
    async fn ask(&self, question: &Question) -> Result<Tried>;
}
