//! `galley admin`: what only operators may do, by their own AWS credentials, straight on the deployment.
use super::deployment;

mod budget;
mod certificate;
mod erase;
mod gates;
mod hours;
mod keep;
mod lists;
mod models;
mod moderation;
mod people;
mod rank;
mod reuse;
mod secret;
mod sources;
mod tenants;
mod triggers;
mod vendors;

use crate::{
    failure::{Exit, Failure},
    session::Session,
};

/// Set Galley up: tenants, their keys, their people, vendors, triggers, moderation
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin tenants add acme --tier premium
  galley admin tenants list
  galley admin people put acme anna --role reviewer
  galley admin vendors add fal --slots 10 --key-file fal.key
  galley admin triggers
  galley admin moderation put acme moderation.yaml
  galley admin models rank openai/gpt-image-1 95
  galley admin reuse forget --model sketch-1
  AWS_PROFILE=production galley admin --table galley-production tenants rotate acme

This goes past the API, straight to table, bucket and parameters, with the AWS credentials of whoever runs it.
The nearest .galley/stack.json or the profile may name table, buckets.assets, dispatch_queue_url,
signing_key, region and endpoint_url.")]
pub(crate) struct Args {
    #[command(flatten)]
    which: deployment::Which,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    #[command(subcommand)]
    Tenants(tenants::Command),
    #[command(subcommand)]
    People(people::Command),
    Triggers(triggers::Args),
    Moderation(moderation::Args),
    #[command(subcommand)]
    Models(models::Command),
    #[command(subcommand)]
    Vendors(vendors::Command),
    #[command(subcommand)]
    Reuse(reuse::Command),
    #[command(subcommand)]
    Certificate(certificate::Command),
    Erase(erase::Args),
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let deployment = deployment::open(session, args.which).await?;
    match args.command {
        Command::Triggers(args) => triggers::run(args, &deployment, session).await,
        Command::Tenants(command) => tenants::run(command, &deployment, session).await,
        Command::People(command) => people::run(command, &deployment.table, session).await,
        Command::Erase(args) => erase::run(args, &deployment, session).await,
        Command::Vendors(command) => vendors::run(command, &deployment, session).await,
        Command::Models(command) => models::run(command, &deployment.table, session).await,
        Command::Certificate(command) => certificate::run(command, &deployment, session).await,
        Command::Reuse(command) => reuse::run(command, &deployment.table, session).await,
        Command::Moderation(args) => moderation::run(args, &deployment, session).await,
    }
}
