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

#[tokio::test]
async fn drift_is_found_for_an_hour_after_it_was_met() {
    let (world, job) = world().await;
    let drifted = json!({
        "vendor": "aster", "field": "data[0].url", "found": "null", "count": 2,
        "attempt": format!("{job}.generate.1"), "at": NOW,
    });
    let key = Key::new("DRIFT", "aster#data[0].url");
    world.table.plant(Write::put(key, &drifted).unwrap());
    for (at, expected) in [(NOW.plus_s(3599), 1), (NOW.plus_s(3600), 0)] {
        let (_, seen) = handle(&world.lanes(), &world.notices, Input::Sweep, at).await.unwrap();
        let of = |finding: &&Finding| finding.stuck == Stuck::ContractDrift;
        let seen: Vec<_> = seen.iter().filter(of).collect();
        assert_eq!(seen.len(), expected);
        for finding in seen {
            assert_eq!(finding.at, "aster");
            assert_eq!(finding.detail, "data[0].url was null, 2 times in all");
        }
    }
}
