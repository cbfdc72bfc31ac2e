//! A hundred publications to each of six targets, while answers are lost and whoever publishes dies: each appears once.

use domain::ports::Refusal;
use domain::publish::{Sending, Went};
use doubles::faults::Fault;
use doubles::targets::conformance::{Bench, Contract, Verb, sending};
use serde_json::json;
use std::collections::BTreeSet;

const POSTS: u32 = 100;
/// So many verbs are asked until a post must be there.
const VERBS: u32 = 60;

/// Chance that is the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    /// What is wrong with the next answer, if anything is.
    fn fault(&mut self) -> Option<Fault> {
        Some(match self.below(32) {
            0 => Fault::DoneBut(500, json!({})),
            1 => Fault::DoneBut(502, json!("<html>")),
            2 => Fault::DoneBut(504, json!({})),
            3 => Fault::CutAfter(0),
            4 => Fault::CutAfter(9),
            5 => Fault::Instead(503, Vec::new(), json!({})),
            6 => Fault::Instead(429, vec![("retry-after", "1".into())], json!({})),
            _ => return None,
        })
    }
}

/// A post of its own; every fifth has a picture.
fn post(bench: &Bench, n: u32) -> Sending {
    let mut post = sending(bench.able(), 1, usize::from(n.is_multiple_of(5)));
    post.id = format!("pub_{n:032}");
    post.form.slug = post.form.slug.map(|slug| format!("{slug}-{n}"));
    for piece in &mut post.form.pieces {
        piece.text = format!("{n}: {}", piece.text);
        piece.facets.clear();
    }
    post
}

/// Brings a post there, whatever happens.
async fn brought(bench: &mut Bench, chance: &mut Chance, mut post: Sending) {
    let mut verb = Verb::Start;
    for _ in 0..VERBS {
        for _ in 0..3 {
            bench.double.shop.fault(chance.fault().unwrap_or(Fault::None));
        }
        let before = post.progress.clone();
        let told = bench.verb(verb, &mut post).await;
        bench.double.shop.no_faults();
        // One in six dies before anything of it is written down.
        if chance.below(6) == 0 {
            post.progress = before;
            verb = Verb::Check;
            continue;
        }
        verb = match told.went {
            Went::Done(_) => return,
            Went::Refused(Refusal::Later, _) => Verb::Check,
            Went::Refused(_, why) => panic!("{}: {why}", post.id),
            _ => Bench::next(&told).unwrap_or(Verb::Check),
        };
    }
    panic!("{} is not there: {:?}", post.id, bench.told.iter().rev().take(5).collect::<Vec<_>>());
}

async fn weathered(contract: fn() -> Contract) {
    let mut bench = Bench::open(contract).await;
    let mut chance = Chance(bench.able().target.len() as u64);
    for n in 0..POSTS {
        let post = post(&bench, n);
        brought(&mut bench, &mut chance, post).await;
        bench.told.clear();
    }
    let books = bench.double.shop.books();
    let visible: Vec<_> = books.visible().collect();
    let keys: BTreeSet<&str> = visible.iter().map(|shown| shown.key.as_str()).collect();
    assert_eq!((visible.len(), keys.len()), (POSTS as usize, POSTS as usize));
    assert!(visible.iter().all(|shown| shown.times == 1));
    assert_eq!(visible.iter().filter(|shown| !shown.files.is_empty()).count(), 20);
}

#[tokio::test]
async fn a_hundred_posts_appear_once_each_at_wordpress() {
    weathered(super::wordpress::contract).await;
}

#[tokio::test]
async fn a_hundred_posts_appear_once_each_at_ghost() {
    weathered(super::ghost::contract).await;
}

#[tokio::test]
async fn a_hundred_posts_appear_once_each_at_directus() {
    weathered(super::directus::contract).await;
}

#[tokio::test]
async fn a_hundred_posts_appear_once_each_at_bluesky() {
    weathered(super::bluesky::contract).await;
}

#[tokio::test]
async fn a_hundred_posts_appear_once_each_at_x() {
    weathered(super::x::contract).await;
}

#[tokio::test]
async fn a_hundred_posts_appear_once_each_at_mastodon() {
    weathered(super::mastodon::contract).await;
}
