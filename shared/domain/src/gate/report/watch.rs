//! Watching each policy's passes by model: the sweep counts what was judged since it last looked, and tells who left its band.

use super::row::{pk, place, row};
use super::{DAYS, Series, Tally, Trend};
use crate::error::Result;
use crate::id::TenantId;
use crate::ports::Table;
use crate::store::{From, Key, Query, Write, from_item, sort_key};
use crate::stuck::{Finding, Stuck};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// The partition of all watched policies, and their hash in the index of what is due.
pub const WATCHED: &str = "GATES";
/// The partition of what left its band.
const OFF: &str = "GATES#OFF";
/// How many policies one sweep looks at, and how many verdicts of each.
const POLICIES_MOST: u32 = 50;
const ROWS_MOST: u32 = 1_000;
/// Verdicts younger than this may not all be there yet.
const SETTLED_S: i64 = 60;
/// How long until the next look, where something was judged, and where nothing was.
const NEXT_S: u32 = 600;
const IDLE_S: u32 = 3_600;
/// Most models of one policy that are watched: who names ever new ones is watched in none of them.
const SERIES_MOST: usize = 60;

/// What was counted of a policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Watched {
    tenant: TenantId,
    policy: String,
    /// The last verdict that was counted, as its sort key.
    #[serde(default)]
    seen: String,
    /// The counts of the last days.
    #[serde(default)]
    counts: Vec<Counted>,
    /// What is on record as off.
    #[serde(default)]
    off: BTreeSet<String>,
    due_pk: String,
    due_at: Time,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Counted {
    #[serde(flatten)]
    series: Series,
    day: String,
    #[serde(flatten)]
    tally: Tally,
}

/// That a model's passes left their band on a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Off {
    tenant: TenantId,
    policy: String,
    day: String,
    detail: String,
    expires_at: i64,
}

fn key(tenant: &TenantId, policy: &str) -> Key {
    Key::new(WATCHED, format!("{tenant}#{policy}"))
}

/// The write by which a policy is watched from now on; what was counted of it stays.
pub(crate) fn watched(tenant: &TenantId, policy: &str, now: Time) -> Write {
    Write::count(key(tenant, policy))
        .also("tenant", tenant)
        .also("policy", policy)
        .also("due_pk", WATCHED)
        .also("due_at", now)
}

/// Counts what was judged by the policies that are due, and puts on record who left its band, or came back.
pub async fn watch(table: &dyn Table, now: Time) -> Result<()> {
    let from = From::DueOf { hash: WATCHED, until: now.0 };
    let due = table.query(&Query { from, backwards: false, limit: POLICIES_MOST }).await?;
    let keys: Vec<Key> = due.iter().map(|item| Key::new(WATCHED, sort_key(item))).collect();
    if keys.is_empty() {
        return Ok(());
    }
    for item in table.get(&keys).await?.into_iter().flatten() {
        let watched: Watched = from_item(&item)?;
        // The index is a little late.
        if watched.due_at <= now {
            table.write(watched.looked_at(table, now).await?).await?;
        }
    }
    Ok(())
}

/// What is off today, as the sweep and operators are told of it.
pub async fn off(table: &dyn Table, now: Time) -> Result<Vec<Finding>> {
    let items = table.query(&Query::partition(OFF)).await?;
    let mut found = Vec::new();
    for item in &items {
        let Off { tenant, policy, day, detail, .. } = from_item(item)?;
        if day == now.day() {
            let at = format!("{tenant}/{policy}");
            found.push(Finding { stuck: Stuck::PassRateOff, at, detail });
        }
    }
    Ok(found)
}

impl Watched {
    /// The writes of one look; refused where another sweep looked meanwhile.
    async fn looked_at(&self, table: &dyn Table, now: Time) -> Result<Vec<Write>> {
        let until = place(Time(now.0 - SETTLED_S * 1000));
        let after = Some(self.seen.clone()).filter(|seen| !seen.is_empty());
        let pk = pk(&self.tenant, &self.policy);
        let from = From::Partition { pk, prefix: String::new(), after };
        let items = table.query(&Query { from, backwards: false, limit: ROWS_MOST }).await?;
        let settled: Vec<_> = items.iter().filter(|item| sort_key(item) < until.as_str()).collect();
        let mut days = self.days();
        for item in &settled {
            for (series, passed) in row(item)?.iter().flat_map(|row| {
                let day = row.at.day();
                row.counts()
                    .into_iter()
                    .map(move |(series, passed)| ((series, day.clone()), passed))
            }) {
                if days.contains_key(&series.0) || days.len() < SERIES_MOST {
                    let (series, day) = series;
                    days.entry(series).or_default().entry(day).or_default().add(passed);
                }
            }
        }
        let oldest = Time(now.0 - DAYS as i64 * 86_400_000).day();
        for of in days.values_mut() {
            of.retain(|day, _| oldest <= *day);
        }
        days.retain(|_, of| !of.is_empty());
        let trends: Vec<Trend> =
            days.into_iter().map(|(series, of)| Trend::of(series, of, now)).collect();
        self.writes(&trends, settled.last().map(|item| sort_key(item)), settled.len(), now)
    }

    fn writes(
        &self,
        trends: &[Trend],
        seen: Option<&str>,
        read: usize,
        now: Time,
    ) -> Result<Vec<Write>> {
        let mut off = BTreeSet::new();
        let mut writes = Vec::new();
        for trend in trends {
            let Some(band) = trend.band.filter(|_| trend.off()) else { continue };
            let (series, today) = (trend.series.to_string(), trend.today);
            let percent = |share: f64| format!("{:.0} %", share * 100.0);
            let detail = format!(
                "{series}: {} of {} passed today, {} to {} was to be expected",
                today.passed,
                today.n,
                percent(band.low),
                percent(band.high)
            );
            let record = Off {
                tenant: self.tenant.clone(),
                policy: self.policy.clone(),
                day: now.day(),
                detail,
                expires_at: now.plus_s(2 * 86_400).unix_s(),
            };
            writes.push(Write::put(self.off_key(&series), &record)?);
            off.insert(series);
        }
        writes.extend(self.off.difference(&off).map(|series| Write::forget(self.off_key(series))));
        let counts: Vec<Counted> = trends
            .iter()
            .flat_map(|Trend { series, days, .. }| {
                let counted = |(day, tally): (&String, &Tally)| Counted {
                    series: series.clone(),
                    day: day.clone(),
                    tally: *tally,
                };
                days.iter().map(counted)
            })
            .collect();
        // A full reading has more behind it.
        let next = match read {
            0 if off.is_empty() => now.plus_s(IDLE_S),
            full if ROWS_MOST as usize <= full => now,
            _ => now.plus_s(NEXT_S),
        };
        let mut fields = json!({ "counts": counts, "off": off, "due_at": next });
        if let Some(seen) = seen {
            fields["seen"] = json!(seen);
        }
        let looked = Write::set(key(&self.tenant, &self.policy), fields);
        writes.push(looked.when_is("due_at", self.due_at));
        Ok(writes)
    }

    fn off_key(&self, series: &str) -> Key {
        Key::new(OFF, format!("{}#{}#{series}", self.tenant, self.policy))
    }

    fn days(&self) -> BTreeMap<Series, BTreeMap<String, Tally>> {
        let mut days: BTreeMap<Series, BTreeMap<String, Tally>> = BTreeMap::new();
        for Counted { series, day, tally } in &self.counts {
            days.entry(series.clone()).or_default().insert(day.clone(), *tally);
        }
        days
    }
}
