//! One configuration for every AWS client: region, credentials, time-outs, retries.

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, SdkConfig};
use aws_sdk_sqs::config::ProvideCredentials;
use domain::{Error, Result};
use std::time::Duration;

/// Reads region, credentials and endpoint as the SDK does. Called once, at cold start.
pub async fn load() -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts())
        .retry_config(retries());
    if let Ok(name) = AppName::new("galley") {
        loader = loader.app_name(name);
    }
    loader.load().await
}

/// What the function itself is known by, as one text: `access:secret`, and `:token` where it is temporary, as a role's is.
///
/// For calls that this crate does not make. Read anew each time, for a role's credentials change.
pub async fn own_key(config: &SdkConfig) -> Result<String> {
    let none = || Error::Fault("the function has no credentials of its own".into());
    let provider = config.credentials_provider().ok_or_else(none)?;
    let credentials = provider.provide_credentials().await;
    // The cause may quote what it could not read.
    let credentials = credentials.map_err(|_| none())?;
    let parts = [credentials.access_key_id(), credentials.secret_access_key()];
    let token = credentials.session_token();
    Ok(parts.into_iter().chain(token).collect::<Vec<_>>().join(":"))
}

/// Two tries and the work around them fit into a function's 30 seconds.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .read_timeout(Duration::from_secs(8))
        .build()
}

/// For calls that may safely be made twice; the others turn retries off.
fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(3)
        .with_initial_backoff(Duration::from_millis(100))
        .with_max_backoff(Duration::from_secs(1))
}
