//! What waiting work waits for: why, its place, and when its turn will probably come.
//!
//! The place is found by playing the lane forward with the very choice that claims are made by. Where fewer
//! than five renders of a sort were seen, or more is ahead than was read, it says `unknown` rather than guess.

use super::usage::{Took, sort_of};
use super::{GPU, HostRecord, LaneView, Waiting, can, line_pk};
use crate::error::Result;
use crate::ports::Table;
use crate::record::StepRecord;
use crate::state::{JobState, StepState};
use crate::store::{Query, from_item};
use crate::time::Time;
use crate::view::JobView;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Of a tenant's own line so much is read.
const READ_MOST: u32 = 200;
/// So many starts are played; who is further back has no known place.
const PLAYED_MOST: u32 = 500;
/// A render of which nothing is known is played for so long; no time is told then.
const PLAYED_MS: i64 = 1_000;
/// Later than anything that is played.
const LATER: Time = Time(i64::MAX / 2);

/// What is known of an item's turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Turn {
    /// Its place, from 1.
    position: Option<u32>,
    /// In how many milliseconds it will start.
    starts_in_ms: Option<i64>,
}

/// Says in a job's answer what its waiting steps, or the job as a whole, wait for.
pub async fn explain(
    table: &dyn Table,
    job: &JobView,
    answer: &mut Value,
    now: Time,
) -> Result<()> {
    let put_off = job.job.not_before.filter(|at| now < *at);
    if let Some(at) = put_off.filter(|_| job.job.state == JobState::Accepted) {
        let detail = format!("it begins at {}", at.rfc3339());
        answer["waiting_for"] = json!({ "why": "not_before", "detail": detail });
    }
    // A gate waits for people, and in no lane.
    let waits = |step: &StepRecord| step.state == StepState::Waiting && !job.is_gate(&step.name);
    if !job.steps.values().any(waits) {
        return Ok(());
    }
    let lanes: BTreeSet<&str> =
        job.steps.values().filter(|step| waits(step)).map(lane_of).collect();
    for lane in lanes {
        let (view, behind) = read(table, lane, job.job.tenant.as_str()).await?;
        for step in answer["steps"].as_array_mut().into_iter().flatten() {
            let record = step["name"].as_str().and_then(|name| job.steps.get(name));
            let here = |record: &&StepRecord| waits(record) && lane_of(record) == lane;
            let Some(record) = record.filter(here) else { continue };
            let item = view.waiting.iter().find(|waiting| {
                let attempt = &waiting.work.attempt;
                attempt.job() == job.job.id && attempt.step() == record.name
            });
            step["waiting_for"] = match item {
                _ if record.follows.is_some() => same_work(&view, record),
                Some(item) => waiting_json(&view, item, now),
                // Far back in a long line, or claimed this moment.
                None if behind => {
                    unknown(lane, &view, "more of this tenant is ahead than is counted")
                }
                None => unknown(lane, &view, "its turn is come"),
            };
        }
    }
    Ok(())
}

/// The lane that a step waits in.
fn lane_of(step: &StepRecord) -> &str {
    step.lane.as_deref().unwrap_or(GPU)
}

/// A lane with what waits in a tenant's own line; says whether there is such a line.
async fn read(table: &dyn Table, lane: &str, tenant: &str) -> Result<(LaneView, bool)> {
    let mut view = LaneView::read(table, lane).await?;
    if view.lines.remove(tenant).is_none() {
        return Ok((view, false));
    }
    let query = Query::prefix(line_pk(lane, tenant), "WAIT#").limit(READ_MOST);
    for item in table.query(&query).await? {
        let waiting: Waiting = from_item(&item)?;
        // Moved between the two readings.
        if !view.waiting.iter().any(|known| known.sk == waiting.sk) {
            view.waiting.push(waiting);
        }
    }
    view.waiting.sort_by(|a, b| a.sk.cmp(&b.sk));
    Ok((view, true))
}

fn busy(view: &LaneView) -> usize {
    view.slots.values().filter(|slot| slot.attempt.is_some()).count()
}

fn same_work(view: &LaneView, step: &StepRecord) -> Value {
    let leader = step.follows.as_ref().map(|follows| follows.leader.job().to_string());
    let detail = format!("job {} makes the same", leader.unwrap_or_default());
    let mut known = unknown(lane_of(step), view, &detail);
    known["why"] = json!("same_work");
    known
}

fn unknown(lane: &str, view: &LaneView, detail: &str) -> Value {
    json!({
        "lane": lane, "why": "slots", "detail": detail, "position": "unknown", "estimate_s": "unknown",
        "slots": view.slots.len(), "busy": busy(view),
    })
}

fn waiting_json(view: &LaneView, item: &Waiting, now: Time) -> Value {
    let (why, detail) = why(view, item, now);
    let turn = match why {
        // Until somebody lifts the hold or brings a host, nobody knows.
        "on_hold" | "no_host" => Turn::default(),
        _ => turn(view, item, now),
    };
    let position = turn.position.map_or(json!("unknown"), |place| json!(place));
    let seconds = turn.starts_in_ms.map(|ms| (ms as f64 / 100.0).round() / 10.0);
    json!({
        "lane": item.work.lane, "why": why, "detail": detail, "position": position,
        "estimate_s": seconds.map_or(json!("unknown"), |seconds| json!(seconds)),
        "slots": view.slots.len(), "busy": busy(view),
    })
}

/// Why an item is not started now, in one word and as people read it.
fn why(view: &LaneView, item: &Waiting, now: Time) -> (&'static str, String) {
    let work = &item.work;
    if let Some(reason) = &view.hold {
        return ("on_hold", format!("an operator holds the lane: {reason}"));
    }
    let able: Vec<&HostRecord> = view.hosts.values().filter(|host| can(host, work)).collect();
    if able.is_empty() {
        return ("no_host", format!("no host does {}", sort_of(work)));
    }
    if !able.iter().any(|host| view.usable(host, now)) {
        let quarantined = able.iter().all(|host| view.quarantined(&host.host, now));
        return match quarantined {
            true => ("quarantined", "every host that could failed too often in a row".into()),
            false => ("no_host", "the hosts that could are gone, or about to go".into()),
        };
    }
    if now < work.not_before {
        return ("not_before", format!("it is tried again at {}", work.not_before.rfc3339()));
    }
    if let Some(until) = view.rests_until(work, now) {
        let until = until.rfc3339();
        let detail = format!("its model failed too often in a row; it is tried again at {until}");
        return ("resting", detail);
    }
    if view.capped(work) {
        let most = work.slots_most.unwrap_or_default();
        return ("cap", format!("its tenant holds the {most} slots that it may"));
    }
    if let Some(at) = view.rate_allows_at(now) {
        return ("rate", format!("the lane's next start is at {}", at.rfc3339()));
    }
    ("slots", "the slots are busy".into())
}

/// Plays the lane forward until the item's turn.
fn turn(view: &LaneView, item: &Waiting, now: Time) -> Turn {
    let took = view.took(now);
    let known = |sort: &str| took.get(sort).copied().and_then(Took::known);
    let mut view = played(view, now);
    let mut ends: BTreeSet<(Time, String)> = BTreeSet::new();
    let mut certain = true;
    for (sk, slot) in view.slots.iter().filter(|(_, slot)| slot.attempt.is_some()) {
        let takes = known(&slot.memory.sort);
        certain &= takes.is_some();
        let end = Time(slot.memory.claimed_at.0 + takes.unwrap_or(PLAYED_MS)).max(now);
        ends.insert((end, sk.clone()));
    }
    let (mut at, mut position) = (now, 1);
    while position <= PLAYED_MOST {
        if let Some(choice) = view.choose(at) {
            if choice.waiting.sk == item.sk {
                let starts_in_ms = certain.then(|| at.since_ms(now));
                return Turn { position: Some(position), starts_in_ms };
            }
            position += 1;
            let takes = known(&sort_of(&choice.waiting.work));
            certain &= takes.is_some();
            ends.insert((Time(at.0 + takes.unwrap_or(PLAYED_MS)), choice.slot.clone()));
            view.claimed(&choice, at, LATER);
            continue;
        }
        let look = view.next_look(at).filter(|look| *look < LATER);
        match (ends.first(), look) {
            (Some((end, _)), Some(look)) if look < *end => at = look,
            (Some((end, slot)), _) => {
                at = at.max(*end);
                view.let_go(slot, at);
                ends.pop_first();
            }
            (None, Some(look)) => at = look,
            (None, None) => break,
        }
    }
    Turn::default()
}

/// The lane as it is played: hosts stay, and of tenants with a line as much waits as was counted there.
fn played(view: &LaneView, now: Time) -> LaneView {
    let mut played = view.clone();
    for host in played.hosts.values_mut().filter(|host| now < host.until) {
        host.until = LATER;
    }
    for (tenant, line) in &view.lines {
        let last = view.waiting.iter().rfind(|waiting| waiting.work.tenant.as_str() == tenant);
        for n in 0..line.waiting.min(PLAYED_MOST) {
            played.waiting.extend(last.cloned().map(|last| {
                let sk = format!("{}~{n:04}", last.sk);
                Waiting { sk, ..last }
            }));
        }
    }
    played.waiting.sort_by(|a, b| a.sk.cmp(&b.sk));
    played
}

#[cfg(test)]
mod tests;
