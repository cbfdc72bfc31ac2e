//! What each route takes and answers. An action that is missing here does not compile.

use super::build::{Operation, operation, schema};
use super::{
    examples, gates, notices, plants, policies, publications, reviews, takedowns, triggers,
};
use crate::routes::Action;
use domain::problem::ProblemType as P;
use domain::state::JobState;
use serde_json::{Value, json};

/// The operation behind a route.
pub(super) fn of(action: Action) -> Operation {
    match action {
        Action::SubmitJob => submit(),
        Action::ListJobs => list(),
        Action::ReadJob => operation("readJob", "jobs", "A job as it stands").answer(
            200,
            "The job.",
            schema("Job"),
            examples::job(),
        ),
        Action::CancelJob => operation("cancelJob", "jobs", "Cancel a job")
            .about("Nothing new is paid from here on. What has ended stays as it ended.")
            .answer(200, "It has ended.", schema("Job"), examples::job())
            .answer(202, "It is being canceled.", schema("Job"), examples::job()),
        Action::RetryJob => operation("retryJob", "jobs", "Retry an ended job")
            .about("The next run keeps what succeeded and attempts only the rest.")
            .answer(202, "It runs again.", schema("Job"), examples::job())
            .sends(202, &["Location"])
            .problems(&[P::NotRetryable, P::OverBudget]),
        Action::ReadEvents => events(),
        Action::ReadPlaylist => playlist(),
        Action::IssueToken => operation("issueToken", "jobs", "A token for a browser to watch a job with")
            .about(
                "Valid for some minutes, for this job alone, and never for longer than the token it was asked for with. It goes into \
                 `?token=` of the job's log, or into a message of the WebSocket API: `{\"action\": \"subscribe\", \"job\": …, \"token\": …, \"after\": 0}`.",
            )
            .answer(200, "The token.", schema("WatchToken"), examples::watch_token()),
        Action::ListPipelines => operation("listPipelines", "pipelines", "The stored pipelines")
            .answer(200, "The latest version of each.", schema("Pipelines"), examples::pipelines()),
        Action::PutPipeline => put_pipeline(),
        Action::ReadPipeline => operation("readPipeline", "pipelines", "A stored pipeline")
            .query(
                "version",
                json!({ "type": "integer", "minimum": 1, "maximum": 999_999 }),
                "Which one; the latest where none is said.",
            )
            .answer(
                200,
                "The version.",
                schema("PipelineVersionWithDocument"),
                examples::pipeline_version(),
            ),
        Action::ValidatePipeline => {
            operation("validatePipeline", "pipelines", "Check a pipeline without storing it")
                .body(&document())
                .answer(200, "It is valid.", schema("PipelineChecked"), examples::checked())
                .problems(&[P::InvalidPipeline])
        }
        Action::ListPolicies => policies::listed(),
        Action::PutPolicy => policies::put(),
        Action::ReadPolicy => policies::read(),
        Action::ValidatePolicy => policies::checked(),
        Action::AddPlant => plants::add(),
        Action::ListPlants => plants::list(),
        Action::RemovePlant => plants::remove(),
        Action::ReportGates => gates::report(),
        Action::PutWebhook => notices::put(),
        Action::ReadWebhook => notices::read(),
        Action::DeleteWebhook => notices::delete(),
        Action::ReadSecret => notices::secret(),
        Action::RotateSecret => notices::rotate(),
        Action::ListDeliveries => notices::list(),
        Action::RetryDelivery => notices::retry(),
        Action::RetryDeliveries => notices::retry_dead(),
        Action::ReadNews => notices::news(wait()),
        Action::CreateUpload => operation("createUpload", "assets", "A place to put media")
            .about(
                "PUT the bytes to `url` with `headers`, then name `upload` among a job's inputs.",
            )
            .json_body(
                schema("UploadRequest"),
                json!({ "media_type": "image/jpeg", "bytes": 123_456 }),
            )
            .answer(201, "The place.", schema("Upload"), examples::upload())
            .problems(&[P::InvalidBody]),
        Action::ReadAsset => {
            operation("readAsset", "assets", "An asset, with an address of its bytes")
                .answer(200, "The asset.", schema("AssetWithUrl"), examples::asset_with_url())
                .problems(&[P::Erased])
        }
        Action::ListLanes => operation("listLanes", "jobs", "The lanes, and how much waits in them")
            .about("What others have in a lane is told in numbers only. `waiting` counts up to a thousand items of each tenant, and may be a minute old.")
            .answer(200, "The lanes.", schema("Lanes"), examples::lanes()),
        Action::QuoteJob => operation("quoteJob", "jobs", "What a job would cost")
            .about("Takes what POST /v1/jobs takes, and makes no job. Each step that a model does has its candidates in the order in which they would be asked now, with a price for each effort, and who is passed over with the reason.")
            .json_body(schema("JobRequest"), examples::request())
            .answer(200, "The quote.", schema("Quote"), examples::quote())
            .problems(&[P::InvalidHeader, P::InvalidBody, P::InvalidPipeline, P::UnknownPipeline, P::InvalidInputs]),
        Action::ListModels => operation("listModels", "jobs", "The models of all vendors, with their prices")
            .query("kind", json!({ "type": "string" }), "Only those that do such steps.")
            .query("vendor", json!({ "type": "string" }), "Only those of this vendor.")
            .answer(200, "The capability table, and whether each can be asked now.", schema("Models"), examples::models()),
        Action::ReadSpend => spend(),
        Action::ListReviews => reviews::list(),
        Action::ReadReview => reviews::read(),
        Action::ClaimReview => reviews::claim(),
        Action::ReleaseReview => reviews::release(),
        Action::DecideReview => reviews::decide(),
        Action::UndoReview => reviews::undo(),
        Action::LinkReview => reviews::link(),
        Action::ShowLink => reviews::show_link(),
        Action::ActOnLink => reviews::act_on_link(),
        Action::ReadAudit => reviews::audit(),
        Action::ListTriggers => triggers::listed(),
        Action::PutTrigger => triggers::put(),
        Action::ReadTrigger => triggers::read(),
        Action::DeleteTrigger => triggers::deleted(),
        Action::TestTrigger => triggers::tested(),
        Action::RotateTriggerSecret => triggers::rotated(),
        Action::TakeHook => triggers::taken(),
        Action::ListConnections => publications::listed(),
        Action::PutConnection => publications::put(),
        Action::ReadConnection => publications::read(),
        Action::DeleteConnection => publications::deleted(),
        Action::TestConnection => publications::tested(),
        Action::ListPublications => publications::scheduled(),
        Action::ReschedulePublication => publications::rescheduled(),
        Action::CancelPublication => publications::canceled(),
        Action::RetryPublication => publications::retried(),
        Action::PreviewPublication => publications::previewed(),
        Action::ReadPublication => publications::publication(),
        Action::ReadMetrics => takedowns::metrics(),
        Action::TakeDown => takedowns::asked(),
        Action::ReadTakedown => takedowns::read(),
        Action::ListErrors => operation("listErrors", "about", "All types of problems").answer_of(
            200,
            "Each with its page; HTML where a browser asks.",
            page("ProblemPages", examples::pages()),
        ),
        Action::ExplainError => operation("explainError", "about", "What a type of problem means")
            .part("slug", schema("ProblemSlug"), "The last part of its `type`.")
            .answer_of(
                200,
                "Cause, what to do, an example; HTML where a browser asks.",
                page("ProblemPage", examples::page()),
            )
            .problems(&[P::NotFound]),
        Action::DescribePipelines => {
            operation("describePipelines", "about", "The format of pipelines").answer_of(
                200,
                "JSON Schema 2020-12. References, cycles and gates are checked on top.",
                json!({ "application/schema+json": { "schema": schema("JsonSchema") } }),
            )
        }
        Action::DescribeApi => operation("describeApi", "about", "This description").answer(
            200,
            "OpenAPI 3.1.",
            schema("ApiDescription"),
            json!({ "openapi": "3.1.0" }),
        ),
    }
}

fn submit() -> Operation {
    operation("submitJob", "jobs", "Submit a job")
        .about("The same request again under the same key, even at the same time, is the same job.")
        .header(
            "Idempotency-Key",
            json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$" }),
            "Makes a repetition harmless for a day; a UUID, say.",
        )
        .header(
            "Prefer",
            wait(),
            "`wait=10`: hold the answer for the job's end, at most 20 seconds.",
        )
        .json_body(schema("JobRequest"), examples::request())
        .answer(
            200,
            "With `Prefer: wait`: it has ended.",
            schema("AcceptedJob"),
            examples::accepted(),
        )
        .answer(202, "It is accepted.", schema("AcceptedJob"), examples::accepted())
        .sends(200, &["Location", "Idempotency-Replayed", "Preference-Applied"])
        .sends(202, &["Location", "Idempotency-Replayed", "Preference-Applied"])
        .problems(&[
            P::InvalidHeader,
            P::InvalidBody,
            P::InvalidPipeline,
            P::UnknownPipeline,
            P::InvalidInputs,
            P::OverBudget,
            P::IdempotencyKeyReused,
        ])
}

fn list() -> Operation {
    let states: Vec<&str> = JobState::ALL.iter().map(|state| state.as_str()).collect();
    operation("listJobs", "jobs", "A tenant's jobs, newest first")
        .query("state", json!({ "type": "string", "enum": states }), "Only those in this state.")
        .query("pipeline", json!({ "type": "string" }), "Only those of this pipeline.")
        .query_of_many(
            "labels",
            json!({
                "type": "object", "maxProperties": 10,
                "propertyNames": { "pattern": "^label\\.[a-z][a-z0-9._-]{0,39}$" },
                "additionalProperties": { "type": "string", "minLength": 1, "maxLength": 100 },
            }),
            "Only those with this label, as in `label.campaign=spring`; of several, with all of them.",
        )
        .query(
            "limit",
            number(1, 100, 20),
            "The most of one page.",
        )
        .query("cursor", json!({ "type": "string" }), "`next` of the page before.")
        .answer(
            200,
            "A page. A rare filter may find fewer than `limit` and still have a `next`.",
            schema("Jobs"),
            examples::jobs(),
        )
}

fn spend() -> Operation {
    let day = || json!({ "type": "string", "format": "date" });
    operation("readSpend", "jobs", "What was spent, by pipeline, model or label and by day")
        .about("Days are UTC. A job counts on the day it was accepted, an attempt on the day it ended; what a lost attempt was thought to cost is corrected on the day its late result comes.")
        .query(
            "by",
            json!({ "type": "string", "default": "pipeline", "pattern": "^(total|pipeline|model|label\\.[a-z][a-z0-9._-]{0,39})$" }),
            "`total`, `pipeline`, `model`, or `label.` and a label's name. Models as pipelines name them: a job may be served by several, so their `jobs` are 0.",
        )
        .query("from", day(), "The first day; 29 days before the last where none is said.")
        .query("to", day(), "The last day, included; today where none is said.")
        .query("cursor", json!({ "type": "string" }), "`next` of the page before.")
        .answer(
            200,
            "The dearest first. Where there is a `next`, sums go on there: add the pages up.",
            schema("Spend"),
            examples::spend(),
        )
}

fn events() -> Operation {
    let content = json!({
        "application/json": { "schema": schema("Events"), "example": examples::events() },
        "text/event-stream": { "schema": { "type": "string" }, "example": examples::stream() },
    });
    operation("readEvents", "jobs", "A job's log, from any event on")
        .about(
            "With `Accept: text/event-stream` as Server-Sent Events: held until there are events, at most 20 seconds, then closed \
             with `retry`; `EventSource` resumes by itself, and ends with the 204.",
        )
        .query("after", number(0, 99_999_999, 0), "The number of the last event that is known.")
        .query("limit", number(1, 1000, 100), "The most of one answer.")
        .query("token", json!({ "type": "string" }), "A token from POST /v1/jobs/{id}/token, for `EventSource`, which can send no header. Never an API key, nor the token that came with the job: that is valid for days.")
        .header("Prefer", wait(), "`wait=10`: hold the answer until there is an event, at most 20 seconds.")
        .header("Last-Event-ID", json!({ "type": "string", "pattern": "^[0-9]{1,8}$" }), "The last event that was seen; counts instead of `after`.")
        .answer_of(200, "The events.", content)
        .answer_of(204, "To `EventSource` only: the job has ended, and all of it was seen.", Value::Null)
        .sends(200, &["Preference-Applied"])
        .problems(&[P::InvalidHeader])
}

fn playlist() -> Operation {
    let content = json!({
        "application/vnd.apple.mpegurl": { "schema": { "type": "string" }, "example": examples::playlist() },
    });
    operation("readPlaylist", "jobs", "What there is so far of a video or sound, as HLS")
        .about(
            "An `EVENT` playlist of fragmented MP4, for any player; it grows while the render goes on and ends with it. Held for the \
             next segment while there are few, at most 20 seconds. A second attempt begins anew after a discontinuity. Pieces are kept for a week.",
        )
        .query("step", json!({ "type": "string" }), "Which step's; the first that makes something to play where none is said.")
        .query("token", json!({ "type": "string" }), "The job's token, for players, which can send no header. Never an API key.")
        .answer_of(200, "The playlist. The addresses in it are good for an hour.", content)
        .problems(&[P::NothingToPlay, P::Erased])
}

fn number(least: u32, most: u32, usual: u32) -> Value {
    json!({ "type": "integer", "minimum": least, "maximum": most, "default": usual })
}

fn put_pipeline() -> Operation {
    operation("putPipeline", "pipelines", "Store a pipeline")
        .about("A document that differs from the latest version becomes the next one. Jobs keep the version that they began with.")
        .body(&document())
        .answer(200, "The latest version is the same.", schema("PipelineStored"), examples::stored())
        .answer(201, "It is a new version.", schema("PipelineStored"), examples::stored())
        .sends(200, &["Location"])
        .sends(201, &["Location"])
        .problems(&[P::InvalidPipeline])
}

fn wait() -> Value {
    json!({ "type": "string", "examples": ["wait=10"] })
}

/// A pipeline document in JSON or YAML.
fn document() -> [(&'static str, Value); 4] {
    let json = json!({ "schema": schema("Pipeline"), "example": examples::document() });
    let yaml = json!({ "schema": schema("Pipeline"), "example": examples::document() });
    [
        ("application/json", json),
        ("application/yaml", yaml.clone()),
        ("application/x-yaml", yaml.clone()),
        ("text/yaml", yaml),
    ]
}

fn page(name: &str, example: Value) -> Value {
    json!({
        "application/json": { "schema": schema(name), "example": example },
        "text/html": { "schema": { "type": "string" } },
    })
}
