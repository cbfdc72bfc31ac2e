//! `galley policies validate`: everything that is wrong with a document, with its line.
use std::path::PathBuf;

use domain::gate::policy::Policy;
use serde_json::json;

use crate::{
    documents,
    failure::{Exit, Failure},
    paint::{self, GOOD, paint},
    session::Session,
};

/// Check a policy, without any Galley
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley policies validate gates/brand.yaml
  galley policies validate draft.json --json | jq -r .pointer
  galley policies validate draft.yaml --remote

Exit code 0 when nothing is wrong, 1 otherwise. With --remote the API checks too: it knows which
models there are, and may be newer than this command.")]
pub(crate) struct Args {
    /// The document, YAML or JSON
    file: PathBuf,
    /// Have the API check it, not this command
    #[arg(long)]
    remote: bool,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let document = documents::read(&args.file)?;
    if args.remote {
        let answer = session.client()?.validate_policy(&document).await?;
        if session.json {
            paint::json(&answer)?;
        } else {
            paint::line(&format!("{} {}", paint(GOOD, "valid"), args.file.display()))?;
        }
        return Ok(Exit::Succeeded);
    }
    match Policy::parse(documents::text(&document)) {
        Ok(policy) => {
            let (name, criteria) = (&policy.name, policy.criteria.len());
            if session.json {
                paint::json(
                    &json!({ "name": name, "criteria": criteria, "sha256": policy.digest() }),
                )?;
            } else {
                let owner = paint::plain(&policy.owner);
                let valid = paint(GOOD, "valid");
                paint::line(&format!("{valid} {name}: {criteria} criteria, owned by {owner}"))?;
            }
            Ok(Exit::Succeeded)
        }
        Err(problems) => documents::invalid(&args.file, &problems, session.json),
    }
}
