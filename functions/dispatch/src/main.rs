//! Records waiting work, claims slots, starts attempts.

use aws::{LanePorts, StartError, clock, env, serve_queue};
use dispatch::Eyes;
use domain::lane::Lanes;
use providers::gpu::{Allowed, HttpHosts};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    let ports = LanePorts::from_env().await?.knowing(providers::models());
    let allowed = Allowed::new(env::list("ALLOWED_HOSTS"));
    let hosts = HttpHosts::new(ports.endpoint_key.source(), allowed);
    serve_queue(async |input| {
        let settings = ports.settings().await?;
        let lanes = Lanes { eyes: &Eyes, ..ports.lanes(&hosts, &settings) };
        dispatch::handle(&lanes, input, clock::now()).await
    })
    .await
}
