//! Requests of the HTTP API and triggers become jobs; jobs are shown, canceled and retried.
//!
//! Nothing is kept between two requests. What belongs to another tenant does not exist for a caller.

mod answer;
mod assets;
mod auth;
mod body;
mod clock;
mod connections;
mod deliveries;
mod errors;
mod events;
mod gates;
mod jobs;
mod lanes;
mod links;
mod listing;
mod news;
mod openapi;
mod pipelines;
mod plants;
mod playlist;
mod policies;
mod prefer;
mod publications;
mod query;
mod quotes;
mod reviews;
mod routes;
mod spend;
mod submission;
mod takedowns;
mod triggers;
mod uploads;
mod watching;
mod webhook;
mod windows;

pub use clock::{Clock, Machine};

use answer::{Answered, answered};
use auth::Asked;
use aws::http::{HttpRequest, HttpResponse};
use aws::{Event, Reply};
use domain::ports::{Flow, Objects, Publisher, Queue, Table, Vault};
use domain::publish::Accounts;
use domain::sign::SigningKey;
use domain::trigger::Occurrence;
use domain::vendor::Models;
use domain::{Error, Result};
use routes::{Action, Found};

/// What intake works with.
#[derive(Clone, Copy)]
pub struct Intake<'a> {
    /// Jobs, pipelines, triggers, tenants.
    pub table: &'a dyn Table,
    /// Uploads and assets.
    pub objects: &'a dyn Objects,
    /// Where jobs are started.
    pub flow: &'a dyn Flow,
    /// Where renders of canceled jobs are told to stop.
    pub queue: &'a dyn Queue,
    /// Deliveries that are to be posted.
    pub notices: &'a dyn Queue,
    /// Exact `host:port` of receivers that need be neither public nor HTTPS.
    pub webhook_hosts: &'a [String],
    /// What vendors can do, and for how much.
    pub models: &'a Models,
    /// What opens the accounts that tenants connected.
    pub vault: &'a dyn Vault,
    /// Who tries whether they open.
    pub accounts: &'a dyn Accounts,
    /// The function that takes back what was published.
    pub publisher: &'a dyn Publisher,
    /// Signs job tokens and cursors.
    pub signing_key: &'a SigningKey,
    /// Where the WebSocket API is, with `http` in place of `ws`.
    pub stream_url: &'a str,
    /// For how many seconds a decision on a review can be taken back.
    pub undo_s: u32,
    /// Time, chance and patience.
    pub clock: &'a dyn Clock,
}

/// Answers a request, or lets an event fire its triggers.
pub async fn handle(intake: &Intake<'_>, event: Event) -> Result<Reply> {
    match event {
        Event::Http(request) => Ok(answer(intake, &request).await.into()),
        Event::EventBridge { id, source, detail_type, time, detail, rest, traceparent } => {
            let event = Occurrence { id, source, detail_type, time, detail, rest };
            Ok(triggers::events::take(intake, &event, &traceparent).await?.into())
        }
        Event::Talk(_) | Event::Other(_) => {
            Err(Error::Invalid("this is neither a request nor an event".into()))
        }
    }
}

/// The answer to a request, whatever happens.
async fn answer(intake: &Intake<'_>, request: &HttpRequest) -> HttpResponse {
    match routes::find(&request.method, &request.path) {
        Found::Route(route, id) => answered(request, act(intake, request, route, id).await),
        Found::Elsewhere(allowed) => answer::not_allowed(request, &allowed),
        Found::Nothing => answered(request, Err(answer::nothing_at(&request.path).into())),
    }
}

async fn act(
    intake: &Intake<'_>,
    request: &HttpRequest,
    route: &routes::Route,
    id: &str,
) -> Answered {
    body::check(request)?;
    // What everybody may read, and what proves itself.
    match route.action {
        Action::ListErrors => return errors::list(request),
        Action::ExplainError => return errors::explain(request, id),
        Action::DescribeApi => return openapi::answer(request),
        Action::DescribePipelines => return openapi::pipelines(request),
        Action::TakeHook => return triggers::hooks::take(intake, request, id).await,
        Action::ShowLink => return links::show(intake, id).await,
        Action::ActOnLink => return links::act(intake, request, id).await,
        _ => {}
    }
    let asked: Asked<'_> = auth::enter(intake, request, route, id).await?;
    match route.action {
        Action::SubmitJob => jobs::submit(intake, &asked).await,
        Action::ListJobs => listing::jobs(intake, &asked).await,
        Action::ReadJob => jobs::read(intake, &asked).await,
        Action::CancelJob => jobs::cancel(intake, &asked).await,
        Action::RetryJob => jobs::retry(intake, &asked).await,
        Action::ReadEvents => events::read(intake, &asked).await,
        Action::ReadPlaylist => playlist::read(intake, &asked).await,
        Action::IssueToken => watching::token(intake, &asked).await,
        Action::ListPipelines => pipelines::list(intake, &asked).await,
        Action::PutPipeline => pipelines::put(intake, &asked).await,
        Action::ReadPipeline => pipelines::read(&asked),
        Action::ValidatePipeline => pipelines::validate(intake, &asked),
        Action::ListPolicies => policies::list(intake, &asked).await,
        Action::PutPolicy => policies::put(intake, &asked).await,
        Action::ReadPolicy => policies::read(&asked),
        Action::ValidatePolicy => policies::validate(intake, &asked),
        Action::AddPlant => plants::add(intake, &asked).await,
        Action::ListPlants => plants::list(intake, &asked).await,
        Action::RemovePlant => plants::remove(intake, &asked).await,
        Action::ReportGates => gates::report(intake, &asked).await,
        Action::PutWebhook => webhook::put(intake, &asked).await,
        Action::ReadWebhook => webhook::read(&asked),
        Action::DeleteWebhook => webhook::delete(intake, &asked).await,
        Action::ReadSecret => webhook::secret(intake, &asked).await,
        Action::RotateSecret => webhook::rotate(intake, &asked).await,
        Action::ListDeliveries => deliveries::list(intake, &asked).await,
        Action::RetryDelivery => deliveries::retry(intake, &asked).await,
        Action::RetryDeliveries => deliveries::retry_dead(intake, &asked).await,
        Action::ReadNews => news::read(intake, &asked).await,
        Action::CreateUpload => uploads::create(intake, &asked).await,
        Action::ReadAsset => assets::read(intake, &asked).await,
        Action::ListLanes => lanes::list(intake, &asked).await,
        Action::QuoteJob => quotes::quote(intake, &asked).await,
        Action::ListModels => quotes::models(intake, &asked).await,
        Action::ReadSpend => spend::read(intake, &asked).await,
        Action::ListReviews => reviews::list(intake, &asked).await,
        Action::ReadReview => reviews::read(intake, &asked).await,
        Action::ClaimReview => reviews::claim(intake, &asked).await,
        Action::ReleaseReview => reviews::release(intake, &asked).await,
        Action::DecideReview => reviews::decide(intake, &asked).await,
        Action::UndoReview => reviews::undo(intake, &asked).await,
        Action::LinkReview => links::create(intake, &asked).await,
        Action::ReadAudit => reviews::audit(intake, &asked).await,
        Action::ListTriggers => triggers::list(intake, &asked).await,
        Action::PutTrigger => triggers::put(intake, &asked).await,
        Action::ReadTrigger => triggers::read(&asked),
        Action::DeleteTrigger => triggers::delete(intake, &asked).await,
        Action::TestTrigger => triggers::trial::test(intake, &asked).await,
        Action::RotateTriggerSecret => triggers::rotate(intake, &asked).await,
        Action::ListConnections => connections::list(intake, &asked).await,
        Action::PutConnection => connections::put(intake, &asked).await,
        Action::ReadConnection => connections::read(&asked),
        Action::DeleteConnection => connections::delete(intake, &asked).await,
        Action::TestConnection => connections::test(intake, &asked).await,
        Action::ListPublications => windows::list(intake, &asked).await,
        Action::ReschedulePublication => windows::reschedule(intake, &asked).await,
        Action::CancelPublication => windows::cancel(intake, &asked).await,
        Action::RetryPublication => publications::retry(intake, &asked).await,
        Action::PreviewPublication => publications::preview(intake, &asked).await,
        Action::ReadPublication => publications::read(&asked),
        Action::ReadMetrics => publications::metrics(&asked),
        Action::TakeDown => takedowns::ask(intake, &asked).await,
        Action::ReadTakedown => takedowns::read(&asked),
        Action::ListErrors
        | Action::ExplainError
        | Action::DescribeApi
        | Action::DescribePipelines
        | Action::TakeHook
        | Action::ShowLink
        | Action::ActOnLink => Err(answer::nothing_at(&request.path).into()),
    }
}

#[cfg(test)]
mod tests;
