//! One request for each type of problem, with the answer that it gets: what the problem's page shows.
//!
//! Tests of the functions send each of these requests and compare.

use super::{ProblemDocument, ProblemType};
use crate::pipeline::Problem;

/// The trace that examples are found under.
pub(super) const INSTANCE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A request and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The request, as far as it matters.
    pub request: &'static str,
    /// What is answered.
    pub answer: ProblemDocument,
}

impl ProblemType {
    /// A request that has this problem.
    pub fn example(self) -> Example {
        let (request, answer) = match self {
            Self::Unauthenticated => (
                "GET /v1/jobs\n(no Authorization)",
                Self::Unauthenticated
                    .header("Authorization", "it is missing — send `Bearer` and an API key"),
            ),
            Self::BadSignature => (
                "POST /v1/hooks/acme.cms.0123456789abcdef\nContent-Type: application/json\n\n{\"title\": \"a red kite\"}",
                Self::BadSignature.plain("the header webhook-id is missing"),
            ),
            Self::RoleMissing => (
                "PUT /v1/pipelines/hero-image\nAuthorization: Bearer (the key of anna, a reviewer)\nContent-Type: application/yaml\n\nname: hero-image",
                Self::RoleMissing.plain("anna has not the role editor or operator, which this needs"),
            ),
            Self::NotFound => ("GET /v1/jobs/j1", Self::NotFound.plain("there is no job j1")),
            Self::MethodNotAllowed => (
                "DELETE /v1/uploads",
                Self::MethodNotAllowed.plain("/v1/uploads is not for DELETE; use POST"),
            ),
            Self::InvalidHeader => (
                "POST /v1/jobs\nContent-Type: application/json\nPrefer: wait=soon\n\n{\"pipeline\": \"hero-image\", \"inputs\": {\"prompt\": \"a red kite\"}}",
                Self::InvalidHeader
                    .header("Prefer", "wait is \"soon\" — write seconds, such as wait=10"),
            ),
            Self::InvalidParameter => (
                "GET /v1/jobs?limit=500",
                ProblemDocument::parameter(
                    "limit",
                    "it is \"500\" — use a whole number from 1 to 100",
                ),
            ),
            Self::MalformedBody => (
                "POST /v1/uploads\nContent-Type: application/json\n\n(nothing)",
                Self::MalformedBody.body(
                    "the body is empty",
                    "send a JSON object with media_type, bytes, trigger",
                ),
            ),
            Self::InvalidBody => (
                "POST /v1/uploads\nContent-Type: application/json\n\n{\"media_type\": \"image/png\", \"bytes\": \"many\"}",
                Self::InvalidBody.place(
                    "/bytes",
                    "bytes is \"many\"",
                    "give the file's size, a whole number from 1 to 67108864",
                ),
            ),
            Self::TooLarge => (
                "POST /v1/jobs\nContent-Type: application/json\n\n(300000 bytes)",
                Self::TooLarge.body("the body has 300000 bytes", "keep it within 262144"),
            ),
            Self::UnsupportedMediaType => (
                "POST /v1/uploads\nContent-Type: text/plain\n\nmedia_type=image/png",
                Self::UnsupportedMediaType
                    .header("Content-Type", "it is \"text/plain\" — send application/json"),
            ),
            Self::InvalidPipeline => (
                "POST /v1/pipelines/validate\nContent-Type: application/yaml\n\nname: hero\nbudget_usd: 1\nsteps:\n  paint: { kind: image.genrate }",
                {
                    let detail = "there is no kind \"image.genrate\"";
                    let problem =
                        Problem::new("/steps/paint/kind", detail, "did you mean image.generate?");
                    let place = Problem { line: Some(4), column: Some(12), ..problem };
                    ProblemDocument::fields(Self::InvalidPipeline, &[place])
                },
            ),
            Self::InvalidPolicy => (
                "POST /v1/policies/validate\nContent-Type: application/yaml\n\nname: brand\nowner: design\ncriteria:\n  sharp: { evaluator: technicl }",
                {
                    let detail = "there is no evaluator \"technicl\"";
                    let problem = Problem::new(
                        "/criteria/sharp/evaluator",
                        detail,
                        "did you mean technical?",
                    );
                    let place = Problem { line: Some(4), column: Some(12), ..problem };
                    ProblemDocument::fields(Self::InvalidPolicy, &[place])
                },
            ),
            Self::InvalidTrigger => (
                "PUT /v1/triggers/daily\nContent-Type: application/json\n\n{\"on\": {\"schedule\": {\"rate\": \"daily\"}}, \"pipeline\": \"hero-image\", \"inputs\": {}}",
                Self::InvalidTrigger.place(
                    "/on/schedule/rate",
                    "\"daily\" is no rate",
                    "write a number of minutes, hours, days or weeks, such as 15 minutes",
                ),
            ),
            Self::UnknownPipeline => (
                "POST /v1/jobs\nContent-Type: application/json\n\n{\"pipeline\": \"hero-imag\"}",
                Self::UnknownPipeline.place(
                    "/pipeline",
                    "there is no pipeline hero-imag",
                    "see GET /v1/pipelines for those that are stored",
                ),
            ),
            Self::InvalidInputs => (
                "POST /v1/jobs\nContent-Type: application/json\n\n{\"pipeline\": \"hero-image\", \"inputs\": {\"promt\": \"a red kite\"}}",
                ProblemDocument::fields(
                    Self::InvalidInputs,
                    &[
                        Problem::new(
                            "/inputs/prompt",
                            "the input prompt is missing",
                            "add it: a text",
                        ),
                        Problem::new(
                            "/inputs/promt",
                            "hero-image has no input promt",
                            "did you mean prompt?",
                        ),
                    ],
                ),
            ),
            Self::OverBudget => (
                "POST /v1/jobs\nContent-Type: application/json\n\n{\"pipeline\": {\"name\": \"say\", \"budget_usd\": 0.0001, \"steps\": {\"say\": {\"kind\": \"audio.speak\", \"with\": {\"text\": \"a red kite\", \"model\": \"brio/voice\"}}}}}",
                Self::OverBudget.place(
                    "/pipeline/budget_usd",
                    "it costs at least $0.001, and its budget is $0.0001",
                    "raise budget_usd, or ask for cheaper models or less effort: POST /v1/quotes shows their prices",
                ),
            ),
            Self::IdempotencyKeyReused => (
                "POST /v1/jobs\nContent-Type: application/json\nIdempotency-Key: kite-1\n\n{\"pipeline\": \"hero-image\", \"inputs\": {\"prompt\": \"a blue kite\"}}",
                Self::IdempotencyKeyReused.header(
                    "Idempotency-Key",
                    "it came with another body before, and is remembered for a day — use a new one",
                ),
            ),
            Self::NotRetryable => (
                "POST /v1/jobs/j01hf7yat0040g2081040g20810/retry",
                Self::NotRetryable
                    .plain("job j01hf7yat0040g2081040g20810 succeeded: there is nothing to retry"),
            ),
            Self::NotScheduled => (
                "POST /v1/publications/j01hf7yat0040g2081040g20810.publish/cancel",
                Self::NotScheduled
                    .plain("its window is open: it can be moved and canceled until it opens"),
            ),
            Self::ReviewRefused => (
                "POST /v1/reviews/j01hf7yat0040g2081040g20810.good.1/decide\nAuthorization: Bearer (the key of anna, a reviewer)\nContent-Type: application/json\n\n{\"decision\": \"reject\"}",
                Self::ReviewRefused.plain("the review is closed: approve"),
            ),
            Self::NothingToPlay => (
                "GET /v1/jobs/j01hf7yat0040g2081040g20810/playlist.m3u8",
                Self::NothingToPlay.plain("no step of hero-image makes video or sound"),
            ),
            Self::Erased => (
                "GET /v1/assets/j01hf7yat0040g2081040g20810.inputs.photo.0",
                Self::Erased.plain(
                    "the asset was erased at 2023-11-14T22:13:20.000Z: asked to by the person shown",
                ),
            ),
            Self::NotAHost => (
                "PUT /v1/hosts/gpu-7\n(no Authorization)",
                Self::NotAHost.plain("the endpoint key is missing or wrong"),
            ),
            Self::NotAVendor => (
                "POST /v1/vendors/fal/j…~generate~1/0000\n\n{\"status\": \"OK\"}",
                Self::NotAVendor.plain("this address was given to nobody"),
            ),
            Self::InvalidReport => (
                "PUT /v1/hosts/gpu-7\nAuthorization: Bearer (endpoint key)\n\n{}",
                Self::InvalidReport
                    .plain("announcement does not parse: missing field `host` at line 1 column 2"),
            ),
            Self::TooManyWatchers => (
                "wss: {\"action\": \"subscribe\", \"job\": \"j…\", \"token\": \"jt_…\"}",
                Self::TooManyWatchers.place(
                    "/job",
                    "100 connections watch it already",
                    "unsubscribe from others, or read GET /v1/jobs/{id}/events",
                ),
            ),
            Self::TryAgain => (
                "GET /v1/jobs",
                Self::TryAgain
                    .plain("a store did not answer in time, or another request was faster"),
            ),
            Self::Internal => (
                "GET /v1/jobs",
                Self::Internal.plain("the request was read, and we failed to carry it out"),
            ),
        };
        Example { request, answer }
    }

    fn plain(self, detail: &str) -> ProblemDocument {
        ProblemDocument::new(self, detail)
    }

    fn header(self, name: &str, detail: &str) -> ProblemDocument {
        ProblemDocument { kind: self, ..ProblemDocument::header(name, detail) }
    }

    fn body(self, detail: &str, fix: &str) -> ProblemDocument {
        ProblemDocument::body(self, detail, fix)
    }

    fn place(self, pointer: &str, detail: &str, fix: &str) -> ProblemDocument {
        ProblemDocument::fields(self, &[Problem::new(pointer, detail, fix)])
    }
}
