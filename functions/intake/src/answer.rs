//! Answers, and above all how to say no.

use aws::http::{HttpRequest, HttpResponse};
use domain::Error;
use domain::problem::{ProblemDocument, ProblemType};
pub(crate) use domain::problem::{Stop, echo};

/// An answer, or why there is none.
pub(crate) type Answered<T = HttpResponse> = Result<T, Stop>;

/// The answer that a request gets.
pub(crate) fn answered(request: &HttpRequest, answered: Answered) -> HttpResponse {
    let document = match answered {
        Ok(answer) => return answer,
        Err(Stop::Problem(document)) => *document,
        Err(Stop::Error(Error::Again(why))) => {
            tracing::warn!(error = "Again", "{why}");
            let detail = "a store did not answer in time, or another request was faster";
            ProblemDocument::new(ProblemType::TryAgain, detail)
        }
        Err(Stop::Error(error)) => {
            tracing::error!(error = error.name(), "{error}");
            let detail = "the request was read, and we failed to carry it out";
            ProblemDocument::new(ProblemType::Internal, detail)
        }
    };
    problem(request, &document)
}

fn problem(request: &HttpRequest, document: &ProblemDocument) -> HttpResponse {
    HttpResponse::refusal(document, &request.instance())
}

/// The address exists, with other methods.
pub(crate) fn not_allowed(request: &HttpRequest, allowed: &[&str]) -> HttpResponse {
    let allowed = allowed.join(", ");
    let detail = format!("{} is not for {}; use {allowed}", echo(&request.path), request.method);
    let document = ProblemDocument::new(ProblemType::MethodNotAllowed, detail);
    problem(request, &document).with("allow", allowed)
}

/// There is no such address.
pub(crate) fn nothing_at(path: &str) -> ProblemDocument {
    ProblemDocument::new(ProblemType::NotFound, format!("there is nothing at {}", echo(path)))
}

/// There is no such thing, or it is another's: nobody can tell which.
pub(crate) fn no(what: &str, id: &str) -> ProblemDocument {
    ProblemDocument::new(ProblemType::NotFound, format!("there is no {what} {}", echo(id)))
}
