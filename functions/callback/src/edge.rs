//! From API Gateway's routes to reports and announcements, and back to statuses.

use crate::{Reply, Signed};
use aws::http::{HttpRequest, HttpResponse};
use aws::{Event, Secret};
use domain::lane::Lanes;
use domain::problem::{ProblemDocument, ProblemType};
use domain::sign::same;
use domain::{Error, Result, Time};
use serde_json::json;

/// What a host is told whose key does not fit.
const NO_KEY: &str = "the endpoint key is missing or wrong";

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
            Reply::Unauthorized(NO_KEY)
        }
        "PUT /v1/hosts/{host}" => {
            crate::announce(lanes, request.parameter("host"), &request.body, now).await?
        }
        "DELETE /v1/hosts/{host}" => crate::depart(lanes, request.parameter("host")).await?,
        route => return Err(Error::Fault(format!("callback has no route {route:?}"))),
    };
    Ok(response(&reply, &request.instance()))
}

/// Whether the request carries the endpoint key. After a mismatch the key is read anew: it may have
/// been rotated a moment ago.
async fn is_a_host(request: &HttpRequest, endpoint_key: &Secret) -> Result<bool> {
    let Some(given) = request.bearer() else { return Ok(false) };
    let known = endpoint_key.get().await?;
    Ok(same(given, &known) || same(given, &endpoint_key.other_than(&known).await?))
}

fn response(reply: &Reply, instance: &str) -> HttpResponse {
    match reply {
        Reply::Answer(answer) => HttpResponse::json(200, answer),
        Reply::Registered => HttpResponse::json(200, &json!({})),
        Reply::Unauthorized(why) => {
            HttpResponse::refusal(&ProblemDocument::new(ProblemType::NotAHost, *why), instance)
        }
        Reply::Invalid(why) => {
            let document = ProblemDocument::new(ProblemType::InvalidReport, why);
            HttpResponse::refusal(&document, instance)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::fakes::{NOW, World};
    use serde_json::Value;

    /// The answer of a problem's example, and what is answered here.
    #[track_caller]
    fn check(kind: ProblemType, reply: &Reply) {
        let answer: Value = serde_json::from_str(&response(reply, "t1").body).unwrap();
        assert_eq!(answer, kind.example().answer.json("t1"));
    }

    #[tokio::test]
    async fn the_examples_of_what_hosts_are_told_are_what_they_are_told() {
        check(ProblemType::NotAHost, &Reply::Unauthorized(NO_KEY));
        let world = World::default();
        let reply = crate::announce(&world.lanes(), "gpu-7", b"{}", NOW).await.unwrap();
        check(ProblemType::InvalidReport, &reply);
    }
}
