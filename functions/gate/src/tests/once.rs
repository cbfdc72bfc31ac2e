//! The same question again, at the same time, and with a world that fails.

use super::stage::*;
use crate::*;
use domain::fakes::{Overtaken, World, every_fault};
use domain::record::JobRecord;
use domain::skip::{Lost, lost};
use domain::store::Write;
use serde_json::json;

/// What the gates come to: pass, back, end.
fn stages() -> [World; 4] {
    let both = |good| [("safe", SAFE), ("good", good)];
    [
        stage(&both(GOOD), "a fox", &fine()),
        stage(&both(TRIED), "a fox", &fine()),
        stage(&both(GOOD), "gore", &fine()),
        used_up(&TRIED.replace("0.2 }", "0.2, then: review }")),
    ]
}

/// A job whose gate may not go back again: nothing of the budget is left.
fn used_up(gate: &str) -> World {
    let world = stage(&[("safe", SAFE), ("good", gate)], "a fox", &fine());
    let key = JobRecord::key(&call().job);
    let mut job = world.table.peek(&key).unwrap();
    job.insert("spent".into(), json!(500_000));
    plant(&world, key, &job);
    world
}

#[tokio::test]
async fn every_single_fault_leaves_the_world_of_one_clean_run() {
    for which in 0..4 {
        let prepare = async || stages().into_iter().nth(which).unwrap();
        let act = async |world: &World| run(world).await.map(drop);
        every_fault(prepare, act, World::listing).await;
    }
}

#[tokio::test]
async fn the_same_question_gets_the_same_answer() {
    let expected = [
        json!({"ok": true}),
        json!({"goto": 0, "round": 2}),
        json!({"end": "rejected"}),
        json!({"review": 1}),
    ];
    for (world, expected) in stages().into_iter().zip(expected) {
        let mut first = run(&world).await.unwrap();
        first.as_object_mut().unwrap().remove("event");
        assert_eq!(first, expected);
        let before = world.listing();
        assert_eq!(run(&world).await.unwrap(), expected);
        assert_eq!(world.listing(), before);
    }
}

#[tokio::test]
async fn a_log_that_went_on_costs_a_look_and_no_verdict() {
    for (world, last) in stages().into_iter().zip([7, 7, 7, 8]) {
        let stale = Call { event: 0, ..call() };
        let outcome = handle(&world.table, &world.objects, stale, NOW).await.unwrap();
        assert_eq!(outcome["event"], json!(last));
    }
}

/// What somebody else does between our read and our write.
#[derive(Clone, Copy)]
enum Meanwhile {
    Twin,
    Cancel,
    Retry,
    GivenUp,
}

async fn overtaken(world: &World, meanwhile: Meanwhile) -> Value {
    let happens = async move {
        let set = async |fields| {
            let write = Write::set(JobRecord::key(&call().job), fields);
            world.table.write(vec![write]).await.unwrap();
        };
        match meanwhile {
            Meanwhile::GivenUp => {
                let call = Lost { call: call(), lost: "States.Timeout".into() };
                lost(&world.table, &world.queue, &call, NOW).await.unwrap();
            }
            Meanwhile::Twin => drop(run(world).await.unwrap()),
            Meanwhile::Cancel => set(json!({"state": "canceling"})).await,
            Meanwhile::Retry => set(json!({"run": 2, "round": 2})).await,
        }
    };
    let table = Overtaken::by(world, happens);
    handle(&table, &world.objects, call(), NOW).await.unwrap()
}

#[tokio::test]
async fn of_two_twins_one_writes_and_both_answer_alike() {
    for (alone, twins) in stages().into_iter().zip(stages()) {
        let mut expected = run(&alone).await.unwrap();
        expected.as_object_mut().unwrap().remove("event");
        assert_eq!(overtaken(&twins, Meanwhile::Twin).await, expected);
        assert_eq!(twins.listing(), alone.listing());
    }
}

#[tokio::test]
async fn a_job_that_is_canceled_or_retried_meanwhile_gets_no_verdict() {
    for meanwhile in [Meanwhile::Cancel, Meanwhile::Retry] {
        for world in stages() {
            assert_eq!(overtaken(&world, meanwhile).await, json!({"end": "canceled"}));
            assert!(view(&world).await.steps.values().all(|step| step.verdict.is_none()));
            assert_eq!(event(&world, 6), None);
        }
    }
}

#[tokio::test]
async fn a_verdict_after_its_gates_were_given_up_is_none() {
    let optional = |gate: &str| gate.replacen("{ kind", "{ on_error: skip, kind", 1);
    for (gates, told) in [
        ([optional(SAFE), optional(GOOD)], json!({"ok": true})),
        ([SAFE.to_owned(), optional(GOOD)], json!({"end": "failed"})),
    ] {
        let world = stage(&[("safe", &gates[0]), ("good", &gates[1])], "a fox", &fine());
        assert_eq!(overtaken(&world, Meanwhile::GivenUp).await, told);
        let view = view(&world).await;
        for gate in ["safe", "good"] {
            let record = view.step(gate);
            assert_eq!(record.verdict, None);
            let error = "its function gave no answer: States.Timeout";
            assert_eq!(record.error.as_deref(), Some(error));
        }
        assert_eq!(run(&world).await.unwrap(), told);
    }
}

#[tokio::test]
async fn a_question_of_the_round_before_gets_the_answer_of_that_round() {
    let [_, world, ..] = stages();
    run(&world).await.unwrap();
    made(&world, &asset(&fine(), 2), 2);
    assert_eq!(run(&world).await.unwrap(), json!({"goto": 0, "round": 2}));
}
