//! Webhooks of content management systems: believed by their own schemes, one job for one event, none for our own work.

use super::*;
use aws::Event;
use domain::publish::Wrote;
use domain::trigger;
use domain::trigger::HookSecret;

/// When the samples were sent.
const SENT: Time = Time(1_773_414_302_000);

const SAMPLES: [(&str, &str, &str); 6] = [
    ("ghost", include_str!("../../../../events/cms/ghost.json"), "post.current.title"),
    ("contentful", include_str!("../../../../events/cms/contentful.json"), "fields.title.en-US"),
    ("sanity", include_str!("../../../../events/cms/sanity.json"), "title"),
    ("strapi", include_str!("../../../../events/cms/strapi.json"), "entry.title"),
    ("directus", include_str!("../../../../events/cms/directus.json"), "entry.title"),
    ("wordpress", include_str!("../../../../events/cms/wordpress.json"), "title"),
];

/// The request of a sample.
fn sent(sample: &str) -> HttpRequest {
    match Event::parse(serde_json::from_str(sample).unwrap()) {
        Ok(Event::Http(request)) => request,
        _ => panic!("it is a request"),
    }
}

/// A world with a trigger that waits for this system, at the address of its sample.
async fn waiting(scheme: &str, title: &str) -> World {
    let world = world().await;
    let document = json!({
        "on": { "webhook": { "scheme": scheme } }, "pipeline": "hero-image",
        "inputs": { "prompt": format!("{{{{ event.detail.{title} }}}}") },
    });
    let put = request("PUT", &format!("/v1/triggers/{scheme}")).body(&document);
    assert_eq!(send(&world, put).await.status, 201);
    let secret = if scheme == "contentful" { "a".repeat(64) } else { "a secret of the cms".into() };
    let hook = json!({ "token": "0123456789abcdef", "secrets": [HookSecret::new(secret, NOW)] });
    alter(&world, trigger::key(&tenant("acme"), scheme), json!({ "hook": hook }));
    world
}

async fn take(world: &World, request: HttpRequest) -> aws::http::HttpResponse {
    send_at(world, &Stopped::at(SENT), request).await
}

#[tokio::test]
async fn an_entry_of_each_system_becomes_a_job_once() {
    for (scheme, sample, title) in SAMPLES {
        let world = waiting(scheme, title).await;
        let first = take(&world, sent(sample)).await;
        assert_eq!(first.status, 202, "{scheme}: {}", first.body);
        let again = take(&world, sent(sample)).await;
        assert_eq!(again.status, 200, "{scheme}");
        assert_eq!(json_of(&first)["job"], json_of(&again)["job"], "{scheme}");
        let mut spoilt = sent(sample);
        spoilt.headers.retain(|name, _| !name.contains("signature") && name != "authorization");
        assert_eq!(take(&world, spoilt).await.status, 401, "{scheme}");
    }
}

#[tokio::test]
async fn what_galley_wrote_into_an_entry_makes_no_job_and_what_people_wrote_does() {
    let (scheme, sample, title) = SAMPLES[0];
    let world = waiting(scheme, title).await;
    let ours = "https://blog.example/content/images/2026/03/kite.png";
    let wrote = |stamps: &[&str], open_s| Wrote {
        kind: "ghost".into(),
        entry: "65f0c1a2b3c4d5e6f7a8b9c0".into(),
        image: ours.into(),
        field: "feature_image".into(),
        stamps: stamps.iter().map(|stamp| (*stamp).to_owned()).collect(),
        open_s,
        new: false,
    };
    let body = |at: &str, changed: Value| {
        let mut body: Value = serde_json::from_slice(&sent(sample).body).unwrap();
        body["post"]["current"]["feature_image"] = json!(ours);
        body["post"]["current"]["updated_at"] = json!(at);
        body["post"]["previous"] = changed;
        body.to_string()
    };
    let signed = |body: String| {
        let mut request = sent(sample);
        let signature =
            domain::sign::sign_hex("a secret of the cms", format!("{body}{}", SENT.0).as_bytes());
        let header = format!("sha256={signature}, t={}", SENT.0);
        request.headers.insert("x-ghost-signature".into(), header);
        request.body = body.into_bytes();
        request
    };
    let put = async |wrote: Wrote| {
        let write = wrote.write(&tenant("acme"), "pub_1", SENT).unwrap();
        world.table.write(vec![write]).await.unwrap();
    };
    let picture = json!({ "feature_image": null, "updated_at": "2026-03-13T15:05:01.000Z" });
    let answer = async |at: &str, changed: Value| {
        let answer = take(&world, signed(body(at, changed))).await;
        (answer.status, json_of(&answer)["misses"][0]["detail"].clone())
    };
    // Word of it comes early, before the answer, and again when it is on record.
    put(wrote(&[], 900)).await;
    let why = "Galley itself wrote that into 65f0c1a2b3c4d5e6f7a8b9c0: it fires no trigger";
    let own = (200, json!(why));
    assert_eq!(answer("2026-03-13T15:05:02.000Z", picture.clone()).await, own);
    put(wrote(&["2026-03-13T15:05:02.000Z"], 0)).await;
    for _ in 0..2 {
        assert_eq!(answer("2026-03-13T15:05:02.000Z", picture.clone()).await, own);
    }
    // A person changes the words; our picture is still there.
    let words = json!({ "title": "Kites", "updated_at": "2026-03-13T15:05:02.000Z" });
    assert_eq!(answer("2026-03-13T15:06:00.000Z", words).await, (202, Value::Null));
    let jobs = json_of(&send(&world, request("GET", "/v1/jobs")).await);
    assert_eq!(jobs["jobs"].as_array().unwrap().len(), 1);
}
