//! Downloading and opening: whole files with the right hash, or none.
use std::fs;

use serde_json::{Value, json};

use crate::{
    api::{Api, Reply, job},
    galley::{galley, galley_in},
};

/// SHA-256 of `hello`.
const HELLO: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

fn asset(own: &str, width: u32, sha256: &str) -> Value {
    json!({
        "id": format!("j1.ladder.1.{width}"), "step": "ladder", "port": "images", "sha256": sha256,
        "media_type": "image/webp", "bytes": 5, "width": width, "height": 270,
        "url": format!("{own}/bucket/{width}?signature=x"),
    })
}

/// A job with two pictures; the bytes of each are `hello`.
fn pictures(sha256: &'static str) -> Api {
    Api::new(move |request, own| {
        let mut job = job("succeeded");
        job["steps"] = json!([{"name": "ladder", "kind": "image.resize", "state": "succeeded"}]);
        job["assets"] = json!([asset(own, 960, sha256), asset(own, 480, sha256)]);
        match request.path.as_str() {
            "/v1/jobs/j1" => Reply::Json(200, job),
            "/v1/assets/j1.ladder.1.480" => Reply::Json(200, asset(own, 480, sha256)),
            "/bucket/480?signature=x" | "/bucket/960?signature=x" => Reply::Bytes(b"hello".into()),
            _ => Reply::Json(404, json!({"title": "not found"})),
        }
    })
}

#[test]
fn download_writes_every_asset_under_a_readable_name() {
    let folder = tempfile::tempdir().unwrap();
    let api = pictures(HELLO);
    let ran = galley_in(folder.path(), &api, &["download", "j1", "--to", "out"]);
    let expected = "out/ladder-960w.webp\nout/ladder-480w.webp\n";
    assert_eq!((ran.code, ran.out.as_str()), (0, expected), "{}", ran.err);
    assert_eq!(fs::read(folder.path().join("out/ladder-480w.webp")).unwrap(), b"hello");
    let with_key = api.seen().iter().filter(|it| it.header("authorization").is_some()).count();
    assert_eq!(with_key, 1, "the key goes to the API, never to the storage");
}

#[test]
fn bytes_with_another_hash_are_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = "0000000000000000000000000000000000000000000000000000000000000000";
    let ran = galley_in(folder.path(), &pictures(wrong), &["download", "j1", "--to", "out"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains(HELLO) && ran.err.contains("nothing was kept"), "{}", ran.err);
    assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 0);
}

#[test]
fn open_prints_the_presigned_url_where_there_is_no_terminal() {
    let api = pictures(HELLO);
    let widest = format!("{}/bucket/960?signature=x\n", api.url);
    let narrow = format!("{}/bucket/480?signature=x\n", api.url);
    assert_eq!(galley(&api, &["open", "j1"]).out, widest);
    assert_eq!(galley(&api, &["open", "j1.ladder.1.480"]).out, narrow);
    assert_eq!(galley(&api, &["open", "j1", "--all"]).out, widest + &narrow);
}

#[test]
fn an_upload_for_a_trigger_says_which() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("shoe.png"), b"png").unwrap();
    let api = Api::new(|request, own| match request.method.as_str() {
        "POST" => Reply::Json(200, json!({"upload": "u1", "url": format!("{own}/bucket/u1")})),
        _ => Reply::Bytes(Vec::new()),
    });
    let ran = galley_in(folder.path(), &api, &["upload", "shoe.png", "--trigger", "product-photo"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "u1\n"), "{}", ran.err);
    let asked = json!({"media_type": "image/png", "bytes": 3, "trigger": "product-photo"});
    assert_eq!(api.seen()[0].json(), asked);
}

#[test]
fn what_the_storage_says_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("shoe.png"), b"png").unwrap();
    let api = Api::new(|request, own| match request.method.as_str() {
        "POST" => Reply::Json(200, json!({"upload": "u1", "url": format!("{own}/bucket/u1")})),
        _ => Reply::Json(
            403,
            json!("<Error><Code>AccessDenied</Code><Message>Expired</Message></Error>"),
        ),
    });
    let ran = galley_in(folder.path(), &api, &["upload", "shoe.png"]);
    assert_eq!(ran.code, 1);
    let told =
        "error: the storage refused the upload (403): AccessDenied: Expired\nnext: try again";
    assert!(ran.err.contains(told), "{}", ran.err);
}
