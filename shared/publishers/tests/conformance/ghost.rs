//! Ghost against its double.

use domain::ports::Refusal;
use domain::publish::Went;
use doubles::faults::Fault;
use doubles::targets::conformance::{Bench, Contract, Next, Verb, grant};
use doubles::targets::ghost::{KEY_ID, SECRET, routes};
use publishers::ghost::Ghost;
use serde_json::json;

const POSTS: &str = "POST /ghost/api/admin/posts/";
const IMAGES: &str = "POST /ghost/api/admin/images/upload/";
const CHANGE: &str = "PUT /ghost/api/admin/posts/";

fn fault(status: u16, kind: &str, code: Option<&str>) -> Fault {
    let error = json!({ "message": "No.", "context": null, "type": kind, "code": code });
    Fault::Instead(status, Vec::new(), json!({ "errors": [error] }))
}

pub(crate) fn contract() -> Contract {
    let limit = Fault::Instead(429, vec![("retry-after", "30".into())], json!({ "errors": [] }));
    Contract {
        spoke: |line| Box::new(Ghost::new(line)),
        routes,
        grant: |base| {
            grant(json!({ "site": base }), json!({ "key": format!("{KEY_ID}:{SECRET}") }))
        },
        makes: POSTS,
        changes: vec![IMAGES, CHANGE],
        refusals: vec![
            (fault(422, "ValidationError", None), Next::Never),
            (fault(401, "UnauthorizedError", Some("INVALID_JWT")), Next::Connect),
            (fault(400, "BadRequestError", Some("INVALID_JWT")), Next::Connect),
            (fault(403, "NoPermissionError", None), Next::Elsewhere),
            (fault(409, "UpdateCollisionError", Some("UPDATE_COLLISION")), Next::Later),
        ],
        limits: vec![(limit, 30)],
        needs: vec![
            (IMAGES, "/images/0/url"),
            (POSTS, "/posts/0/id"),
            (POSTS, "/posts/0/slug"),
            (CHANGE, "/posts/0/url"),
        ],
        opens: "key",
        renews: None,
        again: true,
        alts: true,
    }
}

doubles::spokes!(clauses, contract);
doubles::entries!(entries, contract);

#[tokio::test]
async fn a_site_that_speaks_no_version_of_ours_is_drift() {
    let mut bench = Bench::open(contract).await;
    bench.double.shop.order_whim("newer");
    let mut sending = bench.sending();
    let told = bench.drive(&mut sending).await;
    let why = "ghost answered 406: RequestNotAcceptableError Request could not be served, \
        the endpoint was not found.";
    assert_eq!(told.went, Went::Refused(Refusal::Never, why.into()));
    assert_eq!(bench.drift(), ["Accept-Version"]);
}

#[tokio::test]
async fn a_post_that_somebody_changed_meanwhile_is_read_again() {
    let mut bench = Bench::open(contract).await;
    let mut sending = bench.sending();
    let collision = fault(409, "UpdateCollisionError", Some("UPDATE_COLLISION"));
    bench.double.shop.fault_on(CHANGE, collision);
    let told = bench.drive(&mut sending).await;
    assert_eq!(told.went, Went::Refused(Refusal::Later, "ghost: No.".into()));
    assert_eq!(told.wait_s, Some(1));
    let told = bench.drive_from(Verb::Check, &mut sending).await;
    assert!(matches!(told.went, Went::Done(_)), "{told:?}");
    assert_eq!(bench.seen(), (1, true));
}
