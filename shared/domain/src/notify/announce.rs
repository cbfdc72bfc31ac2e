//! From the table's stream to the bus, to deliveries, and to whoever listens: each at least once.

use super::delivery::DeliveryRecord;
use super::{FEED_S, FeedEntry, Listening, TenantWebhook, Webhook, goes_out};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::id::{JobId, TenantId};
use crate::ports::{Bus, BusEvent, Queue, Table};
use crate::record::PublicationState;
use crate::store::{Item, Key, Write, from_item};
use crate::time::Time;
use crate::view::JobView;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Most assets that the news of an end names; the job's own answer has them all.
const ASSETS_MOST: usize = 50;
/// Most bytes of what an event says about itself: the bus takes 256 KB in all.
const DATA_MOST: usize = 64 * 1024;

/// Where news goes.
#[derive(Clone, Copy)]
pub struct Outlets<'a> {
    /// Jobs, webhooks, deliveries.
    pub table: &'a dyn Table,
    /// The stack's bus.
    pub bus: &'a dyn Bus,
    /// Deliveries that are to be posted.
    pub notices: &'a dyn Queue,
    /// Base address of the HTTP API, for links.
    pub api_url: &'a str,
}

/// An event as the stream brings it: with the job whose log it is of.
#[derive(Clone, Debug, PartialEq)]
pub struct Logged {
    /// The job.
    pub job: JobId,
    /// The event.
    pub event: Event,
}

impl Logged {
    /// The event in a record of the stream; none where it is no event that goes out.
    pub fn read(item: &Item) -> Result<Option<Self>> {
        let pk = item.get("pk").and_then(Value::as_str).unwrap_or_default();
        let Some(job) = pk.strip_prefix("LOG#") else { return Ok(None) };
        let logged = Self { job: JobId::parse(job)?, event: from_item(item)? };
        Ok(Some(logged).filter(|logged| goes_out(&logged.event.kind)))
    }
}

/// Lets events go out. Where something fails, all of them are announced again, and nothing is made twice.
pub async fn announce(outlets: &Outlets<'_>, events: &[Logged], now: Time) -> Result<()> {
    let mut jobs: BTreeMap<&JobId, Option<JobView>> = BTreeMap::new();
    for logged in events {
        if !jobs.contains_key(&logged.job) {
            jobs.insert(&logged.job, JobView::read(outlets.table, &logged.job).await?);
        }
    }
    // What was erased meanwhile has no news.
    let told = |logged: &Logged| {
        let view = jobs.get(&logged.job)?.as_ref()?;
        Some(News::new(view, &logged.event, outlets.api_url))
    };
    let news: Vec<News> = events.iter().filter_map(told).collect();
    if news.is_empty() {
        return Ok(());
    }
    let tenants = settings(outlets.table, &news).await?;
    outlets.bus.put(&news.iter().map(News::on_the_bus).collect::<Vec<_>>()).await?;
    for news in &news {
        let setting = tenants.get(&news.tenant);
        if let Some((webhook, of_tenant)) = news.webhook(setting) {
            deliver_later(outlets, news, webhook, of_tenant, now).await?;
        }
        if setting.is_some_and(|setting| setting.listens(now)) {
            let id = DeliveryRecord::id_of(&news.job, news.n);
            let place = FeedEntry::place_of(now, &id);
            let entry = FeedEntry {
                id,
                kind: news.kind.clone(),
                body: news.body.clone(),
                place: place.clone(),
                expires_at: now.plus_s(FEED_S).unix_s(),
            };
            let write = Write::put(FeedEntry::key(&news.tenant, &place), &entry)?;
            outlets.table.write(vec![write]).await?;
        }
    }
    Ok(())
}

/// Puts a delivery on record, once, and on its way, once or more.
async fn deliver_later(
    outlets: &Outlets<'_>,
    news: &News,
    webhook: &Webhook,
    of_tenant: bool,
    now: Time,
) -> Result<()> {
    let id = DeliveryRecord::id_of(&news.job, news.n);
    let of = (&news.tenant, &news.job, news.n, news.kind.as_str());
    let mut record = DeliveryRecord::new(&id, of, webhook, news.body.clone(), now);
    record.of_tenant = of_tenant;
    // Refused where an earlier try of ours wrote it; its message may have been lost.
    outlets
        .table
        .write(vec![Write::create(DeliveryRecord::key(&news.tenant, &id), &record)?])
        .await?;
    outlets.notices.send(&super::Errand::new(&record).json(), 0).await
}

/// What a tenant wants of its news.
#[derive(Debug, Default)]
struct Setting {
    webhook: Option<TenantWebhook>,
    listening: Option<Listening>,
}

impl Setting {
    fn listens(&self, now: Time) -> bool {
        self.listening.as_ref().is_some_and(|listening| now < listening.until)
    }
}

/// What the tenants of these jobs want, in one read.
async fn settings(table: &dyn Table, news: &[News]) -> Result<BTreeMap<TenantId, Setting>> {
    let mut settings: BTreeMap<TenantId, Setting> =
        news.iter().map(|news| (news.tenant.clone(), Setting::default())).collect();
    let of = |tenant: &TenantId| [TenantWebhook::key(tenant), Listening::key(tenant)];
    let keys: Vec<Key> = settings.keys().flat_map(of).collect();
    let items = table.get(&keys).await?;
    for (setting, found) in settings.values_mut().zip(items.chunks(2)) {
        setting.webhook = found[0].as_ref().map(from_item).transpose()?;
        setting.listening = found[1].as_ref().map(from_item).transpose()?;
    }
    Ok(settings)
}

/// One event, in the words of the outside.
struct News {
    tenant: TenantId,
    job: JobId,
    n: u64,
    kind: String,
    at: Time,
    /// What the bus is given.
    detail: Value,
    /// What webhooks are given.
    body: String,
    of_job: Option<Webhook>,
}

impl News {
    fn new(view: &JobView, event: &Event, api_url: &str) -> Self {
        let detail = detail(view, event, api_url);
        let body = json!({ "type": event.kind, "timestamp": event.at.rfc3339(), "data": detail });
        Self {
            tenant: view.job.tenant.clone(),
            job: view.job.id.clone(),
            n: event.n,
            kind: event.kind.clone(),
            at: event.at,
            detail,
            body: body.to_string(),
            of_job: view.job.webhook.clone(),
        }
    }

    fn on_the_bus(&self) -> BusEvent {
        let detail_type = format!("galley.{}", self.kind);
        BusEvent { detail_type, at: self.at, detail: self.detail.clone() }
    }

    /// The webhook that wants this, and whether it is the tenant's: a job's own takes its place.
    fn webhook<'a>(&'a self, setting: Option<&'a Setting>) -> Option<(&'a Webhook, bool)> {
        let (webhook, of_tenant) = match &self.of_job {
            Some(webhook) => (webhook, false),
            None => (&setting?.webhook.as_ref()?.webhook, true),
        };
        webhook.wants(&self.kind).then_some((webhook, of_tenant))
    }
}

/// What is said of an event: ids, links, labels and money; no prompts, no keys.
fn detail(view: &JobView, event: &Event, api_url: &str) -> Value {
    let job = &view.job;
    let link = |path: String| format!("{api_url}{path}");
    let mut detail = json!({
        "tenant": job.tenant, "job": job.id, "n": event.n, "type": event.kind,
        "at": event.at.rfc3339(), "pipeline": job.pipeline, "version": job.version,
        "run": job.run, "labels": job.labels,
        "links": {
            "job": link(format!("/v1/jobs/{}", job.id)),
            "events": link(format!("/v1/jobs/{}/events", job.id)),
        },
    });
    if let Some(review) = event.data.get("review").and_then(Value::as_str) {
        detail["links"]["review"] = json!(link(format!("/v1/reviews/{review}")));
    }
    if let Some(step) = &event.step {
        detail["step"] = json!(step);
    }
    let data = json!(event.data);
    detail["data"] = match data.to_string().len() <= DATA_MOST {
        true => data,
        false => json!({ "truncated": true }),
    };
    if event.kind.starts_with("job.") {
        detail["cost"] = json!({ "usd": job.spent.usd() });
        if !job.degraded.is_empty() {
            detail["degraded"] = json!(job.degraded);
        }
        let shown = |id: &crate::id::AssetId| {
            let asset = view.assets.get(id)?;
            let link = link(format!("/v1/assets/{id}"));
            Some(
                json!({ "id": id, "step": asset.step, "media_type": asset.media_type, "link": link }),
            )
        };
        detail["assets"] = results(view).into_iter().filter_map(shown).take(ASSETS_MOST).collect();
    }
    detail
}

/// What came of a job: what was published, else what no other step used.
fn results(view: &JobView) -> Vec<&crate::id::AssetId> {
    let done = view.publications.iter().filter(|one| one.state == PublicationState::Done);
    let mut published: Vec<_> = done.map(|publication| &publication.asset).collect();
    published.sort();
    published.dedup();
    if !published.is_empty() {
        return published;
    }
    let used: Vec<_> = view.assets.values().flat_map(|asset| &asset.made_from).collect();
    let last = view.assets.values().filter(|asset| asset.step != "inputs");
    last.map(|asset| &asset.id).filter(|id| !used.contains(id)).collect()
}

/// An event that can never be read is no reason to hold the others.
pub fn readable(items: &[Item], unreadable: impl Fn(&Error)) -> Vec<Logged> {
    let read = |item| match Logged::read(item) {
        Ok(logged) => logged,
        Err(error) => {
            unreadable(&error);
            None
        }
    };
    items.iter().filter_map(read).collect()
}
