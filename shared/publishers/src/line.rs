//! The line to a target with an API: how it is asked, and what its answers mean where all targets mean the same.

use crate::guarded::{Ask, Failure, Guarded, Whole};
use domain::ports::Refusal;
use domain::publish::{Grant, Probed, Told, Went};
use domain::time::{Now, Time};
use domain::vendor::{Drift, found, reason};
use guard::form::Form;
use reqwest::Method;
use serde_json::Value;
use std::sync::{Arc, Mutex};

/// What every spoke is made of: the guarded client, and a clock.
#[derive(Clone)]
pub struct Line {
    client: Guarded,
    clock: Arc<dyn Now>,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").field("client", &self.client).finish_non_exhaustive()
    }
}

/// A verb: what is said in a talk, and what is told of it. `verb!(talk, talk => begin(&talk, sending))`
#[macro_export]
macro_rules! verb {
    ($talk:expr, $name:ident => $said:expr) => {
        match $talk {
            Ok($name) => {
                let said: $crate::line::Said = $said.await;
                $name.told(said)
            }
            Err(told) => told,
        }
    };
}

/// What a verb comes to: what is told, whether it went on or ended early.
pub type Said = Result<Told, Told>;

impl Line {
    /// Calls through this client.
    pub fn new(client: Guarded, clock: Arc<dyn Now>) -> Self {
        Self { client, clock }
    }

    /// The time now.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// The client that it calls through.
    pub fn client(&self) -> &Guarded {
        &self.client
    }

    /// A talk with a target: of this name, at this base address.
    pub fn talk(&self, target: &'static str, base: &str) -> Talk<'_> {
        Talk {
            line: self,
            target,
            base: base.trim_end_matches('/').to_owned(),
            headers: Vec::new(),
            drift: Mutex::default(),
        }
    }
}

/// The address that a grant names, or the usual one.
pub fn base(grant: &Grant, usual: &str) -> Result<String, Told> {
    let named = ["api", "site"].into_iter().find_map(|name| grant.setting(name));
    match named.unwrap_or(usual).trim_end_matches('/') {
        "" => Err(Told::refused(Refusal::Never, "the connection does not say where its site is")),
        base => Ok(base.to_owned()),
    }
}

/// A secret that must be there.
pub fn secret<'g>(grant: &'g Grant, name: &str) -> Result<&'g str, Told> {
    let held = grant.secret(name).filter(|text| !text.is_empty());
    held.ok_or_else(|| Told::grant_over(format!("the connection has no {name}")))
}

/// A setting that must be there.
pub fn setting<'g>(grant: &'g Grant, name: &str) -> Result<&'g str, Told> {
    let held = grant.setting(name).filter(|text| !text.is_empty());
    let why = || Told::refused(Refusal::Never, format!("the connection does not say its {name}"));
    held.ok_or_else(why)
}

/// What is said in one verb.
#[derive(Debug)]
pub struct Talk<'a> {
    line: &'a Line,
    target: &'static str,
    base: String,
    headers: Vec<(&'static str, String)>,
    drift: Mutex<Vec<Drift>>,
}

/// What a request carries.
#[derive(Clone, Debug)]
pub enum Body {
    /// Nothing.
    None,
    /// JSON.
    Json(Value),
    /// A form of several parts.
    Form(Form),
    /// Bytes of this media type.
    Bytes(String, Vec<u8>),
    /// Pairs, as a page sends them.
    Pairs(Vec<(&'static str, String)>),
}

impl Talk<'_> {
    /// The same, with a header on every request.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The time now.
    pub fn now(&self) -> Time {
        self.line.now()
    }

    /// Asks what may be asked any number of times: where no answer comes, nothing new is known.
    pub async fn ask(&self, path: &str) -> Result<Whole, Told> {
        self.call(Method::GET, path, Body::None, &[]).await.map_err(|failure| match failure {
            Failure::Forbidden(why) | Failure::Unreachable(why) | Failure::Cut(why) => {
                Told::unknown(format!("{} could not be asked: {why}", self.target))
            }
        })
    }

    /// Does something that may be done once: where no answer comes, it may have happened.
    pub async fn act(&self, method: Method, path: &str, body: Body) -> Result<Whole, Told> {
        self.act_with(method, path, body, &[]).await
    }

    /// The same with more headers.
    pub async fn act_with(
        &self,
        method: Method,
        path: &str,
        body: Body,
        more: &[(&'static str, String)],
    ) -> Result<Whole, Told> {
        let said = |why: &str| format!("{}: {why}", self.target);
        self.call(method, path, body, more).await.map_err(|failure| match failure {
            Failure::Forbidden(why) => Told::refused(Refusal::Never, said(&why)),
            Failure::Unreachable(why) => Told::refused(Refusal::Later, said(&why)),
            Failure::Cut(why) => Told::unknown(said(&why)),
        })
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Body,
        more: &[(&'static str, String)],
    ) -> Result<Whole, Failure> {
        let url = match path.starts_with("https://") || path.starts_with("http://") {
            true => path.to_owned(),
            false => format!("{}{path}", self.base),
        };
        // What opens the account is shown to nobody else, wherever the target sends us.
        let own = if kin(&self.base, &url) { self.headers.as_slice() } else { &[] };
        let mut headers: Vec<_> = own.iter().chain(more).cloned().collect();
        let (media_type, body) = match body {
            Body::None => (None, Vec::new()),
            Body::Json(value) => {
                let own = headers.iter().any(|(name, _)| *name == "content-type");
                ((!own).then(|| "application/json".to_owned()), value.to_string().into_bytes())
            }
            Body::Bytes(media_type, bytes) => (Some(media_type), bytes),
            Body::Form(form) => {
                let (boundary, body) = form.body();
                (Some(format!("multipart/form-data; boundary={boundary}")), body)
            }
            Body::Pairs(pairs) => {
                let pairs = pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
                let media_type = "application/x-www-form-urlencoded".to_owned();
                (Some(media_type), pairs.collect::<Vec<_>>().join("&").into_bytes())
            }
        };
        headers.extend(media_type.map(|media_type| ("content-type", media_type)));
        let whole = self.line.client.send(Ask { method, url, headers, body }).await?;
        self.note(&whole);
        Ok(whole)
    }

    /// Notes what an answer says of the end of what is asked.
    fn note(&self, whole: &Whole) {
        for (name, header) in [("Sunset", "sunset"), ("Deprecation", "deprecation")] {
            let said = whole.header(header);
            if !said.is_empty() {
                self.lacks(name, reason(said));
            }
        }
    }

    /// Notes that something was otherwise than the contract promises.
    pub fn lacks(&self, field: &str, found: impl Into<String>) {
        let drift = Drift { field: field.into(), found: found.into() };
        let mut noted = self.drift.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !noted.contains(&drift) {
            noted.push(drift);
        }
    }

    /// What is told in the end, with all that was noted.
    pub fn told(self, said: Said) -> Told {
        let drift = self.drift.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        said.unwrap_or_else(|told| told).drifted(drift)
    }

    /// A text that an answer must have; where it has none, what was asked may have happened all the same.
    pub fn text(&self, body: &Value, pointer: &str) -> Result<String, Told> {
        let text = match body.pointer(pointer) {
            Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        text.ok_or_else(|| self.missing(body, pointer))
    }

    /// An answer lacks what it promises.
    pub fn missing(&self, body: &Value, pointer: &str) -> Told {
        let field = pointer.trim_start_matches('/').replace('/', ".");
        self.lacks(&field, found(body));
        Told::unknown(format!("{} answered without {field}", self.target))
    }

    /// What a status says that means the same at all targets; `said` are the target's own words.
    pub fn refusal(&self, whole: &Whole, said: &str) -> Told {
        let colon = if said.is_empty() { "" } else { ": " };
        let why = reason(&format!("{} answered {}{colon}{said}", self.target, whole.status));
        match whole.status {
            401 => Told::grant_over(why),
            // Time ran out over there, or a gateway says nothing of what happened behind it.
            408 | 500.. => later(Told::unknown(why), whole, self.now()),
            425 | 429 => {
                later(Told::refused(Refusal::Later, why).after_s(WAIT_S), whole, self.now())
            }
            402 | 403 => Told::refused(Refusal::Elsewhere, why),
            _ => Told::refused(Refusal::Never, why),
        }
    }

    /// The same of an answer to a question: only a grant that is over, and a limit, are told apart.
    pub fn untold(&self, whole: &Whole, said: &str) -> Told {
        match self.refusal(whole, said) {
            told if told.grant_over => told,
            told => Told { went: Went::Unknown(why(&told)), ..told },
        }
    }
}

/// Whether two addresses are of the same house: `www.linkedin.com` and `api.linkedin.com` are.
fn kin(one: &str, other: &str) -> bool {
    let house = |url: &str| {
        let url = reqwest::Url::parse(url).ok()?;
        let host = url.host_str()?.to_owned();
        let by_name = url.domain().is_some();
        let labels: Vec<&str> = host.rsplit('.').take(2).collect();
        let name = if by_name { labels.join(".") } else { host.clone() };
        Some((url.scheme().to_owned(), name))
    };
    house(one).is_some() && house(one) == house(other)
}

/// How long a target is left alone that does not say how long.
const WAIT_S: u32 = 60;

/// Why, as it was told.
fn why(told: &Told) -> String {
    match &told.went {
        Went::Refused(_, why) | Went::Unknown(why) => why.clone(),
        _ => String::new(),
    }
}

/// What is told, with the time that the answer names for the next try.
fn later(told: Told, whole: &Whole, now: Time) -> Told {
    match wait_s(whole, now) {
        Some(seconds) => told.after_s(seconds),
        None => told,
    }
}

/// After how many seconds an answer lets itself be asked again, by whichever header says so.
pub fn wait_s(whole: &Whole, now: Time) -> Option<u32> {
    const MOST: i64 = 86_400;
    let clipped = |seconds: i64| u32::try_from(seconds.clamp(1, MOST)).ok();
    let number =
        |name: &str| whole.header(name).trim().parse::<f64>().ok().map(|n| n.ceil() as i64);
    let until = |time: Time| clipped((time.0 - now.0 + 999) / 1000);
    let after = number("retry-after").and_then(clipped);
    let date = || {
        let date = jiff::fmt::rfc2822::parse(whole.header("retry-after").trim()).ok()?;
        until(Time(date.timestamp().as_millisecond()))
    };
    let reset = || {
        let names = ["x-rate-limit-reset", "x-ratelimit-reset", "ratelimit-reset"];
        let name = names.into_iter().find(|name| !whole.header(name).is_empty())?;
        match number(name) {
            // A time since 1970, or seconds from now.
            Some(at) if 1_000_000_000 < at => until(Time(at * 1000)),
            Some(seconds) => clipped(seconds),
            None => until(Time::parse(whole.header(name).trim())?),
        }
    };
    let contentful = || number("x-contentful-ratelimit-reset").and_then(clipped);
    after.or_else(date).or_else(reset).or_else(contentful)
}

/// A value as it stands in a form or a query.
pub fn encoded(text: &str) -> String {
    match text {
        // These are parts of paths that lead elsewhere, but values like others.
        "." | ".." => text.to_owned(),
        text => domain::vendor::segment(text),
    }
}

/// What is told of an account by an answer to a question about it.
pub fn probed(asked: Result<(Whole, Option<String>), Told>) -> Probed {
    match asked {
        Ok((whole, name)) => match (whole.status, name) {
            (200..=299, Some(name)) => Probed::Open(name),
            (401 | 403, _) => Probed::Shut(format!("it answered {}", whole.status)),
            (status, _) => Probed::Unknown(format!("it answered {status}")),
        },
        Err(told) if told.grant_over => Probed::Shut(why(&told)),
        Err(told) => match told.went {
            Went::Refused(_, why) => Probed::Shut(why),
            Went::Unknown(why) => Probed::Unknown(why),
            _ => Probed::Unknown("it could not be asked".into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    fn whole(headers: &[(&'static str, &str)]) -> Whole {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        let headers: HeaderMap = headers.iter().map(pair).collect();
        Whole { status: 429, headers, body: Vec::new() }
    }

    #[test]
    fn when_to_come_again_is_read_from_whichever_header_says_so() {
        let now = Time(1_790_000_000_000);
        let date = "Mon, 21 Sep 2026 14:14:20 GMT";
        for (name, value, seconds) in [
            ("retry-after", "7", Some(7)),
            ("retry-after", "0.2", Some(1)),
            ("retry-after", date, Some(60)),
            ("x-rate-limit-reset", "1790000090", Some(90)),
            ("ratelimit-reset", "30", Some(30)),
            ("x-ratelimit-reset", "2026-09-21T14:15:00.000Z", Some(100)),
            ("x-contentful-ratelimit-reset", "1", Some(1)),
            ("retry-after", "soon", None),
        ] {
            assert_eq!(wait_s(&whole(&[(name, value)]), now), seconds, "{name}: {value}");
        }
    }

    #[test]
    fn what_opens_an_account_goes_to_no_other_house() {
        assert!(kin("https://api.linkedin.com/rest", "https://www.linkedin.com/dms-uploads/1"));
        assert!(kin("http://127.0.0.1:8100/2", "http://127.0.0.1:8100/upload"));
        assert!(!kin("https://gql.hashnode.com", "https://bucket.s3.amazonaws.com/x"));
        assert!(!kin("https://api.linkedin.com", "http://www.linkedin.com/x"));
        assert!(!kin("http://10.0.0.1/", "http://127.0.0.1/"));
    }
}
