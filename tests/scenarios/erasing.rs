//! Erasing and keeping: afterwards no byte and no prompt is found in bucket, table or logs.

use crate::harness::hosts;
use crate::harness::pipelines::one_render;
use crate::harness::world::World;
use aws::clock;
use domain::erase::{KeepRecord, Retention};
use domain::id::JobId;
use domain::ports::Table;
use domain::state::JobState;
use domain::store::{Key, Write};
use serde_json::{Value, json};

/// A word that nobody else uses.
fn word() -> String {
    let random: [u8; 8] = clock::random();
    random.iter().fold("zebra".to_owned(), |word, byte| format!("{word}{byte:02x}"))
}

/// A picture of that word, judged and published.
fn published(word: &str) -> Value {
    let mut pipeline = one_render(json!({}));
    pipeline["name"] = json!("to-erase");
    pipeline["steps"]["generate"]["with"]["prompt"] = json!(word);
    pipeline["steps"]["publish"] = json!({
        "kind": "publish", "after": ["good"],
        "with": { "assets": "{{ generate.image }}", "target": { "kind": "s3", "latest": true } },
    });
    pipeline
}

/// Keys of all versions in all buckets that have to do with a job.
async fn keys(world: &World, job: &JobId, tenant: &str) -> Vec<String> {
    let mut keys = Vec::new();
    for bucket in world.stack.buckets.values() {
        let list = world.s3.list_object_versions().bucket(bucket).send().await.unwrap();
        assert_ne!(list.is_truncated(), Some(true), "the test looks at one page");
        let all = list.versions().iter().filter_map(|version| version.key());
        let ours =
            |key: &&str| key.contains(job.as_str()) || *key == format!("{tenant}/latest.json");
        keys.extend(all.filter(ours).map(str::to_owned));
    }
    keys
}

#[tokio::test]
async fn what_is_erased_is_found_in_no_bucket_no_table_and_no_log() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let since = clock::now();
    let caller = world.tenant().await;
    let word = word();
    let job = caller.submit(&published(&word)).await;
    let view = world.ends(&job, JobState::Succeeded, 60).await;
    let asset = view.assets.values().next().unwrap().clone();
    assert!(!keys(&world, &job, caller.tenant.as_str()).await.is_empty());
    assert!(world.cloud.scan().await.contains(&word));
    let of_job = ["--job", job.as_str()];
    let of_asset = ["--asset", asset.id.as_str()];
    for what in [of_asset, of_job, of_job, of_asset] {
        let words = [["admin", "erase"], what, ["--reason", "asked to"]].concat();
        let words = [&words[..], &["--yes"]].concat();
        let output = super::command::galley(&world, "", &words).await;
        assert!(output.status.success(), "{output:?}");
    }
    let intent = Key::new(domain::record::job_pk(&job), "ERASE");
    let intent = world.table.get(&[intent]).await.unwrap().remove(0).unwrap();
    assert_eq!((&intent["done"], intent.get("assets")), (&json!(true), None), "the whole job");
    assert_eq!(keys(&world, &job, caller.tenant.as_str()).await, Vec::<String>::new());
    assert!(!world.cloud.scan().await.contains(&word), "the table has no prompt");
    for function in world.stack.functions.keys() {
        let lines = world.cloud.printed(function, since.0).await;
        assert!(!lines.iter().any(|line| line.contains(&word)), "{function} logged the prompt");
    }
    let shown = caller.get(&format!("/v1/jobs/{job}")).await.body;
    assert_eq!(shown["erased"]["reason"], "asked to");
    assert_eq!(shown["assets"][0]["sha256"], json!(asset.sha256), "a tombstone has the hash");
    let answer = caller.get(&format!("/v1/assets/{}", asset.id)).await;
    assert_eq!(answer.status, 410, "{answer:?}");
}

#[tokio::test]
async fn what_was_kept_long_enough_goes_by_the_sweep() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let words =
        ["admin", "tenants", "keep", caller.tenant.as_str(), "--outputs", "1", "--texts", "1"];
    let output = super::command::galley(&world, "", &words).await;
    assert!(output.status.success(), "{output:?}");
    let word = word();
    let job = caller.submit(&published(&word)).await;
    world.ends(&job, JobState::Succeeded, 60).await;
    let kept = world.table.get(&[KeepRecord::key(&job)]).await.unwrap();
    let mut kept: KeepRecord = domain::store::from_item(kept[0].as_ref().unwrap()).unwrap();
    let policy = Retention { outputs: Some(1), texts: Some(1), ..Retention::default() };
    assert_eq!(kept.keep, policy, "it is kept as its tenant wants");
    world.sweep().await;
    assert!(world.cloud.scan().await.contains(&word), "its day is not over");
    // Two days later.
    kept.since = domain::Time(kept.since.0 - 2 * 24 * 3600 * 1000);
    kept.due_at = clock::now();
    world.write(vec![Write::put(KeepRecord::key(&job), &kept).unwrap()]).await;
    world.sweep().await;
    assert!(!world.cloud.scan().await.contains(&word), "the table has no prompt");
    let view = world.job(&job).await;
    let asset = view.assets.values().next().unwrap();
    assert!(asset.erased.is_some());
    let left = keys(&world, &job, caller.tenant.as_str()).await;
    assert!(!left.contains(&asset.key), "{left:?}");
}
