//! Taking a post back from its target: what is there goes, what may be there is looked up first.

use super::{Hub, Ready, formed, over, stands};
use crate::Publishing;
use domain::error::Result;
use domain::ports::{Bucket, Extent, Refusal};
use domain::post::Content;
use domain::post::able::By;
use domain::publish::{Counts, Place, Posting, Sending, Told, Went, post_of};
use domain::record::{Gone, PostingRecord, PublicationState};
use domain::time::Time;
use domain::view::JobView;
use serde_json::Value;

/// What became of taking something back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Back {
    /// It is not there any more, or never was.
    Gone,
    /// Only somebody by hand can.
    Cannot(String),
    /// It may still be there; it is asked again.
    Again(String),
}

impl Publishing<'_> {
    /// Takes a post back. `gone`: the media whose copies in our own bucket go with it.
    pub(crate) async fn back(
        &self,
        view: &JobView,
        record: &PostingRecord,
        gone: &[&Gone],
        now: Time,
    ) -> Result<Back> {
        if record.busy_until.is_some_and(|until| now < until) {
            return Ok(Back::Again("it is being published just now".into()));
        }
        let hub = self.hub.as_ref();
        let Some((hub, spoke)) =
            hub.and_then(|hub| Some((hub, *hub.spokes.get(record.target.as_str())?)))
        else {
            return Ok(Back::Cannot(format!("nothing here asks a {} of posts", record.target)));
        };
        let able = spoke.able();
        let back = match able.verbs.unpublish {
            true => self.asked_back(hub, spoke, view, record, now).await?,
            false => Back::Cannot(format!("{} lets nobody take back what is there", able.name)),
        };
        if able.media.by == By::Url {
            // It was told addresses of our own: whatever it does, nothing is there any more.
            for medium in gone {
                let sent = medium.sent.as_ref().unwrap_or(&medium.sha256);
                let below = Extent::Below(format!("{}/media/{sent}.", view.job.tenant));
                self.objects.erase(Bucket::Public, &below).await?;
            }
        }
        Ok(back)
    }

    async fn asked_back(
        &self,
        hub: &Hub<'_>,
        spoke: &dyn super::Spoke,
        view: &JobView,
        record: &PostingRecord,
        now: Time,
    ) -> Result<Back> {
        let mut ready = match self.at(hub, spoke, view, record, now).await? {
            Ok(ready) => ready,
            Err(why) => return Ok(Back::Again(why)),
        };
        let mut told = verbs(&ready, record).await;
        if told.grant_over {
            match self.renew(view, &mut ready, now).await? {
                Ok(true) => told = verbs(&ready, record).await,
                Ok(false) => {}
                Err(why) => return Ok(Back::Again(why)),
            }
        }
        if let (true, Some(connection)) = (told.grant_over, &ready.connection) {
            let why = reason(&told);
            self.table.write(vec![stands(view, connection, Some(&why), now)]).await?;
            return Ok(Back::Again(over(&connection.name, &why)));
        }
        Ok(match told.went {
            Went::Done(_) => Back::Gone,
            Went::Refused(Refusal::Later, why) | Went::Unknown(why) => Back::Again(why),
            Went::Refused(_, why) => Back::Cannot(why),
            Went::On | Went::Working | Went::Ready => {
                Back::Again("its target needs more time".into())
            }
        })
    }

    /// All that a target is asked with about a post that may be there; or why nobody can ask.
    pub(super) async fn at<'s>(
        &self,
        hub: &Hub<'_>,
        spoke: &'s dyn super::Spoke,
        view: &JobView,
        record: &PostingRecord,
        now: Time,
    ) -> Result<std::result::Result<Ready<'s>, String>> {
        let known = view.parameters(&record.step);
        let posting = known.and_then(|parameters| post_of(view, &record.step, &parameters));
        // What was erased tells nothing more; the account is on record all the same.
        let posting = posting.unwrap_or_else(|_| Posting {
            content: Content::default(),
            kind: record.target.clone(),
            connection: record.connection.clone(),
            settings: Default::default(),
            ai: false,
        });
        // It is asked again by itself: no post waits for the account.
        let (connection, grant) = match self.lent(hub, view, &posting, now).await? {
            Ok(lent) => lent,
            Err(shut) => return Ok(Err(shut.why())),
        };
        let id = PostingRecord::own_id(&view.job.id, &record.step);
        let form = formed(spoke.able(), &posting, view, (&id, &|of| self.room(of)));
        let sending = Sending {
            id,
            form: form.unwrap_or_default(),
            files: Vec::new(),
            settings: posting.settings.clone(),
            since: record.started_at,
            at: now,
            progress: record.progress.clone(),
        };
        let mut ready = Ready { spoke, connection, grant, sending };
        if ready.grant.expires_at.is_some_and(|at| at <= now)
            && let Err(why) = self.renew(view, &mut ready, now).await?
        {
            return Ok(Err(why));
        }
        Ok(Ok(ready))
    }

    /// What a target counts of a post that is there; or why it tells nothing.
    pub(crate) async fn figures(
        &self,
        view: &JobView,
        record: &PostingRecord,
        now: Time,
    ) -> Result<std::result::Result<Counts, String>> {
        let hub = self.hub.as_ref();
        let Some((hub, spoke)) =
            hub.and_then(|hub| Some((hub, *hub.spokes.get(record.target.as_str())?)))
        else {
            return Ok(Err(format!("nothing here asks a {} of posts", record.target)));
        };
        let ready = match self.at(hub, spoke, view, record, now).await? {
            Ok(ready) => ready,
            Err(why) => return Ok(Err(why)),
        };
        Ok(spoke.metrics(&ready.grant, &record.progress, &place(record)).await)
    }
}

fn place(record: &PostingRecord) -> Place {
    Place {
        url: record.location.clone().unwrap_or_default(),
        id: record.remote.clone().unwrap_or_default(),
    }
}

/// Takes back what is there; looks first where nobody knows what is.
async fn verbs(ready: &Ready<'_>, record: &PostingRecord) -> Told {
    let (spoke, grant) = (ready.spoke, &ready.grant);
    let place = place(record);
    if record.state == PublicationState::Done || !place.id.is_empty() {
        return spoke.unpublish(grant, &record.progress, &place).await;
    }
    let told = spoke.check(grant, &ready.sending).await;
    let progress = told.progress.as_ref().unwrap_or(&record.progress);
    match &told.went {
        Went::Done(place) => spoke.unpublish(grant, progress, place).await,
        // Pieces of a thread are there, each with its place.
        Went::On | Went::Refused(Refusal::Never, _) if pieces(progress) => {
            spoke.unpublish(grant, progress, &place).await
        }
        // Nothing of it is there, or nobody sees it; and nothing more comes.
        Went::On | Went::Ready => Told::new(Went::Done(Place::default())),
        _ => told,
    }
}

fn pieces(progress: &Value) -> bool {
    progress["posts"].as_array().is_some_and(|posts| !posts.is_empty())
}

fn reason(told: &Told) -> String {
    match &told.went {
        Went::Refused(_, why) | Went::Unknown(why) => why.clone(),
        _ => "its grant is over".into(),
    }
}
