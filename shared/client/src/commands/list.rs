//! `galley list`: the caller's jobs.
use std::io::IsTerminal;

use client::Filter;

use crate::{
    failure::{Exit, Failure},
    inputs,
    paint::{self, note},
    session::Session,
    show,
};

/// List jobs, newest first
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley list
  galley list --state failed --pipeline hero-image --limit 50
  galley list --label campaign=spring --label team=web
  galley list --all --json | jq -s 'map(.cost.usd) | add'")]
pub(crate) struct Args {
    /// Only jobs in this state
    #[arg(long)]
    state: Option<String>,
    /// Only jobs of this pipeline
    #[arg(long)]
    pipeline: Option<String>,
    /// Only jobs with this label; of several, only jobs with all of them
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = inputs::label)]
    labels: Vec<(String, String)>,
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
    let Args { state, pipeline, labels, limit, cursor, all } = args;
    let labels = labels.into_iter().collect();
    let mut filter = Filter { state, pipeline, labels, limit, cursor };
    let reader = std::io::stdout().is_terminal();
    let (mut named, mut empty) = (reader, true);
    loop {
        let page = client.jobs(&filter).await?;
        if session.json {
            page.jobs.iter().try_for_each(paint::json)?;
        } else {
            show::rows(&page.jobs, named).iter().try_for_each(|row| paint::line(row))?;
        }
        named = false;
        empty &= page.jobs.is_empty();
        match page.next {
            Some(next) if all => filter.cursor = Some(next),
            Some(next) => {
                note(&match reader {
                    true => "there are more: --limit N, --all".into(),
                    false => format!("there are more: --all, or --cursor {next}"),
                });
                break;
            }
            None => break,
        }
    }
    if empty && !session.json {
        note(
            "no jobs; `galley submit PIPELINE` makes one, `galley pipelines list` shows pipelines",
        );
    }
    Ok(Exit::Succeeded)
}
