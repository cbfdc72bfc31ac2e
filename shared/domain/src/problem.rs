//! How the HTTP API says no: RFC 9457 documents that tell what was wrong, where, and what would be right.

mod example;

pub use example::Example;

use crate::error::Error;
use crate::pipeline::Problem;
use serde_json::{Value, json};

macro_rules! kinds {
    ($($(#[doc = $cause:literal])+ $name:ident = $status:literal $slug:literal $title:literal $next:literal;)+) => {
        /// Every way in which a request can fail.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ProblemType { $($(#[doc = $cause])+ $name),+ }

        impl ProblemType {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The last part of its address, `/v1/errors/SLUG`.
            pub fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug),+ }
            }

            /// The HTTP status.
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status),+ }
            }

            /// What it is, in a few words.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title),+ }
            }

            /// What causes it: the comment beside its name.
            pub fn cause(self) -> &'static str {
                match self { $(Self::$name => concat!($($cause),+).trim_ascii()),+ }
            }

            /// What its caller should do next.
            pub fn next(self) -> &'static str {
                match self { $(Self::$name => $next),+ }
            }
        }
    };
}

kinds! {
    /// The request carries no key, or one that is unknown, revoked or expired.
    Unauthenticated = 401 "unauthenticated" "A valid key is needed"
        "Send `Authorization: Bearer` with an API key of your tenant (gk_…), or with the token of the job (jt_…).";
    /// The webhook is not signed by a valid secret of its trigger, or was signed more than five minutes ago.
    BadSignature = 401 "bad-signature" "The signature does not fit"
        "Sign the raw body with a secret of the trigger, and send it at once. If the secret is lost, ask for another: POST /v1/triggers/{name}/secret.";
    /// What is asked for needs a person with a certain role, and the key is a tenant's, or of a person without it.
    RoleMissing = 403 "role-missing" "A role is missing"
        "Use the personal key (gp_…) of somebody with the role that `detail` names. Operators give keys and roles: galley admin people put.";
    /// Nothing lies at the address, or nothing that this caller may see.
    NotFound = 404 "not-found" "There is nothing there"
        "Check the address. What belongs to another tenant, or lies beyond a job token, does not exist for you.";
    /// The address exists, but answers other methods.
    MethodNotAllowed = 405 "method-not-allowed" "The method is not allowed here"
        "Use one of the methods that the Allow header lists.";
    /// A header has a value that it cannot have.
    InvalidHeader = 400 "invalid-header" "A header is not right"
        "Mend the header that `errors` names.";
    /// A query parameter is unknown here, or has a value that it cannot have.
    InvalidParameter = 400 "invalid-parameter" "A query parameter is not right"
        "Mend the parameter that `errors` names.";
    /// The body is not JSON, or not UTF-8.
    MalformedBody = 400 "malformed-body" "The body cannot be read"
        "Mend the syntax at the place named in `detail`.";
    /// The body is JSON, but of another shape than is asked for.
    InvalidBody = 422 "invalid-body" "The body is not what is asked for"
        "Mend the fields that `errors` names.";
    /// The body has more bytes than are read.
    TooLarge = 413 "too-large" "The body is too large"
        "Send less; media goes by POST /v1/uploads, not in a body.";
    /// The Content-Type names a type that is not read here, or is missing.
    UnsupportedMediaType = 415 "unsupported-media-type" "The content type is not read here"
        "Send one of the types named in `detail`, and say so in Content-Type.";
    /// The pipeline document does not pass the checks that come before anything is paid.
    InvalidPipeline = 422 "invalid-pipeline" "The pipeline is not valid"
        "Mend the places that `errors` names. Nothing was stored and nothing was paid.";
    /// The trigger's document does not pass its checks, or it could hear what Galley itself makes.
    InvalidTrigger = 422 "invalid-trigger" "The trigger is not valid"
        "Mend the places that `errors` names. Nothing was stored.";
    /// The policy's document does not pass its checks.
    InvalidPolicy = 422 "invalid-policy" "The policy is not valid"
        "Mend the places that `errors` names. Nothing was stored.";
    /// The job names a pipeline, or a version of one, that is not stored.
    UnknownPipeline = 422 "unknown-pipeline" "There is no such pipeline"
        "Store it by PUT /v1/pipelines/{name}, name a stored one, or send the document itself.";
    /// The job's inputs are not those that its pipeline declares, or name media that is not there.
    InvalidInputs = 422 "invalid-inputs" "The inputs do not fit the pipeline"
        "Mend the inputs that `errors` names. No job was made and nothing was paid.";
    /// The job costs more than its budget, or than what is left of its tenant's.
    OverBudget = 402 "over-budget" "The budget cannot pay for it"
        "Raise the budget that `detail` names, or ask for less: POST /v1/quotes shows what each step would cost. No job was made and nothing was paid.";
    /// The same Idempotency-Key came before, with another request, within the last day.
    IdempotencyKeyReused = 422 "idempotency-key-reused" "The idempotency key was used for another request"
        "Use a new key for a new request; send the first request unchanged to get its job.";
    /// The job has not ended yet, or has ended well.
    NotRetryable = 409 "not-retryable" "The job cannot be retried"
        "Retry a job that was rejected, failed, canceled or expired; for anything else submit a new one.";
    /// The publication has no window, or its window opened or was canceled.
    NotScheduled = 409 "not-scheduled" "The publication is not waiting for its window"
        "Nothing was changed. GET /v1/publications/{id} shows what became of it.";
    /// The review is over, is held by somebody else, or must be decided by somebody else.
    ReviewRefused = 409 "review-refused" "The review cannot be decided like this"
        "Nothing was changed. Read GET /v1/reviews/{id} for how it stands, and who may decide it.";
    /// The job's pipeline has no step that makes video or sound.
    NothingToPlay = 409 "nothing-to-play" "The job makes nothing to play"
        "Ask for the job's assets: GET /v1/jobs/{id} lists them. A playlist is for steps such as video.generate and audio.generate.";
    /// It was there, and its bytes were erased.
    Erased = 410 "erased" "It was erased"
        "Submit a new job if you need its like. What was erased does not come back; its record tells hash, time and reason.";
    /// A job has as many watchers, or a connection as many jobs, as there may be.
    TooManyWatchers = 429 "too-many-watchers" "No more can watch"
        "Unsubscribe from jobs that are over, open another connection, or read the job's log: GET /v1/jobs/{id}/events.";
    /// A GPU host's request carries no endpoint key, or its report no signature, that proves who sends it.
    NotAHost = 401 "unauthorized" "A host must prove what it is"
        "Send the endpoint key as a bearer token, or sign the report with the secret that came with its render. Hosts only: callers of the API never need this.";
    /// A vendor's webhook came to an address that nobody was given, or its signature does not fit.
    NotAVendor = 401 "not-a-vendor" "A vendor must prove what it is"
        "Nothing was changed. Send webhooks to the address that came with the order, signed as the vendor's contract says. Vendors only: callers of the API never need this.";
    /// A GPU host's report or announcement is about nothing of ours, or says nothing sensible.
    InvalidReport = 422 "invalid-report" "The report makes no sense"
        "Do not repeat it: mend what `detail` names in the host. Hosts only: callers of the API never see this.";
    /// Another request was faster, or one of our stores was too slow or too busy to answer.
    TryAgain = 503 "try-again" "Not just now"
        "Send the same request again after the seconds in Retry-After. It is safe to repeat; a POST /v1/jobs that had no Idempotency-Key may have made its job, so look at GET /v1/jobs first.";
    /// A bug of ours, or a mistake in how the stack is set up.
    Internal = 500 "internal" "The fault is ours"
        "Tell the operator the `instance`. Before sending the request again, look what became of it.";
}

impl ProblemType {
    /// The kind of that slug.
    pub fn of_slug(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.slug() == slug)
    }

    /// Its address.
    pub fn address(self) -> String {
        format!("/v1/errors/{}", self.slug())
    }

    /// What is true of every problem of this type.
    pub fn json(self) -> Value {
        json!({
            "type": self.address(), "title": self.title(), "status": self.status(), "next": self.next(),
        })
    }

    /// What lies at its address: also what causes it, and one request that had it.
    pub fn page(self) -> Value {
        let Example { request, answer } = self.example();
        let mut page = self.json();
        page["cause"] = self.cause().into();
        page["example"] = json!({ "request": request, "answer": answer.json(example::INSTANCE) });
        page
    }
}

/// One request's problem.
#[derive(Clone, Debug, PartialEq)]
pub struct ProblemDocument {
    /// What kind of problem it is.
    pub kind: ProblemType,
    /// What was wrong this time, and what would be right.
    pub detail: String,
    /// The places that are wrong.
    pub errors: Vec<Value>,
}

impl ProblemDocument {
    /// A problem of the request as a whole.
    pub fn new(kind: ProblemType, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), errors: Vec::new() }
    }

    /// The body as a whole.
    pub fn body(kind: ProblemType, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::fields(kind, &[Problem::new("", detail, fix)])
    }

    /// There is no such stored pipeline, or it is another's.
    pub fn no_pipeline(which: &str) -> Self {
        let fix = "see GET /v1/pipelines for those that are stored";
        let problem = Problem::new("/pipeline", format!("there is no pipeline {which}"), fix);
        Self::fields(ProblemType::UnknownPipeline, &[problem])
    }

    /// An event from which a trigger cannot make a job's inputs.
    pub fn unmappable(why: &str) -> Self {
        Self::new(ProblemType::InvalidInputs, why)
    }

    /// A header that is not right.
    pub fn header(name: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let errors = vec![json!({ "header": name, "detail": detail })];
        Self { errors, ..Self::new(ProblemType::InvalidHeader, format!("{name}: {detail}")) }
    }

    /// A query parameter that is not right.
    pub fn parameter(name: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let errors = vec![json!({ "parameter": name, "detail": detail })];
        Self { errors, ..Self::new(ProblemType::InvalidParameter, format!("{name}: {detail}")) }
    }

    /// Fields of the body, all that are wrong at once.
    pub fn fields(kind: ProblemType, problems: &[Problem]) -> Self {
        let errors: Vec<Value> = problems.iter().map(place).collect();
        let detail = match problems {
            [whole] if whole.pointer.is_empty() && whole.line.is_none() => sentence(whole),
            [only] => only.to_string(),
            many => format!("{} places are not right; `errors` has them all", many.len()),
        };
        Self { kind, detail, errors }
    }

    /// The document; `instance` finds the request in the operator's logs.
    pub fn json(&self, instance: &str) -> Value {
        let mut document = self.kind.json();
        document["detail"] = self.detail.clone().into();
        document["errors"] = self.errors.clone().into();
        document["instance"] = instance.into();
        document
    }
}

/// Why a request goes no further.
#[derive(Debug)]
pub enum Stop {
    /// The request is at fault.
    Problem(Box<ProblemDocument>),
    /// We are, or one of our stores.
    Error(Error),
}

impl From<ProblemDocument> for Stop {
    fn from(document: ProblemDocument) -> Self {
        Self::Problem(Box::new(document))
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Most characters of what a stranger wrote that are written back.
const ECHO_MOST: usize = 80;

/// What a stranger wrote, cut to a length that can be shown.
pub fn echo(text: &str) -> String {
    match text.char_indices().nth(ECHO_MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// `parent` with one more reference token, escaped as RFC 6901 says.
pub fn child(parent: &str, token: &str) -> String {
    format!("{parent}/{}", token.replace('~', "~0").replace('/', "~1"))
}

fn sentence(problem: &Problem) -> String {
    format!("{} — {}", problem.detail, problem.fix)
}

fn place(problem: &Problem) -> Value {
    let mut place = json!({ "pointer": problem.pointer, "detail": sentence(problem) });
    if let (Some(line), Some(column)) = (problem.line, problem.column) {
        place["line"] = line.into();
        place["column"] = column.into();
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_types_share_an_address_or_a_title() {
        let slugs: BTreeSet<_> = ProblemType::ALL.iter().map(|kind| kind.slug()).collect();
        let titles: BTreeSet<_> = ProblemType::ALL.iter().map(|kind| kind.title()).collect();
        assert_eq!((slugs.len(), titles.len()), (ProblemType::ALL.len(), ProblemType::ALL.len()));
        for kind in ProblemType::ALL {
            assert_eq!(ProblemType::of_slug(kind.slug()), Some(*kind));
            assert!((400..600).contains(&kind.status()) && kind.next().ends_with('.'));
        }
    }

    #[test]
    fn a_document_names_every_place_and_what_would_be_right() {
        let problems = [
            Problem::new("/labels/a", "the label a is a number", "give a text"),
            Problem::new("/colour", "there is no field colour", "take it out"),
        ];
        let document = ProblemDocument::fields(ProblemType::InvalidBody, &problems).json("r1");
        assert_eq!(
            document,
            json!({
                "type": "/v1/errors/invalid-body", "title": "The body is not what is asked for", "status": 422,
                "next": "Mend the fields that `errors` names.", "instance": "r1",
                "detail": "2 places are not right; `errors` has them all",
                "errors": [
                    { "pointer": "/labels/a", "detail": "the label a is a number — give a text" },
                    { "pointer": "/colour", "detail": "there is no field colour — take it out" },
                ],
            })
        );
    }

    #[test]
    fn a_place_in_a_text_has_its_line() {
        let problem = Problem { line: Some(3), column: Some(5), ..Problem::new("/a", "x", "y") };
        let document = ProblemDocument::fields(ProblemType::InvalidPipeline, &[problem]);
        assert_eq!(document.errors[0]["line"], 3);
        assert_eq!(document.detail, "line 3, /a: x — y");
    }
}
