//! A job's log as `EventSource` reads it.

use super::*;

const STREAM: &str = "text/event-stream";

fn log(job: &JobId, query: &str) -> HttpRequest {
    request("GET", &format!("/v1/jobs/{job}/events{query}")).with("accept", STREAM)
}

#[tokio::test]
async fn a_stream_is_resumed_from_the_last_event_and_ends_with_the_job() {
    let world = world().await;
    let job = submitted(&world, &hero(), "k1").await;
    let first = send(&world, log(&job, "")).await;
    assert_eq!((first.status, first.headers["content-type"].as_str()), (200, STREAM));
    let data = first.body.strip_prefix("retry: 500\n\nid: 1\ndata: ").unwrap();
    assert!(data.ends_with("}\n\n") && data.lines().count() == 2, "{data:?}");
    let event: Value = serde_json::from_str(data).unwrap();
    let said = json!({ "pipeline": "hero-image" });
    assert_eq!(
        event,
        json!({ "n": 1, "at": "2023-11-14T22:13:20.000Z", "type": "job.accepted", "data": said })
    );

    let patient = Stopped::at(NOW);
    let nothing = send_at(&world, &patient, log(&job, "").with("last-event-id", "1")).await;
    assert_eq!((nothing.status, nothing.body.as_str()), (200, "retry: 500\n\n"));
    assert_eq!(patient.slept(), 20_000, "held as long as anybody may wait");

    super::jobs::end(&world, &job, domain::state::JobState::Failed).await;
    let rest = send(&world, log(&job, "").with("last-event-id", "1")).await;
    let last = domain::event::last_number(&world.table, &job).await.unwrap();
    assert_eq!(rest.body.contains(&format!("id: {last}\n")), 1 < last, "{}", rest.body);
    let end = log(&job, "?after=0").with("last-event-id", &last.to_string());
    let end = send(&world, end).await;
    assert_eq!((end.status, end.body.as_str()), (204, ""), "EventSource comes again after a 200");
}

#[tokio::test]
async fn a_log_is_read_with_its_token_in_the_address_and_nothing_else_is() {
    let world = world().await;
    let job = submitted(&world, &hero(), "k1").await;
    let token = token(&world, &job, "acme", NOW.plus_s(1));
    let token = token.strip_prefix("Bearer ").unwrap();
    let with = |path: &str, token: &str| {
        request("GET", &format!("{path}?token={token}")).without("authorization")
    };
    let log = format!("/v1/jobs/{job}/events");
    assert_eq!(send(&world, with(&log, token)).await.status, 200);
    let other = submitted(&world, &hero(), "k2").await;
    assert_eq!(send(&world, with(&format!("/v1/jobs/{other}/events"), token)).await.status, 404);
    assert_eq!(send(&world, with(&format!("/v1/jobs/{job}"), token)).await.status, 401);
    let key = send(&world, with(&log, &key_of("acme"))).await;
    assert_eq!(
        super::malformed::read(&key),
        "400 invalid-parameter\ntoken: it is no job token — an API key belongs into the header Authorization"
    );
    let odd = log_with(&job, "last-event-id", "-1");
    assert_eq!(
        super::malformed::read(&send(&world, odd).await),
        "400 invalid-header\nLast-Event-ID: it is \"-1\" — send the number of an event, or leave it out"
    );
}

/// What `POST /v1/jobs/{id}/token` answers.
async fn watch_token(world: &World, job: &JobId, authorization: Option<&str>) -> serde_json::Value {
    let ask = request("POST", &format!("/v1/jobs/{job}/token"));
    let ask = match authorization {
        Some(own) => ask.with("authorization", own),
        None => ask,
    };
    let answer = send(world, ask).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    json_of(&answer)
}

#[tokio::test]
async fn a_token_for_addresses_is_valid_for_minutes_and_can_be_asked_for_again() {
    let world = world().await;
    let job = submitted(&world, &hero(), "k1").await;
    let given = watch_token(&world, &job, None).await;
    assert_eq!(given["expires_at"], NOW.plus_s(900).rfc3339());
    assert_eq!(given["stream"], "wss://stream.test/live");
    let own = format!("Bearer {}", given["token"].as_str().unwrap());
    let again = watch_token(&world, &job, Some(&own)).await;
    assert_eq!(again["expires_at"], given["expires_at"], "nobody makes his own token last longer");
    let of_the_job = token(&world, &job, "acme", NOW.plus_s(7 * 24 * 3600));
    let short = watch_token(&world, &job, Some(&of_the_job)).await;
    assert_eq!(short["expires_at"], NOW.plus_s(900).rfc3339());
}

#[tokio::test]
async fn a_token_that_is_valid_for_days_stays_out_of_addresses() {
    let world = world().await;
    let job = submitted(&world, &hero(), "k1").await;
    let long = token(&world, &job, "acme", NOW.plus_s(901));
    let long = long.strip_prefix("Bearer ").unwrap();
    let ask = log(&job, &format!("?token={long}")).without("authorization");
    assert_eq!(
        super::malformed::read(&send(&world, ask).await),
        "400 invalid-parameter\ntoken: it is valid for too long — ask for one for addresses: POST /v1/jobs/{id}/token"
    );
}

fn log_with(job: &JobId, header: &str, value: &str) -> HttpRequest {
    log(job, "").with(header, value)
}
