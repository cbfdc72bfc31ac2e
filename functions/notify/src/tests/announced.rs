//! What goes out, and that nothing is lost or told of strangers.

use super::*;
use domain::fakes::every_fault;
use domain::notify::{FEED_S, Listening, feed, feed_start};

#[tokio::test]
async fn an_end_goes_out_on_the_bus_with_ids_money_and_links_and_without_the_prompt() {
    let (world, job) = ended(None, Some(&["publication.done"])).await;
    announce(&notifying(&world), &log(&world, &job), NOW.plus_s(6)).await.unwrap();
    let [event] = world.bus.events().try_into().unwrap();
    assert_eq!((event.detail_type.as_str(), event.at), ("galley.job.failed", NOW.plus_s(5)));
    assert_eq!(
        event.detail,
        json!({
            "tenant": "acme", "job": job, "n": 2, "type": "job.failed", "run": 1,
            "at": "2023-11-14T22:13:25.000Z", "pipeline": "one", "version": 1,
            "labels": { "campaign": "spring" }, "data": { "reason": "no luck" },
            "cost": { "usd": 0.0 }, "assets": [],
            "links": {
                "job": format!("https://api.test/v1/jobs/{job}"),
                "events": format!("https://api.test/v1/jobs/{job}/events"),
            },
        })
    );
    assert!(world.notices.sent().is_empty(), "its webhook did not ask for this");
}

#[tokio::test]
async fn whatever_dies_on_the_way_an_end_reaches_the_bus_and_the_webhook() {
    let prepare = async || ended(Some(&["job.*"]), None).await.0;
    let act = async |world: &World| {
        let job = JobId::new(NOW, [1; 10]);
        let items: Vec<Item> = log(world, &job);
        announce(&notifying(world), &items, NOW.plus_s(6)).await?;
        let now = drain(world, NOW.plus_s(6)).await?;
        // What a death lost on its way to the queue is brought by the sweep.
        let later = Time(now.0 + 61_000);
        notify::sweep(&world.table, &world.notices, later).await?;
        drain(world, later).await.map(drop)
    };
    every_fault(prepare, act, look).await;
}

#[tokio::test]
async fn a_jobs_own_webhook_takes_the_place_of_its_tenants() {
    let (world, job) = ended(Some(&["*"]), Some(&["job.failed"])).await;
    announce(&notifying(&world), &log(&world, &job), NOW.plus_s(6)).await.unwrap();
    drain(&world, NOW.plus_s(6)).await.unwrap();
    let urls: Vec<_> = world.receivers.got().iter().map(|notice| notice.url.clone()).collect();
    assert_eq!(urls, [JOBS]);
    let body: Value = serde_json::from_str(&world.receivers.got()[0].body).unwrap();
    assert_eq!((&body["type"], &body["data"]["n"]), (&json!("job.failed"), &json!(2)));
    assert_eq!(body["timestamp"], "2023-11-14T22:13:25.000Z");
}

#[tokio::test]
async fn the_stream_may_bring_an_event_twice_and_what_it_brings_may_be_no_event() {
    let (world, job) = ended(Some(&["*"]), None).await;
    let mut items = log(&world, &job);
    let odd = json!({ "pk": "LOG#nobody", "sk": "EVENT#1" });
    items.push(odd.as_object().unwrap().clone());
    items.push(json!({ "pk": "JOB#x", "sk": "META" }).as_object().unwrap().clone());
    for _ in 0..2 {
        announce(&notifying(&world), &items, NOW.plus_s(6)).await.unwrap();
    }
    drain(&world, NOW.plus_s(6)).await.unwrap();
    assert_eq!(world.receivers.got().len(), 1, "the second message found nothing to do");
}

#[tokio::test]
async fn news_of_a_job_that_was_erased_is_no_news() {
    let (world, job) = ended(Some(&["*"]), None).await;
    let items = log(&world, &job);
    let other = World::default();
    announce(&notifying(&other), &items, NOW).await.unwrap();
    assert!(other.bus.events().is_empty());
}

#[tokio::test]
async fn a_listener_reads_what_happens_while_it_listens_and_for_an_hour() {
    let (world, job) = ended(None, None).await;
    let items = log(&world, &job);
    let start = feed_start(NOW);
    announce(&notifying(&world), &items, NOW.plus_s(6)).await.unwrap();
    assert!(feed(&world.table, &acme(), &start, 10).await.unwrap().is_empty(), "nobody listened");
    let listening = Listening::from(NOW.plus_s(7));
    world.table.plant(Write::put(Listening::key(&acme()), &listening).unwrap());
    announce(&notifying(&world), &items, NOW.plus_s(8)).await.unwrap();
    let heard = feed(&world.table, &acme(), &start, 10).await.unwrap();
    assert_eq!((heard.len(), heard[0].kind.as_str()), (1, "job.failed"));
    assert_eq!(heard[0].expires_at, NOW.plus_s(8 + FEED_S).unix_s());
    let again = feed(&world.table, &acme(), &heard[0].place, 10).await.unwrap();
    assert_eq!(again, heard, "once more, for a writer that was late");
    let after = feed_start(NOW.plus_s(14));
    assert!(feed(&world.table, &acme(), &after, 10).await.unwrap().is_empty());
    let other = TenantId::parse("beta").unwrap();
    assert!(feed(&world.table, &other, &start, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_full_page_goes_on_behind_what_was_read() {
    let (world, job) = ended(None, None).await;
    let listening = Listening::from(NOW);
    world.table.plant(Write::put(Listening::key(&acme()), &listening).unwrap());
    for second in 0..4 {
        let items = log(&world, &job);
        announce(&notifying(&world), &items, NOW.plus_s(second)).await.unwrap();
    }
    let mut place = feed_start(NOW);
    for _ in 0..2 {
        place = feed(&world.table, &acme(), &place, 2).await.unwrap().last().unwrap().place.clone();
    }
    assert!(place.starts_with(&feed_start(NOW.plus_s(3))), "{place}");
}
