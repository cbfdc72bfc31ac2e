//! The console function.

use aws::{DynamoTable, S3Objects, Secret, StartError, clock, config, env, serve_events};
use console::{Console, HttpWire, Oidc, Place, Settings, handle};
use domain::sign::SigningKey;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    let config = config::load().await;
    let (table, objects) = (DynamoTable::from_env(&config)?, S3Objects::from_env(&config)?);
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
