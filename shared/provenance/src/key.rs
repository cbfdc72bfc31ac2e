//! What manifests are signed with: the operator's key, and the certificates that lead from it to who vouches for it.

use c2pa::{Signer, SigningAlg, create_signer};
use std::fmt;

/// Why a key cannot sign.
#[derive(Debug, thiserror::Error)]
pub enum BadKey {
    /// There is no certificate in it.
    #[error(
        "it has no CERTIFICATE; put the signing certificate first, then those that vouch for it"
    )]
    NoCertificate,
    /// There is no key in it.
    #[error("it has no PRIVATE KEY in PKCS #8 form (openssl pkcs8 -topk8 -nocrypt makes one)")]
    NoKey,
    /// It does not parse.
    #[error("it is no PEM: {0}")]
    NoPem(#[from] pem::PemError),
    /// The key is of a sort that C2PA does not allow.
    #[error("its key is none of P-256, P-384, Ed25519 and RSA, which C2PA allows")]
    Algorithm,
    /// Key and certificate do not go together, or the certificate is not one for signing.
    #[error("it cannot sign: {0}")]
    Refused(#[from] c2pa::Error),
}

/// A key that signs, with its certificates.
pub struct Key(Box<dyn Signer + Send + Sync>);

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
        let chain: Vec<_> =
            blocks.iter().filter(|block| block.tag() == "CERTIFICATE").cloned().collect();
        if chain.is_empty() {
            return Err(BadKey::NoCertificate);
        }
        let algorithm = algorithm(key.contents()).ok_or(BadKey::Algorithm)?;
        let (chain, key) = (pem::encode_many(&chain), pem::encode(key));
        let signer = create_signer::from_keys(chain.as_bytes(), key.as_bytes(), algorithm, None)?;
        Ok(Self(signer))
    }

    pub(crate) fn signer(&self) -> &dyn Signer {
        self.0.as_ref()
    }
}

/// Which algorithm a PKCS #8 key is for, by the object identifier at its start (RFC 5958).
fn algorithm(key: &[u8]) -> Option<SigningAlg> {
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
