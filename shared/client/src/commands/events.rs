//! `galley events`: a job's log as it is now.
use std::time::Duration;

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
    let client = session.client()?;
    let mut after = args.after;
    loop {
        let page = client.events(&args.job, after, Duration::ZERO).await?;
        for event in &page.events {
            if session.json {
                paint::json(event)?;
            } else {
                paint::line(&show::event(event))?;
            }
        }
        match page.events.last() {
            Some(event) if event.n > after && event.n < page.last => after = event.n,
            _ => return Ok(Exit::Succeeded),
        }
    }
}
