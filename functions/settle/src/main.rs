//! Brings jobs to their end, and finds what hangs.

use aws::{LanePorts, PublishFunction, StartError, clock, config, env, serve_events};
use providers::gpu::{Allowed, HttpHosts};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    let ports = LanePorts::from_env().await?;
    let publisher = PublishFunction::from_env(&config::load().await)?;
    let allowed = Allowed::new(env::list("ALLOWED_HOSTS"));
    let hosts = HttpHosts::new(ports.endpoint_key.source(), allowed);
    serve_events(async |event| {
        let settings = ports.settings().await?;
        let lanes = ports.lanes(&hosts, &settings);
        settle::edge::answer(&lanes, &ports.notices, &publisher, event, clock::now()).await
    })
    .await
}
