//! Verdicts on record: read newest first, within bounds.

use super::*;
use crate::fakes::World;
use crate::id::TenantId;
use crate::store::{Key, Write};
use serde_json::json;

fn acme() -> TenantId {
    TenantId::parse("acme").unwrap()
}

fn kept(world: &World, row: &Row) {
    let key = Key::new("VERDICTS#acme#brand", format!("{:015}#{}", row.at.0, row.id));
    world.table.plant(Write::put(key, row).unwrap());
}

#[tokio::test]
async fn the_newest_come_first_until_the_time_that_was_asked_for() {
    let world = World::default();
    let rows: Vec<Row> = (0..5).map(|n| row(n, 0.9)).collect();
    rows.iter().for_each(|row| kept(&world, row));
    let read =
        async |since, most| read(&world.table, &acme(), "brand", (since, most)).await.unwrap();
    let all = read(Time(0), 100).await;
    assert_eq!(all.rows, rows.iter().rev().cloned().collect::<Vec<_>>());
    assert!(all.whole);
    let some = read(rows[3].at, 100).await;
    assert_eq!((some.rows.len(), some.whole), (2, true));
    let other = super::read(&world.table, &acme(), "other", (Time(0), 100)).await.unwrap();
    assert_eq!((other.rows.len(), other.whole), (0, true));
}

#[tokio::test]
async fn no_more_are_read_than_a_report_is_made_of() {
    let world = World::default();
    (0..1_200).for_each(|n| kept(&world, &row(n, 0.9)));
    let read = read(&world.table, &acme(), "brand", (Time(0), 700)).await.unwrap();
    // Two strides of five hundred.
    assert_eq!((read.rows.len(), read.whole), (1_000, false));
    assert_eq!(read.rows[0].at, row(1_199, 0.9).at);
}

#[tokio::test]
async fn peoples_word_on_what_an_earlier_release_did_not_keep_is_no_verdict() {
    let world = World::default();
    kept(&world, &row(1, 0.9));
    let key = Key::new("VERDICTS#acme#brand", format!("{:015}#j1.good.1", NOON.0));
    let word = json!({ "people": { "decision": "approve", "words": [] }, "expires_at": 1 });
    world.table.plant(Write::put(key, &word).unwrap());
    let read = read(&world.table, &acme(), "brand", (Time(0), 100)).await.unwrap();
    assert_eq!(read.rows, [row(1, 0.9)]);
}
