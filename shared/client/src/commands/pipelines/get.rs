//! `galley pipelines get`: read a stored pipeline.
use crate::{
    failure::{Exit, Failure},
    paint,
    session::Session,
};

/// Print a stored pipeline
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley pipelines get hero-image
  galley pipelines get hero-image --version 3 > hero-image.json")]
pub(crate) struct Args {
    /// Name of the pipeline
    name: String,
    /// Version, the newest by default
    #[arg(long, value_name = "N")]
    version: Option<u64>,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let pipeline = session.client()?.pipeline(&args.name, args.version).await?;
    if session.json {
        paint::json(&pipeline)?;
    } else {
        paint::line(&format!("{pipeline:#}"))?;
    }
    Ok(Exit::Succeeded)
}
