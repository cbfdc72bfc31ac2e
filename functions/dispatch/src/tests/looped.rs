//! What a gate sends back is made again: with another seed, told why, by another model, until a bound is reached.

use super::*;
use domain::call::Call;
use domain::event::{commit, last_number};
use domain::gate::{Decision, Judged, Judgement, Subject, Verdict, change, decide};
use domain::job::job_json;
use domain::lane::{Announcement, HostState, register};
use domain::review::ReviewState;
use domain::view::JobView;

const LOOP: &str = r#"
name: loop
inputs: { prompt: { type: text } }
budget_usd: 1
steps:
  generate: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}", seed: 7 } }
  good: { kind: gate.quality, with: { images: "{{ generate.image }}" }, on_fail: { retry: generate, attempts: 2, BOUND } }
"#;

/// A world whose gate goes back within this bound.
pub(super) async fn looping(bound: &str) -> (World, JobId) {
    let world = World::default();
    let said = Announcement {
        host: "host-a".into(),
        address: "http://host-a:8000".into(),
        slots: 1,
        models: vec!["sketch-1".into(), "sketch-2".into()],
        kinds: vec!["image.generate".into()],
        usd_per_slot_second: 0.0004,
        state: HostState::Ready,
        renew_s: 1200,
        boot: None,
        ahead: false,
    };
    register(&world.table, &said, NOW).await.unwrap();
    let pipeline = LOOP.replace("BOUND", bound);
    let job = world.job(1, &pipeline, json!({ "prompt": "a fox" })).await;
    (world, job)
}

pub(super) async fn view(world: &World, job: &JobId) -> JobView {
    JobView::expect(&world.table, job).await.unwrap()
}

async fn take(world: &World, job: &JobId, round: u32) -> Result<()> {
    let token = format!("token-{job}-0-{round}");
    let event = last_number(&world.table, job).await?;
    let message = domain::lane::Message { round, token, event, ..world.message(job, 0) };
    handle(&world.lanes(), Input::Take(message), NOW).await
}

/// Makes the picture of a round.
pub(super) async fn paint(world: &World, job: &JobId, round: u32) {
    take(world, job, round).await.unwrap();
    let done = world.success(&attempt(job, round), 1);
    world.lanes().report(&done, NOW.plus_s(2)).await.unwrap();
}

/// Refuses the picture of a round, as the function of the gates does.
async fn refuse(world: &World, job: &JobId, why: &str) -> Decision {
    score(world, job, why, None).await
}

/// The same by a gate that says how good it is.
pub(super) async fn score(world: &World, job: &JobId, why: &str, score: Option<f64>) -> Decision {
    let view = view(world, job).await;
    let made = view.assets.values().last().unwrap();
    let mut judgement = Judgement::new(&[("quality", 1)]);
    judgement.subjects.push(Subject { asset: made.id.clone(), sha256: made.sha256.clone() });
    judgement.object(Verdict::Fail, why);
    judgement.score = score;
    let mut judged = [Judged::new("good", judgement)];
    let call = Call {
        job: job.clone(),
        run: 1,
        round: view.job.round,
        wave: 1,
        item: 0,
        traceparent: String::new(),
        event: last_number(&world.table, job).await.unwrap(),
    };
    let decision = decide(&view, &call, &mut judged);
    let change = change(&call, &view, (&judged, Vec::new()), &decision, (NOW, NOW)).unwrap();
    commit(&world.table, job, call.event, change.writes, &change.events).await.unwrap();
    decision
}

#[tokio::test]
async fn the_loop_stops_at_its_attempts_and_people_decide_on_the_last_one() {
    let (world, job) = looping("then: review, reason: true, model: sketch-2").await;
    for round in [1, 2] {
        paint(&world, &job, round).await;
        let back = refuse(&world, &job, &format!("too dark in\nround {round}")).await;
        assert!(matches!(back, Decision::Back { .. }), "{back:?}");
    }
    paint(&world, &job, 3).await;
    let last = refuse(&world, &job, "still too dark").await;
    assert_eq!(last.asks("good"), Some(0));

    let params = |round| world.render(&attempt(&job, round)).params;
    let told = |why: &str| json!(format!("a fox\n\nEarlier try was refused because: {why}"));
    assert_eq!(
        [1, 2, 3].map(|round| params(round)["prompt"].clone()),
        [json!("a fox"), told("too dark in round 1"), told("too dark in round 2")]
    );
    assert_eq!([1, 2, 3].map(|round| params(round)["seed"].clone()), [7, 8, 9].map(|n| json!(n)));
    let models = ["sketch-1", "sketch-2", "sketch-2"].map(|name| json!(name));
    assert_eq!([1, 2, 3].map(|round| params(round)["model"].clone()), models);

    let view = view(&world, &job).await;
    let paid: Vec<i64> = view.attempts.iter().map(|one| one.usd.unwrap().0).collect();
    assert_eq!((paid.len(), view.job.spent.0), (3, paid.iter().sum()), "the money adds up");
    let shown = job_json(&view);
    let gate = shown["steps"].as_array().unwrap().iter().find(|step| step["name"] == "good");
    let again = (paid[1] + paid[2]) as f64 / 1e6;
    assert_eq!(gate.unwrap()["loops"], json!({ "count": 2, "spent_usd": again }));
    let review = &view.reviews[0];
    assert_eq!((review.state, view.step("good").state), (ReviewState::Open, StepState::Waiting));
    let last = view.assets.values().last().unwrap();
    assert_eq!(review.subjects[0].sha256, last.sha256, "people see the last one");
    assert_eq!(
        review.verdict["reasons"],
        json!(["still too dark", "sent back 2 times, as often as it may be"])
    );
}

#[tokio::test]
async fn the_loop_stops_at_its_money_and_fails_where_nothing_else_is_said() {
    for (then, ends) in [("fail", true), ("review", false)] {
        // One try costs $0.0006.
        let (world, job) = looping(&format!("budget_usd: 0.0011, then: {then}")).await;
        paint(&world, &job, 1).await;
        assert!(matches!(refuse(&world, &job, "too dark").await, Decision::Back { .. }));
        paint(&world, &job, 2).await;
        let decision = refuse(&world, &job, "too dark").await;
        let why = "another try costs about $0.0006, and $0.0005 is left for it";
        let view = view(&world, &job).await;
        match ends {
            true => {
                let reason = format!("good: too dark ({why})");
                assert_eq!(decision, Decision::End { reason });
                assert_eq!((view.reviews.len(), view.step("good").state), (0, StepState::Failed));
            }
            false => assert_eq!(view.reviews[0].verdict["reasons"], json!(["too dark", why])),
        }
        let prompt = world.render(&attempt(&job, 2)).params["prompt"].clone();
        assert_eq!(prompt, "a fox", "nobody asked for the reason to be told");
        let paid: i64 = view.attempts.iter().map(|one| one.usd.unwrap().0).sum();
        assert_eq!((view.attempts.len(), view.job.spent.0), (2, paid), "the money adds up");
    }
}

#[tokio::test]
async fn every_call_of_a_further_try_may_fail_both_ways() {
    let prepare = async || {
        let (world, job) = looping("reason: true, model: sketch-2").await;
        paint(&world, &job, 1).await;
        refuse(&world, &job, "too dark").await;
        world
    };
    let act = async |world: &World| {
        take(world, &JobId::new(NOW, [1; 10]), 2).await?;
        handle(&world.lanes(), Input::Tick { tick: GPU.into() }, NOW.plus_s(60)).await
    };
    every_fault(prepare, act, renders).await;
}
