//! Pushes events to those who watch.

use aws::{DynamoTable, S3Objects, Secret, Sockets, StartError, clock, config, serve_events};
use domain::sign::SigningKey;
use domain::watch::Streams;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    let config = config::load().await;
    let (table, objects) = (DynamoTable::from_env(&config)?, S3Objects::from_env(&config)?);
    let connections = Sockets::from_env(&config)?;
    let secret = Secret::from_env(&config, "SIGNING_KEY_PARAM")?;
    serve_events(async |event| {
        let signing_key = SigningKey::new(secret.get().await?);
        let streams = Streams {
            table: &table,
            objects: &objects,
            connections: &connections,
            signing_key: &signing_key,
        };
        stream::edge::answer(&streams, event, clock::now()).await
    })
    .await
}
