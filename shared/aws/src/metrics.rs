//! Metrics as log lines in CloudWatch's embedded format: they cost no call and no waiting.

use domain::Time;
use serde_json::{Value, json};

/// Where all our metrics are found.
const NAMESPACE: &str = "Galley";

/// As many dimensions as a metric may have: each combination of values is billed as one more.
const DIMENSIONS: usize = 2;

/// What a metric counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Milliseconds.
    Milliseconds,
    /// Bytes.
    Bytes,
    /// Anything else, such as dollars.
    None,
}

/// One measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric<'a> {
    /// Its name, such as `JobsEnded`.
    pub name: &'a str,
    /// What it counts in.
    pub unit: Unit,
    /// How much.
    pub value: f64,
}

/// Writes measurements to standard output, under at most two dimensions.
pub fn emit(now: Time, dimensions: &[(&str, &str)], metrics: &[Metric<'_>]) {
    println!("{}", line(now, dimensions, metrics));
}

fn line(now: Time, dimensions: &[(&str, &str)], metrics: &[Metric<'_>]) -> Value {
    // More than two would be billed by their product; the first ones are what somebody chose first.
    let dimensions = &dimensions[..dimensions.len().min(DIMENSIONS)];
    let names: Vec<_> = dimensions.iter().map(|(name, _)| *name).collect();
    let units: Vec<_> = metrics
        .iter()
        .map(|metric| json!({ "Name": metric.name, "Unit": format!("{:?}", metric.unit) }))
        .collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": now.0,
            "CloudWatchMetrics": [
                { "Namespace": NAMESPACE, "Dimensions": [names], "Metrics": units }
            ],
        }
    });
    for (name, value) in dimensions {
        line[*name] = (*value).into();
    }
    for metric in metrics {
        line[metric.name] = metric.value.into();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_is_one_line_in_the_embedded_format() {
        let metric = Metric { name: "JobsEnded", unit: Unit::Count, value: 1.0 };
        let line = line(Time(1_700_000_000_000), &[("State", "succeeded")], &[metric]);
        let expected = json!({
            "_aws": {
                "Timestamp": 1_700_000_000_000_i64,
                "CloudWatchMetrics": [{
                    "Namespace": "Galley",
                    "Dimensions": [["State"]],
                    "Metrics": [{ "Name": "JobsEnded", "Unit": "Count" }]
                }]
            },
            "State": "succeeded",
            "JobsEnded": 1.0
        });
        assert_eq!(line, expected);
        assert!(!line.to_string().contains('\n'));
    }

    #[test]
    fn a_third_dimension_is_dropped() {
        let line = line(Time(0), &[("A", "1"), ("B", "2"), ("C", "3")], &[]);
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["A", "B"]]));
        assert_eq!(line.get("C"), None);
    }
}
