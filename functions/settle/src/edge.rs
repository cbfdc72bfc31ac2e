//! From the machine's calls, EventBridge's rules and the schedule to what settle does; findings become metrics.

use crate::Input;
use aws::Event;
use aws::metrics::{Metric, Unit, emit};
use domain::lane::Lanes;
use domain::ports::Queue;
use domain::stuck::Finding;
use domain::{Error, Result, Time};
use serde_json::Value;
use std::collections::BTreeMap;

/// Settles whatever the event is about.
pub async fn answer(
    lanes: &Lanes<'_>,
    notices: &dyn Queue,
    event: Event,
    now: Time,
) -> Result<Value> {
    let (answer, found) = crate::handle(lanes, notices, input(event)?, now).await?;
    report(&found, now);
    Ok(answer)
}

fn input(event: Event) -> Result<Input> {
    match event {
        Event::EventBridge { source, detail, .. } if source == "aws.states" => {
            let text = |name: &str| detail[name].as_str().unwrap_or_default().to_owned();
            let cause = [text("error"), text("cause")].join(": ");
            Ok(Input::Died { name: text("name"), status: text("status"), cause })
        }
        Event::EventBridge { .. } => Ok(Input::Sweep),
        Event::Other(call) if call["sweep"].is_boolean() => Ok(Input::Sweep),
        Event::Other(call) => serde_json::from_value(call)
            .map(Input::End)
            .map_err(|cause| Error::Invalid(format!("call does not parse: {cause}"))),
        Event::Http(_) => Err(Error::Invalid("settle has no routes".into())),
    }
}

/// One log line per finding, one metric per kind: the alarms watch these.
fn report(found: &[Finding], now: Time) {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for finding in found {
        let (kind, at) = (finding.stuck.as_str(), &finding.at);
        tracing::warn!(stuck = kind, at, "{}", finding.detail);
        *counts.entry(kind).or_default() += 1;
    }
    for (kind, count) in counts {
        let metric = Metric { name: "Stuck", unit: Unit::Count, value: f64::from(count) };
        emit(now, &[("kind", kind)], &[metric]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(event: &str) -> Input {
        input(Event::parse(serde_json::from_str(event).unwrap()).unwrap()).unwrap()
    }

    #[test]
    fn each_caller_is_told_by_its_event() {
        let died = parsed(include_str!("../../../events/execution-failed.json"));
        assert!(matches!(died, Input::Died { status, .. } if status == "FAILED"));
        assert_eq!(parsed(include_str!("../../../events/sweep.json")), Input::Sweep);
        let end = parsed(include_str!("../../../events/settle.json"));
        assert!(matches!(end, Input::End(end) if end.run == 1));
    }
}
