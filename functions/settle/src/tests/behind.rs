//! A lane that falls behind is found.

use super::*;

#[tokio::test]
async fn work_that_has_waited_for_half_an_hour_is_found() {
    let (world, _) = world().await;
    let other = world.job(2, HERO, json!({ "prompt": "a hare" })).await;
    world.lanes().take(&world.message(&other, 0), NOW).await.unwrap();
    let hold = Write::put(Key::new("LANE#gpu", "HOLD"), &json!({ "reason": "a test" })).unwrap();
    world.table.plant(hold);
    assert!(!found(&world, NOW.plus_s(1799)).await.contains(&Stuck::LaneBehind));
    let (_, late) =
        handle(&world.lanes(), &world.notices, Input::Sweep, NOW.plus_s(1800)).await.unwrap();
    let late: Vec<_> = late.iter().filter(|finding| finding.stuck == Stuck::LaneBehind).collect();
    assert_eq!((late.len(), late[0].at.as_str()), (1, "gpu"));
    assert!(late[0].detail.contains("the oldest for 1800 s"), "{}", late[0].detail);
}
