//! The notary of a deployment: seals what is published with the operator's key.

use crate::key::Key;
use crate::seal::{NotSealed, seal, supported};
use async_trait::async_trait;
use domain::error::{Error, Result};
use domain::ports::{Attested, Notary, Signatory};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

/// What reads the operator's PEM; read again every few minutes, so that a renewed certificate needs no deploy.
pub type Reading = Pin<Box<dyn Future<Output = Result<String>> + Send>>;

/// Seals with the key that a secret holds, or with one that never leaves where it is kept.
pub struct Sealer {
    read: Box<dyn Fn(Option<String>) -> Reading + Send + Sync>,
    signatory: Option<Arc<dyn Signatory>>,
    known: Mutex<Option<(String, Arc<Key>)>>,
}

impl Sealer {
    /// Seals with the PEM that `read` gives: certificates, the signing one first, and the private key; which is not read
    /// where `signatory` holds the key.
    pub fn new(
        read: impl Fn(Option<String>) -> Reading + Send + Sync + 'static,
        signatory: Option<Arc<dyn Signatory>>,
    ) -> Self {
        Self { read: Box::new(read), signatory, known: Mutex::default() }
    }

    async fn key(&self) -> Result<Arc<Key>> {
        let pem = (self.read)(None).await?;
        let mut known = self.known.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some((_, key)) = known.as_ref().filter(|(of, _)| *of == pem) {
            return Ok(key.clone());
        }
        let key = match &self.signatory {
            Some(signatory) => Key::kept(&pem, signatory.clone()),
            None => Key::from_pem(&pem),
        };
        let key = key.map_err(|why| Error::Fault(format!("the signing certificate: {why}")))?;
        let key = Arc::new(key);
        *known = Some((pem, key.clone()));
        Ok(key)
    }
}

#[async_trait]
impl Notary for Sealer {
    fn seals(&self, media_type: &str) -> bool {
        supported(media_type)
    }

    async fn seal(&self, what: Attested<'_>, bytes: &[u8]) -> Result<Vec<u8>> {
        let key = self.key().await?;
        let brought = what.brought.iter().map(|(asset, bytes)| (asset, bytes.as_slice()));
        let brought: Vec<_> = brought.collect();
        let sealed = seal(&key, what.title, (what.asset, bytes), what.facts, &brought).await;
        sealed.map_err(|why| match why {
            // Signing is free to repeat: who is asked again signs again.
            NotSealed::Unsigned(why) => why,
            why => Error::Fault(format!("{} cannot be sealed: {why}", what.asset.id)),
        })
    }
}
