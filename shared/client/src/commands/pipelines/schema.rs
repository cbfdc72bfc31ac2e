//! `galley pipelines schema`: the format for editors.
use crate::{
    failure::{Exit, Failure},
    paint,
};

/// Print the JSON Schema of the pipeline format
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley pipelines schema > pipeline.schema.json
  galley pipelines schema --gates > gates.schema.json
  galley pipelines schema | jq '.[\"$defs\"][\"image.resize\"].properties | keys'

Editors with the YAML language server complete and check a document that begins with
  # yaml-language-server: $schema=pipeline.schema.json
References, cycles and gates need the whole graph: `galley pipelines validate` checks those.")]
pub(crate) struct Args {
    /// That of `galley admin tenants gates` instead
    #[arg(long)]
    gates: bool,
}

pub(crate) fn run(args: &Args) -> Result<Exit, Failure> {
    let schema = match args.gates {
        true => domain::pipeline::mandate_schema(),
        false => domain::pipeline::schema(),
    };
    paint::line(&format!("{schema:#}"))?;
    Ok(Exit::Succeeded)
}
