//! Triggers as their authors meet them: put, listed, shown, deleted, and refused with the place.

use super::*;
use domain::fakes::every_fault;
use domain::tenant::TenantRecord;
use domain::trigger;

fn put(name: &str, document: &Value) -> HttpRequest {
    request("PUT", &format!("/v1/triggers/{name}")).body(document)
}

fn daily() -> Value {
    json!({
        "on": { "schedule": { "cron": "30 7 * * *", "timezone": "Europe/Berlin" } },
        "pipeline": "hero-image", "inputs": { "prompt": "{{ event.detail.date }}" },
        "labels": { "campaign": "daily" },
    })
}

fn entries() -> Value {
    json!({
        "on": { "eventbridge": { "pattern": { "source": ["cms.example"], "detail-type": [{ "prefix": "entry." }] } } },
        "pipeline": "hero-image@1", "inputs": { "prompt": "{{ event.detail.title }}" },
    })
}

/// Lets acme hear senders on the bus.
fn grant(world: &World, sources: &[&str]) {
    let mut acme = TenantRecord::new(tenant("acme"), "standard", NOW);
    acme.sources = sources.iter().map(|source| (*source).to_owned()).collect();
    world.table.plant(Write::put(TenantRecord::key(&acme.tenant), &acme).unwrap());
}

#[tokio::test]
async fn a_trigger_is_put_shown_listed_and_deleted() {
    let world = world().await;
    grant(&world, &["cms.*"]);
    let answer = send(&world, put("daily", &daily())).await;
    assert_eq!((answer.status, answer.headers["location"].as_str()), (201, "/v1/triggers/daily"));
    assert_eq!(json_of(&answer)["next_at"], "2023-11-15T06:30:00.000Z");
    assert_eq!(send(&world, put("entries", &entries())).await.status, 201);
    let shown = json_of(&send(&world, request("GET", "/v1/triggers/daily")).await);
    let mut expected = daily();
    expected["name"] = json!("daily");
    assert_eq!(shown["trigger"], expected);
    let list = json_of(&send(&world, request("GET", "/v1/triggers")).await);
    let names: Vec<_> = list["triggers"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["daily", "entries"]);
    let none = json_of(&send(&world, request("GET", "/v1/triggers").by("beta")).await);
    assert_eq!(none["triggers"], json!([]));
    let gone = send(&world, request("DELETE", "/v1/triggers/daily")).await;
    assert_eq!((gone.status, json_of(&gone)["deleted"].clone()), (200, json!(true)));
    for method in ["GET", "DELETE"] {
        assert_eq!(send(&world, request(method, "/v1/triggers/daily")).await.status, 404);
    }
}

#[tokio::test]
async fn what_is_shown_can_be_put_again_and_changes_nothing() {
    let world = world().await;
    grant(&world, &["cms.example"]);
    for (name, document) in
        [("daily", daily()), ("entries", entries()), ("cms", super::hooks::document())]
    {
        let first = json_of(&send(&world, put(name, &document)).await);
        let before = world.listing();
        let later = Stopped::at(NOW.plus_s(3600)).drawing(77);
        let again = send_at(&world, &later, put(name, &first["trigger"])).await;
        assert_eq!(again.status, 200, "{}", again.body);
        assert_eq!(world.listing(), before, "{name}");
        assert_eq!(json_of(&again)["secret"], Value::Null, "a secret is shown once");
    }
}

#[tokio::test]
async fn a_document_in_yaml_is_read_too_and_a_changed_one_keeps_its_webhook() {
    let world = world().await;
    let text = "on: { webhook: {} }\npipeline: hero-image\ninputs: { prompt: hello }\n";
    let yaml = |text: &str| request("PUT", "/v1/triggers/cms").text("application/yaml", text);
    let first = json_of(&send(&world, yaml(text)).await);
    assert!(first["secret"].as_str().unwrap().starts_with("whsec_"));
    let changed = send(&world, yaml(&text.replace("hello", "good-bye"))).await;
    assert_eq!(changed.status, 200);
    let changed = json_of(&changed);
    assert_eq!((&changed["url"], &changed["secrets"]), (&first["url"], &first["secrets"]));
    assert_eq!(changed["trigger"]["inputs"]["prompt"], "good-bye");
}

#[tokio::test]
async fn a_trigger_is_put_once_whatever_fails() {
    for document in [daily(), super::hooks::document()] {
        let act = async |world: &World| {
            let answer = send(world, put("one", &document)).await;
            match answer.status {
                500.. => Err(Error::Again(answer.body)),
                status => {
                    assert!(status < 300, "{}", answer.body);
                    Ok(())
                }
            }
        };
        every_fault(world, act, World::listing).await;
    }
}

#[tokio::test]
async fn a_schedule_that_is_put_again_does_not_begin_anew() {
    let world = world().await;
    let document = json!({
        "on": { "schedule": { "rate": "1 hour" } }, "pipeline": "hero-image", "inputs": { "prompt": "x" },
    });
    let first = json_of(&send(&world, put("hourly", &document)).await);
    let mut changed = document.clone();
    changed["inputs"]["prompt"] = json!("y");
    let later = Stopped::at(NOW.plus_s(1800));
    let second = json_of(&send_at(&world, &later, put("hourly", &changed)).await);
    assert_eq!(second["next_at"], first["next_at"]);
    changed["on"]["schedule"]["rate"] = json!("2 hours");
    let third = json_of(&send_at(&world, &later, put("hourly", &changed)).await);
    assert_eq!(third["next_at"], NOW.plus_s(1800 + 7200).rfc3339());
}

#[tokio::test]
async fn a_trigger_that_cannot_work_or_could_hear_us_is_refused_with_its_place() {
    let world = world().await;
    grant(&world, &["cms.example"]);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut document = entries();
        change(&mut document);
        document
    };
    let source =
        |source: Value| with(&|it| it["on"]["eventbridge"]["pattern"]["source"] = source.clone());
    let ours = |own: &str| {
        format!(
            "422 invalid-trigger\n/on/eventbridge/pattern/source: it could hear events of {own}…, which tell of Galley's own work: each job could start the next — name the sources: \"source\": [\"cms.example\"]; for uploads write on: {{\"s3\": {{}}}}"
        )
    };
    let before = world.listing();
    for (document, expected) in [
        (source(json!(["galley"])), ours("galley")),
        (source(json!([{ "prefix": "g" }])), ours("galley")),
        (source(json!([{ "anything-but": "x" }])), ours("galley")),
        (source(json!(["aws.s3"])), ours("aws.")),
        (with(&|it| it["on"]["eventbridge"]["pattern"] = json!({ "detail": { "a": [1] } })), ours("galley")),
        (
            source(json!(["shop.example"])),
            "422 invalid-trigger\n/on/eventbridge/pattern/source: acme may hear cms.example and no other sender — name a source that it may hear, or ask the operator: `galley admin tenants sources`".into(),
        ),
        (
            with(&|it| it["on"] = json!({ "s3": { "prefix": "acme/" } })),
            "422 invalid-trigger\n/on/s3/prefix: \"acme/\" could take in what Galley makes itself, or another's uploads — begin with uploads/acme/entries/, or take the prefix out".into(),
        ),
        (
            with(&|it| it["pipeline"] = json!("hero")),
            "422 unknown-pipeline\n/pipeline: there is no pipeline hero — see GET /v1/pipelines for those that are stored".into(),
        ),
        (
            with(&|it| it["inputs"] = json!({ "promt": "x" })),
            "422 invalid-trigger\n/inputs/promt: hero-image has no input promt — did you mean prompt?\n/inputs/prompt: the input prompt is missing — add it: a text".into(),
        ),
        (
            with(&|it| it["labels"] = json!({ "trigger": "x" })),
            "422 invalid-trigger\n/labels/trigger: this label is given by itself — take it out: it is the trigger's name".into(),
        ),
        (
            with(&|it| it["name"] = json!("other")),
            "422 invalid-trigger\n/name: the document is called \"other\", the address entries — make the two the same".into(),
        ),
    ] {
        let answer = send(&world, put("entries", &document)).await;
        assert_eq!(super::malformed::read(&answer), expected);
    }
    let nobody = send(&world, put("entries", &entries()).by("beta")).await;
    assert_eq!(
        super::malformed::read(&nobody),
        "422 invalid-trigger\n/on/eventbridge/pattern/source: beta may hear no sender on the bus — name a source that it may hear, or ask the operator: `galley admin tenants sources`"
    );
    let plain = send(&world, put("entries", &entries()).with("content-type", "text/plain")).await;
    assert_eq!(plain.status, 415);
    assert_eq!(world.listing(), before);
}

#[tokio::test]
async fn a_trigger_without_a_webhook_has_no_secret() {
    let world = world().await;
    send(&world, put("daily", &daily())).await;
    let answer = send(&world, request("POST", "/v1/triggers/daily/secret")).await;
    assert_eq!(
        super::malformed::read(&answer),
        "422 invalid-trigger\ntrigger daily waits for no webhook: it has no secret"
    );
    send(&world, put("cms", &super::hooks::document())).await;
    let short = request("POST", "/v1/triggers/cms/secret").body(&json!({ "secret": "short" }));
    assert_eq!(
        super::malformed::read(&send(&world, short).await),
        "422 invalid-body\n/secret: the secret cannot be used — write whsec_ and the base64 of 24 to 64 bytes, or leave it out and take the one that is made"
    );
}

#[tokio::test]
async fn triggers_are_read_whole_however_many_there_are() {
    let world = world().await;
    let document = json!({
        "name": "daily", "on": { "schedule": { "rate": "1 day" } }, "pipeline": "hero-image", "inputs": {},
    });
    let one = domain::trigger::check_trigger(&tenant("acme"), &document, NOW).unwrap();
    for n in 0..1005 {
        let trigger = trigger::TriggerRecord { name: format!("daily-{n:04}"), ..one.clone() };
        world
            .table
            .plant(Write::put(trigger::key(&trigger.tenant, &trigger.name), &trigger).unwrap());
    }
    assert_eq!(trigger::all(&world.table).await.unwrap().len(), 1005);
    let more = send(&world, put("more", &daily())).await;
    assert_eq!(
        super::malformed::read(&more),
        "422 invalid-trigger\n/name: there are 200 triggers, which is the most — delete one that is not needed"
    );
}
