//! `galley triggers put`: store a trigger, in place of one of its name.
use std::path::PathBuf;

use crate::{
    documents,
    failure::{Exit, Failure},
    paint,
    session::Session,
};

/// Store a trigger, in place of one of the same name
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley triggers put triggers/product-photo-upload.yaml
  galley triggers put cms.json --name cms-staging

The same document again changes nothing. A webhook is given a secret, which is printed once.")]
pub(crate) struct Args {
    /// The trigger, YAML or JSON
    file: PathBuf,
    /// Name to store it under; the document's own by default
    #[arg(long)]
    name: Option<String>,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let mut document = documents::value(&args.file, "correct the file")?;
    if let Some(name) = &args.name {
        document["name"] = name.as_str().into();
    }
    let Some(name) = document["name"].as_str().map(str::to_owned) else {
        let next = "write `name: …` into the file, or pass --name NAME";
        return Err(Failure::here("the trigger has no name", next));
    };
    let stored = session.client()?.put_trigger(&name, &document).await?;
    if session.json {
        paint::json(&stored)?;
    } else {
        super::line(&stored)?;
        super::hook(&stored, session)?;
    }
    Ok(Exit::Succeeded)
}
