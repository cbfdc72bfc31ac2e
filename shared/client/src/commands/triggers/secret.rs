//! `galley triggers secret`: another secret for a webhook, while the old one stays valid.
use crate::{
    failure::{Exit, Failure},
    paint,
    session::Session,
};

/// Give a webhook another secret; those before stay valid for a day
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley triggers secret cms
  galley triggers secret cms --set whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
  galley triggers secret cms --json | jq -r .secret")]
pub(crate) struct Args {
    /// Name of the trigger
    name: String,
    /// The sender's own secret; one is made where none is given
    #[arg(long, value_name = "SECRET")]
    set: Option<String>,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let stored = client.rotate_trigger_secret(&args.name, args.set.as_deref()).await?;
    if session.json {
        paint::json(&stored)?;
    } else {
        super::hook(&stored, session)?;
    }
    Ok(Exit::Succeeded)
}
