//! `galley policies list`: what gates may be judged by.
use serde_json::Value;

use crate::{
    failure::{Exit, Failure},
    paint::{self, DIM, note, paint, plain},
    session::Session,
    times,
};

/// List the stored policies, the newest version of each
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley policies list
  galley policies list --json | jq -r .owner")]
pub(crate) struct Args {}

pub(crate) async fn run(_args: Args, session: &Session) -> Result<Exit, Failure> {
    let policies = session.client()?.policies().await?;
    if session.json {
        policies.iter().try_for_each(paint::json)?;
        return Ok(Exit::Succeeded);
    }
    if policies.is_empty() {
        note("no policies; `galley policies put FILE` stores one");
    }
    let text = |it: &Value, field: &str| it[field].as_str().map(plain).unwrap_or_default();
    let name = |it: &Value| format!("{}@{}", text(it, "name"), it["version"]);
    let width = policies.iter().map(|it| name(it).len()).max().unwrap_or(0);
    for policy in &policies {
        let stored = times::when(&text(policy, "created_at"));
        let (owner, about) = (text(policy, "owner"), text(policy, "description"));
        let name = name(policy);
        let line = format!("{name:width$}  {}  {owner}  {about}", paint(DIM, &stored));
        paint::line(line.trim_end())?;
    }
    Ok(Exit::Succeeded)
}
