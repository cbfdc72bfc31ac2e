//! From the machine's calls, EventBridge's rules and the schedule to what settle does; findings become metrics.

use crate::Input;
use aws::Event;
use aws::metrics::{Metric, Unit, emit};
use domain::gate::plant::Planted;
use domain::gate::report;
use domain::lane::{AllLanes, GPU, LaneView, Lanes, Measure};
use domain::ports::{Publisher, Queue};
use domain::problem::Stop;
use domain::stuck::Finding;
use domain::trigger::{Due, Made};
use domain::{Error, Result, Time};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Settles whatever the event is about.
pub async fn answer(
    lanes: &Lanes<'_>,
    notices: &dyn Queue,
    publisher: &dyn Publisher,
    event: Event,
    now: Time,
) -> Result<Value> {
    let input = input(event)?;
    let sweeping = input == Input::Sweep;
    let (mut answer, mut found) = crate::handle(lanes, notices, input, now).await?;
    if sweeping {
        found.extend(crate::published(lanes, publisher, now).await?);
        answer["found"] = json!(found);
    }
    report(&found, now);
    if sweeping {
        for (lane, view) in AllLanes::read(lanes.table).await?.0 {
            let numbers = numbers(&lane, &view, now);
            if !numbers.is_empty() {
                emit(now, &[("lane", &lane)], &numbers);
            }
        }
        // At the end: whatever keeps a schedule from its job keeps nothing else from being mended.
        // And none of these the others.
        let fires = crate::fire(lanes, now).await;
        let plants = crate::plant(lanes, now).await;
        let watched = report::watch(lanes.table, now).await;
        answer["fired"] = fired(fires?, now)?;
        planted(plants?)?;
        watched?;
    }
    Ok(answer)
}

/// One log line and one count per schedule. What a store of ours kept from its job fails the sweep: it is tried
/// again, and if it stays so, it becomes a dead letter, which rings.
fn fired(dues: Vec<Due>, now: Time) -> Result<Value> {
    let mut jobs = Vec::new();
    let mut failure = Ok(());
    for Due { trigger, time, missed_since, made } in dues {
        let (tenant, name, at) = (&trigger.tenant, &trigger.name, time.rfc3339());
        if let Some(since) = missed_since {
            let since = since.rfc3339();
            tracing::warn!(%tenant, trigger = name, at, since, "its times were missed; the latest is made up for");
        }
        let outcome = match made {
            Ok(Made::New(job)) => {
                tracing::info!(%job, %tenant, trigger = name, at, "a schedule was due");
                jobs.push(json!(job));
                "made"
            }
            Ok(Made::Repeated(job)) => {
                tracing::info!(%job, %tenant, trigger = name, at, "a schedule was due, and had its job");
                "repeated"
            }
            Err(Stop::Problem(problem)) => {
                tracing::warn!(%tenant, trigger = name, at, "no job came of it: {}", problem.detail);
                "refused"
            }
            Err(Stop::Error(error)) => {
                failure = Err(error);
                "failed"
            }
        };
        let metric = Metric { name: "TriggerEvents", unit: Unit::Count, value: 1.0 };
        emit(now, &[("Outcome", outcome)], &[metric]);
    }
    failure.map(|()| json!(jobs))
}

/// One log line for each policy that was due, which names no job: nobody is to tell which one it is.
fn planted(planted: Vec<Planted>) -> Result<()> {
    let mut failure = Ok(());
    for Planted { tenant, policy, made } in planted {
        match made {
            Ok(Some(_)) => tracing::info!(%tenant, policy, "one was planted"),
            Ok(None) => {
                tracing::info!(%tenant, policy, "there is nothing to plant, or nothing to be like")
            }
            Err(Stop::Problem(problem)) => {
                tracing::warn!(%tenant, policy, "nothing was planted: {}", problem.detail);
            }
            Err(Stop::Error(error)) => failure = Err(error),
        }
    }
    failure
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
        Event::Other(call) => {
            let input = match call["lost"].is_string() {
                true => serde_json::from_value(call).map(Input::Lost),
                false => serde_json::from_value(call).map(Input::End),
            };
            input.map_err(|cause| Error::Invalid(format!("call does not parse: {cause}")))
        }
        Event::Http(_) | Event::Talk(_) => Err(Error::Invalid("settle has no routes".into())),
    }
}

/// How long a lane's queue is, and how many slots the lane of hosts wants, which their stack follows. An idle lane
/// says nothing, which costs nothing.
fn numbers(lane: &str, view: &LaneView, now: Time) -> Vec<Metric<'static>> {
    let Measure { waiting, oldest_wait_s, slots, slots_wanted } = Measure::of(view, now);
    if waiting == 0 && slots == 0 {
        return Vec::new();
    }
    let count = |name, value: u32| Metric { name, unit: Unit::Count, value: f64::from(value) };
    let oldest = Metric { name: "LaneOldestWaitS", unit: Unit::None, value: oldest_wait_s };
    let mut all = vec![count("LaneWaiting", waiting), oldest];
    // A vendor's slots are as many as one may use; nobody adds to them.
    if lane == GPU {
        all.extend([count("LaneSlots", slots), count("LaneSlotsWanted", slots_wanted)]);
    }
    all
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
    use domain::fakes::{NOW, World};

    const HERO: &str = include_str!("../../../infra/pipelines/hero-image.yaml");

    fn parsed(event: &str) -> Input {
        input(Event::parse(serde_json::from_str(event).unwrap()).unwrap()).unwrap()
    }

    #[tokio::test]
    async fn a_lane_is_measured_where_something_waits_or_could() {
        let world = World::default();
        let lane = async |name| LaneView::read(&world.table, name).await.unwrap();
        let told = |name, view: &LaneView| -> Vec<(&str, f64)> {
            let numbers = numbers(name, view, NOW.plus_s(30));
            numbers.iter().map(|metric| (metric.name, metric.value)).collect()
        };
        assert_eq!(told(GPU, &lane(GPU).await), []);
        let job = world.job(1, HERO, json!({ "prompt": "a fox" })).await;
        world.lanes().take(&world.message(&job, 0), NOW).await.unwrap();
        let waits = [("LaneWaiting", 1.0), ("LaneOldestWaitS", 30.0)];
        let slots = |some: f64| [("LaneSlots", some), ("LaneSlotsWanted", 1.0)];
        assert_eq!(told(GPU, &lane(GPU).await), [waits, slots(0.0)].concat());
        assert_eq!(told("a-vendor", &lane(GPU).await), waits);
        world.host("host-a", 2).await;
        assert_eq!(told(GPU, &lane(GPU).await), [waits, slots(2.0)].concat());
    }

    #[test]
    fn each_caller_is_told_by_its_event() {
        let died = parsed(include_str!("../../../events/execution-failed.json"));
        assert!(matches!(died, Input::Died { status, .. } if status == "FAILED"));
        assert_eq!(parsed(include_str!("../../../events/sweep.json")), Input::Sweep);
        let end = parsed(include_str!("../../../events/settle.json"));
        assert!(matches!(end, Input::End(end) if end.run == 1));
        let lost = parsed(include_str!("../../../events/settle-lost.json"));
        assert!(matches!(lost, Input::Lost(lost) if lost.call.wave == 1 && lost.call.event == 3));
    }
}
