//! A target's verbs, one after the other: what each left is on the ledger before the next is asked.

use super::{LEASE_S, Ready, Sent, over, rests, stands};
use crate::Publishing;
use domain::error::{Error, Result};
use domain::ports::Refusal;
use domain::publish::connection::Connection;
use domain::publish::{self, End, Renewed, Told, Went};
use domain::record::PostingRecord;
use domain::record::PublicationState::Unknown;
use domain::store::Written;
use domain::time::{Now, Time};
use domain::view::JobView;
use futures_util::future::join_all;
use serde_json::Value;
use std::collections::BTreeMap;

/// How often a target is asked in one call.
const ASKS_MOST: u32 = 60;
/// How long a call waits for one target in all, in seconds, and is at it at all.
const WAITS_MOST: u32 = 10;
const CALL_S: u32 = 18;
/// How long it waits where a target does not say how long.
const WAIT_S: u32 = 1;
/// How often nobody knew what became of a verb, in one call.
const UNKNOWN_MOST: u32 = 3;
/// Before a grant is over by so much it is renewed.
const SOON_S: u32 = 300;

/// What is asked next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Start,
    Check,
    Finalize,
}

/// How many targets are asked at a time.
const AT_A_TIME: usize = 8;

impl Publishing<'_> {
    /// Whether somebody else was at a post, and was waited for: then it is looked at again.
    pub(crate) async fn others(
        &self,
        posts: &[Sent<'_>],
        waited: &mut BTreeMap<String, Time>,
        now: Time,
    ) -> bool {
        // Who had it when it was waited for, and has it still, is not there any more.
        let busy = posts.iter().filter_map(|post| Some((&post.step, post.busy(now)?)));
        let fresh: Vec<_> = busy.filter(|(step, until)| waited.get(*step) != Some(until)).collect();
        let Some(until) = fresh.iter().map(|(_, until)| *until).max() else { return false };
        for (step, until) in fresh {
            waited.insert(step.clone(), until);
        }
        if let Some(hub) = &self.hub {
            hub.waits.wait(u32::try_from(until.since_ms(now) / 1000 + 1).unwrap_or(LEASE_S)).await;
        }
        true
    }

    /// Brings all posts as far as they come; the first error of our own is told when all are done.
    pub(crate) async fn drive_all(
        &self,
        view: &JobView,
        posts: &mut [Sent<'_>],
        clock: &dyn Now,
    ) -> Option<Error> {
        let mut lost = None;
        for some in posts.chunks_mut(AT_A_TIME) {
            for done in join_all(some.iter_mut().map(|post| self.drive(view, post, clock))).await {
                lost = lost.or(done.err());
            }
        }
        lost
    }

    /// Brings a post as far as it comes in this call.
    pub(crate) async fn drive(
        &self,
        view: &JobView,
        sent: &mut Sent<'_>,
        clock: &dyn Now,
    ) -> Result<()> {
        if sent.end.is_none() {
            sent.end = Some(self.asked(view, sent, clock).await?);
        }
        Ok(())
    }

    async fn asked(&self, view: &JobView, sent: &mut Sent<'_>, clock: &dyn Now) -> Result<End> {
        let fault = || Error::Fault(format!("{} was not prepared", sent.step));
        let mut ready = sent.ready.take().ok_or_else(fault)?;
        let end = self.verbs(view, sent, &mut ready, clock).await;
        sent.ready = Some(ready);
        end
    }

    async fn verbs(
        &self,
        view: &JobView,
        sent: &mut Sent<'_>,
        ready: &mut Ready<'_>,
        clock: &dyn Now,
    ) -> Result<End> {
        let begun = clock.now();
        // Whoever was at it before may have sent it.
        let mut verb = if sent.old.is_some() { Verb::Check } else { Verb::Start };
        let (mut asks, mut waits, mut unknown, mut renewed) = (0, 0, 0, false);
        if let Some(at) = ready.grant.expires_at.filter(|at| *at <= begun.plus_s(SOON_S)) {
            renewed = true;
            if let Err(why) = self.renew(view, ready, begun).await?
                && at <= begun
            {
                return self.is_over(view, (sent, ready), &why, begun).await;
            }
        }
        loop {
            let Some(record) = sent.record.clone() else {
                return Err(Error::Fault(format!("{} is not on the ledger", sent.step)));
            };
            let now = clock.now();
            asks += 1;
            if ASKS_MOST < asks || i64::from(CALL_S) * 1000 < now.since_ms(begun) {
                let unknown = record.state == Unknown;
                return Ok(End::Again { why: "its target needs more time".into(), unknown });
            }
            ready.sending.progress = record.progress.clone();
            ready.sending.at = now;
            let told = match verb {
                Verb::Start => ready.spoke.start(&ready.grant, &ready.sending).await,
                Verb::Check => ready.spoke.check(&ready.grant, &ready.sending).await,
                Verb::Finalize => ready.spoke.finalize(&ready.grant, &ready.sending).await,
            };
            tracing::info!(step = %sent.step, target = %sent.posting.kind, "{verb:?}: {}", word(&told.went));
            self.drifted(view, sent, &told, now).await?;
            if told.grant_over {
                let why = reason(&told.went);
                if std::mem::replace(&mut renewed, true) {
                    return self.is_over(view, (sent, ready), &why, now).await;
                }
                match self.renew(view, ready, now).await? {
                    Ok(true) => continue,
                    Ok(false) => return self.is_over(view, (sent, ready), &why, now).await,
                    Err(why) => return self.is_over(view, (sent, ready), &why, now).await,
                }
            }
            let changes = told.progress.is_some();
            let (next, wait) = match &told.went {
                Went::Done(place) => {
                    self.remember(view, sent, &told, now).await?;
                    return Ok(End::There(place.clone()));
                }
                Went::On => (Verb::Start, 0),
                Went::Ready => (Verb::Finalize, 0),
                Went::Working => (Verb::Check, told.wait_s.unwrap_or(WAIT_S)),
                Went::Unknown(_) => {
                    unknown += 1;
                    (Verb::Check, told.wait_s.unwrap_or(WAIT_S))
                }
                Went::Refused(Refusal::Later, _) => (verb, told.wait_s.unwrap_or(WAIT_S)),
                Went::Refused(_, why) => return Ok(End::Never(why.clone())),
            };
            if let (Went::Refused(Refusal::Later, why), Some(wait)) = (&told.went, told.wait_s)
                && WAITS_MOST < wait
                && record.state != Unknown
            {
                return self.rests(view, (sent, ready), why, (now, now.plus_s(wait))).await;
            }
            let refused = matches!(told.went, Went::Refused(..));
            if !refused || changes {
                self.remember(view, sent, &told, now).await?;
            }
            waits += wait;
            if WAITS_MOST < waits || UNKNOWN_MOST <= unknown {
                let unknown = sent.record.as_ref().is_some_and(|record| record.state == Unknown);
                return Ok(End::Again { why: reason(&told.went), unknown });
            }
            if let (Some(hub), true) = (&self.hub, 0 < wait) {
                hub.waits.wait(wait).await;
            }
            verb = next;
        }
    }

    /// Puts what a verb left on the ledger; nobody goes on who is not the last to have written there.
    async fn remember(
        &self,
        view: &JobView,
        sent: &mut Sent<'_>,
        told: &Told,
        now: Time,
    ) -> Result<()> {
        let Some(old) = &sent.record else { return Ok(()) };
        let busy = (now, now.plus_s(LEASE_S));
        let (new, write) = publish::went(&view.job.id, old, told, busy)?;
        let id = PostingRecord::own_id(&view.job.id, &sent.step);
        let wrote = told.wrote.as_ref().map(|wrote| wrote.write(&view.job.tenant, &id, now));
        let writes = std::iter::once(Ok(write)).chain(wrote).collect::<Result<Vec<_>>>()?;
        match self.table.write(writes).await? {
            Written::Done => {
                sent.record = Some(new);
                Ok(())
            }
            _ => Err(Error::Again(format!("somebody else is at {}", sent.step))),
        }
    }

    /// Renews a grant; whether there is another one now, or why it is over.
    pub(super) async fn renew(
        &self,
        view: &JobView,
        ready: &mut Ready<'_>,
        now: Time,
    ) -> Result<std::result::Result<bool, String>> {
        let (Some(hub), Some(connection)) = (&self.hub, &ready.connection) else {
            return Ok(Ok(false));
        };
        match ready.spoke.renew(&ready.grant, now).await {
            Renewed::Good | Renewed::Unknown(_) => Ok(Ok(false)),
            Renewed::With(secret, expires_at) => {
                let name = Connection::secret_name(&view.job.tenant, &connection.name);
                let text = Value::Object(secret.clone()).to_string();
                // Kept before it is used: the one before it may open nothing any more.
                hub.vault.keep(&name, &text).await?;
                let write = stands(view, connection, None, now).also("expires_at", expires_at);
                self.table.write(vec![write]).await?;
                (ready.grant.secret, ready.grant.expires_at) = (secret, expires_at);
                Ok(Ok(true))
            }
            Renewed::Over(why) => Ok(Err(why)),
        }
    }

    /// Nothing more goes there until then; and not for ever.
    async fn rests(
        &self,
        view: &JobView,
        (sent, ready): (&Sent<'_>, &Ready<'_>),
        why: &str,
        (now, until): (Time, Time),
    ) -> Result<End> {
        let Some(connection) = &ready.connection else {
            return Ok(End::Again { why: why.to_owned(), unknown: false });
        };
        if ready.sending.since.plus_s(publish::PAUSED_MOST_S) < until {
            return Ok(End::Never(format!("{why}; it was put off for a week")));
        }
        let (of, also) =
            ((&*sent.step, &*connection.name), connection.rests(&view.job.tenant, until, now));
        Ok(match self.waits_for(view, of, also, now).await? {
            true => End::Never(format!("{why}; {}", rests(&connection.name, until))),
            false => End::Again { why: why.to_owned(), unknown: false },
        })
    }

    /// Nothing more goes there until somebody connects it again.
    async fn is_over(
        &self,
        view: &JobView,
        (sent, ready): (&Sent<'_>, &Ready<'_>),
        why: &str,
        now: Time,
    ) -> Result<End> {
        let Some(connection) = &ready.connection else { return Ok(End::Never(why.to_owned())) };
        let (of, also) =
            ((&*sent.step, &*connection.name), stands(view, connection, Some(why), now));
        Ok(match self.waits_for(view, of, also, now).await? {
            true => End::Never(over(&connection.name, why)),
            false => End::Again {
                why: format!("{} was connected again", connection.name),
                unknown: false,
            },
        })
    }

    /// What a target's answers lacked is on record, and counted.
    async fn drifted(&self, view: &JobView, sent: &Sent<'_>, told: &Told, now: Time) -> Result<()> {
        for drift in &told.drift {
            let target = &sent.posting.kind;
            tracing::warn!(target.kind = %target, field = %drift.field, "target_drift");
            drift.keep_of_target(self.table, target, (&view.job.id, &sent.step), now).await?;
        }
        Ok(())
    }
}

fn reason(went: &Went) -> String {
    match went {
        Went::Refused(_, why) | Went::Unknown(why) => why.clone(),
        Went::Working => "the target still works on it".into(),
        Went::On | Went::Ready | Went::Done(_) => "the target needs more time".into(),
    }
}

fn word(went: &Went) -> &'static str {
    match went {
        Went::On => "on",
        Went::Working => "working",
        Went::Ready => "ready",
        Went::Done(_) => "done",
        Went::Refused(..) => "refused",
        Went::Unknown(_) => "unknown",
    }
}
