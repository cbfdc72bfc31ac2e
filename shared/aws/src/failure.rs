//! What a failed AWS call asks of whoever made it: one table for all services.

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use domain::Error;

/// What is known after a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The service turned it away unread: nothing happened, another try may do better.
    Throttled,
    /// It may have happened.
    Unknown,
    /// It was read and refused: the request itself is at fault.
    Refused,
}

/// The error of a service call.
pub(crate) type CallError<E> = SdkError<E, HttpResponse>;

/// The failure, classed.
pub(crate) fn kind<E: ProvideErrorMetadata>(error: &CallError<E>) -> Kind {
    match error {
        SdkError::ConstructionFailure(_) => Kind::Refused,
        SdkError::ServiceError(service) => {
            by_answer(service.raw().status().as_u16(), service.err().code().unwrap_or(""))
        }
        // Whether the request left before the connection broke is not told.
        _ => Kind::Unknown,
    }
}

fn by_answer(status: u16, code: &str) -> Kind {
    const THROTTLES: [&str; 13] = [
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "ProvisionedThroughputExceededException",
        "TooManyRequestsException",
        "TransactionConflictException",
        "TransactionInProgressException",
        "SlowDown",
        "ConditionalRequestConflict",
        "TooManyInvalidationsInProgress",
    ];
    match status {
        _ if THROTTLES.contains(&code) => Kind::Throttled,
        429 => Kind::Throttled,
        500.. => Kind::Unknown,
        _ => Kind::Refused,
    }
}

/// The failure as the handler's error; what we were doing comes first.
pub(crate) fn error<E>(doing: &str, failure: &CallError<E>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let message = message(doing, failure);
    match kind(failure) {
        Kind::Throttled | Kind::Unknown => Error::Again(message),
        Kind::Refused => Error::Fault(message),
    }
}

/// The failure in one line: never with the request's or the answer's body.
pub(crate) fn message<E>(doing: &str, failure: &CallError<E>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match failure {
        SdkError::ServiceError(service) => {
            let code = service.err().code().unwrap_or("no code");
            let status = service.raw().status().as_u16();
            let detail = service.err().message().unwrap_or("no message");
            format!("{doing}: {status} {code}: {detail}")
        }
        other => format!("{doing}: {}", chain(other)),
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, code: &str, expected: Kind) {
        assert_eq!(by_answer(status, code), expected, "{status} {code}");
    }

    #[test]
    fn an_answer_tells_whether_to_try_again() {
        check(400, "ThrottlingException", Kind::Throttled);
        check(400, "ProvisionedThroughputExceededException", Kind::Throttled);
        check(400, "RequestLimitExceeded", Kind::Throttled);
        check(400, "TransactionConflictException", Kind::Throttled);
        check(429, "", Kind::Throttled);
        check(503, "SlowDown", Kind::Throttled);
        check(500, "InternalServerError", Kind::Unknown);
        check(503, "", Kind::Unknown);
        check(400, "ValidationException", Kind::Refused);
        check(403, "AccessDenied", Kind::Refused);
        check(404, "ResourceNotFoundException", Kind::Refused);
    }
}
