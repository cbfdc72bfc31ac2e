//! `galley triggers test`: the job that a trigger would make of an event.
use std::path::PathBuf;

use serde_json::Value;

use crate::{
    documents,
    failure::{Exit, Failure},
    paint::{self, BAD, DIM, GOOD, paint, plain},
    session::Session,
};

/// Show the job that a trigger would make of an event, and make none
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley triggers test product-photo-upload --event events/s3-object-created.json
  galley triggers test entries --event events/cms-entry-published.json
  galley triggers test cms --event events/webhook.json
  galley triggers test daily
  galley triggers test cms --event body.json --json | jq .job.inputs

An event is EventBridge's envelope, a webhook's request as API Gateway has it or its body alone, or the
time of a schedule: without one, the next. Exit code 0 where a job would be made, 1 where none would.")]
pub(crate) struct Args {
    /// Name of the trigger
    name: String,
    /// The event, JSON
    #[arg(long, value_name = "FILE")]
    event: Option<PathBuf>,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let event = match &args.event {
        Some(file) => Some(documents::value(file, "give an event as JSON")?),
        None => None,
    };
    let tried = session.client()?.test_trigger(&args.name, event.as_ref()).await?;
    let would = tried["matches"] == true && tried["problem"].is_null();
    match session.json {
        true => paint::json(&tried)?,
        false => show(&tried, would)?,
    }
    Ok(if would { Exit::Succeeded } else { Exit::Failed })
}

fn show(tried: &Value, would: bool) -> std::io::Result<()> {
    let text = |value: &Value| match value {
        Value::String(text) => plain(text),
        other => other.to_string(),
    };
    for miss in tried["misses"].as_array().into_iter().flatten() {
        let what = paint(BAD, "does not match");
        paint::line(&format!("{what}  {}: {}", text(&miss["pointer"]), text(&miss["detail"])))?;
    }
    let job = &tried["job"];
    if job.is_object() {
        let version = job["version"].as_u64().map(|n| format!("@{n}")).unwrap_or_default();
        let what = if would { paint(GOOD, "matches") } else { paint(BAD, "matches, but") };
        paint::line(&format!("{what}  {}{version}", text(&job["pipeline"])))?;
        for kind in ["inputs", "labels"] {
            for (name, value) in job[kind].as_object().into_iter().flatten() {
                paint::line(&format!("  {kind:7} {name} = {}", text(value)))?;
            }
        }
        paint::line(&format!("  dedupe  {}", text(&job["dedupe"])))?;
    }
    for (name, field) in
        [("made before", "made_before"), ("problem", "problem"), ("signature", "signature")]
    {
        if !tried[field].is_null() {
            paint::line(&format!("  {} {}", paint(DIM, name), text(&tried[field])))?;
        }
    }
    Ok(())
}
