//! Takes in what GPU hosts report and announce.

use aws::{LanePorts, StartError, clock, env, serve_events};
use providers::gpu::{Allowed, HttpHosts};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    let ports = LanePorts::from_env().await?;
    let allowed = Allowed::new(env::list("ALLOWED_HOSTS"));
    let hosts = HttpHosts::new(ports.endpoint_key.source(), allowed)?;
    let lanes = ports.lanes(&hosts);
    let key = &ports.endpoint_key;
    serve_events(async |event| callback::edge::answer(&lanes, key, event, clock::now()).await).await
}
