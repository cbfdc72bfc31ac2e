//! One event on its way to one webhook: on record before it is posted, and until it is delivered or dead.

use super::Webhook;
use crate::error::{Error, Result};
use crate::id::{JobId, TenantId};
use crate::store::{Item, Key};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How long a delivery is remembered after its last change, in seconds: two weeks.
const KEPT_S: u32 = 14 * 24 * 3600;
/// After so many seconds beyond its time, a delivery whose message was lost is sent again by the sweep.
pub(super) const SLACK_S: u32 = 60;
/// The due index's hash of deliveries that are to be posted.
pub(super) const PENDING: &str = "DUE#DELIVERY";
/// The due index's hash of dead deliveries that no operator has seen.
pub(super) const DEAD: &str = "DUE#DEAD";

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is to be posted, perhaps again.
    Pending,
    /// The receiver took it.
    Delivered,
    /// It was given up.
    Dead,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Delivered, Self::Dead];

    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }
}

/// One event on its way to one webhook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeliveryRecord {
    /// Its id, by job and event: what `webhook-id` says.
    pub id: String,
    /// Whose it is.
    pub tenant: TenantId,
    /// The job it tells of.
    pub job: JobId,
    /// The number of the event.
    pub n: u64,
    /// The type of the event.
    pub kind: String,
    /// Where to.
    pub url: String,
    /// Whether the webhook is the tenant's own, not the job's.
    #[serde(default)]
    pub of_tenant: bool,
    /// The body: the same with every try.
    pub body: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was posted.
    pub tries: u32,
    /// When it is to be posted.
    pub next_at: Time,
    /// When it came about.
    pub created_at: Time,
    /// When it last changed.
    pub updated_at: Time,
    /// What the receiver last answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What went wrong last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Hash of the due index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_pk: Option<String>,
    /// When the sweep should look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Time>,
    /// Hash of the index of dead deliveries; only those are in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_jobs: Option<String>,
    /// Range of that index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sk_job: Option<String>,
    /// When the table forgets it, in seconds since the Unix epoch.
    pub expires_at: i64,
}

/// The partition of a tenant's deliveries.
pub fn deliveries_pk(tenant: &TenantId) -> String {
    format!("DELIVERIES#{tenant}")
}

impl DeliveryRecord {
    /// A delivery as it comes about.
    pub(super) fn new(
        id: &str,
        of: (&TenantId, &JobId, u64, &str),
        webhook: &Webhook,
        body: String,
        now: Time,
    ) -> Self {
        let (tenant, job, n, kind) = of;
        Self {
            id: id.to_owned(),
            tenant: tenant.clone(),
            job: job.clone(),
            n,
            kind: kind.to_owned(),
            url: webhook.url.clone(),
            of_tenant: false,
            body,
            state: DeliveryState::Pending,
            tries: 0,
            next_at: now,
            created_at: now,
            updated_at: now,
            status: None,
            error: None,
            due_pk: Some(PENDING.into()),
            due_at: Some(now.plus_s(SLACK_S)),
            tenant_jobs: None,
            sk_job: None,
            expires_at: expiry(now),
        }
    }

    /// Where a delivery lies.
    pub fn key(tenant: &TenantId, id: &str) -> Key {
        Key::new(deliveries_pk(tenant), id)
    }

    /// The id of what is said about a job's `n`th event.
    pub fn id_of(job: &JobId, n: u64) -> String {
        format!("{job}.{n:08}")
    }

    /// Whether a text can be the id of a delivery.
    pub fn is_id(text: &str) -> bool {
        text.split_once('.').is_some_and(|(job, n)| {
            JobId::parse(job).is_ok() && n.len() == 8 && n.bytes().all(|b| b.is_ascii_digit())
        })
    }

    /// The hash of the index of a tenant's dead deliveries.
    pub fn dead_index(tenant: &TenantId) -> String {
        format!("{tenant}#dead")
    }

    /// The tenant and the id in the key of a record that an index tells of.
    pub(super) fn place(item: &Item) -> Result<(TenantId, String)> {
        let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
        let tenant = text("pk").strip_prefix("DELIVERIES#").unwrap_or_default();
        let tenant = TenantId::parse(tenant).map_err(|cause| Error::Fault(cause.to_string()))?;
        Ok((tenant, text("sk").to_owned()))
    }
}

/// When the table forgets what changed now.
pub(super) fn expiry(now: Time) -> i64 {
    now.plus_s(KEPT_S).unix_s()
}

/// A delivery as the API shows it.
pub fn delivery_json(delivery: &DeliveryRecord) -> Value {
    let mut answer = json!({
        "id": delivery.id, "job": delivery.job, "n": delivery.n, "type": delivery.kind,
        "url": delivery.url, "state": delivery.state, "tries": delivery.tries,
        "created_at": delivery.created_at.rfc3339(), "updated_at": delivery.updated_at.rfc3339(),
    });
    if delivery.state == DeliveryState::Pending {
        answer["next_at"] = json!(delivery.next_at.rfc3339());
    }
    if let Some(status) = delivery.status {
        answer["status"] = json!(status);
    }
    if let Some(error) = &delivery.error {
        answer["error"] = json!(error);
    }
    answer
}
