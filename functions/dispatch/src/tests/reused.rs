//! Results that are used again: found, waited for, taken over; never of another tenant, and never of what is gone.

use super::*;
use domain::gpu::{News, RenderError, Report};
use domain::lane::Rank;
use domain::ports::Table;
use domain::record::{AssetRecord, JobRecord};
use domain::reuse::{self, Forget, ReuseRecord, forget};
use domain::state::AttemptState;
use domain::store::{Item, Query, Write};
use domain::view::JobView;
use serde_json::Value;

const SEEDED: &str = r#"
name: seeded
inputs: { prompt: { type: text } }
budget_usd: 1
steps:
  generate: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}", seed: 7 }, retry: { attempts: 1 } }
  good: { kind: gate.quality, with: { images: "{{ generate.image }}" } }
"#;

fn id(number: u8) -> JobId {
    JobId::new(NOW, [number; 10])
}

async fn take(world: &World, number: u8) -> Result<()> {
    handle(&world.lanes(), Input::Take(world.message(&id(number), 0)), NOW).await
}

async fn accepted(world: &World, tenant: &str, number: u8) {
    let asked = (SEEDED, json!({ "prompt": "a fox" }));
    world.job_of((tenant, Rank::default()), id(number), asked, NOW).await;
}

/// A world with so many jobs that ask for the same.
async fn same(jobs: u8) -> World {
    let world = World::default();
    world.host("host-a", 3).await;
    for number in 1..=jobs {
        accepted(&world, "acme", number).await;
    }
    world
}

fn success(world: &World, number: u8) -> Report {
    world.success(&attempt(&id(number), 1), 1)
}

/// A world in which the first job's picture was made.
async fn made(jobs: u8) -> World {
    let world = same(jobs).await;
    take(&world, 1).await.unwrap();
    world.lanes().report(&success(&world, 1), NOW.plus_s(2)).await.unwrap();
    world
}

async fn view(world: &World, number: u8) -> JobView {
    JobView::expect(&world.table, &id(number)).await.unwrap()
}

/// Brings what was sent to the queue, each message once.
async fn deliver(world: &World, from: usize) -> Result<()> {
    for (body, _) in world.queue.sent().split_off(from) {
        handle(&world.lanes(), serde_json::from_value(body).unwrap(), NOW.plus_s(3)).await?;
    }
    Ok(())
}

/// The record of the one result there is.
async fn record(world: &World) -> (Item, ReuseRecord) {
    let pk = reuse::pk(&"acme".to_owned().try_into().unwrap());
    let items = world.table.query(&Query::partition(pk)).await.unwrap();
    (items[0].clone(), from_item(&items[0]).unwrap())
}

#[tokio::test]
async fn a_second_job_is_given_what_the_first_one_paid_for() {
    let world = made(2).await;
    take(&world, 2).await.unwrap();
    let (first, second) = (view(&world, 1).await, view(&world, 2).await);
    assert_eq!(world.hosts.renders().len(), 1, "nobody was asked a second time");
    assert!(second.attempts.is_empty());
    assert_eq!((second.job.spent.0, second.job.reused), (0, true));
    let step = second.step("generate");
    assert_eq!(step.state, StepState::Succeeded);
    let (source, copy) =
        (first.assets.values().next().unwrap(), second.assets.values().next().unwrap());
    assert_eq!(step.outputs["image"], std::slice::from_ref(&copy.id));
    assert_eq!((&copy.sha256, copy.deterministic), (&source.sha256, false));
    assert_eq!(copy.made_from, std::slice::from_ref(&source.id));
    assert!(copy.key.starts_with(&format!("acme/{}/", id(2))), "{}", copy.key);
    assert_eq!(world.flow.completed()[&format!("token-{}-0-1", id(2))]["ok"], true);
    let events = domain::event::read(&world.table, &id(2), 0, 10).await.unwrap();
    let said = events.last().unwrap();
    assert_eq!(said.kind, "step.succeeded");
    assert_eq!((&said.data["usd"], &said.data["saved_usd"]), (&json!(0.0), &json!(0.0006)));
    assert_eq!(said.data["reused"], json!([source.id]));
}

#[tokio::test]
async fn no_tenant_is_given_what_another_one_paid_for() {
    let world = made(1).await;
    accepted(&world, "brio", 2).await;
    take(&world, 2).await.unwrap();
    assert_eq!(world.hosts.renders().len(), 2);
}

#[tokio::test]
async fn what_was_erased_or_lost_is_made_again() {
    let erased = |world: &World, id: &AssetRecord| {
        let key = AssetRecord::record_key(&id.id);
        let mut item = world.table.peek(&key).unwrap();
        item.insert("erased".into(), json!({ "at": NOW, "reason": "asked to" }));
        world.table.plant(Write::put(key, &item).unwrap());
    };
    let lost = |world: &World, id: &AssetRecord| {
        world.objects.plant(domain::ports::Bucket::Assets, &id.key, b"other bytes".to_vec());
    };
    for gone in [&erased as &dyn Fn(&World, &AssetRecord), &lost] {
        let world = made(3).await;
        gone(&world, view(&world, 1).await.assets.values().next().unwrap());
        take(&world, 2).await.unwrap();
        assert_eq!(step(&world, &id(2)).state, StepState::Running);
        world.lanes().report(&success(&world, 2), NOW.plus_s(4)).await.unwrap();
        take(&world, 3).await.unwrap();
        assert_eq!(step(&world, &id(3)).state, StepState::Succeeded);
        assert_eq!(
            world.hosts.renders().len(),
            2,
            "what the second one made is found from then on"
        );
    }
}

#[tokio::test]
async fn what_was_forgotten_is_made_again() {
    let asset = format!("{}.generate.1.0", id(1));
    let of = |fields: Value| Forget {
        tenant: fields["tenant"].as_str().map(|name| name.to_owned().try_into().unwrap()),
        model: fields["model"].as_str().map(str::to_owned),
        asset: fields["asset"].as_str().map(|id| id.to_owned().try_into().unwrap()),
    };
    for (which, gone) in [
        (json!({ "tenant": "acme" }), 1),
        (json!({ "tenant": "acme", "model": "sketch-1" }), 1),
        (json!({ "asset": asset }), 1),
        (json!({ "tenant": "brio" }), 0),
        (json!({ "tenant": "acme", "model": "sketch-2" }), 0),
    ] {
        let world = made(2).await;
        assert_eq!(forget(&world.table, &of(which.clone())).await.unwrap(), gone, "{which}");
        take(&world, 2).await.unwrap();
        assert_eq!(world.hosts.renders().len() as u64, 1 + gone, "{which}");
    }
}

#[tokio::test]
async fn fifty_jobs_that_ask_for_the_same_at_once_make_one_attempt() {
    let world = same(50).await;
    for number in 1..=50 {
        take(&world, number).await.unwrap();
    }
    assert_eq!(world.hosts.renders().len(), 1);
    let sent = world.queue.sent().len();
    world.lanes().report(&success(&world, 1), NOW.plus_s(2)).await.unwrap();
    deliver(&world, sent).await.unwrap();
    let mut bytes = std::collections::BTreeSet::new();
    let (mut attempts, mut spent) = (0, 0);
    for number in 1..=50 {
        let view = view(&world, number).await;
        assert_eq!(view.step("generate").state, StepState::Succeeded, "job {number}");
        attempts += view.attempts.len();
        spent += view.job.spent.0;
        bytes.extend(view.assets.values().map(|asset| asset.sha256.clone()));
    }
    assert_eq!((attempts, bytes.len(), world.hosts.renders().len()), (1, 1, 1));
    assert_eq!(spent, view(&world, 1).await.job.spent.0, "only the first one paid");
    assert_eq!(world.flow.completed().len(), 50, "each execution was told");
}

#[tokio::test]
async fn where_the_leader_fails_one_of_those_who_waited_leads() {
    let world = same(4).await;
    for number in 1..=4 {
        take(&world, number).await.unwrap();
    }
    let sent = world.queue.sent().len();
    let (code, message) = ("out_of_memory".to_owned(), "no luck".to_owned());
    let error = RenderError { code, message, retryable: false };
    let report = world.report(&attempt(&id(1), 1), 1, News::Failed { error });
    world.lanes().report(&report, NOW.plus_s(2)).await.unwrap();
    deliver(&world, sent).await.unwrap();
    assert_eq!(world.hosts.renders().len(), 2, "one more, for three who waited");
    let mut states: Vec<_> = (2..=4).map(|number| step(&world, &id(number)).state).collect();
    states.sort_by_key(|state| state.to_string());
    assert_eq!(states, [StepState::Running, StepState::Waiting, StepState::Waiting]);
    let sent = world.queue.sent().len();
    let leads = (2..=4).find(|number| step(&world, &id(*number)).state == StepState::Running);
    world.lanes().report(&success(&world, leads.unwrap()), NOW.plus_s(4)).await.unwrap();
    deliver(&world, sent).await.unwrap();
    for number in 2..=4 {
        assert_eq!(step(&world, &id(number)).state, StepState::Succeeded);
    }
    assert_eq!(world.hosts.renders().len(), 2);
}

#[tokio::test]
async fn a_leader_that_was_canceled_is_waited_for_by_nobody() {
    let world = same(3).await;
    take(&world, 1).await.unwrap();
    let key = JobRecord::key(&id(1));
    let mut item = world.table.peek(&key).unwrap();
    item.insert("state".into(), json!("canceling"));
    world.table.plant(Write::put(key, &item).unwrap());
    take(&world, 2).await.unwrap();
    take(&world, 3).await.unwrap();
    assert_eq!(step(&world, &id(2)).state, StepState::Running);
    assert_eq!(step(&world, &id(3)).state, StepState::Waiting);
    assert_eq!(record(&world).await.1.leader, attempt(&id(2), 1));
}

#[tokio::test]
async fn what_is_forgotten_while_it_is_made_is_not_kept_and_who_waited_makes_it_anew() {
    let world = same(2).await;
    take(&world, 1).await.unwrap();
    take(&world, 2).await.unwrap();
    let sent = world.queue.sent().len();
    let all = Forget { tenant: Some("acme".to_owned().try_into().unwrap()), ..Forget::default() };
    assert_eq!(forget(&world.table, &all).await.unwrap(), 1);
    world.lanes().report(&success(&world, 1), NOW.plus_s(2)).await.unwrap();
    assert_eq!(step(&world, &id(1)).state, StepState::Succeeded);
    deliver(&world, sent).await.unwrap();
    assert_eq!(step(&world, &id(2)).state, StepState::Running);
    assert_eq!(view(&world, 2).await.attempts[0].state, AttemptState::Claimed);
}

#[tokio::test]
async fn every_call_of_a_gift_may_fail_both_ways() {
    let prepare = async || made(2).await;
    every_fault(prepare, async |world: &World| take(world, 2).await, World::listing).await;
}

#[tokio::test]
async fn every_call_of_a_step_that_comes_to_wait_for_another_may_fail_both_ways() {
    let prepare = async || {
        let world = same(2).await;
        take(&world, 1).await.unwrap();
        world
    };
    every_fault(prepare, async |world: &World| take(world, 2).await, World::listing).await;
}

#[tokio::test]
async fn every_call_of_a_success_that_others_wait_for_may_fail_both_ways() {
    let prepare = async || {
        let world = same(3).await;
        for number in 1..=3 {
            take(&world, number).await.unwrap();
        }
        world
    };
    let act = async |world: &World| {
        world.lanes().report(&success(world, 1), NOW.plus_s(2)).await?;
        // The queue brings back what was not taken in; what never reached it, the report's repetition sends again.
        deliver(world, 0).await
    };
    let look = |world: &World| {
        let states: Vec<_> = (1..=3).map(|number| step(world, &id(number)).state).collect();
        format!("{states:?} {}", renders(world))
    };
    every_fault(prepare, act, look).await;
}
