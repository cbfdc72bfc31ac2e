//! Reviews in a world in memory: from a gate's `review` to what the execution is told.

mod effects;
mod reported;
mod times;
mod votes;

use super::*;
use crate::Time;
use crate::audit::{Chain, verify};
use crate::call::Call;
use crate::fakes::{NOW, World};
use crate::gate::{Judged, Judgement, Subject, Verdict, change, decide as judge};
use crate::id::{AssetId, JobId, PersonId, ReviewId, TenantId};
use crate::person::{Person, Role};
use crate::pipeline::Pipeline;
use crate::ports::{Bucket, Table};
use crate::record::{AssetRecord, JobRecord, StepRecord};
use crate::sign::sha256;
use crate::state::StepState;
use crate::store::Write;
use crate::view::{JobView, PlanRecord};
use serde_json::{Value, json};

const SALT: [u8; 16] = [3; 16];

/// A pipeline whose gates ask by these rules.
fn pipeline(review: &str) -> String {
    format!(
        "
name: hero
inputs: {{ prompt: {{ type: text }} }}
budget_usd: 0.50
steps:
  generate: {{ kind: image.generate, with: {{ prompt: '{{{{ inputs.prompt }}}}' }} }}
  safe: {{ kind: gate.moderation, with: {{ images: '{{{{ generate.image }}}}' }}{review} }}
  good: {{ kind: gate.quality, with: {{ images: '{{{{ generate.image }}}}' }} }}
  publish:
    kind: publish
    with: {{ assets: '{{{{ generate.image }}}}', target: {{ kind: s3 }} }}
    after: [safe, good]
"
    )
}

fn job() -> JobId {
    JobId::new(NOW, [7; 10])
}

fn review_id() -> ReviewId {
    ReviewId::new(&job(), "safe", 1)
}

fn person(name: &str) -> Person {
    Person {
        id: PersonId::parse(name).unwrap(),
        name: name.into(),
        tenant: TenantId::parse("acme").unwrap(),
        roles: [Role::Reviewer].into(),
        groups: Default::default(),
    }
}

fn put(world: &World, key: crate::store::Key, record: &impl serde::Serialize) {
    world.table.plant(Write::put(key, record).unwrap());
}

fn painted() -> AssetRecord {
    let hash = sha256(b"painted");
    serde_json::from_value(json!({
        "id": AssetId::new(&job(), "generate", "1", 0), "tenant": "acme", "step": "generate",
        "port": "image", "key": format!("acme/{}/{hash}.png", job()), "sha256": hash,
        "media_type": "image/png", "bytes": 7, "created_at": NOW,
    }))
    .unwrap()
}

/// The call of the state machine for the wave of gates.
fn call() -> Call {
    Call {
        job: job(),
        run: 1,
        round: 1,
        wave: 1,
        item: 0,
        traceparent: "00-0-0-01".into(),
        event: 0,
    }
}

/// A world in which `generate` is done, and `safe` has just said `review`, by these rules.
async fn asked(rules: &str) -> World {
    asked_after(rules, Verdict::Review, 0).await
}

/// The same where it said that, after the job has spent so much.
async fn asked_after(rules: &str, verdict: Verdict, spent: i64) -> World {
    let world = World::default();
    let pipeline = Pipeline::parse(&pipeline(rules)).unwrap_or_else(|p| panic!("{p:?}"));
    let record = json!({
        "id": job(), "tenant": "acme", "state": "running", "run": 1, "round": 1, "pipeline": "hero",
        "inputs": { "prompt": "a fox" }, "budget": 500_000, "spent": spent, "created_at": NOW,
        "updated_at": NOW, "traceparent": "00-0-0-01", "tenant_jobs": "acme", "sk_job": job(),
        "submitted_by": "ed",
    });
    put(&world, JobRecord::key(&job()), &record);
    let plan = PlanRecord { plan: pipeline.plan(), pipeline, mandate: None };
    put(&world, PlanRecord::key(&job()), &plan);
    let asset = painted();
    let mut made = StepRecord::pending("generate", 1);
    (made.state, made.attempts) = (StepState::Succeeded, 1);
    made.outputs.insert("image".into(), vec![asset.id.clone()]);
    put(&world, StepRecord::key(&job(), "generate"), &made);
    put(&world, AssetRecord::record_key(&asset.id), &asset);
    world.objects.plant(Bucket::Assets, &asset.key, b"painted");
    let view = view(&world).await;
    let subject = Subject { asset: asset.id, sha256: asset.sha256 };
    let judgement = |unsure: bool| {
        let mut judgement = Judgement::new(&[("terms", 1)]);
        judgement.subjects.push(subject.clone());
        if unsure {
            judgement.object(verdict, "nobody judged what the pictures show");
        }
        judgement
    };
    let of = |gate: &str| Judged::new(gate, judgement(gate == "safe"));
    let mut judged = [of("safe"), of("good")];
    let decision = judge(&view, &call(), &mut judged);
    let change = change(&call(), &view, (&judged, Vec::new()), &decision, (NOW, NOW)).unwrap();
    assert_eq!(change.outcome, json!({ "review": 1 }));
    crate::event::commit(&world.table, &job(), 0, change.writes, &change.events).await.unwrap();
    world.faults.clear();
    world
}

async fn view(world: &World) -> JobView {
    JobView::expect(&world.table, &job()).await.unwrap()
}

async fn review(world: &World) -> ReviewRecord {
    view(world).await.reviews.remove(0)
}

fn desk<'a>(world: &'a World, table: &'a dyn Table) -> Desk<'a> {
    Desk { table, objects: &world.objects, queue: &world.queue, undo_s: 30 }
}

async fn say(world: &World, who: &str, asked: Asked, at: Time) -> Result<ReviewRecord, Refusal> {
    let desk = desk(world, &world.table);
    decide(&desk, &person(who), &review_id(), &asked, SALT, at).await.unwrap()
}

async fn approve(world: &World, who: &str) -> Result<ReviewRecord, Refusal> {
    say(world, who, Asked::new(Decision::Approve), NOW).await
}

/// The execution's token comes to dispatch.
async fn waits(world: &World) {
    let message = Wait { review: true, job: job(), run: 1, round: 1, wave: 1, token: "t1".into() };
    wait(&world.table, (&world.flow, &world.queue), &message, NOW).await.unwrap();
}

/// The delayed message of a decision comes.
async fn in_effect(world: &World, at: Time) {
    due(&world.table, (&world.flow, &world.queue), &review_id(), at).await.unwrap();
}

/// What the execution was told, but for the number of the event.
fn told(world: &World) -> Option<Value> {
    let mut told = world.flow.completed().remove("t1")?;
    told.as_object_mut().unwrap().remove("event");
    Some(told)
}

async fn whole(world: &World) -> usize {
    let kept = Chain::Job(job()).read(&world.table).await.unwrap();
    assert_eq!(verify(&kept, false), []);
    kept.entries.len()
}
