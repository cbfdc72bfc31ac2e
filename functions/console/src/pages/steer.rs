//! What people do to a job under way, or to one that came to nothing: cancel it, try it again.

use super::job::own;
use crate::answer::{Answered, Trouble, redirect};
use crate::html::Page;
use crate::html::parts::sentence;
use crate::person::Role;
use crate::{Asked, Console};
use domain::record::JobRecord;
use domain::state::JobState;
use domain::{Error, budget, job};
use maud::{Markup, html};

/// Who may: both cost or save money.
const ROLES: [Role; 2] = [Role::Editor, Role::Operator];

/// What can be done to a job now; nothing where this person may do nothing.
pub(super) fn forms(
    console: &Console<'_>,
    asked: &Asked<'_>,
    job: &JobRecord,
    frame: &Page<'_>,
) -> Markup {
    let place = |act: &str| console.place.link(&format!("jobs/{}/{act}", job.id));
    let may = ROLES.iter().any(|role| asked.person().has(*role));
    let form = |act: &str, ask: &str, button: Markup| {
        html! {
            form method="post" action=(place(act)) data-ask=(ask) {
                (frame.csrf(console))
                input type="hidden" name="run" value=(job.run);
                (button)
            }
        }
    };
    html! {
        a.button href=(place("audit")) { "Audit" }
        @if may && job.state.open() {
            (form("cancel", "Cancel this job? What runs is stopped. What was paid stays paid.", html! { button.danger type="submit" { "Cancel" } }))
        }
        @if may && job.retryable() {
            (form("retry", "Try this job again? What succeeded is kept, the rest is attempted and paid anew.", html! { button type="submit" { "Retry" } }))
        }
    }
}

/// `POST jobs/{id}/cancel`.
pub(super) async fn cancel(console: &Console<'_>, asked: &Asked<'_>, id: &str) -> Answered {
    let job = steered(console, asked, id).await?;
    if run(asked)? == job.run {
        let (table, flow, queue) = (console.table, console.flow, console.queue);
        job::cancel(table, flow, queue, &job.id, console.now).await?;
        tracing::info!(job = %job.id, person = %asked.person().id, "canceled");
    }
    Ok(redirect(&console.place.link(&format!("jobs/{id}"))))
}

/// `POST jobs/{id}/retry`: of the run that was seen, once, however often it is asked for.
pub(super) async fn retry(console: &Console<'_>, asked: &Asked<'_>, id: &str) -> Answered {
    let job = steered(console, asked, id).await?;
    let seen = run(asked)?;
    // A twin that put the next run on record may have died before it was started.
    let next = seen + 1 == job.run && job.state == JobState::Accepted;
    if seen == job.run || next {
        let left = match job.rank.budgeted {
            true => budget::left(console.table, asked.tenant(), console.now).await?,
            false => None,
        };
        if let Some(left) = left.filter(|left| left.micros().0 < 1) {
            return Err(Trouble::Late(sentence(&left.to_string())));
        }
        match job::retry(console.table, console.flow, &job.id, console.now).await {
            Err(Error::Invalid(why)) => return Err(Trouble::Late(sentence(&why))),
            done => done?,
        }
        tracing::info!(job = %job.id, person = %asked.person().id, "retried");
    }
    Ok(redirect(&console.place.link(&format!("jobs/{id}"))))
}

async fn steered(console: &Console<'_>, asked: &Asked<'_>, id: &str) -> Answered<JobRecord> {
    asked.needs(&ROLES)?;
    Ok(own(console, asked, id).await?.job)
}

/// The run that the form was made for.
fn run(asked: &Asked<'_>) -> Answered<u32> {
    let run = asked.field("run").parse();
    run.map_err(|_| Trouble::Form("The form does not say which run it is about.".into()))
}
