//! `galley admin certificate`: a certificate for a key that never leaves KMS begins with a request that the key signs.
use serde_json::json;

use super::deployment::Deployment;
use crate::{
    failure::{Exit, Failure},
    paint::{self, note},
    session::Session,
};

/// The certificate that signs what is published
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  galley admin certificate request KEY --name 'Acme pictures' --organization Acme > signing.csr")]
pub(super) enum Command {
    Request(Request),
}

/// Print a request for a certificate, signed by the key of KMS that it is for
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin certificate request 1234abcd-12ab-34cd-56ef-1234567890ab --name 'Acme pictures' --organization Acme > signing.csr
  openssl req -in signing.csr -noout -text -verify

Hand it to your certificate authority; what that makes of it goes first into the PEM that CertificateSecret or
CertificateName names. Needs the rights kms:GetPublicKey and kms:Sign with that key; nothing is stored.")]
pub(super) struct Request {
    /// Id of the key: ECC_NIST_P256 or ECC_NIST_P384, for signing
    key: String,
    /// Whom readers of a file are told as its signer
    #[arg(long)]
    name: String,
    /// Whose certificate it is
    #[arg(long)]
    organization: String,
}

pub(super) async fn run(
    command: Command,
    deployment: &Deployment,
    session: &Session,
) -> Result<Exit, Failure> {
    let Command::Request(Request { key, name, organization }) = command;
    let held = deployment.kms_key(&key);
    let next = "check key, region, and the rights kms:GetPublicKey and kms:Sign";
    let refused = |why: String| Failure::here(why, next);
    let public = held.public().await.map_err(|why| refused(why.to_string()))?;
    let made = provenance::request(&public, (&name, &organization), &held).await;
    let made = made.map_err(|why| refused(why.to_string()))?;
    if session.json {
        paint::json(&json!({ "key": key, "request": made }))?;
    } else {
        note(&format!("for your certificate authority; it is for {name} of {organization}"));
        paint::line(made.trim_end())?;
    }
    Ok(Exit::Succeeded)
}
