//! Pieces of a video, reported while it is made.

use super::*;
use domain::chunk;
use domain::event::Event;
use domain::fakes::MP4;
use domain::gpu::{Chunk, Part};

const CLIP: &str = "name: clip\nbudget_usd: 0.5\nsteps:\n  film: { kind: video.generate, with: { prompt: a fox, seconds: 3 }, retry: { attempts: 2 } }\n";

/// A world in which a host films.
async fn filming() -> (World, AttemptId) {
    let world = World::default();
    world.host("host-a", 1).await;
    let job = world.job(1, CLIP, json!({})).await;
    world.lanes().take(&world.message(&job, 0), NOW).await.unwrap();
    world.lanes().fill(GPU, NOW).await.unwrap();
    (world, AttemptId::new(&job, "film", 1))
}

fn piece(number: u32) -> News {
    let (part, seconds) = if number == 0 { (Part::Init, 0.0) } else { (Part::Media, 1.0) };
    let media_type = "video/mp4".to_owned();
    let chunk = Chunk { number, part, media_type, seconds, bytes: 9 };
    News::Chunk { fraction: 0.3, chunk }
}

async fn log(world: &World, attempt: &AttemptId) -> Vec<Event> {
    let events = domain::event::read(&world.table, &attempt.job(), 0, 100).await.unwrap();
    events.into_iter().filter(|event| event.kind == chunk::EVENT).collect()
}

#[tokio::test]
async fn a_claim_brings_a_place_for_each_piece_and_no_more() {
    let (world, attempt) = filming().await;
    let render = world.render(&attempt);
    let places = render.chunks.unwrap();
    assert_eq!((places.seconds, places.to.len()), (1, 4));
    assert!(places.to[3].url.contains(&format!("chunks/{attempt}/003.mp4?put")));
    assert_eq!(places.to[0].headers["content-type"], "video/mp4");
    assert_eq!(
        (render.outputs[0].name.as_str(), render.outputs[0].media_type.as_str()),
        ("video", "video/mp4")
    );
}

#[tokio::test]
async fn a_picture_comes_whole() {
    let (world, attempt) = world().await;
    assert_eq!(world.render(&attempt).chunks, None);
    let reply = send(&world, &world.report(&attempt, 1, piece(0)), NOW.plus_s(1)).await.unwrap();
    assert!(matches!(reply, Reply::Invalid(_)), "{reply:?}");
}

#[tokio::test]
async fn each_piece_is_an_event_however_soon_after_the_last_one() {
    let (world, attempt) = filming().await;
    for number in 0..4 {
        let report = world.report(&attempt, u64::from(number) + 1, piece(number));
        assert_eq!(send(&world, &report, NOW.plus_s(1)).await.unwrap(), answer(true));
    }
    let said = log(&world, &attempt).await;
    assert_eq!(said.len(), 4);
    let second = &said[1];
    assert_eq!(
        (second.step.as_deref(), second.attempt.as_deref()),
        (Some("film"), Some(attempt.as_str()))
    );
    assert_eq!(
        serde_json::Value::Object(second.data.clone()),
        json!({
            "number": 1, "part": "media", "media_type": "video/mp4", "seconds": 1.0, "bytes": 9,
            "fraction": 0.3, "key": format!("chunks/{attempt}/001.mp4"),
        })
    );
    assert_eq!(attempt_record(&world, &attempt).fraction, 0.3);
}

#[tokio::test]
async fn a_piece_that_comes_again_or_late_is_told_once_or_never() {
    let (world, attempt) = filming().await;
    for seq in [2, 2, 1, 2] {
        let report = world.report(&attempt, seq, piece(seq as u32));
        assert_eq!(send(&world, &report, NOW.plus_s(1)).await.unwrap(), answer(true));
    }
    assert_eq!(log(&world, &attempt).await.len(), 1);
    send(&world, &world.success(&attempt, 3), NOW.plus_s(2)).await.unwrap();
    let late = world.report(&attempt, 4, piece(3));
    assert_eq!(send(&world, &late, NOW.plus_s(3)).await.unwrap(), answer(false));
    assert_eq!(log(&world, &attempt).await.len(), 1);
}

#[tokio::test]
async fn a_piece_without_a_place_is_refused() {
    let (world, attempt) = filming().await;
    let report = world.report(&attempt, 1, piece(4));
    let reply = send(&world, &report, NOW.plus_s(1)).await.unwrap();
    assert!(
        matches!(reply, Reply::Invalid(why) if why.contains("chunk 4: there is no place for it"))
    );
    assert_eq!(log(&world, &attempt).await, []);
}

#[tokio::test]
async fn every_call_of_a_piece_may_fail_both_ways() {
    let prepare = async || filming().await.0;
    let act = async |world: &World| {
        let attempt = AttemptId::new(&JobId::new(NOW, [1; 10]), "film", 1);
        send(world, &world.report(&attempt, 2, piece(1)), NOW.plus_s(1)).await.map(|_| ())
    };
    every_fault(prepare, act, World::listing).await;
}

#[tokio::test]
async fn the_whole_video_is_taken_into_custody_with_its_length() {
    let (world, attempt) = filming().await;
    send(&world, &world.success(&attempt, 1), NOW.plus_s(2)).await.unwrap();
    let view = JobView::expect(&world.table, &attempt.job()).await.unwrap();
    let asset = view.assets.values().next().unwrap();
    assert_eq!(
        (asset.port.as_str(), asset.media_type.as_str(), asset.seconds),
        ("video", "video/mp4", Some(4.0))
    );
    assert!(asset.key.ends_with(".mp4"));
    assert!(world.objects.peek(Bucket::Assets, &asset.key).unwrap().0.starts_with(MP4));
}

#[tokio::test]
async fn pieces_of_a_second_attempt_have_places_and_names_of_their_own() {
    let (world, first) = filming().await;
    send(&world, &world.report(&first, 1, piece(0)), NOW.plus_s(1)).await.unwrap();
    send(&world, &world.report(&first, 2, failure(true)), NOW.plus_s(2)).await.unwrap();
    let later = NOW.plus_s(120);
    world.lanes().fill(GPU, later).await.unwrap();
    let second = AttemptId::new(&first.job(), "film", 2);
    send(&world, &world.report(&second, 1, piece(0)), later).await.unwrap();
    let said = log(&world, &first).await;
    let attempts: Vec<_> = said.iter().filter_map(|event| event.attempt.as_deref()).collect();
    assert_eq!(attempts, [first.as_str(), second.as_str()]);
    assert_ne!(said[0].data["key"], said[1].data["key"]);
    assert!(world.render(&second).chunks.unwrap().to[0].url.contains(second.as_str()));
}
