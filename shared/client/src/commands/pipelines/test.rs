//! `galley pipelines test`: a version on fixtures, beside the version before it.
mod compare;
mod fixture;
mod outcome;

use std::{path::PathBuf, time::Duration};

use client::{Client, Job, Pipeline, Submission};
use serde_json::{Map, Value, json};

use crate::{
    documents,
    failure::{Exit, Failure},
    follow,
    paint::{self, BAD, BOLD, DIM, GOOD, note, paint},
    session::Session,
};
use compare::{Difference, Tolerance};
use fixture::Fixture;
use outcome::Outcome;

/// What a former run was kept as.
const BASELINE: &str = "baseline.json";
/// What the jobs of tests are marked with.
const LABEL: &str = "test";

/// Run a version on fixtures and compare it with the version before
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley pipelines test hero-image --fixtures tests/fixtures/hero-image
  galley pipelines test hero-image@4 --against hero-image@2 --fixtures fixtures
  galley pipelines test ./hero-image.yaml --fixtures fixtures
  galley pipelines test hero-image --fixtures fixtures --save

A fixture is a .json or .yaml file: { inputs: { prompt: a fox, photo: shoe.jpg }, labels: { … },
expect: { state: succeeded, verdicts: { good: pass }, publications: 6 } }. A picture is a file's path,
beside the fixture; it is uploaded. What `expect` does not name is not looked at.

Compared with what --against names; else with baseline.json in the folder, which --save writes; else
with the stored version before. Compared are states, verdicts, outputs (how many, type, size),
publications, attempts, and cost where it differs by more than --cost-within.

Nothing is published where the pipeline says: in the document that runs, each target is replaced by
{ kind: s3, prefix: tests/NAME }. Renders are real and are paid; jobs have the label test=NAME.

Exit code 0 the same, 2 something differs, 1 a job could not be run or `expect` is not met.")]
pub(crate) struct Args {
    /// Stored pipeline, NAME or NAME@VERSION; or a file
    pipeline: String,
    /// Folder of fixtures
    #[arg(long, value_name = "DIR")]
    fixtures: PathBuf,
    /// What to compare with: NAME@VERSION, or a file
    #[arg(long, value_name = "PIPELINE")]
    against: Option<String>,
    /// Keep the outcome as baseline.json in the folder
    #[arg(long, conflicts_with = "against")]
    save: bool,
    /// Share by which a cost may differ, besides a tenth of a cent
    #[arg(long, value_name = "SHARE", default_value_t = 0.5)]
    cost_within: f64,
    /// Longest time that all jobs together may take
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    timeout: u64,
}

/// A document that will not publish where it says.
struct Version {
    title: String,
    name: String,
    number: Option<u64>,
    document: Value,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let now = version(&client, &args.pipeline).await?;
    let fixtures = fixture::all(&args.fixtures, BASELINE)?;
    let before = before(&client, &args, &now).await?;
    let patience = Duration::from_secs(args.timeout);
    // All jobs at once: they wait for each other only at the hosts.
    let jobs = submit(&client, &now, &fixtures).await?;
    let (title, earlier) = match before {
        Before::Version(before) => {
            let jobs = submit(&client, &before, &fixtures).await?;
            (Some(before.title), outcomes(&client, jobs, patience).await?)
        }
        Before::Kept(title, kept) => (Some(title), kept),
        Before::Nothing => (None, Map::new()),
    };
    let outcomes = outcomes(&client, jobs, patience).await?;
    if args.save {
        save(&args.fixtures.join(BASELINE), &now, &outcomes)?;
    }
    let tolerance = Tolerance { share: args.cost_within };
    let mut exit = Exit::Succeeded;
    if !session.json {
        let title = title.unwrap_or_else(|| "nothing: there is no version before".into());
        paint::line(&format!("{}  against {title}", paint(BOLD, &now.title)))?;
    }
    for fixture in &fixtures {
        let outcome = &outcomes[&fixture.name];
        let unmet = compare::unmet(&fixture.expect, outcome);
        let known = earlier.get(&fixture.name);
        let differences =
            known.map_or_else(Vec::new, |before| compare::differences(before, outcome, tolerance));
        exit = match (unmet.is_empty(), differences.is_empty()) {
            (false, _) => Exit::Failed,
            (true, false) if exit == Exit::Succeeded => Exit::Differs,
            _ => exit,
        };
        if session.json {
            paint::json(&json!({
                "fixture": fixture.name, "outcome": outcome, "before": known,
                "differences": differences, "unmet": unmet,
            }))?;
        } else {
            told(&fixture.name, outcome, &unmet, &differences)?;
        }
    }
    Ok(exit)
}

/// What the version is compared with.
enum Before {
    Version(Version),
    Kept(String, Map<String, Value>),
    Nothing,
}

async fn before(client: &Client, args: &Args, now: &Version) -> Result<Before, Failure> {
    if let Some(against) = &args.against {
        return Ok(Before::Version(version(client, against).await?));
    }
    let file = args.fixtures.join(BASELINE);
    if !args.save && file.exists() {
        let kept = documents::value(&file, "correct it, or run with --save again")?;
        let title = format!("{} of {}", BASELINE, kept["pipeline"].as_str().unwrap_or("?"));
        let kept = kept["fixtures"].as_object().cloned().unwrap_or_default();
        return Ok(Before::Kept(title, kept));
    }
    Ok(match now.number {
        _ if args.save => Before::Nothing,
        Some(number) if 1 < number => {
            Before::Version(stored(client, &now.name, Some(number - 1)).await?)
        }
        Some(_) => Before::Nothing,
        // A draft is compared with what is stored under its name, if anything is.
        None => match stored(client, &now.name, None).await {
            Ok(stored) => Before::Version(stored),
            Err(Failure::Api(client::Error::Problem(problem))) if problem.status == 404 => {
                Before::Nothing
            }
            Err(failure) => return Err(failure),
        },
    })
}

async fn version(client: &Client, text: &str) -> Result<Version, Failure> {
    match super::stored_or_file(text)? {
        Pipeline::Stored(text) => {
            let (name, number) = match text.split_once('@') {
                Some((name, number)) => (
                    name,
                    Some(number.parse().map_err(|_| {
                        let what = format!("{text} names no version");
                        Failure::here(what, "write NAME@VERSION, such as hero-image@3")
                    })?),
                ),
                None => (text.as_str(), None),
            };
            stored(client, name, number).await
        }
        Pipeline::Inline(document) => {
            let name = document["name"].as_str().unwrap_or("inline").to_owned();
            Ok(Version {
                title: text.to_owned(),
                number: None,
                document: quiet(document, &name),
                name,
            })
        }
    }
}

async fn stored(client: &Client, name: &str, number: Option<u64>) -> Result<Version, Failure> {
    let stored = client.pipeline(name, number).await?;
    let number = stored["version"].as_u64();
    Ok(Version {
        title: format!("{name}@{}", number.unwrap_or_default()),
        name: name.to_owned(),
        number,
        document: quiet(stored["pipeline"].clone(), name),
    })
}

/// The same document, whose publications lie where nobody looks for them.
fn quiet(mut document: Value, name: &str) -> Value {
    let steps = document["steps"].as_object_mut();
    for step in steps.into_iter().flatten().map(|(_, step)| step) {
        if step["kind"] == "publish"
            && let Some(target) = step.get_mut("with").and_then(|with| with.get_mut("target"))
        {
            *target = json!({ "kind": "s3", "prefix": format!("tests/{name}") });
        }
    }
    document
}

/// Submits every fixture; the jobs by the names of the fixtures.
async fn submit(
    client: &Client,
    version: &Version,
    fixtures: &[Fixture],
) -> Result<Vec<(String, Job)>, Failure> {
    let mut jobs = Vec::new();
    for fixture in fixtures {
        let mut submission = Submission::of(Pipeline::Inline(version.document.clone()));
        submission.inputs = fixture.inputs(client, &version.document).await?;
        submission.labels = fixture.labels.clone();
        submission.labels.entry(LABEL.into()).or_insert_with(|| version.name.clone());
        let job = client.submit(&submission).await?;
        note(&format!("{}  {}  {}", version.title, fixture.name, job.id));
        jobs.push((fixture.name.clone(), job));
    }
    Ok(jobs)
}

async fn outcomes(
    client: &Client,
    jobs: Vec<(String, Job)>,
    patience: Duration,
) -> Result<Map<String, Value>, Failure> {
    let mut outcomes = Map::new();
    for (name, job) in jobs {
        let job = follow::quietly(client, job, patience).await?;
        if !job.terminal {
            let what = format!("{name}: job {} has not ended in {} s", job.id, patience.as_secs());
            let next = format!("`galley watch {}` follows it; --timeout waits longer", job.id);
            return Err(Failure::here(what, next));
        }
        outcomes.insert(name, Outcome::of(&job).json());
    }
    Ok(outcomes)
}

fn save(
    file: &std::path::Path,
    now: &Version,
    outcomes: &Map<String, Value>,
) -> Result<(), Failure> {
    let kept = json!({ "pipeline": now.title, "fixtures": outcomes });
    let bad = |error| client::Error::File(file.display().to_string(), error);
    std::fs::write(file, format!("{kept:#}\n")).map_err(bad)?;
    note(&format!("kept as {}", file.display()));
    Ok(())
}

fn told(
    name: &str,
    outcome: &Value,
    unmet: &[String],
    differences: &[Difference],
) -> std::io::Result<()> {
    let said = match (unmet.is_empty(), differences.is_empty()) {
        (false, _) => paint(BAD, "fails"),
        (true, false) => paint(BAD, "differs"),
        (true, true) => paint(GOOD, "same"),
    };
    let state = outcome["state"].as_str().unwrap_or_default();
    paint::line(&format!("{said}  {name}  {}", paint(DIM, state)))?;
    for line in unmet {
        paint::line(&format!("  expected: {line}"))?;
    }
    let width = differences.iter().map(|it| it.what.chars().count()).max().unwrap_or(0);
    for Difference { what, before, now } in differences {
        paint::line(&format!("  {what:width$}  {before} → {now}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_target_of_the_document_is_left() {
        let document = json!({ "steps": {
            "a": { "kind": "publish", "with": { "target": { "kind": "webhook", "url": "https://x.test" } } },
            "b": { "kind": "publish", "with": { "target": { "kind": "s3", "latest": true } } },
            "c": { "kind": "image.resize", "with": { "target": 1 } },
        } });
        let steps = &quiet(document, "hero")["steps"];
        let tests = json!({ "kind": "s3", "prefix": "tests/hero" });
        assert_eq!(
            (&steps["a"]["with"]["target"], &steps["b"]["with"]["target"]),
            (&tests, &tests)
        );
        assert_eq!(steps["c"]["with"]["target"], 1);
    }
}
