//! Jobs that go on without some of their steps: a condition was false, a render failed, a function died.

use crate::harness::hosts;
use crate::harness::lambdas::{running, try_signal};
use crate::harness::pipelines::{one_render, one_render_with};
use crate::harness::until::until;
use crate::harness::world::World;
use domain::pipeline::Pipeline;
use domain::state::{JobState, StepState};
use serde_json::{Value, json};
use std::time::Duration;

/// A small picture and what else is asked for, all of it published.
fn published(steps: Value, assets: &[&str]) -> Value {
    let mut pipeline = one_render(json!({}));
    pipeline["name"] = json!("lacking");
    for (name, step) in steps.as_object().unwrap() {
        pipeline["steps"][name] = step.clone();
    }
    pipeline["steps"]["good"]["with"]["images"] = json!(assets);
    pipeline["steps"]["publish"] = json!({
        "kind": "publish", "after": ["good"],
        "with": { "assets": assets, "target": { "kind": "s3", "prefix": "lacking" } },
    });
    pipeline
}

fn upscaled(fields: Value) -> Value {
    let mut step = one_render_with(json!({}), fields)["steps"]["generate"].take();
    step["kind"] = json!("image.upscale");
    step["with"] = json!({ "image": "{{ generate.image }}", "factor": 2, "preview": false });
    step
}

/// A step as the API shows it.
fn step<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let steps = answer["steps"].as_array().unwrap();
    steps.iter().find(|step| step["name"] == name).unwrap_or_else(|| panic!("no {name}: {answer}"))
}

#[tokio::test]
async fn a_step_whose_condition_is_false_is_left_out_with_who_needs_it_and_the_job_is_whole() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let framed = json!({ "kind": "image.convert", "with": { "image": "{{ large.image }}", "format": "webp" } });
    let steps =
        json!({ "large": upscaled(json!({ "when": "inputs.size == 'large'" })), "framed": framed });
    let mut pipeline = published(steps, &["{{ generate.image }}", "{{ framed.image }}"]);
    pipeline["inputs"] = json!({ "size": { "type": "text" } });
    for (size, there) in [("small", 1), ("large", 2)] {
        let request = json!({ "pipeline": pipeline, "inputs": { "size": size } });
        let job = caller.post("/v1/jobs", &request).await.job();
        let view = world.ends(&job, JobState::Succeeded, 60).await;
        assert_eq!((view.attempts.len(), view.publications.len()), (there, there));
        let answer = caller.get(&format!("/v1/jobs/{job}")).await.body;
        assert_eq!((&answer["degraded"], &answer["retryable"]), (&json!([]), &json!(false)));
        let reasons = ["large", "framed"].map(|name| step(&answer, name)["reason"].clone());
        let skipped = ["when: inputs.size == 'large'", "needs large, which was skipped"];
        match size {
            "large" => assert_eq!(reasons, [json!(null), json!(null)]),
            _ => {
                assert_eq!(reasons, skipped);
                assert_eq!(world.count(&job, "step.skipped").await, 2);
            }
        }
    }
}

#[tokio::test]
async fn a_job_goes_on_without_a_render_that_may_fail_and_with_what_stands_in_for_another() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    hosts::idle(&world).await;
    let caller = world.tenant().await;
    let failing = |on_error: Value| {
        let mut step = upscaled(json!({ "on_error": on_error, "retry": { "attempts": 1 } }));
        step["with"]["test"] = json!({ "fail": "no_luck" });
        step
    };
    let steps =
        json!({ "fancy": failing(json!("skip")), "grand": failing(json!({ "use": "generate" })) });
    let assets = ["{{ generate.image }}", "{{ fancy.image }}", "{{ grand.image }}"];
    let job = caller.submit(&published(steps, &assets)).await;
    let view = world.ends(&job, JobState::Succeeded, 60).await;
    assert_eq!(view.step("grand").outputs, view.step("generate").outputs);
    let answer = caller.get(&format!("/v1/jobs/{job}")).await.body;
    let [fancy, grand] = ["fancy", "grand"].map(|name| step(&answer, name));
    assert_eq!((&fancy["state"], &grand["state"]), (&json!("skipped"), &json!("succeeded")));
    assert_eq!(grand["used"], "generate");
    let why = fancy["error"].as_str().unwrap();
    assert!(why.contains("no_luck"), "{why}");
    let gaps: Vec<_> = answer["degraded"].as_array().unwrap().iter().collect();
    let stood_in = format!("generate was used instead: {}", grand["error"].as_str().unwrap());
    assert_eq!(
        json!(gaps),
        json!([
            { "step": "fancy", "reason": why }, { "step": "grand", "reason": stood_in },
        ])
    );
    assert_eq!(answer["retryable"], true);
    let paid: i64 = view.attempts.iter().filter_map(|attempt| attempt.usd).map(|usd| usd.0).sum();
    assert_eq!((view.attempts.len(), view.job.spent.0), (3, paid));
}

#[tokio::test]
async fn a_step_whose_function_dies_each_time_obeys_its_on_error() {
    let world = World::open().await;
    let _turn = hosts::alone(&world).await;
    let caller = world.tenant().await;
    // Work for long enough to be met at it.
    let small = |on_error: &str| {
        let widths: Vec<u32> = (0..8).map(|n| 1000 - n).collect();
        let with =
            json!({ "image": "{{ generate.image }}", "widths": widths, "formats": ["avif"] });
        let small = json!({ "kind": "image.resize", "with": with, "on_error": on_error });
        let assets = ["{{ generate.image }}", "{{ small.images }}"];
        let mut pipeline = published(json!({ "small": small }), &assets);
        for side in ["width", "height"] {
            pipeline["steps"]["generate"]["with"][side] = json!(1024);
        }
        pipeline
    };
    let skip = caller.submit(&small("skip")).await;
    let fail = caller.submit(&small("fail")).await;
    let killing = async {
        loop {
            running(&world.stack, "step").into_iter().for_each(|pid| try_signal(pid, "KILL"));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let over = until("both steps are over", 120, async || {
        let over = async |job| world.job(job).await.step("small").state.terminal();
        (over(&skip).await && over(&fail).await).then_some(())
    });
    tokio::select! { () = killing => {}, () = over => {} }
    let view = world.ends(&skip, JobState::Succeeded, 60).await;
    let small = view.step("small");
    assert_eq!((small.state, view.publications.len()), (StepState::Skipped, 1));
    let why = small.error.unwrap();
    assert!(why.starts_with("its function gave no answer: "), "{why}");
    assert_eq!(view.job.degraded[0].reason, why);
    let view = world.ends(&fail, JobState::Failed, 60).await;
    let why = format!("small: {}", view.step("small").error.unwrap());
    assert_eq!(view.job.reason, Some(why));
    assert!(view.publications.is_empty());
    for job in [&skip, &fail] {
        let done = [(job.execution(1), "SUCCEEDED".to_owned())];
        assert_eq!(world.executions(job).await, done, "the machine came to its end");
    }
}

#[tokio::test]
async fn one_of_two_steps_and_a_gate_that_cannot_be_called_leave_the_rest_of_the_job() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let small = |format: &str| {
        let with = json!({ "image": "{{ generate.image }}", "format": format });
        json!({ "kind": "image.convert", "with": with, "on_error": "skip" })
    };
    let steps = json!({ "one": small("webp"), "two": small("jpeg") });
    let mut document = published(steps, &["{{ one.image }}", "{{ two.image }}"]);
    document["steps"]["good"]["on_error"] = json!("skip");
    for (broken, port, end, there) in
        [("two", "image", JobState::Succeeded, 1), ("good", "images", JobState::Failed, 0)]
    {
        // As no request could ask for: the function ends with a fault, which nobody tries again.
        let mut pipeline = Pipeline::from_value(&document).unwrap();
        let step = pipeline.steps.iter_mut().find(|step| step.name == broken).unwrap();
        step.with[port] = json!("{{ inputs.nothing }}");
        let job = world.accept_checked(&caller.tenant, pipeline, &world.flow).await;
        let view = world.ends(&job, end, 60).await;
        assert_eq!(view.step(broken).state, StepState::Skipped, "{broken}");
        let why = "its function gave no answer: Fault";
        assert_eq!(view.step(broken).error.as_deref(), Some(why));
        assert_eq!(view.publications.len(), there);
        let after = view.step("publish").skipped.map(|skipped| skipped.reason);
        assert_eq!(after.is_some(), broken == "good", "{after:?}");
    }
}
