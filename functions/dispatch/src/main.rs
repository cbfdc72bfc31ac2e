//! Records waiting work, claims slots, starts attempts.

use aws::{LanePorts, StartError, clock, env, serve_queue};
use providers::gpu::{Allowed, HttpHosts};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    let ports = LanePorts::from_env().await?;
    let allowed = Allowed::new(env::list("ALLOWED_HOSTS"));
    let hosts = HttpHosts::new(ports.endpoint_key.source(), allowed)?;
    let lanes = ports.lanes(&hosts);
    serve_queue(async |input| dispatch::handle(&lanes, input, clock::now()).await).await
}
