//! `galley connections`: the accounts that posts go to.
use std::io::{IsTerminal, Read};
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::{
    failure::{Exit, Failure},
    paint::{self, note, plain},
    session::Session,
};

/// Connect the accounts that posts go to
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  galley connections put brand --kind bluesky --set identifier=brand.example.com < secret.json
  galley connections list
  galley connections test brand")]
pub(crate) enum Command {
    Put(Put),
    List(List),
    Test(Test),
    Remove(Remove),
}

/// Connect an account, or connect it again
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley connections put brand --kind bluesky --set identifier=brand.example.com < secret.json
  galley connections put blog --kind wordpress --set site=https://blog.example.com --secret blog.json
  galley connections put blog --kind wordpress --set site=https://new.example.com --keep

The secret is a JSON object, such as { \"password\": \"abcd-efgh\" }: from a file, or from standard input, never from
the command line. It goes into the parameter store, and no answer shows it.")]
pub(crate) struct Put {
    /// Name of the connection, as pipelines call it
    name: String,
    /// Kind of target, such as bluesky or wordpress
    #[arg(long)]
    kind: String,
    /// What is no secret
    #[arg(long = "set", value_name = "NAME=TEXT", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// File with the secret; standard input without
    #[arg(long, value_name = "FILE")]
    secret: Option<PathBuf>,
    /// Keep the secret that is there
    #[arg(long, conflicts_with = "secret")]
    keep: bool,
    /// When what opens it stops doing so, such as 2026-12-31T00:00:00Z
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
}

/// List connections, and whether they open anything
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley connections list
  galley connections list --json | jq -r 'select(.state == \"expired\").name'")]
pub(crate) struct List {}

/// Ask a target whether a connection opens an account; changes nothing there
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley connections test brand
  galley connections test brand --json | jq -r .said

What is over is renewed, where it can be. Exits with 1 where it opens nothing, or nobody could find out.")]
pub(crate) struct Test {
    /// Name of the connection
    name: String,
}

/// Disconnect an account; what was published stays
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley connections remove brand")]
pub(crate) struct Remove {
    /// Name of the connection
    name: String,
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=TEXT")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Put(args) => put(args, session).await,
        Command::List(List {}) => list(session).await,
        Command::Test(args) => test(args, session).await,
        Command::Remove(args) => remove(args, session).await,
    }
}

async fn put(args: Put, session: &Session) -> Result<Exit, Failure> {
    let settings: Map<String, Value> =
        args.settings.into_iter().map(|(name, value)| (name, value.into())).collect();
    let mut connection = json!({ "kind": args.kind, "settings": settings });
    if let Some(at) = args.expires_at {
        connection["expires_at"] = at.into();
    }
    if !args.keep {
        connection["secret"] = secret(args.secret)?;
    }
    let stored = session.client()?.put_connection(&args.name, &connection).await?;
    match session.json {
        true => paint::json(&stored)?,
        false => paint::line(&row(&stored))?,
    }
    Ok(Exit::Succeeded)
}

/// The secret, which is read and never shown.
fn secret(file: Option<PathBuf>) -> Result<Value, Failure> {
    let text = match file {
        Some(file) => std::fs::read_to_string(&file)
            .map_err(|error| client::Error::File(file.display().to_string(), error))?,
        None => {
            if std::io::stdin().is_terminal() {
                note("the secret as a JSON object, then Ctrl-D:");
            }
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .map_err(|error| client::Error::File("standard input".into(), error))?;
            text
        }
    };
    let next = "write it as { \"password\": \"…\" }, or pass --keep";
    match serde_json::from_str(&text) {
        Ok(secret @ Value::Object(_)) => Ok(secret),
        _ => Err(Failure::here("the secret is no JSON object", next)),
    }
}

async fn list(session: &Session) -> Result<Exit, Failure> {
    let connections = session.client()?.connections().await?;
    match session.json {
        true => connections.iter().try_for_each(paint::json)?,
        false => connections.iter().try_for_each(|one| paint::line(&row(one)))?,
    }
    if connections.is_empty() && !session.json {
        note("no connections; `galley connections put NAME --kind KIND` makes one");
    }
    Ok(Exit::Succeeded)
}

fn row(connection: &Value) -> String {
    let text = |field: &str| plain(connection[field].as_str().unwrap_or_default());
    let state = paint::state(&text("state"), 7);
    let line = format!("{:20}  {:12}  {state}  {}", text("name"), text("kind"), text("error"));
    line.trim_end().to_owned()
}

async fn test(args: Test, session: &Session) -> Result<Exit, Failure> {
    let tried = session.client()?.test_connection(&args.name).await?;
    let text = |field: &str| plain(tried[field].as_str().unwrap_or_default());
    let opens = text("opens") == "yes";
    match session.json {
        true => paint::json(&tried)?,
        false if opens => paint::line(&format!("{} opens {}", args.name, text("said")))?,
        false if text("opens") == "no" => {
            paint::line(&format!("{} opens nothing: {}", args.name, text("said")))?;
        }
        false => paint::line(&format!("nobody knows: {}", text("said")))?,
    }
    Ok(if opens { Exit::Succeeded } else { Exit::Failed })
}

async fn remove(args: Remove, session: &Session) -> Result<Exit, Failure> {
    let gone = session.client()?.delete_connection(&args.name).await?;
    match session.json {
        true => paint::json(&gone)?,
        false => note(&format!("connection {} is gone", args.name)),
    }
    Ok(Exit::Succeeded)
}
