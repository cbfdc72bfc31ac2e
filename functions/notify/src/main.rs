//! Tells the outside what happened.

use aws::{DynamoTable, EventBus, Secret, SqsQueue, StartError, clock, config, env, serve_outbox};
use domain::notify::{Errand, Outlets};
use notify::Notifying;
use publishers::{Guarded, Notices};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    let config = config::load().await;
    let (table, bus) = (DynamoTable::from_env(&config)?, EventBus::from_env(&config)?);
    let notices = SqsQueue::notices_from_env(&config)?;
    let key = Secret::from_env(&config, "SIGNING_KEY_PARAM")?;
    // Not the operator's list of GPU hosts: callers name receivers, and must not reach those.
    let receivers = Notices::new(Guarded::new(env::list("WEBHOOK_HOSTS")), key.source());
    let api_url = env::var("API_URL")?;
    let outlets = Outlets { table: &table, bus: &bus, notices: &notices, api_url: &api_url };
    let pace = env::parsed("NOTIFY_PACE")?;
    let notifying = Notifying { outlets, receivers: &receivers, pace };
    serve_outbox(
        async |items| notify::announce(&notifying, &items, clock::now()).await,
        async |errand: Errand| {
            let [chance] = clock::random();
            notify::deliver(&notifying, &errand, chance, clock::now()).await
        },
    )
    .await
}
