//! A provider in memory, with a key of its own.

use crate::oidc::{Keys, Wire};
use async_trait::async_trait;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use domain::Result;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// Vouches for whomever the test says.
pub(crate) struct Provider {
    key: RsaKeyPair,
    /// What the next ID token says.
    pub(crate) claims: Mutex<Value>,
    /// The name of its key.
    pub(crate) kid: Mutex<String>,
    /// The forms that were posted.
    pub(crate) posted: Mutex<Vec<String>>,
    /// What was read.
    pub(crate) read: Mutex<Vec<String>>,
}

impl Default for Provider {
    fn default() -> Self {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let kid = Mutex::new("k1".to_owned());
        Self {
            key,
            claims: Mutex::default(),
            kid,
            posted: Mutex::default(),
            read: Mutex::default(),
        }
    }
}

impl Provider {
    /// Its public keys, as it publishes them.
    pub(crate) fn keys(&self) -> Value {
        // SEQUENCE, INTEGER of 257 bytes with a zero first, INTEGER 65537.
        let modulus = &self.key.public_key().as_ref()[9..][..256];
        let kid = self.kid.lock().unwrap().clone();
        let own = json!({ "kty": "RSA", "use": "sig", "kid": kid, "n": BASE64.encode(modulus), "e": "AQAB" });
        json!({ "keys": [{ "kty": "EC", "kid": kid, "crv": "P-256" }, own] })
    }

    pub(crate) fn parsed(&self) -> Keys {
        serde_json::from_value(self.keys()).unwrap()
    }

    /// A token with this header and these claims, signed.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| BASE64.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        let random = SystemRandom::new();
        self.key.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).unwrap();
        format!("{signed}.{}", BASE64.encode(signature))
    }
}

#[async_trait]
impl Wire for Arc<Provider> {
    async fn get(&self, url: &str) -> Result<Value> {
        self.read.lock().unwrap().push(url.to_owned());
        Ok(match url {
            "https://id.test/keys" => self.keys(),
            _ => json!({
                "issuer": "https://id.test", "jwks_uri": "https://id.test/keys",
                "authorization_endpoint": "https://id.test/authorize",
                "token_endpoint": "https://id.test/token",
                "end_session_endpoint": "https://id.test/logout",
            }),
        })
    }

    async fn post(&self, _url: &str, form: String) -> Result<(u16, Value)> {
        self.posted.lock().unwrap().push(form);
        let claims = self.claims.lock().unwrap().clone();
        if claims.is_null() {
            return Ok((400, json!({ "error": "invalid_grant" })));
        }
        let kid = self.kid.lock().unwrap().clone();
        let token = self.sign(&json!({ "alg": "RS256", "kid": kid }), &claims);
        Ok((200, json!({ "id_token": token, "access_token": "a", "token_type": "Bearer" })))
    }
}
