//! `galley webhook`: where your news goes, and what it is signed with.
use std::time::Duration;

use client::{Secrets, Webhook};

use crate::{
    failure::{Exit, Failure},
    paint::{self, WARN, note, paint, plain},
    session::Session,
};

/// Say where the news of all your jobs goes, and what it is signed with
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  galley webhook put https://hooks.example.com/galley
  galley webhook show
  galley webhook secret
  galley webhook rotate --overlap 3600

Posts follow Standard Webhooks. Without a public address, `galley listen` brings them to your machine.")]
pub(crate) enum Command {
    Put(Put),
    Show(Show),
    Secret(Secret),
    Rotate(Rotate),
    Delete(Delete),
}

/// Post the news of all jobs to an address
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley webhook put https://hooks.example.com/galley
  galley webhook put https://hooks.example.com/galley --event 'job.*' --event publication.done

Ends of jobs and reviews where no --event is given. An address that answered 410 is there again.")]
pub(crate) struct Put {
    /// Where to: HTTPS, a public address
    url: String,
    /// Types of events, or job.*, review.*, publication.*, *
    #[arg(long = "event", value_name = "TYPE")]
    events: Vec<String>,
}

/// Show where the news goes
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley webhook show
  galley webhook show --json | jq -r .url")]
pub(crate) struct Show {}

/// Print the secrets that sign now, the newest first
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley webhook secret
  galley webhook secret | head -1 > galley.whsec")]
pub(crate) struct Secret {}

/// Sign with a new secret; the present one signs as well for a day
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley webhook rotate
  galley webhook rotate --overlap 0     # it leaked: the new one is the only one at once

A repetition while two secrets sign changes nothing.")]
pub(crate) struct Rotate {
    /// For how long the present secret signs as well; a day where nothing is said
    #[arg(long, value_name = "SECONDS")]
    overlap: Option<u64>,
}

/// Have no webhook any more
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley webhook delete

Deliveries that are on their way go on.")]
pub(crate) struct Delete {}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    match command {
        Command::Put(Put { url, events }) => {
            let webhook = Webhook { url, events, ..Webhook::default() };
            show(session, &client.put_webhook(&webhook).await?)?;
            if !session.json {
                note("`galley webhook secret` prints what the receiver verifies with");
            }
        }
        Command::Show(_) => show(session, &client.webhook().await?)?,
        Command::Secret(_) => reveal(session, &client.webhook_secrets().await?)?,
        Command::Rotate(Rotate { overlap }) => {
            let overlap = overlap.map(Duration::from_secs);
            reveal(session, &client.rotate_webhook(overlap).await?)?;
        }
        Command::Delete(_) => {
            let deleted = client.delete_webhook().await?;
            match session.json {
                true => paint::json(&serde_json::json!({ "deleted": deleted }))?,
                false => note(if deleted { "deleted" } else { "there was none" }),
            }
        }
    }
    Ok(Exit::Succeeded)
}

fn show(session: &Session, webhook: &Webhook) -> Result<(), Failure> {
    if session.json {
        return Ok(paint::json(webhook)?);
    }
    paint::line(&format!("{}  {}", plain(&webhook.url), plain(&webhook.events.join(" "))))?;
    if webhook.gone {
        let told = "it answered 410 and hears no more; put it again when it is back";
        note(&paint(WARN, told));
    }
    Ok(())
}

fn reveal(session: &Session, secrets: &Secrets) -> Result<(), Failure> {
    if session.json {
        return Ok(paint::json(secrets)?);
    }
    if let Some(until) = &secrets.previous_until {
        note(&format!("both sign until {}; receivers may take either", plain(until)));
    }
    Ok(secrets.secrets.iter().try_for_each(|secret| paint::line(secret))?)
}
