//! `galley submit`: ask for a job.
use std::{path::PathBuf, time::Duration};

use client::{Submission, Webhook};

use crate::{
    failure::{Exit, Failure},
    follow,
    inputs::{self, Given},
    paint::{self, note},
    session::Session,
    show,
};

/// The longest time that the API itself holds an answer.
const HELD_BY_API: u64 = 20;

/// Submit a job
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley submit hero-image --input prompt='a lighthouse at dusk' --watch
  galley submit product-photo@2 --input photo=@shoe.jpg --label sku=4711
  galley submit ./draft.json --inputs inputs.json --input seed:=7 --wait 60
  JOB=$(galley submit hero-image --input prompt=@prompt.txt)
  galley submit hero-image --input prompt='a fox' --not-before 2026-11-21T06:00:00Z

A repetition under the same --key-id gives the first job again, never a second one.
With --watch or --wait the exit code is the job's: 0 succeeded, 2 rejected, 1 anything else,
a job that has not ended in time included.")]
pub(crate) struct Args {
    /// Stored pipeline, NAME or NAME@VERSION; or a file with a pipeline of its own
    pipeline: String,
    /// An input: NAME=TEXT, NAME:=JSON, or NAME=@FILE (media is uploaded)
    #[arg(short, long = "input", value_name = "NAME=VALUE", value_parser = inputs::parse)]
    inputs: Vec<(String, Given)>,
    /// File with a JSON object of inputs; --input wins over it
    #[arg(long = "inputs", value_name = "FILE")]
    inputs_file: Option<PathBuf>,
    /// A note of your own on the job
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = inputs::label)]
    labels: Vec<(String, String)>,
    /// Post the job's news to this address, in place of your own webhook
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,
    /// Only these types of events, such as job.failed or publication.*
    #[arg(long = "event", value_name = "TYPE", requires = "webhook")]
    events: Vec<String>,
    /// Begin no earlier than this: a time such as 2026-11-21T06:00:00Z
    #[arg(long, value_name = "TIME")]
    not_before: Option<String>,
    /// Idempotency key; random when not given
    #[arg(long, value_name = "KEY")]
    key_id: Option<String>,
    /// Follow the job to its end
    #[arg(short, long)]
    watch: bool,
    /// Wait so long for the job's end, then show it
    #[arg(long, value_name = "SECONDS", conflicts_with = "watch")]
    wait: Option<u64>,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let wait = args.wait.unwrap_or(0);
    let submission = Submission {
        pipeline: super::pipelines::stored_or_file(&args.pipeline)?,
        inputs: inputs::gather(&client, args.inputs_file.as_deref(), args.inputs).await?,
        labels: args.labels.into_iter().collect(),
        webhook: args.webhook.map(|url| Webhook { url, events: args.events, ..Webhook::default() }),
        not_before: args.not_before,
        idempotency_key: args.key_id,
        wait: Duration::from_secs(wait.min(HELD_BY_API)),
    };
    let job = client.submit(&submission).await?;
    if args.watch {
        note(&format!("{} {}", job.id, job.state));
        return follow::to_the_end(session, &client, job, 0).await;
    }
    let job = match wait.checked_sub(HELD_BY_API) {
        Some(rest) => follow::quietly(&client, job, Duration::from_secs(rest)).await?,
        None => job,
    };
    if session.json {
        paint::json(&job)?;
    } else if wait > 0 {
        paint::line(&show::ending(&job))?;
    } else {
        paint::line(&job.id)?;
        note(&format!("{}; `galley watch {}` follows it", job.state, job.id));
    }
    Ok(if wait > 0 { Exit::of(&job) } else { Exit::Succeeded })
}
