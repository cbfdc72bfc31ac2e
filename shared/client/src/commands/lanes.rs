//! `galley lanes`: how much waits, and what renders take.
use client::Lane;

use crate::{
    failure::{Exit, Failure},
    paint::{self, DIM, WARN, paint, plain},
    session::Session,
};

/// Show the lanes: slots, what waits, what renders take
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley lanes
  galley lanes --json | jq '.lanes[] | {lane, waiting, yours}'

`galley get JOB` says what a waiting step waits for, its place, and when its turn will probably come.")]
pub(crate) struct Args {}

pub(crate) async fn run(_: Args, session: &Session) -> Result<Exit, Failure> {
    let lanes = session.client()?.lanes().await?;
    if session.json {
        paint::json(&lanes)?;
    } else {
        let lines = lanes.lanes.iter().flat_map(lines);
        lines.collect::<Vec<_>>().iter().try_for_each(|line| paint::line(line))?;
    }
    Ok(Exit::Succeeded)
}

fn lines(lane: &Lane) -> Vec<String> {
    let Lane { lane: name, hosts, slots, busy, waiting, oldest_wait_s, yours, .. } = lane;
    let mut first =
        format!("{name}  {hosts} hosts  {busy} of {slots} slots busy  {waiting} waiting");
    if 0 < *waiting {
        first += &format!(", the oldest for {oldest_wait_s:.0} s");
    }
    let mut lines = vec![first];
    if let Some(reason) = &lane.hold {
        lines.push(format!("  {} {}", paint(WARN, "on hold:"), plain(reason)));
    }
    if let Some(rate) = lane.rest.get("rate").filter(|rate| rate.is_object()) {
        lines.push(format!("  at most {} starts in {} s", rate["starts"], rate["per_s"]));
    }
    lines.push(format!("  yours: {} running, {} waiting", yours.running, yours.waiting));
    let width = lane.typical.iter().map(|sort| sort.kind.len()).max().unwrap_or(0);
    for sort in &lane.typical {
        let seen = paint(DIM, &format!("{} renders", sort.renders));
        let (kind, model, seconds) = (plain(&sort.kind), plain(&sort.model), sort.seconds);
        lines.push(format!("  {kind:width$}  {model}  {seconds:.1} s  {seen}"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_lane_is_shown_with_what_waits_and_what_renders_take() {
        let lane = json!({
            "lane": "gpu", "hold": "driver update", "hosts": 1, "slots": 2, "busy": 2, "waiting": 12,
            "oldest_wait_s": 41.2, "rate": { "starts": 30, "per_s": 60 },
            "typical": [{ "kind": "image.generate", "model": "sketch-1", "renders": 240, "seconds": 8.44 }],
            "yours": { "waiting": 3, "running": 1 },
        });
        let shown = lines(&serde_json::from_value(lane).unwrap()).join("\n");
        for told in [
            "gpu  1 hosts  2 of 2 slots busy  12 waiting, the oldest for 41 s\n",
            "driver update\n  at most 30 starts in 60 s\n  yours: 1 running, 3 waiting\n",
            "  image.generate  sketch-1  8.4 s  ",
        ] {
            assert!(shown.contains(told), "{shown}");
        }
    }
}
