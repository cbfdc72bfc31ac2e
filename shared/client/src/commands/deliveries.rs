//! `galley deliveries`: which webhooks arrived, and those that did not once more.
use std::io::IsTerminal;

use client::{Delivery, DeliveryFilter};

use crate::{
    failure::{Exit, Failure},
    paint::{self, DIM, note, paint, plain},
    session::Session,
    times,
};

/// See which webhooks arrived, and send again those that did not
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  galley deliveries list --state dead
  galley deliveries retry --dead")]
pub(crate) enum Command {
    List(List),
    Retry(Retry),
}

/// List deliveries, those of the newest jobs first
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley deliveries list
  galley deliveries list --state dead --all --json | jq -r .id

Deliveries are remembered for two weeks.")]
pub(crate) struct List {
    /// Only those: pending, delivered or dead
    #[arg(long)]
    state: Option<String>,
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

/// Send deliveries again
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley deliveries retry --dead
  galley deliveries retry j01m7w9p7jffk8k64v4ewj46z1a.00000012

They go to where your webhook is now. One that is on its way is left alone.")]
pub(crate) struct Retry {
    /// Id of a delivery
    #[arg(required_unless_present = "dead", conflicts_with = "dead")]
    delivery: Option<String>,
    /// All that are dead
    #[arg(long)]
    dead: bool,
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::List(args) => list(args, session).await,
        Command::Retry(args) => retry(args, session).await,
    }
}

async fn list(args: List, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let List { state, limit, cursor, all } = args;
    let mut filter = DeliveryFilter { state, limit, cursor };
    let mut empty = true;
    loop {
        let page = client.deliveries(&filter).await?;
        match session.json {
            true => page.deliveries.iter().try_for_each(paint::json)?,
            false => page.deliveries.iter().try_for_each(|one| paint::line(&row(one)))?,
        }
        empty &= page.deliveries.is_empty();
        match page.next {
            Some(next) if all => filter.cursor = Some(next),
            Some(next) => {
                note(&match std::io::stdout().is_terminal() {
                    true => "there are more: --limit N, --all".into(),
                    false => format!("there are more: --all, or --cursor {next}"),
                });
                break;
            }
            None => break,
        }
    }
    if empty && !session.json {
        note("no deliveries; `galley webhook put URL` says where news goes");
    }
    Ok(Exit::Succeeded)
}

fn row(delivery: &Delivery) -> String {
    let state = paint::state(&delivery.state, 9);
    let when = paint(DIM, &format!("{:11}", times::when(&delivery.updated_at)));
    let tries = format!("{} {}", delivery.tries, if delivery.tries == 1 { "try" } else { "tries" });
    let error = delivery.error.as_deref().map(plain).unwrap_or_default();
    let line =
        format!("{}  {state}  {:16}  {tries:>8}  {when}  {error}", delivery.id, delivery.kind);
    line.trim_end().to_owned()
}

async fn retry(args: Retry, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    if let Some(id) = &args.delivery {
        let delivery = client.retry_delivery(id).await?;
        match session.json {
            true => paint::json(&delivery)?,
            false => paint::line(&row(&delivery))?,
        }
        return Ok(Exit::Succeeded);
    }
    let mut sent = 0;
    loop {
        let retried = client.retry_dead_deliveries().await?;
        sent += retried.retried;
        // What was just sent may still be in the index: a call that sends nothing is the last one.
        if !retried.more || retried.retried == 0 {
            break;
        }
    }
    match session.json {
        true => paint::json(&serde_json::json!({ "retried": sent }))?,
        false => {
            note(&format!("{sent} sent again; `galley deliveries list` shows what became of them"))
        }
    }
    Ok(Exit::Succeeded)
}
