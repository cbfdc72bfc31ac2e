//! Pictures that are known to be bad: added, listed and taken out, by editors alone.

use super::people::{as_person, with};
use super::policies::named;
use super::*;
use domain::fakes::PNG;
use domain::person::Role;
use domain::ports::Bucket;
use domain::sign::sha256;

/// A world with a policy, an editor, a reviewer and an upload.
async fn staffed() -> World {
    let world = world().await;
    with(&world, "ed", &[Role::Editor], &[]);
    with(&world, "anna", &[Role::Reviewer], &[]);
    let put = request("PUT", "/v1/policies/brand").text("application/yaml", &named("brand"));
    assert_eq!(send(&world, as_person(put, "ed")).await.status, 201);
    world.objects.plant(Bucket::Uploads, "uploads/acme/direct/hand.png", PNG);
    world.faults.clear();
    world
}

/// A plant of `acme` for that policy.
pub(super) async fn added(world: &World, policy: &str) {
    let what = domain::gate::plant::Added {
        policy: policy.into(),
        bytes: PNG.into(),
        why: "six fingers".into(),
        prompt: None,
        of: None,
    };
    let by = domain::id::PersonId::parse("ed").unwrap();
    let (table, objects, acme) = (&world.table, &world.objects, tenant("acme"));
    let added = domain::gate::plant::add(table, objects, &acme, (what, &by), NOW).await;
    added.unwrap().unwrap();
}

async fn say(
    world: &World,
    method: &str,
    path: &str,
    body: Option<Value>,
    who: &str,
) -> HttpResponse {
    let asked = request(method, path);
    let asked = match body {
        Some(body) => asked.body(&body),
        None => asked,
    };
    send(world, as_person(asked, who)).await
}

const PLACE: &str = "/v1/policies/brand/plants";

#[tokio::test]
async fn a_picture_is_added_listed_and_taken_out() {
    let world = staffed().await;
    let body = json!({ "upload": "direct/hand.png", "why": " six fingers ", "prompt": "a hand" });
    let made = say(&world, "POST", PLACE, Some(body.clone()), "ed").await;
    assert_eq!(made.status, 201, "{}", made.body);
    let made = json_of(&made);
    assert_eq!((&made["id"], &made["why"]), (&json!(sha256(PNG)), &json!("six fingers")));
    assert_eq!((&made["by"], &made["policy"]), (&json!("ed"), &json!("brand")));
    let again = say(&world, "POST", PLACE, Some(body), "ed").await;
    assert_eq!((again.status, json_of(&again)), (201, made.clone()));
    let all = json_of(&say(&world, "GET", PLACE, None, "ed").await);
    assert_eq!(all["plants"], json!([made]));
    let place = format!("/v1/plants/{}", sha256(PNG));
    assert_eq!(say(&world, "DELETE", &place, None, "ed").await.status, 200);
    assert_eq!(say(&world, "DELETE", &place, None, "ed").await.status, 404);
    assert_eq!(json_of(&say(&world, "GET", PLACE, None, "ed").await)["plants"], json!([]));
}

#[tokio::test]
async fn who_reviews_never_learns_what_is_planted() {
    let world = staffed().await;
    added(&world, "brand").await;
    let place = format!("/v1/plants/{}", sha256(PNG));
    for (method, path) in [("GET", PLACE), ("POST", PLACE), ("DELETE", place.as_str())] {
        assert_eq!(say(&world, method, path, None, "anna").await.status, 403, "{method}");
        let by_tenant = send(&world, request(method, path)).await;
        assert_eq!(by_tenant.status, 403, "{method}");
    }
}

#[tokio::test]
async fn an_asset_of_a_job_that_is_planted_is_never_published_by_it() {
    let world = staffed().await;
    world.objects.plant(Bucket::Uploads, "uploads/acme/direct/cup.png", PNG);
    let body = json!({
        "pipeline": "product-photo", "inputs": { "photo": { "upload": "direct/cup.png" } },
    });
    let job = submitted(&world, &body, "k1").await;
    let asset = format!("{job}.inputs.photo.0");
    let body = json!({ "asset": asset, "why": "cropped" });
    assert_eq!(say(&world, "POST", PLACE, Some(body), "ed").await.status, 201);
    let view = domain::view::JobView::expect(&world.table, &job).await.unwrap();
    assert!(view.planted.contains(&sha256(PNG)));
}

#[tokio::test]
async fn what_is_no_picture_is_told_with_its_place() {
    let world = staffed().await;
    world.objects.plant(Bucket::Uploads, "uploads/acme/direct/words.png", b"words".to_vec());
    let why = json!("bad");
    for (body, pointer, detail) in [
        (json!({ "why": why }), "", "it names no picture, or two"),
        (
            json!({ "upload": "direct/none.png", "why": why }),
            "/upload",
            "there is no upload \"direct/none.png\"",
        ),
        (
            json!({ "upload": "direct/words.png", "why": why }),
            "/upload",
            "it is no picture that we know",
        ),
        (json!({ "asset": "j1.a.1.0", "why": why }), "/asset", "there is no asset \"j1.a.1.0\""),
        (json!({ "upload": "direct/hand.png" }), "/why", "why is missing"),
        (json!({ "upload": "direct/hand.png", "why": "" }), "/why", "why is \"\""),
    ] {
        let answer = say(&world, "POST", PLACE, Some(body), "ed").await;
        let told = json_of(&answer);
        assert_eq!(answer.status, 422, "{told}");
        let first = &told["errors"][0];
        assert_eq!(first["pointer"], pointer, "{told}");
        let said = first["detail"].as_str().unwrap();
        assert!(said.starts_with(&format!("{detail} — ")), "{said}");
    }
}
