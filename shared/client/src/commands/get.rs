//! `galley get`: show one job.
use crate::{
    failure::{Exit, Failure},
    ids, paint,
    session::Session,
    show,
};

/// Show a job: state, cost, steps, assets, publications
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley get j01k5z3
  galley get j01k5z3 --json | jq .cost.usd

The exit code says whether the job could be read, not how it ended; `galley watch` says that.")]
pub(crate) struct Args {
    /// Id of the job, or the beginning of it
    job: String,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let job = client.job(&ids::whole(&client, &args.job).await?).await?;
    if session.json {
        paint::json(&job)?;
    } else {
        paint::line(&show::job(&job))?;
    }
    Ok(Exit::Succeeded)
}
