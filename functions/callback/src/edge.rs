//! From API Gateway's routes to reports and announcements, and back to statuses.

use crate::{Reply, Signed};
use aws::http::{HttpRequest, HttpResponse};
use aws::{Event, Secret};
use domain::lane::Lanes;
use domain::sign::same;
use domain::{Error, Result, Time};
use serde_json::json;

/// Answers a request of a GPU host.
pub async fn answer(
    lanes: &Lanes<'_>,
    endpoint_key: &Secret,
    event: Event,
    now: Time,
) -> Result<HttpResponse> {
    let Event::Http(request) = event else {
        return Err(Error::Invalid("callback takes requests of the HTTP API only".into()));
    };
    let reply = match request.route.as_str() {
        "POST /v1/reports/{attempt}" => {
            let signed = Signed {
                timestamp: request.header("galley-timestamp").unwrap_or_default(),
                signature: request.header("galley-signature").unwrap_or_default(),
            };
            let attempt = request.parameter("attempt");
            crate::report(lanes, attempt, signed, &request.body, now).await?
        }
        "PUT /v1/hosts/{host}" | "DELETE /v1/hosts/{host}"
            if !is_a_host(&request, endpoint_key).await? =>
        {
            Reply::Unauthorized("the endpoint key is missing or wrong")
        }
        "PUT /v1/hosts/{host}" => {
            crate::announce(lanes, request.parameter("host"), &request.body, now).await?
        }
        "DELETE /v1/hosts/{host}" => crate::depart(lanes, request.parameter("host")).await?,
        route => return Err(Error::Fault(format!("callback has no route {route:?}"))),
    };
    Ok(response(&reply))
}

/// Whether the request carries the endpoint key. After a mismatch the key is read anew: it may have
/// been rotated a moment ago.
async fn is_a_host(request: &HttpRequest, endpoint_key: &Secret) -> Result<bool> {
    let Some(given) = request.bearer() else { return Ok(false) };
    let known = endpoint_key.get().await?;
    Ok(same(given, &known) || same(given, &endpoint_key.other_than(&known).await?))
}

fn response(reply: &Reply) -> HttpResponse {
    let problem = |status: u16, slug: &str, title: &str, detail: &str| {
        let kind = format!("/v1/errors/{slug}");
        let body = json!({ "type": kind, "title": title, "status": status, "detail": detail });
        HttpResponse::problem(status, &body)
    };
    match reply {
        Reply::Answer(answer) => HttpResponse::json(200, answer),
        Reply::Registered => HttpResponse::json(200, &json!({})),
        Reply::Unauthorized(why) => {
            problem(401, "unauthorized", "Not authorised", why).with("www-authenticate", "Bearer")
        }
        Reply::Invalid(why) => problem(422, "invalid-report", "Invalid report", why),
    }
}
