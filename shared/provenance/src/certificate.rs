//! The certificates of a key: who signs, until when, with a key of which sort.

use crate::key::BadKey;
use c2pa::SigningAlg;
use c2pa::crypto::raw_signature::validator_for_signing_alg;
use domain::Time;
use pem::Pem;
use x509_parser::prelude::{FromDer, X509Certificate};

/// The signing certificate, then those that vouch for it.
#[derive(Clone, Debug)]
pub struct Certificates {
    chain: Vec<Pem>,
    /// The public key of the first (`SubjectPublicKeyInfo`, DER).
    public: Vec<u8>,
    /// Whom the first names.
    pub name: Option<String>,
    /// Until when the first is good.
    pub until: Time,
}

impl Certificates {
    /// Those in a PEM, whatever else is in it.
    pub fn from_pem(text: &str) -> Result<Self, BadKey> {
        Self::of(&pem::parse_many(text)?)
    }

    pub(crate) fn of(blocks: &[Pem]) -> Result<Self, BadKey> {
        let chain: Vec<_> =
            blocks.iter().filter(|block| block.tag() == "CERTIFICATE").cloned().collect();
        let first = chain.first().ok_or(BadKey::NoCertificate)?;
        let parsed = X509Certificate::from_der(first.contents());
        let (_, parsed) = parsed.map_err(|why| BadKey::NotX509(why.to_string()))?;
        let public = parsed.public_key().raw.to_vec();
        let name = parsed.subject().iter_common_name().next();
        let name = name.and_then(|name| name.as_str().ok()).map(str::to_owned);
        let until = Time(parsed.validity().not_after.timestamp().saturating_mul(1000));
        Ok(Self { public, name, until, chain })
    }

    /// Whether the first is for the key with this public half (`SubjectPublicKeyInfo`, DER).
    pub fn are_for(&self, public: &[u8]) -> bool {
        self.public == public
    }

    /// For which algorithm the first one's key is; none where it is for none that C2PA allows.
    pub(crate) fn algorithm(&self) -> Option<SigningAlg> {
        algorithm(&self.public)
    }

    /// Whether this is a signature by the first one's key.
    pub(crate) fn fits(&self, of: SigningAlg, data: &[u8], signature: &[u8]) -> bool {
        validator_for_signing_alg(of)
            .is_some_and(|validator| validator.validate(signature, data, &self.public).is_ok())
    }

    pub(crate) fn pem(&self) -> String {
        pem::encode_many(&self.chain)
    }

    pub(crate) fn der(&self) -> Vec<Vec<u8>> {
        self.chain.iter().map(|one| one.contents().to_vec()).collect()
    }
}

/// Which algorithm a key is for, by the object identifier at the start of its DER (RFC 5958, RFC 5280).
pub(crate) fn algorithm(key: &[u8]) -> Option<SigningAlg> {
    let start = key.get(..key.len().min(40))?;
    let names = |oid: &[u8]| start.windows(oid.len()).any(|part| part == oid);
    let known: [(&[u8], SigningAlg); 4] = [
        (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07], SigningAlg::Es256),
        (&[0x2b, 0x81, 0x04, 0x00, 0x22], SigningAlg::Es384),
        (&[0x2b, 0x65, 0x70], SigningAlg::Ed25519),
        (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01], SigningAlg::Ps256),
    ];
    known.into_iter().find(|(oid, _)| names(oid)).map(|(_, algorithm)| algorithm)
}
