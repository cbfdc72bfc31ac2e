//! `galley pipelines`: check, store, list and read pipelines.
mod get;
mod list;
mod push;
mod schema;
mod test;
mod validate;

use std::path::Path;

use client::Pipeline;

use crate::{
    documents,
    failure::{Exit, Failure},
    session::Session,
};

/// Check, store, list and read pipelines
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  galley pipelines validate pipelines/hero-image.yaml
  galley pipelines push pipelines/hero-image.yaml
  galley pipelines list
  galley pipelines get hero-image --version 3
  galley pipelines schema > pipeline.schema.json
  galley pipelines test hero-image --fixtures tests/fixtures/hero-image")]
pub(crate) enum Command {
    Validate(validate::Args),
    Push(push::Args),
    List(list::Args),
    Get(get::Args),
    Schema(schema::Args),
    Test(test::Args),
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Validate(args) => validate::run(args, session).await,
        Command::Push(args) => push::run(args, session).await,
        Command::List(args) => list::run(args, session).await,
        Command::Get(args) => get::run(args, session).await,
        Command::Schema(args) => schema::run(&args),
        Command::Test(args) => test::run(args, session).await,
    }
}

/// A stored pipeline by its name, or the document in a file.
pub(super) fn stored_or_file(text: &str) -> Result<Pipeline, Failure> {
    let file = Path::new(text);
    if !text.contains(['/', '\\']) && file.extension().is_none() {
        return Ok(Pipeline::Stored(text.into()));
    }
    // No check here: a newer Galley may know kinds that this client does not.
    let next = format!("`galley pipelines validate {text}` shows every place that is wrong");
    Ok(Pipeline::Inline(documents::value(file, &next)?))
}
