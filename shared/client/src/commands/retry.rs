//! `galley retry`: run an ended job again.
use crate::{
    failure::{Exit, Failure},
    follow, ids,
    paint::{self, note},
    session::Session,
};

/// Run an ended job again; what succeeded is kept, only the rest is attempted
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley retry j01k5z3
  galley retry j01k5z3 --watch

With --watch the exit code is the job's: 0 succeeded, 2 rejected, 1 anything else.")]
pub(crate) struct Args {
    /// Id of the job, or the beginning of it
    job: String,
    /// Follow the job to its end
    #[arg(short, long)]
    watch: bool,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let id = ids::whole(&client, &args.job).await?;
    // Only the new run is shown; what came before was told before.
    let after = match args.watch {
        true => super::events::read(&client, &id, 0, |_| Ok(())).await?,
        false => 0,
    };
    let job = client.retry(&id).await?;
    if args.watch {
        note(&format!("{} {}, run {}", job.id, job.state, job.run));
        return follow::to_the_end(session, &client, job, after).await;
    }
    if session.json {
        paint::json(&job)?;
    } else {
        paint::line(&format!("{} {}, run {}", job.id, paint::state(&job.state, 0), job.run))?;
    }
    Ok(Exit::Succeeded)
}
