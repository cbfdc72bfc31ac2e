//! What the operator keeps secret of a vendor: keys, and where it is if only the operator knows.

use crate::desk::Key;
use crate::vendor::Vendor;
use domain::{Error, Result};
use serde::Deserialize;

/// An account at a vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) keys: Vec<Key>,
    pub(crate) base: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    keys: Vec<WrittenKey>,
    #[serde(default)]
    base: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenKey {
    secret: String,
    #[serde(default)]
    webhook: String,
}

impl Account {
    /// Reads a secret: one key as it is, or `{"keys": [{"secret", "webhook"}], "base"}`.
    pub(crate) fn parse(vendor: &str, secret: &str) -> Result<Self> {
        let secret = secret.trim();
        if !secret.starts_with('{') {
            let key = Key { secret: secret.to_owned(), webhook: String::new() };
            return Ok(Self { keys: vec![key], base: None });
        }
        // The cause may hold a piece of the secret.
        let wrong = |_| Error::Fault(format!("the secret of vendor {vendor} does not parse"));
        let written: Written = serde_json::from_str(secret).map_err(wrong)?;
        if written.keys.is_empty() {
            return Err(Error::Fault(format!("the secret of vendor {vendor} has no keys")));
        }
        let key = |key: WrittenKey| Key { secret: key.secret, webhook: key.webhook };
        Ok(Self { keys: written.keys.into_iter().map(key).collect(), base: written.base })
    }

    /// The key that a handle was accepted for; the first where that is not told or not there any more.
    pub(crate) fn of(&self, label: &str) -> &Key {
        self.keys.iter().find(|key| key.label() == label).unwrap_or(&self.keys[0])
    }

    /// Where the vendor is.
    pub(crate) fn base_of<'a>(&'a self, vendor: &'a dyn Vendor) -> &'a str {
        self.base.as_deref().unwrap_or(vendor.base())
    }

    /// The keys in the order in which work of this attempt tries them.
    pub(crate) fn in_turn(&self, attempt: &str) -> impl Iterator<Item = &Key> {
        let sum =
            attempt.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31) + usize::from(byte));
        let first = sum % self.keys.len();
        self.keys[first..].iter().chain(&self.keys[..first])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_a_key_or_says_more() {
        let account = Account::parse("fal", " id:secret\n").unwrap();
        assert_eq!(account.keys[0].parts(), ("id", "secret"));
        let text =
            r#"{"keys":[{"secret":"a"},{"secret":"b","webhook":"whsec_x"}],"base":"https://x"}"#;
        let account = Account::parse("modal", text).unwrap();
        assert_eq!((account.keys.len(), account.base.as_deref()), (2, Some("https://x")));
        assert_eq!(account.of(&account.keys[1].label()).webhook, "whsec_x");
        assert_eq!(account.of("gone").secret, "a");
        let turns: Vec<_> = account.in_turn("attempt-7").map(|key| key.secret.clone()).collect();
        assert_eq!(turns.len(), 2);
        assert_ne!(turns[0], turns[1]);
    }

    #[test]
    fn a_secret_that_does_not_parse_is_not_told() {
        for text in [r#"{"keys":"hush"}"#, r#"{"keys":[]}"#, r#"{"hush":1}"#] {
            let error = Account::parse("fal", text).unwrap_err();
            assert!(matches!(&error, Error::Fault(why) if !why.contains("hush")), "{error}");
        }
    }
}
