//! `galley admin reuse`: earlier results that are not to be used again.
use domain::{
    id::AssetId,
    ports::Table,
    reuse::{Forget, forget},
};

use super::tenants::named;
use crate::{
    failure::{Exit, Failure},
    paint,
    session::Session,
};

/// Look after results that are used again instead of being paid again
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  galley admin reuse forget --model sketch-1
  galley admin reuse forget --tenant acme")]
pub(super) enum Command {
    Forget(Args),
}

/// Forget earlier results, so that the same work is done and paid again
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin reuse forget --model openai/gpt-image-1     # its vendor changed it under the same name
  galley admin reuse forget --tenant acme --model sketch-1
  galley admin reuse forget --asset j01m7w9vekf69myba5e4t7pvntw.generate.1.0

No asset goes: only what would be given to later jobs is forgotten. What is being made meanwhile is not kept either, and
whoever waits for it makes its own. To repeat a command is safe.")]
#[group(required = true, multiple = true)]
pub(super) struct Args {
    /// Those of this tenant
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// Those of this model: VENDOR/MODEL, or a model of your own hosts
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// The one that gave this asset, by its whole id
    #[arg(long, value_name = "ID", conflicts_with_all = ["tenant", "model"])]
    asset: Option<String>,
}

pub(super) async fn run(
    command: Command,
    table: &dyn Table,
    session: &Session,
) -> Result<Exit, Failure> {
    let Command::Forget(args) = command;
    let forgotten = forget(table, &which(&args)?).await?;
    match session.json {
        true => paint::json(&serde_json::json!({ "forgotten": forgotten }))?,
        false => paint::line(&format!("forgot {forgotten} results"))?,
    }
    Ok(Exit::Succeeded)
}

fn which(args: &Args) -> Result<Forget, Failure> {
    let asset = args.asset.as_deref().map(AssetId::parse).transpose().map_err(|error| {
        Failure::here(error.to_string(), "`galley get JOB` shows ids of assets; give the whole one")
    })?;
    let tenant = args.tenant.as_deref().map(named).transpose()?;
    Ok(Forget { tenant, model: args.model.clone(), asset })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_must_be_a_name() {
        let args = |tenant: Option<&str>, asset: Option<&str>| Args {
            tenant: tenant.map(str::to_owned),
            model: Some("sketch-1".into()),
            asset: asset.map(str::to_owned),
        };
        let scope = which(&args(Some("acme"), None)).unwrap();
        assert_eq!(scope.tenant.unwrap().as_str(), "acme");
        assert_eq!(scope.model.as_deref(), Some("sketch-1"));
        assert!(which(&args(Some("ACME!"), None)).is_err());
        assert!(which(&args(None, Some("one"))).is_err());
    }
}
