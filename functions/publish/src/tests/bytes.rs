//! Publish by bytes, end to end: nothing is published that was not judged.

use super::*;
use domain::fakes::under;
use domain::pipeline::Mandate;
use domain::ports::Table;
use domain::publish::NotCleared;
use domain::record::{JobRecord, PublicationState};
use domain::state::{JobState, StepState};
use domain::store::{Write, Written};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The job ends rejected for this reason, and nothing was published.
async fn rejected(world: &World, job: &JobView, reason: &str) {
    let before = public(world);
    let told = call(world, job).await.unwrap();
    assert_eq!(told["end"], "rejected");
    assert_eq!(public(world), before);
    assert!(publications(world, job).await.is_empty());
    let step = step(world, job).await;
    assert_eq!(step.state, StepState::Failed);
    assert!(step.error.as_deref().unwrap().contains(reason), "{:?}", step.error);
    assert_eq!(kinds(world, job).await, "step.failed");
    let again = call(world, job).await.unwrap();
    assert_eq!(again["end"], "rejected");
    assert_eq!(public(world), before);
}

#[tokio::test]
async fn bytes_swapped_after_the_verdict_are_not_published() {
    let job = s3();
    let world = world(&job);
    let victim = job.assets.values().find(|asset| asset.step == "ladder").unwrap();
    world.objects.plant(Bucket::Assets, &victim.key, "something else");
    rejected(&world, &job, "bytes are not the ones that were judged").await;
}

#[tokio::test]
async fn a_source_swapped_after_the_verdict_with_its_record_is_not_published() {
    let mut job = s3();
    let source = job.assets.values_mut().find(|asset| asset.step == "generate").unwrap();
    source.sha256 = domain::sign::sha256(b"something else");
    let world = world(&job);
    rejected(&world, &job, "no passing verdict").await;
}

#[tokio::test]
async fn bytes_that_are_gone_are_not_published() {
    let mut job = s3();
    let world = world(&job);
    let victim = job.assets.values_mut().find(|asset| asset.step == "ladder").unwrap();
    victim.key = "nowhere".into();
    let record = Write::put(domain::record::AssetRecord::record_key(&victim.id), victim).unwrap();
    world.table.plant(record);
    rejected(&world, &job, "are not there").await;
}

#[tokio::test]
async fn an_execution_made_by_hand_without_its_gates_publishes_nothing() {
    for (skipped, reason) in [
        (vec!["good", "safe"], "step good comes before it and is not done"),
        (vec!["safe"], "step safe comes before it and is not done"),
        (vec!["generate", "ladder", "good", "safe"], "step generate comes before"),
    ] {
        let mut job = s3();
        job.job.state = JobState::Accepted;
        for step in skipped {
            job.steps.remove(step);
        }
        rejected(&world(&job), &job, reason).await;
    }
}

#[tokio::test]
async fn a_gate_that_did_not_pass_publishes_nothing() {
    for word in ["fail", "review"] {
        let mut job = s3();
        job.steps.get_mut("safe").unwrap().verdict.as_mut().unwrap()["verdict"] = word.into();
        rejected(&world(&job), &job, &NotCleared::Gate("safe".into()).to_string()).await;
    }
}

/// A tenant that asks for two gates.
fn house() -> Mandate {
    Mandate::parse("gates: { fine: { kind: gate.quality }, safe: { kind: gate.moderation } }")
        .unwrap()
}

#[tokio::test]
async fn what_all_of_its_tenants_gates_passed_is_published() {
    let job = under(&house(), s3());
    let world = world(&job);
    assert_eq!(call(&world, &job).await.unwrap()["ok"], true);
    assert_eq!(public(&world).len(), 4);
}

#[tokio::test]
async fn what_one_of_its_tenants_gates_did_not_pass_is_not_published() {
    let job = under(&house(), s3());
    let changed = |change: &dyn Fn(&mut JobView)| {
        let mut job = job.clone();
        change(&mut job);
        job
    };
    let lost = |job: &mut JobView| {
        let safe = "tenant-safe";
        job.pipeline.steps.retain(|step| step.name != safe);
        job.pipeline.steps.iter_mut().for_each(|step| step.after.retain(|name| name != safe));
        job.plan = job.pipeline.plan();
    };
    let verdict = |job: &mut JobView, field: &str, value: &str| {
        let safe = job.steps.get_mut("tenant-safe").unwrap();
        safe.verdict.as_mut().unwrap()[field] = value.into();
    };
    for (job, reason) in [
        (changed(&|job| drop(job.steps.remove("tenant-safe"))), "step tenant-safe comes before it"),
        (changed(&|job| verdict(job, "verdict", "review")), "gate tenant-safe did not pass"),
        (
            changed(&|job| verdict(job, "mandate", "another")),
            "its tenant's gate safe has not passed",
        ),
        // A plan that somebody took the gate out of.
        (changed(&lost), "its tenant's gate safe has not passed"),
    ] {
        rejected(&world(&job), &job, reason).await;
    }
}

#[tokio::test]
async fn one_bad_asset_keeps_all_of_its_wave_back() {
    let mut job = s3();
    let last = job.assets.values_mut().filter(|asset| asset.step == "ladder").last().unwrap();
    last.deterministic = false;
    rejected(&world(&job), &job, "no passing verdict").await;
}

#[tokio::test]
async fn a_canceled_job_publishes_nothing() {
    for state in [JobState::Canceling, JobState::Canceled, JobState::Failed, JobState::Expired] {
        let mut job = s3();
        job.job.state = state;
        let world = world(&job);
        let told = call(&world, &job).await.unwrap();
        let expected = if state == JobState::Canceling { JobState::Canceled } else { state };
        assert_eq!(told, json!({ "end": expected }));
        assert!(public(&world).is_empty());
        assert!(publications(&world, &job).await.is_empty());
    }
}

/// A table on which job and step are canceled just before the write of this number, from 0.
struct Canceled<'a> {
    world: &'a World,
    job: &'a JobView,
    before: usize,
    writes: AtomicUsize,
}

#[async_trait]
impl Table for Canceled<'_> {
    async fn get(&self, keys: &[domain::store::Key]) -> Result<Vec<Option<domain::store::Item>>> {
        self.world.table.get(keys).await
    }

    async fn query(&self, query: &domain::store::Query) -> Result<Vec<domain::store::Item>> {
        self.world.table.query(query).await
    }

    async fn write(&self, writes: Vec<Write>) -> Result<Written> {
        if self.writes.fetch_add(1, Ordering::SeqCst) == self.before {
            let mut job = self.job.job.clone();
            job.state = JobState::Canceling;
            self.world.table.plant(Write::put(JobRecord::key(&job.id), &job)?);
            let mut step = StepRecord::pending("publish", 1);
            step.state = StepState::Canceled;
            self.world.table.plant(Write::put(StepRecord::key(&job.id, "publish"), &step)?);
        }
        self.world.table.write(writes).await
    }
}

async fn canceled_before(world: &World, job: &JobView, before: usize) {
    let table = Canceled { world, job, before, writes: AtomicUsize::new(0) };
    let s3 = S3::new(&world.objects, &table, "public");
    let receiver = Receiver { world, answer: None };
    let targets: Targets<'_> = [("s3", &s3 as &dyn Target), ("webhook", &receiver)].into();
    let publishing = Publishing {
        table: &table,
        objects: &world.objects,
        targets: &targets,
        hub: None,
        notary: None,
    };
    let told = handle(&publishing, publish_call(job), NOW).await.unwrap();
    assert_eq!(told, json!({ "end": "canceled" }));
    assert_eq!(step(world, job).await.state, StepState::Canceled);
}

#[tokio::test]
async fn a_job_canceled_between_judging_and_sending_publishes_nothing() {
    for job in [s3(), webhook()] {
        let world = world(&job);
        canceled_before(&world, &job, 0).await;
        assert!(public(&world).is_empty());
        assert!(publications(&world, &job).await.is_empty());
    }
}

#[tokio::test]
async fn what_was_published_before_the_cancel_came_is_on_record_as_published() {
    for job in [s3(), webhook()] {
        let world = world(&job);
        canceled_before(&world, &job, 1).await;
        assert_eq!(public(&world).len(), 4);
        let publications = publications(&world, &job).await;
        assert!(publications.iter().all(|one| one.state == PublicationState::Done));
        let done = "publication.done ".repeat(4);
        assert_eq!(kinds(&world, &job).await, format!("publication.started {done}").trim_end());
    }
}
