//! Publishes the waves of the state machine.

use aws::{S3Objects, Secret, StartError, clock, config, env, heard_table, serve};
use publish::{Publishing, Target, Targets};
use publishers::{Guarded, PrintPartner, S3, Signed, Webhook};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    let config = config::load().await;
    let (table, objects) = (heard_table(&config)?, S3Objects::from_env(&config)?);
    let s3 = S3::new(&objects, &table, env::var("PUBLIC_BUCKET")?);
    // Not the operator's list of GPU hosts: a pipeline's author names receivers, and must not reach those.
    let client = Guarded::new(env::list("WEBHOOK_HOSTS"));
    let key = Secret::from_env(&config, "SIGNING_KEY_PARAM")?;
    let signed = Signed::new(&objects, &table, client, key.source());
    let (partner, webhook) = (PrintPartner::new(signed.clone()), Webhook::new(signed));
    let targets: Targets<'_> =
        [("s3", &s3 as &dyn Target), ("webhook", &webhook), ("print-partner", &partner)].into();
    let publishing = Publishing { table: &table, objects: &objects, targets: &targets };
    serve(async |call| publish::handle(&publishing, call, clock::now).await).await
}
