//! `galley policies put`: store a version of a policy.
use std::path::PathBuf;

use domain::gate::policy::Policy;

use crate::{
    documents,
    failure::{Exit, Failure},
    paint::{self, GOOD, paint},
    session::Session,
};

/// Store a policy; a changed document becomes the next version
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley policies put gates/brand.yaml
  galley policies put draft.json --name brand --unchecked

The document is checked here first, so that problems come with their lines. Jobs that are under way
keep the version that they were accepted with. It needs the key of a person who is an editor, in
GALLEY_KEY; who stored it is on the audit chain.")]
pub(crate) struct Args {
    /// The document, YAML or JSON
    file: PathBuf,
    /// Name to store it under; the document's own by default
    #[arg(long)]
    name: Option<String>,
    /// Leave all checks to the API, which may be newer than this command
    #[arg(long, requires = "name")]
    unchecked: bool,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let document = documents::read(&args.file)?;
    let own = || Policy::parse(documents::text(&document)).map(|it| it.name);
    let name = documents::named(
        &args.file,
        (args.name, args.unchecked),
        own,
        "the policy was not stored",
    )?;
    let stored = session.client()?.put_policy(&name, &document).await?;
    if session.json {
        paint::json(&stored)?;
    } else {
        let version = paint(GOOD, &stored["version"].to_string());
        let sha256 = stored["sha256"].as_str().unwrap_or_default();
        paint::line(&format!("{name}@{version}  sha256 {sha256}"))?;
    }
    Ok(Exit::Succeeded)
}
