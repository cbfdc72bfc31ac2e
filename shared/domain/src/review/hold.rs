//! Claiming: who works on a review holds it for a while, so that two do not do the same work.

use super::record::{Claim, ReviewRecord, ReviewState};
use super::refusal::Refusal;
use super::{Answered, CLAIM_S, Desk, RACES, read};
use crate::error::Error;
use crate::id::ReviewId;
use crate::person::{Person, Role};
use crate::store::Written;
use crate::time::Time;

/// Holds a review for a person: for a quarter of an hour nobody else can decide it.
pub async fn claim(desk: &Desk<'_>, person: &Person, id: &ReviewId, now: Time) -> Answered {
    change(desk, person, id, now, |review| {
        let held = review.claim.as_ref().filter(|held| held.by == person.id && now < held.until);
        let since = held.and_then(|held| held.since).or(Some(now));
        let claim = Claim { by: person.id.clone(), until: now.plus_s(CLAIM_S), since };
        review.claim.replace(claim.clone()) != Some(claim)
    })
    .await
}

/// Lets a review go that a person holds.
pub async fn release(desk: &Desk<'_>, person: &Person, id: &ReviewId, now: Time) -> Answered {
    change(desk, person, id, now, |review| review.claim.take().is_some()).await
}

async fn change(
    desk: &Desk<'_>,
    person: &Person,
    id: &ReviewId,
    now: Time,
    act: impl Fn(&mut ReviewRecord) -> bool,
) -> Answered {
    for _ in 0..RACES {
        let Some(before) = read(desk.table, &person.tenant, id).await? else {
            return Ok(Err(Refusal::Unknown));
        };
        if let Err(refusal) = may(&before, person, now) {
            return Ok(Err(refusal));
        }
        let mut review = before.clone();
        if !act(&mut review) {
            return Ok(Ok(before));
        }
        if desk.table.write(vec![review.replace(&before)?]).await? == Written::Done {
            return Ok(Ok(review));
        }
    }
    Err(Error::Again(format!("review {id} is contended")))
}

/// Whether a person may act on an open review.
pub(super) fn may(review: &ReviewRecord, person: &Person, now: Time) -> Result<(), Refusal> {
    let who = || person.id.clone();
    if !person.has(Role::Reviewer) {
        return Err(Refusal::Role(who(), Role::Reviewer));
    }
    if !person.among(&review.groups) {
        let groups: Vec<_> = review.groups.iter().map(String::as_str).collect();
        return Err(Refusal::Group(who(), groups.join(", ")));
    }
    if review.state != ReviewState::Open || review.expires_at <= now {
        let decision = review.decided.as_ref().and_then(|decided| decided.decision);
        return Err(Refusal::Over(review.state, decision));
    }
    match review.held_by_other(&person.id, now) {
        Some(claim) => Err(Refusal::Claimed(claim.by.clone(), claim.until)),
        None => Ok(()),
    }
}
