//! Signatures of Standard Webhooks 1.0.0: `v1`, HMAC-SHA256 over id, time and body.
//!
//! Each tenant has one secret, derived from the deployment's signing key; nothing is stored. It
//! changes when that key does.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use domain::id::TenantId;
use domain::sign::SigningKey;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A secret as receivers configure it: `whsec_` and base64; never printed.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// The secret by which a tenant's receivers verify what they get.
    pub fn of(key: &SigningKey, tenant: &TenantId) -> Self {
        let hex = key.derive("webhook", tenant.as_str());
        let byte = |at: usize| u8::from_str_radix(hex.get(at..at + 2).unwrap_or("0"), 16);
        Self((0..hex.len()).step_by(2).map(|at| byte(at).unwrap_or(0)).collect())
    }

    /// The secret in a text that begins with `whsec_`.
    pub fn parse(text: &str) -> Option<Self> {
        BASE64.decode(text.strip_prefix("whsec_")?).ok().map(Self)
    }

    /// As a receiver configures it. For the tenant's eyes only.
    pub fn reveal(&self) -> String {
        format!("whsec_{}", BASE64.encode(&self.0))
    }

    /// The value of `webhook-signature`.
    pub fn sign(&self, id: &str, unix_s: i64, body: &[u8]) -> String {
        let mut mac = match Hmac::<Sha256>::new_from_slice(&self.0) {
            Ok(mac) => mac,
            Err(_) => unreachable!("an HMAC key may have any length"),
        };
        mac.update(format!("{id}.{unix_s}.").as_bytes());
        mac.update(body);
        format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_follow_the_published_vector() {
        let secret = Secret::parse("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD").unwrap();
        let body = br#"{"email":"test@example.com","username":"test_user"}"#;
        let signature = secret.sign("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553, body);
        assert_eq!(signature, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }

    #[test]
    fn a_secret_is_its_tenants_own_and_long_enough() {
        let key = SigningKey::new("deployment");
        let of = |tenant: &str| Secret::of(&key, &TenantId::parse(tenant).unwrap());
        assert_ne!(of("acme").reveal(), of("other").reveal());
        assert_eq!(of("acme").0.len(), 32);
        assert_eq!(Secret::parse(&of("acme").reveal()).unwrap().0, of("acme").0);
        assert_eq!(format!("{:?}", of("acme")), "Secret");
        assert!(Secret::parse("sk_abc").is_none());
    }
}
