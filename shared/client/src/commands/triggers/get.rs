//! `galley triggers get`: read a trigger.
use crate::{
    failure::{Exit, Failure},
    paint::{self, note},
    session::Session,
};

/// Print a trigger
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley triggers get cms
  galley triggers get cms > cms.json
  galley triggers get cms --json | jq .next_at

What is printed is the document alone and can be put again; with --json it comes with its times and
the address of its webhook. Secrets are never shown again.")]
pub(crate) struct Args {
    /// Name of the trigger
    name: String,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let stored = session.client()?.trigger(&args.name).await?;
    if session.json {
        paint::json(&stored)?;
        return Ok(Exit::Succeeded);
    }
    paint::line(&format!("{:#}", stored["trigger"]))?;
    for (name, field) in [("url", "url"), ("next", "next_at"), ("stored", "updated_at")] {
        if let Some(text) = stored[field].as_str() {
            note(&format!("{name:7} {text}"));
        }
    }
    Ok(Exit::Succeeded)
}
