//! `galley triggers list`: the tenant's triggers.
use crate::{
    failure::{Exit, Failure},
    paint::{self, note},
    session::Session,
};

/// List the triggers
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley triggers list
  galley triggers list --json | jq -r .name")]
pub(crate) struct Args {}

pub(crate) async fn run(_args: Args, session: &Session) -> Result<Exit, Failure> {
    let triggers = session.client()?.triggers().await?;
    if session.json {
        triggers.iter().try_for_each(paint::json)?;
        return Ok(Exit::Succeeded);
    }
    if triggers.is_empty() {
        note("no triggers; `galley triggers put FILE` stores one");
    }
    triggers.iter().try_for_each(super::line)?;
    Ok(Exit::Succeeded)
}
