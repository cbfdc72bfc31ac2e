//! `galley pipelines validate`: everything that is wrong with a document, with its line.
use std::path::PathBuf;

use domain::pipeline::Pipeline;
use serde_json::json;

use crate::{
    documents,
    failure::{Exit, Failure},
    paint::{self, GOOD, paint},
    session::Session,
    show,
};

/// Check a pipeline, without any Galley
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley pipelines validate pipelines/hero-image.yaml
  galley pipelines validate draft.json --json | jq -r .pointer
  galley pipelines validate draft.yaml --remote

Exit code 0 when nothing is wrong, 1 otherwise. With --remote the API checks too: it knows what
the tenant may do, and may be newer than this command.")]
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
        let answer = session.client()?.validate_pipeline(&document).await?;
        if session.json {
            paint::json(&answer)?;
        } else {
            paint::line(&format!("{} {}", paint(GOOD, "valid"), args.file.display()))?;
        }
        return Ok(Exit::Succeeded);
    }
    match Pipeline::parse(documents::text(&document)) {
        Ok(pipeline) => {
            told(&pipeline, session)?;
            Ok(Exit::Succeeded)
        }
        Err(problems) => documents::invalid(&args.file, &problems, session.json),
    }
}

fn told(pipeline: &Pipeline, session: &Session) -> std::io::Result<()> {
    let (name, steps) = (&pipeline.name, pipeline.steps.len());
    let (waves, budget) = (pipeline.plan().waves.len(), pipeline.budget_micros as f64 / 1e6);
    if session.json {
        return paint::json(
            &json!({"name": name, "steps": steps, "waves": waves, "budget_usd": budget}),
        );
    }
    let budget = show::usd(budget);
    paint::line(&format!(
        "{} {name}: {steps} steps in {waves} waves, budget {budget}",
        paint(GOOD, "valid")
    ))
}
