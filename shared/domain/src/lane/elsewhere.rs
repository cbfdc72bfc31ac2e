//! Who is asked next where somebody else cannot or may not: nobody that is left alone while another may do the work.

use super::{LaneView, Lanes, Waiting, pk};
use crate::error::Result;
use crate::event::{Event, commit};
use crate::ports::Table;
use crate::record::{StepRecord, Work};
use crate::state::StepState;
use crate::store::{Condition, Key, Write, from_item};
use crate::time::Time;
use crate::vendor::Maker;
use crate::vendor::circuit::{Circuit, EVERY_MODEL, State};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// So many items of a lane are moved on at once; the rest a moment later.
const MOVED_MOST: usize = super::WINDOW;
/// A look that is asked for before it is due finds what is written within this time, in seconds.
pub(super) const SOON_S: u32 = 1;

/// Whether one who may do the work can be asked now; the better the lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Door {
    /// Yes.
    Open,
    /// It failed too often in a row, and may be tried once.
    Ajar,
    /// It is left alone until then.
    Shut(Time),
    /// An operator holds its lane.
    Held,
}

/// How those stand who may do work that others could not: their circuits, and holds of their lanes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Doors(BTreeMap<Key, Door>);

impl Doors {
    /// Reads how these stand; nothing is read of one's own hosts, nor where there are none.
    pub(crate) async fn read<'a>(
        table: &dyn Table,
        makers: impl IntoIterator<Item = &'a Maker>,
        now: Time,
    ) -> Result<Self> {
        let keys: BTreeSet<Key> = makers.into_iter().flat_map(keys).collect();
        let keys: Vec<Key> = keys.into_iter().collect();
        let mut doors = BTreeMap::new();
        for (key, item) in keys.iter().zip(table.get(&keys).await?) {
            let Some(item) = item else { continue };
            let door = match key.sk.starts_with("CIRCUIT#") {
                false => Door::Held,
                true => match from_item::<Circuit>(&item)?.state(now) {
                    State::Closed => Door::Open,
                    State::HalfOpen => Door::Ajar,
                    State::Open(until) => Door::Shut(until),
                },
            };
            doors.insert(key.clone(), door);
        }
        Ok(Self(doors))
    }

    fn of(&self, maker: &Maker) -> Door {
        let doors = keys(maker).into_iter().filter_map(|key| self.0.get(&key));
        doors.copied().max().unwrap_or(Door::Open)
    }

    /// The place of the one to be asked: in their order, but nobody who is left alone while another is not.
    pub(crate) fn first(&self, makers: &[Maker]) -> Option<usize> {
        let each = makers.iter().enumerate();
        each.min_by_key(|(place, maker)| (self.of(maker), *place)).map(|(place, _)| place)
    }

    /// The place of the first who may be asked like anybody.
    fn first_open(&self, makers: &[Maker]) -> Option<usize> {
        makers.iter().position(|maker| self.of(maker) == Door::Open)
    }
}

/// What the answer lies in.
fn keys(maker: &Maker) -> Vec<Key> {
    let Some(ask) = &maker.ask else { return Vec::new() };
    let circuit = |model| Circuit::key(&maker.lane, model);
    vec![circuit(&ask.model), circuit(EVERY_MODEL), Key::new(pk(&maker.lane), "HOLD")]
}

/// The same work at another of those who may do it.
pub(super) fn elsewhere(mut next: Work, place: usize, now: Time) -> Work {
    let maker = next.others.remove(place);
    match maker.ask {
        Some(_) => next.params.remove("model"),
        None => next.params.insert("model".into(), maker.model.into()),
    };
    (next.lane, next.ask) = (maker.lane, maker.ask);
    next.avoid = Vec::new();
    next.not_before = now;
    if let Some(led) = &mut next.reuse {
        led.elsewhere = true;
    }
    next
}

/// The same work at another who may do it, before anybody was asked: who had it comes last from now on.
fn moved(work: &Work, place: usize, now: Time) -> Work {
    let had = Maker {
        lane: work.lane.clone(),
        model: work.ask.as_ref().map(|ask| ask.model.clone()).unwrap_or_default(),
        ask: work.ask.clone(),
    };
    let mut next = elsewhere(work.clone(), place, now);
    next.others.push(had);
    next
}

impl Lanes<'_> {
    /// Work that waits for a model which is left alone goes to the next who may do it, where somebody may.
    /// Whether anything went.
    pub(super) async fn move_on(&self, view: &mut LaneView, lane: &str, now: Time) -> Result<bool> {
        let rests = |work: &Work| !work.others.is_empty() && view.rests_until(work, now).is_some();
        let resting: Vec<Waiting> =
            view.waiting.iter().filter(|waiting| rests(&waiting.work)).cloned().collect();
        if resting.is_empty() {
            return Ok(false);
        }
        let doors = Doors::read(self.table, resting.iter().flat_map(|at| &at.work.others), now);
        let doors = doors.await?;
        let goes = |waiting: Waiting| {
            let place = doors.first_open(&waiting.work.others)?;
            let next = Waiting::new(moved(&waiting.work, place, now), &waiting.token);
            Some((waiting, next))
        };
        let all: Vec<(Waiting, Waiting)> = resting.into_iter().filter_map(goes).collect();
        let some = &all[..all.len().min(MOVED_MOST)];
        let mut looks: BTreeSet<&str> = some.iter().map(|(_, to)| to.work.lane.as_str()).collect();
        let more = some.len() < all.len() || !view.lines.is_empty();
        looks.remove(lane);
        looks.extend((more && !some.is_empty()).then_some(lane));
        for look in looks {
            // Before it is written: whoever dies in between leaves a look too many, not one too few.
            self.queue.send(&json!({ "tick": look }), SOON_S).await?;
        }
        for (from, to) in some {
            let work = &from.work;
            let model = work.ask.as_ref().map(|ask| ask.model.as_str()).unwrap_or_default();
            let reason = format!("{}/{model} failed too often in a row", work.lane);
            let went = self.move_one(from, (to, &reason), now).await?;
            view.waiting.retain(|waiting| waiting.sk != from.sk);
            if went && to.work.lane == lane {
                view.waiting.push(to.clone());
                view.waiting.sort_by(|a, b| a.sk.cmp(&b.sk));
            }
        }
        Ok(!some.is_empty())
    }

    /// Moves one item, for that reason. False where somebody was faster.
    pub(super) async fn move_one(
        &self,
        from: &Waiting,
        (to, reason): (&Waiting, &str),
        now: Time,
    ) -> Result<bool> {
        let (work, job) = (&to.work, to.work.attempt.job());
        let fields = json!({ "lane": work.lane, "waits_at": to.sk });
        let of_step = Write::set(StepRecord::key(&job, work.attempt.step()), fields)
            .when_is("round", work.round)
            .when_is("state", StepState::Waiting)
            .when_is("attempts", work.attempt.number());
        let mut writes = vec![of_step];
        match from.key() == to.key() {
            // Another model of the same vendor: one record cannot go and come at once.
            true => writes.push(Write::put(to.key(), to)?.when(Condition::Present)),
            false => writes.extend([Write::delete(from.key()), Write::create(to.key(), to)?]),
        }
        let event = Event::new(now, "step.waiting")
            .step(work.attempt.step())
            .with("lane", &work.lane)
            .with("reason", reason);
        let committed = commit(self.table, &job, work.event, writes, &[event]).await?;
        Ok(matches!(committed, crate::event::Committed::Done(_)))
    }
}
