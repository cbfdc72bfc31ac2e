//! Generated pictures for the tests: no files, no randomness that is not seeded.

pub(crate) mod files;

use crate::Picture;

/// A small generator (xorshift64*), enough for noise and damaged bytes.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 33) as usize % limit
    }
}

/// Any size from one formula over the unit square.
pub(crate) fn painted(width: u32, height: u32, color: impl Fn(f64, f64) -> [u8; 3]) -> Picture {
    let mut pixels = Vec::with_capacity(width as usize * height as usize * 3);
    for y in 0..height {
        for x in 0..width {
            let at = |at: u32, side: u32| (f64::from(at) + 0.5) / f64::from(side);
            pixels.extend(color(at(x, width), at(y, height)));
        }
    }
    Picture::rgb(width, height, pixels).unwrap()
}

/// A seeded scene of discs on a gradient: the same at every size, different for every seed.
pub(crate) fn scene(seed: u64, width: u32, height: u32) -> Picture {
    let mut dice = Dice::new(seed);
    let mut fraction = move || dice.below(10_000) as f64 / 10_000.0;
    let discs: Vec<[f64; 6]> = (0..24).map(|_| std::array::from_fn(|_| fraction())).collect();
    painted(width, height, |x, y| {
        let sky = [90.0 + 80.0 * x, 60.0 + 100.0 * y, 170.0 - 90.0 * x * y];
        let inside = |disc: &&[f64; 6]| (x - disc[0]).hypot(y - disc[1]) < 0.04 + 0.16 * disc[2];
        let color = discs
            .iter()
            .rev()
            .find(inside)
            .map_or(sky, |disc| [disc[3], disc[4], disc[5]].map(|c| c * 255.0));
        color.map(|channel| channel as u8)
    })
}

/// A few boxes on a plain ground, as a shop shows its goods.
pub(crate) fn product(seed: u64, width: u32, height: u32) -> Picture {
    let mut dice = Dice::new(seed);
    let mut fraction = move || dice.below(10_000) as f64 / 10_000.0;
    let boxes: Vec<[f64; 7]> = (0..4).map(|_| std::array::from_fn(|_| fraction())).collect();
    painted(width, height, |x, y| {
        let inside = |part: &&[f64; 7]| {
            let (middle_x, middle_y) = (0.3 + 0.4 * part[0], 0.3 + 0.4 * part[1]);
            (x - middle_x).abs() < 0.05 + 0.15 * part[2]
                && (y - middle_y).abs() < 0.05 + 0.2 * part[3]
        };
        let color =
            |part: &[f64; 7]| [part[4], part[5], part[6]].map(|channel| (channel * 255.0) as u8);
        boxes.iter().find(inside).map_or([250; 3], color)
    })
}

/// A picture with a hole: opaque in the middle disc, transparent outside, soft in between.
pub(crate) fn cutout(width: u32, height: u32) -> Picture {
    let solid = scene(5, width, height);
    let mut pixels = Vec::new();
    for (index, pixel) in solid.pixels().chunks_exact(3).enumerate() {
        let (x, y) = (index as u32 % width, index as u32 / width);
        let from_middle =
            (f64::from(x) / f64::from(width) - 0.5).hypot(f64::from(y) / f64::from(height) - 0.5);
        pixels.extend([
            pixel[0],
            pixel[1],
            pixel[2],
            ((0.4 - from_middle) * 2550.0).clamp(0.0, 255.0) as u8,
        ]);
    }
    Picture::rgba(width, height, pixels).unwrap()
}

/// Every byte changed by a rule that knows its place.
pub(crate) fn edited(picture: &Picture, rule: impl Fn(f64, usize) -> f64) -> Picture {
    let bytes = picture.pixels().iter().enumerate();
    let pixels =
        bytes.map(|(at, byte)| rule(f64::from(*byte), at).clamp(0.0, 255.0) as u8).collect();
    Picture::new(picture.width(), picture.height(), picture.channels() as u8, pixels).unwrap()
}

/// The same noise every time, up to this much either way.
pub(crate) fn noisy(picture: &Picture, most: usize) -> Picture {
    let noise: Vec<f64> = {
        let mut dice = Dice::new(1);
        (0..picture.pixels().len()).map(|_| dice.below(2 * most + 1) as f64 - most as f64).collect()
    };
    edited(picture, |byte, at| byte + noise[at])
}

/// Mean of the square of this radius around every pixel; rows and columns that stick out count as the edge.
pub(crate) fn blurred(picture: &Picture, radius: i64) -> Picture {
    let (width, height) = (i64::from(picture.width()), i64::from(picture.height()));
    let channels = picture.channels();
    let mean = |at: usize, step: (i64, i64), source: &[u8]| {
        let (pixel, channel) = ((at / channels) as i64, at % channels);
        let (x, y) = (pixel % width, pixel / width);
        let near = |by: i64| {
            let (x, y) =
                ((x + by * step.0).clamp(0, width - 1), (y + by * step.1).clamp(0, height - 1));
            f64::from(source[(y * width + x) as usize * channels + channel])
        };
        (-radius..=radius).map(near).sum::<f64>() / (2 * radius + 1) as f64
    };
    let across = edited(picture, |_, at| mean(at, (1, 0), picture.pixels()));
    edited(&across, |_, at| mean(at, (0, 1), across.pixels()))
}

/// Mean absolute difference per byte.
#[track_caller]
pub(crate) fn difference(one: &Picture, other: &Picture) -> f64 {
    assert_eq!(
        (one.width(), one.height(), one.channels()),
        (other.width(), other.height(), other.channels())
    );
    let sum: u64 =
        one.pixels().iter().zip(other.pixels()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.pixels().len() as f64
}
