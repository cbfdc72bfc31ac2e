//! `galley pipelines`: check, store and read pipelines.
mod get;
mod push;
mod validate;

use std::path::Path;

use client::{Document, Pipeline};
use domain::pipeline::Problem;
use serde_json::Value;

use crate::{
    failure::{Exit, Failure},
    paint::{BAD, BOLD, DIM, paint},
    session::Session,
};

/// Check, store and read pipelines
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  galley pipelines validate pipelines/hero-image.yaml
  galley pipelines push pipelines/hero-image.yaml
  galley pipelines get hero-image --version 3")]
pub(crate) enum Command {
    Validate(validate::Args),
    Push(push::Args),
    Get(get::Args),
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Validate(args) => validate::run(args, session).await,
        Command::Push(args) => push::run(args, session).await,
        Command::Get(args) => get::run(args, session).await,
    }
}

/// A stored pipeline by its name, or the document in a file.
pub(super) fn stored_or_file(text: &str) -> Result<Pipeline, Failure> {
    let file = Path::new(text);
    if !text.contains(['/', '\\']) && file.extension().is_none() {
        return Ok(Pipeline::Stored(text.into()));
    }
    // No check here: a newer Galley may know kinds that this client does not.
    let wrong = |error: &dyn std::fmt::Display| {
        let next = format!("`galley pipelines validate {text}` shows every place that is wrong");
        Failure::here(format!("{text}: {error}"), next)
    };
    let inline: Value = match document(file)? {
        Document::Json(text) => serde_json::from_str(&text).map_err(|error| wrong(&error))?,
        Document::Yaml(text) => serde_saphyr::from_str(&text).map_err(|error| wrong(&error))?,
    };
    Ok(Pipeline::Inline(inline))
}

/// A pipeline document from a file; its form is told by the file's name.
fn document(file: &Path) -> Result<Document, Failure> {
    let bad = |error| client::Error::File(file.display().to_string(), error);
    let text = std::fs::read_to_string(file).map_err(bad)?;
    let json = file.extension().is_some_and(|it| it.eq_ignore_ascii_case("json"));
    Ok(if json { Document::Json(text) } else { Document::Yaml(text) })
}

fn text(document: &Document) -> &str {
    match document {
        Document::Json(text) | Document::Yaml(text) => text,
    }
}

/// A problem as compilers show one: place, what is wrong, what would be right.
fn problem(file: &Path, problem: &Problem) -> String {
    let mut place = file.display().to_string();
    for number in [problem.line, problem.column].into_iter().flatten() {
        place += &format!(":{number}");
    }
    let pointer = if problem.pointer.is_empty() { "/" } else { &problem.pointer };
    let (detail, fix) = (&problem.detail, &problem.fix);
    let first = format!("{}: {} {detail}", paint(BOLD, &place), paint(BAD, pointer));
    if fix.is_empty() { first } else { format!("{first}\n  {} {fix}", paint(DIM, "right:")) }
}
