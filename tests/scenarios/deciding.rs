//! Who decides otherwise than at a desk, or otherwise than yes and no: by a link, with a file of their own, after others did not.

use super::command::galley;
use super::reviewing::{asked, person, pipeline, submit, told};
use crate::harness::api::Caller;
use crate::harness::hosts;
use crate::harness::sealed::shows;
use crate::harness::until::until;
use crate::harness::world::World;
use domain::id::{PersonId, ReviewId};
use domain::ports::Bucket;
use domain::review::{Link, ReviewRecord, ReviewState};
use domain::sign::{SigningKey, sha256};
use domain::state::JobState;
use reqwest::Method;
use serde_json::{Value, json};

/// A photograph that somebody has at hand, and its bytes.
const COFFEE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../events/photos/coffee.jpg");

/// Somebody with a role and a group, and their key.
async fn of_group(world: &World, caller: &Caller<'_>, name: &str, group: &str) -> String {
    let who = ["admin", "people", "put", caller.tenant.as_str(), name];
    // Who submits is an editor, too.
    let may = ["--role", "reviewer", "--role", "editor", "--group", group];
    let done = galley(world, "", &[&who[..], &may[..]].concat()).await;
    assert!(done.status.success(), "{done:?}");
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

/// What somebody is told whose command is refused.
async fn refused(world: &World, key: &str, words: &[&str]) -> String {
    let done = galley(world, key, words).await;
    assert!(!done.status.success(), "{words:?}: {done:?}");
    String::from_utf8_lossy(&done.stderr).into_owned()
}

#[tokio::test]
async fn a_file_of_somebodys_own_takes_the_pictures_place_and_only_that_is_published() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let anna = person(&world, &caller, "anna").await;
    let job = submit(&caller, json!({})).await;
    let review = asked(&world, &job, 1).await;
    let words = ["reviews", "edit", review.id.as_str(), "--replace", COFFEE];
    let words = [&words[..], &["--alt", "A cup of coffee", "--focal", "0.4,0.3"]].concat();
    let edited = told(&world, &anna, &words).await;
    assert_eq!((&edited["state"], &edited["edit"]["by"]), (&json!("decided"), &json!("anna")));
    let view = world.ends(&job, JobState::Succeeded, 60).await;
    let coffee = std::fs::read(COFFEE).unwrap();
    let [publication] = view.publications.as_slice() else { panic!("{:?}", view.publications) };
    let new = &view.assets[&publication.asset];
    assert_eq!(new.sha256, sha256(&coffee));
    assert_eq!(new.made_from, [review.subjects[0].asset.clone()]);
    assert_eq!(new.edited.as_ref().unwrap().alt.as_deref(), Some("A cup of coffee"));
    let location = publication.location.clone().unwrap();
    let key = location.split_once("//").unwrap().1.split_once('/').unwrap().1;
    let bytes = world.bytes(Bucket::Public, key).await;
    assert_eq!(sha256(&bytes), publication.sha256);
    shows(&bytes, new);
    let verify = ["audit", "verify", job.as_str()];
    assert!(galley(&world, caller.key.reveal(), &verify).await.status.success());
}

/// Opens a link as a browser does that nobody is signed in at; posts a form where there is one.
async fn visit(world: &World, path: &str, form: Option<&str>) -> (u16, String) {
    let method = if form.is_some() { Method::POST } else { Method::GET };
    let request = world.http.request(method, format!("{}{path}", world.stack.api_url));
    let request = match form {
        Some(form) => request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned()),
        None => request,
    };
    let answer = request.send().await.expect("the API answers");
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn linked(world: &World, key: &str, review: &ReviewId) -> String {
    let address = format!("{}/v1/reviews/{review}/link", world.stack.api_url);
    let request = world.http.request(Method::POST, address).bearer_auth(key);
    let answer = request.json(&json!({ "person": "anna" })).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 201);
    let told: Value = answer.json().await.unwrap();
    told["path"].as_str().unwrap().to_owned()
}

async fn state(world: &World, id: &ReviewId) -> (ReviewState, usize) {
    let reviews = world.job(&id.job()).await.reviews;
    let review = reviews.iter().find(|review| review.id == *id).unwrap();
    (review.state, review.votes.len())
}

/// The same link, but for one of its parts.
fn forged(world: &World, review: &ReviewRecord) -> Vec<String> {
    let (now, anna) = (aws::clock::now(), PersonId::parse("anna").unwrap());
    let own = |until, key: &SigningKey| Link::new(review, anna.clone(), until, [7; 16]).seal(key);
    let over = own(now, &world.signing_key());
    let unsigned = own(now.plus_s(600), &SigningKey::new("somebody else's"));
    vec![over, unsigned, "none".into()]
}

#[tokio::test]
async fn a_link_shows_as_often_as_it_is_looked_at_and_decides_once() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let anna = person(&world, &caller, "anna").await;
    let put = ["admin", "people", "put", caller.tenant.as_str(), "olga", "--role", "operator"];
    let olga = galley(&world, "", &put).await;
    let olga = String::from_utf8(olga.stdout).unwrap().trim().to_owned();
    let job = submit(&caller, json!({})).await;
    let review = asked(&world, &job, 1).await;
    let link = linked(&world, &olga, &review.id).await;
    for _ in 0..3 {
        let (status, page) = visit(&world, &link, None).await;
        assert!(status == 200 && page.contains("anna decides"), "{page}");
    }
    for token in forged(&world, &review) {
        let path = format!("/review/{token}");
        assert_eq!(visit(&world, &path, None).await.0, 404, "{token}");
        assert_eq!(visit(&world, &path, Some("decision=approve")).await.0, 404, "{token}");
    }
    assert_eq!(state(&world, &review.id).await, (ReviewState::Open, 0), "nobody decided yet");

    let (status, page) = visit(&world, &link, Some("decision=approve&note=fine")).await;
    assert!(status == 200 && page.contains("Thank you: approve."), "{page}");
    assert_eq!(state(&world, &review.id).await, (ReviewState::Decided, 1));
    told(&world, &anna, &["reviews", "undo", review.id.as_str()]).await;
    let (status, page) = visit(&world, &link, Some("decision=approve")).await;
    assert!(status == 409 && page.contains("the link was used before"), "{page}");
    assert_eq!(
        state(&world, &review.id).await,
        (ReviewState::Open, 0),
        "replayed, it does nothing"
    );
    let another = linked(&world, &olga, &review.id).await;
    assert_eq!(visit(&world, &another, Some("decision=reject")).await.0, 200);
    world.ends(&job, JobState::Rejected, 60).await;
}

#[tokio::test]
async fn who_submitted_it_cannot_approve_it_and_others_are_asked_when_nobody_decides() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let ed = of_group(&world, &caller, "ed", "brand").await;
    let lee = of_group(&world, &caller, "lee", "leads").await;
    let rules = json!({ "groups": ["brand"], "escalate": { "after_s": 10, "groups": ["leads"] } });
    let body = json!({ "pipeline": pipeline(rules), "inputs": { "prompt": "a lighthouse" } });
    let address = format!("{}/v1/jobs", world.stack.api_url);
    let request = world.http.request(Method::POST, address).bearer_auth(&ed).json(&body);
    let accepted: Value = request.send().await.unwrap().json().await.unwrap();
    let job = domain::id::JobId::parse(accepted["id"].as_str().unwrap()).unwrap();
    let review = asked(&world, &job, 1).await;
    let approve = ["reviews", "approve", review.id.as_str()];
    let why = refused(&world, &ed, &approve).await;
    assert!(why.contains("ed submitted the job, and somebody else must approve it"), "{why}");
    let why = refused(&world, &lee, &approve).await;
    assert!(why.contains("lee belongs to none of the groups that decide this: brand"), "{why}");
    assert_eq!(state(&world, &review.id).await, (ReviewState::Open, 0));

    until("others are asked", 40, async || {
        world.sweep().await;
        let reviews = world.job(&job).await.reviews;
        reviews[0].groups.contains("leads").then_some(())
    })
    .await;
    assert_eq!(told(&world, &lee, &approve).await["decided"]["by"], json!(["lee"]));
    world.ends(&job, JobState::Succeeded, 60).await;
    let kinds: Vec<String> = world.events(&job).await.into_iter().map(|event| event.kind).collect();
    assert!(kinds.contains(&"review.escalated".into()), "{kinds:?}");
}
