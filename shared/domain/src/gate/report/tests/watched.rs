//! The sweep's look at each policy: counted once, told while it is off, taken back when it is not.

use super::*;
use crate::fakes::{World, every_fault};
use crate::gate::policy::put;
use crate::id::TenantId;
use crate::store::{Key, Write, from_item};
use crate::stuck::{Finding, Stuck};

/// A policy that is stored, with a hundred and forty verdicts of the last week, nine of ten of them passes.
async fn world() -> World {
    let world = World::default();
    put(&world.table, &acme(), brand(), "ed", Time(NOON.0 - 8 * DAY_MS)).await.unwrap();
    for back in 1..=7 {
        for n in 0..20 {
            keep(&world, -back * 1_440 + n, if n < 18 { 0.9 } else { 0.1 });
        }
    }
    world.faults.clear();
    world
}

fn acme() -> TenantId {
    TenantId::parse("acme").unwrap()
}

/// A verdict so many minutes after noon.
fn keep(world: &World, minutes: i64, score: f64) {
    let of = Row { at: Time(NOON.0 + minutes * 60_000), ..row(10_000 + minutes, score) };
    let key = Key::new("VERDICTS#acme#brand", format!("{:015}#{}", of.at.0, of.id));
    world.table.plant(Write::put(key, &of).unwrap());
}

/// Today's verdicts, a minute apart: so many passes of so many.
fn today(world: &World, passes: i64, of: i64) {
    (0..of).for_each(|n| keep(world, n, if n < passes { 0.9 } else { 0.1 }));
}

fn after(minutes: i64) -> Time {
    Time(NOON.0 + minutes * 60_000)
}

async fn seen(world: &World, at: Time) -> Vec<String> {
    watch(&world.table, at).await.unwrap();
    told(world, at).await.into_iter().map(|found| found.detail).collect()
}

async fn told(world: &World, at: Time) -> Vec<Finding> {
    let found = off(&world.table, at).await.unwrap();
    assert!(found.iter().all(|it| it.stuck == Stuck::PassRateOff && it.at == "acme/brand"));
    found
}

#[tokio::test]
async fn a_model_that_leaves_its_band_is_told_of_until_the_day_is_over() {
    let world = world().await;
    assert_eq!(seen(&world, NOON).await, Vec::<String>::new());
    today(&world, 10, 20);
    // Mean 127/142, chance of 20 is 0.0687: 69 % to 100 %.
    let expected = [
        "look by chat/scribe: 10 of 20 passed today, 69 % to 100 % was to be expected",
        "made by fal/flux: 10 of 20 passed today, 69 % to 100 % was to be expected",
    ];
    assert_eq!(seen(&world, after(30)).await, expected);
    assert_eq!(seen(&world, after(35)).await, expected, "between two looks, too");
    assert_eq!(told(&world, after(720)).await.len(), 0, "midnight");
    assert_eq!(seen(&world, after(725)).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_model_that_comes_back_is_told_of_no_more() {
    let world = world().await;
    today(&world, 10, 20);
    assert_eq!(seen(&world, after(30)).await.len(), 2);
    (21..81).for_each(|n| keep(&world, n, 0.9));
    assert_eq!(seen(&world, after(90)).await, Vec::<String>::new());
    assert!(!format!("{:?}", world.listing()).contains("GATES#OFF"));
}

#[tokio::test]
async fn each_verdict_is_counted_once_however_often_is_looked() {
    let world = world().await;
    today(&world, 19, 20);
    for minutes in [5, 10, 30, 31, 90] {
        seen(&world, after(minutes)).await;
    }
    let item = world.table.peek(&Key::new("GATES", "acme#brand")).unwrap();
    let counts = item["counts"].as_array().unwrap();
    let of = |model: &str, day: &str| {
        let of = counts.iter().find(|it| it["model"] == model && it["day"] == day).unwrap();
        from_item::<Tally>(of.as_object().unwrap()).unwrap()
    };
    assert_eq!(of("fal/flux", &NOON.day()), Tally { n: 20, passed: 19 });
    assert_eq!(of("chat/scribe", &after(-1_440).day()), Tally { n: 20, passed: 18 });
    assert_eq!(counts.len(), 3 * 8);
}

#[tokio::test]
async fn verdicts_that_may_not_all_be_there_yet_are_left_for_the_next_look() {
    let world = world().await;
    seen(&world, NOON).await;
    keep(&world, 60, 0.9);
    seen(&world, Time(after(61).0 - 1)).await;
    // One that was begun before it comes after it.
    keep(&world, 59, 0.9);
    seen(&world, after(125)).await;
    let item = world.table.peek(&Key::new("GATES", "acme#brand")).unwrap();
    let whole = item["counts"].as_array().unwrap();
    let of = whole.iter().find(|it| it["model"] == "fal/flux" && it["day"] == NOON.day());
    assert_eq!(of.unwrap()["n"], 2);
}

#[tokio::test]
async fn a_policy_that_is_stored_again_keeps_its_counts() {
    let world = world().await;
    seen(&world, NOON).await;
    let counts = || world.table.peek(&Key::new("GATES", "acme#brand")).unwrap()["counts"].clone();
    let before = counts();
    let stricter = Policy::parse(&BRAND.replace("0.8", "0.9")).unwrap();
    put(&world.table, &acme(), stricter, "ed", NOON).await.unwrap();
    assert_eq!(counts(), before);
    assert!(before.as_array().is_some_and(|counts| !counts.is_empty()));
}

#[tokio::test]
async fn every_single_fault_leaves_the_counts_of_one_clean_run() {
    let prepare = async || {
        let world = world().await;
        today(&world, 10, 20);
        world
    };
    let act = async |world: &World| watch(&world.table, after(30)).await;
    every_fault(prepare, act, World::listing).await;
}
