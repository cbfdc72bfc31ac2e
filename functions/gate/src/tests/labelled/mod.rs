//! What the criteria are worth: thresholds chosen on one half of a labelled set, precision and recall on the other.

mod painted;

use domain::gate::Asked;
use media::{Limits, Measures, Picture, decode, distance, lettering, measure, phash, phashes};
use painted::{Dice, Label, fine, spoilt};
use serde_json::json;
use std::ops::Range;

/// Seeds that thresholds are chosen on, and those that the figures are of.
const CHOSEN_ON: Range<u64> = 0..100;
const SHOWN_ON: Range<u64> = 100..200;
/// Every how many seeds are looked at where nobody asks for all; `GALLEY_LABELLED=1` looks at each.
const EVERY: usize = 8;

/// A sample in numbers; each is higher the worse it is.
struct Sample {
    label: Label,
    measures: Measures,
    copy: u32,
    turned: u32,
    lines: u32,
}

/// One criterion: what it is to find, what it is not asked about, and what it goes by.
struct Criterion {
    name: &'static str,
    finds: &'static [Label],
    beside: &'static [Label],
    by: fn(&Sample) -> f64,
    /// What the pipelines' guide names, or what is held where nothing is said.
    threshold: f64,
    /// The least precision and recall.
    floor: (f64, f64),
}

fn criteria() -> [Criterion; 8] {
    let by_default = Asked::default();
    let clipped =
        |sample: &Sample| sample.measures.clipped_dark.max(sample.measures.clipped_bright);
    let border = |sample: &Sample| sample.measures.borders.into_iter().fold(0.0, f64::max);
    use Label::*;
    [
        // Sharpness is better the higher it is.
        Criterion {
            name: "sharpness_min",
            finds: &[Blurred],
            beside: &[Blank, Clipped, Copy, Turned],
            by: |s| -s.measures.sharpness,
            threshold: -by_default.sharpness_min,
            floor: (0.9, 0.9),
        },
        Criterion {
            name: "clipped_max",
            finds: &[Clipped],
            beside: &[Blank, Copy, Turned],
            by: clipped,
            threshold: 0.5,
            floor: (0.9, 0.85),
        },
        Criterion {
            name: "uniform_max",
            finds: &[Blank],
            beside: &[Clipped],
            by: |s| s.measures.uniform_area,
            threshold: by_default.uniform_max,
            floor: (0.95, 0.95),
        },
        Criterion {
            name: "border_max",
            finds: &[Bordered],
            beside: &[Blank],
            by: border,
            threshold: 0.02,
            floor: (0.9, 0.9),
        },
        Criterion {
            name: "noise_max",
            finds: &[Noisy],
            beside: &[],
            by: |s| s.measures.noise,
            threshold: 8.0,
            floor: (0.9, 0.9),
        },
        Criterion {
            name: "copies",
            finds: &[Copy],
            beside: &[Turned],
            by: |s| -f64::from(s.copy),
            threshold: -11.0,
            floor: (0.95, 0.95),
        },
        Criterion {
            name: "copies turned",
            finds: &[Copy, Turned],
            beside: &[],
            by: |s| -f64::from(s.turned),
            threshold: -11.0,
            floor: (0.95, 0.95),
        },
        // What keeps pictures from a judge: one line of print is enough.
        Criterion {
            name: "lettering",
            finds: &[Lettered],
            // Strong noise looks like signs in rows three times of five: then a person looks.
            beside: &[Noisy],
            by: |s| f64::from(s.lines),
            threshold: 0.5,
            floor: (0.75, 0.75),
        },
    ]
}

fn photographs() -> Vec<Picture> {
    let coffee = include_bytes!("../../../../../events/photos/coffee.jpg");
    vec![decode(coffee, &Limits::default()).unwrap()]
}

fn samples(seeds: Range<u64>, every: usize) -> Vec<Sample> {
    let photographs = photographs();
    let mut samples = Vec::new();
    for seed in seeds.step_by(every) {
        let mut dice = Dice::new(seed);
        let (picture, protected) =
            (fine(&mut dice, &photographs), fine(&mut dice, &[photographs[0].clone()]));
        let known = phash(&protected).unwrap();
        for label in Label::ALL {
            let sample = spoilt(&picture, &protected, label, &mut dice);
            let hashes = phashes(&sample).unwrap().map(|hash| distance(hash, known));
            samples.push(Sample {
                label,
                measures: measure(&sample).unwrap(),
                copy: hashes[0],
                lines: lettering(&sample).unwrap(),
                turned: hashes.into_iter().min().unwrap(),
            });
        }
    }
    samples
}

impl Criterion {
    /// Precision and recall above a threshold.
    fn worth(&self, samples: &[Sample], threshold: f64) -> (f64, f64) {
        let (mut right, mut wrong, mut missed) = (0.0, 0.0, 0.0);
        for sample in samples.iter().filter(|sample| !self.beside.contains(&sample.label)) {
            match (threshold < (self.by)(sample), self.finds.contains(&sample.label)) {
                (true, true) => right += 1.0,
                (true, false) => wrong += 1.0,
                (false, true) => missed += 1.0,
                (false, false) => {}
            }
        }
        let share = |of: f64| if right == 0.0 { 0.0 } else { right / of };
        (share(right + wrong), share(right + missed))
    }

    /// The threshold with the best balance of both, in the middle of those that are as good.
    fn choose(&self, samples: &[Sample]) -> f64 {
        let mut values: Vec<f64> = samples.iter().map(self.by).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let balance = |threshold: &f64| {
            let (precision, recall) = self.worth(samples, *threshold);
            2.0 * precision * recall / (precision + recall).max(1e-9)
        };
        let between: Vec<f64> =
            values.windows(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect();
        let best = between.iter().map(balance).fold(0.0, f64::max);
        let good: Vec<f64> = between.into_iter().filter(|at| best <= balance(at) + 1e-9).collect();
        good[good.len() / 2]
    }
}

#[test]
fn each_criterion_finds_what_it_is_for_and_little_else() {
    let every = option_env!("GALLEY_LABELLED").map_or(EVERY, |every| every.parse().unwrap());
    let (known, unknown) = (samples(CHOSEN_ON, every), samples(SHOWN_ON, every));
    println!(
        "{} samples to choose thresholds by, {} others to report on",
        known.len(),
        unknown.len()
    );
    println!(
        "{:14} {:>8} {:>9} {:>6}   {:>8} {:>9} {:>6}",
        "criterion", "chosen", "precision", "recall", "advised", "precision", "recall"
    );
    let mut low = Vec::new();
    for criterion in criteria() {
        let chosen = criterion.choose(&known);
        let by_choice = criterion.worth(&unknown, chosen);
        let advised = criterion.worth(&unknown, criterion.threshold);
        println!(
            "{:14} {:8.3} {:9.3} {:6.3}   {:8.3} {:9.3} {:6.3}",
            criterion.name,
            chosen.abs(),
            by_choice.0,
            by_choice.1,
            criterion.threshold.abs(),
            advised.0,
            advised.1
        );
        let floor = criterion.floor;
        if [by_choice, advised].iter().any(|worth| worth.0 < floor.0 || worth.1 < floor.1) {
            low.push(criterion.name);
        }
    }
    assert_eq!(low, [""; 0], "below their floors");
}

#[test]
fn the_photographs_pass_as_they_are() {
    for photograph in photographs() {
        let measures = measure(&photograph).unwrap();
        let asked = Asked::of(
            json!({"border_max": 0.02, "noise_max": 8, "blocks_max": 0.3}).as_object().unwrap(),
        )
        .unwrap();
        assert!(
            asked.sharpness_min < measures.sharpness && measures.noise < asked.noise_max.unwrap()
        );
        assert!(measures.borders == [0.0; 4] && measures.blocks < asked.blocks_max.unwrap());
    }
}
