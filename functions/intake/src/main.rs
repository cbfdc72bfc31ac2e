//! The intake function.

use aws::{
    PublishFunction, S3Objects, Secret, Secrets, SfnFlow, SqsQueue, StartError, config, env,
    heard_table, serve_events,
};
use domain::sign::SigningKey;
use intake::{Intake, Machine, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    let config = config::load().await;
    let (table, objects) = (heard_table(&config)?, S3Objects::from_env(&config)?);
    let (queue, notices) = (SqsQueue::from_env(&config)?, SqsQueue::notices_from_env(&config)?);
    let (flow, vault) = (SfnFlow::from_env(&config)?, Secrets::of_connections(&config)?);
    let secret = Secret::from_env(&config, "SIGNING_KEY_PARAM")?;
    let (accounts, models) = (PublishFunction::from_env(&config)?, providers::models());
    let (undo_s, hosts) = (env::parsed("REVIEW_UNDO_S")?, env::list("WEBHOOK_HOSTS"));
    let stream_url = env::var("STREAM_URL")?;
    serve_events(async |event| {
        let intake = Intake {
            table: &table,
            objects: &objects,
            flow: &flow,
            queue: &queue,
            notices: &notices,
            webhook_hosts: &hosts,
            models: &models,
            vault: &vault,
            accounts: &accounts,
            publisher: &accounts,
            signing_key: &SigningKey::new(secret.get().await?),
            stream_url: &stream_url,
            undo_s,
            clock: &Machine,
        };
        handle(&intake, event).await
    })
    .await
}
