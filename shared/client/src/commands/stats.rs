//! `galley stats`: how long steps take and what they cost, by kind and model, and what passes the gates.
mod figures;
mod svg;

use std::path::PathBuf;

use aws::clock;
use client::{Client, Filter, Job};
use domain::Time;

use crate::{
    failure::{Exit, Failure},
    paint::{self, BOLD, DIM, note, paint},
    session::Session,
    show,
};
use figures::{Figures, Row};

/// A day in milliseconds.
const DAY_MS: i64 = 86_400_000;
/// Jobs of one page of the list.
const PAGE: u32 = 100;

/// Show how long steps take, what they cost, and what passes the gates
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley stats
  galley stats --since 30d --pipeline hero-image
  galley stats --label campaign=spring --json | jq '.steps[] | [.kind, .p95]'
  galley stats --svg stats.svg

Seconds are of single attempts at a host, and of steps that run without one; waiting for a slot is
told apart. Percentiles are by the nearest rank: p95 is a time that really occurred. Only steps that
succeeded count for times; cost is of all attempts. The newest jobs of the period are read one by
one, at most --most of them; what is left out is said.")]
pub(crate) struct Args {
    /// Jobs accepted in the last so many days
    #[arg(long, value_name = "DAYS", default_value = "7d", value_parser = super::spend::days)]
    since: i64,
    /// Only jobs of this pipeline
    #[arg(long)]
    pipeline: Option<String>,
    /// Only jobs with this label
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = crate::inputs::label)]
    labels: Vec<(String, String)>,
    /// Most jobs to read
    #[arg(long, value_name = "N", default_value_t = 500)]
    most: usize,
    /// Draw the times as a picture, too
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

pub(crate) async fn run(args: Args, session: &Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let since = Time(clock::now().0 - args.since * DAY_MS).rfc3339();
    let filter = Filter {
        pipeline: args.pipeline.clone(),
        labels: args.labels.iter().cloned().collect(),
        limit: Some(PAGE),
        ..Filter::default()
    };
    let (jobs, left_out) = read(&client, filter, &since, args.most).await?;
    if left_out {
        note(&format!("only the newest {} jobs were read; --most reads more", jobs.len()));
    }
    let figures = Figures::of(&jobs);
    if let Some(file) = &args.svg {
        let title = format!("{} jobs since {}", figures.jobs, &since[..10]);
        let bad = |error| client::Error::File(file.display().to_string(), error);
        std::fs::write(file, svg::draw(&figures, &title)).map_err(bad)?;
        note(&format!("drawn as {}", file.display()));
    }
    if session.json {
        paint::json(&figures)?;
    } else {
        table(&figures).iter().try_for_each(|line| paint::line(line))?;
    }
    Ok(Exit::Succeeded)
}

/// The jobs of the period, newest first, each with its steps; and whether some were left out.
async fn read(
    client: &Client,
    mut filter: Filter,
    since: &str,
    most: usize,
) -> Result<(Vec<Job>, bool), Failure> {
    let mut jobs = Vec::new();
    loop {
        let page = client.jobs(&filter).await?;
        for job in page.jobs {
            // Both are RFC 3339 in UTC with milliseconds: the order of the text is that of time.
            if job.created_at.as_deref().is_some_and(|at| at < since) {
                return Ok((jobs, false));
            }
            if jobs.len() == most {
                return Ok((jobs, true));
            }
            jobs.push(client.job(&job.id).await?);
        }
        match page.next {
            Some(next) => filter.cursor = Some(next),
            None => return Ok((jobs, false)),
        }
    }
}

fn table(figures: &Figures) -> Vec<String> {
    let names = figures.steps.iter().map(|row| row.name().chars().count());
    let gates = figures.gates.iter().map(|gate| gate.kind.chars().count());
    let width = names.chain(gates).fold("STEP".len(), usize::max);
    let head = format!(
        "{:width$}  {:>6}  {:>8}  {:>8}  {:>8}  {:>8}  {:>10}  {:>10}",
        "STEP", "COUNT", "P50", "P95", "P99", "WAIT P95", "COST EACH", "COST"
    );
    let mut lines = vec![paint(DIM, &head)];
    lines.extend(figures.steps.iter().map(|row| line(row, width)));
    if !figures.gates.is_empty() {
        lines.push(String::new());
        lines.push(paint(DIM, &format!("{:width$}  {:>6}  {:>8}", "GATE", "COUNT", "PASS")));
        for gate in &figures.gates {
            let share = format!("{:.1} %", 100.0 * gate.pass_rate);
            lines.push(format!("{:width$}  {:>6}  {share:>8}", gate.kind, gate.count));
        }
    }
    lines.push(paint(BOLD, &format!("{} jobs", figures.jobs)));
    lines
}

fn line(row: &Row, width: usize) -> String {
    let seconds = |seconds: Option<f64>| match seconds {
        Some(seconds) => format!("{seconds:.2} s"),
        None => "-".into(),
    };
    let each = row.usd_each.map_or_else(|| "-".into(), show::usd);
    format!(
        "{:width$}  {:>6}  {:>8}  {:>8}  {:>8}  {:>8}  {each:>10}  {:>10}",
        row.name(),
        row.count,
        seconds(row.p50),
        seconds(row.p95),
        seconds(row.p99),
        seconds(row.waiting_p95),
        show::usd(row.usd),
    )
}
