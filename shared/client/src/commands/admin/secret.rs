//! `galley admin tenants secret`: by what a tenant's receivers tell Galley's webhooks from others'.
use publishers::signature::{Secret, Signing};
use serde_json::json;

use super::{deployment::Deployment, tenants};
use crate::{
    failure::{Exit, Failure},
    paint::{self, note},
    session::Session,
};

/// Print the secret that signs a tenant's webhooks
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin tenants secret acme
  galley admin tenants secret acme --signing-key /galley/production/signing-key > acme.whsec

It follows from the deployment's signing key and changes with that, or when the tenant rotates it
(`galley webhook rotate`). Signatures are those of Standard Webhooks.")]
pub(super) struct Args {
    /// Name of the tenant
    name: String,
    /// Name of the SSM parameter with the signing key; a local stack's own by default
    #[arg(long, env = "GALLEY_SIGNING_KEY_NAME", hide_env_values = true, value_name = "NAME")]
    signing_key: Option<String>,
}

pub(super) async fn run(
    args: Args,
    deployment: &Deployment,
    session: &Session,
) -> Result<Exit, Failure> {
    let tenant = tenants::present(&deployment.table, &args.name).await?;
    let key = deployment.signing_key(args.signing_key).await?;
    let signing = Signing::read(&deployment.table, &tenant).await?;
    let secrets: Vec<_> = signing.secrets(&key, &tenant, aws::clock::now());
    let secret = secrets[0].reveal();
    if session.json {
        let previous = secrets.get(1).map(Secret::reveal);
        paint::json(&json!({"tenant": tenant, "secret": secret, "previous": previous}))?;
    } else {
        note(&format!("for the receivers of {tenant}'s webhooks, and nobody else"));
        paint::line(&secret)?;
    }
    Ok(Exit::Succeeded)
}
