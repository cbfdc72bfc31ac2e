//! Webhooks as their senders meet them: believed, repeated, refused, and lost on strangers.

use super::*;
use domain::fakes::every_fault;
use domain::trigger::{self, HookSecret, TriggerRecord};
use hmac::{Hmac, KeyInit, Mac};

/// What the trigger's sender has.
pub(crate) const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const TOKEN: &str = "0123456789abcdef";

/// A trigger that waits for a webhook.
pub(crate) fn document() -> Value {
    json!({
        "on": { "webhook": {} }, "pipeline": "hero-image",
        "inputs": { "prompt": "{{ event.detail.title }}" },
    })
}

/// Puts a trigger whose address and secret are known.
pub(crate) async fn with_hook(world: &World, name: &str, token: &str) {
    let put = request("PUT", &format!("/v1/triggers/{name}")).body(&document());
    assert_eq!(send(world, put).await.status, 201);
    let hook = json!({ "token": token, "secrets": [HookSecret::new(KEY.into(), NOW)] });
    alter(world, trigger::key(&tenant("acme"), name), json!({ "hook": hook }));
    world.faults.clear();
}

pub(crate) async fn hooked() -> World {
    let world = world().await;
    with_hook(&world, "cms", TOKEN).await;
    world
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

fn post(token: &str, body: &str) -> HttpRequest {
    let asked = request("POST", &format!("/v1/hooks/acme.cms.{token}")).without("authorization");
    asked.text("application/json", body)
}

/// A request as Standard Webhooks sign it.
pub(crate) fn signed(secret: &str, id: &str, at: Time, body: &str) -> HttpRequest {
    use base64::Engine;
    let key = base64::engine::general_purpose::STANDARD.decode(&secret[6..]).unwrap();
    let seconds = at.unix_s();
    let signature = mac(&key, format!("{id}.{seconds}.{body}").as_bytes());
    post(TOKEN, body)
        .with("webhook-id", id)
        .with("webhook-timestamp", &seconds.to_string())
        .with("webhook-signature", &format!("v1,{}", base64(&signature)))
}

async fn jobs(world: &World) -> Vec<Value> {
    let list = send(world, request("GET", "/v1/jobs")).await;
    json_of(&list)["jobs"].as_array().unwrap().clone()
}

pub(crate) const BODY: &str = r#"{"title": "a red kite"}"#;

#[tokio::test]
async fn a_signed_webhook_becomes_a_job_and_the_same_again_is_that_job() {
    let world = hooked().await;
    let first = send(&world, signed(KEY, "m1", NOW, BODY)).await;
    assert_eq!(first.status, 202, "{}", first.body);
    let job = json_of(&first)["job"].clone();
    // Senders repeat with the same id and a new time, for days.
    for (day, status) in [(0, 200), (1, 200), (7, 200), (29, 200)] {
        let now = NOW.plus_s(day * 86_400 + 60);
        let clock = Stopped::at(now).drawing(50);
        let again = send_at(&world, &clock, signed(KEY, "m1", now, BODY)).await;
        assert_eq!((again.status, &json_of(&again)["job"]), (status, &job), "{}", again.body);
    }
    let jobs = jobs(&world).await;
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0]["labels"], json!({ "trigger": "cms" }));
    let other = send(&world, signed(KEY, "m2", NOW, BODY)).await;
    assert_eq!(other.status, 202);
}

#[tokio::test]
async fn a_webhook_that_is_not_believed_makes_nothing_and_is_told_why() {
    let world = hooked().await;
    let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let before = world.listing();
    for (request, why) in [
        (post(TOKEN, BODY), "the header webhook-id is missing"),
        (signed(other, "m1", NOW, BODY), "webhook-signature does not fit id, time and body"),
        (
            signed(KEY, "m1", Time(NOW.0 - 301_000), BODY),
            "webhook-timestamp is 301 s away from our clock; 300 are allowed",
        ),
        (
            HttpRequest { body: b"{}".to_vec(), ..signed(KEY, "m1", NOW, BODY) },
            "webhook-signature does not fit id, time and body",
        ),
    ] {
        let answer = send(&world, request).await;
        assert_eq!(super::malformed::read(&answer), format!("401 bad-signature\n{why}"));
    }
    assert_eq!(world.listing(), before);
}

#[tokio::test]
async fn a_stranger_cannot_tell_a_wrong_address_from_one_that_nobody_has() {
    let world = hooked().await;
    let there = domain::trigger::check_trigger(
        &tenant("acme"),
        &json!({ "name": "photos", "on": { "s3": {} }, "pipeline": "product-photo", "inputs": {} }),
        NOW,
    );
    trigger::put(&world.table, &there.unwrap(), [1; 24], NOW).await.unwrap();
    let ask = async |id: &str| {
        let request = request("POST", &format!("/v1/hooks/{id}")).without("authorization");
        let answer = send(&world, request.text("application/json", BODY)).await;
        (answer.status, answer.body.replace(id, "ID"))
    };
    let nobodys = ask("acme.nothing.0").await;
    assert_eq!(nobodys.0, 404);
    for id in [
        "acme.cms.0123456789abcdee",
        "acme.cms.",
        "acme.photos.",
        "beta.cms.0",
        "xyzzy",
        "acme.cms",
    ] {
        assert_eq!(ask(id).await, nobodys, "{id}");
    }
}

#[tokio::test]
async fn a_webhook_makes_one_job_whatever_fails() {
    let act = async |world: &World| {
        let answer = send(world, signed(KEY, "m1", NOW, BODY)).await;
        match answer.status {
            500.. => Err(Error::Again(answer.body)),
            status => {
                assert!(status < 300, "{}", answer.body);
                Ok(())
            }
        }
    };
    every_fault(hooked, act, World::listing).await;
}

#[tokio::test]
async fn a_webhook_that_its_trigger_does_not_wait_for_is_no_error() {
    let world = hooked().await;
    let mut document = document();
    document["on"]["webhook"]["pattern"] = json!({ "detail": { "kind": ["published"] } });
    let put = request("PUT", "/v1/triggers/cms").body(&document);
    assert_eq!(send(&world, put).await.status, 200);
    let before = world.listing();
    let answer = send(&world, signed(KEY, "m1", NOW, r#"{"kind": "draft"}"#)).await;
    let miss = "it is \"draft\"; wanted: \"published\"";
    let expected = json!({
        "matches": false, "job": null, "misses": [{ "pointer": "/detail/kind", "detail": miss }],
    });
    assert_eq!((answer.status, json_of(&answer)), (200, expected));
    let own = signed(KEY, "m2", NOW, r#"{"kind": "published", "title": "x"}"#);
    let answer = send(&world, own.clone().with("user-agent", "galley/0.1.0")).await;
    assert_eq!(json_of(&answer)["misses"][0]["detail"], "Galley's own webhooks fire no trigger");
    assert_eq!(world.listing(), before);
    assert_eq!(send(&world, own).await.status, 202);
}

#[tokio::test]
async fn a_webhook_of_which_no_job_can_be_made_says_so() {
    let world = hooked().await;
    for (id, body, expected) in [
        ("m1", "{}", "422 invalid-inputs\ninput prompt: the event has no detail.title"),
        ("m2", r#"{"title": 7}"#, "422 invalid-inputs\n/inputs/prompt: prompt is 7 — give a text"),
        (
            "m3",
            "title",
            "400 malformed-body\n: the body is not JSON: expected ident at line 1 column 2 — have the sender send JSON",
        ),
    ] {
        let answer = send(&world, signed(KEY, id, NOW, body)).await;
        assert_eq!(super::malformed::read(&answer), expected);
    }
    let large = signed(KEY, "m4", NOW, &" ".repeat(300_000));
    assert_eq!(send(&world, large).await.status, 413);
}

#[tokio::test]
async fn a_sender_with_a_signature_of_its_own_kind_is_believed() {
    let world = world().await;
    let secret = "a secret of the cms";
    let mut document = document();
    document["on"]["webhook"] = json!({
        "scheme": "hmac-sha256", "header": "X-Cms-Signature", "encoding": "base64", "secret": secret,
    });
    let put = send(&world, request("PUT", "/v1/triggers/cms").body(&document)).await;
    assert_eq!(put.status, 201);
    let url = json_of(&put)["url"].as_str().unwrap().to_owned();
    let ask = |body: &str, signature: &[u8]| {
        let asked = request("POST", &url).without("authorization").text("application/json", body);
        asked.with("x-cms-signature", &base64(signature))
    };
    let good = mac(secret.as_bytes(), BODY.as_bytes());
    assert_eq!(send(&world, ask(BODY, &good)).await.status, 202);
    assert_eq!(send(&world, ask(BODY, &good)).await.status, 200, "a replay");
    assert_eq!(send(&world, ask("{}", &good)).await.status, 401);
}

#[tokio::test]
async fn two_secrets_are_valid_for_a_day_while_a_webhook_rotates() {
    let world = hooked().await;
    let rotated = send(&world, request("POST", "/v1/triggers/cms/secret")).await;
    assert_eq!(rotated.status, 200, "{}", rotated.body);
    let new = json_of(&rotated)["secret"].as_str().unwrap().to_owned();
    let status = async |secret: &str, id: &str, after_s: u32| {
        let now = NOW.plus_s(after_s);
        send_at(&world, &Stopped::at(now), signed(secret, id, now, BODY)).await.status
    };
    assert_eq!((status(KEY, "a", 5).await, status(&new, "b", 5).await), (202, 202));
    assert_eq!((status(KEY, "c", 86_401).await, status(&new, "d", 86_401).await), (401, 202));
    let given = json!({ "secret": "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" });
    for _ in 0..2 {
        let put = request("POST", "/v1/triggers/cms/secret").body(&given);
        assert_eq!(json_of(&send(&world, put).await)["secret"], given["secret"]);
    }
    let stored: TriggerRecord =
        trigger::get(&world.table, &tenant("acme"), "cms").await.unwrap().unwrap();
    let hook = stored.hook.unwrap();
    assert_eq!(hook.secrets.len(), 3, "the same secret twice is one");
    let read = send(&world, request("GET", "/v1/triggers/cms")).await;
    assert!(!read.body.contains("whsec"), "{}", read.body);
}
