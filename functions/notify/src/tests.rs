//! News and deliveries against a world in memory.

mod announced;
mod delivered;
mod missed;
mod resent;
mod samples;

use super::*;
use domain::event;
use domain::fakes::{NOW, World};
use domain::id::{JobId, TenantId};
use domain::job::{End, settle};
use domain::notify::{DeliveryRecord, DeliveryState, TenantWebhook, Webhook};
use domain::ports::Table;
use domain::record::JobRecord;
use domain::state::JobState;
use domain::store::{Query, Write, from_item};
use serde_json::{Value, json};

/// Where the tenant's own webhook leads, and the job's.
pub(crate) const OURS: &str = "https://hooks.acme.test/galley";
pub(crate) const JOBS: &str = "https://hooks.acme.test/this-job";

pub(crate) fn acme() -> TenantId {
    TenantId::parse("acme").unwrap()
}

pub(crate) fn notifying(world: &World) -> Notifying<'_> {
    Notifying {
        outlets: Outlets {
            table: &world.table,
            bus: &world.bus,
            notices: &world.notices,
            api_url: "https://api.test",
        },
        receivers: &world.receivers,
        pace: 100,
    }
}

/// A world with a job that failed, and the tenant's own webhook where one is given.
pub(crate) async fn ended(of_tenant: Option<&[&str]>, of_job: Option<&[&str]>) -> (World, JobId) {
    let world = World::default();
    let job = world.job(1, PIPELINE, json!({ "prompt": "a secret wish" })).await;
    let webhook = |url: &str, events: &[&str]| Webhook {
        url: url.into(),
        events: events.iter().map(ToString::to_string).collect(),
        gone: false,
    };
    if let Some(events) = of_tenant {
        let record = TenantWebhook { webhook: webhook(OURS, events), updated_at: NOW };
        world.table.plant(Write::put(TenantWebhook::key(&acme()), &record).unwrap());
    }
    if let Some(events) = of_job {
        let fields =
            json!({ "webhook": webhook(JOBS, events), "labels": { "campaign": "spring" } });
        world.table.write(vec![Write::set(JobRecord::key(&job), fields)]).await.unwrap();
    }
    let end = End {
        job: job.clone(),
        run: 1,
        end: JobState::Failed,
        event: 1,
        reason: Some("no luck".into()),
    };
    settle(&world.table, &end, NOW.plus_s(5)).await.unwrap();
    world.faults.clear();
    (world, job)
}

const PIPELINE: &str = r#"{"name": "one", "inputs": {"prompt": {"type": "text"}}, "budget_usd": 1, "steps": {
    "generate": {"kind": "image.generate", "with": {"prompt": "{{ inputs.prompt }}"}},
    "good": {"kind": "gate.quality", "with": {"images": "{{ generate.image }}"}}}}"#;

/// A job's log as the stream brings it.
pub(crate) fn log(world: &World, job: &JobId) -> Vec<Item> {
    (1..).map_while(|n| world.table.peek(&event::key(job, n))).collect()
}

/// Runs every message of the queue at its time until there is none; the time when it was empty.
pub(crate) async fn drain(world: &World, mut now: Time) -> Result<Time> {
    loop {
        let messages = world.notices.take();
        if messages.is_empty() {
            return Ok(now);
        }
        for (message, delay) in messages {
            let errand: Errand = serde_json::from_value(message).unwrap();
            now = now.plus_s(delay);
            deliver(&notifying(world), &errand, 0, now).await?;
        }
    }
}

pub(crate) fn delivery(world: &World, id: &str) -> DeliveryRecord {
    let item = world.table.peek(&DeliveryRecord::key(&acme(), id));
    from_item(&item.expect("the delivery is on record")).unwrap()
}

/// What every run must leave: each receiver got it, and every delivery is over.
pub(crate) fn look(world: &World) -> String {
    let bus = world.bus.listing();
    let table = world.table.listing();
    let over = |line: &&str| line.starts_with("DELIVERIES#");
    let state = |line: &str| {
        let item: Value = serde_json::from_str(line.splitn(3, ' ').nth(2).unwrap()).unwrap();
        format!("{} {}", item["id"], item["state"])
    };
    let states: Vec<_> = table.lines().filter(over).map(state).collect();
    format!("{bus}\n{}\n{}", world.receivers.listing(), states.join("\n"))
}
