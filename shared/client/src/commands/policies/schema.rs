//! `galley policies schema`: the format for editors.
use crate::{
    failure::{Exit, Failure},
    paint,
};

/// Print the JSON Schema of the policy format
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley policies schema > policy.schema.json
  galley policies schema | jq '.[\"$defs\"].judge.properties | keys'

Editors with the YAML language server complete and check a document that begins with
  # yaml-language-server: $schema=policy.schema.json
The rule in CEL needs more than a schema: `galley policies validate` checks it.")]
pub(crate) struct Args {}

pub(crate) fn run(_args: &Args) -> Result<Exit, Failure> {
    paint::line(&format!("{:#}", domain::gate::policy::policy_schema()))?;
    Ok(Exit::Succeeded)
}
