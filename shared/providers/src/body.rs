//! The body of an answer: read whole, within a limit, or not at all.

use reqwest::Response;
use std::fmt;

/// Why a body was not read whole.
#[derive(Debug)]
pub(crate) enum Unread {
    /// It is larger than so many bytes.
    Larger(usize),
    /// It was cut off.
    Cut(reqwest::Error),
}

/// The cause of a cut is left out: it may name the URL, which may be signed.
impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Larger(most) => write!(f, "larger than {most} bytes"),
            Self::Cut(_) => f.write_str("the answer was cut off"),
        }
    }
}

/// The whole body of an answer of at most so many bytes.
pub(crate) async fn whole(mut response: Response, most: usize) -> Result<Vec<u8>, Unread> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Unread::Cut)? {
        if most < body.len() + chunk.len() {
            return Err(Unread::Larger(most));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
