//! Receivers of every manner.

use super::*;
use crate::guarded::Guarded;
use crate::receiver::{Manner, Receiver};
use crate::signature::Secret;
use crate::signed::Reading;
use domain::fakes::{Fault, NOW, World, publishable};
use domain::id::{AssetId, TenantId};
use domain::sign::SigningKey;
use std::time::Duration;

fn post(url: &str) -> Post {
    let settings = json!({ "kind": "webhook", "url": url });
    let view = publishable(&json!({ "kind": "webhook", "url": "https://example.com/" }));
    let asset = &view.assets[&AssetId::new(&view.job.id, "ladder", "1", 0)];
    Post::new(&view, "publish", asset, settings.as_object().unwrap(), NOW)
}

fn key(_: Option<String>) -> Reading {
    Box::pin(async { Ok("deployment".to_owned()) })
}

async fn deliver(receiver: &Receiver, world: &World) -> Outcome {
    let client = Guarded::new([receiver.entry()]).within(Duration::from_millis(300));
    let target = Webhook::new(Signed::new(&world.objects, &world.table, client, key));
    target.start(&post(&format!("http://{}/hook?token=secret", receiver.entry())), Vec::new()).await
}

async fn answered(manner: Manner) -> Outcome {
    deliver(&Receiver::start(manner), &World::default()).await
}

#[tokio::test]
async fn a_delivery_is_signed_so_that_the_receiver_can_verify_it() {
    let receiver = Receiver::start(Manner::Head("204 No Content"));
    let location = format!("http://{}/hook", receiver.entry());
    assert_eq!(deliver(&receiver, &World::default()).await, Outcome::Done(location));
    let [got] = receiver.got().try_into().unwrap();
    let (id, time) = (&got.headers["webhook-id"], &got.headers["webhook-timestamp"]);
    assert_eq!(time, "1700000000");
    let secret = Secret::of(&SigningKey::new("deployment"), &TenantId::parse("acme").unwrap());
    let secret = Secret::parse(&secret.reveal()).unwrap();
    let expected = secret.sign(id, time.parse().unwrap(), &got.body);
    assert_eq!(got.headers["webhook-signature"], expected);
    let body: Value = serde_json::from_slice(&got.body).unwrap();
    assert_eq!(body["type"], "asset.published");
    assert_eq!(body["timestamp"], "2023-11-14T22:13:20.000Z");
    assert_eq!(body["data"]["publication"], **id);
    assert_eq!(body["data"]["labels"], json!({ "campaign": "spring" }));
    assert_eq!(body["data"]["asset"]["name"], "ladder-480w.jpg");
    assert!(body["data"]["asset"]["url"].as_str().unwrap().ends_with("?get&expires=3600"));
}

#[tokio::test]
async fn a_second_delivery_has_the_same_id() {
    let receiver = Receiver::start(Manner::Head("200 OK"));
    for _ in 0..2 {
        deliver(&receiver, &World::default()).await;
    }
    let ids: Vec<_> = receiver.got().iter().map(|got| got.headers["webhook-id"].clone()).collect();
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn each_answer_says_what_is_known() {
    use Refusal::{Later, Never};
    let cases = [
        (Manner::Head("500 Oops"), Err("answered 500")),
        (Manner::Head("502 Bad Gateway"), Err("answered 502")),
        (Manner::Silent, Err("no answer within")),
        (Manner::HangUp, Err("")),
        (Manner::Head("302 Found\r\nlocation: https://example.com/"), Ok((Never, "redirect"))),
        (Manner::Head("410 Gone"), Ok((Never, "wants nothing more"))),
        (Manner::Head("404 Not Found"), Ok((Never, "answered 404"))),
        (Manner::Head("429 Slow\r\nretry-after: 30"), Ok((Later, "429, retry after 30"))),
        (Manner::Head("503 Busy"), Ok((Later, "answered 503"))),
    ];
    for (manner, expected) in cases {
        match (answered(manner).await, expected) {
            (Outcome::Unknown(why), Err(part)) => assert!(why.contains(part), "{why}"),
            (Outcome::Refused(refusal, why), Ok((class, part))) => {
                assert_eq!(refusal, class, "{why}");
                assert!(why.contains(part), "{why}");
            }
            (outcome, _) => panic!("{manner:?}: {outcome:?}"),
        }
    }
}

#[tokio::test]
async fn a_private_receiver_is_refused_for_good() {
    let world = World::default();
    let target = Webhook::new(Signed::new(&world.objects, &world.table, Guarded::new([]), key));
    let outcome = target.start(&post("https://169.254.169.254/latest"), Vec::new()).await;
    assert!(matches!(outcome, Outcome::Refused(Refusal::Never, _)), "{outcome:?}");
}

#[tokio::test]
async fn without_a_url_for_the_bytes_nothing_is_sent() {
    let world = World::default();
    world.faults.plan(0, Fault::Refused);
    let receiver = Receiver::start(Manner::Head("200 OK"));
    let outcome = deliver(&receiver, &world).await;
    assert!(matches!(outcome, Outcome::Refused(Refusal::Later, _)), "{outcome:?}");
    assert!(receiver.got().is_empty());
}
