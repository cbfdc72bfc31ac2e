//! `galley events`: a job's log as it is now.
use std::time::Duration;

use client::{Client, Event};

use crate::{
    failure::{Exit, Failure},
    paint,
    session::Session,
    show,
};

/// Print a job's log as it is now
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley events j01k5z3
  galley events j01k5z3 --after 40 --json | jq .type")]
pub(crate) struct Args {
    /// Id of the job
    job: String,
    /// Only events after the one of this number
    #[arg(long, value_name = "N", default_value_t = 0)]
    after: u64,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let print = |event: &Event| {
        if session.json { paint::json(event) } else { paint::line(&show::event(event)) }
    };
    read(&session.client()?, &args.job, args.after, print).await?;
    Ok(Exit::Succeeded)
}

/// Reads a log as it is now, page by page; the number of its last event.
pub(super) async fn read(
    client: &Client,
    job: &str,
    mut after: u64,
    each: impl Fn(&Event) -> std::io::Result<()>,
) -> Result<u64, Failure> {
    loop {
        let page = client.events(job, after, Duration::ZERO).await?;
        let news: Vec<_> = page.events.iter().filter(|event| event.n > after).collect();
        let Some(last) = news.last() else { return Ok(after) };
        after = last.n;
        for event in news {
            each(event)?;
        }
    }
}
