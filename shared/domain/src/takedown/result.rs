//! What became of a place, on the publication's own record and in its job's log; and the end of a take-down.

use super::record::{Place, PlaceState, Takedown, TakedownState};
use crate::error::Result;
use crate::event::{Event, commit, last_number};
use crate::ports::Table;
use crate::record::{PostingRecord, PublicationRecord, Tombstone};
use crate::store::{Condition, Write};
use crate::time::Time;
use serde_json::json;

/// Writes that a publication is gone, with the event that tells of it: once, whoever comes again.
pub async fn taken(table: &dyn Table, takedown: &Takedown, place: &Place, now: Time) -> Result<()> {
    let (key, publication) = match &place.asset {
        None => {
            let id = PostingRecord::public_id(&place.job, &place.step);
            (PostingRecord::key(&place.job, &place.step), id)
        }
        Some(asset) => (PublicationRecord::key(&place.job, &place.step, asset), asset.to_string()),
    };
    let tombstone = Tombstone { at: now, reason: takedown.reason.clone() };
    let write =
        Write::set(key, json!({ "taken_down": tombstone })).when(Condition::Without("taken_down"));
    // Whoever publishes a post writes over a record that is as it was read.
    let write = if place.asset.is_none() { write.plus("rev", 1) } else { write };
    let event = Event::new(now, "publication.taken_down")
        .step(&place.step)
        .with("target", &place.target)
        .with("publication", publication)
        .with("asset", &takedown.asset)
        .with("takedown", &takedown.id)
        .with("location", &place.location);
    let last = last_number(table, &place.job).await?;
    // Refused: it is on record already.
    commit(table, &place.job, last, vec![write], &[event]).await.map(drop)
}

/// Writes how a take-down stands after its places were asked; the event of its end goes with the change. False where
/// somebody else wrote it meanwhile.
pub async fn ended(
    table: &dyn Table,
    (old, new): (&Takedown, &Takedown),
    now: Time,
) -> Result<bool> {
    use crate::event::Committed;
    let write = new.instead_of(Some(old))?;
    let over = |takedown: &Takedown| takedown.state != TakedownState::Working;
    let count = |state| new.places.iter().filter(|place| place.state == state).count();
    // The state before is that of the last look: a look that finds nothing new tells nothing new.
    let event = (over(new) && old.state != new.state).then(|| {
        let kind = match new.state {
            TakedownState::Left => "takedown.left",
            _ => "takedown.done",
        };
        Event::new(now, kind)
            .with("takedown", &new.id)
            .with("asset", &new.asset)
            .with("gone", count(PlaceState::Gone))
            .with("by_hand", count(PlaceState::Cannot))
    });
    let job = new.asset.job();
    let last = match &event {
        Some(_) => last_number(table, &job).await?,
        None => 0,
    };
    let events: Vec<Event> = event.into_iter().collect();
    Ok(matches!(commit(table, &job, last, vec![write], &events).await?, Committed::Done(_)))
}
