//! `galley triggers delete`: take a trigger out.
use crate::{
    failure::{Exit, Failure},
    paint::{self, note},
    session::Session,
};

/// Delete a trigger; jobs that it made go on
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley triggers delete cms
  galley triggers delete cms --json")]
pub(crate) struct Args {
    /// Name of the trigger
    name: String,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let gone = session.client()?.delete_trigger(&args.name).await?;
    if session.json {
        paint::json(&gone)?;
    } else {
        note(&format!("trigger {} is gone", args.name));
    }
    Ok(Exit::Succeeded)
}
