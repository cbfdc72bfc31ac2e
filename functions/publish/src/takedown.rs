//! Works a take-down off: each place is asked, and what became of it is on its own record and on the take-down's.

use crate::Publishing;
use crate::hub::{Back, Sent};
use crate::task::{Task, settings};
use domain::error::{Error, Result};
use domain::id::TenantId;
use domain::ports::Refusal;
use domain::publish::{NotCleared, Outcome, Post};
use domain::record::PublicationRecord;
use domain::store::Written;
use domain::takedown::{Found, Place, PlaceState, Takedown, blocked, ended, look, taken};
use domain::time::{Now, Time};
use domain::view::JobView;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How many places are asked at a time.
const AT_A_TIME: usize = 8;
/// How long one call is at it, in seconds; what is left is asked by the next.
const CALL_S: i64 = 15;

impl Publishing<'_> {
    /// Asks the places of a take-down that are open. Does nothing where somebody else is at it, or it is not due.
    pub(crate) async fn take_down(
        &self,
        tenant: &TenantId,
        id: &str,
        clock: &dyn Now,
    ) -> Result<Value> {
        let begun = clock.now();
        let known = Takedown::read(self.table, tenant, id).await?;
        let known = known.ok_or_else(|| Error::Invalid(format!("there is no take-down {id}")))?;
        let busy = known.busy_until.is_some_and(|until| begun < until);
        if busy || known.due_at.is_none_or(|due| begun < due) {
            return Ok(json!({ "takedown": id, "state": known.state, "busy": busy }));
        }
        let ours = known.taken_up(begun);
        if self.table.write(vec![ours.instead_of(Some(&known))?]).await? != Written::Done {
            return Ok(json!({ "takedown": id, "state": known.state, "busy": true }));
        }
        let found = look(self.table, &ours, begun).await?;
        let (mut places, mut sealed) = (found.places.clone(), ours.sealed.clone());
        let mut lost = None;
        for some in places.chunks_mut(AT_A_TIME) {
            let now = clock.now();
            if CALL_S * 1000 < now.since_ms(begun) {
                break;
            }
            let asked = some.iter_mut().map(|place| self.ask_place(&found, &ours, place, now));
            for done in join_all(asked).await {
                match done {
                    Ok(more) => sealed.extend(more),
                    Err(cause) => lost = lost.or(Some(cause)),
                }
            }
        }
        if let Some(cause) = lost {
            // The lease ends, and whoever comes then asks again.
            return Err(cause);
        }
        let now = clock.now();
        let mut left = ours.left(places, found.hashes.len() as u64, now);
        if sealed != left.sealed {
            // What was sent is known only now: the next look blocks it, and finds where else it went.
            left.sealed = sealed;
            left.due_pk = Some(domain::takedown::PUBLISHED.into());
            left.due_at = Some(left.due_at.map_or(now, |due| due.min(now)));
        }
        ended(self.table, (&ours, &left), now).await?;
        Ok(json!({ "takedown": id, "state": left.state, "places": left.places.len() }))
    }

    /// Whether something that a step sends was taken down; then none of it is sent.
    pub(crate) async fn taken_down_of(
        &self,
        view: &JobView,
        step: &str,
        (tasks, posts): (&mut Vec<Task<'_>>, &mut Vec<Sent<'_>>),
    ) -> Result<std::result::Result<(), NotCleared>> {
        let sent = tasks.iter().filter(|task| task.post.step == step && !task.was_done());
        let media = posts.iter().filter(|post| post.step == step && !post.was_done());
        let media = media.flat_map(|post| &post.posting.content.media).map(|medium| &medium.asset);
        let all = sent.map(|task| &task.post.asset.id).chain(media);
        let assets: Vec<_> = all.filter_map(|asset| view.assets.get(asset)).collect();
        let Some(why) = blocked(self.table, view, &assets).await? else { return Ok(Ok(())) };
        tasks.retain(|task| task.post.step != step);
        posts.retain(|post| post.step != step);
        Ok(Err(why))
    }

    /// Asks one place; the hashes of what was sent there, where they are others.
    async fn ask_place(
        &self,
        found: &Found,
        takedown: &Takedown,
        place: &mut Place,
        now: Time,
    ) -> Result<BTreeSet<String>> {
        let mut sealed = BTreeSet::new();
        if !place.open() {
            return Ok(sealed);
        }
        let Some(view) = found.views.get(&place.job) else { return Ok(sealed) };
        let back = match &place.asset {
            None => match view.postings.iter().find(|posting| posting.step == place.step) {
                Some(posting) => {
                    let gone: Vec<_> = posting
                        .media
                        .iter()
                        .filter(|medium| found.hashes.contains(&medium.sha256))
                        .collect();
                    self.back(view, posting, &gone, now).await?
                }
                None => Back::Gone,
            },
            Some(asset) => {
                let of =
                    |sent: &&PublicationRecord| sent.step == place.step && sent.asset == *asset;
                match view.publications.iter().find(of) {
                    Some(sent) => self.asset_back(view, sent, &mut sealed, now).await?,
                    None => Back::Gone,
                }
            }
        };
        place.tries += 1;
        place.at = now;
        (place.state, place.detail) = match back {
            Back::Gone => (PlaceState::Gone, None),
            Back::Cannot(why) => (PlaceState::Cannot, Some(format!("{why}: {}", by_hand(place)))),
            Back::Again(why) => (PlaceState::Failed, Some(why)),
        };
        tracing::info!(job.id = %place.job, step = %place.step, target = %place.target, "taken down: {:?}", place.state);
        if place.state == PlaceState::Gone {
            taken(self.table, takedown, place, now).await?;
        }
        Ok(sealed)
    }

    async fn asset_back(
        &self,
        view: &JobView,
        sent: &PublicationRecord,
        sealed: &mut BTreeSet<String>,
        now: Time,
    ) -> Result<Back> {
        let Some(target) = self.targets.get(sent.target.as_str()) else {
            return Ok(Back::Cannot(format!("nothing here asks a {}", sent.target)));
        };
        let Some(asset) = view.assets.get(&sent.asset) else { return Ok(Back::Gone) };
        // What was erased tells nothing more; where it went is on record all the same.
        let settings = view.parameters(&sent.step).map(|known| settings(&known));
        let mut post = Post::new(view, &sent.step, asset, &settings.unwrap_or_default(), now);
        post.asset = self.as_sent(&post).await?;
        if post.asset.sha256 != asset.sha256 {
            sealed.insert(post.asset.sha256.clone());
        }
        Ok(match target.unpublish(&post, sent.location.as_deref()).await {
            Outcome::Done(_) => Back::Gone,
            Outcome::Accepted => Back::Again("the target still works on it".into()),
            Outcome::Refused(Refusal::Later, why) | Outcome::Unknown(why) => Back::Again(why),
            Outcome::Refused(_, why) => Back::Cannot(why),
        })
    }
}

/// What a person has to do where nothing else can.
fn by_hand(place: &Place) -> String {
    let at = place.location.as_deref().unwrap_or("its target");
    match (place.target.as_str(), &place.connection) {
        ("webhook", _) => format!("ask whoever runs {at} to delete it"),
        ("print-partner", _) => format!("call the printer about {at}"),
        (_, Some(connection)) => {
            format!("open {at} with the account of connection {connection}, and delete it there")
        }
        (_, None) => format!("delete {at} by hand"),
    }
}
