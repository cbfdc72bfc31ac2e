//! From API Gateway's route to webhooks of vendors, and back to statuses.

use crate::{Place, Reply};
use aws::Event;
use aws::http::HttpResponse;
use domain::problem::{ProblemDocument, ProblemType};
use domain::vendor::{Caller, Webhook};
use domain::{Error, Result};
use serde_json::json;

/// Answers a vendor's webhook.
pub async fn answer(caller: &Caller<'_>, event: Event) -> Result<HttpResponse> {
    let Event::Http(request) = event else {
        return Err(Error::Invalid(
            "call takes requests of the HTTP API and its queue only".into(),
        ));
    };
    let place = Place {
        vendor: request.parameter("vendor"),
        attempt: request.parameter("attempt"),
        secret: request.parameter("secret"),
    };
    let webhook = Webhook { headers: request.headers.clone(), body: request.body.clone() };
    let reply = crate::hear(caller, place, &webhook).await?;
    if let Reply::Unauthorized(why) = &reply {
        // A line and no alarm: whoever finds the address could ring it, and nothing comes of it.
        tracing::warn!(vendor = place.vendor, "a webhook was not believed: {why}");
    }
    Ok(response(&reply, &request.instance()))
}

fn response(reply: &Reply, instance: &str) -> HttpResponse {
    let problem =
        |kind, why: &str| HttpResponse::refusal(&ProblemDocument::new(kind, why), instance);
    match reply {
        Reply::Taken => HttpResponse::json(200, &json!({})),
        Reply::Unauthorized(why) => problem(ProblemType::NotAVendor, why),
        Reply::Invalid(why) => problem(ProblemType::InvalidReport, why),
    }
}
