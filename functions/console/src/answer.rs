//! What browsers are answered, and under which rules they may show it.

use crate::Console;
use crate::html::bare;
use crate::place::origin;
use crate::session::Session;
use aws::http::{HttpRequest, HttpResponse};
use domain::Error;
use domain::ports::Bucket;
use maud::{Markup, html};

/// An answer, or what kept us from it.
pub(crate) type Answered<T = HttpResponse> = Result<T, Trouble>;

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// There is no such thing, or not for this person.
    Nothing(&'static str),
    /// This person may not do it.
    Forbidden(&'static str),
    /// The form is not one of this session's.
    Form(String),
    /// It cannot be done any more.
    Late(String),
    /// The sign-in came to nothing.
    NotSignedIn(String),
    /// Signed in elsewhere, but with no rights here.
    NotLetIn(String),
    /// A store did not do its part.
    Store(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

/// A page.
pub(crate) fn page(status: u16, markup: Markup) -> HttpResponse {
    HttpResponse { body: markup.into_string(), ..HttpResponse::empty(status) }
        .with("content-type", "text/html; charset=utf-8")
}

/// Somewhere else, by GET.
pub(crate) fn redirect(to: &str) -> HttpResponse {
    HttpResponse::empty(303).with("location", to)
}

/// A page that is not there.
pub(crate) fn nothing(what: &'static str) -> Trouble {
    Trouble::Nothing(what)
}

/// The page that was asked for, as it stands below ours.
pub(crate) fn seen(request: &HttpRequest) -> String {
    let page = below(&request.path).unwrap_or_default();
    let query: Vec<_> =
        request.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    match crate::form::pairs(&query) {
        query if query.is_empty() => page.to_owned(),
        query => format!("{page}?{query}"),
    }
}

/// The part of a path below the console's.
pub(crate) fn below(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/console")?;
    if rest.is_empty() { Some("") } else { rest.strip_prefix('/') }
}

/// What somebody reads who gets no answer.
pub(crate) fn trouble(
    console: &Console<'_>,
    session: Option<&Session>,
    trouble: Trouble,
    request: &HttpRequest,
) -> HttpResponse {
    let instance = request.instance();
    let (status, title, words) = match trouble {
        Trouble::Nothing(what) => (
            404,
            "Not here",
            html! { p { "There is no such " (what) ", or it is not yours to see." } },
        ),
        Trouble::Forbidden(role) => (
            403,
            "Not allowed",
            html! { p { "This needs the role " b { (role) } ". Your operator gives it." } },
        ),
        Trouble::Form(why) => (
            400,
            "Nothing was done",
            html! { p { (why) } p { "Go back, load the page again, and repeat what you did." } },
        ),
        Trouble::Late(why) => (409, "Too late", html! { p { (why) } }),
        Trouble::NotSignedIn(why) => (
            400,
            "You are not signed in",
            html! { p { (why) } p { a.button href=(console.place.link("signin")) { "Try again" } } },
        ),
        Trouble::NotLetIn(why) => {
            (403, "You have no access", html! { p { "You signed in, but " (why) "." } })
        }
        Trouble::Store(error) => {
            tracing::warn!(error = error.name(), "{error}");
            let (status, words) = match error {
                Error::Again(_) => (503, "Something did not answer in time. Load the page again."),
                Error::Invalid(_) => (400, "The request does not fit what is there."),
                Error::Fault(_) => {
                    (500, "Something is wrong on our side; nothing was changed by it.")
                }
            };
            (
                status,
                "That did not work",
                html! {
                    p { (words) } p.quiet { "If it stays so, tell your operator this: " code { (instance) } }
                },
            )
        }
    };
    match session {
        Some(session) => {
            let shown = crate::html::Page { title, here: "", session };
            page(status, shown.of(console, html! { (words) }))
        }
        None => page(status, bare(console.place, title, words)),
    }
}

/// The origin of a bucket; empty where it cannot be told.
async fn bucket(console: &Console<'_>, bucket: Bucket) -> String {
    let signed = console.objects.presign_get(bucket, "console", 1).await;
    signed.map(|signed| origin(&signed.url).to_owned()).unwrap_or_default()
}

/// The answer with the rules that all of ours have.
pub(crate) async fn secured(console: &Console<'_>, answer: HttpResponse) -> HttpResponse {
    // Pictures come from the bucket by presigned addresses; where it is only the signature knows.
    let [bucket, uploads] =
        [bucket(console, Bucket::Assets).await, bucket(console, Bucket::Uploads).await];
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {bucket} {uploads}; \
         img-src 'self' data: blob: {bucket}; media-src blob: {bucket}; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    let mut answer = answer
        .with("content-security-policy", policy)
        .with("x-content-type-options", "nosniff")
        .with("x-frame-options", "DENY")
        .with("referrer-policy", "same-origin")
        .with("cross-origin-opener-policy", "same-origin")
        .with("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()");
    if console.place.secure() {
        answer = answer.with("strict-transport-security", "max-age=31536000");
    }
    if !answer.headers.contains_key("cache-control") {
        answer = answer.with("cache-control", "no-store");
    }
    answer
}
