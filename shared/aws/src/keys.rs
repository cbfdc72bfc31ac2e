//! A key of KMS that signs: it never leaves KMS, what is to be signed goes there as its hash.

use crate::env;
use crate::failure;
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{MessageType, SigningAlgorithmSpec};
use domain::ports::Signatory;
use domain::{Error, Result};
use std::sync::Arc;

/// An asymmetric key of KMS for ECDSA: `ECC_NIST_P256` or `ECC_NIST_P384`.
#[derive(Clone, Debug)]
pub struct KmsKey {
    client: Client,
    id: String,
}

impl KmsKey {
    /// The key whose id the environment variable `variable` holds: none where it is absent or empty.
    pub fn if_named(config: &SdkConfig, variable: &'static str) -> Option<Arc<dyn Signatory>> {
        Some(Arc::new(Self::new(config, env::optional(variable)?)))
    }

    /// The key of this id.
    pub fn new(config: &SdkConfig, id: impl Into<String>) -> Self {
        Self { client: Client::new(config), id: id.into() }
    }

    /// Its public half, as DER (`SubjectPublicKeyInfo`).
    pub async fn public(&self) -> Result<Vec<u8>> {
        let doing = format!("kms public key of {}", self.id);
        let answer = self.client.get_public_key().key_id(&self.id).send().await;
        let answer = answer.map_err(|failure| failure::error(&doing, &failure))?;
        let key = answer.public_key.map(Blob::into_inner);
        key.ok_or_else(|| Error::Fault(format!("{doing}: it has none")))
    }
}

#[async_trait]
impl Signatory for KmsKey {
    async fn sign(&self, digest: &[u8]) -> Result<Vec<u8>> {
        let doing = format!("kms sign with {}", self.id);
        let algorithm = match digest.len() {
            32 => SigningAlgorithmSpec::EcdsaSha256,
            48 => SigningAlgorithmSpec::EcdsaSha384,
            many => return Err(Error::Fault(format!("{doing}: no hash has {many} bytes"))),
        };
        let request = self.client.sign().key_id(&self.id).message(Blob::new(digest));
        let request = request.message_type(MessageType::Digest).signing_algorithm(algorithm);
        let answer = request.send().await.map_err(|failure| failure::error(&doing, &failure))?;
        let signature = answer.signature.map(Blob::into_inner);
        signature.ok_or_else(|| Error::Fault(format!("{doing}: it gave no signature")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Wire, config};
    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde_json::json;

    fn key(wire: &Wire) -> KmsKey {
        KmsKey::new(&config(wire), "1234abcd")
    }

    #[tokio::test]
    async fn a_hash_is_signed_and_nothing_else_is_sent() {
        for (many, algorithm) in [(32, "ECDSA_SHA_256"), (48, "ECDSA_SHA_384")] {
            let wire = Wire::new().answers(json!({ "Signature": STANDARD.encode("signed") }));
            assert_eq!(key(&wire).sign(&vec![7; many]).await.unwrap(), b"signed");
            let body = json!({
                "KeyId": "1234abcd", "Message": STANDARD.encode(vec![7; many]),
                "MessageType": "DIGEST", "SigningAlgorithm": algorithm,
            });
            assert_eq!(wire.requests()[0].operation(), "Sign");
            assert_eq!(wire.requests()[0].body, body);
        }
    }

    #[tokio::test]
    async fn what_kms_refuses_is_our_fault_and_what_it_cannot_do_now_is_tried_again() {
        let of = async |wire: Wire| key(&wire).sign(&[7; 32]).await.unwrap_err();
        for code in ["AccessDeniedException", "DisabledException", "NotFoundException"] {
            let told = format!("kms sign with 1234abcd: 400 {code}: no");
            assert_eq!(of(Wire::new().fails(400, code)).await, Error::Fault(told));
        }
        for (status, code) in [(400, "ThrottlingException"), (500, "KeyUnavailableException")] {
            let why = of(Wire::new().fails(status, code)).await;
            assert!(matches!(&why, Error::Again(why) if why.contains(code)), "{why:?}");
        }
        assert!(matches!(of(Wire::new().cut()).await, Error::Again(_)));
        let odd = key(&Wire::new()).sign(&[7; 20]).await.unwrap_err();
        assert_eq!(odd, Error::Fault("kms sign with 1234abcd: no hash has 20 bytes".into()));
    }

    #[tokio::test]
    async fn its_public_half_is_read() {
        let wire = Wire::new().answers(json!({ "PublicKey": STANDARD.encode("public") }));
        assert_eq!(key(&wire).public().await.unwrap(), b"public");
    }
}
