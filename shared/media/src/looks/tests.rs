//! How well copies of a picture are told from other pictures: pairs made by named edits, the bound chosen on one half of
//! the pictures, precision and recall told of the other. `make bench ARGS=near` prints the tables.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use domain::gate::Fingerprint;
use domain::reuse::{Cells, NEAR_BITS, NEAR_MOST};

use super::*;
use crate::samples::{cutout, scene};
use edits::{Edit, NEAR, OTHER, PICTURES, original};

mod edits;

/// A picture and what an edit made of it.
struct Pair {
    edit: &'static str,
    /// Whether it is the same picture still.
    same: bool,
    /// The place of the picture among all.
    index: usize,
    /// By how many bits their hashes differ.
    bits: u32,
    /// The same, where nothing else tells them apart.
    distance: Option<u32>,
}

fn seen(picture: &Picture) -> domain::reuse::Looks {
    let Looks { width, height, phash, cells } = looks(picture).unwrap();
    domain::reuse::Looks { width, height, phash: Fingerprint(phash), cells: Cells(cells) }
}

static PAIRS: LazyLock<Vec<Pair>> = LazyLock::new(|| {
    let mut pairs = Vec::new();
    for index in 0..PICTURES {
        let picture = original(index);
        let ours = seen(&picture);
        let mut add = |(edit, make): &Edit, same| {
            let other = seen(&make(&picture, index));
            let (bits, distance) = (ours.phash.distance(other.phash), ours.distance(&other));
            pairs.push(Pair { edit, same, index, bits, distance });
        };
        NEAR.iter().for_each(|edit| add(edit, true));
        OTHER.iter().for_each(|edit| add(edit, false));
    }
    pairs
});

/// What a rule finds: of how much that it takes for the same it is right, and how much of the same it finds.
#[derive(Clone, Copy, Debug)]
struct Score {
    precision: f64,
    recall: f64,
}

/// How a rule does on the even pictures, or on the odd ones.
fn score(half: usize, found: impl Fn(&Pair) -> bool) -> Score {
    let pairs = || PAIRS.iter().filter(|pair| pair.index % 2 == half);
    let count = |wanted: &dyn Fn(&Pair) -> bool| pairs().filter(|pair| wanted(pair)).count() as f64;
    let right = count(&|pair| pair.same && found(pair));
    Score { precision: right / count(&found).max(1.0), recall: right / count(&|pair| pair.same) }
}

fn within(bound: u32) -> impl Fn(&Pair) -> bool {
    move |pair| pair.distance.is_some_and(|distance| distance <= bound)
}

#[test]
fn the_bound_is_what_one_half_says_and_holds_on_the_other() {
    let scores: Vec<Score> = (0..=NEAR_MOST).map(|bound| score(0, within(bound))).collect();
    println!("\nbits  precision  recall   (even pictures, on which the bound is chosen)");
    for (bound, score) in scores.iter().enumerate() {
        println!("{bound:4}  {:9.4}  {:6.4}", score.precision, score.recall);
    }
    // A wrong picture is worse than one that is paid again: the smallest bound that errs never and finds, but for half a
    // hundredth, as many as any such.
    let most = scores.iter().filter(|score| score.precision == 1.0).map(|score| score.recall);
    let most = most.fold(0.0, f64::max);
    let good = |score: &Score| score.precision == 1.0 && most - 0.005 <= score.recall;
    assert_eq!(scores.iter().position(good), Some(NEAR_BITS as usize));

    let (hash, rule) = (score(1, |pair| pair.bits <= NEAR_BITS), score(1, within(NEAR_BITS)));
    println!("\nodd pictures, {NEAR_BITS} bits   precision  recall");
    println!("the hash alone          {:9.4}  {:6.4}", hash.precision, hash.recall);
    println!("hash, colours and place {:9.4}  {:6.4}", rule.precision, rule.recall);
    assert!(0.99 <= rule.precision && 0.9 <= rule.recall, "{rule:?}");
    assert!(hash.precision < 0.8, "colours are compared for a reason: {hash:?}");
}

#[test]
fn each_edit_is_found_or_refused_for_what_it_is() {
    let mut found: BTreeMap<(bool, &str), (usize, usize, usize)> = BTreeMap::new();
    for pair in PAIRS.iter().filter(|pair| pair.index % 2 == 1) {
        let (hits, hash, of) = found.entry((!pair.same, pair.edit)).or_default();
        *hits += usize::from(within(NEAR_BITS)(pair));
        *hash += usize::from(pair.bits <= NEAR_BITS);
        *of += 1;
    }
    println!("\nedit                     should be   found   by its hash alone   (odd pictures)");
    for ((other, edit), (hits, hash, of)) in &found {
        let should = if *other { "refused" } else { "found" };
        println!("{edit:22}   {should:9} {hits:4}/{of} {hash:12}/{of}");
        match other {
            true => assert_eq!(*hits, 0, "{edit}"),
            false => assert!(of * 3 <= hits * 4, "{edit}: {hits} of {of}"),
        }
    }
}

#[test]
fn two_pictures_are_never_near() {
    let all: Vec<_> = (0..PICTURES).map(|index| seen(&original(index))).collect();
    for (index, one) in all.iter().enumerate() {
        for (before, other) in all[..index].iter().enumerate() {
            let near = one.distance(other).filter(|distance| *distance <= NEAR_MOST);
            assert_eq!(near, None, "pictures {before} and {index}");
        }
    }
}

#[test]
fn a_hole_is_seen_whatever_is_behind_it() {
    let holed = cutout(90, 60);
    let on_white = holed.flatten([255; 3]);
    let (one, other) = (seen(&holed), seen(&on_white));
    assert_eq!(one.phash, other.phash);
    assert_eq!((one.distance(&one), one.distance(&other)), (Some(0), None));
}

#[test]
fn a_picture_of_a_pixel_has_looks() {
    for (width, height) in [(1, 1), (3, 500)] {
        let seen = looks(&scene(1, width, height)).unwrap();
        assert_eq!((seen.width, seen.height, seen.cells.len()), (width, height, 256));
    }
}

#[test]
fn the_looks_of_a_known_picture_never_change() {
    // Stored ones are compared with new ones: other values here would find nothing that was made before.
    let seen = looks(&scene(1, 320, 210)).unwrap();
    assert_eq!(format!("{:016x}", seen.phash), "e5d3526b3c852d52");
    assert_eq!(seen.cells[..8], [74, 106, 137, 255, 19, 222, 45, 255]);
}
