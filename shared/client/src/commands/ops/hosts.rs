//! `galley ops hosts`: a lane as it is now, with its hosts, slots, leases and what waits.
use domain::{
    Time,
    lane::{GPU, HostRecord, HostState, LaneView, SlotRecord},
    vendor::circuit::{Circuit, EVERY_MODEL, State},
};
use serde_json::{Value, json};

use super::lane::{Lane, lanes};
use crate::{
    commands::deployment::Deployment,
    failure::{Exit, Failure},
    paint::{self, BAD, DIM, GOOD, WARN, paint},
    session::Session,
    times,
};

/// So many waiting items are shown one by one.
const SHOWN: usize = 10;

/// Show hosts, slots, leases, quarantine, and what waits
#[derive(clap::Args)]
#[command(after_help = "Examples:
  galley ops hosts
  galley ops hosts fal
  galley ops hosts --json | jq '.waiting | length'")]
pub(super) struct Args {
    /// `gpu`, or a vendor's name
    #[arg(default_value = GPU, value_parser = lanes(), hide_possible_values = true)]
    lane: Lane,
}

pub(super) async fn run(
    Args { lane }: Args,
    deployment: &Deployment,
    session: &Session,
) -> Result<Exit, Failure> {
    let lane = lane.name();
    let (view, now) = (LaneView::read(&deployment.table, lane).await?, aws::clock::now());
    if session.json {
        paint::json(&document(lane, &view, now))?;
    } else {
        lines(lane, &view, now).iter().try_for_each(|line| paint::line(line))?;
    }
    Ok(Exit::Succeeded)
}

fn lines(lane: &str, view: &LaneView, now: Time) -> Vec<String> {
    let busy = view.slots.values().filter(|slot| slot.attempt.is_some()).count();
    let (hosts, slots, waiting) = (view.hosts.len(), view.slots.len(), view.waiting.len());
    // Of tenants with much waiting, only the first items are in the lane.
    let more = if view.lines.is_empty() { "" } else { "+" };
    let mut lines = vec![format!(
        "{lane}  {hosts} hosts  {busy} of {slots} slots busy  {waiting}{more} waiting"
    )];
    if let Some(reason) = &view.hold {
        lines.push(format!("  {} {reason}", paint(WARN, "on hold:")));
    }
    if let Some(rate) = &view.rate {
        lines.push(format!("  at most {} starts in {} s", rate.starts, rate.per_s));
    }
    if let Some(until) = view.slow_until.filter(|until| now < *until) {
        lines.push(format!("  takes no more until {}, as it says itself", until.rfc3339()));
    }
    lines.extend(view.circuits.iter().filter_map(|(model, it)| circuit(model, it, now)));
    if !view.hosts.is_empty() {
        lines.push(String::new());
    }
    let width = view.hosts.keys().map(String::len).max().unwrap_or(0);
    for it in view.hosts.values() {
        lines.push(host(it, view, now, width));
        lines.extend(leases(it, view, now));
    }
    if !view.waiting.is_empty() {
        lines.push(String::new());
    }
    for waiting in view.waiting.iter().take(SHOWN) {
        let (attempt, tenant) = (&waiting.work.attempt, &waiting.work.tenant);
        let since = times::when(&waiting.work.enqueued_at.rfc3339());
        lines.push(format!("  waits  {tenant}  {attempt}  {}", paint(DIM, &since)));
    }
    if SHOWN < waiting {
        lines.push(format!("  … and {}{more} more", waiting - SHOWN));
    }
    lines
}

/// What is wrong with a vendor's model, or with our account there.
pub(crate) fn circuit(model: &str, circuit: &Circuit, now: Time) -> Option<String> {
    let what = if model == EVERY_MODEL { "our account" } else { model };
    let faults = circuit.faults.len();
    match circuit.state(now) {
        State::Closed => None,
        State::Open(until) => {
            let told = format!("left alone until {}", until.rfc3339());
            let why =
                if 1 < faults { format!(", {faults} faults in a row") } else { String::new() };
            Some(format!("  {what}: {}{why}", paint(BAD, &told)))
        }
        State::HalfOpen => Some(format!("  {what}: {}", paint(WARN, "the next attempt tries it"))),
    }
}

fn host(host: &HostRecord, view: &LaneView, now: Time, width: usize) -> String {
    let slots: Vec<_> = view.slots.values().filter(|slot| slot.host == host.host).collect();
    let busy = slots.iter().filter(|slot| slot.attempt.is_some()).count();
    let state = condition(host, view, now);
    let style = match state {
        "ready" => GOOD,
        "draining" => WARN,
        _ => BAD,
    };
    let models = host.models.join(",");
    let price = crate::show::usd(host.usd_per_slot_second.usd());
    let mut line = format!(
        "  {:width$}  {}  {busy} of {} busy  {price}/s  {models}",
        host.host,
        paint(style, &format!("{state:11}")),
        slots.len()
    );
    let (failures, last) = faults(&slots);
    if 0 < failures {
        line += &format!("  {failures} faults in a row, the last {}", times::when(&last.rfc3339()));
    }
    if state == "quarantined" {
        line += &paint(DIM, &format!("  galley ops trust {}", host.host));
    }
    line
}

/// The busy slots of a host: what they hold, and how long for.
fn leases<'a>(
    host: &'a HostRecord,
    view: &'a LaneView,
    now: Time,
) -> impl Iterator<Item = String> + 'a {
    let slots = view.slots.iter().filter(|(_, slot)| slot.host == host.host);
    slots.filter_map(move |(sk, slot)| {
        let attempt = slot.attempt.as_deref()?;
        let number = sk.rsplit('#').next().unwrap_or_default();
        let left = (slot.lease_until.0 - now.0) / 1000;
        let lease = match left {
            ..=0 => paint(BAD, &format!("lease over for {} s", -left)),
            _ => paint(DIM, &format!("lease for {left} s")),
        };
        Some(format!("    slot {number}  {attempt}  {lease}"))
    })
}

/// What an operator calls a host's state.
fn condition(host: &HostRecord, view: &LaneView, now: Time) -> &'static str {
    match host.state {
        _ if host.until <= now => "gone",
        _ if view.quarantined(&host.host, now) => "quarantined",
        HostState::Ready => "ready",
        HostState::Draining => "draining",
    }
}

fn faults(slots: &[&SlotRecord]) -> (u32, Time) {
    let failures = slots.iter().map(|slot| slot.failures).sum();
    (failures, slots.iter().map(|slot| slot.failed_at).max().unwrap_or(Time(0)))
}

/// The lane for programs.
fn document(lane: &str, view: &LaneView, now: Time) -> Value {
    let hosts = view.hosts.values().map(|host| {
        let slots: Vec<_> = view.slots.values().filter(|slot| slot.host == host.host).collect();
        let busy: Vec<_> = slots.iter().filter_map(|slot| slot.attempt.as_ref()).collect();
        let leases = slots.iter().filter(|slot| slot.attempt.is_some()).map(|slot| {
            json!({ "attempt": slot.attempt, "until": slot.lease_until.rfc3339() })
        });
        let leases: Vec<_> = leases.collect();
        json!({
            "host": host.host, "address": host.address, "state": condition(host, view, now),
            "models": host.models, "kinds": host.kinds, "slots": slots.len(), "busy": busy, "leases": leases,
            "faults": faults(&slots).0, "usd_per_slot_second": host.usd_per_slot_second.usd(),
        })
    });
    let waiting = view.waiting.iter().map(|waiting| {
        let work = &waiting.work;
        json!({
            "attempt": work.attempt, "tenant": work.tenant, "kind": work.kind,
            "enqueued_at": work.enqueued_at.rfc3339(), "deadline_at": work.deadline_at.rfc3339(),
        })
    });
    json!({
        "lane": lane, "hold": view.hold, "rate": view.rate, "more": !view.lines.is_empty(),
        "hosts": hosts.collect::<Vec<_>>(), "waiting": waiting.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use domain::{
        fakes::{NOW, World},
        lane::{self, slot_key},
        ports::Table,
        store::{Key, Write},
    };

    use super::*;

    async fn view(world: &World) -> LaneView {
        LaneView::read(&world.table, GPU).await.unwrap()
    }

    /// A world with a host whose only slot is as told.
    async fn world(slot: Value) -> World {
        let world = World::default();
        world.host("gpu-7", 1).await;
        let key = slot_key(GPU, &SlotRecord::sk("gpu-7", 0));
        world.table.write(vec![Write::set(key, slot)]).await.unwrap();
        world
    }

    #[tokio::test]
    async fn a_host_that_failed_too_often_is_quarantined_until_it_is_trusted() {
        let world = world(json!({ "failures": 3, "failed_at": NOW })).await;
        let told = lines(GPU, &view(&world).await, NOW).join("\n");
        assert!(told.contains("quarantined") && told.contains("3 faults"), "{told}");
        assert!(told.contains("galley ops trust gpu-7"), "{told}");
    }

    #[tokio::test]
    async fn a_lease_that_is_over_is_told_with_who_holds_it() {
        let slot = json!({ "attempt": "j1.generate.1", "lease_until": NOW });
        let told = lines(GPU, &view(&world(slot).await).await, NOW.plus_s(9)).join("\n");
        assert!(told.contains("slot 000  j1.generate.1"), "{told}");
        assert!(told.contains("lease over for 9 s"), "{told}");
    }

    #[tokio::test]
    async fn a_hold_is_the_first_thing_one_sees() {
        let world = world(json!({})).await;
        let reason = json!({ "reason": "driver update" });
        let hold = Key::new(lane::pk(GPU), "HOLD");
        world.table.write(vec![Write::put(hold, &reason).unwrap()]).await.unwrap();
        let told = lines(GPU, &view(&world).await, NOW);
        assert!(told[1].ends_with("driver update"), "{told:?}");
    }
}
