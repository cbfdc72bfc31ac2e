//! `galley open`: look at what a job made.
use std::{io::IsTerminal, process::Stdio};

use client::{Asset, Client, Job};

use crate::{
    failure::{Exit, Failure},
    ids,
    paint::{self, note},
    session::Session,
};

/// Open an asset, or the best picture of a job
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley open j01k5z3
  galley open j01k5z3.ladder.1.0
  galley open j01k5z3 --all --print | xargs -n1 curl -O

Without a terminal or an opener (xdg-open, open) the presigned URLs are printed.")]
pub(crate) struct Args {
    /// Id of a job or an asset, or the beginning of the job's
    #[arg(value_name = "JOB|ASSET")]
    id: String,
    /// All assets of the job
    #[arg(long)]
    all: bool,
    /// Print the URLs, open nothing
    #[arg(long)]
    print: bool,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let id = ids::whole(&client, &args.id).await?;
    // An asset's id is its job's with the step behind a dot.
    let assets = if id.contains('.') {
        vec![client.asset(&id).await?]
    } else {
        of_job(client.job(&id).await?, args.all)?
    };
    for asset in assets {
        let asset = with_url(&client, asset).await?;
        let url = asset.url.as_deref().unwrap_or_default();
        if session.json {
            paint::json(&asset)?;
        } else if args.print || !std::io::stdout().is_terminal() || !opened(url) {
            paint::line(url)?;
        } else {
            note(&format!("opened {}", asset.id));
        }
    }
    Ok(Exit::Succeeded)
}

/// All assets of a job, or the widest of the last step that made any.
fn of_job(job: Job, all: bool) -> Result<Vec<Asset>, Failure> {
    if all {
        return Ok(job.assets);
    }
    let made = job.steps.iter().rev().find(|step| job.assets.iter().any(|it| it.step == step.name));
    let best = job
        .assets
        .iter()
        .filter(|asset| made.is_none_or(|step| step.name == asset.step))
        .max_by_key(|asset| asset.width);
    match best {
        Some(best) => Ok(vec![best.clone()]),
        None => Err(Failure::here(
            format!("{} has made nothing yet; it is {}", job.id, job.state),
            format!("`galley watch {}` shows how far it is", job.id),
        )),
    }
}

async fn with_url(client: &Client, asset: Asset) -> Result<Asset, Failure> {
    match asset.url {
        Some(_) => Ok(asset),
        None => Ok(client.asset(&asset.id).await?),
    }
}

/// Hands a URL to the desktop; false where there is none.
fn opened(url: &str) -> bool {
    if !(url.starts_with("https://") || url.starts_with("http://")) {
        return false;
    }
    ["xdg-open", "open"].iter().any(|opener| {
        let mut command = std::process::Command::new(opener);
        let status = command.arg(url).stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    })
}
