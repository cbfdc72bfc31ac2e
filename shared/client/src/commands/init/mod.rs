//! `galley init`: a pipeline to begin with.
use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use domain::{catalog, pipeline};

use crate::{
    failure::{Exit, Failure},
    paint::{self, DIM, note, paint},
    session::Session,
};

/// What is written, with the pipeline's name to be put in.
const STARTER: &str = include_str!("starter.yaml");
/// What editors complete it by.
const SCHEMA: &str = "pipeline.schema.json";
/// Inputs to try it with.
const FIXTURE: &str =
    "inputs: { prompt: a lighthouse on a cliff at dusk }\nexpect: { state: succeeded }\n";

/// Write a commented pipeline to begin with, and inputs to try it with
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley init
  galley init spring-hero --dir pipelines

Nothing that is there already is written over.")]
pub(crate) struct Args {
    /// Name of the pipeline: lower-case letters, digits, hyphens
    #[arg(default_value = "first-picture")]
    name: String,
    /// Folder to write to; made where there is none
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

pub(crate) fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let name = &args.name;
    if !catalog::is_name(name) {
        let next = "use lower-case letters, digits and hyphens, a letter first";
        return Err(Failure::here(format!("{name:?} cannot be a pipeline's name"), next));
    }
    let files = files(name, &args.dir);
    // The format is the same for every pipeline of a folder.
    let shared = |path: &Path| path.ends_with(SCHEMA) && path.exists();
    let files: Vec<_> = files.into_iter().filter(|(path, _)| !shared(path)).collect();
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists()) {
        let what = format!("{} is there already; nothing was written", path.display());
        return Err(Failure::here(what, "choose another NAME or --dir"));
    }
    for (path, text) in &files {
        write(path, text)?;
    }
    if session.json {
        let written: Vec<String> =
            files.iter().map(|(path, _)| path.display().to_string()).collect();
        paint::json(&serde_json::json!({ "name": name, "written": written }))?;
        return Ok(Exit::Succeeded);
    }
    for (path, _) in &files {
        paint::line(&format!("wrote {}", path.display()))?;
    }
    let document = files[0].0.display();
    let fixtures = args.dir.join("fixtures").join(name);
    note(&format!(
        "{}:\n  galley pipelines validate {document}\n  galley pipelines test {document} --fixtures {}\n  galley submit {document} --input prompt='a red kite' --watch\n  galley pipelines push {document}",
        paint(DIM, "next"),
        fixtures.display(),
    ));
    Ok(Exit::Succeeded)
}

/// Where what goes: the document first, then the inputs, then the format.
fn files(name: &str, dir: &Path) -> Vec<(PathBuf, String)> {
    let document = STARTER.replace("{name}", name);
    vec![
        (dir.join(format!("{name}.yaml")), document),
        (dir.join("fixtures").join(name).join("first.yaml"), FIXTURE.to_owned()),
        (dir.join(SCHEMA), format!("{:#}\n", pipeline::schema())),
    ]
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let bad = |error| client::Error::File(path.display().to_string(), error);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(bad)?;
    }
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    Ok(file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(bad)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::pipeline::Pipeline;
    use serde_json::Value;

    #[test]
    fn the_starter_is_valid_under_any_name_and_takes_its_fixture() {
        for name in ["first-picture", "x"] {
            let document = STARTER.replace("{name}", name);
            let pipeline = Pipeline::parse(&document).unwrap();
            assert_eq!(pipeline.name, name);
            let fixture: Value = domain::pipeline::value(FIXTURE).unwrap();
            assert!(pipeline.bind(&fixture["inputs"]).is_ok());
        }
    }

    #[test]
    fn every_part_of_the_starter_is_explained() {
        let unexplained = STARTER.lines().zip(STARTER.lines().skip(1)).filter(|(before, line)| {
            line.starts_with("  ")
                && !line.starts_with("   ")
                && line.ends_with(':')
                && !before.trim_start().starts_with('#')
        });
        assert_eq!(unexplained.map(|(_, line)| line).collect::<Vec<_>>(), Vec::<&str>::new());
    }
}
