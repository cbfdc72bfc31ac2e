//! `galley takedown`: an asset goes from wherever it was published.
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    failure::{Exit, Failure},
    paint::{self, BAD, BOLD, DIM, GOOD, WARN, note, paint, plain},
    session::Session,
};

/// How often it is asked how the take-down stands.
const EVERY: Duration = Duration::from_secs(2);

/// Take down whatever was published of an asset, and block its bytes
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley takedown j01m7w9p7jffk8k64v4ewj46z1a.generate.1.0 --reason \"a wrong price\"
  galley takedown ASSET --reason \"a wrong price\" --json | jq .places

Its bytes, and all that was made from them, are blocked at once: no job of the tenant publishes
them again. Then each target is asked to take back what it has. Only exact bytes are blocked,
not what looks alike.

Exits with 0 when nothing of it is public any more, and with 1 while anything is: what has to be
cleared by hand is told with what to do. The same command again asks once more.")]
pub(crate) struct Args {
    /// Id of the asset
    asset: String,
    /// Why; it stays on record
    #[arg(long)]
    reason: String,
    /// For how many seconds to wait for the targets
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    timeout: u64,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let asked = json!({ "asset": args.asset, "reason": args.reason });
    let mut known = client.take_down(&asked).await?;
    let id = known["id"].as_str().unwrap_or_default().to_owned();
    note(&format!("{id}: its bytes are blocked; asking where it went"));
    let until = Instant::now() + Duration::from_secs(args.timeout);
    let mut told: Vec<String> = Vec::new();
    let first = known["updated_at"].clone();
    loop {
        for place in places(&known) {
            let line = row(place);
            if place["state"] != "waiting" && !session.json && !told.contains(&line) {
                paint::line(&line)?;
                told.push(line);
            }
        }
        let worked = known["updated_at"] != first;
        if (worked && known["state"] != "working") || until <= Instant::now() {
            break;
        }
        sleep(EVERY).await;
        known = client.takedown(&id).await?;
    }
    if session.json {
        paint::json(&known)?;
    }
    let public = places(&known).filter(|place| place["state"] != "gone").count();
    match (known["state"].as_str(), public) {
        (Some("working"), 0) => note("nobody has looked yet; the same command again shows it"),
        (_, 0) => note("nothing of it is public any more"),
        (Some("working"), open) => {
            note(&format!("{open} not gone yet: they are asked again by themselves"));
        }
        (_, open) => note(&format!("{open} have to be cleared by hand")),
    }
    let over = known["state"] == "done";
    Ok(if over { Exit::Succeeded } else { Exit::Failed })
}

fn places(takedown: &Value) -> impl Iterator<Item = &Value> {
    takedown["places"].as_array().into_iter().flatten()
}

fn row(place: &Value) -> String {
    let text = |field: &str| plain(place[field].as_str().unwrap_or_default());
    let style = match place["state"].as_str() {
        Some("gone") => GOOD,
        Some("cannot") => WARN,
        _ => BAD,
    };
    let state = paint(style, &format!("{:6}", text("state")));
    let target = paint(BOLD, &format!("{:12}", text("target")));
    let line = format!("{target}  {state}  {}", text("location"));
    match text("detail") {
        detail if detail.is_empty() => line,
        detail => format!("{line}\n              {}", paint(DIM, &detail)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_has_to_be_cleared_by_hand_says_how() {
        let place = json!({
            "target": "webhook", "state": "cannot", "location": "https://a.test/hook",
            "detail": "what went there cannot be taken back: ask whoever runs it",
        });
        let line = anstream::adapter::strip_str(&row(&place)).to_string();
        let told = "webhook       cannot  https://a.test/hook\n              what went there cannot be taken back: ask whoever runs it";
        assert_eq!(line, told);
    }
}
