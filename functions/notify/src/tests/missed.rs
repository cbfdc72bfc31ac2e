//! News that the stream lost is found again in the logs.

use super::*;
use domain::fakes::every_fault;
use domain::notify::missed;
use domain::store::Key;
use domain::tenant::TenantRecord;

/// The world of one end, whose tenant is on record.
async fn known() -> (World, JobId) {
    let (world, job) = ended(Some(&["*"]), None).await;
    let record = TenantRecord::new(acme(), "standard", NOW);
    world.table.plant(Write::put(TenantRecord::key(&acme()), &record).unwrap());
    (world, job)
}

#[tokio::test]
async fn what_goes_out_of_that_time_is_found_and_nothing_else() {
    let (world, job) = known().await;
    let of = async |from: i64, until: i64| {
        let at = |second| Time(NOW.0 + second * 1000);
        missed(&world.table, at(from), at(until)).await.unwrap()
    };
    let found = of(4, 6).await;
    assert_eq!(found, [world.table.peek(&event::key(&job, 2)).unwrap()], "job.failed, at 5 s");
    assert_eq!(of(0, 3600).await, found, "that it was accepted is no news");
    assert_eq!(of(5, 5).await, found);
    assert!(of(6, 3600).await.is_empty(), "the job was over");
    assert!(of(-3600, -1).await.is_empty(), "there was no job");
    assert!(of(0, 4).await.is_empty());
}

#[tokio::test]
async fn the_news_of_a_job_that_still_runs_is_found_too() {
    let (world, job) = known().await;
    let open = json!({ "state": "running", "updated_at": NOW });
    world.table.write(vec![Write::set(JobRecord::key(&job), open)]).await.unwrap();
    assert_eq!(missed(&world.table, NOW.plus_s(4), NOW.plus_s(6)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_lost_goes_out_as_if_it_had_not_been_and_what_was_not_is_not_posted_again() {
    let prepare = async || known().await.0;
    let again = async |world: &World| {
        let items = missed(&world.table, NOW, NOW.plus_s(60)).await?;
        announce(&notifying(world), &items, NOW.plus_s(6)).await?;
        drain(world, NOW.plus_s(6)).await.map(drop)
    };
    every_fault(prepare, again, |world| world.table.listing()).await;
    let (world, job) = known().await;
    announce(&notifying(&world), &log(&world, &job), NOW.plus_s(6)).await.unwrap();
    drain(&world, NOW.plus_s(6)).await.unwrap();
    again(&world).await.unwrap();
    assert_eq!(world.receivers.got().len(), 1);
    let key = DeliveryRecord::key(&acme(), &DeliveryRecord::id_of(&job, 2));
    let gone = Write { conditions: Vec::new(), ..Write::delete(Key::new(key.pk, key.sk)) };
    world.table.write(vec![gone]).await.unwrap();
    again(&world).await.unwrap();
    let bodies: Vec<_> = world.receivers.got().iter().map(|notice| notice.body.clone()).collect();
    assert_eq!(bodies.len(), 2);
    assert_eq!(bodies[0], bodies[1]);
}
