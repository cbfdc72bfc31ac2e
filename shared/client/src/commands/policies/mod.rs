//! `galley policies`: what gates look at, and what follows.
mod get;
mod list;
mod plants;
mod put;
mod schema;
mod validate;

use crate::{
    failure::{Exit, Failure},
    session::Session,
};

/// Check, store, list and read policies of gates
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  galley policies validate gates/brand.yaml
  galley policies put gates/brand.yaml
  galley policies list
  galley policies show brand --version 3
  galley policies schema > policy.schema.json
  galley policies plants add hand.png --policy brand --why 'six fingers'")]
pub(crate) enum Command {
    Validate(validate::Args),
    Put(put::Args),
    List(list::Args),
    #[command(name = "show", visible_alias = "get")]
    Get(get::Args),
    Schema(schema::Args),
    #[command(subcommand)]
    Plants(plants::Command),
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Validate(args) => validate::run(args, session).await,
        Command::Put(args) => put::run(args, session).await,
        Command::List(args) => list::run(args, session).await,
        Command::Get(args) => get::run(args, session).await,
        Command::Schema(args) => schema::run(&args),
        Command::Plants(command) => plants::run(command, session).await,
    }
}
