//! `galley pipelines schema`: the format for editors.
use crate::{
    failure::{Exit, Failure},
    paint,
};

/// Print the JSON Schema of the pipeline format
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley pipelines schema > pipeline.schema.json
  galley pipelines schema | jq '.[\"$defs\"][\"image.resize\"].properties | keys'

Editors with the YAML language server complete and check a document that begins with
  # yaml-language-server: $schema=pipeline.schema.json
References, cycles and gates need the whole graph: `galley pipelines validate` checks those.")]
pub(crate) struct Args {}

pub(crate) fn run(_args: &Args) -> Result<Exit, Failure> {
    paint::line(&format!("{:#}", domain::pipeline::schema()))?;
    Ok(Exit::Succeeded)
}
