//! Bodies: small enough, of a type that is read, and JSON with its errors at their place.

use crate::answer::echo;
use aws::http::HttpRequest;
use domain::pipeline::Problem;
pub(crate) use domain::problem::child;
use domain::problem::{ProblemDocument, ProblemType};
use serde_json::{Map, Value};

/// The most bytes of a body.
const BYTES_MOST: usize = 256 * 1024;

/// Whether the body is small enough to be looked at.
pub(crate) fn check(request: &HttpRequest) -> Result<(), ProblemDocument> {
    let bytes = request.body.len();
    if BYTES_MOST < bytes {
        let detail = format!("the body has {bytes} bytes");
        let fix = format!("keep it within {BYTES_MOST}");
        return Err(ProblemDocument::body(ProblemType::TooLarge, detail, fix));
    }
    Ok(())
}

/// The media type of the body, in lower case and without parameters.
pub(crate) fn media_type<'a>(
    request: &'a HttpRequest,
    read: &[&'a str],
) -> Result<&'a str, ProblemDocument> {
    let given = request.header("content-type").unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if let Some(known) = read.iter().find(|known| known.eq_ignore_ascii_case(essence)) {
        return Ok(known);
    }
    let is = if given.is_empty() { "missing".into() } else { format!("{:?}", echo(given)) };
    let document =
        ProblemDocument::header("Content-Type", format!("it is {is} — send {}", read.join(" or ")));
    Err(ProblemDocument { kind: ProblemType::UnsupportedMediaType, ..document })
}

/// The body as text.
pub(crate) fn text(request: &HttpRequest) -> Result<&str, ProblemDocument> {
    std::str::from_utf8(&request.body).map_err(|cause| {
        let detail = format!("the body is not UTF-8 from byte {} on", cause.valid_up_to());
        ProblemDocument::body(ProblemType::MalformedBody, detail, "send text in UTF-8")
    })
}

/// The body as a JSON object with no other fields than these.
pub(crate) fn object(
    request: &HttpRequest,
    known: &[&str],
    problems: &mut Vec<Problem>,
) -> Result<Map<String, Value>, ProblemDocument> {
    media_type(request, &["application/json"])?;
    let value = serde_json::from_str(text(request)?).map_err(|cause| {
        let detail = match request.body.is_empty() {
            true => "the body is empty".into(),
            false => format!("the body is not JSON: {cause}"),
        };
        let fix = format!("send a JSON object with {}", known.join(", "));
        ProblemDocument::body(ProblemType::MalformedBody, detail, fix)
    })?;
    let Value::Object(fields) = value else {
        let detail = format!("the body is {}", shown(&value));
        let fix = format!("send an object with {}", known.join(", "));
        return Err(ProblemDocument::body(ProblemType::InvalidBody, detail, fix));
    };
    for name in fields.keys().filter(|name| !known.contains(&name.as_str())) {
        let detail = format!("there is no field {}", echo(name));
        problems.push(Problem::new(&child("", name), detail, format!("use {}", known.join(", "))));
    }
    Ok(fields)
}

/// A value, as far as it is short.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
        scalar => echo(&scalar.to_string()),
    }
}
