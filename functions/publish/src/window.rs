//! The window of a step: when it may be published, who is told that it waits, and that it opened.

use crate::Publishing;
use domain::call::Call;
use domain::error::Result;
use domain::event::{Committed, Event, commit};
use domain::publish::window::{Opens, Spaced, Usual, Window, WindowRecord, WindowState};
use domain::record::{Skipped, StepRecord};
use domain::skip::Ending;
use domain::state::StepState;
use domain::store::{Write, from_item};
use domain::tenant::TenantRecord;
use domain::time::Time;
use domain::view::JobView;
use serde_json::{Map, Value, json};

/// Whether a step goes on.
pub(crate) enum Door {
    /// It does; this write says that its window opened, where that is not on record.
    Open(Option<Write>),
    /// Not yet.
    Shut,
    /// It never does.
    Gone(Ending),
}

/// What the execution is told where something of a wave waits for its window.
pub(crate) fn waits() -> Value {
    // The state that waits for people waits for windows, too.
    json!({ "review": true })
}

impl Publishing<'_> {
    /// Looks at the window of a step, and schedules it where nobody did; none where somebody else changed it meanwhile.
    pub(crate) async fn door(
        &self,
        call: &Call,
        (view, step): (&mut JobView, &str),
        last: &mut u64,
        now: Time,
    ) -> Result<Option<Door>> {
        if !view.pipeline.step(step).is_some_and(|step| step.waits()) {
            return Ok(Some(Door::Open(None)));
        }
        let known = view.windows.iter().find(|window| window.step == step).cloned();
        let window = match known {
            Some(window) if window.state == WindowState::Opened => {
                return Ok(Some(Door::Open(None)));
            }
            Some(window) if window.state == WindowState::Canceled && window.run == call.run => {
                let by = window.by.as_deref().map_or(String::new(), |by| format!(" by {by}"));
                return Ok(Some(Door::Gone(gone(call, view, step, format!("canceled{by}")))));
            }
            Some(window) if (window.run, window.round) == (call.run, call.round) => window,
            old => match self.schedule(call, (&mut *view, step), old, last, now).await? {
                Scheduled::Then(window) => *window,
                Scheduled::Gone(ending) => return Ok(Some(Door::Gone(ending))),
                Scheduled::Raced => return Ok(None),
            },
        };
        if !window.is_due(now) {
            return Ok(Some(Door::Shut));
        }
        let opened = window.clone().over(WindowState::Opened);
        Ok(Some(Door::Open(Some(opened.replace(Some(&window))?))))
    }

    async fn schedule(
        &self,
        call: &Call,
        (view, step): (&mut JobView, &str),
        old: Option<WindowRecord>,
        last: &mut u64,
        now: Time,
    ) -> Result<Scheduled> {
        let parameters = view.parameters(step)?;
        let usual = self.usual(view).await?;
        let failed = |view: &JobView, why: &str| {
            Scheduled::Gone(Ending::failed(view, step, StepState::Failed, why))
        };
        let window = match Window::read(&parameters, &usual) {
            Ok(window) => window,
            Err(why) => return Ok(failed(view, &why)),
        };
        let mut new = fresh(call, view, step, (&parameters, &window));
        let taken = match window.spacing_s {
            0 => None,
            _ => Some(self.taken(&new).await?),
        };
        let others = taken.as_ref().map(|taken| taken.others(&new.id())).unwrap_or_default();
        // What somebody moved stays where they put it, also in another round.
        let moved = old.as_ref().filter(|old| old.state == WindowState::Scheduled);
        let moved = moved.filter(|old| old.by.is_some());
        let at = match (moved, window.opens(now, &others)) {
            (Some(moved), _) => {
                new.by.clone_from(&moved.by);
                moved.opens_at
            }
            (None, Opens::At(at)) => at,
            (None, Opens::Dropped(why)) => {
                return Ok(Scheduled::Gone(gone(call, view, step, why)));
            }
            (None, Opens::Never(why)) => return Ok(failed(view, &why)),
        };
        let new = new.opening(at, now);
        let mut writes = vec![call.if_open(now), new.replace(old.as_ref())?];
        if let Some(taken) = taken {
            writes.push(taken.take(&new, Some(at), now)?);
        }
        let waiting = waiting(call, view.step(step));
        writes.push(call.replace(view, &waiting)?);
        let event = Event::new(now, "publication.scheduled")
            .step(step)
            .with("target", &new.target)
            .with("publication", new.id())
            .with("opens_at", at.rfc3339());
        match commit(self.table, &call.job, *last, writes, &[event]).await? {
            Committed::Done(n) => *last = n,
            Committed::Refused(_) => return Ok(Scheduled::Raced),
        }
        view.steps.insert(step.to_owned(), waiting);
        let version = old.map_or(1, |old| old.version + 1);
        let new = WindowRecord { version, ..new };
        view.windows.retain(|known| known.step != step);
        view.windows.push(new.clone());
        Ok(Scheduled::Then(Box::new(new)))
    }

    async fn taken(&self, window: &WindowRecord) -> Result<Spaced> {
        let place = window.connection.as_deref().unwrap_or(&window.target);
        Spaced::read(self.table, &window.tenant, place).await
    }

    /// The hours and the zone of a job's tenant.
    async fn usual(&self, view: &JobView) -> Result<Usual> {
        let item = self.table.get(&[TenantRecord::key(&view.job.tenant)]).await?.pop().flatten();
        let tenant: Option<TenantRecord> = item.as_ref().map(from_item).transpose()?;
        Ok(tenant.map(|tenant| tenant.publishes).unwrap_or_default())
    }
}

enum Scheduled {
    Then(Box<WindowRecord>),
    Gone(Ending),
    Raced,
}

/// The end of a step that is not published, and that the job does not lack.
fn gone(call: &Call, view: &JobView, step: &str, reason: String) -> Ending {
    Ending::skipped(view, step, Skipped { run: call.run, reason, error: false })
}

fn fresh(
    call: &Call,
    view: &JobView,
    step: &str,
    (parameters, window): (&Map<String, Value>, &Window),
) -> WindowRecord {
    let target = parameters.get("target");
    let word = |name: &str| Some(target?.get(name)?.as_str()?.to_owned());
    let tenant = view.job.tenant.clone();
    WindowRecord {
        job: call.job.clone(),
        step: step.to_owned(),
        tenant_jobs: WindowRecord::index(&tenant),
        tenant,
        pipeline: view.job.pipeline.clone(),
        target: word("kind").unwrap_or_default(),
        connection: word("connection"),
        run: call.run,
        round: call.round,
        wave: call.wave,
        state: WindowState::Scheduled,
        version: 1,
        opens_at: Time(0),
        not_before: window.not_before,
        spacing_s: window.spacing_s,
        by: None,
        token: None,
        due_pk: None,
        due_at: None,
        sk_job: String::new(),
    }
}

/// The record of a step that waits for its window: no deadline runs meanwhile.
fn waiting(call: &Call, old: StepRecord) -> StepRecord {
    StepRecord {
        round: call.round,
        state: StepState::Waiting,
        started_at: None,
        deadline_at: None,
        ended_at: None,
        error: None,
        skipped: None,
        told: None,
        ..old
    }
}

/// What the execution is told: where something is shut, that it waits, unless all is over.
pub(crate) fn told(told: Value, shut: bool) -> Value {
    match (shut && told.get("end").is_none(), told.get("event")) {
        (false, _) => told,
        (true, Some(event)) => json!({ "review": true, "event": event }),
        (true, None) => waits(),
    }
}
