//! What fires, what it makes, and what is refused before it can loop.

mod cms;
mod hooks;
mod scheduled;

use super::*;
use serde_json::json;

const NOW: Time = Time(1_700_000_000_000);

fn acme() -> TenantId {
    TenantId::parse("acme").unwrap()
}

fn upload(key: &str) -> Occurrence {
    Occurrence {
        id: "e1".into(),
        source: "aws.s3".into(),
        detail_type: "Object Created".into(),
        time: "2026-03-01T12:00:00Z".into(),
        detail: json!({
            "bucket": { "name": "uploads" },
            "object": { "key": key, "size": 5, "etag": "abc", "sequencer": "0062E99A88DC407460" },
        }),
        ..Default::default()
    }
}

fn entry(detail: Value) -> Occurrence {
    Occurrence {
        source: "cms.example".into(),
        detail_type: "entry.published".into(),
        detail,
        ..upload("")
    }
}

fn document(on: Value) -> Value {
    json!({
        "name": "product-photo", "on": on, "pipeline": "product-photo",
        "inputs": { "photo": { "upload_key": "{{ event.detail.object.key }}" } },
    })
}

fn trigger(document: Value) -> TriggerRecord {
    check_trigger(&acme(), &document, NOW).unwrap()
}

#[test]
fn an_upload_fires_the_trigger_that_its_key_names() {
    let triggers = [trigger(document(json!({ "s3": { "suffix": ".jpg" } })))];
    let event = upload("uploads/acme/product-photo/0a.JPG");
    let fired = matching(&triggers, &event)[0].fired.clone().unwrap();
    assert_eq!(fired.inputs["photo"], json!({ "upload": "product-photo/0a.JPG" }));
    assert_eq!(fired.dedupe, "uploads/uploads/acme/product-photo/0a.JPG/abc");
    assert_eq!(matching(&triggers, &event)[0].fired.clone().unwrap().job, fired.job);
    for key in [
        "uploads/acme/direct/0a.jpg",
        "uploads/acme/product-photo-2/0a.jpg",
        "uploads/beta/product-photo/0a.jpg",
        "uploads/acme/product-photo/0a.png",
        "acme/job/0a.jpg",
    ] {
        assert!(matching(&triggers, &upload(key)).is_empty(), "{key}");
    }
    let deleted = Occurrence { detail_type: "Object Deleted".into(), ..event };
    assert!(matching(&triggers, &deleted).is_empty());
}

#[test]
fn an_upload_sent_twice_is_one_upload() {
    let triggers = [trigger(document(json!({ "s3": {} })))];
    let mut again = upload("uploads/acme/product-photo/0a.jpg");
    let first = matching(&triggers, &again)[0].fired.clone().unwrap();
    again.detail["object"]["sequencer"] = json!("1");
    again.id = "e2".into();
    assert_eq!(matching(&triggers, &again)[0].fired.clone().unwrap().dedupe, first.dedupe);
    again.detail["object"]["etag"] = json!("other bytes");
    assert_ne!(matching(&triggers, &again)[0].fired.clone().unwrap().dedupe, first.dedupe);
}

#[test]
fn an_entry_fires_with_what_its_paths_find() {
    let mut document = document(json!({
        "eventbridge": { "source": "cms.example", "detail_type": "entry.published" },
    }));
    document["inputs"] = json!({
        "photo": { "upload_key": "{{ event.detail.entry.pictures.0 }}" },
        "title": "{{event.detail.entry.title}}", "factor": 2,
    });
    document["dedupe"] =
        json!(["{{ event.detail.entry.id }}", "{{ event.detail.entry.revision }}"]);
    let triggers = [trigger(document)];
    let detail = json!({ "entry": {
        "id": "e7", "title": "A cup", "revision": 7, "pictures": ["uploads/acme/direct/cup.jpg"],
    } });
    let fired = matching(&triggers, &entry(detail.clone()))[0].fired.clone().unwrap();
    let expected =
        json!({ "photo": { "upload": "direct/cup.jpg" }, "title": "A cup", "factor": 2 });
    assert_eq!((Value::Object(fired.inputs), fired.dedupe.as_str()), (expected, "e7/7"));

    let mut foreign = detail.clone();
    foreign["entry"]["pictures"][0] = json!("uploads/beta/direct/cup.jpg");
    let why = matching(&triggers, &entry(foreign))[0].fired.clone().unwrap_err();
    assert!(why.contains("its key begins with uploads/acme/"), "{why}");
    let mut without = detail;
    without["entry"]["title"] = Value::Null;
    let why = matching(&triggers, &entry(without))[0].fired.clone().unwrap_err();
    assert_eq!(why, "input title: the event has no detail.entry.title");
}

#[test]
fn what_cannot_work_or_could_loop_is_refused_with_its_place() {
    #[track_caller]
    fn check(field: &str, value: Value, pointer: &str, says: &str) {
        let mut document = document(json!({ "s3": {} }));
        document[field] = value;
        let problems = check_trigger(&acme(), &document, NOW).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0].pointer, pointer);
        let sentence = problems[0].to_string();
        assert!(sentence.contains(says), "{sentence}");
    }
    let bus = |source: &str| json!({ "eventbridge": { "source": source, "detail_type": "x" } });
    check("name", json!("direct"), "/name", "uploads for no trigger are there");
    check("colour", json!(1), "/colour", "use name, on, pipeline, inputs, labels, dedupe");
    check("on", json!({}), "/on", "does not say what to wait for");
    check(
        "on",
        json!({ "s3": { "prefix": "uploads/" } }),
        "/on/s3/prefix",
        "begin with uploads/acme/product-photo/",
    );
    check("on", json!({ "s3": { "prefix": "" } }), "/on/s3/prefix", "what Galley makes itself");
    check("on", json!({ "s3": { "suffix": 1 } }), "/on/s3/suffix", "such as .jpg");
    check("on", bus("aws.s3"), "/on/eventbridge/source", "each job could start the next");
    check("on", bus("galley"), "/on/eventbridge/source", "each job could start the next");
    check("on", bus(""), "/on/eventbridge/source", "such as cms.example");
    check("pipeline", json!("Hero@x"), "/pipeline", "hero-image@3");
    check("inputs", json!(null), "/inputs", "a field per input");
    check("inputs", json!({ "a": "x {{ id }}" }), "/inputs/a", "write paths such as");
    check("inputs", json!({ "a": { "url": "https://x" } }), "/inputs/a", "from a URL yet");
    check("inputs", json!({ "a": { "upload_key": 1 } }), "/inputs/a", "event.detail.object.key");
    check("dedupe", json!("always"), "/dedupe", "no path into the event");
}

#[test]
fn texts_hold_several_paths_and_labels_do_too() {
    let mut document =
        document(json!({ "eventbridge": { "pattern": { "source": ["cms.example"] } } }));
    document["inputs"] = json!({
        "prompt": "{{ event.detail.title }}, in {{event.detail.colour}}; {{ event.detail.pages }} pages",
        "locales": "{{ event.detail.locales }}", "pages": "{{ event.detail.pages }}",
        "pictures": [{ "upload_key": "{{ event.detail.key }}" }],
    });
    document["labels"] = json!({ "campaign": "{{ event.detail.campaign }}-2026", "team": "web" });
    let triggers = [trigger(document)];
    let event = entry(json!({
        "title": "A cup", "colour": "red", "pages": 3, "locales": ["en", "de"], "campaign": "spring",
        "key": "uploads/acme/cms/a.jpg",
    }));
    let fired = matching(&triggers, &event)[0].fired.clone().unwrap();
    assert_eq!(
        Value::Object(fired.inputs),
        json!({
            "prompt": "A cup, in red; 3 pages", "locales": ["en", "de"], "pages": 3,
            "pictures": [{ "upload": "cms/a.jpg" }],
        })
    );
    let labels = json!({ "campaign": "spring-2026", "team": "web", "trigger": "product-photo" });
    assert_eq!(json!(fired.labels), labels);
}

#[test]
fn a_trigger_of_the_first_release_is_read_as_a_pattern() {
    let stored = json!({
        "tenant": "acme", "name": "entries", "pipeline": "hero-image", "inputs": {}, "created_at": 5,
        "on": { "eventbridge": { "source": "cms.example", "detail_type": "entry.published" } },
    });
    let read: TriggerRecord = serde_json::from_value(stored).unwrap();
    let pattern = json!({ "source": ["cms.example"], "detail-type": ["entry.published"] });
    assert_eq!(read.on, On::EventBridge { pattern: pattern.clone() });
    assert!(read.misses(&entry(json!({}))).is_empty());
    let again: TriggerRecord = serde_json::from_value(json!(read)).unwrap();
    assert_eq!(again.on, On::EventBridge { pattern });
}

#[test]
fn our_own_news_fires_nothing_whatever_is_stored() {
    let mut stored =
        trigger(document(json!({ "eventbridge": { "source": "x", "detail_type": "y" } })));
    stored.on = On::EventBridge { pattern: json!({ "source": [{ "exists": true }] }) };
    for source in ["galley", "galley.jobs", "aws.s3", "aws.states"] {
        let event = Occurrence { source: source.into(), ..entry(json!({})) };
        assert!(matching(std::slice::from_ref(&stored), &event).is_empty(), "{source}");
        let why = stored.misses(&event)[0].to_owned();
        assert_eq!(why.detail, format!("{source} tells of Galley's own work; no trigger hears it"));
    }
    assert_eq!(matching(&[stored], &entry(json!({}))).len(), 1);
}

#[test]
fn an_upload_that_fires_nothing_is_told_why() {
    let trigger = trigger(document(json!({ "s3": { "suffix": ".jpg" } })));
    let told = |event: Occurrence| -> Vec<String> {
        trigger.misses(&event).iter().map(|it| format!("{}: {}", it.pointer, it.detail)).collect()
    };
    assert_eq!(
        told(upload("uploads/acme/direct/a.png")),
        [
            "/detail/object/key: \"uploads/acme/direct/a.png\" does not begin with \"uploads/acme/product-photo/\"",
            "/detail/object/key: \"uploads/acme/direct/a.png\" does not end with \".jpg\"",
        ]
    );
    assert_eq!(
        told(entry(json!({}))),
        [
            "/detail-type: \"entry.published\" of \"cms.example\" is no finished upload; wanted: \"Object Created\" of \"aws.s3\"",
        ]
    );
}
