//! Outputs that lie at a vendor's: fetched by guarded URLs, whole, within limits.

use crate::body::{Unread, whole};
use domain::{Error, Result};
use guard::Refusal;
use reqwest::Response;
use std::time::Duration;

/// How long an output may take to come.
const LIMIT: Duration = Duration::from_secs(120);
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// Most bytes of an output.
const OUTPUT_MOST: usize = 64 << 20;
/// How often we are sent on to another address; each is judged as the first one was.
const REDIRECTS_MOST: usize = 5;

/// Brings what lies at a URL. `Invalid`: it is not there any more, or is none that we take.
pub(crate) async fn fetch(allowed: &[String], url: &str) -> Result<Vec<u8>> {
    let mut url = url.to_owned();
    for _ in 0..=REDIRECTS_MOST {
        let response = get(allowed, &url).await?;
        let status = response.status().as_u16();
        match status {
            200 => {
                let bytes = whole(response, OUTPUT_MOST).await;
                return bytes.map_err(|unread| match unread {
                    Unread::Larger(_) => Error::Invalid(format!("the output is {unread}")),
                    Unread::Cut(_) => Error::Again(format!("the output: {unread}")),
                });
            }
            301 | 302 | 303 | 307 | 308 => url = next(&url, &response)?,
            400..=499 if status != 408 && status != 429 => {
                return Err(Error::Invalid(format!("the output is gone: {status}")));
            }
            _ => return Err(Error::Again(format!("the output cannot be fetched: {status}"))),
        }
    }
    Err(Error::Invalid(format!("the output is behind more than {REDIRECTS_MOST} redirects")))
}

fn next(url: &str, response: &Response) -> Result<String> {
    let location = response.headers().get("location").and_then(|value| value.to_str().ok());
    let base = reqwest::Url::parse(url).ok();
    let next = location.zip(base).and_then(|(location, base)| base.join(location).ok());
    next.map(String::from)
        .ok_or_else(|| Error::Invalid("the output is behind a redirect to nowhere".into()))
}

async fn get(allowed: &[String], url: &str) -> Result<Response> {
    let (url, addresses) = guard::resolve(allowed, url).await.map_err(|refusal| match refusal {
        Refusal::Forbidden(why) => Error::Invalid(format!("the output: {why}")),
        Refusal::Unreachable(why) => Error::Again(format!("the output: {why}")),
    })?;
    let client = guard::client(&url, &addresses, CONNECT)
        .timeout(LIMIT)
        .build()
        .map_err(|cause| Error::Fault(format!("http client for outputs: {cause}")))?;
    // The cause may name the URL, which may be signed.
    let again = |_| Error::Again("the output cannot be fetched".into());
    client.get(url).send().await.map_err(again)
}
