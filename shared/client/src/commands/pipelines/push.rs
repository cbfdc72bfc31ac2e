//! `galley pipelines push`: store a version of a pipeline.
use std::path::PathBuf;

use domain::pipeline::Pipeline;

use crate::{
    documents,
    failure::{Exit, Failure},
    paint::{self, GOOD, paint},
    session::Session,
};

/// Store a pipeline; a changed document becomes the next version
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley pipelines push pipelines/hero-image.yaml
  galley pipelines push draft.json --name hero-image

The document is checked here first, so that problems come with their lines.")]
pub(crate) struct Args {
    /// The document, YAML or JSON
    file: PathBuf,
    /// Name to store it under; the document's own by default
    #[arg(long)]
    name: Option<String>,
    /// Leave all checks to the API, which may be newer than this command
    #[arg(long, requires = "name")]
    unchecked: bool,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let document = documents::read(&args.file)?;
    // Whether its tenant's gates do in place of its own, the API knows.
    let own = || Pipeline::parse_under(documents::text(&document), true).map(|it| it.name);
    let name = documents::named(
        &args.file,
        (args.name, args.unchecked),
        own,
        "the pipeline was not stored",
    )?;
    let stored = session.client()?.put_pipeline(&name, &document).await?;
    if session.json {
        paint::json(&stored)?;
    } else {
        let version = paint(GOOD, &stored.version.to_string());
        paint::line(&format!("{}@{version}  sha256 {}", stored.name, stored.sha256))?;
    }
    Ok(Exit::Succeeded)
}
