//! `galley pipelines list`: what can be submitted by name.
use client::PipelineVersion;

use crate::{
    failure::{Exit, Failure},
    paint::{self, DIM, note, paint, plain},
    session::Session,
    times,
};

/// List the stored pipelines, the newest version of each
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley pipelines list
  galley pipelines list --json | jq -r .name")]
pub(crate) struct Args {}

pub(crate) async fn run(_args: Args, session: &Session) -> Result<Exit, Failure> {
    let pipelines = session.client()?.pipelines().await?;
    if session.json {
        pipelines.iter().try_for_each(paint::json)?;
        return Ok(Exit::Succeeded);
    }
    if pipelines.is_empty() {
        note("no pipelines; `galley pipelines push FILE` stores one");
    }
    let name = |it: &PipelineVersion| format!("{}@{}", it.name, it.version);
    let width = pipelines.iter().map(|it| name(it).len()).max().unwrap_or(0);
    for pipeline in &pipelines {
        let stored = pipeline.created_at.as_deref().map(times::when).unwrap_or_default();
        let description = pipeline.description.as_deref().map(plain).unwrap_or_default();
        let line = format!("{:width$}  {}  {description}", name(pipeline), paint(DIM, &stored));
        paint::line(line.trim_end())?;
    }
    Ok(Exit::Succeeded)
}
