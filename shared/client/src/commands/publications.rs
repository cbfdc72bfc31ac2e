//! `galley publications`: what targets would get of a post, and what became of it.
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::{
    documents,
    failure::{Exit, Failure},
    paint::{self, BOLD, DIM, note, paint, plain},
    session::Session,
};

/// See what targets would get of a post and when, and what became of it
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  galley publications preview post.yaml
  galley publications show j01m7w9p7jffk8k64v4ewj46z1a.announce~bluesky
  galley publications list
  galley publications reschedule j01m7w9p7jffk8k64v4ewj46z1a.news 2026-12-01T09:00:00+01:00")]
pub(crate) enum Command {
    Preview(Preview),
    Show(Show),
    Retry(Retry),
    List(List),
    Reschedule(Reschedule),
    Cancel(Cancel),
    Metrics(Metrics),
}

/// List what is to be published, and was, by time
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley publications list                       # the next four weeks
  galley publications list --from 2026-12-01 --to 2026-12-08
  galley publications list --json | jq -r .id

Only what has a window is listed.")]
pub(crate) struct List {
    /// From this day or time on; now without
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Until before this day or time; four weeks later without
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
}

/// Move a publication to another time, until its window opens
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley publications reschedule j01m7w9p7jffk8k64v4ewj46z1a.news 2026-12-01T09:00:00+01:00
  galley publications reschedule j01m7w9p7jffk8k64v4ewj46z1a.news '2026-12-01T09:00[Europe/Berlin]'

Hours do not bind whoever moves it; an embargo and the distance to others of its account do.")]
pub(crate) struct Reschedule {
    /// Id of the publication
    publication: String,
    /// When it opens instead, with an offset
    time: String,
}

/// Take a publication out before its window opens; its job goes on without it
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley publications cancel j01m7w9p7jffk8k64v4ewj46z1a.announce~bluesky")]
pub(crate) struct Cancel {
    /// Id of the publication
    publication: String,
}

/// Show what each target would get of a post; nothing is sent
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley publications preview post.yaml
  galley publications preview post.yaml --target x --target bluesky
  galley publications preview post.yaml --json | jq .form

The file holds what stands under a publish step's `with`: `post`, and `targets`. A medium is named by `asset`, or
described by `shape: { media_type, width, height, bytes }`.")]
pub(crate) struct Preview {
    /// The post, YAML or JSON
    file: PathBuf,
    /// Kind of target, instead of those in the file
    #[arg(long = "target", value_name = "KIND")]
    targets: Vec<String>,
    /// As if a model had made something of it
    #[arg(long)]
    ai: bool,
}

/// Show what became of a post at one target
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley publications show j01m7w9p7jffk8k64v4ewj46z1a.announce~bluesky

Its id is that of the job, a dot, and the name of the step.")]
pub(crate) struct Show {
    /// Id of the publication
    publication: String,
}

/// Publish once more what a target did not take; what is there stays as it is
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley publications retry j01m7w9p7jffk8k64v4ewj46z1a.announce~bluesky

The job runs again for this target alone: all else of it stays as it is, also what it lacks. `galley retry JOB`
attempts all that is lacking.")]
pub(crate) struct Retry {
    /// Id of the publication
    publication: String,
}

/// Show what a target counts of a post: views, likes …
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley publications metrics j01m7w9p7jffk8k64v4ewj46z1a.announce~bluesky
  galley publications metrics JOB.STEP --json | jq '.readings[-1].counts'

Figures are read an hour, a day and a week after it was there, where the target tells any.")]
pub(crate) struct Metrics {
    /// Id of the publication
    publication: String,
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    match command {
        Command::Preview(args) => preview(args, session).await,
        Command::Show(args) => show(args, session).await,
        Command::Retry(args) => retry(args, session).await,
        Command::List(List { from, to }) => {
            let found = session.client()?.scheduled(from.as_deref(), to.as_deref()).await?;
            for one in &found {
                when(one, session)?;
            }
            if found.is_empty() && !session.json {
                note("nothing has a window then");
            }
            Ok(Exit::Succeeded)
        }
        Command::Reschedule(Reschedule { publication, time }) => {
            let at = domain::Time::parse(&time).map_or(time, domain::Time::rfc3339);
            when(&session.client()?.reschedule(&publication, &at).await?, session)?;
            Ok(Exit::Succeeded)
        }
        Command::Cancel(Cancel { publication }) => {
            when(&session.client()?.cancel_publication(&publication).await?, session)?;
            Ok(Exit::Succeeded)
        }
        Command::Metrics(args) => metrics(args, session).await,
    }
}

/// A publication and its time, on a line.
fn when(one: &Value, session: &Session) -> Result<(), Failure> {
    if session.json {
        return Ok(paint::json(one)?);
    }
    let text = |field: &str| plain(one[field].as_str().unwrap_or_default());
    let state = paint::state(&text("state"), 9);
    let place = format!("{} {}", text("target"), text("connection"));
    Ok(paint::line(&format!("{}  {state}  {}  {}", text("opens_at"), text("id"), place.trim()))?)
}

async fn preview(args: Preview, session: &Session) -> Result<Exit, Failure> {
    let document = documents::value(&args.file, "correct the file")?;
    // A whole document, or the post alone.
    let post = document.get("post").unwrap_or(&document);
    let targets: Value = match args.targets.as_slice() {
        [] => match (document.get("targets"), document.get("target")) {
            (Some(targets), _) => targets.clone(),
            (None, Some(target)) => json!([target]),
            (None, None) => {
                let next = "write `targets: [{ kind: bluesky }]` into it, or pass --target KIND";
                return Err(Failure::here("the file names no target", next));
            }
        },
        kinds => json!(kinds),
    };
    let asked = json!({ "post": post, "targets": targets, "ai": args.ai });
    let shown = session.client()?.preview(&asked).await?;
    for one in &shown {
        match session.json {
            true => paint::json(one)?,
            false => lines(one).iter().try_for_each(|line| paint::line(line))?,
        }
    }
    let refused = shown.iter().any(|one| one["form"].is_null());
    Ok(if refused { Exit::Failed } else { Exit::Succeeded })
}

/// What one target would get, for people.
fn lines(one: &Value) -> Vec<String> {
    let text = |value: &Value| plain(value.as_str().unwrap_or_default());
    let mut out = vec![paint(BOLD, &text(&one["target"]["kind"]))];
    for problem in one["problems"].as_array().into_iter().flatten() {
        out.push(format!("  nothing: {}; {}", text(&problem["detail"]), text(&problem["fix"])));
    }
    let form = &one["form"];
    if let Some(title) = form["title"].as_str() {
        out.push(format!("  {}", plain(title)));
    }
    let pieces = form["pieces"].as_array().into_iter().flatten().map(|piece| &piece["text"]);
    for words in pieces.chain(form.pointer("/body/text")) {
        out.push(String::new());
        let words = words.as_str().unwrap_or_default();
        out.extend(words.lines().map(|line| format!("  {}", plain(line))));
    }
    for medium in form["media"].as_array().into_iter().flatten() {
        out.push(format!("  picture: {}", text(&medium["alt"])));
    }
    for note in form["changed"].as_array().into_iter().flatten() {
        let line = format!("  {} {}", text(&note["pointer"]), text(&note["what"]));
        out.push(paint(DIM, &line));
    }
    out.push(String::new());
    out
}

async fn show(args: Show, session: &Session) -> Result<Exit, Failure> {
    let publication = session.client()?.publication(&args.publication).await?;
    if session.json {
        paint::json(&publication)?;
        return Ok(Exit::Succeeded);
    }
    let text = |field: &str| plain(publication[field].as_str().unwrap_or_default());
    let state = paint::state(&text("state"), 0);
    paint::line(&format!("{}  {state}  {}", text("target"), text("location")))?;
    if !text("error").is_empty() {
        paint::line(&format!("  {}", text("error")))?;
    }
    for note in publication["changed"].as_array().into_iter().flatten() {
        let of = |field: &str| plain(note[field].as_str().unwrap_or_default());
        paint::line(&paint(DIM, &format!("  {} {}", of("pointer"), of("what"))))?;
    }
    Ok(Exit::Succeeded)
}

async fn retry(args: Retry, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let publication = client.publication(&args.publication).await?;
    if publication["state"] == "done" {
        note("it is there already; nothing is done");
        return Ok(Exit::Succeeded);
    }
    let job = client.retry_publication(&args.publication).await?;
    match session.json {
        true => paint::json(&job)?,
        false => {
            paint::line(&format!("{} {}, run {}", job.id, paint::state(&job.state, 0), job.run))?
        }
    }
    Ok(Exit::Succeeded)
}

async fn metrics(args: Metrics, session: &Session) -> Result<Exit, Failure> {
    let metrics = session.client()?.metrics(&args.publication).await?;
    if session.json {
        paint::json(&metrics)?;
        return Ok(Exit::Succeeded);
    }
    for reading in metrics["readings"].as_array().into_iter().flatten() {
        let counts = reading["counts"].as_object().into_iter().flatten();
        let counts: Vec<String> = counts.map(|(name, n)| format!("{n} {}", plain(name))).collect();
        let after = reading["after"].as_str().unwrap_or_default();
        paint::line(&format!("{:3}  {}", plain(after), counts.join(", ")))?;
    }
    if let Some(error) = metrics["error"].as_str() {
        note(&plain(error));
    }
    if let Some(next) = metrics["next_at"].as_str() {
        note(&format!("read next at {}", plain(next)));
    }
    Ok(Exit::Succeeded)
}
