//! Vendors are set up, changed, listed and removed, and no key is ever told.
use domain::fakes::{NOW, World};
use domain::lane::{SlotRecord, slot_key};
use domain::store::Write;

use super::*;

fn keys(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

fn told(failure: Failure) -> (String, String) {
    match failure {
        Failure::Here { what, next } => (what, next),
        other => panic!("{other:?}"),
    }
}

#[test]
fn keys_are_stored_as_function_call_reads_them() {
    let one = secret("fal", &keys(&["id:hush"]), &[], None).unwrap();
    assert_eq!(one, r#"{"keys":[{"secret":"id:hush","webhook":""}]}"#);
    let two = secret("modal", &keys(&["a", "b"]), &keys(&["x", "y"]), Some("https://me.run/"));
    let two: Value = serde_json::from_str(&two.unwrap()).unwrap();
    assert_eq!(two["keys"][1], json!({ "secret": "b", "webhook": "y" }));
    assert_eq!(two["base"], "https://me.run");
    let shared = secret("replicate", &keys(&["a", "b"]), &keys(&["x"]), None).unwrap();
    assert_eq!(shared.matches(r#""webhook":"x""#).count(), 2);
}

#[test]
fn what_cannot_be_is_refused_and_no_key_is_told() {
    let one = keys(&["hush"]);
    let wrong = [
        (secret("modal", &one, &[], None), ("where modal is, only you know", "pass --base URL")),
        (
            secret("fal", &one, &[], Some("me.run")),
            ("me.run is no address", "pass --base https://…"),
        ),
        (
            secret("fal", &keys(&["hush", "b", "c"]), &keys(&["x", "y"]), None),
            (
                "there is not one webhook secret for each key",
                "pass one for all keys, or one for each, in their order",
            ),
        ),
        (
            secret("fal", &one, &keys(&["x", "y"]), None),
            (
                "there is not one webhook secret for each key",
                "pass one for all keys, or one for each, in their order",
            ),
        ),
        (
            secret("fal", &keys(&["hush".repeat(1100).as_str()]), &[], None),
            ("these keys are longer than the 4096 bytes of a parameter", "pass fewer keys"),
        ),
    ];
    for (answer, (what, next)) in wrong {
        assert_eq!(told(answer.unwrap_err()), (what.to_owned(), next.to_owned()));
    }
}

#[test]
fn a_file_has_one_key_and_is_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.key");
    for (text, expected) in [
        ("hush\n", Ok("hush".to_owned())),
        ("hush hush\n", Err("has more than one word")),
        (" \n", Err("is empty")),
    ] {
        std::fs::write(&file, text).unwrap();
        match (read(&file), expected) {
            (Ok(key), Ok(expected)) => assert_eq!(key, expected),
            (Err(failure), Err(why)) => {
                let (what, next) = told(failure);
                assert_eq!(what, format!("{} {why}", file.display()));
                assert_eq!(next, "a file has one key, in one line");
            }
            (found, _) => panic!("{found:?}"),
        }
    }
    assert!(read(&folder.path().join("none")).is_err());
}

#[tokio::test]
async fn a_vendor_is_listed_from_when_it_is_opened_until_nothing_of_it_is_left() {
    let world = World::default();
    let table = &world.table;
    assert!(set_up(table).await.unwrap().is_empty());
    for slots in [2, 3, 3] {
        open_vendor(table, "fal", slots).await.unwrap();
    }
    rate::put(table, &Lane::of("fal"), rate::parse("50/min").unwrap()).await.unwrap();
    let held = slot_key("fal", &SlotRecord::sk("fal", 0));
    let attempt = json!({ "attempt": "j1.paint.1", "lease_until": NOW.plus_s(60) });
    table.write(vec![Write::set(held.clone(), attempt)]).await.unwrap();
    let listed = set_up(table).await.unwrap();
    let [(name, view)] = listed.as_slice() else { panic!("{listed:?}") };
    let line = lines(name, view, NOW).remove(0);
    let models = count(models_of("fal"), "model");
    let expected = format!("fal           1 of 3 busy  0 waiting  {models}  50 starts in 60 s");
    assert_eq!(line, expected);
    let shown = document(name, view, NOW);
    assert_eq!((&shown["slots"], &shown["busy"]), (&json!(3), &json!(1)));
    assert_eq!(shown["rate"], json!({ "starts": 50, "per_s": 60 }));

    assert_eq!(close(table, "fal").await.unwrap(), 1, "under way: its keys are needed");
    assert_eq!(set_up(table).await.unwrap().len(), 1);
    let over = json!({ "attempt": null, "lease_until": 0 });
    table.write(vec![Write::set(held, over)]).await.unwrap();
    for _ in 0..2 {
        assert_eq!(close(table, "fal").await.unwrap(), 0);
    }
    assert!(set_up(table).await.unwrap().is_empty());
}

#[tokio::test]
async fn whoever_is_at_an_address_of_this_machine_is_told_to_be_a_double() {
    for local in ["http://127.0.0.1:8821/v1", "http://localhost:1", "https://[::1]:8443"] {
        assert!(is_local(local), "{local}");
    }
    assert!(!is_local("https://api.openai.com/v1") && !is_local("https://10.0.0.7"));
    let world = World::default();
    open_double(&world.table, "fal", 1).await.unwrap();
    let listed = set_up(&world.table).await.unwrap();
    let told = anstream::adapter::strip_str(&lines("fal", &listed[0].1, NOW)[0]).to_string();
    assert!(told.ends_with("a double at a local address"), "{told}");
    assert_eq!(document("fal", &listed[0].1, NOW)["double"], true);
}

#[tokio::test]
async fn an_open_circuit_is_told_beside_its_vendor() {
    let world = World::default();
    open_vendor(&world.table, "fal", 1).await.unwrap();
    let attempt = domain::id::AttemptId::new(&domain::id::JobId::new(NOW, [1; 10]), "paint", 1);
    let account = domain::vendor::circuit::Told::Account;
    let of = ("fal", "flux");
    domain::vendor::circuit::note(&world.table, of, account, &attempt, NOW).await.unwrap();
    let listed = set_up(&world.table).await.unwrap();
    let told = anstream::adapter::strip_str(&lines("fal", &listed[0].1, NOW)[1]).to_string();
    let until = NOW.plus_s(30).rfc3339();
    assert_eq!(told, format!("  our account: left alone until {until}"));
    assert_eq!(document("fal", &listed[0].1, NOW)["circuits"], json!({ "*": until }));
}
