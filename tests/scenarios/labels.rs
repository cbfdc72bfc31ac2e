//! Labels on the deployed stack: jobs are found by them, and what is spent by them is what the jobs cost.

use super::command::galley;
use crate::harness::api::Caller;
use crate::harness::hosts;
use crate::harness::pipelines::one_render;
use crate::harness::stack::home;
use crate::harness::world::World;
use domain::id::JobId;
use domain::state::JobState;
use serde_json::{Value, json};

async fn submit(caller: &Caller<'_>, labels: Value) -> JobId {
    let mut pipeline = one_render(json!({}));
    pipeline["labels"] = json!({ "team": "web" });
    let body = json!({ "pipeline": pipeline, "inputs": {}, "labels": labels });
    let answer = caller.post("/v1/jobs", &body).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.job()
}

fn lines(output: &std::process::Output) -> Vec<Value> {
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn jobs_are_found_by_label_and_their_spend_adds_up() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let spring = submit(&caller, json!({ "campaign": "spring" })).await;
    let autumn = submit(&caller, json!({ "campaign": "autumn" })).await;
    let bare = submit(&caller, json!({})).await;
    let mut spent = Vec::new();
    for job in [&spring, &autumn, &bare] {
        let view = world.ends(job, JobState::Succeeded, 90).await;
        spent.push(view.job.spent.0);
    }
    let key = caller.key.reveal();
    let words = ["list", "--label", "campaign=spring", "--label", "team=web", "--json"];
    let found = lines(&galley(&world, key, &words).await);
    assert_eq!(found.iter().map(|job| &job["id"]).collect::<Vec<_>>(), [&json!(spring)]);

    let spend = async |by: &str| {
        let words = ["spend", "--by", by, "--since", "2d", "--json"];
        lines(&galley(&world, key, &words).await).remove(0)
    };
    let by = spend("label.campaign").await;
    let of = |value: &str| {
        let values = by["values"].as_array().unwrap();
        values.iter().find(|it| it["value"] == value).unwrap_or(&Value::Null).clone()
    };
    for (value, micros) in [("spring", spent[0]), ("autumn", spent[1])] {
        let of = of(value);
        assert_eq!((&of["micro_usd"], &of["jobs"]), (&json!(micros), &json!(1)), "{by}");
    }
    let all: i64 = spent.iter().sum();
    assert!(0 < all);
    for by in ["label.team", "pipeline", "total"] {
        let told = spend(by).await;
        let total =
            (&told["total"]["micro_usd"], &told["total"]["jobs"], &told["total"]["attempts"]);
        assert_eq!(total, (&json!(all), &json!(3), &json!(3)), "{by}: {told}");
    }
    let of_models = spend("model").await;
    let [model] = of_models["values"].as_array().unwrap().as_slice() else { panic!("{of_models}") };
    assert_eq!(
        (&model["value"], &model["micro_usd"], &model["attempts"]),
        (&json!("sketch-1"), &json!(all), &json!(3)),
        "{of_models}"
    );

    // Where their time went, and what they are together.
    for job in [&spring, &autumn, &bare] {
        let job = caller.get(&format!("/v1/jobs/{job}")).await.body;
        let (attempt, step) = (&job["steps"][0]["attempts"][0], &job["steps"][0]["timings"]);
        assert_eq!(attempt["model"], "sketch-1");
        assert!(0.0 < step["running"].as_f64().unwrap(), "{step}");
        assert_eq!(
            (&job["timings"]["running"], &job["timings"]["published"]),
            (&step["running"], &json!(0.0))
        );
        assert!(0.0 < job["steps"][1]["timings"]["gated"].as_f64().unwrap(), "{job}");
    }
    let picture = home().join("tmp").join(format!("stats-{}.svg", caller.tenant));
    let words = ["stats", "--since", "2d", "--json", "--svg", picture.to_str().unwrap()];
    let stats = lines(&galley(&world, key, &words).await).remove(0);
    let step = &stats["steps"][1];
    assert_eq!(
        (&step["kind"], &step["model"]),
        (&json!("image.generate"), &json!("sketch-1")),
        "{stats}"
    );
    assert_eq!((&step["count"], &step["usd"]), (&json!(3), &json!(all as f64 / 1e6)), "{stats}");
    assert_eq!(
        (&stats["jobs"], &stats["gates"][0]["pass_rate"]),
        (&json!(3), &json!(1.0)),
        "{stats}"
    );
    assert!(std::fs::read_to_string(&picture).unwrap().contains("image.generate sketch-1"));
}
