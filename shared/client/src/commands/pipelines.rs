//! `galley pipelines`: store, check and read pipelines.
use std::path::{Path, PathBuf};

use client::{Document, Pipeline};
use serde_json::Value;

use crate::{
    failure::{Exit, Failure},
    paint::{self, GOOD, paint},
    session::Session,
};

/// Store, check and read pipelines
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  galley pipelines validate pipelines/hero-image.yaml
  galley pipelines push pipelines/hero-image.yaml
  galley pipelines get hero-image --version 3")]
pub(crate) enum Command {
    Push(Push),
    Get(Get),
}

/// Store a pipeline; a changed document becomes the next version
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley pipelines push pipelines/hero-image.yaml
  galley pipelines push draft.json --name hero-image")]
pub(crate) struct Push {
    /// The document, YAML or JSON
    file: PathBuf,
    /// Name to store it under; the file's own name by default
    #[arg(long)]
    name: Option<String>,
}

/// Print a stored pipeline
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley pipelines get hero-image
  galley pipelines get hero-image --version 3 > hero-image.json")]
pub(crate) struct Get {
    /// Name of the pipeline
    name: String,
    /// Version, the newest by default
    #[arg(long, value_name = "N")]
    version: Option<u64>,
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Push(args) => push(args, session).await,
        Command::Get(args) => get(args, session).await,
    }
}

async fn push(args: Push, session: &Session) -> Result<Exit, Failure> {
    let document = document(&args.file)?;
    let stem = || args.file.file_stem().and_then(|stem| stem.to_str()).unwrap_or("").to_owned();
    let name = args.name.clone().unwrap_or_else(stem);
    let stored = session.client()?.put_pipeline(&name, &document).await?;
    if session.json {
        paint::json(&stored)?;
    } else {
        paint::line(&format!(
            "{}@{}  {}",
            stored.name,
            paint(GOOD, &stored.version.to_string()),
            stored.sha256
        ))?;
    }
    Ok(Exit::Succeeded)
}

async fn get(args: Get, session: &Session) -> Result<Exit, Failure> {
    let pipeline = session.client()?.pipeline(&args.name, args.version).await?;
    if session.json {
        paint::json(&pipeline)?;
    } else {
        paint::line(&format!("{pipeline:#}"))?;
    }
    Ok(Exit::Succeeded)
}

/// A pipeline document from a file; its form is told by the file's name.
fn document(file: &Path) -> Result<Document, Failure> {
    let bad = |error| client::Error::File(file.display().to_string(), error);
    let text = std::fs::read_to_string(file).map_err(bad)?;
    let json = file.extension().is_some_and(|it| it.eq_ignore_ascii_case("json"));
    Ok(if json { Document::Json(text) } else { Document::Yaml(text) })
}

/// A stored pipeline by its name, or the document in a file.
pub(super) fn stored_or_file(text: &str) -> Result<Pipeline, Failure> {
    let file = Path::new(text);
    let named = !text.contains('/') && file.extension().is_none();
    if named {
        return Ok(Pipeline::Stored(text.into()));
    }
    let Document::Json(json) = document(file)? else {
        return Err(Failure::here(
            format!("{text}: not JSON"),
            "push it first, or write it as JSON",
        ));
    };
    let inline: Value = serde_json::from_str(&json)
        .map_err(|error| Failure::here(format!("{text}: {error}"), "correct the file"))?;
    Ok(Pipeline::Inline(inline))
}
