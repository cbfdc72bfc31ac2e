//! `galley triggers`: what starts jobs by itself.
mod delete;
mod get;
mod list;
mod put;
mod secret;
mod test;

use serde_json::Value;

use crate::{
    failure::{Exit, Failure},
    paint::{self, DIM, paint},
    session::Session,
};

/// Store, try, list, read and delete triggers
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  galley triggers put triggers/product-photo-upload.yaml
  galley triggers test product-photo-upload --event events/s3-object-created.json
  galley triggers list
  galley triggers get product-photo-upload
  galley triggers secret cms
  galley triggers delete product-photo-upload

A trigger turns an upload, an event on the bus, a signed webhook or a time into a job:
  name: product-photo-upload
  on: { s3: { suffix: .jpg } }          # or eventbridge, webhook, schedule
  pipeline: product-photo
  inputs: { photo: { upload_key: \"{{ event.detail.object.key }}\" } }")]
pub(crate) enum Command {
    Put(put::Args),
    Test(test::Args),
    List(list::Args),
    Get(get::Args),
    Secret(secret::Args),
    Delete(delete::Args),
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Put(args) => put::run(args, session).await,
        Command::Test(args) => test::run(args, session).await,
        Command::List(args) => list::run(args, session).await,
        Command::Get(args) => get::run(args, session).await,
        Command::Secret(args) => secret::run(args, session).await,
        Command::Delete(args) => delete::run(args, session).await,
    }
}

/// A trigger on one line: its name, what it waits for, and its pipeline.
fn line(stored: &Value) -> std::io::Result<()> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let trigger = &stored["trigger"];
    let kind = trigger["on"].as_object().and_then(|on| on.keys().next().cloned());
    let (name, kind) = (text(&stored["name"]), kind.unwrap_or_default());
    let next = stored["next_at"].as_str().map(|at| format!("next {at}")).unwrap_or_default();
    let line =
        format!("{name:24} {kind:12} → {:24} {}", text(&trigger["pipeline"]), paint(DIM, &next));
    paint::line(line.trim_end())
}

/// Where a webhook is sent to, and its secret, which this is the one moment to see.
fn hook(stored: &Value, session: &Session) -> Result<(), Failure> {
    if let Some(path) = stored["url"].as_str() {
        let api = session.place()?.api.unwrap_or_default();
        paint::line(&format!("  url     {}{path}", api.trim_end_matches('/')))?;
    }
    if let Some(secret) = stored["secret"].as_str() {
        paint::line(&format!("  secret  {secret}"))?;
        paint::note("give url and secret to the sender; the secret is shown this once");
    }
    Ok(())
}
