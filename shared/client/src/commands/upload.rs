//! `galley upload`: hand in a file, for a trigger or for a later job.
use std::path::PathBuf;

use crate::{
    failure::{Exit, Failure},
    inputs,
    paint::{self, note},
    session::Session,
};

/// Upload a file, for a trigger or as the input of a later job
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley upload shoe.jpg --trigger product-photo
  galley submit product-photo --input photo:='{\"upload\":\"'$(galley upload shoe.jpg)'\"}'")]
pub(crate) struct Args {
    /// File to upload
    file: PathBuf,
    /// Trigger that makes a job of it
    #[arg(long, value_name = "NAME")]
    trigger: Option<String>,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    inputs::uploading(&args.file);
    let upload = session.client()?.upload(&args.file, args.trigger.as_deref()).await?;
    if session.json {
        // The URL stays out: whoever has it can write.
        paint::json(&serde_json::json!({"upload": upload.upload}))?;
    } else {
        paint::line(&upload.upload)?;
        if let Some(trigger) = &args.trigger {
            note(&format!("trigger {trigger} makes a job of it; `galley list --limit 1` shows it"));
        }
    }
    Ok(Exit::Succeeded)
}
