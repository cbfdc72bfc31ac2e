//! A request for a certificate, signed by the very key that it is for, wherever that is kept (PKCS #10).

use crate::certificate::algorithm;
use c2pa::SigningAlg;
use domain::error::Error;
use domain::ports::Signatory;
use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    PKCS_ECDSA_P384_SHA384, PublicKeyData, SignatureAlgorithm, SigningKey,
};
use sha2::{Digest, Sha256, Sha384};
use std::sync::Mutex;
use x509_parser::prelude::{FromDer, SubjectPublicKeyInfo};

/// Why there is no request.
#[derive(Debug, thiserror::Error)]
pub enum NotRequested {
    /// The key is none that signs here.
    #[error("the key is none of P-256 and P-384: make it in KMS as one of these")]
    Key,
    /// Who holds the key did not sign.
    #[error("{0}")]
    Unsigned(#[from] Error),
    /// A name cannot be written into it.
    #[error("it cannot be written: {0}")]
    Unwritten(#[from] rcgen::Error),
}

/// The key as the request is written with it: what is to be signed is heard the first time, and answered the second.
struct Heard {
    point: Vec<u8>,
    algorithm: &'static SignatureAlgorithm,
    message: Mutex<Vec<u8>>,
    signature: Vec<u8>,
}

impl PublicKeyData for Heard {
    fn der_bytes(&self) -> &[u8] {
        &self.point
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        self.algorithm
    }
}

impl SigningKey for Heard {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        *self.message.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = message.to_vec();
        Ok(self.signature.clone())
    }
}

/// A request, in PEM, for the key with this public half (`SubjectPublicKeyInfo`, DER) that `signatory` holds.
///
/// `name`: whom readers of a file are told as its signer. `organization`: whose certificate it is.
pub async fn request(
    public: &[u8],
    (name, organization): (&str, &str),
    signatory: &dyn Signatory,
) -> Result<String, NotRequested> {
    let of = algorithm(public).filter(|of| matches!(of, SigningAlg::Es256 | SigningAlg::Es384));
    let wide = of.ok_or(NotRequested::Key)? == SigningAlg::Es384;
    let (_, parsed) = SubjectPublicKeyInfo::from_der(public).map_err(|_| NotRequested::Key)?;
    let mut key = Heard {
        point: parsed.subject_public_key.data.to_vec(),
        algorithm: if wide { &PKCS_ECDSA_P384_SHA384 } else { &PKCS_ECDSA_P256_SHA256 },
        message: Mutex::default(),
        signature: Vec::new(),
    };
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, organization);
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
    params.serialize_request(&key)?;
    let message = key.message.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone();
    let digest =
        if wide { Sha384::digest(&message).to_vec() } else { Sha256::digest(&message).to_vec() };
    key.signature = signatory.sign(&digest).await?;
    Ok(params.serialize_request(&key)?.pem()?)
}
