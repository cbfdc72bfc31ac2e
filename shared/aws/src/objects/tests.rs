//! What is asked of S3, and what its answers mean.

use super::*;
use crate::testing::{Wire, config};

fn objects(wire: &Wire) -> S3Objects {
    let config = Builder::from(&config(wire))
        .force_path_style(true)
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
    let buckets =
        Buckets { assets: "assets".into(), uploads: "uploads".into(), public: "public".into() };
    S3Objects::new(Client::from_conf(config.build()), buckets)
}

fn failure(code: &str) -> Vec<u8> {
    format!("<Error><Code>{code}</Code><Message>no</Message></Error>").into_bytes()
}

fn once() -> Put {
    Put { media_type: "image/png".into(), cache_control: None, replace: false }
}

#[tokio::test]
async fn an_object_is_read_up_to_its_limit() {
    let wire = Wire::new().bytes(200, &[("content-length", "5")], b"bytes");
    let read = objects(&wire).get(Bucket::Assets, "t/j/a.png", 5).await;
    assert_eq!(read, Ok(Some(b"bytes".to_vec())));
    assert!(wire.requests()[0].uri.contains("/assets/t/j/a.png"));
}

#[tokio::test]
async fn a_larger_object_is_invalid_by_its_head_or_by_its_bytes() {
    let told = "s3 get k: larger than 4 bytes";
    let wire = Wire::new().bytes(200, &[("content-length", "5")], b"bytes");
    let error = objects(&wire).get(Bucket::Uploads, "k", 4).await.unwrap_err();
    assert_eq!(error, Error::Invalid(told.into()));
    let wire = Wire::new().bytes(200, &[], b"bytes");
    let error = objects(&wire).get(Bucket::Uploads, "k", 4).await.unwrap_err();
    assert_eq!(error, Error::Invalid(told.into()));
}

#[tokio::test]
async fn an_absent_object_is_none_and_an_absent_bucket_our_fault() {
    let wire = Wire::new().bytes(404, &[], &failure("NoSuchKey"));
    assert_eq!(objects(&wire).get(Bucket::Assets, "k", 9).await, Ok(None));
    let wire = Wire::new().bytes(404, &[], &failure("NoSuchBucket"));
    assert_eq!(objects(&wire).get(Bucket::Assets, "k", 9).await.unwrap_err().name(), "Fault");
    let wire = Wire::new().bytes(503, &[], &failure("SlowDown"));
    assert_eq!(objects(&wire).get(Bucket::Assets, "k", 9).await.unwrap_err().name(), "Again");
}

#[tokio::test]
async fn an_object_is_written_once() {
    let wire = Wire::new().bytes(200, &[], b"").bytes(412, &[], &failure("PreconditionFailed"));
    let objects = objects(&wire);
    assert_eq!(objects.put(Bucket::Assets, "k", b"1".to_vec(), &once()).await, Ok(true));
    assert_eq!(objects.put(Bucket::Assets, "k", b"1".to_vec(), &once()).await, Ok(false));
    let request = &wire.requests()[0];
    assert_eq!(request.headers["if-none-match"], "*");
    assert_eq!(request.headers["content-type"], "image/png");
}

#[tokio::test]
async fn a_published_object_may_be_replaced_and_says_how_long_it_keeps() {
    let wire = Wire::new().bytes(200, &[], b"");
    let how = Put { cache_control: Some("max-age=60".into()), replace: true, ..once() };
    objects(&wire).put(Bucket::Public, "heroes/a.png", b"1".to_vec(), &how).await.unwrap();
    let request = &wire.requests()[0];
    assert_eq!(request.headers["cache-control"], "max-age=60");
    assert!(!request.headers.contains_key("if-none-match"));
}

#[tokio::test]
async fn a_write_that_meets_another_is_made_again() {
    let busy = failure("ConditionalRequestConflict");
    let wire = Wire::new().bytes(409, &[], &busy).bytes(412, &[], &failure("PreconditionFailed"));
    let put = objects(&wire).put(Bucket::Assets, "k", b"1".to_vec(), &once()).await;
    assert_eq!(put, Ok(false));
    let wire = (0..TRIES).fold(Wire::new(), |wire, _| wire.bytes(409, &[], &busy));
    let put = objects(&wire).put(Bucket::Assets, "k", b"1".to_vec(), &once()).await;
    assert_eq!(put.unwrap_err().name(), "Again");
}

#[tokio::test]
async fn a_presigned_write_is_bound_to_its_media_type() {
    let signed = objects(&Wire::new()).presign_put(Bucket::Assets, "k", "image/png", 600).await;
    let signed = signed.unwrap();
    assert_eq!(signed.headers["content-type"], "image/png");
    assert_eq!(signed.headers.len(), 1, "{:?}", signed.headers);
    assert!(signed.url.contains("X-Amz-Expires=600"));
    assert!(signed.url.contains("content-type%3Bhost"), "{}", signed.url);
    assert!(!signed.url.contains("checksum"), "{}", signed.url);
}

#[tokio::test]
async fn a_presigned_read_needs_no_headers() {
    let signed = objects(&Wire::new()).presign_get(Bucket::Public, "k", 60).await.unwrap();
    assert!(signed.headers.is_empty(), "{:?}", signed.headers);
    assert!(signed.url.contains("/public/k?"));
}
