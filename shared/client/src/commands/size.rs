//! `galley size`: which limit binds first, from published quotas and what a job takes of them.
use serde::Deserialize;
use serde_json::json;

use crate::{
    failure::{Exit, Failure},
    paint::{self, BAD, DIM, GOOD, note, paint},
    session::Session,
};

/// The quotas, with where they are written and when they were read.
const LIMITS: &str = include_str!("size/limits.toml");
/// Where Step Functions allows more.
const LARGE: [&str; 3] = ["us-east-1", "us-west-2", "eu-west-1"];

/// Say which limit binds first at so many jobs an hour
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley size --jobs-per-hour 500 --slots 4 --seconds 20
  galley size --jobs-per-hour 20000 --region eu-central-1 --json

Exits with 1 where a limit is below what is asked for. The quotas are AWS's defaults, yours may differ.")]
pub(crate) struct Args {
    /// Jobs that come in an hour, spread evenly
    #[arg(long, value_name = "JOBS")]
    jobs_per_hour: f64,
    /// GPU slots in all
    #[arg(long, default_value_t = 1, value_name = "SLOTS")]
    slots: u32,
    /// Mean seconds that a render takes in its slot
    #[arg(long, default_value_t = 10.0, value_name = "SECONDS")]
    seconds: f64,
    /// Renders of a job
    #[arg(long, default_value_t = 3, value_name = "RENDERS")]
    renders: u32,
    /// Where it is deployed
    #[arg(long, default_value = "us-east-1", value_name = "REGION")]
    region: String,
}

#[derive(Deserialize)]
struct Table {
    as_of: String,
    limit: Vec<Quota>,
}

#[derive(Deserialize)]
struct Quota {
    name: String,
    per_second: f64,
    per_second_large: Option<f64>,
    #[serde(default)]
    per_job: f64,
    #[serde(default)]
    per_render: f64,
    raise: String,
    source: String,
}

/// How many jobs an hour a limit allows, and what lifts it.
#[derive(Debug, PartialEq)]
struct Bound {
    name: String,
    jobs_per_hour: f64,
    raise: String,
    source: String,
}

/// Every limit, the one that binds first before the others.
fn bounds(table: &Table, args: &Args) -> Vec<Bound> {
    let renders = f64::from(args.renders);
    let large = LARGE.contains(&args.region.as_str());
    let mut bounds = vec![Bound {
        name: format!("GPU slots, {} at {} s a render", args.slots, args.seconds),
        jobs_per_hour: f64::from(args.slots) * 3600.0 / (renders * args.seconds),
        raise: "more hosts, or more slots of a host".into(),
        source: "--slots, --seconds, --renders".into(),
    }];
    bounds.extend(table.limit.iter().map(|quota| {
        let allowed = quota.per_second_large.filter(|_| large).unwrap_or(quota.per_second);
        Bound {
            name: quota.name.clone(),
            jobs_per_hour: allowed * 3600.0 / (quota.per_job + quota.per_render * renders),
            raise: quota.raise.clone(),
            source: quota.source.clone(),
        }
    }));
    bounds.sort_by(|one, other| one.jobs_per_hour.total_cmp(&other.jobs_per_hour));
    bounds
}

pub(crate) fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let sane = |value: f64| value.is_finite() && 0.0 < value;
    if !sane(args.jobs_per_hour) || !sane(args.seconds) || args.renders == 0 || args.slots == 0 {
        return Err(Failure::here("nothing to size", "give numbers above 0"));
    }
    let bad = |error: toml::de::Error| Failure::here(error.to_string(), "this is a bug");
    let table: Table = toml::from_str(LIMITS).map_err(bad)?;
    let bounds = bounds(&table, args);
    let wanted = args.jobs_per_hour;
    for bound in &bounds {
        let (most, used) = (bound.jobs_per_hour, wanted / bound.jobs_per_hour);
        if session.json {
            paint::json(&json!({
                "limit": bound.name, "jobs_per_hour": most.floor(), "used": used,
                "raise": bound.raise, "source": bound.source, "as_of": table.as_of,
            }))?;
            continue;
        }
        let style = if used <= 1.0 { GOOD } else { BAD };
        let used = paint(style, &format!("{:6.1} %", used * 100.0));
        paint::line(&format!("{most:12.0} jobs/h  {used}  {}", bound.name))?;
        if bound.jobs_per_hour < wanted {
            paint::line(&paint(DIM, &format!("{:24}raise: {}", "", bound.raise)))?;
        }
    }
    let first = bounds.first().map(|bound| (bound.name.as_str(), bound.jobs_per_hour));
    let (first, most) = first.unwrap_or_default();
    note(&format!("{first} binds first, at {most:.0} jobs an hour; quotas as of {}", table.as_of));
    Ok(if wanted <= most { Exit::Succeeded } else { Exit::Failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(slots: u32, seconds: f64, region: &str) -> Args {
        Args { jobs_per_hour: 1.0, slots, seconds, renders: 3, region: region.into() }
    }

    fn all(args: &Args) -> Vec<Bound> {
        bounds(&toml::from_str(LIMITS).unwrap(), args)
    }

    #[test]
    fn few_slots_bind_before_any_quota() {
        let bounds = all(&args(4, 20.0, "us-east-1"));
        assert_eq!(bounds[0].name, "GPU slots, 4 at 20 s a render");
        assert_eq!(bounds[0].jobs_per_hour, 240.0);
    }

    #[test]
    fn with_slots_to_spare_the_http_api_binds_first_and_its_parameter_lifts_it() {
        let bounds = all(&args(1000, 1.0, "us-east-1"));
        assert_eq!(bounds[0].name, "HTTP API, requests (parameter ApiRate)");
        assert_eq!(bounds[0].jobs_per_hour, 15_000.0);
    }

    #[test]
    fn small_regions_allow_fewer_transitions() {
        let at = |region| {
            let bounds = all(&args(1000, 1.0, region));
            bounds.into_iter().find(|it| it.name.ends_with("transitions")).unwrap().jobs_per_hour
        };
        assert_eq!((at("eu-central-1"), at("us-east-1")), (192_000.0, 1_200_000.0));
    }

    #[test]
    fn every_figure_says_where_it_is_from_and_what_lifts_it() {
        for bound in all(&args(1, 1.0, "us-east-1")) {
            assert!(!bound.source.is_empty() && !bound.raise.is_empty(), "{bound:?}");
        }
    }
}
