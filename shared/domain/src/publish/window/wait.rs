//! The execution's side of a window: its token is put on record, then it is looked whether it opened before.

use super::record::{MESSAGE_S, WindowRecord, WindowState};
use crate::error::{Error, Result};
use crate::lane::outcome;
use crate::ports::{Flow, Queue, Table};
use crate::review::Wait;
use crate::state::JobState;
use crate::store::{Write, Written};
use crate::time::Time;
use crate::view::JobView;
use serde_json::{Value, json};

/// Takes the token of an execution that waits for windows. Safe to repeat.
pub(crate) async fn wait(
    table: &dyn Table,
    (flow, queue): (&dyn Flow, &dyn Queue),
    message: &Wait,
    view: &JobView,
    now: Time,
) -> Result<()> {
    let of = (message.wave, message.run, message.round);
    let tell = async |told: Value| flow.complete(&message.token, &told).await.map(drop);
    if let Some(told) = outcome_of(view, of, now) {
        return tell(told).await;
    }
    let strange = |window: &&WindowRecord| window.token.as_ref() != Some(&message.token);
    let writes = scheduled(view, of).filter(strange).map(|window| {
        let key = WindowRecord::key(&window.job, &window.step);
        // Whoever moves it meanwhile reads it again, with the token.
        let token = Write::set(key, json!({ "token": message.token })).plus("version", 1);
        token.when_is("version", window.version)
    });
    let writes: Vec<Write> = writes.collect();
    if !writes.is_empty() && table.write(writes).await? != Written::Done {
        return Err(Error::Again(format!("windows of {} were changed", message.job)));
    }
    // What opened or was canceled before the token was on record told nobody.
    let view = JobView::expect(table, &message.job).await?;
    if let Some(told) = outcome_of(&view, of, now) {
        return tell(told).await;
    }
    for window in scheduled(&view, of) {
        remind(queue, window, now).await?;
    }
    Ok(())
}

/// Sends the message that opens a window, where it opens soon.
pub(super) async fn remind(queue: &dyn Queue, window: &WindowRecord, now: Time) -> Result<()> {
    let left_s = (window.opens_at.since_ms(now) + 999) / 1000;
    match u32::try_from(left_s) {
        Ok(left_s) if left_s <= MESSAGE_S => {
            queue.send(&json!({ "window_due": window.id() }), left_s).await
        }
        _ => Ok(()),
    }
}

fn scheduled(
    view: &JobView,
    (wave, _, round): (usize, u32, u32),
) -> impl Iterator<Item = &WindowRecord> {
    let of = move |one: &&WindowRecord| (one.wave, one.round) == (wave, round);
    view.windows.iter().filter(of).filter(|one| one.state == WindowState::Scheduled)
}

/// What the execution of a run is told of a wave that waits for windows; none while it waits for all of them.
pub(super) fn outcome_of(
    view: &JobView,
    (wave, run, round): (usize, u32, u32),
    now: Time,
) -> Option<Value> {
    if run < view.job.run {
        return Some(outcome::end(JobState::Canceled));
    }
    if !view.job.state.open() {
        let end = if view.job.state.terminal() { view.job.state } else { JobState::Canceled };
        return Some(outcome::end(end));
    }
    // Back to the wave itself: whoever publishes looks at each of its windows.
    let back = Some(json!({ "goto": wave, "round": round }));
    let of = (wave, run, round);
    let changed = |one: &WindowRecord| {
        let canceled = one.state == WindowState::Canceled && (one.wave, one.round) == (wave, round);
        canceled && !view.step(&one.step).state.terminal()
    };
    if view.windows.iter().any(changed) || scheduled(view, of).any(|one| one.is_due(now)) {
        return back;
    }
    match scheduled(view, of).next() {
        Some(_) => None,
        None => back,
    }
}
