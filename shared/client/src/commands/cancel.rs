//! `galley cancel`: stop a job.
use crate::{
    failure::{Exit, Failure},
    ids, paint,
    session::Session,
};

/// Stop a job; nothing new is paid for
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley cancel j01k5z3
  galley list --state running --json | jq -r .id | xargs -n1 galley cancel

Canceling takes a moment; `galley watch` shows when it is done.")]
pub(crate) struct Args {
    /// Id of the job, or the beginning of it
    job: String,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let job = client.cancel(&ids::whole(&client, &args.job).await?).await?;
    if session.json {
        paint::json(&job)?;
    } else {
        paint::line(&format!("{} {}", job.id, paint::state(&job.state, 0)))?;
    }
    Ok(Exit::Succeeded)
}
