//! `galley spend`: what was spent, by pipeline, model or label.
use aws::clock;
use client::{Spend, SpendQuery, Sum};
use domain::{Time, spend::By};

use crate::{
    failure::{Exit, Failure},
    paint::{self, BOLD, DIM, note, paint, plain},
    session::Session,
    show,
};

/// A day in seconds.
const DAY_S: i64 = 86_400;

/// Show what was spent, by pipeline, model or label
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley spend
  galley spend --by label.campaign --since 7d
  galley spend --by model --since 30d
  galley spend --by total --from 2026-11-01 --to 2026-11-30 --days
  galley spend --by label.campaign --json | jq -r '.values[] | [.value, .usd] | @tsv'

Models are named as in pipelines, those of vendors VENDOR/MODEL; a job may be served by several, so jobs
are not counted by model. Days are UTC. A job counts on the day it was accepted, an attempt on the day it ended; what a lost
attempt was thought to cost is corrected on the day its late result comes.")]
pub(crate) struct Args {
    /// total, pipeline, model, or label. and a label's name
    #[arg(long, default_value = "pipeline", value_parser = by)]
    by: String,
    /// The last so many days, today included: 7d
    #[arg(long, value_name = "DAYS", value_parser = days, conflicts_with_all = ["from", "to"])]
    since: Option<i64>,
    /// First day
    #[arg(long, value_name = "DAY", value_parser = day)]
    from: Option<String>,
    /// Last day, included
    #[arg(long, value_name = "DAY", value_parser = day)]
    to: Option<String>,
    /// Each day by itself
    #[arg(long)]
    days: bool,
}

fn by(text: &str) -> Result<String, String> {
    let by = By::parse(text).map(|by| by.to_string());
    by.ok_or_else(|| "write total, pipeline, model, or label.NAME as in label.campaign".into())
}

/// Reads `7d`.
pub(crate) fn days(text: &str) -> Result<i64, String> {
    let days = text.strip_suffix('d').and_then(|days| days.parse().ok());
    days.filter(|days| (1..=400).contains(days))
        .ok_or_else(|| "write a number of days from 1d to 400d, such as 7d".into())
}

fn day(text: &str) -> Result<String, String> {
    let known = Time::of_day(text).map(|_| text.to_owned());
    known.ok_or_else(|| "write a day in UTC, such as 2026-11-20".into())
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let today = clock::now();
    let since = args.since.map(|days| Time(today.0 - (days - 1) * DAY_S * 1000).day());
    let query = SpendQuery { by: args.by, from: since.or(args.from), to: args.to };
    let spend = session.client()?.spend(&query).await?;
    if session.json {
        paint::json(&spend)?;
        return Ok(Exit::Succeeded);
    }
    for line in table(&spend, args.days) {
        paint::line(&line)?;
    }
    if spend.values.is_empty() {
        note(&format!("nothing by {} from {} to {}", spend.by, spend.from, spend.to));
    }
    Ok(Exit::Succeeded)
}

fn table(spend: &Spend, each_day: bool) -> Vec<String> {
    let head = spend.by.to_uppercase();
    let values = spend.values.iter().map(|it| plain(&it.value).chars().count());
    let width = values.fold(head.chars().count().max("all".len()), usize::max);
    let title = format!("{head:width$}  {:>7}  {:>8}  {:>12}", "JOBS", "ATTEMPTS", "COST");
    let mut lines = vec![paint(DIM, &title)];
    let jobs = spend.by != By::Model.to_string();
    for of in &spend.values {
        lines.push(row(&plain(&of.value), &of.sum, width, jobs));
        for on in of.days.iter().filter(|_| each_day) {
            lines.push(row(&format!("  {}", on.day), &on.sum, width, jobs));
        }
    }
    if 1 < spend.values.len() {
        lines.push(paint(BOLD, &row("all", &spend.total, width, jobs)));
    }
    let period = format!("{} to {}, UTC", spend.from, spend.to);
    lines.push(paint(DIM, &period));
    lines
}

fn row(name: &str, sum: &Sum, width: usize, jobs: bool) -> String {
    let jobs = if jobs { sum.jobs.to_string() } else { "-".into() };
    format!("{name:width$}  {jobs:>7}  {:>8}  {:>12}", sum.attempts, show::usd(sum.usd))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_and_days_are_rows_with_their_sum_below() {
        let sum = |jobs: i64, micros: i64| json!({ "jobs": jobs, "attempts": 3 * jobs, "usd": micros as f64 / 1e6, "micro_usd": micros });
        let with = |mut sum: serde_json::Value, name: &str, text: &str| {
            sum[name] = text.into();
            sum
        };
        let mut spring = with(sum(2, 1_200), "value", "spring");
        spring["days"] = json!([with(sum(2, 1_200), "day", "2026-11-20")]);
        let mut autumn = with(sum(1, 600), "value", "autumn");
        autumn["days"] = json!([]);
        let spend = json!({
            "by": "label.campaign", "from": "2026-11-14", "to": "2026-11-20",
            "values": [spring, autumn], "total": sum(3, 1_800),
        });
        let spend: Spend = serde_json::from_value(spend).unwrap();
        let expected = "\
LABEL.CAMPAIGN     JOBS  ATTEMPTS          COST
spring                2         6       $0.0012
  2026-11-20          2         6       $0.0012
autumn                1         3       $0.0006
all                   3         9       $0.0018
2026-11-14 to 2026-11-20, UTC";
        let lines = table(&spend, true).join("\n");
        assert_eq!(anstream::adapter::strip_str(&lines).to_string(), expected);
    }

    #[test]
    fn jobs_are_not_counted_by_model() {
        let sum = json!({ "jobs": 0, "attempts": 4, "usd": 0.16, "micro_usd": 160_000 });
        let mut of = sum.clone();
        (of["value"], of["days"]) = (json!("openai/gpt-image-1"), json!([]));
        let spend = json!({
            "by": "model", "from": "2026-11-14", "to": "2026-11-20", "values": [of], "total": sum,
        });
        let spend: Spend = serde_json::from_value(spend).unwrap();
        let lines = table(&spend, false).join("\n");
        let expected = "\
MODEL                  JOBS  ATTEMPTS          COST
openai/gpt-image-1        -         4         $0.16
2026-11-14 to 2026-11-20, UTC";
        assert_eq!(anstream::adapter::strip_str(&lines).to_string(), expected);
    }

    #[test]
    fn a_period_is_a_number_of_days() {
        assert_eq!((days("7d"), days("1d")), (Ok(7), Ok(1)));
        assert!(days("7").is_err() && days("0d").is_err() && day("2026-13-01").is_err());
    }
}
