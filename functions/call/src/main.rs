//! Calls vendors, and hears what they tell.

use aws::{LanePorts, StartError, clock, env, serve_held_and_events};
use call::Input;
use domain::vendor::Caller;
use providers::gpu::{Allowed, HttpHosts};
use providers::vendors::HttpVendors;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    let ports = LanePorts::from_env().await?;
    let allowed = Allowed::new(env::list("ALLOWED_HOSTS"));
    let hosts = HttpHosts::new(ports.endpoint_key.source(), allowed);
    let vendor_hosts = env::list("VENDOR_HOSTS");
    let vendors =
        HttpVendors::new(providers::all(), vendor_hosts, ports.vendors.source(), clock::now)
            .with_role(ports.own_key());
    serve_held_and_events(
        &ports.calls,
        async |input: Input, message| {
            let settings = ports.settings().await?;
            let lanes = ports.lanes(&hosts, &settings);
            let caller = Caller { lanes, vendors: &vendors, clock: &clock::now };
            call::handle(&caller, &input, message).await
        },
        async |event| {
            let settings = ports.settings().await?;
            let lanes = ports.lanes(&hosts, &settings);
            let caller = Caller { lanes, vendors: &vendors, clock: &clock::now };
            call::edge::answer(&caller, event).await
        },
    )
    .await
}
