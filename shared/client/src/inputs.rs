//! `--input` on the command line: text, JSON, or a file to upload.
use std::path::{Path, PathBuf};

use client::Client;
use serde_json::{Map, Value, json};

use crate::{failure::Failure, paint::note, show};

/// One input as it was given.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Given {
    Text(String),
    Json(Value),
    File(PathBuf),
}

/// Reads `name=text`, `name:=json`, `name=@file` (`@@` is a text that begins with `@`).
pub(crate) fn parse(argument: &str) -> Result<(String, Given), String> {
    let Some((name, value)) = argument.split_once('=') else {
        return Err("write NAME=TEXT, NAME:=JSON or NAME=@FILE".into());
    };
    if name.is_empty() || name == ":" {
        return Err("there is no name before the `=`".into());
    }
    if let Some(name) = name.strip_suffix(':') {
        let value = serde_json::from_str(value)
            .map_err(|error| format!("after `:=` comes JSON, and this is none: {error}"))?;
        return Ok((name.into(), Given::Json(value)));
    }
    let given = match value.strip_prefix('@') {
        Some(text) if text.starts_with('@') => Given::Text(text.into()),
        Some("") => return Err("there is no file name after the `@`".into()),
        Some(file) => Given::File(file.into()),
        None => Given::Text(value.into()),
    };
    Ok((name.into(), given))
}

/// Reads `key=value`.
pub(crate) fn label(argument: &str) -> Result<(String, String), String> {
    match argument.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.into(), value.into())),
        _ => Err("write KEY=VALUE".into()),
    }
}

/// The inputs of a job: those of the file, then those of the arguments. Media is uploaded on the way.
pub(crate) async fn gather(
    client: &Client,
    file: Option<&Path>,
    given: Vec<(String, Given)>,
) -> Result<Map<String, Value>, Failure> {
    let mut inputs = match file {
        Some(file) => from_file(file)?,
        None => Map::new(),
    };
    for (name, given) in given {
        let value = match given {
            Given::Text(text) => text.into(),
            Given::Json(value) => value,
            Given::File(file) => media(client, &file).await?,
        };
        inputs.insert(name, value);
    }
    Ok(inputs)
}

fn from_file(file: &Path) -> Result<Map<String, Value>, Failure> {
    let name = file.display();
    serde_json::from_str(&text(file)?).map_err(|error| {
        let next = "the file holds one JSON object, input names to values";
        Failure::here(format!("{name}: {error}"), next)
    })
}

/// Text and JSON go with the request; everything else by upload.
async fn media(client: &Client, file: &Path) -> Result<Value, Failure> {
    match client::media_type_of(file) {
        Some("text/plain") => Ok(text(file)?.into()),
        Some("application/json") => serde_json::from_str(&text(file)?).map_err(|error| {
            Failure::here(format!("{}: {error}", file.display()), "correct the file")
        }),
        _ => {
            uploading(file);
            Ok(json!({"upload": client.upload(file, None).await?.upload}))
        }
    }
}

/// Says what takes a while. A file that is not there is told by who reads it.
pub(crate) fn uploading(file: &Path) {
    if let Ok(known) = std::fs::metadata(file) {
        note(&format!("uploading {}, {}", file.display(), show::bytes(known.len())));
    }
}

fn text(file: &Path) -> Result<String, Failure> {
    let bad = |error| client::Error::File(file.display().to_string(), error);
    Ok(std::fs::read_to_string(file).map_err(bad)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(argument: &str, expected: Result<(&str, Given), &str>) {
        let expected =
            expected.map(|(name, given)| (name.to_owned(), given)).map_err(str::to_owned);
        assert_eq!(parse(argument), expected, "{argument}");
    }

    #[test]
    fn inputs_are_text_json_or_files() {
        check("prompt=a=b", Ok(("prompt", Given::Text("a=b".into()))));
        check("seed:=7", Ok(("seed", Given::Json(json!(7)))));
        check("photo=@a/b.jpg", Ok(("photo", Given::File("a/b.jpg".into()))));
        check("handle=@@galley", Ok(("handle", Given::Text("@galley".into()))));
        check("empty=", Ok(("empty", Given::Text(String::new()))));
        check("prompt", Err("write NAME=TEXT, NAME:=JSON or NAME=@FILE"));
        check("=x", Err("there is no name before the `=`"));
        check("photo=@", Err("there is no file name after the `@`"));
    }
}
