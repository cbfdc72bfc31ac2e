//! `galley reviews`: what people are asked, and what they decide.
use std::path::PathBuf;

use client::{Review, ReviewDecision};
use serde_json::{Value, json};

use crate::{
    failure::{Exit, Failure},
    inputs,
    paint::{self, DIM, note, paint, plain},
    session::Session,
    times,
};

/// See what gates are unsure about, and decide
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:
  galley reviews list
  galley reviews show j01k5z3….safe.1
  galley reviews approve j01k5z3….safe.1
  galley reviews regenerate j01k5z3….safe.1 --note 'brighter, and no hat'
  galley reviews undo j01k5z3….safe.1

Deciding needs a personal key (gp_…) of somebody with the role reviewer: `galley admin people put` gives it. A decision
takes effect half a minute later, and can be undone until then.")]
pub(crate) enum Command {
    List(List),
    Show(One),
    Claim(One),
    Release(One),
    Approve(Said),
    Reject(Said),
    Regenerate(Regenerate),
    Edit(Edit),
    Undo(One),
}

/// List reviews that wait, the longest first
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley reviews list
  galley reviews list --closed --all --json | jq -r .id")]
pub(crate) struct List {
    /// Those that are over, the latest first
    #[arg(long)]
    closed: bool,
    /// At most so many on a page
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    /// All pages
    #[arg(long)]
    all: bool,
}

/// One review: look at it, hold it, let it go, or take a decision back
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley reviews show j01k5z3….safe.1
  galley reviews claim j01k5z3….safe.1
  galley reviews undo j01k5z3….safe.1

Claimed, nobody else can decide it for a quarter of an hour.")]
pub(crate) struct One {
    /// Id of the review, as `list` shows it
    review: String,
}

/// Decide
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley reviews approve j01k5z3….safe.1
  galley reviews reject j01k5z3….safe.1 --note 'not our product'")]
pub(crate) struct Said {
    /// Id of the review, as `list` shows it
    review: String,
    /// Why, in your words
    #[arg(long)]
    note: Option<String>,
}

/// Send it back to be made again, as the note says
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley reviews regenerate j01k5z3….safe.1 --note 'brighter, and no hat'

The note is added to the prompt of the step that made it.")]
pub(crate) struct Regenerate {
    /// Id of the review, as `list` shows it
    review: String,
    /// What is to be made otherwise
    #[arg(long)]
    note: String,
}

/// Approve it with a change: other bytes in its place, or other words beside it
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley reviews edit j01k5z3….safe.1 --replace retouched.png
  galley reviews edit j01k5z3….safe.1 --alt 'A red fox in snow' --focal 0.4,0.3")]
pub(crate) struct Edit {
    /// Id of the review, as `list` shows it
    review: String,
    /// The asset that is edited; the first that is shown where it is not named
    #[arg(long, value_name = "ASSET")]
    subject: Option<String>,
    /// File that takes its place
    #[arg(long, value_name = "FILE")]
    replace: Option<PathBuf>,
    /// What stands in for the picture where it cannot be seen
    #[arg(long)]
    alt: Option<String>,
    /// The words beside it
    #[arg(long)]
    caption: Option<String>,
    /// What must stay in view, in shares of width and height
    #[arg(long, value_name = "X,Y", value_parser = focal)]
    focal: Option<(f64, f64)>,
    /// Why, in your words
    #[arg(long)]
    note: Option<String>,
}

fn focal(text: &str) -> Result<(f64, f64), String> {
    let share = |text: &str| text.trim().parse().ok().filter(|share| (0.0..=1.0).contains(share));
    let point = text.split_once(',').and_then(|(x, y)| Some((share(x)?, share(y)?)));
    point.ok_or_else(|| "write two shares from 0 to 1, such as 0.4,0.3".to_owned())
}

pub(crate) async fn run(command: Command, session: &Session) -> Result<Exit, Failure> {
    let say = |decision: &str, note| ReviewDecision {
        decision: decision.into(),
        note,
        ..ReviewDecision::default()
    };
    match command {
        Command::List(args) => return list(args, session).await,
        Command::Show(One { review }) => {
            show(&session.client()?.review(&review).await?, session)?;
        }
        Command::Claim(One { review }) => act(&review, "claim", session).await?,
        Command::Release(One { review }) => act(&review, "release", session).await?,
        Command::Undo(One { review }) => act(&review, "undo", session).await?,
        Command::Approve(Said { review, note }) => {
            decide(&review, say("approve", note), session).await?;
        }
        Command::Reject(Said { review, note }) => {
            decide(&review, say("reject", note), session).await?;
        }
        Command::Regenerate(Regenerate { review, note }) => {
            decide(&review, say("regenerate", Some(note)), session).await?;
        }
        Command::Edit(edit) => {
            let upload = match &edit.replace {
                Some(file) => {
                    inputs::uploading(file);
                    Some(session.client()?.upload(file, None).await?.upload)
                }
                None => None,
            };
            let focal = edit.focal.map(|(x, y)| json!({ "x": x, "y": y }));
            let (subject, alt, caption) = (edit.subject, edit.alt, edit.caption);
            let said = say("edit", edit.note);
            let said = ReviewDecision { subject, upload, alt, caption, focal, ..said };
            decide(&edit.review, said, session).await?;
        }
    }
    Ok(Exit::Succeeded)
}

async fn list(args: List, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let (mut cursor, mut empty): (Option<String>, bool) = (None, true);
    loop {
        let page = client.reviews(args.closed, args.limit, cursor.as_deref()).await?;
        empty &= page.reviews.is_empty();
        match session.json {
            true => page.reviews.iter().try_for_each(paint::json)?,
            false => page.reviews.iter().try_for_each(|one| paint::line(&row(one)))?,
        }
        match page.next {
            Some(next) if args.all => cursor = Some(next),
            Some(_) => {
                note("there are more: --limit N, --all");
                break;
            }
            None => break,
        }
    }
    if empty && !session.json {
        note(if args.closed { "nothing was decided yet" } else { "nobody is asked anything" });
    }
    Ok(Exit::Succeeded)
}

async fn act(review: &str, what: &str, session: &Session) -> Result<(), Failure> {
    let review = session.client()?.review_act(review, what).await?;
    told(&review, session)
}

async fn decide(review: &str, decision: ReviewDecision, session: &Session) -> Result<(), Failure> {
    let review = session.client()?.decide(review, &decision).await?;
    told(&review, session)?;
    let at = review.decided.as_ref().and_then(|decided| decided["effect_at"].as_str());
    if let Some(at) = at.filter(|_| !session.json) {
        note(&format!("in effect {}; until then: galley reviews undo {}", plain(at), review.id));
    }
    Ok(())
}

fn told(review: &Review, session: &Session) -> Result<(), Failure> {
    match session.json {
        true => Ok(paint::json(review)?),
        false => Ok(paint::line(&row(review))?),
    }
}

fn row(review: &Review) -> String {
    let state = paint::state(&review.state, 9);
    let when = paint(DIM, &format!("{:11}", times::when(&review.opened_at)));
    format!("{state}  {when}  {}  {}", plain(&review.id), plain(&review.pipeline))
}

fn show(review: &Review, session: &Session) -> Result<(), Failure> {
    told(review, session)?;
    if session.json {
        return Ok(());
    }
    let of = |name: &str| review.rest.get(name).cloned().unwrap_or(Value::Null);
    for reason in of("verdict")["reasons"].as_array().into_iter().flatten() {
        paint::line(&format!("  {}", plain(reason.as_str().unwrap_or_default())))?;
    }
    for subject in of("subjects").as_array().into_iter().flatten() {
        let asset = subject["asset"].as_str().unwrap_or_default();
        paint::line(&format!("  shows {}", plain(asset)))?;
    }
    let approvals = of("approvals");
    let (given, wanted) = (&approvals["given"], &approvals["wanted"]);
    paint::line(&format!("  {given} of {wanted} approvals, until {}", plain(&review.expires_at)))?;
    for vote in of("votes").as_array().into_iter().flatten() {
        let word = |name: &str| plain(vote[name].as_str().unwrap_or_default());
        paint::line(&format!("  {} {} {}", word("by"), word("decision"), word("at")))?;
    }
    if let Some(warning) = of("warning").as_str() {
        note(&plain(warning));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_focal_point_is_two_shares() {
        assert_eq!(focal("0.4, 0.3"), Ok((0.4, 0.3)));
        for wrong in ["0.4", "1.4,0", "left,top", ""] {
            assert!(focal(wrong).is_err(), "{wrong}");
        }
    }
}
