//! `galley gates`: how good the gates are.
mod report;
mod table;

use crate::{
    failure::{Exit, Failure},
    session::Session,
};

/// See how good the gates are
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  galley gates report
  galley gates report --policy brand --since 7d --thresholds")]
pub(crate) enum Command {
    Report(report::Args),
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Report(args) => report::run(args, session).await,
    }
}
