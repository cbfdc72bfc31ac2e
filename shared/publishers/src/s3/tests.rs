//! Keys, headers, and the pointer that never goes back.

use super::*;
use async_trait::async_trait;
use domain::error::Result;
use domain::fakes::{Fault, NOW, World, publishable_job};
use domain::id::{AssetId, JobId};
use domain::ports::{Eraser, Extent, Presigned};
use domain::time::Time;
use std::sync::atomic::{AtomicBool, Ordering};

fn post(settings: Value, job: JobId) -> Post {
    let view = publishable_job(&json!({ "kind": "s3" }), job);
    let asset = &view.assets[&AssetId::new(&view.job.id, "ladder", "1", 0)];
    Post::new(&view, "publish", asset, settings.as_object().unwrap(), NOW)
}

fn job(age: i64) -> JobId {
    JobId::new(Time(NOW.0 + age), [1; 10])
}

fn bytes(post: &Post) -> Vec<u8> {
    domain::fakes::publishable_bytes(&post.asset.id)
}

#[test]
fn keys_are_readable_or_follow_the_content_and_begin_with_the_tenant() {
    let key = |settings| key(&post(settings, job(0)));
    let (id, hash) = (job(0), post(json!({}), job(0)).asset.sha256);
    assert_eq!(key(json!({})), format!("acme/{id}/ladder-480w.jpg"));
    assert_eq!(key(json!({ "prefix": "a/b" })), format!("acme/a/b/{id}/ladder-480w.jpg"));
    assert_eq!(key(json!({ "name_by": "hash", "prefix": "a" })), format!("acme/a/{hash}.jpg"));
}

#[tokio::test]
async fn an_object_is_put_with_its_type_and_cache_headers() {
    for (settings, expected) in [
        (json!({}), A_WHILE),
        (json!({ "name_by": "hash" }), FOREVER),
        (json!({ "cache_control": "no-store" }), "no-store"),
    ] {
        let world = World::default();
        let target = S3::new(&world.objects, &world.table, "public");
        let post = post(settings, job(0));
        assert!(matches!(target.check(&post).await, Outcome::Refused(Refusal::Later, _)));
        let done = Outcome::Done(format!("s3://public/{}", key(&post)));
        assert_eq!(target.start(&post, bytes(&post)).await, done);
        assert_eq!(target.check(&post).await, done);
        let (found, how) = world.objects.peek(Bucket::Public, &key(&post)).unwrap();
        assert_eq!(found, bytes(&post));
        assert_eq!(how.media_type, "image/jpeg");
        assert_eq!(how.cache_control.as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn other_bytes_at_the_key_are_not_the_publication() {
    let world = World::default();
    let target = S3::new(&world.objects, &world.table, "public");
    let post = post(json!({}), job(0));
    world.objects.plant(Bucket::Public, &key(&post), "others");
    assert!(matches!(target.check(&post).await, Outcome::Refused(Refusal::Later, _)));
}

#[tokio::test]
async fn a_put_whose_answer_is_lost_is_unknown() {
    let world = World::default();
    let target = S3::new(&world.objects, &world.table, "public");
    let post = post(json!({}), job(0));
    world.faults.plan(0, Fault::Lost);
    assert!(matches!(target.start(&post, bytes(&post)).await, Outcome::Unknown(_)));
    assert!(matches!(target.check(&post).await, Outcome::Done(_)));
}

async fn finalize(objects: &dyn Objects, world: &World, job: JobId) -> Outcome {
    let post = post(json!({ "prefix": "heroes", "latest": true }), job);
    let location = format!("s3://public/{}", key(&post));
    S3::new(objects, &world.table, "public").finalize(&[Posted { post, location }]).await
}

fn pointed_at(world: &World) -> String {
    let (bytes, how) = world.objects.peek(Bucket::Public, "acme/heroes/latest.json").unwrap();
    assert_eq!(how.cache_control.as_deref(), Some("no-cache"));
    let pointer: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(pointer["assets"][0]["media_type"], "image/jpeg");
    pointer["job"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_pointer_moves_to_newer_jobs_only() {
    let world = World::default();
    for (age, expected) in [(5, 5), (3, 5), (5, 5), (9, 9), (5, 9)] {
        let done = Outcome::Done("s3://public/acme/heroes/latest.json".into());
        assert_eq!(finalize(&world.objects, &world, job(age)).await, done);
        assert_eq!(pointed_at(&world), job(expected).to_string(), "after {age}");
    }
}

#[tokio::test]
async fn no_pointer_is_written_that_was_not_asked_for() {
    let world = World::default();
    let post = post(json!({ "prefix": "heroes" }), job(0));
    let posted = [Posted { post, location: String::new() }];
    S3::new(&world.objects, &world.table, "public").finalize(&posted).await;
    assert_eq!(world.listing(), World::default().listing());
}

/// Objects that let a newer job finish just before the older one's first put arrives.
struct Overtaken<'a> {
    world: &'a World,
    done: AtomicBool,
}

#[async_trait]
impl Eraser for Overtaken<'_> {
    async fn erase(&self, bucket: Bucket, what: &Extent) -> Result<u64> {
        self.world.objects.erase(bucket, what).await
    }
}

#[async_trait]
impl Objects for Overtaken<'_> {
    async fn get(&self, bucket: Bucket, key: &str, limit: u64) -> Result<Option<Vec<u8>>> {
        self.world.objects.get(bucket, key, limit).await
    }

    async fn put(&self, bucket: Bucket, key: &str, bytes: Vec<u8>, how: &Put) -> Result<bool> {
        if !self.done.swap(true, Ordering::SeqCst) {
            finalize(&self.world.objects, self.world, job(9)).await;
        }
        self.world.objects.put(bucket, key, bytes, how).await
    }

    async fn presign_get(&self, bucket: Bucket, key: &str, seconds: u32) -> Result<Presigned> {
        self.world.objects.presign_get(bucket, key, seconds).await
    }

    async fn presign_put(
        &self,
        bucket: Bucket,
        key: &str,
        media_type: &str,
        seconds: u32,
    ) -> Result<Presigned> {
        self.world.objects.presign_put(bucket, key, media_type, seconds).await
    }
}

#[tokio::test]
async fn of_two_jobs_that_race_the_newer_one_is_the_latest() {
    let world = World::default();
    let overtaken = Overtaken { world: &world, done: AtomicBool::new(false) };
    assert!(matches!(finalize(&overtaken, &world, job(3)).await, Outcome::Done(_)));
    assert_eq!(pointed_at(&world), job(9).to_string());
}
