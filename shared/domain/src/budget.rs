//! What a tenant may spend in a day and in a month (UTC), and what of it is left.
//!
//! One counter per period holds what was spent and what is under way: a claim counts what its attempt will probably
//! cost, in the claim's own transaction, and the attempt's end puts in its place what it did cost. So whoever looks
//! before spending sees what others are about to spend. Only tenants with a budget have these counters.

use crate::error::Result;
use crate::id::TenantId;
use crate::money::MicroUsd;
use crate::ports::Table;
use crate::spend::{self, By, Marks};
use crate::store::{Condition, Item, Key, Write, from_item};
use crate::tenant::TenantRecord;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// The counters of a period are kept for so long after it was last added to.
const KEPT_S: u32 = 70 * 86_400;

/// What a tenant may spend; as much as it likes where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// In a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<MicroUsd>,
    /// In a calendar month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<MicroUsd>,
}

/// What a claim counted, for its attempt's end to take back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// How much.
    pub micros: MicroUsd,
    /// The day of the claim.
    pub day: String,
}

/// A budget of a period, and what is left of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Whether it is that of the day, or of the month.
    pub period: Period,
    /// What may be spent in it.
    pub limit: MicroUsd,
    /// What is spent or under way.
    pub taken: MicroUsd,
}

/// For how long a budget is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Period {
    /// A day, in UTC.
    Day,
    /// A calendar month, in UTC.
    Month,
}

impl Period {
    /// The one that a day lies in, as the counter's key ends.
    fn of(self, day: &str) -> String {
        let length = if self == Self::Day { 10 } else { 7 };
        day.chars().take(length).collect()
    }
}

impl Left {
    /// How much may be spent yet.
    pub fn micros(&self) -> MicroUsd {
        MicroUsd((self.limit.0 - self.taken.0).max(0))
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let period = if self.period == Period::Day { "day" } else { "month" };
        let (left, limit) = (self.micros().usd(), self.limit.usd());
        write!(f, "${left} of its tenant's ${limit} for the {period} is left")
    }
}

impl Budget {
    /// Whether nothing is limited.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn periods(&self) -> impl Iterator<Item = (Period, MicroUsd)> {
        let day = self.day.map(|limit| (Period::Day, limit));
        day.into_iter().chain(self.month.map(|limit| (Period::Month, limit)))
    }

    /// What is left of whichever period has least left; none where nothing is limited.
    pub async fn left(
        &self,
        table: &dyn Table,
        tenant: &TenantId,
        now: Time,
    ) -> Result<Option<Left>> {
        let day = now.day();
        let periods: Vec<_> = self.periods().collect();
        if periods.is_empty() {
            return Ok(None);
        }
        let keys: Vec<Key> = periods.iter().map(|(period, _)| key(tenant, *period, &day)).collect();
        let items = table.get(&keys).await?;
        let left = periods.into_iter().zip(items).map(|((period, limit), item)| {
            let taken = MicroUsd(item.as_ref().map(micros).unwrap_or_default());
            Left { period, limit, taken }
        });
        Ok(left.min_by_key(|left| left.limit.0 - left.taken.0))
    }
}

/// What a tenant may spend, read afresh.
pub async fn of(table: &dyn Table, tenant: &TenantId) -> Result<Budget> {
    let item = table.get(&[TenantRecord::key(tenant)]).await?.into_iter().next().flatten();
    let record: Option<TenantRecord> = item.as_ref().map(from_item).transpose()?;
    Ok(record.map(|record| record.budget).unwrap_or_default())
}

fn micros(item: &Item) -> i64 {
    item.get("micros").and_then(Value::as_i64).unwrap_or_default()
}

/// Where the counter of a period lies.
fn key(tenant: &TenantId, period: Period, day: &str) -> Key {
    Key::new(format!("SPEND#{tenant}#budget"), period.of(day))
}

fn count(tenant: &TenantId, day: &str, micros: i64, now: Time) -> Vec<Write> {
    let expires_at = now.plus_s(KEPT_S).unix_s();
    let add = |period| {
        let counter = Write::count(key(tenant, period, day)).also("expires_at", expires_at);
        counter.plus("micros", micros)
    };
    [Period::Day, Period::Month].map(add).into()
}

/// What is left to a tenant, read afresh; none where nothing is limited.
pub async fn left(table: &dyn Table, tenant: &TenantId, now: Time) -> Result<Option<Left>> {
    of(table, tenant).await?.left(table, tenant, now).await
}

/// Counts what an attempt will probably cost: written with its claim, which is refused where that is more than is left.
/// Nothing is written where its tenant has no budget.
pub fn hold(
    tenant: &TenantId,
    marks: &mut Marks,
    quote: MicroUsd,
    budget: &Budget,
    now: Time,
) -> Vec<Write> {
    marks.held = None;
    if quote.0 <= 0 {
        return Vec::new();
    }
    let day = now.day();
    let writes = if marks.budgeted { count(tenant, &day, quote.0, now) } else { Vec::new() };
    marks.held = Some(Held { micros: quote, day });
    let limits = [budget.day, budget.month];
    let within = |(write, limit): (Write, Option<MicroUsd>)| match limit {
        None => write,
        // No counter yet, and no room for this one alone.
        Some(limit) if limit < quote => write.when(Condition::In("micros", Vec::new())),
        Some(limit) => write.when(Condition::UpTo("micros", limit.0 - quote.0)),
    };
    writes.into_iter().zip(limits).map(within).collect()
}

/// What an attempt's end adds to what its job has taken of its budget: what it cost, in place of what was thought.
pub(crate) fn instead(marks: &Marks, more: MicroUsd, corrects: bool) -> i64 {
    let held = marks.held.as_ref().filter(|_| !corrects);
    more.0 - held.map_or(0, |held| held.micros.0)
}

/// Puts what an attempt did cost in place of what was thought: written with its end, and with each correction.
pub(crate) fn settled(
    tenant: &TenantId,
    marks: &Marks,
    more: MicroUsd,
    corrects: bool,
    now: Time,
) -> Vec<Write> {
    let day = marks.held.as_ref().map_or_else(|| now.day(), |held| held.day.clone());
    let micros = instead(marks, more, corrects);
    match marks.budgeted && micros != 0 {
        true => count(tenant, &day, micros, now),
        false => Vec::new(),
    }
}

/// Begins to count where a budget is given: what was spent so far in these periods is taken from the sums of spend.
pub async fn begin(table: &dyn Table, tenant: &TenantId, now: Time) -> Result<Vec<Write>> {
    let today = now.day();
    let first = format!("{}-01", Period::Month.of(&today));
    let page = spend::read(table, tenant, &By::Total, (&first, &today), None).await?;
    let days = page.values.values().flatten();
    let (mut month, mut day) = (0, 0);
    for (on, sum) in days {
        month += sum.spent.0;
        day += if *on == today { sum.spent.0 } else { 0 };
    }
    let expires_at = now.plus_s(KEPT_S).unix_s();
    let put = |(period, micros): (Period, i64)| {
        let record = serde_json::json!({ "micros": micros, "expires_at": expires_at });
        Write::put(key(tenant, period, &today), &record)
    };
    [(Period::Day, day), (Period::Month, month)].into_iter().map(put).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fakes::{NOW, World};
    use crate::id::JobId;
    use futures_util::FutureExt;

    fn acme() -> TenantId {
        TenantId::parse("acme").unwrap()
    }

    fn marks() -> Marks {
        Marks { pipeline: "hero".into(), budgeted: true, ..Marks::default() }
    }

    /// In memory nothing has to be waited for.
    fn at_once<T>(act: impl Future<Output = Result<T>>) -> T {
        act.now_or_never().expect("nothing waits").unwrap()
    }

    fn budget() -> Budget {
        Budget { day: Some(MicroUsd(100_000)), month: Some(MicroUsd(1_000_000)) }
    }

    fn left_at(world: &World, now: Time) -> Left {
        at_once(budget().left(&world.table, &acme(), now)).unwrap()
    }

    #[test]
    fn what_is_under_way_counts_until_its_end_says_what_it_cost() {
        let world = World::default();
        assert_eq!(left_at(&world, NOW).micros(), MicroUsd(100_000));
        let mut marks = marks();
        let claim = hold(&acme(), &mut marks, MicroUsd(40_000), &budget(), NOW);
        at_once(world.table.write(claim));
        assert_eq!(left_at(&world, NOW).micros(), MicroUsd(60_000));
        let job = JobId::new(NOW, [1; 10]);
        let end = spend::ended(&acme(), &marks, &job, MicroUsd(41_500), None, NOW);
        at_once(world.table.write(end));
        assert_eq!(left_at(&world, NOW).taken, MicroUsd(41_500));
        // Its late success corrects what it was thought to cost, without taking anything back twice.
        let late =
            spend::ended(&acme(), &marks, &job, MicroUsd(-1_500), Some(MicroUsd(41_500)), NOW);
        at_once(world.table.write(late));
        assert_eq!(left_at(&world, NOW).taken, MicroUsd(40_000));
    }

    #[test]
    fn a_refused_attempt_gives_all_of_it_back_to_the_day_that_it_was_claimed_on() {
        let world = World::default();
        let mut marks = marks();
        at_once(world.table.write(hold(&acme(), &mut marks, MicroUsd(40_000), &budget(), NOW)));
        let tomorrow = NOW.plus_s(86_400);
        let job = JobId::new(NOW, [1; 10]);
        at_once(world.table.write(spend::ended(
            &acme(),
            &marks,
            &job,
            MicroUsd(0),
            None,
            tomorrow,
        )));
        assert_eq!(left_at(&world, NOW).taken, MicroUsd(0));
        assert_eq!(left_at(&world, tomorrow).taken, MicroUsd(0));
    }

    #[test]
    fn whichever_period_has_least_left_is_told() {
        let world = World::default();
        at_once(world.table.write(count(&acme(), "2023-11-01", 950_000, NOW)));
        let left = left_at(&world, NOW);
        assert_eq!((left.period, left.micros()), (Period::Month, MicroUsd(50_000)));
        assert_eq!(left.to_string(), "$0.05 of its tenant's $1 for the month is left");
        at_once(world.table.write(count(&acme(), &NOW.day(), 200_000, NOW)));
        let left = left_at(&world, NOW);
        assert_eq!(left.to_string(), "$0 of its tenant's $1 for the month is left");
    }

    #[test]
    fn a_tenant_without_a_budget_counts_nothing() {
        let mut marks = Marks::default();
        assert_eq!(hold(&acme(), &mut marks, MicroUsd(40_000), &budget(), NOW), []);
        let world = World::default();
        assert_eq!(at_once(Budget::default().left(&world.table, &acme(), NOW)), None);
        assert_eq!(at_once(left(&world.table, &acme(), NOW)), None);
    }

    #[test]
    fn counting_begins_with_what_the_month_has_cost_so_far() {
        let world = World::default();
        let job = JobId::new(NOW, [1; 10]);
        let before = Marks { budgeted: false, ..marks() };
        for (day, micros) in [(NOW, 3_000), (Time(NOW.0 - 5 * 86_400_000), 20_000)] {
            let end = spend::ended(&acme(), &before, &job, MicroUsd(micros), None, day);
            at_once(world.table.write(end));
        }
        let writes = at_once(begin(&world.table, &acme(), NOW));
        at_once(world.table.write(writes));
        let of = |budget: Budget| at_once(budget.left(&world.table, &acme(), NOW)).unwrap().taken;
        assert_eq!(of(Budget { month: None, ..budget() }), MicroUsd(3_000));
        assert_eq!(of(Budget { day: None, ..budget() }), MicroUsd(23_000));
    }
}
