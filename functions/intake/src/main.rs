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
    let flow = SfnFlow::from_env(&config)?;
    let (queue, notices) = (SqsQueue::from_env(&config)?, SqsQueue::notices_from_env(&config)?);
    let webhook_hosts = env::list("WEBHOOK_HOSTS");
    let secret = Secret::from_env(&config, "SIGNING_KEY_PARAM")?;
    let vault = Secrets::of_connections(&config)?;
    let (accounts, stream_url) = (PublishFunction::from_env(&config)?, env::var("STREAM_URL")?);
    let (undo_s, models) = (env::parsed("REVIEW_UNDO_S")?, providers::models());
    serve_events(async |event| {
        let signing_key = SigningKey::new(secret.get().await?);
        let intake = Intake {
            table: &table,
            objects: &objects,
            flow: &flow,
            queue: &queue,
            notices: &notices,
            webhook_hosts: &webhook_hosts,
            models: &models,
            vault: &vault,
            accounts: &accounts,
            signing_key: &signing_key,
            stream_url: &stream_url,
            undo_s,
            clock: &Machine,
        };
        handle(&intake, event).await
    })
    .await
}
