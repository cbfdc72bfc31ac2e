//! `galley ops`: what hangs and why, and the operator's hand on it, by their own AWS credentials.
mod confirm;
mod dlq;
pub(super) mod hosts;
pub(super) mod lane;
mod letter;
mod news;
pub(super) mod rate;
mod resolve;
mod retry;
mod stuck;
mod sweep;

use super::deployment;
use crate::{
    failure::{Exit, Failure},
    session::Session,
};

/// Operate Galley: see what hangs, mend it, hold and drain lanes
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley ops stuck
  galley ops hosts
  galley ops drain gpu 'new hosts'
  galley ops --stack galley-staging dlq list

This goes past the API, straight to table, queues and functions, with the AWS credentials of whoever runs it.
On AWS, --stack says which deployment is meant; its outputs say where everything is.")]
pub(crate) struct Args {
    #[command(flatten)]
    which: deployment::Which,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Stuck(stuck::Args),
    Sweep(sweep::Args),
    Retry(retry::Args),
    Resolve(resolve::Args),
    Hosts(hosts::Args),
    Hold(lane::Hold),
    Resume(lane::Resume),
    Drain(lane::Drain),
    Trust(lane::Trust),
    Wake(lane::Wake),
    Rate(rate::Args),
    #[command(subcommand)]
    Dlq(dlq::Command),
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let deployment = deployment::open(session, args.which).await?;
    match args.command {
        Command::Stuck(args) => stuck::run(args, &deployment, session).await,
        Command::Sweep(_) => sweep::run(&deployment, session).await,
        Command::Retry(args) => retry::run(args, &deployment, session).await,
        Command::Resolve(args) => resolve::run(args, &deployment, session).await,
        Command::Hosts(args) => hosts::run(args, &deployment, session).await,
        Command::Hold(args) => lane::hold(args, &deployment).await,
        Command::Resume(args) => lane::resume(args, &deployment).await,
        Command::Drain(args) => lane::drain(args, &deployment, session).await,
        Command::Trust(args) => lane::trust(args, &deployment).await,
        Command::Wake(args) => lane::wake(args, &deployment).await,
        Command::Rate(args) => rate::run(args, &deployment).await,
        Command::Dlq(command) => dlq::run(command, &deployment, session).await,
    }
}
