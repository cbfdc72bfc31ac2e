//! A lane as its tenants see it, and as a metric does.

use super::{GPU, HostState, LaneView, Took};
use crate::time::Time;
use serde_json::{Value, json};

impl LaneView {
    /// How many items wait, as far as they were counted.
    pub fn depth(&self) -> u32 {
        let in_lines: u32 = self.lines.values().map(|line| line.waiting).sum();
        in_lines + self.waiting.len() as u32
    }

    /// For how long the oldest item has waited, in milliseconds; 0 where nothing does.
    pub fn oldest_wait_ms(&self, now: Time) -> i64 {
        let here = self.waiting.iter().map(|waiting| waiting.work.enqueued_at);
        let oldest = here.chain(self.lines.values().filter_map(|line| line.oldest)).min();
        oldest.map_or(0, |oldest| now.since_ms(oldest))
    }
}

/// A lane for a tenant: what there is, how much waits, what things take; of others no more than numbers.
pub fn lane_json(view: &LaneView, tenant: &str, now: Time) -> Value {
    let here = |host: &&super::HostRecord| host.state == HostState::Ready && now < host.until;
    let hosts: Vec<_> = view.hosts.values().filter(here).collect();
    let mut models: Vec<&String> = hosts.iter().flat_map(|host| &host.models).collect();
    models.sort();
    models.dedup();
    let mut kinds: Vec<&String> = hosts.iter().flat_map(|host| &host.kinds).collect();
    kinds.sort();
    kinds.dedup();
    let busy = view.slots.values().filter(|slot| slot.attempt.is_some()).count();
    let own = view.waiting.iter().filter(|waiting| waiting.work.tenant.as_str() == tenant).count();
    let more = view.lines.get(tenant).map_or(0, |line| line.waiting) as usize;
    let took = view.took(now).into_iter();
    let typical = took.filter_map(|(sort, took)| {
        let (kind, model) = sort.split_once(' ')?;
        let seconds = Took::known(took)? as f64 / 1000.0;
        Some(json!({ "kind": kind, "model": model, "renders": took.n, "seconds": seconds }))
    });
    json!({
        "lane": GPU, "hold": view.hold,
        "hosts": hosts.len(), "slots": view.slots.len(), "busy": busy,
        "models": models, "kinds": kinds,
        "rate": view.rate.as_ref().map(|rate| json!({ "starts": rate.starts, "per_s": rate.per_s })),
        "waiting": view.depth(), "oldest_wait_s": view.oldest_wait_ms(now) as f64 / 1000.0,
        "typical": typical.collect::<Vec<_>>(),
        "yours": { "waiting": own + more, "running": view.held_by(tenant) },
    })
}
