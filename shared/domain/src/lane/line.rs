//! Lines: where the work of a tenant waits of which much waits, so that it hides nobody else's.
//!
//! The lane's partition is read whole by every claim, so it holds only the first few waiting items of a
//! tenant: its *window*. An item is recorded there. Where the window is full already, whoever recorded it moves
//! it on to the tenant's own partition, the *line*; whoever claims from a window that runs low refills
//! it from the line. A record `LINE#{tenant}` in the lane says that there may be something in the line,
//! and is renewed by whoever moves something there; it goes once the line was found empty after its time, which is
//! longer than any invocation that saw it lives. So nothing waits unseen, whoever dies when.

use super::{LaneView, Lanes, Waiting, pk};
use crate::error::Result;
use crate::store::{Key, Query, Write, Written, from_item};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// How many items of one tenant wait in the lane itself.
pub const WINDOW: usize = 8;
/// Whoever moves an item to a line that is vouched for no longer than this vouches for it anew.
const VOUCHED_LEAST_S: u32 = 35;
/// For so long a line is vouched for.
const VOUCHED_S: u32 = 60;
/// How many items are counted in one line.
pub const COUNTED_MOST: u32 = 1000;

/// That something may wait in a tenant's line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Until then something may be moved there without another word.
    #[serde(default)]
    pub until: Time,
    /// How many items the sweep counted there last.
    #[serde(default)]
    pub waiting: u32,
    /// When the oldest of them was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Time>,
}

/// A tenant's line in a lane.
pub fn line_pk(lane: &str, tenant: &str) -> String {
    format!("LINE#{lane}#{tenant}")
}

fn marker(lane: &str, tenant: &str) -> Key {
    Key::new(pk(lane), format!("LINE#{tenant}"))
}

impl Waiting {
    fn in_line(&self) -> Key {
        Key::new(line_pk(&self.work.lane, self.work.tenant.as_str()), self.sk.clone())
    }

    fn in_window(&self) -> Key {
        Key::new(pk(&self.work.lane), self.sk.clone())
    }
}

/// What takes an item out of the queue, wherever it waits, by its key alone.
pub(crate) fn forget(lane: &str, tenant: &str, sk: &str) -> Vec<Write> {
    let places = [line_pk(lane, tenant), pk(lane)];
    let gone =
        |place: String| Write { conditions: Vec::new(), ..Write::delete(Key::new(place, sk)) };
    places.map(gone).into()
}

impl LaneView {
    /// The waiting items of each tenant in the lane itself, first ones first.
    pub(super) fn windows(&self) -> BTreeMap<String, Vec<&Waiting>> {
        let mut windows: BTreeMap<String, Vec<&Waiting>> = BTreeMap::new();
        for waiting in &self.waiting {
            windows.entry(waiting.work.tenant.to_string()).or_default().push(waiting);
        }
        windows
    }

    /// What is to be moved on to lines: by preference what this token waits for, which nobody else will move.
    fn beyond(&self, token: Option<&str>) -> BTreeMap<String, Vec<Waiting>> {
        let mut beyond = BTreeMap::new();
        for (tenant, items) in self.windows() {
            // Where others wait in line already, only those who come before them stay.
            let room = if self.lines.contains_key(&tenant) { WINDOW / 2 } else { WINDOW };
            let over = items.get(room..).unwrap_or_default();
            let own = over.iter().filter(|waiting| Some(waiting.token.as_str()) == token);
            let mut moved: Vec<Waiting> = own.map(|waiting| (*waiting).clone()).collect();
            if moved.is_empty() && 2 * WINDOW < items.len() {
                // Whoever recorded these died, or comes too late.
                moved = over.iter().rev().take(WINDOW).map(|waiting| (*waiting).clone()).collect();
            }
            if !moved.is_empty() {
                beyond.insert(tenant, moved);
            }
        }
        beyond
    }
}

impl Lanes<'_> {
    /// Moves items of full windows on to their lines.
    pub(super) async fn make_room(
        &self,
        view: &mut LaneView,
        token: Option<&str>,
        now: Time,
    ) -> Result<()> {
        for (tenant, moved) in view.beyond(token) {
            let lane = &moved[0].work.lane;
            let mut writes = Vec::new();
            for waiting in &moved {
                writes.push(Write::delete(waiting.in_window()));
                writes.push(Write::put(waiting.in_line(), waiting)?);
            }
            let mut line = view.lines.get(&tenant).cloned().unwrap_or_default();
            if line.until < now.plus_s(VOUCHED_LEAST_S) {
                line.until = now.plus_s(VOUCHED_S);
                writes.push(Write::count(marker(lane, &tenant)).also("until", line.until));
            }
            // Refused where one of them was claimed or moved meanwhile.
            if self.table.write(writes).await? == Written::Done {
                let gone = |waiting: &Waiting| moved.iter().any(|moved| moved.sk == waiting.sk);
                view.waiting.retain(|waiting| !gone(waiting));
                view.lines.insert(tenant, line);
            }
        }
        Ok(())
    }

    /// Refills windows that run low from their lines. Whether anything came.
    pub(super) async fn refill(&self, view: &mut LaneView, lane: &str, now: Time) -> Result<bool> {
        let windows = view.windows();
        let has = |tenant: &String| windows.get(tenant).map_or(0, Vec::len);
        let low = view.lines.iter().map(|(tenant, line)| (tenant, line, has(tenant)));
        let low = low.filter(|(_, _, has)| 2 * has <= WINDOW);
        let low: Vec<_> =
            low.map(|(tenant, line, has)| (tenant.clone(), line.clone(), has)).collect();
        let mut came = false;
        for (tenant, line, has) in low {
            let room = (WINDOW - has) as u32;
            let query = Query::prefix(line_pk(lane, &tenant), "WAIT#").limit(room);
            let items = self.table.query(&query).await?;
            if items.is_empty() {
                if line.until < now {
                    let gone = Write::delete(marker(lane, &tenant)).when_is("until", line.until);
                    self.table.write(vec![gone]).await?;
                    view.lines.remove(&tenant);
                }
                continue;
            }
            let mut moved = Vec::new();
            let mut writes = Vec::new();
            for item in &items {
                let waiting: Waiting = from_item(item)?;
                writes.push(Write::delete(waiting.in_line()));
                writes.push(Write::put(waiting.in_window(), &waiting)?);
                moved.push(waiting);
            }
            // Refused where somebody else refills it: they look after that.
            if self.table.write(writes).await? == Written::Done {
                came = true;
                view.waiting.extend(moved);
                view.waiting.sort_by(|a, b| a.sk.cmp(&b.sk));
            }
        }
        Ok(came)
    }

    /// Counts what waits in the lines, for those who ask how long the queue is.
    pub(crate) async fn count_lines(&self, view: &mut LaneView, lane: &str) -> Result<()> {
        for (tenant, line) in &mut view.lines {
            let query = Query::prefix(line_pk(lane, tenant), "WAIT#").limit(COUNTED_MOST);
            let items = self.table.query(&query).await?;
            let mut oldest: Option<Time> = None;
            for item in &items {
                let asked: Waiting = from_item(item)?;
                let asked = asked.work.enqueued_at;
                oldest = Some(oldest.map_or(asked, |oldest| oldest.min(asked)));
            }
            line.waiting = items.len() as u32;
            line.oldest = oldest;
            let set = json!({ "waiting": line.waiting, "oldest": line.oldest });
            self.table.write(vec![Write::set(marker(lane, tenant), set)]).await?;
        }
        Ok(())
    }
}
