//! One post of one delivery, and what becomes of it.

use super::answer::{Notice, Posted};
use super::delivery::{DEAD, DeliveryRecord, DeliveryState, PENDING, SLACK_S, expiry};
use super::schedule::{retry_after_ms, wait_ms};
use super::{Signing, TenantWebhook};
use crate::error::{Error, Result};
use crate::id::TenantId;
use crate::ports::{Queue, Receivers, Table};
use crate::record::JobRecord;
use crate::store::{Write, Written, from_item};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The longest wait that SQS takes for us, in milliseconds; beyond that the sweep sends the message.
const QUEUE_MOST_MS: i64 = 900_000;
/// A message may be early by so much, in milliseconds: SQS counts whole seconds.
const EARLY_MS: i64 = 1500;

/// A message of the queue: post this, if it was posted so often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    /// Whose delivery it is.
    pub tenant: TenantId,
    /// The delivery.
    pub delivery: String,
    /// How often it was posted when this was sent: a message about an earlier try changes nothing.
    pub tries: u32,
}

impl Errand {
    /// The message for a delivery as it stands.
    pub fn new(record: &DeliveryRecord) -> Self {
        Self { tenant: record.tenant.clone(), delivery: record.id.clone(), tries: record.tries }
    }

    /// As the queue carries it.
    pub fn json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// Posts a delivery if its time has come, and writes down what the receiver said.
///
/// Whoever dies between the post and the record posts again: the receiver tells the two by `webhook-id`. Whoever
/// dies between the record and the next message leaves that to the sweep.
pub async fn deliver(
    table: &dyn Table,
    notices: &dyn Queue,
    receivers: &dyn Receivers,
    errand: &Errand,
    (pace, chance, now): (u32, u8, Time),
) -> Result<Option<DeliveryState>> {
    let key = DeliveryRecord::key(&errand.tenant, &errand.delivery);
    let mut items = table.get(&[key.clone(), Signing::key(&errand.tenant)]).await?;
    let signing: Signing = items.remove(1).as_ref().map(from_item).transpose()?.unwrap_or_default();
    let Some(item) = items.remove(0) else { return Ok(None) };
    let record: DeliveryRecord = from_item(&item)?;
    let due = record.next_at.0 <= now.0 + EARLY_MS;
    if record.state != DeliveryState::Pending || record.tries != errand.tries || !due {
        return Ok(None);
    }
    let notice = Notice {
        tenant: record.tenant.clone(),
        signing,
        id: record.id.clone(),
        url: record.url.clone(),
        body: record.body.clone(),
        at: now,
    };
    let posted = receivers.post(&notice).await?;
    let next = after(&record, &posted, (pace, chance, now));
    if posted_gone(&posted) {
        close(table, &record).await?;
    }
    let write = Write::set(key, next.fields(now))
        .when_is("state", DeliveryState::Pending)
        .when_is("tries", record.tries);
    if table.write(vec![write]).await? != Written::Done {
        // A twin was faster.
        return Ok(None);
    }
    if let Next::Wait { wait_ms, .. } = next
        && wait_ms <= QUEUE_MOST_MS
    {
        let errand = Errand { tries: record.tries + 1, ..errand.clone() };
        let seconds = u32::try_from((wait_ms + 999) / 1000).unwrap_or(900);
        notices.send(&errand.json(), seconds).await?;
    }
    Ok(Some(next.state()))
}

fn posted_gone(posted: &Posted) -> bool {
    matches!(posted, Posted::Answered(410, _))
}

/// What becomes of a delivery.
enum Next {
    Delivered { tries: u32, status: u16 },
    Wait { tries: u32, status: Option<u16>, why: String, wait_ms: i64 },
    Dead { tenant: TenantId, id: String, tries: u32, status: Option<u16>, why: String },
}

/// What becomes of a delivery after this answer.
fn after(record: &DeliveryRecord, posted: &Posted, (pace, chance, now): (u32, u8, Time)) -> Next {
    let tries = record.tries + 1;
    let (status, asked, why) = match posted {
        Posted::Answered(status @ 200..=299, _) => {
            return Next::Delivered { tries, status: *status };
        }
        Posted::Answered(status, asked) => (Some(*status), asked.as_deref(), said(*status)),
        Posted::Failed(why) => (None, None, why.clone()),
    };
    let wait = wait_ms(tries, chance, pace).filter(|_| status != Some(410));
    let Some(wait) = wait else {
        let (tenant, id) = (record.tenant.clone(), record.id.clone());
        return Next::Dead { tenant, id, tries, status, why };
    };
    let asked = asked.and_then(|asked| retry_after_ms(asked, now)).unwrap_or(0);
    Next::Wait { tries, status, why, wait_ms: wait.max(asked) }
}

fn said(status: u16) -> String {
    match status {
        300..=399 => format!("it answered {status}, a redirect, which is not followed"),
        410 => "it answered 410: it wants nothing more".into(),
        _ => format!("it answered {status}"),
    }
}

impl Next {
    fn state(&self) -> DeliveryState {
        match self {
            Self::Delivered { .. } => DeliveryState::Delivered,
            Self::Wait { .. } => DeliveryState::Pending,
            Self::Dead { .. } => DeliveryState::Dead,
        }
    }

    fn fields(&self, now: Time) -> Value {
        let mut fields = json!({
            "state": self.state(), "updated_at": now, "expires_at": expiry(now),
            "due_pk": null, "due_at": null,
        });
        let (tries, status, why) = match self {
            Self::Delivered { tries, status } => (tries, Some(*status), None),
            Self::Wait { tries, status, why, .. } => (tries, *status, Some(why)),
            Self::Dead { tries, status, why, .. } => (tries, *status, Some(why)),
        };
        fields["tries"] = json!(tries);
        fields["status"] = json!(status);
        fields["error"] = json!(why);
        match self {
            Self::Delivered { .. } => {}
            Self::Wait { wait_ms, .. } => {
                let next = Time(now.0 + wait_ms);
                // The queue brings the short waits; the sweep those, should a message be lost, and the long ones.
                let late = if *wait_ms <= QUEUE_MOST_MS { SLACK_S } else { 0 };
                fields["next_at"] = json!(next);
                fields["due_pk"] = json!(PENDING);
                fields["due_at"] = json!(next.plus_s(late));
            }
            Self::Dead { tenant, id, .. } => {
                fields["due_pk"] = json!(DEAD);
                fields["due_at"] = json!(now);
                fields["tenant_jobs"] = json!(DeliveryRecord::dead_index(tenant));
                fields["sk_job"] = json!(id);
            }
        }
        fields
    }
}

/// Lets a webhook that wants nothing more be gone, if it still is the one that said so.
async fn close(table: &dyn Table, record: &DeliveryRecord) -> Result<()> {
    if record.of_tenant {
        let write = Write::set(TenantWebhook::key(&record.tenant), json!({ "gone": true }))
            .when_is("url", &record.url);
        return table.write(vec![write]).await.map(drop);
    }
    let key = JobRecord::key(&record.job);
    let Some(item) = table.get(std::slice::from_ref(&key)).await?.remove(0) else { return Ok(()) };
    let job: JobRecord = from_item(&item)?;
    let Some(mut webhook) = job.webhook else { return Ok(()) };
    webhook.gone = true;
    let webhook = serde_json::to_value(webhook).map_err(|cause| Error::Fault(cause.to_string()))?;
    table.write(vec![Write::set(key, json!({ "webhook": webhook }))]).await.map(drop)
}
