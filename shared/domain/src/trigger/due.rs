//! Schedules that are due: each fires once for its latest time, whatever was missed before.

use super::{Made, Making, Occurrence, SCHEDULES, TRIGGERS, TriggerRecord, make};
use crate::error::Result;
use crate::problem::Stop;
use crate::sign::sha256;
use crate::store::{Condition, From, Key, Query, Write, from_item, sort_key};
use crate::time::Time;
use serde_json::{Value, json};

/// How many schedules one sweep fires.
const MOST: u32 = 200;

/// What came of a schedule that was due.
#[derive(Debug)]
pub struct Due {
    /// The trigger.
    pub trigger: TriggerRecord,
    /// The time that it fired for.
    pub time: Time,
    /// Since when it missed its times, where it did.
    pub missed_since: Option<Time>,
    /// The job, or why there is none.
    pub made: std::result::Result<Made, Stop>,
}

/// Fires every schedule that is due, and says when each is due next.
///
/// A schedule that a store of ours kept from its job stays due: the next sweep finds it.
pub async fn fire_due(making: &Making<'_>) -> Result<Vec<Due>> {
    let from = From::DueOf { hash: SCHEDULES, until: making.now.0 };
    let query = Query { from, backwards: false, limit: MOST };
    let items = making.table.query(&query).await?;
    let keys: Vec<Key> = items.iter().map(|item| Key::new(TRIGGERS, sort_key(item))).collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut fired = Vec::new();
    for item in making.table.get(&keys).await?.into_iter().flatten() {
        let trigger: TriggerRecord = from_item(&item)?;
        if let Some(due) = one(making, trigger).await? {
            fired.push(due);
        }
    }
    Ok(fired)
}

async fn one(making: &Making<'_>, trigger: TriggerRecord) -> Result<Option<Due>> {
    let now = making.now;
    // The index is a little late.
    let Some(due_at) = trigger.due_at.filter(|due| *due <= now) else { return Ok(None) };
    let Some(calendar) = trigger.calendar() else { return Ok(None) };
    let time = calendar.last(now).filter(|last| due_at < *last).unwrap_or(due_at);
    let missed_since = Some(due_at).filter(|due| *due < time);
    let event = occurrence(&trigger, time, missed_since);
    let trace = sha256(format!("{}\0{}\0{}", trigger.tenant, trigger.name, event.id).as_bytes());
    let traceparent = format!("00-{}-{}-01", &trace[..32], &trace[32..48]);
    let making = Making { traceparent: &traceparent, ..*making };
    let made = match trigger.fire(&event) {
        Ok(fired) => make(&making, &trigger, &fired).await,
        Err(why) => Err(crate::problem::ProblemDocument::unmappable(&why).into()),
    };
    if !matches!(made, Err(Stop::Error(_))) {
        let fields = match calendar.next(now) {
            Some(next) => json!({ "due_pk": SCHEDULES, "due_at": next }),
            None => json!({ "due_pk": null, "due_at": null }),
        };
        // Another sweep, or a put, may have been faster.
        let later = Write::set(super::key(&trigger.tenant, &trigger.name), fields)
            .when(Condition::In("due_at", vec![json!(due_at)]));
        making.table.write(vec![later]).await?;
    }
    Ok(Some(Due { trigger, time, missed_since, made }))
}

/// A time at which a schedule was due, as an event.
pub fn occurrence(trigger: &TriggerRecord, time: Time, missed_since: Option<Time>) -> Occurrence {
    let local = trigger.calendar().and_then(|calendar| calendar.local(time));
    let shown = |how: &str| local.as_ref().map(|local| local.strftime(how).to_string());
    let at = time.rfc3339();
    Occurrence {
        id: at.clone(),
        source: "schedule".into(),
        detail_type: trigger.name.clone(),
        time: at,
        detail: json!({
            "date": shown("%Y-%m-%d"), "time": shown("%H:%M"), "weekday": shown("%A"),
            "timezone": shown("%Q"), "missed_since": missed_since.map(Time::rfc3339),
        }),
        rest: Default::default(),
    }
}

/// A time that a person names, as the event of it.
impl Occurrence {
    /// The time that a text tells, or that a schedule's event has.
    pub fn time_of(event: &Value) -> Option<Time> {
        let text = event.as_str().or_else(|| event["time"].as_str())?;
        text.parse().ok().map(|time: jiff::Timestamp| Time(time.as_millisecond()))
    }
}
