//! `galley watch`: follow a job to its end.
use crate::{
    failure::{Exit, Failure},
    follow, ids,
    session::Session,
};

/// Follow a job to its end
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley watch j01k5z3
  galley watch j01k5z3 --after 12 >> job.log
  galley watch j01k5z3 --json | jq -r 'select(.type == \"publication.done\").data.location'

On a terminal there is a bar per step; otherwise one line per event, and with --json one JSON
document per event, which has the addresses of previews and chunks, good for a quarter of an hour:
  galley watch j01k5z3 --json | jq -r 'select(.type == \"step.chunk\").data.url'
A cut connection is taken up again where it broke.
Ctrl-C ends the watching, not the job. The exit code is the job's: 0 succeeded, 2 rejected,
1 anything else; 130 after Ctrl-C.")]
pub(crate) struct Args {
    /// Id of the job, or the beginning of it
    job: String,
    /// Begin after the event of this number
    #[arg(long, value_name = "N", default_value_t = 0)]
    after: u64,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let job = client.job(&ids::whole(&client, &args.job).await?).await?;
    follow::to_the_end(session, &client, job, args.after).await
}
