//! `galley pipelines get`: read a stored pipeline.
use crate::{
    failure::{Exit, Failure},
    paint::{self, note},
    session::Session,
};

/// Print a stored pipeline
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley pipelines get hero-image
  galley pipelines get hero-image --version 3 > hero-image.json
  galley pipelines get hero-image --json | jq .created_at

What is printed is the document alone and can be pushed again; with --json it comes with its
version, hash and time.")]
pub(crate) struct Args {
    /// Name of the pipeline
    name: String,
    /// Version, the newest by default
    #[arg(long, value_name = "N")]
    version: Option<u64>,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let stored = session.client()?.pipeline(&args.name, args.version).await?;
    if session.json {
        paint::json(&stored)?;
        return Ok(Exit::Succeeded);
    }
    // The document alone, so that what is printed can be edited and pushed again.
    paint::line(&format!("{:#}", stored.get("pipeline").unwrap_or(&stored)))?;
    if let (Some(version), Some(sha256)) = (stored["version"].as_u64(), stored["sha256"].as_str()) {
        note(&format!("{}@{version}  sha256 {sha256}", args.name));
    }
    Ok(Exit::Succeeded)
}
