//! The console function.

use aws::{S3Objects, Secret, SqsQueue, StartError, clock, config, env, heard_table, serve_events};
use console::{Console, HttpWire, Oidc, Place, Settings, handle};
use domain::sign::SigningKey;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    let config = config::load().await;
    let (table, queue) = (heard_table(&config)?, SqsQueue::from_env(&config)?);
    let (objects, flow) = (S3Objects::from_env(&config)?, aws::SfnFlow::from_env(&config)?);
    let undo_s = env::parsed("REVIEW_UNDO_S")?;
    let secret = Secret::from_env(&config, "SIGNING_KEY_PARAM")?;
    let place = Place { base: env::var("API_URL")? };
    let settings = Settings {
        issuer: env::var("OIDC_ISSUER")?,
        discovery: env::var("OIDC_DISCOVERY")?,
        client: env::var("OIDC_CLIENT")?,
        groups: env::var("OIDC_GROUPS")?,
        tenant: env::var("OIDC_TENANT")?,
    };
    let oidc = Oidc::new(settings, Box::new(HttpWire::default()));
    serve_events(async |event| {
        let signing_key = SigningKey::new(secret.get().await?);
        let console = Console {
            table: &table,
            objects: &objects,
            flow: &flow,
            queue: &queue,
            undo_s,
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
