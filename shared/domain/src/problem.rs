//! How the HTTP API says no: RFC 9457 documents that tell what was wrong, where, and what would be right.

use crate::error::Error;
use crate::pipeline::Problem;
use serde_json::{Value, json};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $status:literal $slug:literal $title:literal $next:literal;)+) => {
        /// Every way in which a request can fail.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ProblemType { $($(#[$doc])* $name),+ }

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

            /// What its caller should do next.
            pub fn next(self) -> &'static str {
                match self { $(Self::$name => $next),+ }
            }
        }
    };
}

kinds! {
    /// No key, or none that is valid.
    Unauthenticated = 401 "unauthenticated" "A valid key is needed"
        "Send `Authorization: Bearer` with an API key of your tenant (gk_…), or with the token of the job (jt_…).";
    /// There is nothing there, or nothing that this caller may see.
    NotFound = 404 "not-found" "There is nothing there"
        "Check the address. What belongs to another tenant, or lies beyond a job token, does not exist for you.";
    /// The address exists, with other methods.
    MethodNotAllowed = 405 "method-not-allowed" "The method is not allowed here"
        "Use one of the methods that the Allow header lists.";
    /// A header is not what it should be.
    InvalidHeader = 400 "invalid-header" "A header is not right"
        "Mend the header that `errors` names.";
    /// A query parameter is not what it should be.
    InvalidParameter = 400 "invalid-parameter" "A query parameter is not right"
        "Mend the parameter that `errors` names.";
    /// The body is no JSON.
    MalformedBody = 400 "malformed-body" "The body cannot be read"
        "Mend the syntax at the place named in `detail`.";
    /// The body is JSON of the wrong shape.
    InvalidBody = 422 "invalid-body" "The body is not what is asked for"
        "Mend the fields that `errors` names.";
    /// The body is too large.
    TooLarge = 413 "too-large" "The body is too large"
        "Send less; media goes by POST /v1/uploads, not in a body.";
    /// The body is of a type that is not read here.
    UnsupportedMediaType = 415 "unsupported-media-type" "The content type is not read here"
        "Send one of the types named in `detail`, and say so in Content-Type.";
    /// A pipeline document does not pass its checks.
    InvalidPipeline = 422 "invalid-pipeline" "The pipeline is not valid"
        "Mend the places that `errors` names. Nothing was stored and nothing was paid.";
    /// A job names a pipeline that is not stored.
    UnknownPipeline = 422 "unknown-pipeline" "There is no such pipeline"
        "Store it by PUT /v1/pipelines/{name}, name a stored one, or send the document itself.";
    /// A job's inputs do not fit its pipeline.
    InvalidInputs = 422 "invalid-inputs" "The inputs do not fit the pipeline"
        "Mend the inputs that `errors` names. No job was made and nothing was paid.";
    /// The same key came with another request.
    IdempotencyKeyReused = 422 "idempotency-key-reused" "The idempotency key was used for another request"
        "Use a new key for a new request; send the first request unchanged to get its job.";
    /// The job has not ended, or has ended well.
    NotRetryable = 409 "not-retryable" "The job cannot be retried"
        "Retry a job that was rejected, failed, canceled or expired; for anything else submit a new one.";
    /// A lost race or a throttle on our own stores.
    TryAgain = 503 "try-again" "Not just now"
        "Send the same request again after the seconds in Retry-After. It is safe to repeat; a POST /v1/jobs that had no Idempotency-Key may have made its job, so look at GET /v1/jobs first.";
    /// Our bug or our configuration.
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
