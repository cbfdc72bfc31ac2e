//! `galley ops sweep`: the sweep, now instead of within a minute.
use serde_json::json;

use crate::{
    commands::deployment::Deployment,
    failure::{Exit, Failure},
    paint::{self, note},
    session::Session,
};

/// Look for what hangs now, and mend what can be mended
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley ops sweep
  galley ops sweep && galley ops stuck")]
pub(super) struct Args {}

pub(super) async fn run(deployment: &Deployment, session: &Session) -> Result<Exit, Failure> {
    let answer = deployment.invoke("settle", &json!({ "sweep": true })).await?;
    if session.json {
        paint::json(&answer)?;
        return Ok(Exit::Succeeded);
    }
    let found = answer["found"].as_array().cloned().unwrap_or_default();
    for finding in &found {
        let text = |name: &str| paint::plain(finding[name].as_str().unwrap_or_default());
        paint::line(&format!("{:24} {}  {}", text("stuck"), text("at"), text("detail")))?;
    }
    note(&format!("{} found; what a sweep can mend is mended", found.len()));
    Ok(Exit::Succeeded)
}
