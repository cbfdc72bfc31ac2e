//! Erasing in a world in memory: what is gone, what stays, and what a crash leaves.

use domain::erase::{KeepRecord, Retention, close, copies, erase_job, erase_tenant, keep};
use domain::fakes::{Fault, NOW, World, every_fault};
use domain::id::{AssetId, AttemptId, JobId, TenantId};
use domain::job::{End, job_json, retry, settle};
use domain::lane::GPU;
use domain::ports::{Bucket, Objects as _, Put, Table as _};
use domain::record::{AssetRecord, DUE, JobRecord};
use domain::state::JobState;
use domain::store::{Key, Write, from_item};
use domain::sweep::sweep;
use domain::tenant::TenantRecord;
use domain::trigger::TRIGGERS;
use domain::view::JobView;
use serde_json::json;
use std::collections::BTreeSet;

const PROMPT: &str = "a zebra in zanzibar";
const PIPELINE: &str = r#"
name: two
inputs: { prompt: { type: text } }
budget_usd: 0.50
steps:
  generate: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}" }, deadline_s: 300 }
  cutout: { kind: image.remove_background, with: { image: "{{ generate.image }}" } }
  good: { kind: gate.quality, with: { images: "{{ cutout.image }}" } }
"#;

/// A job whose two renders are done and which has ended.
pub(super) async fn world() -> World {
    let world = World::default();
    world.host("host-a", 1).await;
    let job = world.job(1, PIPELINE, json!({ "prompt": PROMPT })).await;
    for (wave, step) in ["generate", "cutout"].into_iter().enumerate() {
        world.lanes().take(&world.message(&job, wave), NOW).await.unwrap();
        world.lanes().fill(GPU, NOW).await.unwrap();
        let report = world.success(&AttemptId::new(&job, step, 1), 1);
        world.lanes().report(&report, NOW).await.unwrap();
    }
    end(&world, &job).await;
    world
}

async fn end(world: &World, job: &JobId) {
    let end = End { job: job.clone(), run: 1, end: JobState::Succeeded, event: 9, reason: None };
    assert_eq!(settle(&world.table, &end, NOW).await, Ok(JobState::Succeeded));
}

pub(super) fn job() -> JobId {
    JobId::new(NOW, [1; 10])
}

fn acme() -> TenantId {
    TenantId::parse("acme").unwrap()
}

pub(super) async fn asset(world: &World, step: &str) -> AssetRecord {
    let view = JobView::expect(&world.table, &job()).await.unwrap();
    view.assets.into_values().find(|asset| asset.step == step).unwrap()
}

pub(super) fn bytes(world: &World, asset: &AssetRecord) -> bool {
    world.objects.peek(Bucket::Assets, &asset.key).is_some()
}

#[tokio::test]
async fn an_erased_job_has_no_byte_and_no_word_left_but_its_hashes_times_and_money() {
    let world = world().await;
    let before = asset(&world, "cutout").await;
    assert!(world.listing().contains(PROMPT) && bytes(&world, &before));
    for place in domain::chunk::places(&job()) {
        world.objects.plant(Bucket::Assets, &format!("{place}film.1/001.mp4"), *b"seen");
    }
    let gone = erase_job(&world.erasing(), &job(), None, "asked to", NOW.plus_s(60)).await.unwrap();
    assert_eq!((gone.jobs, gone.assets), (1, 2));
    assert!(!world.listing().contains("zebra"), "{}", world.listing());
    assert_eq!(world.objects.listing(), "");
    let after = asset(&world, "cutout").await;
    assert_eq!((&after.sha256, after.bytes), (&before.sha256, before.bytes));
    assert_eq!(after.erased.unwrap().reason, "asked to");
    let view = JobView::expect(&world.table, &job()).await.unwrap();
    assert_eq!((view.job.state, view.attempts.len()), (JobState::Succeeded, 2));
    assert!(view.attempts.iter().all(|one| one.usd.is_some()), "the ledger stays");
    let said = job_json(&view);
    assert_eq!(said["erased"]["reason"], "asked to");
}

/// Plants what was told of a job, to a webhook and to whoever listens.
fn tell(world: &World, job: &JobId) {
    let id = format!("{job}.00000009");
    let body = json!({ "id": id, "body": format!("{{\"reason\": \"{PROMPT}\"}}") });
    for (pk, sk) in [("DELIVERIES#acme", id.clone()), ("FEED#acme", format!("{:013}#{id}", NOW.0))]
    {
        world.table.plant(Write::put(Key::new(pk, sk), &body).unwrap());
    }
}

#[tokio::test]
async fn what_was_told_of_an_erased_job_goes_too_and_of_others_it_stays() {
    let told = |world: &World| {
        let listing = world.table.listing();
        listing.lines().filter(|line| line.contains("#acme ") && line.contains(".00000009")).count()
    };
    let other = JobId::new(NOW, [7; 10]);
    let world = world().await;
    tell(&world, &job());
    tell(&world, &other);
    assert_eq!(told(&world), 4);
    erase_job(&world.erasing(), &job(), None, "asked to", NOW).await.unwrap();
    assert_eq!(told(&world), 2);
    assert!(world.table.listing().contains(&format!("DELIVERIES#acme {other}")));
    let world = kept(json!({ "texts": 7, "outputs": 3 })).await;
    tell(&world, &job());
    for (days, left) in [(4, 2), (8, 0)] {
        keep(&world.erasing(), &job(), NOW.plus_s(days * 24 * 3600)).await.unwrap();
        assert_eq!(told(&world), left, "after {days} days");
    }
}

#[tokio::test]
async fn an_erased_asset_takes_along_what_was_made_from_it_and_nothing_else() {
    let world = world().await;
    let (source, made) = (asset(&world, "generate").await, asset(&world, "cutout").await);
    let only = BTreeSet::from([made.id.clone()]);
    erase_job(&world.erasing(), &job(), Some(&only), "logo", NOW).await.unwrap();
    assert_eq!((bytes(&world, &source), bytes(&world, &made)), (true, false));
    assert!(!world.listing().contains("zebra"), "the words go in any case");
    let all = BTreeSet::from([source.id.clone()]);
    let gone = erase_job(&world.erasing(), &job(), Some(&all), "face", NOW).await.unwrap();
    assert_eq!((bytes(&world, &source), gone.assets), (false, 1));
    let stranger = BTreeSet::from([AssetId::new(&job(), "nothing", "1", 0)]);
    let missing = erase_job(&world.erasing(), &job(), Some(&stranger), "x", NOW).await;
    assert!(missing.unwrap_err().to_string().contains("has no asset"));
}

#[tokio::test]
async fn a_job_that_runs_or_is_not_there_is_left_alone() {
    let world = World::default();
    let job = world.job(1, PIPELINE, json!({ "prompt": PROMPT })).await;
    let before = world.listing();
    let running = erase_job(&world.erasing(), &job, None, "x", NOW).await.unwrap_err();
    let expected = format!("job {job} is accepted: cancel it, wait for its end, then erase it");
    assert_eq!(running.to_string(), expected);
    assert_eq!(world.listing(), before);
    let nobody = JobId::new(NOW, [9; 10]);
    let missing = erase_job(&world.erasing(), &nobody, None, "x", NOW).await.unwrap_err();
    assert_eq!(missing.to_string(), format!("there is no job {nobody}"));
}

#[tokio::test]
async fn whatever_fails_in_the_midst_of_it_the_end_is_the_same() {
    let act = async |world: &World| {
        erase_job(&world.erasing(), &job(), None, "asked to", NOW).await.map(drop)
    };
    every_fault(world, act, World::listing).await;
}

#[tokio::test]
async fn the_sweep_goes_on_with_what_was_begun_and_returns_for_what_came_late() {
    let world = world().await;
    // It died right after the intent.
    world.faults.plan(3, Fault::Refused);
    erase_job(&world.erasing(), &job(), None, "asked to", NOW).await.unwrap_err();
    world.faults.clear();
    assert!(world.listing().contains("zebra"));
    let soon = NOW.plus_s(301);
    sweep(&world.lanes(), soon).await.unwrap();
    assert!(!world.listing().contains("zebra"));
    // A host that was given up puts its output after all.
    let key = format!("incoming/{}.generate.1/image", job());
    world.objects.put(Bucket::Assets, &key, vec![1], &Put::default()).await.unwrap();
    sweep(&world.lanes(), soon.plus_s(60)).await.unwrap();
    assert!(world.objects.peek(Bucket::Assets, &key).is_some(), "not yet");
    sweep(&world.lanes(), soon.plus_s(4 * 24 * 3600)).await.unwrap();
    assert_eq!(world.objects.listing(), "");
    assert!(!world.table.listing().contains("ERASE"), "nothing more is expected");
}

#[tokio::test]
async fn an_erased_job_is_not_retried() {
    let world = World::default();
    let job = world.job(1, PIPELINE, json!({ "prompt": PROMPT })).await;
    let failed = End { job: job.clone(), run: 1, end: JobState::Failed, event: 1, reason: None };
    settle(&world.table, &failed, NOW).await.unwrap();
    erase_job(&world.erasing(), &job, None, "asked to", NOW).await.unwrap();
    let retried = retry(&world.table, &world.flow, &job, NOW).await.unwrap_err();
    assert!(retried.to_string().ends_with(": asked to"), "{retried}");
    assert_eq!(world.flow.started().len(), 1);
}

/// The copy that a later job was given of an asset.
async fn copied(world: &World, source: &AssetRecord, later: &JobId) -> AssetRecord {
    let copy = AssetRecord {
        id: AssetId::new(later, "inputs", "photo", 0),
        step: "inputs".into(),
        key: AssetRecord::object_key(&acme(), later, &source.sha256, &source.media_type),
        made_from: vec![source.id.clone()],
        ..source.clone()
    };
    world.table.plant(Write::put(AssetRecord::record_key(&copy.id), &copy).unwrap());
    let inputs = json!({ "inputs": { "photo": copy.id } });
    world.table.write(vec![Write::set(JobRecord::key(later), inputs)]).await.unwrap();
    copy
}

#[tokio::test]
async fn copies_in_later_jobs_are_found_and_only_those() {
    let world = world().await;
    let source = asset(&world, "cutout").await;
    let later = world.job(2, PIPELINE, json!({ "prompt": "another" })).await;
    let copy = copied(&world, &source, &later).await;
    let found = copies(&world.erasing(), &acme(), &job(), &[source.id].into()).await.unwrap();
    assert_eq!(found, [(later, BTreeSet::from([copy.id]))].into());
    let other = asset(&world, "generate").await;
    let found = copies(&world.erasing(), &acme(), &job(), &[other.id].into()).await.unwrap();
    assert!(found.is_empty());
}

#[tokio::test]
async fn a_copy_is_found_in_a_later_job_whose_texts_are_gone() {
    let words_go = async |world: &World, later: &JobId, copy: &AssetId| {
        let policy = Retention { texts: Some(1), ..Retention::default() };
        world.table.plant(policy.write(later, NOW).unwrap().unwrap());
        keep(&world.erasing(), later, NOW.plus_s(2 * 24 * 3600)).await.map(|_| copy.clone())
    };
    let another_goes = async |world: &World, later: &JobId, copy: &AssetId| {
        let other = AssetId::new(later, "inputs", "mask", 0);
        let record = world.table.peek(&AssetRecord::record_key(copy)).unwrap();
        let mut record: AssetRecord = from_item(&record).unwrap();
        (record.id, record.key, record.made_from) = (other.clone(), "other".into(), vec![]);
        world.table.plant(Write::put(AssetRecord::record_key(&other), &record).unwrap());
        let others = BTreeSet::from([other]);
        let gone = erase_job(&world.erasing(), later, Some(&others), "a mask", NOW).await;
        gone.map(|_| copy.clone())
    };
    for by_retention in [true, false] {
        let world = world().await;
        let source = asset(&world, "cutout").await;
        let later = world.job(2, PIPELINE, json!({ "prompt": "another" })).await;
        let copy = copied(&world, &source, &later).await;
        let failed =
            End { job: later.clone(), run: 1, end: JobState::Failed, event: 1, reason: None };
        settle(&world.table, &failed, NOW).await.unwrap();
        let copy = match by_retention {
            true => words_go(&world, &later, &copy.id).await.unwrap(),
            false => another_goes(&world, &later, &copy.id).await.unwrap(),
        };
        let record: JobRecord =
            from_item(&world.table.peek(&JobRecord::key(&later)).unwrap()).unwrap();
        assert!(record.inputs.is_empty() && record.erased.is_some());
        let found = copies(&world.erasing(), &acme(), &job(), &[source.id].into()).await.unwrap();
        assert_eq!(found, [(later, BTreeSet::from([copy]))].into());
    }
}

/// A job that has ended, kept by this policy.
async fn kept(policy: serde_json::Value) -> World {
    let world = world().await;
    let policy: Retention = serde_json::from_value(policy).unwrap();
    world.table.plant(policy.write(&job(), NOW).unwrap().unwrap());
    world
}

#[tokio::test]
async fn each_class_goes_when_its_days_are_over() {
    let world = kept(json!({ "intermediates": 7, "outputs": 30, "texts": 10 })).await;
    let (source, made) = (asset(&world, "generate").await, asset(&world, "cutout").await);
    let after = async |days: u32| {
        let now = NOW.plus_s(days * 24 * 3600 + 1);
        sweep(&world.lanes(), now).await.unwrap();
        let words = world.listing().contains("zebra");
        (bytes(&world, &source), bytes(&world, &made), words)
    };
    let seen = format!("chunks/{}.film.1/001.mp4", job());
    world.objects.plant(Bucket::Assets, &seen, *b"seen");
    assert_eq!(after(6).await, (true, true, true));
    assert!(world.objects.peek(Bucket::Assets, &seen).is_some());
    assert_eq!(after(7).await, (false, true, true));
    assert!(world.objects.peek(Bucket::Assets, &seen).is_none(), "seen on the way to them");
    assert_eq!(after(10).await, (false, true, false));
    assert_eq!(after(30).await, (false, false, false));
    assert!(world.table.peek(&KeepRecord::key(&job())).is_none(), "nothing more is expected");
    let reason = asset(&world, "cutout").await.erased.unwrap().reason;
    assert_eq!(reason, "kept as long as its tenant wanted");
}

#[tokio::test]
async fn what_a_running_job_works_with_is_kept() {
    let world = World::default();
    let job = world.job(1, PIPELINE, json!({ "prompt": PROMPT })).await;
    let policy = Retention { texts: Some(1), ..Retention::default() };
    world.table.plant(policy.write(&job, NOW).unwrap().unwrap());
    keep(&world.erasing(), &job, NOW.plus_s(2 * 24 * 3600)).await.unwrap();
    assert!(world.listing().contains("zebra"));
    let record: KeepRecord = from_item(&world.table.peek(&KeepRecord::key(&job)).unwrap()).unwrap();
    assert_eq!((record.due_pk.as_str(), record.due_at), (DUE, NOW.plus_s(3 * 24 * 3600)));
    assert_eq!(Retention::default().write(&job, NOW).unwrap(), None, "no policy costs no record");
}

#[tokio::test]
async fn whatever_fails_while_a_class_goes_the_end_is_the_same() {
    let prepare = async || kept(json!({ "intermediates": 7, "texts": 7 })).await;
    let act = async |world: &World| {
        keep(&world.erasing(), &job(), NOW.plus_s(8 * 24 * 3600)).await.map(drop)
    };
    every_fault(prepare, act, World::listing).await;
}

#[tokio::test]
async fn an_erased_tenant_leaves_tombstones_and_its_name() {
    let world = world().await;
    let record = TenantRecord::new(acme(), "standard", NOW);
    world.table.plant(Write::put(TenantRecord::key(&acme()), &record).unwrap());
    for (pk, sk) in
        [("TENANT#acme", "KEY#1"), ("TENANT#acme", "PIPELINE#two"), (TRIGGERS, "acme#t")]
    {
        world.table.plant(Write::put(Key::new(pk, sk), &json!({ "what": PROMPT })).unwrap());
    }
    let neighbour = Key::new(TRIGGERS, "acme-2#t");
    world.table.plant(Write::put(neighbour.clone(), &json!({})).unwrap());
    world.objects.plant(Bucket::Uploads, "uploads/acme/direct/a.png", *b"a");
    world.objects.plant(Bucket::Assets, "moderation/acme.json", *b"{}");
    let open = close(&world.erasing(), &acme(), "contract ended", NOW).await.unwrap();
    assert_eq!(open, []);
    erase_tenant(&world.erasing(), &acme(), "contract ended", NOW).await.unwrap();
    assert!(!world.listing().contains("zebra"), "{}", world.listing());
    assert_eq!(world.objects.listing(), "");
    let record: TenantRecord =
        from_item(&world.table.peek(&TenantRecord::key(&acme())).unwrap()).unwrap();
    assert_eq!(record.erased.unwrap().reason, "contract ended");
    assert!(world.table.peek(&neighbour).is_some());
}

#[tokio::test]
async fn a_tenant_with_open_jobs_is_closed_and_its_jobs_are_named() {
    let world = World::default();
    let open = world.job(1, PIPELINE, json!({ "prompt": PROMPT })).await;
    let unknown = close(&world.erasing(), &acme(), "x", NOW).await.unwrap_err();
    assert_eq!(unknown.to_string(), "there is no tenant acme");
    let record = TenantRecord::new(acme(), "standard", NOW);
    world.table.plant(Write::put(TenantRecord::key(&acme()), &record).unwrap());
    assert_eq!(close(&world.erasing(), &acme(), "x", NOW).await.unwrap(), [open]);
    let refused = erase_tenant(&world.erasing(), &acme(), "x", NOW).await.unwrap_err();
    assert!(refused.to_string().contains("cancel it"), "{refused}");
}
