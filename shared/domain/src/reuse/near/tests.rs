//! What makes two requests the same but for their pictures.

use super::super::looks::Cells;
use super::*;
use crate::gate::Fingerprint;

fn work(change: impl FnOnce(&mut Value)) -> Work {
    let job = "j01m7w9vekf69myba5e4t7pvntw";
    let mut work = json!({
        "attempt": format!("{job}.paint.1"), "tenant": "acme", "round": 1, "lane": "gpu",
        "kind": "image.edit", "params": { "prompt": "a fox", "model": "sketch-1", "width": 64, "height": 64 },
        "inputs": { "image": stored("aa", "image/png") },
        "outputs": { "image": "image/png" }, "last_attempt": 2, "enqueued_at": 0, "not_before": 0,
        "deadline_at": 60, "stall_s": 20, "traceparent": "00",
    });
    change(&mut work);
    serde_json::from_value(work).unwrap()
}

fn stored(sha256: &str, media_type: &str) -> Value {
    let asset = "j01m7w9vekf69myba5e4t7pvntw.inputs.1.0";
    json!({ "asset": asset, "key": "k", "sha256": sha256, "media_type": media_type })
}

fn seen(width: u32) -> Seen {
    let asset = "j01m7w9vekf69myba5e4t7pvntw.inputs.1.0".to_owned().try_into().unwrap();
    let looks = Looks { width, height: 64, phash: Fingerprint(0), cells: Cells(vec![0; 4]) };
    Seen { asset, looks }
}

/// The request of a work whose pictures are so wide.
fn of(width: u32, change: impl FnOnce(&mut Value)) -> String {
    let work = work(change);
    let seen = pictures(&work).into_keys().map(|port| (port.clone(), seen(width))).collect();
    request(&work, &seen)
}

#[test]
fn requests_differ_by_all_but_the_pictures() {
    let first = of(64, |_| {});
    assert_eq!(of(64, |work| work["inputs"]["image"] = stored("ab", "image/jpeg")), first);
    assert_eq!(of(32, |_| {}), first, "the result is as large as was said");
    let mut all = vec![
        first,
        of(64, |work| work["kind"] = json!("image.upscale")),
        of(64, |work| work["params"]["prompt"] = json!("a hen")),
        of(64, |work| work["params"]["seed"] = json!(8)),
        of(64, |work| work["params"]["model"] = json!("sketch-2")),
        of(64, |work| work["params"]["width"] = json!(128)),
        of(64, |work| work["params"]["safety"] = json!("strict")),
        of(64, |work| work["outputs"]["image"] = json!("image/webp")),
        of(64, |work| work["inputs"]["image-2"] = stored("aa", "image/png")),
        of(64, |work| work["inputs"]["mask"] = stored("aa", "image/png")),
        of(64, |work| work["inputs"]["mask"] = stored("ab", "image/png")),
        of(64, |work| work["inputs"]["voice"] = stored("aa", "audio/wav")),
        of(64, |work| work["inputs"]["voice"] = stored("ab", "audio/wav")),
        of(64, |work| work["ask"] = json!({ "model": "flux", "effort": "standard", "quote": 1 })),
        of(64, |work| work["params"]["height"] = Value::Null),
        of(32, |work| work["params"]["height"] = Value::Null),
    ];
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count, "no two of them are one");
}

#[test]
fn what_is_made_of_words_is_no_larger_for_its_pictures() {
    let told = |work: &mut Value| {
        work["params"] = json!({ "prompt": "what is it?", "model": "brio/scribe" });
        work["outputs"] = json!({ "text": "text/plain" });
    };
    assert_eq!(of(64, told), of(32, told));
}

#[test]
fn masks_sounds_and_too_many_pictures_are_compared_by_their_bytes() {
    let ports = |change: fn(&mut Value)| {
        let work = work(change);
        pictures(&work).into_keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(ports(|_| {}), ["image"]);
    let others = |work: &mut Value| {
        work["inputs"]["mask"] = stored("aa", "image/png");
        work["inputs"]["voice"] = stored("aa", "audio/wav");
    };
    assert_eq!(ports(others), ["image"]);
    let many = |work: &mut Value| {
        for number in 1..=4 {
            work["inputs"][format!("context-{number}")] = stored("aa", "image/png");
        }
    };
    assert_eq!(ports(many), [""; 0]);
}
