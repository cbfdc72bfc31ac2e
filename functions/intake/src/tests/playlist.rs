//! The playlist of a job's video, as players ask for it.

use super::*;
use domain::event::Event;

const CLIP: &str = include_str!("../../../../infra/pipelines/clip.yaml");
const M3U8: &str = "application/vnd.apple.mpegurl";

/// A job that films, and what plants the next event of its log.
async fn filming(world: &World) -> JobId {
    let put = request("PUT", "/v1/pipelines/clip").text("application/yaml", CLIP);
    assert_eq!(send(world, put).await.status, 201);
    submitted(world, &json!({ "pipeline": "clip", "inputs": { "prompt": "a fox" } }), "k1").await
}

fn happens(world: &World, job: &JobId, n: u64, event: Event) {
    let event = Event { n, ..event.step("film") };
    world.table.plant(Write::put(domain::event::key(job, n), &event).unwrap());
}

fn piece(job: &JobId, number: u32) -> Event {
    let seconds = if number == 0 { 0.0 } else { 1.0 };
    let event = Event::new(NOW, "step.chunk").attempt(format!("{job}.film.1"));
    event
        .with("number", number)
        .with("seconds", seconds)
        .with("key", format!("chunks/{number}.mp4"))
}

fn list(job: &JobId, query: &str) -> HttpRequest {
    request("GET", &format!("/v1/jobs/{job}/playlist.m3u8{query}"))
}

#[tokio::test]
async fn a_playlist_has_the_addresses_of_what_there_is() {
    let world = world().await;
    let job = filming(&world).await;
    happens(&world, &job, 2, piece(&job, 0));
    happens(&world, &job, 3, piece(&job, 1));
    let answer = send(&world, list(&job, "?step=film")).await;
    assert_eq!((answer.status, answer.headers["content-type"].as_str()), (200, M3U8));
    assert_eq!(answer.headers["cache-control"], "no-store");
    let rest = answer.body.split_once("PRECISE=YES\n").unwrap().1;
    assert_eq!(
        rest,
        "#EXT-X-MAP:URI=\"https://s3.test/Assets/chunks/0.mp4?get&expires=3600\"\n\
         #EXTINF:1.000000,\nhttps://s3.test/Assets/chunks/1.mp4?get&expires=3600\n"
    );
    assert!(answer.body.contains("#EXT-X-TARGETDURATION:1\n"));
    happens(&world, &job, 4, Event::new(NOW, "step.succeeded"));
    assert!(send(&world, list(&job, "")).await.body.ends_with("#EXT-X-ENDLIST\n"));
}

#[tokio::test]
async fn it_is_held_for_the_first_segment_and_no_longer() {
    let world = world().await;
    let job = filming(&world).await;
    let patient = Stopped::at(NOW);
    let empty = send_at(&world, &patient, list(&job, "")).await;
    assert_eq!((empty.status, empty.body.contains("EXTINF")), (200, false));
    assert_eq!(patient.slept(), 20_000, "held as long as anybody may wait");
    let mut n = 1;
    let meanwhile = Stopped::with(NOW, |_| {
        n += 1;
        happens(&world, &job, n, piece(&job, n as u32 - 2));
    });
    let begun = send_at(&world, &meanwhile, list(&job, "")).await;
    assert_eq!(begun.body.matches("EXTINF").count(), 1);
    assert_eq!(meanwhile.slept(), 100 + 150);
}

#[tokio::test]
async fn while_there_are_few_segments_it_is_held_for_the_next_one() {
    for (there, expected, slept) in [(2, 2, 100), (3, 3, 100), (4, 3, 0), (5, 4, 0)] {
        let world = world().await;
        let job = filming(&world).await;
        for number in 0..there {
            happens(&world, &job, u64::from(number) + 2, piece(&job, number));
        }
        let meanwhile = Stopped::with(NOW, |_| {
            happens(&world, &job, u64::from(there) + 2, piece(&job, there));
        });
        let answer = send_at(&world, &meanwhile, list(&job, "")).await;
        assert_eq!(answer.body.matches("EXTINF").count(), expected, "with {there} pieces");
        assert_eq!(meanwhile.slept(), slept);
    }
}

#[tokio::test]
async fn a_job_that_ended_without_a_picture_has_an_empty_playlist_with_an_end() {
    let world = world().await;
    let job = filming(&world).await;
    happens(&world, &job, 2, Event::new(NOW, "step.failed"));
    let patient = Stopped::at(NOW);
    let answer = send_at(&world, &patient, list(&job, "")).await;
    assert_eq!(answer.body.split_once("PRECISE=YES\n").unwrap().1, "#EXT-X-ENDLIST\n");
    assert_eq!(patient.slept(), 0);
}

#[tokio::test]
async fn a_long_log_is_read_to_its_end() {
    let world = world().await;
    let job = filming(&world).await;
    for n in 2..2500 {
        happens(&world, &job, n, Event::new(NOW, "step.progress"));
    }
    happens(&world, &job, 2500, piece(&job, 0));
    happens(&world, &job, 2501, piece(&job, 1));
    assert_eq!(send(&world, list(&job, "")).await.body.matches("EXTINF").count(), 1);
}

#[tokio::test]
async fn a_job_that_can_be_played_links_to_its_playlist_and_no_other_does() {
    let world = world().await;
    let job = filming(&world).await;
    let link = async |job: &JobId| {
        let job = send(&world, request("GET", &format!("/v1/jobs/{job}"))).await;
        json_of(&job)["links"]["playlist"].clone()
    };
    assert_eq!(link(&job).await, format!("/v1/jobs/{job}/playlist.m3u8"));
    let picture = submitted(&world, &hero(), "k2").await;
    assert_eq!(link(&picture).await, Value::Null);
    let answer = send(&world, list(&picture, "")).await;
    assert_eq!(
        super::malformed::read(&answer),
        "409 nothing-to-play\nno step of hero-image makes video or sound"
    );
}

#[tokio::test]
async fn a_player_brings_its_token_in_the_address() {
    let world = world().await;
    let job = filming(&world).await;
    happens(&world, &job, 2, Event::new(NOW, "step.failed"));
    let token = token(&world, &job, "acme", NOW.plus_s(60));
    let asked = list(&job, &format!("?token={}", token.strip_prefix("Bearer ").unwrap()));
    assert_eq!(send(&world, asked.without("authorization")).await.status, 200);
    let key = list(&job, &format!("?token={}", key_of("acme"))).without("authorization");
    assert_eq!(
        super::malformed::read(&send(&world, key).await),
        "400 invalid-parameter\ntoken: it is no job token — an API key belongs into the header Authorization"
    );
}

#[tokio::test]
async fn a_step_that_is_not_there_and_a_job_that_was_erased_are_told() {
    let world = world().await;
    let job = filming(&world).await;
    let wrong = send(&world, list(&job, "?step=safe")).await;
    assert_eq!(
        super::malformed::read(&wrong),
        "400 invalid-parameter\nstep: it is \"safe\" — use film"
    );
    let erased = json!({ "at": NOW, "reason": "asked to" });
    alter(&world, domain::record::JobRecord::key(&job), json!({ "erased": erased }));
    let gone = send(&world, list(&job, "")).await;
    assert_eq!(
        super::malformed::read(&gone),
        "410 erased\nthe job was erased at 2023-11-14T22:13:20.000Z: asked to"
    );
}
