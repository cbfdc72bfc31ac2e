//! A key that somebody else holds: the hash of what is to be signed goes there, and a signature comes back.

use crate::certificate::Certificates;
use crate::key::BadKey;
use async_trait::async_trait;
use c2pa::{AsyncSigner, SigningAlg};
use domain::error::Error;
use domain::ports::Signatory;
use sha2::{Digest, Sha256, Sha384};
use std::sync::{Arc, Mutex};

/// What a signature takes beside its certificates: protected headers, padding.
const AROUND: usize = 2048;

/// The key, as far as we have it.
pub(crate) struct Kept {
    certificates: Certificates,
    algorithm: SigningAlg,
    signatory: Arc<dyn Signatory>,
}

impl Kept {
    pub(crate) fn new(
        certificates: Certificates,
        signatory: Arc<dyn Signatory>,
    ) -> Result<Self, BadKey> {
        let algorithm = certificates.algorithm();
        let algorithm = algorithm.filter(|of| matches!(of, SigningAlg::Es256 | SigningAlg::Es384));
        Ok(Self { algorithm: algorithm.ok_or(BadKey::Curve)?, certificates, signatory })
    }

    /// Who signs one file.
    pub(crate) fn signing(&self) -> Signing<'_> {
        Signing { kept: self, failed: Mutex::default() }
    }
}

/// The signing of one file: remembers why it failed, as C2PA's errors have no place for that.
pub(crate) struct Signing<'a> {
    kept: &'a Kept,
    failed: Mutex<Option<Error>>,
}

impl Signing<'_> {
    /// Why nothing was signed, where that was the reason.
    pub(crate) fn failed(self) -> Option<Error> {
        self.failed.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn fails(&self, why: Error) -> c2pa::Error {
        let told = c2pa::Error::OtherError(why.to_string().into());
        *self.failed.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(why);
        told
    }
}

#[async_trait]
impl AsyncSigner for Signing<'_> {
    /// In DER: C2PA's library brings ECDSA into the form that COSE wants.
    async fn sign(&self, data: Vec<u8>) -> c2pa::Result<Vec<u8>> {
        let Kept { certificates, algorithm, signatory } = self.kept;
        let digest = match algorithm {
            SigningAlg::Es384 => Sha384::digest(&data).to_vec(),
            _ => Sha256::digest(&data).to_vec(),
        };
        let signature = signatory.sign(&digest).await.map_err(|why| self.fails(why))?;
        match certificates.fits(*algorithm, &data, &signature) {
            true => Ok(signature),
            false => {
                Err(self.fails(Error::Fault(format!("the signing certificate: {}", BadKey::Unfit))))
            }
        }
    }

    fn alg(&self) -> SigningAlg {
        self.kept.algorithm
    }

    fn certs(&self) -> c2pa::Result<Vec<Vec<u8>>> {
        Ok(self.kept.certificates.der())
    }

    fn reserve_size(&self) -> usize {
        AROUND + self.kept.certificates.der().iter().map(Vec::len).sum::<usize>()
    }
}
