//! `galley list`: the caller's jobs.
use client::Filter;

use crate::{
    failure::{Exit, Failure},
    paint::{self, note},
    session::Session,
    show,
};

/// List jobs, newest first
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley list
  galley list --state failed --pipeline hero-image --limit 50
  galley list --all --json | jq -s 'map(.cost.usd) | add'")]
pub(crate) struct Args {
    /// Only jobs in this state
    #[arg(long)]
    state: Option<String>,
    /// Only jobs of this pipeline
    #[arg(long)]
    pipeline: Option<String>,
    /// At most so many on a page
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    /// Go on from the cursor of an earlier page
    #[arg(long)]
    cursor: Option<String>,
    /// All pages
    #[arg(long)]
    all: bool,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let Args { state, pipeline, limit, cursor, all } = args;
    let mut filter = Filter { state, pipeline, limit, cursor };
    loop {
        let page = client.jobs(&filter).await?;
        for job in &page.jobs {
            if session.json {
                paint::json(job)?;
            } else {
                paint::line(&show::row(job))?;
            }
        }
        match page.next {
            Some(next) if all => filter.cursor = Some(next),
            Some(next) => {
                note(&format!("there are more: --all, or --cursor {next}"));
                return Ok(Exit::Succeeded);
            }
            None => return Ok(Exit::Succeeded),
        }
    }
}
