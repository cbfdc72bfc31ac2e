//! What a browser watches a job with: a token that may stand in an address, and the WebSocket API's address.

use crate::Intake;
use crate::answer::Answered;
use crate::auth::Asked;
use crate::query;
use aws::http::HttpResponse;
use domain::id::JobId;
use domain::record::JobRecord;
use domain::tenant::{ADDRESS_TOKEN_S, Caller, JobToken};
use serde_json::json;

/// `POST /v1/jobs/{id}/token`.
pub(crate) async fn token(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let id = JobId::parse(asked.id).map_err(|_| asked.nothing())?;
    let job: Option<JobRecord> = asked.found(&JobRecord::key(&id))?;
    let job = job.filter(|job| asked.caller.may_read(&id, &job.tenant).is_ok());
    let job = job.ok_or_else(|| asked.nothing())?;
    let soon = asked.now.plus_s(ADDRESS_TOKEN_S);
    let until = match &asked.caller {
        Caller::Tenant(_) => soon,
        // Nobody makes his own token last longer.
        Caller::Token(own) => own.until.min(soon),
    };
    let token = JobToken { job: id, tenant: job.tenant, until };
    let body = json!({
        "token": token.seal(intake.signing_key),
        "expires_at": until.rfc3339(),
        "stream": intake.stream_url.replacen("http", "ws", 1),
    });
    Ok(HttpResponse::json(200, &body).with("cache-control", "no-store"))
}
