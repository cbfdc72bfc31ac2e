//! `galley admin models`: what operators think of vendors' models.
use domain::{
    lane::pk,
    ports::Table,
    store::{Key, Query, Write, from_item, sort_key},
    vendor::of_vendor,
};
use serde::{Deserialize, Serialize};

use crate::{
    failure::{Exit, Failure},
    paint::{self, note},
    session::Session,
};

/// Rank models of vendors, for steps that choose the best
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  galley admin models rank openai/gpt-image-1 95
  galley admin models rank openai/gpt-image-1 --none
  galley admin models ranks openai")]
pub(super) enum Command {
    Rank(Rank),
    Ranks(Ranks),
}

/// Say how good a model is, from 0 to 100: it counts more than the table's own rank
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin models rank openai/gpt-image-1 95
  galley admin models rank openai/gpt-image-1 --none     # as the table says again

Steps with `choose: best` ask the model with the highest rank first; `galley models --json` shows ranks.")]
pub(super) struct Rank {
    /// VENDOR/MODEL
    model: String,
    /// 0 to 100
    #[arg(value_parser = clap::value_parser!(u8).range(0..=100), required_unless_present = "none")]
    rank: Option<u8>,
    /// Leave it to the table
    #[arg(long, conflicts_with = "rank")]
    none: bool,
}

/// Show what operators said of a vendor's models
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley admin models ranks openai")]
pub(super) struct Ranks {
    /// The vendor
    vendor: String,
}

/// A rank on record.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    rank: u8,
}

pub(super) async fn run(
    command: Command,
    table: &dyn Table,
    session: &Session,
) -> Result<Exit, Failure> {
    match command {
        Command::Rank(Rank { model, rank, .. }) => {
            say(table, &model, rank).await?;
            note(&match rank {
                Some(rank) => format!("{model} ranks {rank} of 100"),
                None => format!("{model} ranks as the table says"),
            });
        }
        Command::Ranks(Ranks { vendor }) => {
            for (model, rank) in ranks(table, &vendor).await? {
                match session.json {
                    true => paint::json(&serde_json::json!({ "model": model, "rank": rank }))?,
                    false => paint::line(&format!("{model}  {rank}"))?,
                }
            }
        }
    }
    Ok(Exit::Succeeded)
}

async fn say(table: &dyn Table, name: &str, rank: Option<u8>) -> Result<(), Failure> {
    let (vendor, model) = of_vendor(name).ok_or_else(|| {
        let next = "write VENDOR/MODEL, such as openai/gpt-image-1; `galley models` lists them";
        Failure::here(format!("{name} is no model of a vendor"), next)
    })?;
    let key = Key::new(pk(vendor), format!("RANK#{model}"));
    let write = match rank {
        Some(rank) => Write::put(key, &Record { rank })?,
        None => Write::forget(key),
    };
    table.write(vec![write]).await?;
    Ok(())
}

async fn ranks(table: &dyn Table, vendor: &str) -> Result<Vec<(String, u8)>, Failure> {
    let items = table.query(&Query::prefix(pk(vendor), "RANK#")).await?;
    let mut ranks = Vec::new();
    for item in &items {
        let model = sort_key(item).trim_start_matches("RANK#");
        let Record { rank } = from_item(item)?;
        ranks.push((format!("{vendor}/{model}"), rank));
    }
    Ok(ranks)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use domain::fakes::{Faults, MemoryTable};
    use domain::lane::LaneView;

    use super::*;

    #[tokio::test]
    async fn a_rank_is_kept_until_it_is_taken_back_and_the_choice_sees_it() {
        let table = MemoryTable::new(Arc::new(Faults::default()));
        for rank in [90, 95] {
            say(&table, "fal/fal-ai/flux/dev", Some(rank)).await.unwrap();
        }
        let known = ranks(&table, "fal").await.unwrap();
        assert_eq!(known, [("fal/fal-ai/flux/dev".to_owned(), 95)]);
        let view = LaneView::read(&table, "fal").await.unwrap();
        assert_eq!(view.ranks.get("fal-ai/flux/dev"), Some(&95));
        for _ in 0..2 {
            say(&table, "fal/fal-ai/flux/dev", None).await.unwrap();
        }
        assert_eq!(ranks(&table, "fal").await.unwrap(), []);
        assert!(say(&table, "sketch-1", Some(1)).await.is_err());
    }
}
