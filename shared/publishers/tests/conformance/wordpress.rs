//! WordPress against its double.

use domain::ports::Refusal;
use domain::publish::Went;
use doubles::books::Stand;
use doubles::faults::Fault;
use doubles::targets::conformance::{Bench, Contract, Next, grant};
use doubles::targets::wordpress::{PASSWORD, USER, routes};
use publishers::wordpress::WordPress;
use serde_json::json;

const POSTS: &str = "POST /wp-json/wp/v2/posts";
const MEDIA: &str = "POST /wp-json/wp/v2/media";

fn fault(status: u16, code: &str) -> Fault {
    let data = json!({ "status": status });
    Fault::Instead(status, Vec::new(), json!({ "code": code, "message": "No.", "data": data }))
}

fn limit() -> Fault {
    Fault::Instead(429, vec![("retry-after", "7".into())], json!({}))
}

pub(crate) fn contract() -> Contract {
    Contract {
        spoke: |line| Box::new(WordPress::new(line)),
        routes,
        grant: |base| grant(json!({ "site": base, "user": USER }), json!({ "password": PASSWORD })),
        makes: POSTS,
        changes: vec![MEDIA, "POST /wp-json/wp/v2/tags", "POST /wp-json/wp/v2/posts/"],
        refusals: vec![
            (fault(400, "rest_invalid_param"), Next::Never),
            (fault(401, "rest_cannot_create"), Next::Connect),
            (fault(403, "rest_cannot_create"), Next::Elsewhere),
            (fault(404, "rest_no_route"), Next::Never),
        ],
        limits: vec![(limit(), 7)],
        needs: vec![
            (MEDIA, "/id"),
            (MEDIA, "/source_url"),
            (POSTS, "/id"),
            ("POST /wp-json/wp/v2/posts/", "/link"),
        ],
        opens: "password",
        renews: None,
        again: true,
        alts: true,
    }
}

doubles::spokes!(clauses, contract);
doubles::entries!(entries, contract);

#[tokio::test]
async fn a_type_that_is_not_taken_is_refused_for_good_though_the_answer_is_a_server_error() {
    let mut bench = Bench::open(contract).await;
    bench.double.shop.order_whim("refuses");
    let mut sending = bench.sending();
    let told = bench.drive(&mut sending).await;
    let why = "wordpress: rest_upload_sideload_error Sorry, you are not allowed to upload this file type.";
    assert_eq!(told.went, Went::Refused(Refusal::Never, why.into()));
}

#[tokio::test]
async fn a_cover_that_is_silently_not_taken_leaves_a_draft_that_nobody_sees() {
    let mut bench = Bench::open(contract).await;
    let mut sending = bench.sending();
    // Somebody threw the picture away after it was uploaded.
    sending.progress = json!({ "files": [{ "id": 999, "url": "https://blog.example/cup.png" }] });
    let told = bench.drive(&mut sending).await;
    let why = "wordpress does not take the cover; the post stays a draft";
    assert_eq!(told.went, Went::Refused(Refusal::Never, why.into()));
    assert_eq!(bench.drift(), ["featured_media"]);
    let books = bench.double.shop.books();
    assert_eq!(books.shown.iter().map(|shown| shown.state).collect::<Vec<_>>(), [Stand::Draft]);
}

#[tokio::test]
async fn of_two_drafts_that_were_made_at_once_one_is_made_visible() {
    let mut bench = Bench::open(contract).await;
    let mut twin = bench.sending();
    let mut sending = bench.sending();
    for one in [&mut twin, &mut sending] {
        bench.verb(doubles::targets::conformance::Verb::Start, one).await;
        bench.verb(doubles::targets::conformance::Verb::Start, one).await;
    }
    let first = bench.drive(&mut twin).await;
    let second = bench.drive(&mut sending).await;
    assert_eq!(first.went, second.went);
    assert_eq!(bench.seen(), (1, true));
}

#[tokio::test]
async fn a_draft_is_all_that_there_is_where_a_draft_is_wanted() {
    let mut bench = Bench::open(contract).await;
    let mut sending = bench.sending();
    sending.settings.insert("status".into(), "draft".into());
    let told = bench.drive(&mut sending).await;
    assert!(matches!(told.went, Went::Done(_)), "{told:?}");
    assert_eq!(bench.seen().0, 0);
    assert_eq!(bench.double.shop.books().shown.len(), 1);
}
