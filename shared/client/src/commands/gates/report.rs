//! `galley gates report`: verdicts held against people's word, and against what was planted.
use domain::gate::report::DAYS_MOST;

use crate::{
    failure::{Exit, Failure},
    paint::{self, note},
    session::Session,
};

/// Hold the verdicts of policies against what people said, and against what was planted
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley gates report
  galley gates report --policy brand --since 7d
  galley gates report --policy brand --thresholds
  galley gates report --json | jq -r '.models[] | select(.off) | [.model, .today.share] | @tsv'

Agreement counts where both took a side: what was doubtful took none. A false pass is one that people
refused, or that was planted; a false fail one that they approved. People see passes only where the
policy has a sample. With --thresholds: what the gate would have said in all, had one criterion's
threshold been another. Days are UTC; verdicts are kept for 90 of them.")]
pub(crate) struct Args {
    /// Only this policy
    #[arg(long, value_name = "NAME")]
    policy: Option<String>,
    /// The last so many days: 30d
    #[arg(long, value_name = "DAYS", default_value = "30d", value_parser = days)]
    since: u32,
    /// What other thresholds would have done
    #[arg(long)]
    thresholds: bool,
}

fn days(text: &str) -> Result<u32, String> {
    let days = text.strip_suffix('d').and_then(|days| days.parse().ok());
    days.filter(|days| (1..=DAYS_MOST).contains(days))
        .ok_or_else(|| format!("write a number of days from 1d to {DAYS_MOST}d, such as 7d"))
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let reports = session.client()?.gates_report(args.policy.as_deref(), args.since).await?;
    if session.json {
        reports.iter().try_for_each(paint::json)?;
        return Ok(Exit::Succeeded);
    }
    for report in &reports {
        for line in super::table::lines(report, args.thresholds) {
            paint::line(&line)?;
        }
    }
    if reports.is_empty() {
        note("no policy has judged anything in that time");
    }
    Ok(Exit::Succeeded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_a_number_of_days() {
        assert_eq!((days("7d"), days("90d")), (Ok(7), Ok(90)));
        for text in ["7", "0d", "91d", "week"] {
            assert_eq!(
                days(text).unwrap_err(),
                "write a number of days from 1d to 90d, such as 7d",
                "{text}"
            );
        }
    }
}
