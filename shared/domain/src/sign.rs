//! Keyed signatures: job tokens, and what a GPU host gets to sign and to hand back.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// The deployment's signing key; never printed.
#[derive(Clone)]
pub struct SigningKey(Vec<u8>);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey")
    }
}

impl SigningKey {
    /// The key of these bytes.
    pub fn new(secret: impl AsRef<[u8]>) -> Self {
        Self(secret.as_ref().to_vec())
    }

    fn mac(&self, purpose: &str, message: &[u8]) -> Hmac<Sha256> {
        let mut mac = match Hmac::<Sha256>::new_from_slice(&self.0) {
            Ok(mac) => mac,
            Err(_) => unreachable!("an HMAC key may have any length"),
        };
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(message);
        mac
    }

    /// A secret of its own for `name`, in hexadecimal.
    pub fn derive(&self, purpose: &str, name: &str) -> String {
        hex(&self.mac(purpose, name.as_bytes()).finalize().into_bytes())
    }

    /// A value that everybody may read and nobody else can make: `payload.signature`.
    pub fn seal(&self, purpose: &str, value: &impl Serialize) -> String {
        let payload = BASE64.encode(serde_json::to_vec(value).unwrap_or_default());
        let signature = self.mac(purpose, payload.as_bytes()).finalize().into_bytes();
        format!("{payload}.{}", BASE64.encode(signature))
    }

    /// The value in a sealed text, if we sealed it for this purpose.
    pub fn open<T: DeserializeOwned>(&self, purpose: &str, sealed: &str) -> Option<T> {
        let (payload, signature) = sealed.split_once('.')?;
        let signature = BASE64.decode(signature).ok()?;
        self.mac(purpose, payload.as_bytes()).verify_slice(&signature).ok()?;
        serde_json::from_slice(&BASE64.decode(payload).ok()?).ok()
    }
}

/// Whether a hexadecimal HMAC-SHA256 of `message` under `secret` is this one; in constant time.
pub fn verify_hex(secret: &str, message: &[u8], signature: &str) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return false };
    mac.update(message);
    unhex(signature).is_some_and(|signature| mac.verify_slice(&signature).is_ok())
}

/// The hexadecimal HMAC-SHA256 of `message` under `secret`.
pub fn sign_hex(secret: &str, message: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(message);
    hex(&mac.finalize().into_bytes())
}

/// Whether two secrets are the same, in a time that tells nothing of where they differ.
pub fn same(one: &str, other: &str) -> bool {
    verify_hex(other, b"same", &sign_hex(one, b"same"))
}

/// The SHA-256 of bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes that hexadecimal digits stand for; none where they are not that.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_for_its_purpose_and_key() {
        let key = SigningKey::new("secret");
        let sealed = key.seal("job", &("j1", 5));
        assert_eq!(key.open("job", &sealed), Some((String::from("j1"), 5)));
        assert_eq!(key.open::<(String, u32)>("report", &sealed), None);
        assert_eq!(SigningKey::new("other").open::<(String, u32)>("job", &sealed), None);
        assert_eq!(key.open::<(String, u32)>("job", &sealed.replace('.', "")), None);
    }

    #[test]
    fn hexadecimal_signatures_follow_the_published_vector() {
        // RFC 4231, test case 2.
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(sign_hex("Jefe", b"what do ya want for nothing?"), expected);
        assert!(verify_hex("Jefe", b"what do ya want for nothing?", expected));
        assert!(!verify_hex("Jefe", b"what do ya want for nothing!", expected));
        assert!(!verify_hex("Jefe", b"", "zz"));
    }

    #[test]
    fn a_signing_key_is_never_printed() {
        assert_eq!(format!("{:?}", SigningKey::new("secret")), "SigningKey");
    }
}
