//! An entry of a content management system: its webhook is one job, the picture goes into that very entry, and word of that is none.

use crate::harness::hosts;
use crate::harness::pipelines::one_render;
use crate::harness::stack::home;
use crate::harness::world::World;
use crate::scenarios::command::galley;
use aws::clock;
use domain::id::JobId;
use domain::sign::sign_hex;
use domain::state::JobState;
use doubles::Double;
use doubles::books::{Shown, Stand};
use doubles::targets::ghost;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The port of the system that this stack may call.
const GHOST: u16 = 8814;
const ENTRY: &str = "65f0c1a2b3c4d5e6f7a8b9c0";

/// The entry as its people wrote it.
fn written() -> Shown {
    let body = json!({
        "title": "Kites", "html": "<p>They are back.</p>", "status": "published",
        "updated_at": "2026-11-20T06:00:00.000Z", "feature_image": null,
    });
    Shown {
        id: ENTRY.into(),
        key: "kites".into(),
        state: Stand::Visible,
        times: 1,
        body,
        ..Shown::default()
    }
}

/// What Ghost sends of the entry as it is, and of what was changed.
fn word(double: &Double, previous: Value) -> String {
    let mut current = double.shop.books().shown[0].body.clone();
    current["id"] = json!(ENTRY);
    json!({ "post": { "current": current, "previous": previous } }).to_string()
}

#[tokio::test]
async fn an_entry_gets_its_picture_once_and_word_of_that_makes_no_second_job() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let listener = TcpListener::bind(("127.0.0.1", GHOST)).await.expect("the port is this test's");
    let blog = Double::on(listener, ghost::routes);
    blog.shop.write(|books| books.shown.push(written()));
    let caller = world.tenant().await;
    let key = caller.key.reveal().to_owned();
    let secret = home().join("tmp").join(format!("{}-ghost.json", caller.tenant));
    let opens = json!({ "key": format!("{}:{}", ghost::KEY_ID, ghost::SECRET) });
    std::fs::write(&secret, opens.to_string()).unwrap();
    let site = format!("site=http://127.0.0.1:{GHOST}");
    let words = ["connections", "put", "blog", "--kind", "ghost", "--set", &site, "--secret"];
    let words: Vec<&str> = words.into_iter().chain(secret.to_str()).collect();
    let connected = galley(&world, &key, &words).await;
    assert!(connected.status.success(), "{connected:?}");
    let mut pipeline = one_render(json!({}));
    pipeline["inputs"] = json!({ "entry": { "type": "text", "max_length": 128 } });
    pipeline["steps"]["back"] = json!({
        "kind": "publish", "after": ["good"],
        "with": {
            "targets": [{ "kind": "ghost", "connection": "blog" }],
            "post": {
                "entry": "{{ inputs.entry }}",
                "media": [{ "asset": "{{ generate.image }}", "alt": "A kite" }],
            },
        },
    });
    let path = "/v1/pipelines/one-render";
    let put = caller.send(Method::PUT, path, &[], Some(pipeline.to_string())).await;
    assert_eq!(put.status, 201, "{put:?}");
    let trigger = json!({
        "on": { "webhook": { "scheme": "ghost" } }, "pipeline": "one-render",
        "inputs": { "entry": "{{ event.detail.post.current.id }}" },
    });
    let put = caller.send(Method::PUT, "/v1/triggers/kites", &[], Some(trigger.to_string())).await;
    assert_eq!(put.status, 201, "{put:?}");
    let url = format!("{}{}", world.stack.api_url, put.body["url"].as_str().unwrap());
    let secret = put.body["secret"].as_str().unwrap().to_owned();
    let send = async |body: String| {
        let at = clock::now().0;
        let signature = sign_hex(&secret, format!("{body}{at}").as_bytes());
        let request = world.http.post(&url).header("content-type", "application/json");
        let request = request.header("x-ghost-signature", format!("sha256={signature}, t={at}"));
        let answer = request.body(body).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };

    let published = word(&blog, json!({ "status": "draft" }));
    let (status, said) = send(published.clone()).await;
    assert_eq!(status, 202, "{said}");
    assert_eq!(send(published).await.0, 200);
    let job = JobId::parse(said["job"].as_str().unwrap()).unwrap();
    world.ends(&job, JobState::Succeeded, 90).await;
    let entry = blog.shop.books().shown[0].clone();
    assert_eq!((entry.changes, entry.state, entry.times), (1, Stand::Visible, 1));
    assert_eq!((entry.alts, &entry.body["title"]), (vec!["A kite".to_owned()], &json!("Kites")));
    assert_eq!((entry.files.len(), blog.shop.books().files.len()), (1, 1));

    // Ghost tells of our change, twice; then of one of its people.
    let was = json!({ "feature_image": null, "updated_at": "2026-11-20T06:00:00.000Z" });
    for _ in 0..2 {
        let (status, said) = send(word(&blog, was.clone())).await;
        assert_eq!((status, &said["matches"]), (200, &json!(false)), "{said}");
    }
    let jobs = caller.get("/v1/jobs").await.body["jobs"].clone();
    assert_eq!(jobs.as_array().map(Vec::len), Some(1), "{jobs}");
    blog.shop.write(|books| {
        books.shown[0].body["title"] = json!("Red kites");
        books.shown[0].body["updated_at"] = json!("2026-11-20T07:00:00.000Z");
    });
    let (status, said) = send(word(&blog, json!({ "title": "Kites" }))).await;
    assert_eq!(status, 202, "{said}");
    let second = JobId::parse(said["job"].as_str().unwrap()).unwrap();
    assert_ne!(second, job);
    world.ends(&second, JobState::Succeeded, 90).await;
    assert_eq!(blog.shop.books().shown.len(), 1);
}
