//! `galley policies show`: read a stored policy.
use crate::{
    failure::{Exit, Failure},
    paint::{self, note},
    session::Session,
};

/// Print a stored policy
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley policies show brand
  galley policies show brand --version 3 > brand.json
  galley policies show brand --json | jq .changed_by

What is printed is the document alone and can be put again; with --json it comes with its
version, hash, time and who stored it.")]
pub(crate) struct Args {
    /// Name of the policy
    name: String,
    /// Version, the newest by default
    #[arg(long, value_name = "N")]
    version: Option<u64>,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let stored = session.client()?.policy(&args.name, args.version).await?;
    if session.json {
        paint::json(&stored)?;
        return Ok(Exit::Succeeded);
    }
    // The document alone, so that what is printed can be edited and put again.
    paint::line(&format!("{:#}", stored.get("policy").unwrap_or(&stored)))?;
    let text = |field: &str| stored[field].as_str().unwrap_or_default().to_owned();
    let (version, by) = (stored["version"].as_u64().unwrap_or_default(), text("changed_by"));
    note(&format!("{}@{version}  sha256 {}  stored by {by}", args.name, text("sha256")));
    Ok(Exit::Succeeded)
}
