//! `galley admin`: what only operators may do, by their own AWS credentials, straight on the table.
mod table;
mod tenants;
mod triggers;

use crate::{
    failure::{Exit, Failure},
    session::Session,
};

/// Operate Galley: tenants, their keys, triggers
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin tenants add acme --tier premium
  galley admin tenants list
  galley admin triggers put acme triggers/photos.yaml
  AWS_PROFILE=production galley admin --table galley-production tenants rotate acme

This goes past the API, straight to the table, with the AWS credentials of whoever runs it.
The nearest .galley/stack.json or the profile may name table, region and endpoint_url.")]
pub(crate) struct Args {
    /// The table of the deployment
    #[arg(long, global = true, env = "GALLEY_TABLE", hide_env_values = true, value_name = "NAME")]
    table: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    #[command(subcommand)]
    Tenants(tenants::Command),
    #[command(subcommand)]
    Triggers(triggers::Command),
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let table = table::open(session, args.table).await?;
    match args.command {
        Command::Triggers(command) => triggers::run(command, &table, session).await,
        Command::Tenants(command) => tenants::run(command, &table, session).await,
    }
}
