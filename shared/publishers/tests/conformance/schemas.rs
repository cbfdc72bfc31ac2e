//! What is said to targets that publish their schemas is what these say; and so is what their doubles answer.
//!
//! Of each schema there is what these calls need, in `tests/specs`: Bluesky's as its lexicons say, Hashnode's as its
//! GraphQL types do. dev.to's schema says that tags are a text, where its server takes a list and nothing else:
//! that one field is as its server has it.

use doubles::spec::{Exchange, Kept, holds};
use doubles::targets::conformance::{Bench, Contract, sending};
use serde_json::Value;

fn document(text: &str) -> Value {
    serde_json::from_str(text).expect("the specs are JSON")
}

/// All that is said while a post is published, changed, counted and taken back.
async fn said(contract: fn() -> Contract) -> Vec<Exchange> {
    let mut bench = Bench::open(contract).await;
    let kept = Kept::default();
    bench.double.shop.keep_all(kept.clone());
    let (post, told) = bench.posted().await;
    bench.spoke.probe(&bench.grant).await;
    bench.spoke.update(&bench.grant, &post).await;
    if let domain::publish::Went::Done(place) = &told.went {
        bench.spoke.metrics(&bench.grant, &post.progress, place).await.ok();
        bench.spoke.unpublish(&bench.grant, &post.progress, place).await;
    }
    let mut long = sending(bench.able(), 2, 2);
    long.id = "pub_another".into();
    long.form.slug = long.form.slug.map(|_| "another".into());
    for piece in &mut long.form.pieces {
        piece.text = piece.text.replace("Tea", "Tay");
    }
    bench.drive(&mut long).await;
    kept.all()
}

/// Holds each exchange against the schemas of its call: of what is asked, and of what is answered.
#[track_caller]
fn held(document: &Value, said: &[Exchange], schemas: &[(&str, &str, &str)]) {
    for (call, request, answer) in schemas {
        let these = said.iter().filter(|exchange| exchange.call.starts_with(call));
        let these: Vec<_> = these.filter(|exchange| exchange.status < 300).collect();
        assert!(!these.is_empty(), "{call} was not called");
        for exchange in these {
            if !request.is_empty() {
                holds(document, request, &exchange.request);
            }
            if !answer.is_empty() {
                holds(document, answer, &exchange.answer);
            }
        }
    }
}

#[tokio::test]
async fn what_is_said_to_x_is_what_its_schemas_say() {
    let document = document(include_str!("../specs/x.json"));
    let said = said(super::x::contract).await;
    let of_upload = |end: &str| {
        let of = said.iter().filter(|exchange| exchange.call.ends_with(end));
        of.cloned().collect::<Vec<_>>()
    };
    held(
        &document,
        &said,
        &[
            ("POST /2/tweets", "CreatePostsRequest", "CreatePostsResponse"),
            (
                "POST /2/media/upload/initialize",
                "InitializeMediaUploadRequest",
                "InitializeMediaUploadResponse",
            ),
            ("POST /2/media/metadata", "CreateMediaMetadataRequest", "CreateMediaMetadataResponse"),
            ("DELETE /2/tweets/", "", "DeletePostsResponse"),
        ],
    );
    held(&document, &of_upload("/append"), &[("POST", "", "AppendMediaUploadResponse")]);
    held(&document, &of_upload("/finalize"), &[("POST", "", "FinalizeMediaUploadResponse")]);
}

#[tokio::test]
async fn what_is_said_to_bluesky_is_what_its_lexicons_say() {
    let document = document(include_str!("../specs/bluesky.json"));
    let said = said(super::bluesky::contract).await;
    let repo = |name: &str| format!("com.atproto.repo.{name}");
    held(
        &document,
        &said,
        &[
            (
                "POST /xrpc/com.atproto.server.createSession",
                "com.atproto.server.createSession.input",
                "com.atproto.server.createSession.output",
            ),
            ("POST /xrpc/com.atproto.repo.uploadBlob", "", &repo("uploadBlob.output")),
            (
                "POST /xrpc/com.atproto.repo.putRecord",
                &repo("putRecord.input"),
                &repo("putRecord.output"),
            ),
            (
                "POST /xrpc/com.atproto.repo.deleteRecord",
                &repo("deleteRecord.input"),
                &repo("deleteRecord.output"),
            ),
        ],
    );
    let records: Vec<&Value> = said
        .iter()
        .filter(|exchange| exchange.call.ends_with("putRecord"))
        .map(|exchange| &exchange.request["record"])
        .collect();
    assert_eq!(records.len(), 3);
    for record in records {
        holds(&document, "app.bsky.feed.post.main", record);
    }
}

#[tokio::test]
async fn what_is_said_to_mastodon_is_what_its_schemas_say() {
    let document = document(include_str!("../specs/mastodon.json"));
    let said = said(super::mastodon::contract).await;
    let statuses: Vec<_> =
        said.iter().filter(|exchange| exchange.call == "POST /api/v1/statuses").collect();
    assert_eq!(statuses.len(), 3);
    for exchange in statuses {
        let schema = match exchange.request.get("media_ids") {
            Some(_) => "MediaStatus",
            None => "TextStatus",
        };
        holds(&document, schema, &exchange.request);
    }
}

#[tokio::test]
async fn what_is_said_to_paragraph_is_what_its_schemas_say() {
    let document = document(include_str!("../specs/paragraph.json"));
    let said = said(super::paragraph::contract).await;
    held(
        &document,
        &said,
        &[
            ("POST /v1/posts", "CreatePost", "CreatedPost"),
            ("PUT /v1/posts/", "UpdatePost", "UpdatedPost"),
            ("DELETE /v1/posts/", "", "DeletedPost"),
        ],
    );
}

#[tokio::test]
async fn what_is_said_to_devto_is_what_its_schemas_say() {
    let document = document(include_str!("../specs/devto.json"));
    let said = said(super::devto::contract).await;
    let articles = [("POST /api/articles", "Article", "")];
    held(&document, &said, &articles);
    let changed = said.iter().filter(|exchange| exchange.call.starts_with("PUT /api/articles/"));
    for exchange in changed.filter(|exchange| !exchange.call.ends_with("unpublish")) {
        holds(&document, "Article", &exchange.request);
    }
}

#[tokio::test]
async fn what_is_said_to_hashnode_is_what_its_types_say() {
    let document = document(include_str!("../specs/hashnode.json"));
    let said = said(super::hashnode::contract).await;
    let mut seen = 0;
    for exchange in said.iter().filter(|exchange| exchange.call == "POST /") {
        let query = exchange.request["query"].as_str().unwrap_or_default();
        let inputs = ["PublishPostInput", "UpdatePostInput", "CreateImageUploadInput"];
        for input in inputs.into_iter().filter(|input| query.contains(&format!("{input}!"))) {
            holds(&document, input, &exchange.request["variables"]["input"]);
            seen += 1;
        }
    }
    assert_eq!(seen, 6, "two posts with three pictures, one of them changed");
}
