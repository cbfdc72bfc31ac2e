//! The console function.

use aws::{
    PublishFunction, S3Objects, Secret, Secrets, SqsQueue, StartError, clock, config, env,
    heard_table, serve_events,
};
use console::{Console, HttpWire, Oidc, Place, handle, settings};
use domain::sign::SigningKey;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    let config = config::load().await;
    let (table, queue) = (heard_table(&config)?, SqsQueue::from_env(&config)?);
    let (objects, flow) = (S3Objects::from_env(&config)?, aws::SfnFlow::from_env(&config)?);
    let undo_s = env::parsed("REVIEW_UNDO_S")?;
    let (vault, publish) = (Secrets::of_connections(&config)?, PublishFunction::from_env(&config)?);
    let secret = Secret::from_env(&config, "SIGNING_KEY_PARAM")?;
    let place = Place { base: env::var("API_URL")? };
    let oidc = Oidc::new(settings()?, Box::new(HttpWire::default()));
    serve_events(async |event| {
        let signing_key = SigningKey::new(secret.get().await?);
        let console = Console {
            table: &table,
            objects: &objects,
            flow: &flow,
            queue: &queue,
            undo_s,
            vault: &vault,
            accounts: &publish,
            publisher: &publish,
            oidc: &oidc,
            signing_key: &signing_key,
            place: &place,
            random: clock::random,
            now: clock::now(),
        };
        handle(&console, event).await
    })
    .await
}
