//! Signatures of Standard Webhooks 1.0.0: `v1`, HMAC-SHA256 over id, time and body.
//!
//! A tenant's secrets are derived from the deployment's signing key by their number; only the number is
//! stored. While a tenant rotates, two of them sign.

use crate::error::Result;
use crate::id::TenantId;
use crate::ports::Table;
use crate::sign::SigningKey;
use crate::store::{Condition, Key, Write, Written, from_item};
use crate::tenant;
use crate::time::Time;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// A secret as receivers configure it: `whsec_` and base64; never printed.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

/// How long a replaced secret still signs, where nobody says otherwise: a day, in seconds.
pub const OVERLAP_S: u32 = 24 * 3600;
/// How long it may at most: a week.
pub const OVERLAP_MOST_S: u32 = 7 * 24 * 3600;

/// Which of a tenant's secrets sign.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signing {
    /// The number of the present secret.
    pub number: u32,
    /// Until when the one before it signs as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_until: Option<Time>,
}

impl Signing {
    /// Where it lies; nothing lies there before the first rotation.
    pub fn key(tenant: &TenantId) -> Key {
        Key::new(tenant::pk(tenant), "SIGNING")
    }

    /// What a tenant's records say.
    pub async fn read(table: &dyn Table, tenant: &TenantId) -> Result<Self> {
        let item = table.get(&[Self::key(tenant)]).await?.remove(0);
        Ok(item.as_ref().map(from_item).transpose()?.unwrap_or_default())
    }

    /// Whether the secret before the present one still signs.
    pub fn rotating(&self, now: Time) -> bool {
        0 < self.number && self.previous_until.is_some_and(|until| now < until)
    }

    /// The secrets that sign now, the present one first.
    pub fn secrets(&self, key: &SigningKey, tenant: &TenantId, now: Time) -> Vec<Secret> {
        let mut secrets = vec![Secret::numbered(key, tenant, self.number)];
        if self.rotating(now) {
            secrets.push(Secret::numbered(key, tenant, self.number - 1));
        }
        secrets
    }

    /// The next secret; the present one signs beside it for so many seconds.
    ///
    /// A rotation that is under way is not begun anew, so a repeated call takes no secret from anybody; only
    /// an overlap of zero, for a secret that leaked, always makes another one the only one.
    pub async fn rotate(
        table: &dyn Table,
        tenant: &TenantId,
        overlap_s: u32,
        now: Time,
    ) -> Result<Self> {
        let key = Self::key(tenant);
        let present = Self::read(table, tenant).await?;
        if 0 < overlap_s && present.rotating(now) {
            return Ok(present);
        }
        let previous_until = (0 < overlap_s).then(|| now.plus_s(overlap_s));
        let next = Self { number: present.number + 1, previous_until };
        let write = Write::put(key.clone(), &next)?;
        let write = match present.number {
            0 => write.when(Condition::Absent),
            number => write.when_is("number", number),
        };
        match table.write(vec![write]).await? {
            Written::Done => Ok(next),
            // Somebody else rotated at the same time.
            Written::Refused(_) => Self::read(table, tenant).await,
        }
    }
}

/// What `webhook-signature` says: one signature for each secret, separated by blanks.
pub fn signatures(secrets: &[Secret], id: &str, unix_s: i64, body: &[u8]) -> String {
    let each: Vec<_> = secrets.iter().map(|secret| secret.sign(id, unix_s, body)).collect();
    each.join(" ")
}

impl Secret {
    /// The first secret by which a tenant's receivers verify what they get.
    pub fn of(key: &SigningKey, tenant: &TenantId) -> Self {
        Self::numbered(key, tenant, 0)
    }

    /// The secret after so many rotations.
    pub fn numbered(key: &SigningKey, tenant: &TenantId, number: u32) -> Self {
        let name = match number {
            0 => tenant.to_string(),
            number => format!("{tenant}#{number}"),
        };
        let hex = key.derive("webhook", &name);
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

    /// One signature, as `webhook-signature` holds it.
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
    fn each_secret_gives_its_own_signature_to_the_header() {
        let secrets = [Secret(vec![1; 32]), Secret(vec![2; 32])];
        let header = signatures(&secrets, "id", 5, b"{}");
        let parts: Vec<_> = header.split(' ').collect();
        assert_eq!(parts, [secrets[0].sign("id", 5, b"{}"), secrets[1].sign("id", 5, b"{}")]);
    }

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
