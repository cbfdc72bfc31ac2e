//! One configuration for every AWS client: region, credentials, time-outs, retries.

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, SdkConfig};
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
