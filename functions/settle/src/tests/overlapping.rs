//! Erasing that meets other erasing of the same job: the wider one wins, in any order and at the same time.

use super::erasing::{asset, bytes, job, world};
use domain::erase::{Erasing, erase_job, resume};
use domain::error::{Error, Result};
use domain::fakes::{Fault, NOW, Polite, World, every_fault};
use domain::id::AssetId;
use domain::ports::{Bucket, Objects as _, Put};
use domain::record::{JobRecord, job_pk};
use domain::store::Key;
use domain::sweep::sweep;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What is asked for: a job as a whole, or one asset of it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scope {
    Whole,
    Source,
    Made,
}

use Scope::{Made, Source, Whole};

const ORDERS: [[Scope; 2]; 4] = [[Whole, Made], [Made, Whole], [Source, Made], [Made, Source]];

async fn erase(erasing: &Erasing<'_>, scope: Scope) -> Result<()> {
    let id = |step| BTreeSet::from([AssetId::new(&job(), step, "1", 0)]);
    let roots = match scope {
        Whole => None,
        Source => Some(id("generate")),
        Made => Some(id("cutout")),
    };
    erase_job(erasing, &job(), roots.as_ref(), &format!("{scope:?}"), NOW).await.map(drop)
}

fn intent(world: &World) -> Option<Value> {
    world.table.peek(&Key::new(job_pk(&job()), "ERASE")).map(Value::from)
}

/// What a host that was given up put there after all goes, too.
async fn late_bytes_go(world: &World) {
    let late = format!("acme/{}/late.png", job());
    world.objects.put(Bucket::Assets, &late, vec![1], &Put::default()).await.unwrap();
    sweep(&world.lanes(), NOW.plus_s(4 * 24 * 3600)).await.unwrap();
    assert_eq!(world.objects.listing(), "");
    assert_eq!(intent(world), None, "nothing more is expected");
}

#[tokio::test]
async fn the_places_of_a_job_that_was_erased_whole_are_emptied_again_whatever_was_asked_after_it() {
    for order in [[Whole, Made], [Made, Whole]] {
        let world = world().await;
        for scope in order {
            erase(&world.erasing(), scope).await.unwrap();
        }
        assert_eq!(world.objects.listing(), "");
        late_bytes_go(&world).await;
    }
}

#[tokio::test]
async fn two_assets_asked_for_one_after_the_other_are_both_on_record() {
    for order in [[Source, Made], [Made, Source]] {
        let world = world().await;
        for scope in order {
            erase(&world.erasing(), scope).await.unwrap();
        }
        let intent = intent(&world).unwrap();
        let both = [asset(&world, "cutout").await.id, asset(&world, "generate").await.id];
        assert_eq!(intent["assets"], json!(both));
    }
}

#[tokio::test]
async fn what_was_asked_first_is_why_it_went_and_a_wider_request_says_why_the_rest_did() {
    for (order, of_job, of_made) in
        [([Whole, Made], "Whole", "Whole"), ([Made, Whole], "Whole", "Made")]
    {
        let world = world().await;
        for scope in order {
            erase(&world.erasing(), scope).await.unwrap();
        }
        let record = world.table.peek(&JobRecord::key(&job())).unwrap();
        assert_eq!(record["erased"]["reason"], of_job);
        assert_eq!(asset(&world, "cutout").await.erased.unwrap().reason, of_made);
    }
}

#[tokio::test]
async fn any_call_to_the_world_may_fail_whatever_else_was_asked() {
    for [first, second] in ORDERS {
        let prepare = async || {
            let world = world().await;
            erase(&world.erasing(), first).await.unwrap();
            world
        };
        let act = async |world: &World| erase(&world.erasing(), second).await;
        every_fault(prepare, act, World::listing).await;
    }
}

#[tokio::test]
async fn who_dies_in_the_midst_of_erasing_is_followed_by_the_sweep_whatever_else_was_asked() {
    for ([first, second], fault) in
        ORDERS.into_iter().flat_map(|order| [(order, Fault::Refused), (order, Fault::Lost)])
    {
        let mut nth = 0;
        loop {
            let world = world().await;
            world.faults.plan(nth, fault);
            let died = erase(&world.erasing(), first).await.is_err();
            let begun = intent(&world).is_some();
            world.faults.clear();
            erase(&world.erasing(), second).await.unwrap();
            sweep(&world.lanes(), NOW.plus_s(301)).await.unwrap();
            let whole = second == Whole || (begun && first == Whole);
            let source = whole || second == Source || (begun && first == Source);
            let left = bytes(&world, &asset(&world, "generate").await);
            assert_eq!(left, !source, "{first:?}, {second:?}, call {nth} {fault:?}");
            if whole {
                late_bytes_go(&world).await;
            }
            if !died {
                break;
            }
            nth += 1;
        }
        assert!(5 < nth, "each call of the first was let fail");
    }
}

async fn patient(erasing: Erasing<'_>, scope: Scope) -> Result<()> {
    loop {
        match erase(&erasing, scope).await {
            Err(Error::Again(_)) => {}
            answer => return answer,
        }
    }
}

#[tokio::test]
async fn at_the_same_time_both_get_what_they_asked_for() {
    for (one, two) in (0..8).flat_map(|one| (0..8).map(move |two| (one, two))) {
        for [first, second] in ORDERS {
            let world = world().await;
            let tables = [Polite(&world, one), Polite(&world, two)];
            let [ours, theirs] = [0, 1].map(|n| Erasing { table: &tables[n], ..world.erasing() });
            let (ours, theirs) = tokio::join!(patient(ours, first), patient(theirs, second));
            assert_eq!((ours, theirs), (Ok(()), Ok(())));
            let found = intent(&world).unwrap();
            let whole = first == Whole || second == Whole;
            let what = format!("{first:?} at {one}, {second:?} at {two}: {found}");
            assert_eq!(found.get("assets").is_none(), whole, "{what}");
            assert_eq!(found["done"], true, "{what}");
            assert!(!bytes(&world, &asset(&world, "cutout").await), "{what}");
            assert_eq!(
                bytes(&world, &asset(&world, "generate").await),
                !(whole || first == Source || second == Source),
                "{what}"
            );
        }
    }
}

#[tokio::test]
async fn a_sweep_that_ends_an_old_request_leaves_a_new_one_standing() {
    let later = NOW.plus_s(4 * 24 * 3600);
    for (one, two) in (0..8).flat_map(|one| (0..8).map(move |two| (one, two))) {
        let world = world().await;
        erase(&world.erasing(), Made).await.unwrap();
        let tables = [Polite(&world, one), Polite(&world, two)];
        let sweeping = Erasing { table: &tables[0], ..world.erasing() };
        let asking = Erasing { table: &tables[1], ..world.erasing() };
        let job = job();
        let asked = async {
            let answer = erase_job(&asking, &job, None, "Whole", later).await;
            assert!(answer.is_ok() || matches!(answer, Err(Error::Again(_))), "{answer:?}");
        };
        let (swept, ()) = tokio::join!(resume(&sweeping, &job, later), asked);
        assert_eq!(swept, Ok(()));
        let found = intent(&world).expect("the new one");
        assert_eq!(found.get("assets"), None, "{one}, {two}: {found}");
        assert_eq!(found["due_at"], later.plus_s(3 * 24 * 3600).0, "{one}, {two}: {found}");
    }
}
