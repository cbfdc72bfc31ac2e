//! Content credentials: whether certificate and key are there, fit each other, and for how long.
use std::collections::BTreeMap;

use domain::Time;
use provenance::{Certificates, Key};

use super::{
    facts::Found,
    judge::{Finding, bad, good, warn},
};
use crate::commands::deployment::Deployment;

/// How long before its end a certificate is told to be renewed, in days.
const RENEW_DAYS: i64 = 30;
const DAY_MS: i64 = 86_400_000;
const CHECK: &str = "content credentials";

/// What signs that which is published.
pub(super) struct Certified {
    /// Whom the certificate names.
    pub(super) name: String,
    pub(super) until: Time,
    /// Whether the key is one of KMS.
    pub(super) kms: bool,
}

/// What the stack's parameters name to sign with; none where they name nothing.
pub(super) async fn certified(
    deployment: &Deployment,
    names: &BTreeMap<String, String>,
) -> Option<Found<Certified>> {
    let named = |parameter| names.get(parameter).filter(|name| !name.is_empty());
    let key = named("CertificateKey");
    let secret = match (named("CertificateSecret"), named("CertificateName")) {
        (Some(name), _) => deployment.managed(name),
        (None, Some(name)) => deployment.secret(name),
        (None, None) => {
            let alone = "CertificateKey names a key, and neither CertificateSecret nor CertificateName names its certificates: nothing is signed";
            return key.map(|_| Err(alone.into()));
        }
    };
    Some(fitting(deployment, secret, key).await)
}

async fn fitting(
    deployment: &Deployment,
    secret: aws::Secret,
    key: Option<&String>,
) -> Found<Certified> {
    let pem = secret.get().await.map_err(|why| why.to_string())?;
    let found = Certificates::from_pem(&pem).map_err(|why| why.to_string())?;
    match key {
        None => Key::from_pem(&pem).map(drop).map_err(|why| why.to_string())?,
        Some(id) => {
            let public = deployment.kms_key(id).public().await.map_err(|why| why.to_string())?;
            if !found.are_for(&public) {
                return Err(format!("its first CERTIFICATE is not for the KMS key {id}"));
            }
        }
    }
    let name = found.name.unwrap_or_else(|| "a certificate without a name".into());
    Ok(Certified { name, until: found.until, kms: key.is_some() })
}

pub(super) fn judged(found: &Found<Certified>, now: Time) -> Finding {
    let renew = "put the next one in its place: infra/DEPLOY.md, section Content credentials";
    let one = match found {
        Ok(one) => one,
        Err(why) => {
            let next = "until then nothing that could be sealed is published: infra/DEPLOY.md, section Content credentials, says what goes where";
            return bad(CHECK, why, next);
        }
    };
    let (name, day) = (&one.name, one.until.rfc3339());
    let day = day.split('T').next().unwrap_or_default();
    if one.until <= now {
        return bad(CHECK, format!("the certificate of {name} ended {day}"), renew);
    }
    if one.until.since_ms(now) < RENEW_DAYS * DAY_MS {
        return warn(CHECK, format!("the certificate of {name} ends {day}"), renew);
    }
    let kms = if one.kms { ", its key in KMS" } else { "" };
    good(CHECK, format!("{name}, until {day}{kms}"))
}
