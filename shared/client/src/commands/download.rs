//! `galley download`: fetch what a job made.
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use client::Asset;

use crate::{
    failure::{Exit, Failure},
    ids, paint,
    session::Session,
};

/// Download a job's assets, each checked by its hash
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley download j01k5z3
  galley download j01k5z3 --to pictures --step ladder")]
pub(crate) struct Args {
    /// Id of the job, or the beginning of it
    job: String,
    /// Folder to write to; made when missing
    #[arg(long, value_name = "DIR", default_value = ".")]
    to: PathBuf,
    /// Only assets of this step
    #[arg(long)]
    step: Option<String>,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let job = client.job(&ids::whole(&client, &args.job).await?).await?;
    let chosen: Vec<_> = job
        .assets
        .iter()
        .filter(|it| args.step.as_ref().is_none_or(|step| it.step == *step))
        .collect();
    if chosen.is_empty() {
        let next = format!("`galley get {}` shows its steps and what they made", job.id);
        return Err(Failure::here("there is no such asset to download", next));
    }
    let bad = |error| client::Error::File(args.to.display().to_string(), error);
    std::fs::create_dir_all(&args.to).map_err(bad)?;
    for (asset, path) in chosen.iter().zip(paths(&chosen, &args.to)) {
        client.download(asset, &path).await?;
        if session.json {
            let file = path.display().to_string();
            paint::json(&serde_json::json!({"asset": asset.id, "file": file}))?;
        } else {
            paint::line(&path.display().to_string())?;
        }
    }
    Ok(Exit::Succeeded)
}

/// A file per asset, named for people: step, width, format; where that is not enough, its hash.
fn paths(assets: &[&Asset], folder: &Path) -> Vec<PathBuf> {
    let mut taken = HashSet::new();
    let name = |asset: &&Asset| {
        let width = asset.width.map(|width| format!("-{width}w")).unwrap_or_default();
        let stem = format!("{}{width}", clean(&asset.step));
        let extension = extension(&asset.media_type);
        let plain = format!("{stem}.{extension}");
        if taken.insert(plain.clone()) {
            return folder.join(plain);
        }
        let hash: String = clean(&asset.sha256).chars().take(12).collect();
        folder.join(format!("{stem}-{hash}.{extension}"))
    };
    assets.iter().map(name).collect()
}

/// A name from elsewhere must not lead out of the folder.
fn clean(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' })
        .collect();
    if name.is_empty() { "asset".into() } else { name }
}

fn extension(media_type: &str) -> String {
    match media_type.split(';').next().unwrap_or("").trim() {
        "image/jpeg" => "jpg".into(),
        "audio/mpeg" => "mp3".into(),
        "text/plain" => "txt".into(),
        "" => "bin".into(),
        other => clean(other.rsplit_once('/').map_or(other, |(_, kind)| kind)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(step: &str, media_type: &str, width: u32, sha256: &str) -> Asset {
        Asset {
            step: step.into(),
            media_type: media_type.into(),
            width: Some(width),
            sha256: sha256.into(),
            ..Asset::default()
        }
    }

    #[test]
    fn no_two_assets_share_a_file_and_none_leaves_the_folder() {
        let first = asset("ladder", "image/jpeg", 480, "aaaaaaaaaaaaaaaa");
        let same = asset("ladder", "image/jpeg", 480, "bbbbbbbbbbbbbbbb");
        let rogue = asset("../../etc", "image/../x", 9, "c");
        let names = paths(&[&first, &same, &rogue], Path::new("to"));
        let names: Vec<_> = names.iter().map(|path| path.to_str().unwrap()).collect();
        let expected =
            ["to/ladder-480w.jpg", "to/ladder-480w-bbbbbbbbbbbb.jpg", "to/______etc-9w.x"];
        assert_eq!(names, expected);
    }
}
