//! The key is somebody else's, who signs hashes: what comes of it, and of all that can go wrong with it.

use super::{certified, certified_for, job, picture};
use crate::{BadKey, Certificates, Key, Sealer, State, read, request, seal};
use async_trait::async_trait;
use domain::error::{Error, Result};
use domain::fakes::{Fault, Faults};
use domain::ports::{Attested, Notary, Signatory};
use domain::record::AssetRecord;
use media::Format;
use p256::ecdsa::signature::hazmat::RandomizedPrehashSigner;
use p256::pkcs8::DecodePrivateKey;
use rcgen::{PKCS_ECDSA_P384_SHA384, PKCS_ED25519, SignatureAlgorithm};
use std::sync::{Arc, Mutex};
use x509_parser::prelude::{FromDer, X509CertificationRequest};

/// A service that holds a key, as KMS does: it sees hashes only, and answers in DER.
struct Service {
    pem: Mutex<String>,
    faults: Faults,
    /// Sign until a number comes out that needs a byte less: one in 128 does.
    short: bool,
}

impl Service {
    fn new(pem: &str) -> Arc<Self> {
        Arc::new(Self { pem: Mutex::new(pem.into()), faults: Faults::default(), short: false })
    }

    fn signature(&self, digest: &[u8]) -> Result<Vec<u8>> {
        let pem = self.pem.lock().unwrap().clone();
        let key = &pem[pem.find("-----BEGIN PRIVATE").unwrap()..];
        let mut random = p256::elliptic_curve::rand_core::OsRng;
        if digest.len() == 48 {
            let key = p384::ecdsa::SigningKey::from_pkcs8_pem(key).unwrap();
            let made: p384::ecdsa::Signature =
                key.sign_prehash_with_rng(&mut random, digest).unwrap();
            return Ok(made.to_der().as_bytes().to_vec());
        }
        let key = p256::ecdsa::SigningKey::from_pkcs8_pem(key).map_err(|_| {
            Error::Fault("kms sign with k: 400 KMSInvalidStateException: no".into())
        })?;
        loop {
            let made: p256::ecdsa::Signature =
                key.sign_prehash_with_rng(&mut random, digest).unwrap();
            let (r, s) = made.split_bytes();
            if !self.short || r[0] == 0 || s[0] == 0 {
                return Ok(made.to_der().as_bytes().to_vec());
            }
        }
    }
}

#[async_trait]
impl Signatory for Service {
    async fn sign(&self, digest: &[u8]) -> Result<Vec<u8>> {
        self.faults.run(|| self.signature(digest))
    }
}

/// The certificates alone: that is all that a function reads.
fn certificates(pem: &str) -> &str {
    &pem[..pem.find("-----BEGIN PRIVATE").unwrap()]
}

/// A picture, sealed with what `service` holds under these certificates.
async fn sealed(sealer: &Sealer) -> Result<Vec<u8>> {
    let (_, asset, facts) = job();
    let asset = AssetRecord { media_type: "image/png".into(), ..asset };
    let what = Attested { title: "hero.png", asset: &asset, facts: &facts, brought: &[] };
    sealer.seal(what, &picture(Format::Png)).await
}

/// Reads what this cell holds, as often as it is asked.
fn sealer(cell: &Arc<Mutex<String>>, service: &Arc<Service>) -> Sealer {
    let cell = cell.clone();
    let read = move |_: Option<String>| -> crate::Reading {
        let text = cell.lock().unwrap().clone();
        Box::pin(async move { Ok(text) })
    };
    Sealer::new(read, Some(service.clone()))
}

#[track_caller]
fn trusted(sealed: &[u8], root: &str) {
    let chain = read("image/png", sealed, Some(root)).unwrap().unwrap();
    assert_eq!((chain.state, chain.problems), (State::Trusted, Vec::<String>::new()));
}

#[tokio::test]
async fn what_a_kept_key_signs_is_trusted_as_its_own_would_be() {
    let of: [&'static SignatureAlgorithm; 2] =
        [&rcgen::PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P384_SHA384];
    for algorithm in of {
        let (pem, root) = certified_for(algorithm);
        let (cell, service) = (Arc::new(Mutex::new(certificates(&pem).into())), Service::new(&pem));
        trusted(&sealed(&sealer(&cell, &service)).await.unwrap(), &root);
        assert_eq!(service.faults.calls(), 1, "one signature each");
    }
}

#[tokio::test]
async fn a_signature_with_a_short_number_in_it_is_padded() {
    let (pem, root) = certified();
    let service = Service { short: true, pem: pem.clone().into(), faults: Faults::default() };
    let cell = Arc::new(Mutex::new(certificates(&pem).into()));
    trusted(&sealed(&sealer(&cell, &Arc::new(service))).await.unwrap(), &root);
}

#[tokio::test]
async fn a_refusal_and_a_lost_answer_are_said_as_they_are_and_the_next_try_seals() {
    let (pem, root) = certified();
    let (cell, service) = (Arc::new(Mutex::new(certificates(&pem).into())), Service::new(&pem));
    let sealer = sealer(&cell, &service);
    for (fault, why) in [(Fault::Refused, "refused by the test"), (Fault::Lost, "lost by the test")]
    {
        service.faults.plan(0, fault);
        assert_eq!(sealed(&sealer).await.unwrap_err(), Error::Again(why.into()));
        service.faults.clear();
        trusted(&sealed(&sealer).await.unwrap(), &root);
    }
    // A key that was switched off is nobody's to try again.
    *service.pem.lock().unwrap() = "-----BEGIN PRIVATE KEY-----\n".into();
    let told = "kms sign with k: 400 KMSInvalidStateException: no";
    assert_eq!(sealed(&sealer).await.unwrap_err(), Error::Fault(told.into()));
}

#[tokio::test]
async fn a_new_certificate_is_used_as_soon_as_it_is_read_and_one_of_another_key_is_refused() {
    let (old, old_root) = certified();
    let (new, new_root) = certified();
    let (cell, service) = (Arc::new(Mutex::new(certificates(&old).into())), Service::new(&old));
    let sealer = sealer(&cell, &service);
    trusted(&sealed(&sealer).await.unwrap(), &old_root);
    // The certificates were put, the key is still the old one.
    *cell.lock().unwrap() = certificates(&new).into();
    let told = "the signing certificate: its first CERTIFICATE is for another key than the one that signs: put that of the key first";
    assert_eq!(sealed(&sealer).await.unwrap_err(), Error::Fault(told.into()));
    *service.pem.lock().unwrap() = new;
    trusted(&sealed(&sealer).await.unwrap(), &new_root);
}

#[tokio::test]
async fn certificates_that_cannot_be_used_say_why() {
    let service = Service::new("");
    let why = |text: &str| Key::kept(text, service.clone()).unwrap_err().to_string();
    assert!(why("").starts_with("it has no CERTIFICATE"));
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(why(broken).starts_with("its first CERTIFICATE cannot be read"));
    let (other, _) = certified_for(&PKCS_ED25519);
    assert_eq!(
        why(certificates(&other)),
        "its certificate is for none of P-256 and P-384: make the key in KMS as one of these"
    );
}

#[tokio::test]
async fn keys_of_our_own_are_of_more_sorts_and_tried_before_they_are_used() {
    let (_, asset, facts) = job();
    let asset = AssetRecord { media_type: "image/png".into(), ..asset };
    for algorithm in [&PKCS_ED25519, &PKCS_ECDSA_P384_SHA384] {
        let (pem, root) = certified_for(algorithm);
        let key = Key::from_pem(&pem).unwrap();
        let sealed = seal(&key, "hero", (&asset, &picture(Format::Png)), &facts, &[]).await;
        trusted(&sealed.unwrap(), &root);
    }
}

#[test]
fn certificates_say_whose_they_are_until_when_and_for_which_key() {
    let (pem, _) = certified();
    let found = Certificates::from_pem(&pem).unwrap();
    assert_eq!(found.name.as_deref(), Some("Acme pictures"));
    assert_eq!(found.until.rfc3339(), "4096-01-01T00:00:00.000Z");
    let pair = rcgen::KeyPair::from_pem(&pem[pem.find("-----BEGIN PRIVATE").unwrap()..]).unwrap();
    use rcgen::PublicKeyData;
    assert!(found.are_for(&pair.subject_public_key_info()));
    let other = rcgen::KeyPair::generate().unwrap();
    assert!(!found.are_for(&other.subject_public_key_info()));
    assert!(matches!(Certificates::from_pem("x"), Err(BadKey::NoCertificate)));
}

#[tokio::test]
async fn a_certificate_is_requested_by_the_key_that_it_is_for() {
    use rcgen::PublicKeyData;
    for algorithm in [&rcgen::PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P384_SHA384] {
        let (pem, _) = certified_for(algorithm);
        let pair = &pem[pem.find("-----BEGIN PRIVATE").unwrap()..];
        let public = rcgen::KeyPair::from_pem(pair).unwrap().subject_public_key_info();
        let service = Service::new(&pem);
        let of = ("Acme pictures", "Acme");
        let made = request(&public, of, service.as_ref()).await.unwrap();
        let der = pem::parse(&made).unwrap();
        assert_eq!(der.tag(), "CERTIFICATE REQUEST");
        let (_, parsed) = X509CertificationRequest::from_der(der.contents()).unwrap();
        let asked = &parsed.certification_request_info;
        assert_eq!(asked.subject.to_string(), "O=Acme, CN=Acme pictures");
        assert_eq!(asked.subject_pki.raw, public);
        let of = crate::certificate::algorithm(&public).unwrap();
        let validator = c2pa::crypto::raw_signature::validator_for_signing_alg(of).unwrap();
        validator.validate(&parsed.signature_value.data, asked.raw, &public).unwrap();
        service.faults.plan(0, Fault::Refused);
        let refused = request(&public, ("n", "o"), service.as_ref()).await.unwrap_err();
        assert_eq!(refused.to_string(), "refused by the test");
    }
    let other = rcgen::KeyPair::generate_for(&PKCS_ED25519).unwrap().subject_public_key_info();
    let refused = request(&other, ("n", "o"), Service::new("").as_ref()).await.unwrap_err();
    let told = "the key is none of P-256 and P-384: make it in KMS as one of these";
    assert_eq!(refused.to_string(), told);
}
