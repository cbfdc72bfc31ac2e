//! Hosts that come, come back, and go.

use super::*;

#[tokio::test]
async fn a_new_host_takes_waiting_work_at_once_and_a_renewal_is_one_write() {
    let world = World::default();
    let job = world.job(1, HERO, json!({ "prompt": "a fox" })).await;
    world.lanes().take(&world.message(&job, 0), NOW).await.unwrap();
    let body = include_bytes!("../../../../events/host.json");
    announce(&world.lanes(), "gpu-1", body, NOW).await.unwrap();
    assert_eq!(world.hosts.renders().len(), 1);
    world.faults.clear();
    announce(&world.lanes(), "gpu-1", body, NOW.plus_s(30)).await.unwrap();
    assert_eq!(world.faults.calls(), 1);
}

#[tokio::test]
async fn a_host_that_restarts_loses_its_faults_and_its_render_is_made_again_at_once() {
    let (world, attempt) = world().await;
    let body = |boot: &str| {
        let mut said: serde_json::Value =
            serde_json::from_slice(include_bytes!("../../../../events/host.json")).unwrap();
        said["host"] = "host-a".into();
        said["address"] = "http://host-a:8000".into();
        said["slots"] = 1.into();
        said["boot"] = boot.into();
        serde_json::to_vec(&said).unwrap()
    };
    announce(&world.lanes(), "host-a", &body("first"), NOW).await.unwrap();
    assert_eq!(attempt_record(&world, &attempt).state, AttemptState::Claimed, "it works on");

    let slot = domain::store::Key::new("LANE#gpu", "SLOT#host-a#000");
    let mut item = world.table.peek(&slot).unwrap();
    item.insert("failures".into(), 3.into());
    item.insert("failed_at".into(), NOW.0.into());
    world.table.plant(Write::put(slot, &item).unwrap());
    world.hosts.forget(&attempt);
    announce(&world.lanes(), "host-a", &body("second"), NOW.plus_s(5)).await.unwrap();
    assert!(attempt_record(&world, &attempt).state.over());
    world.lanes().fill(GPU, NOW.plus_s(9)).await.unwrap();
    let second = AttemptId::new(&attempt.job(), "generate", 2);
    assert!(world.hosts.renders().contains_key(&second));
}

#[tokio::test]
async fn a_draining_host_gets_nothing_new() {
    let (world, attempt) = world().await;
    let other = world.job(2, HERO, json!({ "prompt": "a hen" })).await;
    world.lanes().take(&world.message(&other, 0), NOW).await.unwrap();
    let mut said: serde_json::Value =
        serde_json::from_slice(include_bytes!("../../../../events/host.json")).unwrap();
    said["host"] = "host-a".into();
    said["state"] = "draining".into();
    let body = serde_json::to_vec(&said).unwrap();
    announce(&world.lanes(), "host-a", &body, NOW).await.unwrap();
    send(&world, &world.success(&attempt, 1), NOW.plus_s(2)).await.unwrap();
    assert_eq!(world.hosts.renders().len(), 1);
    depart(&world.lanes(), "host-a").await.unwrap();
    let view = domain::lane::LaneView::read(&world.table, GPU).await.unwrap();
    assert!(view.hosts.is_empty());
    assert_eq!(view.waiting.len(), 1);
}
