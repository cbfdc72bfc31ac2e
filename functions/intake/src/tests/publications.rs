//! Connections are kept without what opens them, and posts are shown as each target would get them.

use super::*;
use domain::publish::window::{WindowRecord, WindowState};
use domain::record::{JobRecord, PostingRecord, PublicationState};
use domain::store::Write;

/// A post of a job that is at its target.
pub(super) fn plant(world: &World, job: &JobId) {
    let posting = domain::fakes::posting("publish", "bluesky", PublicationState::Done);
    world.table.plant(Write::put(PostingRecord::key(job, "publish"), &posting).unwrap());
}

/// The window of the same step.
pub(super) fn plant_window(world: &World, job: &JobId, state: WindowState) {
    let tenant = tenant("acme");
    let window = WindowRecord {
        job: job.clone(),
        step: "publish".into(),
        tenant_jobs: WindowRecord::index(&tenant),
        tenant,
        pipeline: "hero-image".into(),
        target: "bluesky".into(),
        connection: Some("acme-brand".into()),
        run: 1,
        round: 1,
        wave: 3,
        state,
        version: 1,
        opens_at: NOW,
        not_before: Some(NOW.plus_s(60)),
        spacing_s: 0,
        by: None,
        token: Some("token".into()),
        due_pk: None,
        due_at: None,
        sk_job: String::new(),
    };
    let window = window.opening(NOW.plus_s(3600), NOW);
    let window = WindowRecord { state, ..window };
    world.table.plant(Write::put(WindowRecord::key(job, "publish"), &window).unwrap());
}

#[tokio::test]
async fn a_window_is_listed_moved_and_canceled_until_it_opens() {
    let world = world().await;
    let job = submitted(&world, &hero(), "k1").await;
    plant_window(&world, &job, WindowState::Scheduled);
    let one = format!("/v1/publications/{job}.publish");
    let shown = json_of(&send(&world, request("GET", &one)).await);
    let at = |seconds: u32| NOW.plus_s(seconds).rfc3339();
    assert_eq!((&shown["state"], &shown["opens_at"]), (&json!("scheduled"), &json!(at(3600))));
    let list = send(&world, request("GET", "/v1/publications")).await;
    assert_eq!(json_of(&list)["publications"][0]["id"], shown["id"]);
    let none = {
        let query = std::iter::once(("from".to_owned(), at(3601))).collect();
        HttpRequest { query, ..request("GET", "/v1/publications") }
    };
    assert_eq!(json_of(&send(&world, none).await)["publications"], json!([]));
    let move_to =
        |at: &str| request("POST", &format!("{one}/reschedule")).body(&json!({ "at": at }));
    let moved = send(&world, move_to(&at(600))).await;
    assert_eq!((moved.status, &json_of(&moved)["opens_at"]), (200, &json!(at(600))));
    assert_eq!(json_of(&moved)["moved_by"], "acme");
    let message = json!({ "window_due": format!("{job}.publish") });
    assert!(world.queue.sent().contains(&(message, 600)));
    for (wrong, why) in [
        (at(30), format!("nothing of it may be published before {}", at(60))),
        (at(29 * 86_400), "that is more than four weeks ahead".into()),
        ("soon".into(), "there is no such time".into()),
    ] {
        let told = super::malformed::read(&send(&world, move_to(&wrong)).await);
        assert!(told.starts_with(&format!("422 invalid-body\n/at: {why}")), "{told}");
    }
    let cancel = || request("POST", &format!("{one}/cancel"));
    for _ in 0..2 {
        let canceled = send(&world, cancel()).await;
        assert_eq!((canceled.status, &json_of(&canceled)["state"]), (200, &json!("canceled")));
    }
    assert_eq!(send(&world, move_to(&at(700))).await.status, 409);
    plant_window(&world, &job, WindowState::Opened);
    let told = super::malformed::read(&send(&world, cancel()).await);
    let open = "its window is open: it can be moved and canceled until it opens";
    assert_eq!(told, format!("409 not-scheduled\n{open}"));
}

fn put(name: &str, body: Value) -> HttpRequest {
    request("PUT", &format!("/v1/connections/{name}")).body(&body)
}

#[tokio::test]
async fn what_opens_an_account_is_in_the_vault_and_nowhere_else() {
    let world = world().await;
    let given = json!({
        "kind": "wordpress", "settings": { "site": "https://blog.example.com" },
        "secret": { "user": "ann", "password": "hush hush" },
    });
    let made = send(&world, put("blog", given)).await;
    assert_eq!((made.status, &json_of(&made)["state"]), (201, &json!("ok")));
    let kept: Value = serde_json::from_str(&world.vault.peek("acme/blog").unwrap()).unwrap();
    assert_eq!(kept, json!({ "user": "ann", "password": "hush hush" }));
    let listed = send(&world, request("GET", "/v1/connections")).await;
    assert_eq!(json_of(&listed)["connections"][0]["settings"]["site"], "https://blog.example.com");
    assert!(!(world.table.listing() + &listed.body + &made.body).contains("hush"));
    // Other settings keep the secret.
    let again = put(
        "blog",
        json!({ "kind": "wordpress", "settings": { "site": "https://new.example.com" } }),
    );
    assert_eq!(send(&world, again).await.status, 200);
    assert!(world.vault.peek("acme/blog").is_some());
    let gone = send(&world, request("DELETE", "/v1/connections/blog")).await;
    assert_eq!(json_of(&gone), json!({ "name": "blog", "deleted": true }));
    assert_eq!(world.vault.peek("acme/blog"), None);
    assert_eq!(send(&world, request("GET", "/v1/connections/blog")).await.status, 404);
}

#[tokio::test]
async fn a_connection_needs_what_opens_it() {
    let world = world().await;
    let refused = send(&world, put("brand", json!({ "kind": "bluesky" }))).await;
    assert_eq!(refused.status, 422);
    let told =
        "nothing opens the connection — give secret: what its kind needs, such as { \"token\": … }";
    assert_eq!(json_of(&refused)["errors"][0]["detail"], told);
    let broken =
        request("PUT", "/v1/connections/brand").text("application/json", "{ \"secret\": hush");
    let refused = send(&world, broken).await;
    assert!(refused.status == 400 && !refused.body.contains("hush"), "{}", refused.body);
}

#[tokio::test]
async fn a_preview_shows_what_each_target_would_get() {
    let world = world().await;
    let shape =
        json!({ "media_type": "image/avif", "width": 4000, "height": 3000, "bytes": 900_000 });
    let body = json!({
        "post": {
            "title": "Tea", "body": "All of *it*.", "tags": ["tea"],
            "media": [{ "shape": shape, "alt": "A cup" }],
        },
        "targets": ["bluesky", { "kind": "wordpress", "status": "draft" }, { "kind": "devto" }],
        "ai": true,
    });
    let answer = send(&world, request("POST", "/v1/publications/preview").body(&body)).await;
    let targets = json_of(&answer)["targets"].clone();
    assert_eq!(targets[0]["form"]["pieces"][0]["text"], "All of it.\n\nMade with AI.\n\n#tea");
    assert_eq!(targets[0]["form"]["media"][0]["fit"]["width"], 2000);
    assert!(
        targets[1]["form"]["body"]["text"].as_str().unwrap().starts_with("<p>All of <em>it</em>.")
    );
    assert!(
        targets[2]["form"]["body"]["text"].as_str().unwrap().starts_with("---\ntitle: \"Tea\"")
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_preview_is_told_where_it_stands() {
    let world = world().await;
    let body = json!({ "post": { "titel": "x", "media": [{}] }, "targets": ["myspace"] });
    let refused = send(&world, request("POST", "/v1/publications/preview").body(&body)).await;
    let errors = json_of(&refused)["errors"].clone();
    let pointers: Vec<&str> =
        errors.as_array().unwrap().iter().filter_map(|error| error["pointer"].as_str()).collect();
    let bare: Vec<String> = pointers.iter().map(|pointer| pointer.replace('#', "")).collect();
    assert_eq!(bare, ["/post/media/0", "/post", "/targets/0/kind"]);
    let nothing = json!({ "post": {}, "targets": ["x", "ghost"] });
    let answer = send(&world, request("POST", "/v1/publications/preview").body(&nothing)).await;
    let targets = json_of(&answer)["targets"].clone();
    assert_eq!(targets[0]["problems"][0]["detail"], "there is nothing for X to publish");
    assert_eq!(targets[1]["problems"][0]["pointer"], "/title");
}

#[tokio::test]
async fn a_publication_tells_where_it_is_and_not_what_was_remembered_on_the_way() {
    let world = world().await;
    let job = submitted(&world, &hero(), "k1").await;
    plant(&world, &job);
    let answer = send(&world, request("GET", &format!("/v1/publications/{job}.publish"))).await;
    let shown = json_of(&answer);
    assert_eq!(
        (&shown["state"], &shown["location"]),
        (&json!("done"), &json!("https://bluesky.test/7"))
    );
    assert!(shown.get("progress").is_none());
}

#[tokio::test]
async fn one_target_is_retried_only_where_it_failed_and_its_job_has_ended() {
    let world = world().await;
    let body = json!({ "pipeline": "hero-image", "inputs": { "prompt": "a fox" } });
    let job = submitted(&world, &body, "k1").await;
    plant(&world, &job);
    let retry = || request("POST", &format!("/v1/publications/{job}.publish/retry"));
    let told = send(&world, retry()).await;
    assert_eq!((told.status, &json_of(&told)["type"]), (409, &json!("/v1/errors/not-retryable")));
    let detail = format!("publication {job}.publish is there already: there is nothing to retry");
    assert_eq!(json_of(&told)["detail"], detail);
    let key = PostingRecord::key(&job, "publish");
    let failed = Write::set(key, json!({ "state": PublicationState::Failed, "rev": 4 }));
    domain::ports::Table::write(&world.table, vec![failed]).await.unwrap();
    let told = send(&world, retry()).await;
    let detail = format!(
        "publication {job}.publish is part of job {job}, which is accepted: it can be retried once that has ended"
    );
    assert_eq!((told.status, &json_of(&told)["detail"]), (409, &json!(detail)));
    let ended = Write::set(JobRecord::key(&job), json!({ "state": "failed" }));
    domain::ports::Table::write(&world.table, vec![ended]).await.unwrap();
    let told = send(&world, retry()).await;
    let detail = format!(
        "publication {job}.publish is not all that is lacking: generate is pending; retry the job instead: galley retry {job}"
    );
    assert_eq!((told.status, &json_of(&told)["detail"]), (409, &json!(detail)));
}

#[tokio::test]
async fn a_connection_is_tried_by_whoever_may_read_what_opens_it() {
    use domain::publish::Opens;
    let world = world().await;
    let given = json!({ "kind": "bluesky", "secret": { "password": "hush hush" } });
    send(&world, put("brand", given)).await;
    let test = || request("POST", "/v1/connections/brand/test");
    let told = json_of(&send(&world, test()).await);
    assert_eq!((&told["opens"], &told["said"]), (&json!("yes"), &json!("@brand")));
    assert_eq!(told["connection"]["name"], "brand");
    world.accounts.says(Opens::No, "401: the password is revoked");
    let told = json_of(&send(&world, test()).await);
    assert_eq!(told["opens"], "no");
    assert_eq!(world.accounts.asked().len(), 2);
    assert_eq!(send(&world, request("POST", "/v1/connections/none/test")).await.status, 404);
}

#[tokio::test]
async fn what_is_of_another_type_than_it_should_be_is_refused_with_its_place() {
    let world = world().await;
    let asked = json!({ "post": { "body": "Tea." }, "targets": ["bluesky"], "ai": {} });
    let answer = send(&world, request("POST", "/v1/publications/preview").body(&asked)).await;
    assert_eq!(
        super::malformed::read(&answer),
        "422 invalid-body\n/ai: it is neither true nor false — say which, or leave it out"
    );
    for (field, given) in [
        ("settings", json!({ "kind": "bluesky", "settings": null, "secret": { "password": "x" } })),
        ("secret", json!({ "kind": "bluesky", "secret": null })),
    ] {
        assert_eq!(
            super::malformed::read(&send(&world, put("brand", given)).await),
            format!(
                "422 invalid-body\n/{field}: {field} is no mapping — make it a mapping of words"
            )
        );
    }
    assert!(world.vault.peek("acme/brand").is_none());
}
