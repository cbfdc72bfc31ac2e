//! What posts left behind goes when a job, or an asset of it, is erased.

use super::posted::{Place, job, place};
use super::*;
use domain::erase::{Erased, erase_job};
use domain::fakes::every_fault;
use domain::id::AssetId;
use domain::record::PostingRecord;
use domain::state::JobState;
use domain::store::Write;
use std::collections::BTreeSet;

/// A job whose posts went to a receiver, to a target that is told addresses, and into our bucket; and its media.
async fn posted() -> (Place, JobView, Vec<String>) {
    let job = job();
    let place = place(&job);
    place.call(&job).await.unwrap();
    let end = domain::job::End {
        job: job.job.id.clone(),
        run: 1,
        end: JobState::Succeeded,
        event: 0,
        reason: None,
    };
    domain::job::settle(&place.world.table, &end, NOW).await.unwrap();
    let (world, tenant) = (&place.world, &job.job.tenant);
    let view = view(world, &job).await;
    let mut hashes = Vec::new();
    for (posting, target) in view.postings.iter().zip(["webhook", "s3"]) {
        let mut posting = posting.clone();
        posting.target = target.into();
        posting.remote = (target == "s3").then(|| format!("{tenant}/journal/fox.json"));
        let medium = posting.media[0].clone();
        let sent = medium.sent.unwrap_or(medium.sha256);
        let own = PostingRecord::own_id(&job.job.id, &posting.step);
        let copies = [
            (Bucket::Assets, format!("incoming/posts/{tenant}/{own}/{sent}.png")),
            (Bucket::Public, format!("{tenant}/journal/fox/{sent}.png")),
            (Bucket::Public, format!("{tenant}/journal/fox.html")),
            (Bucket::Public, format!("{tenant}/journal/fox.json")),
            (Bucket::Public, format!("{tenant}/journal/foxes.json")),
        ];
        for (bucket, key) in copies {
            world.objects.plant(bucket, &key, *b"fox");
        }
        hashes.push(sent);
        let key = PostingRecord::key(&job.job.id, &posting.step);
        world.table.plant(Write::put(key, &posting).unwrap());
    }
    (place, job, hashes)
}

async fn erased(world: &World, job: &JobView, roots: Option<&BTreeSet<AssetId>>) -> Erased {
    erase_job(&world.erasing(), &job.job.id, roots, "asked to", NOW).await.unwrap()
}

#[tokio::test]
async fn an_erased_asset_takes_along_the_copies_that_posts_made_of_it() {
    let (place, job, hashes) = posted().await;
    let picture = job.assets.values().find(|asset| asset.step == "generate").unwrap();
    let gone = erased(&place.world, &job, Some(&[picture.id.clone()].into())).await;
    let left = place.world.objects.listing();
    for sent in hashes {
        assert!(!left.contains(&format!("{sent}.png")), "{left}");
    }
    assert!(!left.contains("fox.json") && !left.contains("fox.html"), "its words go: {left}");
    assert!(!place.world.listing().contains("fox."), "{}", place.world.listing());
    let view = view(&place.world, &job).await;
    let down: Vec<bool> = view.postings.iter().map(|one| one.taken_down.is_some()).collect();
    assert_eq!(down, [false, true], "our own page is gone, of the receiver nobody knows");
    let told = format!("post {}.publish~bluesky was sent to a webhook", job.job.id);
    assert_eq!(gone.left, [told]);
}

#[tokio::test]
async fn an_erased_job_takes_its_posts_along_and_nothing_else() {
    let (place, job, _) = posted().await;
    erased(&place.world, &job, None).await;
    let left = place.world.objects.listing();
    let keys: Vec<&str> = left.lines().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(keys, [format!("{}/journal/foxes.json", job.job.tenant)]);
}

#[tokio::test]
async fn whatever_fails_while_posts_are_erased_the_end_is_the_same() {
    let (_, job, _) = posted().await;
    let act = async |world: &World| {
        erase_job(&world.erasing(), &job.job.id, None, "asked to", NOW).await.map(drop)
    };
    every_fault(async || posted().await.0.world, act, World::listing).await;
}
