//! Fixtures: what a pipeline is tried on, and what should come of it.
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use client::Client;
use serde_json::{Map, Value, json};

use crate::{documents, failure::Failure, inputs};

/// One request, read from its file.
pub(super) struct Fixture {
    pub(super) name: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) expect: Map<String, Value>,
    inputs: Map<String, Value>,
    folder: PathBuf,
}

/// The fixtures of a folder by name; the file `besides` is none.
pub(super) fn all(folder: &Path, besides: &str) -> Result<Vec<Fixture>, Failure> {
    let bad = |error| client::Error::File(folder.display().to_string(), error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(bad)? {
        let file = entry.map_err(bad)?.path();
        let known = file.extension().and_then(|it| it.to_str()).is_some_and(|extension| {
            ["json", "yaml", "yml"].iter().any(|it| extension.eq_ignore_ascii_case(it))
        });
        if known && file.file_name().is_some_and(|name| name != besides) {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        let next = "write one, such as first.yaml with `inputs: { prompt: a red fox }`";
        return Err(Failure::here(format!("{} has no fixtures", folder.display()), next));
    }
    files.iter().map(|file| read(file)).collect()
}

fn read(file: &Path) -> Result<Fixture, Failure> {
    let next = "a fixture is a mapping of inputs, labels and expect";
    let wrong = |what: String| Failure::here(format!("{}: {what}", file.display()), next);
    let value = documents::value(file, next)?;
    let Value::Object(mut fields) = value else { return Err(wrong("it is no mapping".into())) };
    let mut part = |name: &str| match fields.remove(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(part)) => Ok(part),
        Some(_) => Err(wrong(format!("{name} is no mapping"))),
    };
    let (inputs, labels, expect) = (part("inputs")?, part("labels")?, part("expect")?);
    if let Some((name, _)) = fields.iter().next() {
        return Err(wrong(format!("there is no field {name}")));
    }
    let known = ["state", "verdicts", "steps", "outputs", "publications"];
    if let Some(name) = expect.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(wrong(format!("expect has no {name}; it has {}", known.join(", "))));
    }
    let labels = labels.into_iter().map(|(name, value)| match value {
        Value::String(text) => Ok((name, text)),
        other => Err(wrong(format!("the label {name} is {other}, not a text"))),
    });
    Ok(Fixture {
        name: file.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        labels: labels.collect::<Result<_, _>>()?,
        expect,
        inputs,
        folder: file.parent().unwrap_or(Path::new(".")).to_owned(),
    })
}

impl Fixture {
    /// The inputs of a job: where the pipeline takes media, a text is the path of a file to upload.
    pub(super) async fn inputs(
        &self,
        client: &Client,
        document: &Value,
    ) -> Result<Map<String, Value>, Failure> {
        let mut given = Map::new();
        for (name, value) in &self.inputs {
            let kind = document["inputs"][name]["type"].as_str().unwrap_or_default();
            let value = match value.as_str() {
                Some(path) if matches!(kind, "image" | "video" | "audio") => {
                    let file = self.folder.join(path);
                    inputs::uploading(&file);
                    json!({ "upload": client.upload(&file, None).await?.upload })
                }
                _ => value.clone(),
            };
            given.insert(name.clone(), value);
        }
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("one.yaml"), text).unwrap();
        let failure = all(folder.path(), "baseline.json").err().unwrap().to_string();
        assert!(failure.ends_with(expected), "{failure}");
    }

    #[test]
    fn fixtures_are_read_in_the_order_of_their_names() {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in [
            ("b.yaml", "inputs: { prompt: a fox }\nexpect: { state: rejected }"),
            ("a.json", "{\"labels\": {\"team\": \"web\"}}"),
            ("baseline.json", "{}"),
            ("photo.jpg", ""),
        ] {
            std::fs::write(folder.path().join(file), text).unwrap();
        }
        let all = all(folder.path(), "baseline.json").unwrap();
        let names: Vec<&str> = all.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(
            (&all[0].labels["team"], &all[1].expect["state"]),
            (&"web".to_owned(), &json!("rejected"))
        );
    }

    #[test]
    fn what_is_no_fixture_is_told_with_what_one_is() {
        refused("- a", "one.yaml: it is no mapping");
        refused("input: { a: b }", "one.yaml: there is no field input");
        refused("labels: { a: 1 }", "one.yaml: the label a is 1, not a text");
        refused(
            "expect: { cost: 1 }",
            "one.yaml: expect has no cost; it has state, verdicts, steps, outputs, publications",
        );
        let empty = tempfile::tempdir().unwrap();
        assert!(all(empty.path(), "x").err().unwrap().to_string().ends_with("has no fixtures"));
    }
}
