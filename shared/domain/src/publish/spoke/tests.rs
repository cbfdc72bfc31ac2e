//! Facts about what is told between the hub and a target.

use super::*;
use serde_json::json;

fn sending(id: &str) -> Sending {
    Sending {
        id: id.into(),
        form: Form::default(),
        files: Vec::new(),
        settings: Map::new(),
        since: Time(1_790_000_000_000),
        at: Time(1_790_000_100_000),
        progress: json!({ "post": null, "media": ["7"] }),
    }
}

#[test]
fn ids_of_our_own_are_the_same_each_time_and_differ_between_parts() {
    let one = sending("pub_1");
    let later = Sending { at: Time(1_800_000_000_000), progress: Value::Null, ..one.clone() };
    assert_eq!((one.uuid(""), one.tid(0)), (later.uuid(""), later.tid(0)));
    assert_ne!(one.uuid(""), one.uuid("cover"));
    assert_ne!(one.uuid(""), sending("pub_2").uuid(""));
    assert!(one.tid(0) < one.tid(1) && one.tid(0) != sending("pub_2").tid(0));
}

#[test]
fn a_uuid_and_a_record_key_have_the_shape_that_targets_ask_for() {
    let one = sending("pub_1");
    let parts: Vec<usize> = one.uuid("").split('-').map(str::len).collect();
    assert_eq!(parts, [8, 4, 4, 4, 12]);
    let tid = one.tid(3);
    assert!(tid.len() == 13 && tid.chars().all(|c| "234567abcdefghijklmnopqrstuvwxyz".contains(c)));
    assert!("234567abcdefghij".contains(&tid[..1]), "{tid}");
}

#[test]
fn what_is_null_is_not_known() {
    let one = sending("pub_1");
    assert_eq!((one.known("post"), one.known("media")), (None, Some(&json!(["7"]))));
}

#[test]
fn no_secret_is_printed() {
    let secret = json!({ "token": "hush" }).as_object().unwrap().clone();
    let grant = Grant {
        tenant: TenantId::parse("acme").unwrap(),
        connection: "brand".into(),
        settings: Map::new(),
        secret: secret.clone(),
        expires_at: None,
    };
    let printed = format!("{grant:?} {:?}", Renewed::With(secret, None));
    assert!(printed.contains("brand") && !printed.contains("hush"), "{printed}");
}
