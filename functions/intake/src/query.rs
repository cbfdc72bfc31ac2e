//! Query parameters: known, and what they should be.

use crate::answer::echo;
use aws::http::HttpRequest;
use domain::problem::ProblemDocument;
use std::str::FromStr;

/// Whether there are no other parameters than these.
pub(crate) fn known(request: &HttpRequest, known: &[&str]) -> Result<(), ProblemDocument> {
    known_besides(request, known, "\0")
}

/// Whether there are no other parameters than these and those that begin so.
pub(crate) fn known_besides(
    request: &HttpRequest,
    known: &[&str],
    prefix: &str,
) -> Result<(), ProblemDocument> {
    let fits = |name: &str| known.contains(&name) || name.starts_with(prefix);
    match request.query.keys().find(|name| !fits(name)) {
        None => Ok(()),
        Some(name) => {
            let use_these = match known {
                [] => "take it out".into(),
                _ => format!("use {}", known.join(", ")),
            };
            let detail = format!("there is no such parameter here — {use_these}");
            Err(ProblemDocument::parameter(&echo(name), detail))
        }
    }
}

/// A number within bounds; what is usual where none is given.
pub(crate) fn number<T>(
    request: &HttpRequest,
    name: &str,
    usual: T,
    bounds: std::ops::RangeInclusive<T>,
) -> Result<T, ProblemDocument>
where
    T: FromStr + PartialOrd + std::fmt::Display,
{
    let Some(text) = request.query.get(name) else { return Ok(usual) };
    let number = text.parse().ok().filter(|number| bounds.contains(number));
    number.ok_or_else(|| {
        let (least, most) = bounds.into_inner();
        let detail = format!("it is {:?} — use a whole number from {least} to {most}", echo(text));
        ProblemDocument::parameter(name, detail)
    })
}
