//! Whatever is changed of a chain is named, and what may be erased is not missed.

use super::chain::{entry_sk, said_sk};
use super::*;
use crate::fakes::{NOW, World};
use crate::gate::Subject;
use crate::id::{AssetId, JobId};
use crate::store::{Change, Key, Query, Write, Written, sort_key};
use serde_json::{Value, json};

fn job() -> JobId {
    JobId::new(NOW, [7; 10])
}

fn act(what: &str) -> Act {
    let asset = AssetId::new(&job(), "paint", "1", 0);
    Act::new(what, "anna", "a review")
        .shown(&[Subject { asset, sha256: "ab".repeat(32) }])
        .fact("approvals", 1.0)
        .said("note", format!("so it is: {what}"))
}

/// A job's head with three entries, the second without words.
async fn chain(world: &World) -> Chain {
    let chain = Chain::Job(job());
    world.table.plant(Write::put(chain.head_key(), &json!({ "id": job() })).unwrap());
    for act in [act("approve"), Act::new("undo", "anna", "a review"), act("reject")] {
        let head = chain.head(&world.table).await.unwrap();
        let link = chain.link(head.as_ref(), act, [9; 16], NOW).unwrap();
        let mut writes = link.writes.clone();
        writes.push(link.head_in(Write::set(chain.head_key(), json!({}))));
        use crate::ports::Table;
        assert_eq!(world.table.write(writes).await.unwrap(), Written::Done);
    }
    chain
}

async fn flaws(world: &World, chain: &Chain) -> Vec<String> {
    let kept = chain.read(&world.table).await.unwrap();
    verify(&kept, false).into_iter().map(|flaw| flaw.record).collect()
}

#[tokio::test]
async fn an_untouched_chain_is_whole() {
    let world = World::default();
    let chain = chain(&world).await;
    assert_eq!(flaws(&world, &chain).await, Vec::<String>::new());
    let empty = Chain::Tenant(crate::id::TenantId::parse("acme").unwrap(), "policies");
    assert_eq!(flaws(&world, &empty).await, Vec::<String>::new());
}

#[tokio::test]
async fn two_appends_to_one_head_come_to_one_entry() {
    let world = World::default();
    let chain = chain(&world).await;
    let head = chain.head(&world.table).await.unwrap();
    use crate::ports::Table;
    let append = async |what: &str| {
        let link = chain.link(head.as_ref(), act(what), [1; 16], NOW).unwrap();
        let mut writes = link.writes.clone();
        writes.push(link.head_in(Write::set(chain.head_key(), json!({}))));
        world.table.write(writes).await.unwrap()
    };
    assert_eq!(append("approve").await, Written::Done);
    assert!(matches!(append("reject").await, Written::Refused(_)));
    assert_eq!(flaws(&world, &chain).await, Vec::<String>::new());
}

#[tokio::test]
async fn every_field_of_every_record_that_is_changed_is_named() {
    let count = {
        let world = World::default();
        let chain = chain(&world).await;
        records(&world, &chain).await.len()
    };
    let mut tried = 0;
    for at in 0..count {
        let fields: Vec<String> = {
            let world = World::default();
            let chain = chain(&world).await;
            let item = records(&world, &chain).await.remove(at);
            item.keys()
                .filter(|name| !["pk", "sk", "v"].contains(&name.as_str()))
                .cloned()
                .collect()
        };
        for field in fields {
            let world = World::default();
            let chain = chain(&world).await;
            let mut item = records(&world, &chain).await.remove(at);
            let sk = sort_key(&item).to_owned();
            item.insert(field.clone(), other(&item[&field]));
            let write = Write::put(Key::new(chain.pk(), &sk), &json!({})).unwrap();
            world.table.plant(Write { change: Change::Put(item), ..write });
            let found = flaws(&world, &chain).await;
            assert!(found.contains(&sk), "{field} of {sk}: {found:?}");
            tried += 1;
        }
    }
    assert!(30 <= tried, "{tried}");
}

/// Another value of the same kind.
fn other(value: &Value) -> Value {
    match value {
        Value::String(text) => json!(format!("{text}x")),
        Value::Number(number) => json!(number.as_i64().unwrap_or(0) + 1),
        Value::Array(_) => json!([]),
        _ => json!({ "note": "other" }),
    }
}

async fn records(world: &World, chain: &Chain) -> Vec<crate::store::Item> {
    use crate::ports::Table;
    world.table.query(&Query::partition(chain.pk())).await.unwrap()
}

#[tokio::test]
async fn a_missing_an_added_and_a_cut_off_record_are_named() {
    use crate::ports::Table;
    for n in 1..=3 {
        let world = World::default();
        let chain = chain(&world).await;
        let gone = Write::forget(Key::new(chain.pk(), entry_sk(n)));
        world.table.write(vec![gone]).await.unwrap();
        assert!(flaws(&world, &chain).await.contains(&entry_sk(n)), "{n}");
    }
    let world = World::default();
    let chain = chain(&world).await;
    let last = chain.read(&world.table).await.unwrap().entries.pop().unwrap();
    let added = Entry { n: 4, prev: last.hash.clone(), ..last };
    let added = Entry { hash: added.sealed(), ..added };
    world.table.plant(Write::put(Key::new(chain.pk(), entry_sk(4)), &added).unwrap());
    assert_eq!(flaws(&world, &chain).await, [entry_sk(4)]);
}

#[tokio::test]
async fn a_chain_that_was_written_anew_does_not_end_at_its_head() {
    let world = World::default();
    let chain = chain(&world).await;
    let mut kept = chain.read(&world.table).await.unwrap();
    let mut prev = String::new();
    for entry in &mut kept.entries {
        entry.who = "mallory".into();
        entry.prev = prev;
        entry.hash = entry.sealed();
        prev = entry.hash.clone();
    }
    let found: Vec<_> = verify(&kept, false).into_iter().map(|flaw| flaw.record).collect();
    assert_eq!(found, ["head"]);
}

#[tokio::test]
async fn words_that_were_erased_are_not_missed_and_words_that_were_lost_are() {
    use crate::ports::Table;
    let world = World::default();
    let chain = chain(&world).await;
    for n in [1, 3] {
        let gone = Write::forget(Key::new(chain.pk(), said_sk(n)));
        world.table.write(vec![gone]).await.unwrap();
    }
    let kept = chain.read(&world.table).await.unwrap();
    assert_eq!(verify(&kept, true), []);
    assert_eq!(flaws(&world, &chain).await, [said_sk(1), said_sk(3)]);
}
