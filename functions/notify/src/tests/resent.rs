//! What was given up: told to operators, listed, and sent again by one call.

use super::*;
use domain::fakes::every_fault;
use domain::notify::{Posted, Signing, retry, retry_dead};
use domain::store::From;
use domain::stuck::Stuck;

async fn dead() -> (World, DeliveryRecord) {
    let (world, job) = ended(Some(&["job.*"]), None).await;
    world.receivers.answer(OURS, Posted::Answered(410, None));
    announce(&notifying(&world), &log(&world, &job), NOW).await.unwrap();
    drain(&world, NOW).await.unwrap();
    let record = delivery(&world, &DeliveryRecord::id_of(&job, 2));
    assert_eq!(record.state, DeliveryState::Dead);
    (world, record)
}

/// The tenant puts its webhook anew, elsewhere.
fn put(world: &World, url: &str) {
    let webhook = Webhook { url: url.into(), events: vec!["*".into()], gone: false };
    let record = TenantWebhook { webhook, updated_at: NOW.plus_s(60) };
    world.table.plant(Write::put(TenantWebhook::key(&acme()), &record).unwrap());
}

async fn listed_dead(world: &World) -> usize {
    let from = From::Jobs { tenant: DeliveryRecord::dead_index(&acme()), after: None };
    world.table.query(&Query { from, backwards: true, limit: 10 }).await.unwrap().len()
}

#[tokio::test]
async fn a_dead_delivery_is_told_for_a_day_and_listed_until_it_is_sent_again() {
    let (world, record) = dead().await;
    let sweep = async |at| notify::sweep(&world.table, &world.notices, at).await.unwrap();
    let found = sweep(NOW.plus_s(60)).await;
    assert_eq!((found.len(), found[0].stuck, &found[0].at), (1, Stuck::DeadDelivery, &record.id));
    assert_eq!(found[0].detail, "job.failed of acme: it answered 410: it wants nothing more");
    assert!(sweep(NOW.plus_s(24 * 3600)).await.is_empty());
    assert!(delivery(&world, &record.id).due_pk.is_none());
    assert_eq!(listed_dead(&world).await, 1);
    let later = NOW.plus_s(25 * 3600);
    let again = retry_dead(&world.table, &world.notices, &acme(), later).await.unwrap();
    assert_eq!((again, listed_dead(&world).await), ((1, false), 0));
}

#[tokio::test]
async fn what_died_at_the_tenants_webhook_is_sent_again_to_where_that_is_now() {
    let prepare = async || {
        let (world, _) = dead().await;
        put(&world, "https://new.acme.test/hook");
        world
    };
    let act = async |world: &World| {
        let id = DeliveryRecord::id_of(&JobId::new(NOW, [1; 10]), 2);
        let now = NOW.plus_s(120);
        let state = delivery(world, &id).state;
        if state == DeliveryState::Dead {
            retry(&world.table, &world.notices, &acme(), &id, now).await?;
        }
        drain(world, now).await?;
        notify::sweep(&world.table, &world.notices, now.plus_s(61)).await?;
        drain(world, now.plus_s(61)).await.map(drop)
    };
    every_fault(prepare, act, look).await;
    let world = prepare().await;
    act(&world).await.unwrap();
    assert_eq!(world.receivers.got().last().unwrap().url, "https://new.acme.test/hook");
}

#[tokio::test]
async fn a_delivery_that_is_not_there_is_not_sent_again() {
    let (world, record) = dead().await;
    let beta = TenantId::parse("beta").unwrap();
    let none = retry(&world.table, &world.notices, &beta, &record.id, NOW).await.unwrap();
    assert_eq!(none, None);
}

#[tokio::test]
async fn a_rotation_lets_two_secrets_sign_and_a_repeated_call_takes_none_away() {
    let world = World::default();
    let rotate =
        async |overlap, at| Signing::rotate(&world.table, &acme(), overlap, at).await.unwrap();
    let first = rotate(60, NOW).await;
    assert_eq!((first.number, first.rotating(NOW.plus_s(59))), (1, true));
    assert_eq!(rotate(60, NOW.plus_s(59)).await, first);
    assert!(!first.rotating(NOW.plus_s(60)));
    let leaked = rotate(0, NOW.plus_s(1)).await;
    assert_eq!((leaked.number, leaked.rotating(NOW.plus_s(1))), (2, false));
    assert_eq!(rotate(60, NOW.plus_s(90)).await.number, 3);
    assert_eq!(Signing::read(&world.table, &acme()).await.unwrap().number, 3);
}
