//! Publishes the waves of the state machine.

use aws::{
    KmsKey, Patient, S3Objects, Secret, Secrets, StartError, clock, config, env, heard_table, serve,
};
use provenance::Sealer;
use publish::{Asked, Hub, Publishing, Spoke, Spokes, Target, Targets};
use publishers::line::Line;
use publishers::{Guarded, PrintPartner, S3, Shelf, Signed, Webhook, own, spokes};
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    let config = config::load().await;
    let (table, objects) = (heard_table(&config)?, S3Objects::from_env(&config)?);
    let s3 = S3::new(&objects, &table, env::var("PUBLIC_BUCKET")?);
    // Not the operator's list of GPU hosts: a pipeline's author names receivers, and must not reach those.
    let client = Guarded::new(env::list("WEBHOOK_HOSTS"));
    let key = Secret::from_env(&config, "SIGNING_KEY_PARAM")?;
    let line = Line::new(client.clone(), Arc::new(clock::now));
    let signed = Signed::new(&objects, &table, client, key.source());
    let (partner, webhook) = (PrintPartner::new(signed.clone()), Webhook::new(signed.clone()));
    let targets: Targets<'_> =
        [("s3", &s3 as &dyn Target), ("webhook", &webhook), ("print-partner", &partner)].into();
    let (known, public_url) = (spokes(&line), env::optional("PUBLIC_URL"));
    let shelf = Shelf::new(&objects, &table, env::var("PUBLIC_BUCKET")?, public_url.clone());
    let ours = own(&shelf, &signed);
    let ours = ours.iter().map(|spoke| (spoke.able().target, spoke.as_ref()));
    let theirs = known.iter().map(|(kind, spoke)| (*kind, spoke.as_ref() as &dyn Spoke));
    let spokes: Spokes<'_> = theirs.chain(ours).collect();
    let (public_url, vault) = (public_url.as_deref(), Secrets::of_connections(&config)?);
    let hub = Some(Hub { spokes: &spokes, vault: &vault, waits: &Patient, public_url });
    let certificate = Secret::if_named(&config, "CERTIFICATE_SECRET", "CERTIFICATE_PARAM");
    let held = KmsKey::if_named(&config, "CERTIFICATE_KEY");
    let sealer = certificate.map(|certificate| Sealer::new(certificate.source(), held));
    let notary = sealer.as_ref().map(|sealer| sealer as &dyn domain::ports::Notary);
    let publishing =
        Publishing { table: &table, objects: &objects, targets: &targets, hub, notary };
    serve(async |asked: Asked| publish::handle(&publishing, asked, clock::now).await).await
}
