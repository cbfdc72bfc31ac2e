//! `galley policies plants`: pictures that are known to be bad, to see whether gates and people notice.
use std::path::PathBuf;

use client::PlantOf;
use serde_json::Value;

use crate::{
    failure::{Exit, Failure},
    inputs,
    paint::{self, DIM, GOOD, note, paint, plain},
    session::Session,
    times,
};

/// Add, list and remove pictures that are known to be bad, which a policy plants
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  galley policies plants add hand.png --policy brand --why 'six fingers' --prompt 'a hand'
  galley policies plants add --asset j01k5z3….generate.1.0 --policy brand --why 'another brand'
  galley policies plants list --policy brand
  galley policies plants remove 9f86d08…

With `plant: 3 per day` in the policy, three of them a day are slipped in among what it judges, each as a
job that looks like those before and publishes nothing. Nothing publishes these bytes, whatever is said
of them. `galley gates report` tells who missed them. It needs the key of a person who is an editor.")]
pub(crate) enum Command {
    Add(Add),
    List(List),
    Remove(Remove),
}

/// Add a picture; the same again replaces what was said of it
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley policies plants add hand.png --policy brand --why 'six fingers' --prompt 'a hand'
  galley policies plants add --asset j01k5z3….generate.1.0 --policy brand --why 'another brand'

The prompt is what reviewers see beside it: without one it is easier to tell.")]
pub(crate) struct Add {
    /// The picture: JPEG, PNG or WebP
    #[arg(required_unless_present = "asset", conflicts_with = "asset")]
    file: Option<PathBuf>,
    /// An asset of a job instead, such as one that was rejected; that job publishes it no more
    #[arg(long, value_name = "ID")]
    asset: Option<String>,
    /// The policy that it tests
    #[arg(long, value_name = "NAME")]
    policy: String,
    /// What is wrong with it
    #[arg(long, value_name = "TEXT")]
    why: String,
    /// The words that it seems to be made from
    #[arg(long, value_name = "TEXT")]
    prompt: Option<String>,
}

/// List the pictures that a policy may plant
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley policies plants list --policy brand
  galley policies plants list --policy brand --json | jq -r .id")]
pub(crate) struct List {
    /// The policy
    #[arg(long, value_name = "NAME")]
    policy: String,
}

/// Take a picture out; jobs that it was planted as stay, and publish nothing
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley policies plants remove 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
pub(crate) struct Remove {
    /// The SHA-256 of its bytes, as listed
    id: String,
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Add(args) => add(args, session).await,
        Command::List(args) => list(args, session).await,
        Command::Remove(args) => remove(args, session).await,
    }
}

async fn add(args: Add, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let of = match (&args.file, args.asset) {
        (Some(file), _) => {
            inputs::uploading(file);
            PlantOf::Upload(client.upload(file, None).await?.upload)
        }
        (None, asset) => PlantOf::Asset(asset.unwrap_or_default()),
    };
    let plant = client.add_plant(&args.policy, &of, &args.why, args.prompt.as_deref()).await?;
    match session.json {
        true => paint::json(&plant)?,
        false => paint::line(&line(&plant))?,
    }
    Ok(Exit::Succeeded)
}

async fn list(args: List, session: &Session) -> Result<Exit, Failure> {
    let plants = session.client()?.plants(&args.policy).await?;
    if session.json {
        plants.iter().try_for_each(paint::json)?;
        return Ok(Exit::Succeeded);
    }
    for plant in &plants {
        paint::line(&line(plant))?;
    }
    if plants.is_empty() {
        note("no plants; `galley policies plants add FILE` adds one");
    }
    Ok(Exit::Succeeded)
}

async fn remove(args: Remove, session: &Session) -> Result<Exit, Failure> {
    let gone = session.client()?.remove_plant(&args.id).await?;
    if session.json {
        paint::json(&gone)?;
    } else {
        note(&format!("{} is planted no more", args.id));
    }
    Ok(Exit::Succeeded)
}

fn line(plant: &Value) -> String {
    let text = |field: &str| plant[field].as_str().map(plain).unwrap_or_default();
    let added = times::when(&text("at"));
    let (id, by) = (paint(GOOD, &text("id")), text("by"));
    format!("{id}  {}  {by}  {}", paint(DIM, &added), text("why"))
}
