//! The matcher against the examples of EventBridge's documentation, and what could hear our own news.

use super::*;
use serde_json::json;

fn fits(pattern: Value, event: Value) -> bool {
    Pattern::read(&pattern, "").unwrap().misses(&event).is_empty()
}

/// The instance of EventBridge's documentation.
fn instance() -> Value {
    json!({
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718", "detail-type": "EC2 Instance State-change Notification",
        "source": "aws.ec2", "account": "111122223333", "time": "2017-12-22T18:43:48Z", "region": "us-west-1",
        "resources": ["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"],
        "detail": { "instance-id": "i-1234567890abcdef0", "state": "terminated", "c-count": 3, "d-count": 10,
                    "x-limit": 3.018e2, "source-ip": "10.0.0.33", "nothing": null, "empty": "", "FileName": "image.PNG" },
    })
}

#[test]
fn the_documented_examples_fit_as_documented() {
    for (pattern, expected) in [
        (
            json!({ "source": ["aws.ec2"], "detail-type": ["EC2 Instance State-change Notification"],
                 "detail": { "state": ["terminated"] } }),
            true,
        ),
        (json!({ "source": ["aws.ec2", "aws.fargate"] }), true),
        (json!({ "source": ["aws.fargate"] }), false),
        (
            json!({ "resources": ["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"] }),
            true,
        ),
        (json!({ "detail": { "nothing": [null] } }), true),
        (json!({ "detail": { "state": [null] } }), false),
        (json!({ "detail": { "empty": [""] } }), true),
        (json!({ "region": [{ "prefix": "us-" }] }), true),
        (json!({ "time": [{ "prefix": "2017-10-02" }] }), false),
        (json!({ "source": [{ "prefix": { "equals-ignore-case": "AWS.e" } }] }), true),
        (json!({ "detail": { "FileName": [{ "suffix": ".png" }] } }), false),
        (
            json!({ "detail": { "FileName": [{ "suffix": { "equals-ignore-case": ".png" } }] } }),
            true,
        ),
        (
            json!({ "detail-type": [{ "equals-ignore-case": "ec2 instance state-change notification" }] }),
            true,
        ),
        (json!({ "detail": { "state": [{ "anything-but": "initializing" }] } }), true),
        (json!({ "detail": { "x-limit": [{ "anything-but": 301.8 }] } }), false),
        (json!({ "detail": { "state": [{ "anything-but": ["stopped", "overloaded"] }] } }), true),
        (json!({ "detail": { "c-count": [{ "anything-but": [1, 2, 3] }] } }), false),
        (json!({ "detail": { "state": [{ "anything-but": { "prefix": "term" } }] } }), false),
        (
            json!({ "detail": { "FileName": [{ "anything-but": { "suffix": [".txt", ".rtf"] } }] } }),
            true,
        ),
        (
            json!({ "detail": { "state": [{ "anything-but": { "equals-ignore-case": ["TERMINATED"] } }] } }),
            false,
        ),
        (json!({ "detail": { "FileName": [{ "anything-but": { "wildcard": "*.P*" } }] } }), false),
        (json!({ "detail": { "gone": [{ "anything-but": "x" }] } }), false),
        (
            json!({ "detail": { "c-count": [{ "numeric": [">", 0, "<=", 5] }], "d-count": [{ "numeric": ["<", 10] }],
                             "x-limit": [{ "numeric": ["=", 301.8] }] } }),
            false,
        ),
        (
            json!({ "detail": { "c-count": [{ "numeric": [">", 0, "<=", 5] }], "d-count": [{ "numeric": ["<=", 10] }],
                             "x-limit": [{ "numeric": ["=", 301.8] }] } }),
            true,
        ),
        (json!({ "detail": { "state": [{ "exists": true }] } }), true),
        (json!({ "detail": { "gone": [{ "exists": false }] } }), true),
        (json!({ "nowhere": { "gone": [{ "exists": false }] } }), true),
        (json!({ "detail": { "state": [{ "exists": false }] } }), false),
        (json!({ "detail": { "FileName": [{ "wildcard": "im*e.*" }] } }), true),
        (json!({ "detail": { "source-ip": [{ "cidr": "10.0.0.0/24" }] } }), true),
        (json!({ "detail": { "source-ip": [{ "cidr": "10.0.1.0/24" }] } }), false),
        (json!({ "detail": { "FileName": [{ "cidr": "0.0.0.0/0" }] } }), false),
        (json!({ "detail": { "FileName": [{ "wildcard": "im\\*e.*" }] } }), false),
        (
            json!({ "detail": { "$or": [{ "c-count": [{ "numeric": [">", 0, "<=", 5] }] },
                                     { "d-count": [{ "numeric": ["<", 10] }] }] } }),
            true,
        ),
        (
            json!({ "source": ["aws.ec2"], "$or": [{ "detail": { "state": ["running"] } }, { "account": ["1"] }] }),
            false,
        ),
    ] {
        assert_eq!(fits(pattern.clone(), instance()), expected, "{pattern}");
    }
}

#[test]
fn of_a_list_one_entry_is_enough_and_its_fields_belong_together() {
    let event = json!({ "detail": { "tags": ["hero", "spring"], "files": [
        { "name": "a.jpg", "role": "print" }, { "name": "b.png", "role": "hero" },
    ] } });
    assert!(fits(json!({ "detail": { "tags": ["spring"] } }), event.clone()));
    let file = |name: &str, role: &str| json!({ "detail": { "files": { "name": [{ "suffix": name }], "role": [role] } } });
    assert!(fits(file(".png", "hero"), event.clone()));
    assert!(!fits(file(".jpg", "hero"), event));
}

#[test]
fn a_wildcard_takes_no_long_time() {
    let text = "a".repeat(200_000);
    let pattern = json!({ "x": [{ "wildcard": "*a*a*a*a*a*a*a*a*b" }] });
    assert!(!fits(pattern, json!({ "x": text })));
}

#[test]
fn an_event_that_does_not_fit_is_told_field_by_field() {
    let pattern = json!({ "source": ["cms.example", { "prefix": "shop." }],
                          "detail": { "entry": { "type": ["product"], "pages": [{ "numeric": [">", 1] }] } } });
    let pattern = Pattern::read(&pattern, "").unwrap();
    let event = json!({ "source": "cms.other", "detail": { "entry": { "type": "page" } } });
    let told: Vec<_> =
        pattern.misses(&event).iter().map(|it| format!("{}: {}", it.pointer, it.detail)).collect();
    assert_eq!(
        told,
        [
            "/detail/entry/pages: it is missing; wanted: a number > 1",
            "/detail/entry/type: it is \"page\"; wanted: \"product\"",
            "/source: it is \"cms.other\"; wanted: \"cms.example\", or a text that begins with \"shop.\"",
        ]
    );
}

#[test]
fn what_cannot_be_a_pattern_is_told_with_its_place() {
    #[track_caller]
    fn check(pattern: Value, expected: &str) {
        let problems = Pattern::read(&pattern, "/p").unwrap_err();
        let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(told, [expected]);
    }
    check(
        json!([]),
        "/p: it is no object — write the shape of the event: {\"source\": [\"cms.example\"]}",
    );
    check(json!({}), "/p: it is empty and would fit everything — name at least one field");
    check(
        json!({ "source": "cms" }),
        "/p/source: it is neither a list nor an object — write a list of alternatives: [\"cms\"]",
    );
    check(json!({ "source": [] }), "/p/source: the list is empty — name at least one value");
    check(
        json!({ "a": [{ "begins": "x" }] }),
        "/p/a/0/begins: there is no operator begins — use prefix, suffix, equals-ignore-case, wildcard, cidr, numeric, exists or anything-but",
    );
    check(
        json!({ "a": [{}] }),
        "/p/a/0: it is not one operator — use one of prefix, suffix, equals-ignore-case, wildcard, cidr, numeric, exists or anything-but",
    );
    check(json!({ "a": [{ "prefix": 1 }] }), "/p/a/0/prefix: it is 1 — give a text");
    check(
        json!({ "a": [{ "numeric": [">", "1"] }] }),
        "/p/a/0/numeric: it is no comparison — write one comparison or two: [\">\", 0, \"<=\", 5]",
    );
    check(
        json!({ "a": [{ "exists": "yes" }] }),
        "/p/a/0/exists: it is neither true nor false — write true or false",
    );
    check(
        json!({ "a": [{ "anything-but": [] }] }),
        "/p/a/0/anything-but: it names nothing and would fit everything — name at least one value",
    );
    check(
        json!({ "a": [{ "anything-but": { "numeric": [">", 1] } }] }),
        "/p/a/0/anything-but/numeric: anything-but takes no numeric — use prefix, suffix, equals-ignore-case, wildcard in it",
    );
    check(
        json!({ "a": [{ "cidr": "10.0.0.0/40" }] }),
        "/p/a/0/cidr: it is no block of addresses — write one such as \"10.0.0.0/24\"",
    );
    check(
        json!({ "a": [{ "wildcard": "a**b" }] }),
        "/p/a/0/wildcard: it has two * side by side — write one",
    );
    check(
        json!({ "$or": [{ "a": [1] }] }),
        "/p/$or: $or has fewer than two branches — list two patterns or more",
    );
    check(
        json!({ "a": ["x".repeat(5000)] }),
        "/p: the pattern has 5010 bytes — keep it within 4096",
    );
}

#[test]
fn a_pattern_that_could_hear_our_own_news_is_known() {
    let own = |source: Value| {
        let pattern = json!({ "source": source });
        Pattern::read(&pattern, "").unwrap().hears_own()
    };
    for source in [
        json!(["galley"]),
        json!(["cms", "galley.job"]),
        json!(["aws.s3"]),
        json!([{ "prefix": "" }]),
        json!([{ "prefix": "gal" }]),
        json!([{ "prefix": "galley.jobs." }]),
        json!([{ "prefix": { "equals-ignore-case": "GALLEY" } }]),
        json!([{ "suffix": "y" }]),
        json!([{ "equals-ignore-case": "Galley" }]),
        json!([{ "wildcard": "*" }]),
        json!([{ "wildcard": "g*y" }]),
        json!([{ "wildcard": "a*" }]),
        json!([{ "exists": true }]),
        json!([{ "anything-but": ["galley"] }]),
        json!([{ "anything-but": { "prefix": "galley" } }]),
        json!([{ "anything-but": { "suffix": "x" } }]),
        json!([{ "anything-but": { "wildcard": "g*y" } }]),
    ] {
        assert!(own(source.clone()).is_some(), "{source}");
    }
    for source in [
        json!(["cms.example"]),
        json!([{ "prefix": "cms." }]),
        json!([{ "wildcard": "cms.*" }]),
        json!([{ "equals-ignore-case": "CMS" }]),
        json!([{ "anything-but": { "prefix": ["galley", "aws."] } }]),
        json!([{ "anything-but": { "wildcard": ["g*", "aws.*"] } }]),
        json!([{ "exists": false }]),
        json!([7, null]),
        json!([{ "numeric": [">", 1] }]),
        json!([{ "wildcard": "x\\*galley" }]),
    ] {
        assert_eq!(own(source.clone()), None, "{source}");
    }
    let whole = |pattern: Value| Pattern::read(&pattern, "").unwrap().hears_own();
    assert_eq!(
        whole(json!({ "detail": { "state": ["succeeded"] } })),
        Some("galley"),
        "no source at all"
    );
    assert_eq!(
        whole(json!({ "source": { "x": ["cms"] } })),
        Some("galley"),
        "a source of another shape"
    );
    assert!(whole(json!({ "$or": [{ "source": ["cms"] }, { "detail": { "a": [1] } }] })).is_some());
    assert_eq!(whole(json!({ "$or": [{ "source": ["cms"] }, { "source": ["shop"] }] })), None);
}

#[test]
fn what_an_operator_granted_is_all_that_is_heard() {
    let granted = ["cms.example".to_owned(), "shop.*".to_owned()];
    let only = |pattern: Value| Pattern::read(&pattern, "").unwrap().hears_only(&granted);
    assert!(only(json!({ "source": ["cms.example", "shop.eu"] })));
    assert!(only(json!({ "source": [{ "prefix": "shop." }] })));
    assert!(only(json!({ "$or": [{ "source": ["cms.example"] }, { "source": ["shop.x"] }] })));
    for source in [
        json!(["cms.other"]),
        json!([{ "prefix": "cms." }]),
        json!([{ "exists": true }]),
        json!([{ "anything-but": "x" }]),
    ] {
        assert!(!only(json!({ "source": source })), "{source}");
    }
    assert!(!only(json!({ "detail-type": ["entry.published"] })));
}
