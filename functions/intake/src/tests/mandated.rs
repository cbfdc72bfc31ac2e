//! A tenant's own gates, on every way in: no pipeline leaves them out.

use super::*;
use domain::fakes::every_fault;
use domain::pipeline::Mandate;
use domain::record::JobRecord;
use domain::tenant::TenantRecord;
use domain::view::{JobView, PlanRecord};

fn safe() -> Mandate {
    Mandate::parse("gates: { safe: { kind: gate.moderation, with: { accept_unjudged: true } } }")
        .unwrap()
}

fn strict() -> Mandate {
    Mandate::parse("gates: { good: { kind: gate.quality }, safe: { kind: gate.moderation } }")
        .unwrap()
}

/// What acme asks of all that it publishes from now on.
fn ask(world: &World, mandate: Mandate) {
    let acme = TenantRecord { mandate, ..TenantRecord::new(tenant("acme"), "standard", NOW) };
    world.table.plant(Write::put(TenantRecord::key(&acme.tenant), &acme).unwrap());
}

async fn asked(mandate: Mandate) -> World {
    let world = world().await;
    ask(&world, mandate);
    world
}

/// A pipeline that has no gate at all.
fn ungated() -> Value {
    json!({
        "name": "bare", "budget_usd": 1, "inputs": { "prompt": { "type": "text" } },
        "steps": {
            "make": { "kind": "image.generate", "with": { "prompt": "{{ inputs.prompt }}" } },
            "out": { "kind": "publish", "with": { "assets": "{{ make.image }}", "target": { "kind": "s3" } } },
        },
    })
}

fn post(body: &Value) -> HttpRequest {
    request("POST", "/v1/jobs").body(body)
}

fn inline() -> Value {
    json!({ "pipeline": ungated(), "inputs": { "prompt": "a fox" } })
}

/// The one job there is, as it was accepted.
async fn only(world: &World) -> JobView {
    let list = json_of(&send(world, request("GET", "/v1/jobs")).await);
    let [job] = list["jobs"].as_array().unwrap().as_slice() else { panic!("{list}") };
    let id = JobId::parse(job["id"].as_str().unwrap()).unwrap();
    JobView::expect(&world.table, &id).await.unwrap()
}

/// The one job is under this mandate, its publish waits for the gates, and its execution knows of them.
async fn under(world: &World, mandate: &Mandate) {
    let view = only(world).await;
    assert_eq!(view.mandate, mandate.in_force());
    let publishes = view.pipeline.steps.iter().filter(|step| step.kind.as_str() == "publish");
    for publish in publishes {
        for gate in &mandate.gates {
            let name = format!("tenant-{}", gate.name);
            assert!(publish.after.contains(&name), "{name} before {publish:?}");
            let gate = view.pipeline.step(&name).unwrap();
            assert_eq!(gate.with["images"], publish.with["assets"]);
        }
    }
    let started = &world.flow.started()[&view.job.id.execution(1)];
    assert_eq!(started["waves"].as_array().unwrap().len(), view.plan.waves.len());
}

#[tokio::test]
async fn a_stored_pipeline_and_one_that_came_with_the_job_get_them() {
    for body in [hero(), inline()] {
        let world = asked(strict()).await;
        let answer = send(&world, post(&body)).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        under(&world, &strict()).await;
    }
}

#[tokio::test]
async fn an_upload_an_event_and_a_webhook_get_them() {
    for event in [super::triggers::upload(), super::triggers::entry()] {
        let world = super::triggers::with_triggers().await;
        ask(&world, strict());
        deliver(&world, &Stopped::at(NOW), event).await.unwrap();
        under(&world, &strict()).await;
    }
    let world = super::hooks::hooked().await;
    ask(&world, strict());
    let post = super::hooks::signed(super::hooks::KEY, "m1", NOW, super::hooks::BODY);
    assert_eq!(send(&world, post).await.status, 202);
    under(&world, &strict()).await;
}

#[tokio::test]
async fn a_trial_of_a_trigger_tells_that_nobody_would_judge_what_it_publishes() {
    let world = asked(safe()).await;
    let put = request("PUT", "/v1/pipelines/bare").body(&ungated());
    assert_eq!(send(&world, put).await.status, 201);
    let trigger = json!({ "on": { "schedule": { "rate": "15 minutes" } }, "pipeline": "bare", "inputs": { "prompt": "a fox" } });
    let put = request("PUT", "/v1/triggers/quarterly").body(&trigger);
    assert_eq!(send(&world, put).await.status, 201);
    let trial =
        async || json_of(&send(&world, request("POST", "/v1/triggers/quarterly/test")).await);
    assert_eq!(trial().await["problem"], Value::Null);
    ask(&world, Mandate::default());
    let problem = trial().await["problem"].to_string();
    assert!(problem.contains("none of its gates judges"), "{problem}");
}

#[tokio::test]
async fn they_are_shown_with_the_job() {
    let world = asked(safe()).await;
    let shown = json_of(&send(&world, post(&inline())).await);
    assert_eq!(shown["mandate"], json!({ "digest": safe().digest, "gates": ["safe"] }));
    let names: Vec<_> = shown["steps"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["make", "tenant-safe", "out"]);
    let plain = asked(Mandate::default()).await;
    let shown = json_of(&send(&plain, post(&hero())).await);
    assert!(shown.get("mandate").is_none());
}

#[tokio::test]
async fn acceptance_reads_and_writes_as_often_as_without_them() {
    let mut calls = Vec::new();
    for mandate in [Mandate::default(), strict()] {
        let world = asked(mandate).await;
        world.faults.clear();
        assert_eq!(send(&world, post(&hero())).await.status, 202);
        calls.push(world.faults.calls());
    }
    assert_eq!(calls[0], calls[1]);
}

#[tokio::test]
async fn a_pipeline_without_a_gate_is_stored_and_run_where_its_tenant_has_some() {
    let put = || request("PUT", "/v1/pipelines/bare").body(&ungated());
    let validate = || request("POST", "/v1/pipelines/validate").body(&ungated());
    let plain = asked(Mandate::default()).await;
    for request in [put(), validate(), post(&inline())] {
        let refused = send(&plain, request).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        let detail = json_of(&refused)["errors"][0]["detail"].as_str().unwrap().to_owned();
        let expected = "{{ make.image }} would be published without a verdict";
        assert!(detail.starts_with(expected), "{detail}");
    }
    let world = asked(safe()).await;
    assert_eq!(send(&world, validate()).await.status, 200);
    assert_eq!(send(&world, put()).await.status, 201);
    let stored = json!({ "pipeline": "bare", "inputs": { "prompt": "a fox" } });
    assert_eq!(send(&world, post(&stored)).await.status, 202);
    under(&world, &safe()).await;
    // Nobody would judge what it publishes any more.
    ask(&world, Mandate::default());
    let refused = send_at(&world, &Stopped::at(NOW).drawing(9), post(&stored)).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert_eq!(
        json_of(&refused)["errors"],
        json!([{
            "pointer": "/pipeline",
            "detail": "bare publishes what none of its gates judges, and its tenant has no mandatory gates any more — add a gate to it",
        }])
    );
}

#[tokio::test]
async fn a_pipeline_that_takes_their_names_is_refused() {
    let world = asked(safe()).await;
    let mut document = ungated();
    document["steps"]["tenant-safe"] =
        json!({ "kind": "gate.quality", "with": { "images": "{{ make.image }}" } });
    document["steps"]["out"]["after"] = json!(["tenant-safe"]);
    let refused = send(&world, post(&json!({ "pipeline": document, "inputs": {} }))).await;
    assert_eq!(refused.status, 422);
    assert_eq!(
        json_of(&refused)["errors"][0],
        json!({
            "pointer": "/pipeline/steps/tenant-safe",
            "detail": "a step is called tenant-safe — call it something else: names that begin with tenant- are those of its tenant's gates",
        })
    );
    // Nor does it help to say that one was put in.
    let mut document = ungated();
    document["steps"]["make"]["mandated"] = json!({ "gate": "safe", "mandate": safe().digest });
    let refused = send(&world, post(&json!({ "pipeline": document, "inputs": {} }))).await;
    let detail = json_of(&refused)["errors"][0]["detail"].as_str().unwrap().to_owned();
    assert!(detail.starts_with("a step has no field mandated — "), "{detail}");
}

fn retry(job: &JobId) -> HttpRequest {
    request("POST", &format!("/v1/jobs/{job}/retry"))
}

/// A world with a job that failed under a mandate, and another mandate since.
async fn failed(before: Mandate, since: Mandate) -> (World, JobId) {
    let world = asked(before).await;
    let job = submitted(&world, &hero(), "k").await;
    alter(&world, JobRecord::key(&job), json!({ "state": "failed" }));
    ask(&world, since);
    world.faults.clear();
    (world, job)
}

#[tokio::test]
async fn a_retry_is_under_the_mandate_of_then() {
    for (before, since) in [
        (Mandate::default(), safe()),
        (safe(), strict()),
        (strict(), safe()),
        (strict(), Mandate::default()),
    ] {
        let (world, job) = failed(before, since.clone()).await;
        let answer = send(&world, retry(&job)).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        let view = JobView::expect(&world.table, &job).await.unwrap();
        assert_eq!(view.mandate, since.in_force());
        let put_in = view.pipeline.steps.iter().filter(|step| step.mandated.is_some());
        assert_eq!(put_in.count(), since.gates.len());
        let started = &world.flow.started()[&job.execution(2)];
        assert_eq!(started["waves"], json!(view.plan.widths()));
        assert_eq!(view.plan, view.pipeline.plan());
    }
}

#[tokio::test]
async fn a_retry_under_the_same_mandate_leaves_the_plan_as_it_is() {
    let (world, job) = failed(safe(), safe()).await;
    let before = world.table.peek(&PlanRecord::key(&job));
    assert_eq!(send(&world, retry(&job)).await.status, 202);
    assert_eq!(world.table.peek(&PlanRecord::key(&job)), before);
}

#[tokio::test]
async fn a_retry_that_nobody_would_judge_is_refused_and_changes_nothing() {
    let world = asked(safe()).await;
    let job = submitted(&world, &inline(), "k").await;
    alter(&world, JobRecord::key(&job), json!({ "state": "failed" }));
    ask(&world, Mandate::default());
    let before = world.listing();
    let refused = send(&world, retry(&job)).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    let detail = json_of(&refused)["detail"].as_str().unwrap().to_owned();
    assert_eq!(
        detail,
        format!(
            "job {job} cannot be retried: bare publishes what none of its gates judges, and its tenant has no mandatory gates any more"
        )
    );
    assert_eq!(world.listing(), before);
}

#[tokio::test]
async fn a_retry_under_another_mandate_is_one_whatever_fails() {
    let prepare = async || failed(safe(), strict()).await.0;
    let (_, job) = failed(safe(), strict()).await;
    let act = async |world: &World| domain::job::retry(&world.table, &world.flow, &job, NOW).await;
    every_fault(prepare, act, World::listing).await;
}
