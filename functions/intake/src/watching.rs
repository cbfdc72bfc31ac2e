//! What a browser watches a job with: a token that may stand in an address, and the WebSocket API's address.

use crate::Intake;
use crate::answer::Answered;
use crate::auth::Asked;
use crate::query;
use aws::http::HttpResponse;
use domain::tenant::{ADDRESS_TOKEN_S, Caller, JobToken};
use serde_json::json;

/// `POST /v1/jobs/{id}/token`.
pub(crate) async fn token(intake: &Intake<'_>, asked: &Asked<'_>) -> Answered {
    query::known(asked.request, &[])?;
    let job = asked.job()?;
    let soon = asked.now.plus_s(ADDRESS_TOKEN_S);
    let until = match &asked.caller {
        Caller::Tenant(_) | Caller::Person(_) => soon,
        // Nobody makes his own token last longer.
        Caller::Token(own) => own.until.min(soon),
    };
    let token = JobToken { job: job.id, tenant: job.tenant, until };
    let body = json!({
        "token": token.seal(intake.signing_key),
        "expires_at": until.rfc3339(),
        "stream": intake.stream_url.replacen("http", "ws", 1),
    });
    Ok(HttpResponse::json(200, &body).with("cache-control", "no-store"))
}
