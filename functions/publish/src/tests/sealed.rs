//! What goes out carries its own account, in the same bytes whoever sends it, and whenever.

use super::faults::cancel;
use super::posted::{call_of, job, place};
use super::*;
use domain::fakes::Fault;
use domain::ports::{Attested, Notary};
use domain::record::{AssetRecord, PublicationState};
use domain::sign::sha256;
use std::sync::atomic::{AtomicU32, Ordering};

/// Seals pictures but WebP, in other bytes each time, as real signatures do.
#[derive(Default)]
struct Sealer(AtomicU32);

#[async_trait]
impl Notary for Sealer {
    fn seals(&self, media_type: &str) -> bool {
        media_type != "image/webp"
    }

    async fn seal(&self, what: Attested<'_>, bytes: &[u8]) -> Result<Vec<u8>> {
        let n = self.0.fetch_add(1, Ordering::Relaxed);
        let acts: Vec<_> = what.facts.acts.iter().map(|act| act.action).collect();
        let account = format!(" {} {} {n}", what.title, acts.join(","));
        Ok([bytes, account.as_bytes()].concat())
    }
}

/// The same, with a key that is elsewhere: asking for a signature is a call to the world.
struct Asking<'a>(Sealer, &'a World);

#[async_trait]
impl Notary for Asking<'_> {
    fn seals(&self, media_type: &str) -> bool {
        self.0.seals(media_type)
    }

    async fn seal(&self, what: Attested<'_>, bytes: &[u8]) -> Result<Vec<u8>> {
        let sealed = self.0.seal(what, bytes).await?;
        self.1.faults.run(|| Ok(sealed))
    }
}

async fn sealed_call(world: &World, job: &JobView, notary: &dyn Notary) -> Result<Value> {
    let s3 = S3::new(&world.objects, &world.table, "public");
    let receiver = Receiver { world, answer: None };
    let targets: Targets<'_> = [("s3", &s3 as &dyn Target), ("webhook", &receiver)].into();
    let (table, objects) = (&world.table, &world.objects);
    let publishing =
        Publishing { table, objects, targets: &targets, hub: None, notary: Some(notary) };
    handle(&publishing, publish_call(job), NOW).await
}

/// What is published of each asset, by hash: it is what the ledger names, sealed where its format has a place for it.
async fn as_the_ledger_says(world: &World, job: &JobView) {
    let records = publications(world, job).await;
    assert_eq!(records.len(), 4);
    for record in records {
        assert_eq!(record.state, PublicationState::Done);
        let asset = &job.assets[&record.asset];
        let place = record.location.unwrap();
        let key = match place.strip_prefix("s3://public/") {
            Some(key) => key.to_owned(),
            None => format!("received/{}", Post::id(&job.job.id, "publish", &record.asset)),
        };
        let (bytes, _) = world.objects.peek(Bucket::Public, &key).unwrap();
        assert_eq!(sha256(&bytes), record.sha256);
        let sealed = asset.media_type != "image/webp";
        assert_eq!(record.sha256 != asset.sha256, sealed, "{}", asset.media_type);
        let text = String::from_utf8_lossy(&bytes);
        assert_eq!(text.contains("c2pa.created,c2pa.resized"), sealed);
    }
}

#[tokio::test]
async fn what_goes_out_is_sealed_and_the_asset_stays_what_was_judged() {
    let job = publishable(&json!({ "kind": "s3", "latest": true }));
    let world = world(&job);
    sealed_call(&world, &job, &Sealer::default()).await.unwrap();
    as_the_ledger_says(&world, &job).await;
    let assets: Vec<AssetRecord> = view(&world, &job).await.assets.into_values().collect();
    assert!(assets.iter().all(|asset| job.assets[&asset.id] == *asset));
    let latest = public(&world).into_iter().find(|key| key.ends_with("latest.json")).unwrap();
    let (latest, _) = world.objects.peek(Bucket::Public, &latest).unwrap();
    let latest = String::from_utf8(latest).unwrap();
    for record in publications(&world, &job).await {
        assert!(latest.contains(&record.sha256), "{latest}");
    }
}

#[tokio::test]
async fn however_it_fails_on_the_way_all_that_is_sent_is_one_set_of_bytes() {
    for job in [publishable(&json!({ "kind": "s3", "latest": true })), webhook()] {
        let clean = world(&job);
        sealed_call(&clean, &job, &Asking(Sealer::default(), &clean)).await.unwrap();
        for call in 1..=clean.faults.calls() {
            for fault in [Fault::Refused, Fault::Lost] {
                let world = world(&job);
                let notary = Asking(Sealer::default(), &world);
                world.faults.plan(call, fault);
                let _ = sealed_call(&world, &job, &notary).await;
                world.faults.clear();
                sealed_call(&world, &job, &notary).await.unwrap();
                as_the_ledger_says(&world, &job).await;
            }
        }
    }
}

#[tokio::test]
async fn what_was_sent_before_a_cancel_is_found_by_its_sealed_bytes() {
    let job = s3();
    let (world, notary) = (world(&job), Sealer::default());
    // Dies at its last write: one read, four gets, two sealed puts, the ledger, four puts.
    world.faults.plan(12, Fault::Refused);
    assert!(sealed_call(&world, &job, &notary).await.is_err());
    assert_eq!(public(&world).len(), 4);
    cancel(&world, &job);
    world.faults.clear();
    assert_eq!(sealed_call(&world, &job, &notary).await.unwrap(), json!({ "end": "canceled" }));
    as_the_ledger_says(&world, &job).await;
}

#[tokio::test]
async fn media_of_posts_are_sealed_once_too() {
    let job = job();
    let wave = job.plan.wave_of("publish~bluesky").unwrap();
    let call = Call { wave, ..call_of(&job) };
    let clean = place(&job);
    clean.call_sealed(call.clone(), Some(&Sealer::default())).await.unwrap();
    for at in 1..=clean.world.faults.calls() {
        let (place, notary) = (place(&job), Sealer::default());
        place.world.faults.plan(at, Fault::Lost);
        let _ = place.call_sealed(call.clone(), Some(&notary)).await;
        place.world.faults.clear();
        place.call_sealed(call.clone(), Some(&notary)).await.unwrap();
        let view = view(&place.world, &job).await;
        assert_eq!(view.postings.len(), 2);
        for gone in view.postings.iter().flat_map(|posting| &posting.media) {
            let sent = gone.sent.as_ref().expect("what was sent is not what was judged");
            let sealed = place.world.objects.listing();
            assert!(sealed.lines().any(|line| line.ends_with(sent.as_str())), "{sealed}");
        }
    }
}
