//! Gates that are measured on the deployed stack: a sample of passes, a plant, and what the report says of them.

use super::command::galley;
use crate::harness::api::Caller;
use crate::harness::hosts;
use crate::harness::until::until;
use crate::harness::world::World;
use domain::id::JobId;
use domain::review::{ReviewRecord, ReviewState};
use domain::state::JobState;
use domain::store::{Key, Write};
use serde_json::{Value, json};

/// Passes whatever is a picture, has people look at all of it, and plants as often as it can.
const POLICY: &str = "
name: measured
owner: design@example.com
criteria: { sharp: { evaluator: technical, with: { sharpness_min: 0 } } }
sample: 100 %
plant: 24 per day
";

/// Gives somebody a personal key, as an operator would.
async fn person(world: &World, caller: &Caller<'_>, name: &str, role: &str) -> String {
    let words = ["admin", "people", "put", caller.tenant.as_str(), name, "--role", role];
    let done = galley(world, "", &words).await;
    assert!(done.status.success(), "{done:?}");
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

/// Runs a command as a person, and gives the JSON that it prints.
async fn told(world: &World, key: &str, words: &[&str]) -> Value {
    let done = galley(world, key, &[words, &["--json"]].concat()).await;
    assert!(done.status.success(), "{words:?}: {done:?}");
    let text = String::from_utf8(done.stdout).unwrap();
    serde_json::from_str(text.lines().next().unwrap_or("null")).unwrap()
}

/// The review that a job waits for.
async fn asked(world: &World, job: &JobId) -> ReviewRecord {
    until("people are asked", 90, async || {
        world.job(job).await.reviews.into_iter().find(|review| review.token.is_some())
    })
    .await
}

/// The report's one version, once what people decided is in it.
async fn version(world: &World, key: &str, decided: u64) -> Value {
    until("the report has it", 30, async || {
        let words = ["gates", "report", "--policy", "measured"];
        let version = told(world, key, &words).await["versions"][0].clone();
        (version["decided"].as_u64() == Some(decided)).then_some(version)
    })
    .await
}

#[tokio::test]
async fn a_sampled_pass_and_a_plant_are_decided_by_people_who_cannot_tell_them_and_reported() {
    let world = World::open().await;
    let _turn = hosts::shared(&world).await;
    let caller = world.tenant().await;
    let ed = person(&world, &caller, "ed", "editor").await;
    let anna = person(&world, &caller, "anna", "reviewer").await;
    let folder = std::env::temp_dir().join(format!("galley-{}", caller.tenant));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    std::fs::write(file("measured.yaml"), POLICY).unwrap();
    told(&world, &ed, &["policies", "put", &file("measured.yaml")]).await;

    let pipeline = json!({
        "name": "measured", "budget_usd": 0.5,
        "steps": {
            "make": { "kind": "image.generate", "cache": "off", "with": {
                "prompt": "a lighthouse", "width": 128, "height": 128, "preview": false,
            } },
            "good": { "kind": "gate.policy", "with": { "policy": "measured", "images": "{{ make.image }}" } },
            "out": {
                "kind": "publish", "after": ["good"],
                "with": { "assets": "{{ make.image }}", "target": { "kind": "s3" } },
            },
        },
    });
    let job = caller.post("/v1/jobs", &json!({ "pipeline": pipeline })).await.job();
    let review = asked(&world, &job).await;
    assert_eq!(review.verdict["reasons"], json!(["the rule of measured says so: score 1.00"]));
    told(&world, &anna, &["reviews", "approve", review.id.as_str()]).await;
    let view = world.ends(&job, JobState::Succeeded, 60).await;
    assert_eq!(view.publications.len(), 1, "an approval clears what was sampled");

    // Another picture, known to be bad.
    let bytes = world
        .bytes(domain::ports::Bucket::Assets, &view.assets[&review.subjects[0].asset].key)
        .await;
    std::fs::write(file("bad.png"), [bytes.as_slice(), b"bad"].concat()).unwrap();
    let add = [
        "policies",
        "plants",
        "add",
        &file("bad.png"),
        "--policy",
        "measured",
        "--why",
        "six fingers",
    ];
    let plant = told(&world, &ed, &add).await;
    std::fs::remove_dir_all(&folder).unwrap();
    let place = Key::new("PLANTING", format!("{}#measured", caller.tenant));
    for _ in 0..2 {
        let due = Write::set(place.clone(), json!({ "since": 0, "due_at": 0 }));
        world.write(vec![due]).await;
        world.sweep().await;
    }
    let open: Vec<ReviewRecord> = until("people are asked about the plant", 60, async || {
        let open =
            domain::review::list(&world.table, &caller.tenant, (true, None), 10).await.unwrap();
        let open: Vec<_> = open.into_iter().filter(|it| it.state == ReviewState::Open).collect();
        open.iter().any(|it| it.token.is_some()).then_some(open)
    })
    .await;
    let [planted] = &open[..] else { panic!("planted once: {open:?}") };
    assert_eq!((planted.pipeline.as_str(), planted.id.gate()), ("measured", "good"));
    assert_eq!(plant["id"], planted.subjects[0].sha256.as_str());
    let shown = caller.get(&format!("/v1/jobs/{}", planted.id.job())).await.body;
    assert!(!shown.to_string().contains("plant"), "{shown:#}");
    told(&world, &anna, &["reviews", "reject", planted.id.as_str(), "--note", "the hand"]).await;
    world.ends(&planted.id.job(), JobState::Rejected, 60).await;

    let version = version(&world, &ed, 2).await;
    assert_eq!(version["sampled"], json!({ "asked": 1, "decided": 1, "refused": 0 }));
    let expected = json!({ "judged": 1, "gate_missed": 1, "decided": 1, "people_missed": 0 });
    assert_eq!(version["planted"], expected);
    assert_eq!(version["said"], json!({ "pass": 1, "review": 0, "fail": 0 }));
}
