//! What can be done about what was published: one target tried again by itself, and all taken back.

use super::read::Row;
use crate::answer::{Answered, Trouble, nothing, redirect};
use crate::html::parts::sentence;
use crate::pages::{assets, job};
use crate::person::Role;
use crate::place::within;
use crate::{Asked, Console};
use domain::Error;
use domain::record::{PostingRecord, PublicationState};
use domain::takedown;
use maud::{Markup, html};

/// Most characters of a reason.
const REASON_MOST: usize = 500;
/// Who may.
const ROLES: [Role; 2] = [Role::Editor, Role::Operator];

pub(super) fn may(asked: &Asked<'_>) -> bool {
    ROLES.iter().any(|role| asked.person().has(*role))
}

/// What forms of a page need.
pub(super) struct Acts<'a> {
    pub(super) console: &'a Console<'a>,
    pub(super) csrf: &'a dyn Fn() -> Markup,
    /// The page that they come back to.
    pub(super) back: &'a str,
}

impl Acts<'_> {
    /// What can be done about a publication: another try where it is not there, and taking back what is.
    pub(super) fn of(&self, row: &Row) -> Markup {
        let posted = row.posting.iter().flat_map(|posting| &posting.media);
        let sent = row.sent.iter().map(|sent| &sent.asset);
        let first = posted.map(|medium| &medium.asset).chain(sent).next();
        let lacking =
            row.posting.as_ref().filter(|posting| posting.state != PublicationState::Done);
        let failed = row.sent.iter().any(|sent| sent.state == PublicationState::Failed);
        html! {
            div.row {
                @if lacking.is_some() && row.job.retryable() { (self.retry(row)) }
                @else if failed && row.job.retryable() { (self.all(row)) }
                @if let (Some(asset), "done" | "unknown") = (first, row.state()) {
                    a.button href={ (self.console.place.link(&format!("assets/{asset}"))) "#takedown" } { "Take down" }
                }
            }
        }
    }

    /// One post once more, at this target alone: what comes of it is seen in its row.
    fn retry(&self, row: &Row) -> Markup {
        let id = PostingRecord::public_id(&row.listed.job, &row.listed.step);
        let place = self.console.place.link(&format!("publications/{id}/retry"));
        html! {
            form.inplace method="post" action=(place) data-here={ (row.listed.line.target) " is asked once more." } {
                ((self.csrf)())
                input type="hidden" name="run" value=(row.job.run);
                input type="hidden" name="back" value=(self.back);
                button type="submit" aria-label={ "Retry " (row.listed.line.target) " alone" } { "Retry" }
                output.small {}
            }
        }
    }

    /// Assets that go by themselves are tried again with their job.
    fn all(&self, row: &Row) -> Markup {
        html! {
            form method="post" action=(self.console.place.link(&format!("jobs/{}/retry", row.job.id))) data-ask="Try again? What is there stays as it is; only what is not there is attempted." {
                ((self.csrf)())
                input type="hidden" name="run" value=(row.job.run);
                button type="submit" { "Retry the job" }
            }
        }
    }
}

/// `POST publications/{id}/retry`: that target alone, once for each run that was seen.
pub(crate) async fn retry(console: &Console<'_>, asked: &Asked<'_>, id: &str) -> Answered {
    asked.needs(&ROLES)?;
    let (id, step) = PostingRecord::parse_id(id).map_err(|_| nothing("publication"))?;
    let view = job::own(console, asked, id.as_str()).await?;
    if !view.postings.iter().any(|posting| posting.step == step) {
        return Err(nothing("publication"));
    }
    let why = || Trouble::Form("The form does not say which run it is about.".into());
    let seen: u32 = asked.field("run").parse().map_err(|_| why())?;
    // A form of a run that is over has done what it could; of the next one only if that was to do the same.
    let ours = seen + 1 == view.job.run && view.job.only.as_deref() == Some(&step);
    if seen == view.job.run || (ours && view.job.state == domain::state::JobState::Accepted) {
        let post = (&id, step.as_str());
        match domain::job::retry_post(console.table, console.flow, post, console.now).await {
            Err(Error::Invalid(why)) => return Err(Trouble::Late(sentence(&why))),
            done => done?,
        }
        tracing::info!(job = %id, step, person = %asked.person().id, "one target is tried again");
    }
    let back = within(asked.field("back"));
    let back = if back.starts_with("publications") { back } else { "publications" };
    Ok(redirect(&format!("{}#{id}.{step}", console.place.link(back))))
}

/// `POST assets/{id}/takedown`: on record and blocked, and publish is asked at once.
pub(crate) async fn take_down(console: &Console<'_>, asked: &Asked<'_>, id: &str) -> Answered {
    asked.needs(&ROLES)?;
    let (_, asset) = assets::find(console, asked, id).await?;
    let reason: String = asked.field("reason").chars().take(REASON_MOST).collect();
    if reason.is_empty() {
        return Err(Trouble::Form("A take-down needs its reason.".into()));
    }
    let by = asked.person().id.as_str();
    let wanted = takedown::Asked { tenant: asked.tenant(), asset: &asset, reason: &reason, by };
    let random = (console.random)();
    let salt = std::array::from_fn(|at| random[at]);
    let (takedown, _) = takedown::ask(console.table, &wanted, salt, console.now).await?;
    tracing::info!(job = %asset.id.job(), person = %asked.person().id, "asked to take down what was published");
    if let Err(cause) = takedown::nudge(console.publisher, &takedown).await {
        // It is on record: the sweep finds it within a minute.
        tracing::warn!(takedown = takedown.id, "publish was not asked: {cause}");
    }
    Ok(redirect(&format!("{}#takedowns", console.place.link("publications"))))
}

/// The form that takes back what was published of an asset.
pub(crate) fn form(csrf: Markup, action: &str) -> Markup {
    html! {
        form.stack method="post" action=(action) data-ask="Take it down everywhere, and never publish it again?" {
            (csrf)
            div.field {
                label for="why" { "Why" }
                input #why name="reason" required maxlength=(REASON_MOST) placeholder="shows a person who did not agree";
            }
            p.quiet.small { "Each target is asked to take back what it has of this, and of what was made from it. The bytes are blocked in all jobs; Galley keeps them." }
            div { button.danger type="submit" { "Take down and block" } }
        }
    }
}
