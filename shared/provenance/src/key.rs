//! What manifests are signed with: the operator's key, and the certificates that lead from it to who vouches for it.

use crate::certificate::{Certificates, algorithm};
use crate::kept::Kept;
use c2pa::{Signer, create_signer};
use domain::ports::Signatory;
use std::fmt;
use std::sync::Arc;

/// Why a key cannot sign.
#[derive(Debug, thiserror::Error)]
pub enum BadKey {
    /// There is no certificate in it.
    #[error(
        "it has no CERTIFICATE; put the signing certificate first, then those that vouch for it"
    )]
    NoCertificate,
    /// Its first certificate does not parse.
    #[error("its first CERTIFICATE cannot be read: {0}")]
    NotX509(String),
    /// There is no key in it.
    #[error(
        "it has no PRIVATE KEY in PKCS #8 form (openssl pkcs8 -topk8 -nocrypt makes one), and no key of KMS is named"
    )]
    NoKey,
    /// It does not parse.
    #[error("it is no PEM: {0}")]
    NoPem(#[from] pem::PemError),
    /// The key is of a sort that C2PA does not allow.
    #[error("its key is none of P-256, P-384, Ed25519 and RSA, which C2PA allows")]
    Algorithm,
    /// The key is of a sort that is not signed with in KMS.
    #[error("its certificate is for none of P-256 and P-384: make the key in KMS as one of these")]
    Curve,
    /// Its certificate is another key's.
    #[error(
        "its first CERTIFICATE is for another key than the one that signs: put that of the key first"
    )]
    Unfit,
    /// The certificate is not one for signing.
    #[error("it cannot sign: {0}")]
    Refused(#[from] c2pa::Error),
}

/// A key that signs, with its certificates.
pub struct Key(pub(crate) Hand);

/// Who holds the key.
pub(crate) enum Hand {
    /// We do: it was in the PEM.
    Ours(Box<dyn Signer + Send + Sync>),
    /// Somebody else, who signs for us.
    Kept(Kept),
}

/// Its secret is never printed.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").finish_non_exhaustive()
    }
}

impl Key {
    /// Reads a key from PEM: the signing certificate, those that vouch for it, and the private key (PKCS #8), in one text.
    pub fn from_pem(text: &str) -> Result<Self, BadKey> {
        let blocks = pem::parse_many(text)?;
        let key = blocks.iter().find(|block| block.tag() == "PRIVATE KEY").ok_or(BadKey::NoKey)?;
        let certificates = Certificates::of(&blocks)?;
        // RFC 5958 has the algorithm at the start.
        let of = algorithm(key.contents()).ok_or(BadKey::Algorithm)?;
        let (chain, key) = (certificates.pem(), pem::encode(key));
        let signer = create_signer::from_keys(chain.as_bytes(), key.as_bytes(), of, None)?;
        let probe = b"whether key and certificate fit";
        match certificates.fits(of, probe, &signer.sign(probe)?) {
            true => Ok(Self(Hand::Ours(signer))),
            false => Err(BadKey::Unfit),
        }
    }

    /// A key that somebody else holds, with the certificates in this PEM. Whether they fit shows when it first signs.
    pub fn kept(text: &str, signatory: Arc<dyn Signatory>) -> Result<Self, BadKey> {
        let certificates = Certificates::of(&pem::parse_many(text)?)?;
        Ok(Self(Hand::Kept(Kept::new(certificates, signatory)?)))
    }
}
