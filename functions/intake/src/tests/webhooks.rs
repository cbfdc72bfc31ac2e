//! Webhooks, deliveries and news, as their tenant meets them.

use super::*;
use domain::fakes::every_fault;
use domain::notify::{DeliveryRecord, FeedEntry, LISTENING_S, Listening, TenantWebhook};
use domain::record::JobRecord;
use domain::store::Key;

/// A delivery of a job's event.
pub(crate) fn delivery(world: &World, job: &JobId, n: u64, state: &str) -> String {
    let id = DeliveryRecord::id_of(job, n);
    let mut record = json!({
        "id": id, "tenant": "acme", "job": job, "n": n, "kind": "job.failed", "of_tenant": true,
        "url": "https://old.example/hook", "body": "{}", "state": state, "tries": 3, "next_at": NOW.0,
        "created_at": NOW.0, "updated_at": NOW.0, "expires_at": NOW.unix_s() + 9, "error": "it answered 500",
    });
    if state == "dead" {
        record["tenant_jobs"] = json!("acme#dead");
        record["sk_job"] = json!(id);
    }
    world.table.plant(Write::put(DeliveryRecord::key(&tenant("acme"), &id), &record).unwrap());
    id
}

fn put(url: &str) -> HttpRequest {
    request("PUT", "/v1/webhook")
        .body(&json!({ "url": url, "events": ["job.*", "publication.done"] }))
}

#[tokio::test]
async fn a_tenants_webhook_is_put_shown_and_deleted_by_itself_alone() {
    let world = world().await;
    let stored = send(&world, put("https://hooks.example/galley")).await;
    assert_eq!(stored.status, 200, "{}", stored.body);
    let shown = json_of(&send(&world, request("GET", "/v1/webhook")).await);
    assert_eq!(shown, json_of(&stored));
    assert_eq!(
        shown,
        json!({ "url": "https://hooks.example/galley", "events": ["job.*", "publication.done"],
                "gone": false, "updated_at": "2023-11-14T22:13:20.000Z" })
    );
    assert_eq!(send(&world, request("GET", "/v1/webhook").by("beta")).await.status, 404);
    for expected in [true, false] {
        let answer = send(&world, request("DELETE", "/v1/webhook")).await;
        assert_eq!((answer.status, json_of(&answer)), (200, json!({ "deleted": expected })));
    }
    assert_eq!(
        send(&world, put("http://127.0.0.1:8080/")).await.status,
        200,
        "the operator's list"
    );
}

#[tokio::test]
async fn putting_a_webhook_lets_one_that_was_gone_be_there_again() {
    let world = world().await;
    send(&world, put("https://hooks.example/galley")).await;
    alter(&world, TenantWebhook::key(&tenant("acme")), json!({ "gone": true }));
    assert_eq!(json_of(&send(&world, request("GET", "/v1/webhook")).await)["gone"], true);
    assert_eq!(json_of(&send(&world, put("https://hooks.example/galley")).await)["gone"], false);
}

#[tokio::test]
async fn a_job_keeps_the_webhook_that_it_came_with() {
    let world = world().await;
    let mut body = hero();
    body["webhook"] = json!({ "url": "https://hooks.example/this-job" });
    let job = submitted(&world, &body, "k1").await;
    let record = world.table.peek(&JobRecord::key(&job)).unwrap();
    let expected =
        json!({ "url": "https://hooks.example/this-job", "events": ["job.*", "review.*"] });
    assert_eq!(record["webhook"], expected);
    let shown = json_of(&send(&world, request("GET", &format!("/v1/jobs/{job}"))).await);
    assert_eq!(shown["webhook"]["gone"], false);
}

#[tokio::test]
async fn two_secrets_are_shown_while_rotating_and_a_repeated_rotation_changes_nothing() {
    let world = world().await;
    let secrets = async |request: HttpRequest| {
        let answer = send(&world, request).await;
        assert_eq!(answer.headers["cache-control"], "no-store");
        json_of(&answer)
    };
    let show = || request("GET", "/v1/webhook/secret");
    let first = secrets(show()).await;
    assert_eq!(first["previous_until"], Value::Null);
    let rotated = secrets(request("POST", "/v1/webhook/rotate")).await;
    assert_eq!(rotated["secrets"][1], first["secrets"][0]);
    assert_eq!(rotated["previous_until"], "2023-11-15T22:13:20.000Z");
    assert_eq!(secrets(request("POST", "/v1/webhook/rotate")).await, rotated);
    assert_eq!(secrets(show()).await, rotated);
    assert_ne!(secrets(show().by("beta")).await["secrets"], first["secrets"]);
    let leaked = request("POST", "/v1/webhook/rotate").body(&json!({ "overlap_s": 0 }));
    let only = secrets(leaked).await;
    assert_eq!(only["secrets"].as_array().unwrap().len(), 1);
    assert!(!rotated.to_string().contains(only["secrets"][0].as_str().unwrap()));
}

#[tokio::test]
async fn deliveries_are_listed_by_state_page_by_page() {
    let world = world().await;
    let job = submitted(&world, &hero(), "k1").await;
    for n in 1..=5 {
        delivery(&world, &job, n, if n % 2 == 0 { "dead" } else { "delivered" });
    }
    let numbers = |body: &Value| -> Vec<u64> {
        let all = body["deliveries"].as_array().unwrap();
        all.iter().map(|delivery| delivery["n"].as_u64().unwrap()).collect()
    };
    let get = async |query: &str| {
        json_of(&send(&world, request("GET", &format!("/v1/deliveries?{query}"))).await)
    };
    let page = get("limit=3").await;
    assert_eq!(numbers(&page), [5, 4, 3]);
    let next = get(&format!("limit=3&cursor={}", page["next"].as_str().unwrap())).await;
    assert_eq!((numbers(&next), &next["next"]), (vec![2, 1], &Value::Null));
    assert_eq!(numbers(&get("state=dead").await), [4, 2]);
    let one = get("state=delivered&limit=1").await;
    assert_eq!(numbers(&one), [5]);
    let cursor = one["next"].as_str().unwrap();
    assert_eq!(numbers(&get(&format!("state=delivered&cursor={cursor}")).await), [3, 1]);
    assert_eq!(numbers(&get("state=pending").await), [0_u64; 0]);
    let foreign = request("GET", &format!("/v1/deliveries?cursor={cursor}")).by("beta");
    assert_eq!(send(&world, foreign).await.status, 400);
}

#[tokio::test]
async fn all_that_is_dead_is_sent_again_by_one_call_to_where_the_webhook_is_now() {
    let prepare = async || {
        let world = world().await;
        let job = submitted(&world, &hero(), "k1").await;
        for n in 1..=3 {
            delivery(&world, &job, n, "dead");
        }
        send(&world, put("https://new.example/hook")).await;
        world.faults.clear();
        world
    };
    let act = async |world: &World| {
        let all = request("POST", "/v1/deliveries/retry?state=dead");
        let answer = send(world, all).await;
        assert!([202, 503].contains(&answer.status), "{}", answer.body);
        // A message that was lost is sent by the sweep.
        domain::notify::sweep(&world.table, &world.notices, NOW.plus_s(60)).await.map(drop)
    };
    let look = |world: &World| {
        let listing = world.table.listing();
        let lines = listing.lines().filter(|line| line.starts_with("DELIVERIES"));
        // The sweep moved the time at which it looks next.
        let states = lines.map(|line| {
            let item: Value = serde_json::from_str(line.splitn(3, ' ').nth(2).unwrap()).unwrap();
            format!("{} {} {} {}", item["id"], item["state"], item["url"], item["tenant_jobs"])
        });
        states.collect::<Vec<_>>().join("\n")
    };
    every_fault(prepare, act, look).await;
    let world = prepare().await;
    act(&world).await.unwrap();
    assert!(
        look(&world).contains("\"pending\" \"https://new.example/hook\" null"),
        "{}",
        look(&world)
    );
    assert!(3 <= world.notices.sent().len());
}

#[tokio::test]
async fn one_delivery_is_sent_again_also_when_it_had_arrived() {
    let world = world().await;
    let job = submitted(&world, &hero(), "k1").await;
    let id = delivery(&world, &job, 2, "delivered");
    let answer = send(&world, request("POST", &format!("/v1/deliveries/{id}/retry"))).await;
    let body = json_of(&answer);
    assert_eq!(
        (answer.status, &body["state"], &body["tries"]),
        (202, &json!("pending"), &json!(0))
    );
    assert_eq!(world.notices.sent().len(), 1);
    assert_eq!(
        body["url"], "https://old.example/hook",
        "no webhook is known that would take its place"
    );
}

#[tokio::test]
async fn a_listener_is_held_for_news_and_told_where_to_go_on() {
    let world = world().await;
    let entry = |at: Time, id: &str| {
        let place = format!("{:013}#{id}", at.0);
        let body = json!({ "type": "job.failed", "timestamp": at.rfc3339(), "data": { "n": 2 } });
        let entry = FeedEntry {
            id: id.into(),
            kind: "job.failed".into(),
            body: body.to_string(),
            place: place.clone(),
            expires_at: at.plus_s(9).unix_s(),
        };
        world.table.plant(Write::put(Key::new("FEED#acme", &place), &entry).unwrap());
    };
    let empty = json_of(&send(&world, request("GET", "/v1/events")).await);
    assert_eq!(empty, json!({ "events": [], "next": NOW.0.to_string() }));
    let listening = world.table.peek(&Listening::key(&tenant("acme"))).unwrap();
    assert_eq!(listening["until"], NOW.plus_s(LISTENING_S).0);
    let clock = Stopped::with(NOW, |_| entry(NOW.plus_s(1), "j1.00000002"));
    let path = format!("/v1/events?after={}", NOW.0);
    let held = request("GET", &path).with("prefer", "wait=20");
    let answer = send_at(&world, &clock, held.clone()).await;
    assert_eq!(answer.headers["preference-applied"], "wait=20");
    let news = json_of(&answer);
    assert_eq!(
        (&news["events"][0]["id"], &news["events"][0]["data"]["n"]),
        (&json!("j1.00000002"), &json!(2))
    );
    assert!(clock.slept() < 1000);
    let next = news["next"].as_str().unwrap().replace('#', "%23");
    assert!(next.ends_with("%23j1.00000002"), "{next}");
    let beta = send(&world, request("GET", &path).by("beta")).await;
    assert_eq!(json_of(&beta)["events"], json!([]));
}
