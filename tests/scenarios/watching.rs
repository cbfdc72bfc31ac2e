//! Jobs watched over WebSockets and Server-Sent Events: every event once, in order, whoever is cut off and how often.

use crate::harness::api::Caller;
use crate::harness::hosts;
use crate::harness::page::Page;
use crate::harness::pipelines::one_render;
use crate::harness::until::patiently;
use crate::harness::world::World;
use domain::id::JobId;
use domain::state::{AttemptState, JobState};
use reqwest::Method;
use serde_json::{Value, json};

/// How often a listener is cut off (`GALLEY_CUTS`), or how many jobs are listened to (`GALLEY_LISTENERS`); few
/// where nobody says.
fn count(variable: &str, few: u64) -> u64 {
    let count = aws::env::optional(variable).map(|count| count.parse());
    count.transpose().expect("it is a number").unwrap_or(few)
}

/// The types of events.
fn kinds(told: &Value) -> Vec<Value> {
    let events = told["events"].as_array().into_iter().flatten();
    events.map(|event| event["type"].clone()).collect()
}

/// A job of this caller, under a key of its own, so that it is one however often a busy machine has to be asked.
async fn submit(caller: &Caller<'_>, pipeline: &Value, number: u64) -> JobId {
    let body = json!({ "pipeline": pipeline, "inputs": {} }).to_string();
    let key = format!("one-of-many-{number}");
    patiently("a job is accepted", 120, async || {
        let headers = [("idempotency-key", key.as_str())];
        let answer = caller.ask(Method::POST, "/v1/jobs", &headers, Some(body.clone())).await;
        answer.ok().filter(|answer| answer.status == 202).map(|answer| answer.job())
    })
    .await
}

/// Three waves of so many renders, each of which makes at least four events.
fn many(wide: u64) -> Value {
    let mut pipeline = one_render(json!({}));
    pipeline["name"] = json!("many-renders");
    pipeline["budget_usd"] = json!(5);
    let mut judged = Vec::new();
    for n in 1..=3 * wide {
        let mut paint = pipeline["steps"]["generate"].clone();
        paint["with"]["preview"] = json!(true);
        if wide < n {
            paint["after"] = json!([format!("paint{}", n - wide)]);
        }
        pipeline["steps"][format!("paint{n}")] = paint;
        judged.push(format!("{{{{ paint{n}.image }}}}"));
    }
    judged.push("{{ generate.image }}".into());
    pipeline["steps"]["good"]["with"]["images"] = json!(judged);
    pipeline
}

#[tokio::test]
async fn a_page_sees_a_job_as_it_goes_and_previews_while_they_are_worth_seeing() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let mut pipeline = one_render(json!({ "seconds": 2 }));
    pipeline["steps"]["generate"]["with"]["preview"] = json!(true);
    let job = caller.submit(&pipeline).await;
    let mut page = Page::open(&caller, &job, 0).await;
    let mut previews = 0;
    loop {
        let told = page.events().await;
        for event in told["events"].as_array().unwrap() {
            if event["type"] == "step.preview" {
                let shown = world.http.get(event["data"]["url"].as_str().unwrap()).send().await;
                assert_eq!(shown.unwrap().status(), 200);
                previews += 1;
            }
        }
        if told["terminal"] == true {
            break;
        }
    }
    world.ends(&job, JobState::Succeeded, 60).await;
    let log: Vec<u64> = world.events(&job).await.iter().map(|event| event.n).collect();
    assert_eq!(page.seen, log);
    assert!(0 < previews);
}

#[tokio::test]
async fn whoever_is_cut_off_sees_every_event_once_over_both_transports_and_on_any_device() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let cuts = count("GALLEY_CUTS", 5);
    let job = caller.submit(&many(cuts)).await;
    let over_sockets = async {
        let mut page = Page::open(&caller, &job, 0).await;
        // Whoever is cut off has read a message more, or less; at last he is left in peace.
        for cut in 0.. {
            let messages = if cut < cuts { 1 + (cut * 7) % 3 } else { u64::MAX };
            for _ in 0..messages {
                if page.events().await["terminal"] == true {
                    return page.seen;
                }
            }
            page.cut();
        }
        page.seen
    };
    let over_requests = async {
        let mut seen = vec![0];
        loop {
            // Another device each time: all it has is a token, and the number that was seen last.
            let token =
                caller.send(Method::POST, &format!("/v1/jobs/{job}/token"), &[], None).await;
            let token = token.body["token"].as_str().unwrap().to_owned();
            let address =
                format!("{}/v1/jobs/{job}/events?token={token}&limit=7", world.stack.api_url);
            let request = reqwest::Client::new().get(address).header("accept", "text/event-stream");
            let answer = request.header("last-event-id", seen.last().unwrap().to_string());
            let answer = answer.send().await.expect("the API answers");
            if answer.status() == 204 {
                return seen;
            }
            let text = answer.text().await.expect("a stream of events");
            let ids = text.lines().filter_map(|line| line.strip_prefix("id: "));
            seen.extend(ids.map(|id| id.parse::<u64>().expect("a number")));
        }
    };
    let (sockets, requests) = tokio::join!(over_sockets, over_requests);
    world.ends(&job, JobState::Succeeded, 180).await;
    let log: Vec<u64> = world.events(&job).await.iter().map(|event| event.n).collect();
    assert!(10 * cuts <= log.len() as u64, "only {} events flowed", log.len());
    assert_eq!(sockets, log);
    assert_eq!(requests[1..], log);
}

#[tokio::test]
async fn of_many_jobs_each_listener_sees_its_own_though_half_of_them_come_and_go() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let mut pipeline = one_render(json!({}));
    pipeline["steps"]["generate"]["with"]["preview"] = json!(true);
    let listen = |number: u64| {
        let (caller, pipeline) = (&caller, &pipeline);
        async move {
            let job = submit(caller, pipeline, number).await;
            let mut page = Page::open(caller, &job, 0).await;
            while page.events().await["terminal"] != true {
                if number.is_multiple_of(2) {
                    page.cut();
                }
            }
            (job, page.seen)
        }
    };
    let listening = (0..count("GALLEY_LISTENERS", 8)).map(listen);
    for (job, seen) in futures_util::future::join_all(listening).await {
        let view = world.ends(&job, JobState::Succeeded, 60).await;
        // Where a busy machine cut a dispatcher short, its host had not begun: that attempt cost nothing.
        let began = view.attempts.iter().filter(|attempt| attempt.state != AttemptState::Refused);
        assert_eq!(began.count(), 1, "{job}");
        let log: Vec<u64> = world.events(&job).await.iter().map(|event| event.n).collect();
        assert_eq!(seen, log, "{job}");
    }
}

#[tokio::test]
async fn a_stranger_on_a_socket_is_told_nothing_but_why() {
    let world = World::open().await;
    let (caller, other) = (world.tenant().await, world.tenant().await);
    let _turn = hosts::shared(&world).await;
    let job = caller.submit(&one_render(json!({}))).await;
    let others = other.submit(&one_render(json!({}))).await;
    let mut page = Page::open(&other, &others, 0).await;
    let token = other.send(Method::POST, &format!("/v1/jobs/{others}/token"), &[], None).await;
    page.say(json!({ "action": "subscribe", "job": job, "token": token.body["token"] })).await;
    let refused = loop {
        let told = page.told().await.expect("nobody ends the connection");
        assert_ne!(told["job"], json!(job));
        if told["type"] == "error" {
            break told;
        }
    };
    assert_eq!(refused["problem"]["status"], 404, "{refused}");
    assert_eq!(
        other.send(Method::POST, &format!("/v1/jobs/{job}/token"), &[], None).await.status,
        404
    );
    world.ends(&job, JobState::Succeeded, 60).await;
    world.ends(&others, JobState::Succeeded, 60).await;
}

#[tokio::test]
async fn a_page_is_told_that_its_job_is_canceled() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let job = caller.submit(&one_render(json!({ "seconds": 20 }))).await;
    let mut page = Page::open(&caller, &job, 0).await;
    let mut seen = Vec::new();
    while !seen.contains(&json!("step.started")) {
        seen.extend(kinds(&page.events().await));
    }
    assert_eq!(caller.cancel(&job).await.status, 202);
    while !seen.contains(&json!("job.canceled")) {
        seen.extend(kinds(&page.events().await));
    }
    assert!(seen.contains(&json!("job.canceling")), "{seen:?}");
    world.ends(&job, JobState::Canceled, 60).await;
}
