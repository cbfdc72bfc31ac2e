//! Judges the gates of a wave.

use aws::{S3Objects, StartError, clock, config, heard_table, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    let config = config::load().await;
    let table = heard_table(&config)?;
    let objects = S3Objects::from_env(&config)?;
    serve(async |call| gate::handle(&table, &objects, call, clock::now).await).await
}
