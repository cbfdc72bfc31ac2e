//! Why no answer came: whether anything can have been sent.

/// Why no answer came.
#[derive(Debug, PartialEq)]
pub enum Silence {
    /// No connection came about, so nothing was sent.
    Unsent(String),
    /// It broke later: the host may have read all of the request.
    Lost(String),
}

/// What a failed call tells.
pub(crate) fn silence(error: &reqwest::Error) -> Silence {
    let mut why = if error.is_timeout() { "timed out".to_owned() } else { "no answer".to_owned() };
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        why = format!("{why}: {error}");
        cause = error.source();
    }
    if error.is_connect() || error.is_builder() { Silence::Unsent(why) } else { Silence::Lost(why) }
}
