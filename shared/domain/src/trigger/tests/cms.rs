//! Webhooks of content management systems: vectors of their own, what was changed on the way, and what tells events apart.

use super::*;
use std::collections::BTreeMap;

/// A request of a sample of `events/cms`.
#[derive(Clone)]
struct Request {
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
    method: String,
    path: String,
}

/// When the samples were sent.
const SENT: Time = Time(1_773_414_302_000);
const SECRET: &str = "a secret of the cms";

const SAMPLES: [(Scheme, &str, &str); 6] = [
    (Scheme::Ghost, include_str!("../../../../../events/cms/ghost.json"), "x-ghost-signature"),
    (
        Scheme::Contentful,
        include_str!("../../../../../events/cms/contentful.json"),
        "x-contentful-signature",
    ),
    (
        Scheme::Sanity,
        include_str!("../../../../../events/cms/sanity.json"),
        "sanity-webhook-signature",
    ),
    (Scheme::Strapi, include_str!("../../../../../events/cms/strapi.json"), "authorization"),
    (Scheme::Directus, include_str!("../../../../../events/cms/directus.json"), "authorization"),
    (
        Scheme::WordPress,
        include_str!("../../../../../events/cms/wordpress.json"),
        "x-wc-webhook-signature",
    ),
];

impl Request {
    fn of(sample: &str) -> Self {
        let event: Value = serde_json::from_str(sample).unwrap();
        Self {
            headers: serde_json::from_value(event["headers"].clone()).unwrap(),
            body: event["body"].as_str().unwrap().as_bytes().to_vec(),
            method: "POST".into(),
            path: event["rawPath"].as_str().unwrap().into(),
        }
    }

    fn signed(&self) -> Signed<'_> {
        let Self { headers, body, method, path } = self;
        Signed { headers, body, method, path }
    }
}

fn webhook(scheme: Scheme) -> Webhook {
    Webhook { scheme, ..Webhook::default() }
}

fn secret(scheme: Scheme) -> String {
    if scheme == Scheme::Contentful { "a".repeat(64) } else { SECRET.into() }
}

fn ask(scheme: Scheme, request: &Request, secret: &str, now: Time) -> Result<String, String> {
    let mut hook = Hook { token: "t".into(), secrets: Vec::new() };
    hook.take(secret.into(), now);
    webhook(scheme).verify(&hook, &request.signed(), now)
}

fn made(headers: &[(&str, &str)], path: &str, body: &str) -> Request {
    let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Request { headers, body: body.into(), method: "POST".into(), path: path.into() }
}

#[test]
fn the_vectors_of_each_system_are_believed() {
    const AT: &str = "1700000000000";
    let now = Time(1_700_000_000_000);
    let ghost =
        "sha256=74e3696a7ff9a0e6c62a6760ca6a6fc6bcbdf9707ba1a8c04b85e5283c253fc1, t=1700000000000";
    let ghost = made(&[("x-ghost-signature", ghost)], "/", r#"{"post":{}}"#);
    assert!(ask(Scheme::Ghost, &ghost, "ghost-secret", now).is_ok());
    let sanity = "t=1700000000000,v1=yP73ogucQfUHWD0qdVEs-3GgZAhDwlpKrDHQlX3q1xY";
    let sanity =
        made(&[("sanity-webhook-signature", sanity)], "/", r#"{"_id":"abc","title":"Hi"}"#);
    assert!(ask(Scheme::Sanity, &sanity, "test-secret", now).is_ok());
    let shop = [("x-wc-webhook-signature", "xspNGMrVWxIcQDyrXfbm2UqRDdmgJAuEN8sLb9BkThg=")];
    let shop = made(&shop, "/", r#"{"id":1}"#);
    assert!(ask(Scheme::WordPress, &shop, "wc-secret", now).is_ok());
    let body = r#"{"sys":{"type":"Entry","id":"e1"}}"#;
    let short = [
        (
            "x-contentful-signature",
            "e76f54d82fb6881995d216536e3b360f1361622db8a14079d5b20d4c09cd34b5",
        ),
        ("x-contentful-signed-headers", "x-contentful-signed-headers,x-contentful-timestamp"),
        ("x-contentful-timestamp", AT),
    ];
    let long = [
        (
            "x-contentful-signature",
            "c5c2f2032cd54d9d0e4fb09c0347b90c529d26870e134ba9efc064f1e2e54a84",
        ),
        (
            "x-contentful-signed-headers",
            "content-type,x-contentful-signed-headers,x-contentful-timestamp,x-contentful-topic",
        ),
        ("x-contentful-timestamp", AT),
        ("content-type", "application/vnd.contentful.management.v1+json"),
        ("x-contentful-topic", "ContentManagement.Entry.publish"),
    ];
    let short = made(&short, "/hooks/contentful", body);
    let long = made(&long, "/hooks/contentful?x=1&y=2", body);
    for request in [short, long] {
        let told = ask(Scheme::Contentful, &request, &"a".repeat(64), now);
        assert!(told.is_ok(), "{told:?}");
    }
}

#[test]
fn the_samples_are_believed_and_what_was_changed_on_the_way_is_not() {
    for (scheme, sample, header) in SAMPLES {
        let (good, secret) = (Request::of(sample), secret(scheme));
        let said = |request: &Request| ask(scheme, request, &secret, SENT);
        assert!(said(&good).is_ok(), "{scheme:?}: {:?}", said(&good));
        assert!(ask(scheme, &good, "another secret of somebody", SENT).is_err(), "{scheme:?}");
        let mut without = good.clone();
        without.headers.remove(header);
        assert_eq!(said(&without).unwrap_err(), format!("the header {header} is missing"));
        let mut spoilt = good.clone();
        spoilt.headers.insert(header.into(), "sha256=00,t=1773414302000,v1=AAAA".into());
        assert!(said(&spoilt).is_err(), "{scheme:?}");
        let mut other = good.clone();
        other.body.push(b' ');
        // Who shows the secret itself signs no body.
        let signs = header != "authorization";
        assert_eq!(said(&other).is_err(), signs, "{scheme:?}");
        let old = ask(scheme, &good, &secret, SENT.plus_s(301));
        let dated = signs && scheme != Scheme::WordPress;
        assert_eq!(old.is_err(), dated, "{scheme:?}: {old:?}");
    }
}

#[test]
fn a_time_that_nobody_signed_is_not_believed() {
    let mut later = Request::of(SAMPLES[0].1);
    let signature = later.headers["x-ghost-signature"].replace("02000", "03000");
    later.headers.insert("x-ghost-signature".into(), signature);
    assert_eq!(
        ask(Scheme::Ghost, &later, SECRET, SENT).unwrap_err(),
        "x-ghost-signature does not fit body and time"
    );
    let mut unnamed = Request::of(SAMPLES[1].1);
    unnamed.headers.insert("x-contentful-signed-headers".into(), "content-type".into());
    assert_eq!(
        ask(Scheme::Contentful, &unnamed, &secret(Scheme::Contentful), SENT).unwrap_err(),
        "x-contentful-signed-headers does not name x-contentful-signed-headers"
    );
    let mut topic = Request::of(SAMPLES[1].1);
    topic.headers.insert("x-contentful-topic".into(), "ContentManagement.Entry.save".into());
    topic.path.push('x');
    for request in [topic, Request { method: "PUT".into(), ..Request::of(SAMPLES[1].1) }] {
        assert_eq!(
            ask(Scheme::Contentful, &request, &secret(Scheme::Contentful), SENT).unwrap_err(),
            "x-contentful-signature does not fit method, path, headers and body"
        );
    }
    assert_eq!(
        ask(
            Scheme::Contentful,
            &Request::of(SAMPLES[1].1),
            &secret(Scheme::Contentful),
            SENT.plus_s(31)
        )
        .unwrap_err(),
        "x-contentful-timestamp is 31 s away from our clock; 30 are allowed"
    );
}

#[test]
fn an_event_is_told_from_others_by_its_entry_and_the_state_of_it() {
    let ids: Vec<String> = SAMPLES
        .iter()
        .map(|(scheme, sample, _)| {
            ask(*scheme, &Request::of(sample), &secret(*scheme), SENT).unwrap()
        })
        .collect();
    assert_eq!(
        ids,
        [
            "65f0c1a2b3c4d5e6f7a8b9c0@2026-03-13T15:05:01.000Z",
            "5KsDBWseXY6QegucYAoacS@r3",
            "7c1e2f30-5b6a-4c8d-9e0f-a1b2c3d4e5f6@Qs8hVnT1Zk2mXw3RbYpLcD",
            "z7v8zma53x01r6oceimv922b@2026-03-13T15:05:01.297Z",
            "7c1e2f30-5b6a-4c8d-9e0f-a1b2c3d4e5f6@2026-03-13T15:05:01.000Z",
            "42@2026-03-13T15:05:01/0",
        ]
    );
}

#[test]
fn what_tells_of_no_entry_fires_nothing() {
    for (scheme, detail, expected) in [
        (
            Scheme::Ghost,
            json!({ "member": {} }),
            "it tells of no entry: there is no post.current.id",
        ),
        (
            Scheme::Contentful,
            json!({ "sys": { "type": "Asset", "id": "a" } }),
            "it tells of no entry: sys.type is not \"Entry\"",
        ),
        (
            Scheme::Sanity,
            json!({ "_id": "a" }),
            "the projection has no _rev, by which our own changes are known: write {_id, _rev, …}",
        ),
        (
            Scheme::Strapi,
            json!({ "event": "media.create", "media": { "id": 1 } }),
            "it tells of no entry: there is no entry.documentId",
        ),
        (
            Scheme::Directus,
            json!({ "collection": "directus_files", "key": "a" }),
            "it tells of no entry: the collection is one of the system's own",
        ),
        (
            Scheme::WordPress,
            json!({ "id": 7, "type": "attachment" }),
            "it tells of no entry: it is a file",
        ),
    ] {
        assert_eq!(tells(scheme, &detail).unwrap_err(), expected);
    }
}

#[test]
fn directus_tells_of_what_was_made_and_of_what_was_changed_and_writes_words_where_there_is_nothing()
{
    let created = json!({
        "event": "articles.items.create", "collection": "articles", "keys": ["a"], "payload": { "title": "Tea" },
        "entry": { "id": "a", "title": "Tea", "date_updated": null },
    });
    let seen = tells(Scheme::Directus, &created).unwrap();
    assert_eq!((seen.id.as_str(), seen.new, seen.stamps), ("a", true, Vec::<String>::new()));
    let changed = json!({
        "event": "articles.items.update", "collection": "articles", "keys": ["a"], "payload": { "image": "b" },
        "date_updated": "undefined", "entry": { "id": "a", "date_updated": "2026-03-13T15:05:01.000Z" },
    });
    let seen = tells(Scheme::Directus, &changed).unwrap();
    assert_eq!((seen.new, seen.stamps), (false, vec!["2026-03-13T15:05:01.000Z".to_owned()]));
    assert_eq!(seen.changed, Some(vec!["image".to_owned()]));
    // A collection that keeps no times: each body is an event of its own.
    let ids = ["Tea", "Coffee"].map(|title| {
        let body = json!({ "event": "articles.items.update", "collection": "articles", "key": "undefined", "keys": ["a"], "payload": { "title": title }, "date_updated": "undefined" });
        let headers = [("authorization", "Bearer a secret of the cms")];
        ask(Scheme::Directus, &made(&headers, "/", &body.to_string()), SECRET, SENT).unwrap()
    });
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn each_scheme_makes_a_secret_that_it_takes_and_says_what_is_too_much() {
    for name in Scheme::NAMES {
        let scheme = Scheme::named(name).unwrap();
        assert_eq!(scheme.name(), name);
        let how = webhook(scheme);
        let secret = how.generate([7; 24]);
        assert_eq!(how.usable(&secret), Ok(()), "{name}");
    }
    let document = json!({
        "name": "cms", "on": { "webhook": { "scheme": "ghost", "header": "x" } },
        "pipeline": "hero", "inputs": {},
    });
    let told = check_trigger(&acme(), &document, NOW).unwrap_err();
    assert_eq!(
        told[0].to_string(),
        "/on/webhook/header: Ghost says it already — take it out, or write scheme: hmac-sha256"
    );
}
