//! `galley events`: a job's log as it is now.
use std::time::Duration;

use client::{Client, Event};

use crate::{
    failure::{Exit, Failure},
    ids, paint,
    session::Session,
    story,
};

/// Print a job's log as it is now
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley events j01k5z3
  galley events j01k5z3 --after 40 --json | jq .type")]
pub(crate) struct Args {
    /// Id of the job, or the beginning of it
    job: String,
    /// Only events after the one of this number
    #[arg(long, value_name = "N", default_value_t = 0)]
    after: u64,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let print = |page: &[&Event]| {
        if session.json {
            return page.iter().try_for_each(paint::json);
        }
        let width = story::width(page.iter().filter_map(|event| event.step.as_deref()));
        page.iter().try_for_each(|event| paint::line(&story::line(event, width)))
    };
    read(&client, &ids::whole(&client, &args.job).await?, args.after, print).await?;
    Ok(Exit::Succeeded)
}

/// Reads a log as it is now, page by page; the number of its last event.
pub(super) async fn read(
    client: &Client,
    job: &str,
    mut after: u64,
    each: impl Fn(&[&Event]) -> std::io::Result<()>,
) -> Result<u64, Failure> {
    loop {
        let page = client.events(job, after, Duration::ZERO).await?;
        let news: Vec<_> = page.events.iter().filter(|event| event.n > after).collect();
        let Some(last) = news.last() else { return Ok(after) };
        after = last.n;
        each(&news)?;
    }
}
