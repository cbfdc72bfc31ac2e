//! Labels: a pipeline's and a job's own, jobs found by them, and spend told apart by them.

use super::*;
use domain::id::AttemptId;
use domain::label::{self, Labels};
use domain::lane::GPU;
use domain::money::MicroUsd;
use domain::record::JobRecord;
use domain::spend::{self, Marks};
use domain::store::from_item;

fn labelled(labels: Value) -> Value {
    let mut body = hero();
    body["labels"] = labels;
    body
}

/// Four jobs: two of spring, one of autumn, one without labels.
async fn labelled_world() -> (World, Vec<JobId>) {
    let world = world().await;
    let mut jobs = Vec::new();
    let labels = [
        json!({ "campaign": "spring", "team": "web" }),
        json!({ "campaign": "spring", "team": "print" }),
        json!({ "campaign": "autumn" }),
        json!({}),
    ];
    for (n, labels) in labels.into_iter().enumerate() {
        let mut asked = labelled(labels);
        // Each asks for a picture of its own, or all would share one.
        asked["inputs"]["prompt"] = json!(format!("fox {n}"));
        jobs.push(submitted(&world, &asked, &format!("k{n}")).await);
    }
    world.faults.clear();
    (world, jobs)
}

async fn listed(world: &World, query: &str) -> (Vec<String>, Option<String>) {
    let answer = send(world, request("GET", &format!("/v1/jobs?{query}"))).await;
    let body = json_of(&answer);
    assert_eq!(answer.status, 200, "{body}");
    let ids = body["jobs"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap());
    (ids.map(str::to_owned).collect(), body["next"].as_str().map(str::to_owned))
}

async fn spent(world: &World, query: &str) -> Value {
    let answer = send(world, request("GET", &format!("/v1/spend?{query}"))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    json_of(&answer)
}

fn sorted(jobs: &[&JobId]) -> Vec<String> {
    let mut ids: Vec<String> = jobs.iter().map(ToString::to_string).collect();
    ids.sort_by(|a, b| b.cmp(a));
    ids
}

#[tokio::test]
async fn jobs_are_found_by_one_label_and_by_several_newest_first() {
    let (world, jobs) = labelled_world().await;
    let spring = listed(&world, "label.campaign=spring").await;
    assert_eq!(spring, (sorted(&[&jobs[0], &jobs[1]]), None));
    assert_eq!(world.faults.calls(), 3, "the key, one stretch of entries, their jobs");
    let web = listed(&world, "label.campaign=spring&label.team=web").await;
    assert_eq!(web, (sorted(&[&jobs[0]]), None));
    assert_eq!(listed(&world, "label.campaign=autumn&label.team=web").await.0, [""; 0]);
    assert_eq!(listed(&world, "label.campaign=spring&state=succeeded").await.0, [""; 0]);
    assert_eq!(listed(&world, "limit=100").await.0.len(), 4);
}

#[tokio::test]
async fn a_page_of_labelled_jobs_says_where_the_next_one_begins() {
    let (world, jobs) = labelled_world().await;
    let (first, next) = listed(&world, "label.campaign=spring&limit=1").await;
    let cursor = format!("label.campaign=spring&limit=1&cursor={}", next.unwrap());
    let (second, end) = listed(&world, &cursor).await;
    assert_eq!([first, second].concat(), sorted(&[&jobs[0], &jobs[1]]));
    assert_eq!(end, None);
}

#[tokio::test]
async fn an_entry_whose_job_is_gone_is_passed_over() {
    let (world, jobs) = labelled_world().await;
    let gone = JobId::new(NOW.plus_s(9), [9; 10]);
    let key =
        label::keys(&tenant("acme"), &gone, &Labels::from([("campaign".into(), "spring".into())]));
    world.table.plant(Write::put(key[0].clone(), &json!({})).unwrap());
    assert_eq!(listed(&world, "label.campaign=spring").await.0, sorted(&[&jobs[0], &jobs[1]]));
}

#[tokio::test]
async fn a_job_is_marked_as_its_pipeline_says_unless_it_says_otherwise() {
    let world = world().await;
    let named = "name: hero-image\nlabels: { campaign: spring, team: web }";
    let document = HERO.replacen("name: hero-image", named, 1);
    let put = request("PUT", "/v1/pipelines/hero-image").text("application/yaml", &document);
    assert_eq!(send(&world, put).await.status, 201);
    let shown = json_of(&send(&world, request("GET", "/v1/pipelines/hero-image")).await);
    assert_eq!(shown["pipeline"]["labels"], json!({ "campaign": "spring", "team": "web" }));

    let job = submitted(&world, &labelled(json!({ "campaign": "autumn", "sku": "7" })), "k1").await;
    let job: JobRecord = from_item(&world.table.peek(&JobRecord::key(&job)).unwrap()).unwrap();
    let marks = json!({ "campaign": "autumn", "sku": "7", "team": "web" });
    assert_eq!(serde_json::to_value(&job.labels).unwrap(), marks);
    assert_eq!(listed(&world, "label.team=web").await.0, [job.id.to_string()]);
    assert_eq!(listed(&world, "label.campaign=spring").await.0, [""; 0]);
}

#[tokio::test]
async fn a_job_without_labels_writes_no_entry_and_one_counter() {
    let world = world().await;
    let before = world.table.listing().lines().count();
    submitted(&world, &hero(), "k1").await;
    let listing = world.table.listing();
    // Job, plan, event, idempotency key, and the counter of its pipeline.
    assert_eq!(listing.lines().count(), before + 5, "{listing}");
    assert!(!listing.contains("LABEL#"));
}

/// Ends an attempt of each job, at a price of its own.
async fn paid(world: &World, jobs: &[JobId]) {
    use domain::ports::Table;
    for (job, micros) in jobs.iter().zip([100, 20, 3, 4000]) {
        let record: JobRecord =
            from_item(&world.table.peek(&JobRecord::key(job)).unwrap()).unwrap();
        let (marks, usd) = (Marks::of(&record), MicroUsd(micros));
        let writes = spend::ended(&record.tenant, &marks, job, usd, None, NOW.plus_s(86_400));
        world.table.write(writes).await.unwrap();
    }
}

#[tokio::test]
async fn spend_is_told_apart_by_label_by_pipeline_and_in_total() {
    let (world, jobs) = labelled_world().await;
    paid(&world, &jobs).await;
    let days = "from=2023-11-01&to=2023-11-30";
    let by = spent(&world, &format!("by=label.campaign&{days}")).await;
    assert_eq!(
        by["values"],
        json!([
            { "value": "spring", "jobs": 2, "attempts": 2, "usd": 0.00012, "micro_usd": 120, "days": [
                { "day": "2023-11-14", "jobs": 2, "attempts": 0, "usd": 0.0, "micro_usd": 0 },
                { "day": "2023-11-15", "jobs": 0, "attempts": 2, "usd": 0.00012, "micro_usd": 120 },
            ] },
            { "value": "autumn", "jobs": 1, "attempts": 1, "usd": 0.000_003, "micro_usd": 3, "days": [
                { "day": "2023-11-14", "jobs": 1, "attempts": 0, "usd": 0.0, "micro_usd": 0 },
                { "day": "2023-11-15", "jobs": 0, "attempts": 1, "usd": 0.000_003, "micro_usd": 3 },
            ] },
        ])
    );
    assert_eq!(by["total"], json!({ "jobs": 3, "attempts": 3, "usd": 0.000123, "micro_usd": 123 }));
    let all = json!({ "jobs": 4, "attempts": 4, "usd": 0.004_123, "micro_usd": 4123 });
    for by in ["pipeline", "total"] {
        let by = spent(&world, &format!("by={by}&{days}")).await;
        assert_eq!((&by["total"], by["values"].as_array().unwrap().len()), (&all, 1), "{by}");
    }
    let one_day = spent(&world, "by=total&from=2023-11-14&to=2023-11-14").await;
    assert_eq!((&one_day["total"]["jobs"], &one_day["total"]["micro_usd"]), (&json!(4), &json!(0)));
    // What it shows where nothing else is asked: the last thirty days, by pipeline.
    let usual = spent(&world, "").await;
    assert_eq!((&usual["by"], &usual["from"]), (&json!("pipeline"), &json!("2023-10-16")));
}

#[tokio::test]
async fn anothers_labels_and_spend_are_not_seen() {
    let (world, jobs) = labelled_world().await;
    paid(&world, &jobs).await;
    for path in ["/v1/jobs?label.campaign=spring", "/v1/spend?by=label.campaign&to=2023-11-30"] {
        let body = json_of(&send(&world, request("GET", path).by("beta")).await);
        let shown = body.get("jobs").or(body.get("values")).unwrap();
        assert_eq!(shown, &json!([]), "{path}");
    }
}

#[tokio::test]
async fn spend_of_many_values_comes_in_pages_that_add_up() {
    let world = world().await;
    let marks = |n: usize| Marks {
        pipeline: "hero-image".into(),
        labels: Labels::from([("sku".into(), format!("{n:05}"))]),
        ..Marks::default()
    };
    let many = spend::COUNTERS_MOST + 7;
    for n in 0..many {
        let job = JobId::new(NOW, [3; 10]);
        for write in spend::ended(&tenant("acme"), &marks(n), &job, MicroUsd(2), None, NOW) {
            use domain::ports::Table;
            world.table.write(vec![write]).await.unwrap();
        }
    }
    let first = spent(&world, "by=label.sku").await;
    let cursor = first["next"].as_str().unwrap();
    let second = spent(&world, &format!("by=label.sku&cursor={cursor}")).await;
    let sum = |page: &Value| page["total"]["micro_usd"].as_u64().unwrap() as usize;
    assert_eq!((sum(&first) + sum(&second), &second["next"]), (2 * many, &Value::Null));
    let total = spent(&world, "by=total").await;
    assert_eq!(sum(&total), 2 * many);
}

#[tokio::test]
async fn an_attempts_cost_counts_for_its_jobs_labels_with_the_ledger() {
    let (world, jobs) = labelled_world().await;
    world.host("host-a", 4).await;
    for job in &jobs {
        world.lanes().take(&world.message(job, 0), NOW).await.unwrap();
    }
    world.lanes().fill(GPU, NOW).await.unwrap();
    for job in &jobs {
        let report = world.success(&AttemptId::new(job, "generate", 1), 1);
        for _ in 0..3 {
            world.lanes().report(&report, NOW.plus_s(2)).await.unwrap();
        }
    }
    let by = spent(&world, "by=label.campaign").await;
    let shown = by["values"].as_array().unwrap().iter();
    let shown: Vec<_> = shown.map(|it| (it["value"].as_str(), it["micro_usd"].as_i64())).collect();
    assert_eq!(shown, [(Some("spring"), Some(1200)), (Some("autumn"), Some(600))]);
    let spent_by_jobs: f64 = {
        let body = json_of(&send(&world, request("GET", "/v1/jobs")).await);
        let jobs = body["jobs"].as_array().unwrap().iter();
        jobs.map(|job| job["cost"]["usd"].as_f64().unwrap()).sum()
    };
    let total = spent(&world, "by=total").await;
    assert_eq!(total["total"]["usd"].as_f64().unwrap(), spent_by_jobs);
    let by_model = spent(&world, "by=model").await;
    let of_all = json!({ "jobs": 0, "attempts": 4, "usd": 0.0024, "micro_usd": 2400 });
    assert_eq!(
        (&by_model["values"][0]["value"], &by_model["total"]),
        (&json!("sketch-1"), &of_all)
    );
}
