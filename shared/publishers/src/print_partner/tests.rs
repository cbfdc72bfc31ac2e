//! Partners of every manner.

use super::*;
use crate::guarded::Guarded;
use crate::partner_double::{Manner, Partner};
use crate::signature::Secret;
use crate::signed::Reading;
use domain::fakes::{NOW, World, publishable};
use domain::id::{AssetId, TenantId};
use domain::sign::SigningKey;
use std::time::Duration;

fn post(url: &str) -> Post {
    let view = publishable(&json!({ "kind": "s3" }));
    let asset = &view.assets[&AssetId::new(&view.job.id, "ladder", "1", 0)];
    let settings = json!({
        "kind": "print-partner", "url": url, "product": "poster/a4", "copies": 3,
        "ship_to": { "name": "A. Reader", "city": "Leeds" },
    });
    let post = Post::new(&view, "publish", asset, settings.as_object().unwrap(), NOW);
    let sheet = json!({ "width_mm": 210, "height_mm": 297, "bleed_mm": 3, "dpi": 300 });
    Post { sheet: Some(sheet), ..post }
}

fn key(_: Option<String>) -> Reading {
    Box::pin(async { Ok("deployment".to_owned()) })
}

fn partner(manners: &[Manner]) -> Partner {
    Partner::start("127.0.0.1:0", manners, false).unwrap()
}

fn url(partner: &Partner) -> String {
    format!("http://127.0.0.1:{}/v1/", partner.port)
}

fn target<'a>(world: &'a World, partner: &Partner) -> PrintPartner<'a> {
    let client = Guarded::new([format!("127.0.0.1:{}", partner.port)]);
    let client = client.within(Duration::from_millis(500));
    PrintPartner::new(Signed::new(&world.objects, &world.table, client, key))
}

#[tokio::test]
async fn an_order_says_what_is_printed_on_what_and_where_it_goes_and_is_signed() {
    let (world, partner) = (World::default(), partner(&[]));
    let post = post(&url(&partner));
    let outcome = target(&world, &partner).start(&post, Vec::new()).await;
    let location = format!("http://127.0.0.1:{}/v1/orders/o-1", partner.port);
    assert_eq!(outcome, Outcome::Done(location));
    let [asked] = partner.asked().try_into().unwrap();
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/v1/orders"));
    assert_eq!(asked.headers["idempotency-key"], post.id);
    let secret = Secret::of(&SigningKey::new("deployment"), &TenantId::parse("acme").unwrap());
    assert!(asked.signed_by(&secret));
    assert!(!asked.signed_by(&Secret::of(&SigningKey::new("other"), &post.tenant)));
    let [order] = partner.orders().try_into().unwrap();
    for (field, expected) in [
        ("reference", json!(post.id)),
        ("product", json!("poster/a4")),
        ("copies", json!(3)),
        ("sheet", json!({ "width_mm": 210, "height_mm": 297, "bleed_mm": 3, "dpi": 300 })),
        ("ship_to", json!({ "name": "A. Reader", "city": "Leeds" })),
        ("placed_at", json!("2023-11-14T22:13:20.000Z")),
    ] {
        assert_eq!(order[field], expected);
    }
    assert_eq!(order["file"]["sha256"], post.asset.sha256.as_str());
    assert_eq!(order["file"]["media_type"], "image/jpeg");
    assert_eq!(order["file"]["url_expires_at"], "2023-11-15T04:13:20.000Z");
    assert!(order["file"]["url"].as_str().unwrap().ends_with("?get&expires=21600"));
}

#[tokio::test]
async fn each_answer_says_what_is_known_of_the_order() {
    use Refusal::{Later, Never};
    for (manner, expected, orders) in [
        (Manner::Breaks, Err("the print partner answered 500"), 0),
        (Manner::Stumbles, Err("the print partner answered 500"), 1),
        (Manner::Loses, Err(""), 1),
        (Manner::Slow(2_000), Err("no answer within 500ms"), 1),
        (Manner::HangsUp, Err(""), 0),
        (Manner::Busy, Ok((Later, "the print partner answered 503, retry after 1")), 0),
        (Manner::Refuses, Ok((Never, "the print partner answered 422: we do not ship there")), 0),
    ] {
        let (world, partner) = (World::default(), partner(&[manner]));
        let outcome = target(&world, &partner).start(&post(&url(&partner)), Vec::new()).await;
        match (outcome, expected) {
            (Outcome::Unknown(why), Err(part)) => assert!(why.contains(part), "{manner:?}: {why}"),
            (Outcome::Refused(class, why), Ok(expected)) => {
                assert_eq!((class, why.as_str()), expected)
            }
            (outcome, _) => panic!("{manner:?}: {outcome:?}"),
        }
        assert_eq!(partner.orders().len(), orders, "{manner:?}");
    }
}

#[tokio::test]
async fn an_order_that_was_taken_is_found_whatever_became_of_the_answer() {
    for manner in [Manner::Loses, Manner::Slow(1_000), Manner::Stumbles] {
        let (world, partner) = (World::default(), partner(&[manner]));
        let (target, post) = (target(&world, &partner), post(&url(&partner)));
        assert!(matches!(target.start(&post, Vec::new()).await, Outcome::Unknown(_)));
        let location = format!("http://127.0.0.1:{}/v1/orders/o-1", partner.port);
        assert_eq!(target.check(&post).await, Outcome::Done(location.clone()));
        let lookup = partner.asked().pop().unwrap();
        assert_eq!(lookup.path, format!("/v1/orders?reference={}", post.id));
        let secret = Secret::of(&SigningKey::new("deployment"), &post.tenant);
        assert!(lookup.signed_by(&secret));
        // Sent again all the same, it is the same order.
        assert_eq!(target.start(&post, Vec::new()).await, Outcome::Done(location));
        assert_eq!(partner.orders().len(), 1, "{manner:?}");
    }
}

#[tokio::test]
async fn an_order_that_was_not_taken_is_known_to_be_missing() {
    let (world, partner) = (World::default(), partner(&[Manner::Breaks]));
    let (target, post) = (target(&world, &partner), post(&url(&partner)));
    assert!(matches!(target.start(&post, Vec::new()).await, Outcome::Unknown(_)));
    let missing = "the print partner has no such order".to_owned();
    assert_eq!(target.check(&post).await, Outcome::Refused(Refusal::Later, missing));
    assert!(!target.deduplicates(), "what is unknown is never just sent again");
}

#[tokio::test]
async fn what_a_partner_does_not_say_is_unknown() {
    let post = post("https://print.example/v1");
    let reply = |status: u16, body: &str| Reply {
        answer: crate::guarded::Answer { status, retry_after: None },
        body: body.as_bytes().to_vec(),
    };
    let of = |state: &str| {
        format!(
            r#"{{"id":"o-1","reference":"{}","state":"{state}","reason":"no \u0007paper"}}"#,
            post.id
        )
    };
    let stranger = r#"{"id":"o-9","reference":"pub_other","state":"accepted"}"#;
    for (status, body) in [(200, "thanks"), (409, "{}"), (409, stranger), (408, ""), (502, "")] {
        let outcome = answered(&reply(status, body), &post, "https://print.example/v1");
        assert!(matches!(outcome, Outcome::Unknown(_)), "{status}: {outcome:?}");
    }
    for (status, body) in [(200, "thanks"), (204, ""), (404, r#"{"orders":[]}"#), (500, "")] {
        let outcome = found(&reply(status, body), &post, "https://print.example/v1");
        assert!(matches!(outcome, Outcome::Unknown(_)), "{status}: {outcome:?}");
    }
    let refused = answered(&reply(201, &of("refused")), &post, "https://print.example/v1");
    let why = "the print partner refused the order: no paper".to_owned();
    assert_eq!(refused, Outcome::Refused(Refusal::Never, why));
    let odd = of("shipped").replace("o-1", "../../x");
    let location = format!("https://print.example/v1/orders?reference={}", post.id);
    assert_eq!(
        answered(&reply(409, &odd), &post, "https://print.example/v1/"),
        Outcome::Done(location)
    );
}

#[tokio::test]
async fn nothing_is_ordered_that_was_not_made_for_paper_or_at_a_private_address() {
    let (world, partner) = (World::default(), partner(&[]));
    let target = target(&world, &partner);
    let flat = Post { sheet: None, ..post(&url(&partner)) };
    for post in [flat, post("https://169.254.169.254/v1")] {
        let outcome = target.start(&post, Vec::new()).await;
        assert!(matches!(outcome, Outcome::Refused(Refusal::Never, _)), "{outcome:?}");
    }
    assert!(matches!(target.check(&post("https://10.0.0.1")).await, Outcome::Unknown(_)));
    assert!(partner.asked().is_empty());
}
