//! Noise and blocks, looked for in small tiles spread over a picture at full size.
//!
//! Both are gone once a picture is made smaller, and a few hundred tiles say as much as all of it.

use std::f64::consts::PI;

use crate::{Picture, picture::luma};

use super::opaque;

/// Tiles in a row and in a column, at most.
const ACROSS: usize = 20;
/// The side of a tile: four blocks of JPEG.
const SIDE: usize = 32;
/// Neighbours on both sides are looked at too.
const EDGE: usize = 2;
/// The share of tiles that are plainer than the one whose noise counts: texture would pass for noise.
const PLAINER: f64 = 0.2;
/// A tile with so many pixels at an end of the scale cannot show its noise.
const CLIPPED: f64 = 0.2;
/// JPEG's block.
const BLOCK: usize = 8;
/// A step between two pixels that neither side goes on with, in luma.
const STEP: i32 = 2;

/// What was found in the tiles.
pub(super) struct Grain {
    /// Standard deviation of noise in luma.
    pub(super) noise: f64,
    /// By how much more often steps are on one line in eight than on the others, 0 to 1.
    pub(super) blocks: f64,
}

/// Looks at a picture; nothing is found where it is smaller than a tile or nowhere opaque.
pub(super) fn grain(picture: &Picture) -> Grain {
    let mut noises = Vec::new();
    let mut steps = [[0_u64; 2]; BLOCK];
    let mut rises = [[0_u64; 2]; BLOCK];
    for (left, top) in places(picture) {
        let Some(tile) = Tile::of(picture, left, top) else { continue };
        noises.extend(tile.noise());
        tile.steps(left, 1, &mut steps);
        tile.steps(top, TILE, &mut rises);
    }
    noises.sort_by(f64::total_cmp);
    let noise = noises.get((noises.len() as f64 * PLAINER) as usize).copied().unwrap_or_default();
    // Where only one way shows steps there is a pattern of the picture's own.
    Grain { noise, blocks: beyond(&steps).min(beyond(&rises)) }
}

/// Where tiles begin, as evenly as they fit.
fn places(picture: &Picture) -> Vec<(usize, usize)> {
    let starts = |length: u32| {
        let room = (length as usize).checked_sub(TILE);
        let count = room.map_or(0, |room| (room / SIDE + 1).min(ACROSS));
        let step = |index: usize| room.unwrap_or_default() * index / (count.max(2) - 1);
        (0..count).map(step).collect::<Vec<_>>()
    };
    let (across, down) = (starts(picture.width()), starts(picture.height()));
    down.iter().flat_map(|top| across.iter().map(|left| (*left, *top))).collect()
}

/// By how much more often steps are seen at the place that has most than at the others on average.
fn beyond(counts: &[[u64; 2]; BLOCK]) -> f64 {
    let share = |[steps, all]: [u64; 2]| if all == 0 { 0.0 } else { steps as f64 / all as f64 };
    let mut shares = counts.map(share);
    shares.sort_by(f64::total_cmp);
    let others = &shares[..BLOCK - 1];
    (shares[BLOCK - 1] - others.iter().sum::<f64>() / others.len() as f64).max(0.0)
}

const TILE: usize = SIDE + 2 * EDGE;

/// Luma of one square.
struct Tile([i32; TILE * TILE]);

impl Tile {
    fn of(picture: &Picture, left: usize, top: usize) -> Option<Self> {
        let (channels, width) = (picture.channels(), picture.width() as usize);
        let mut tones = [0; TILE * TILE];
        for y in 0..TILE {
            let start = ((top + y) * width + left) * channels;
            let row = picture.pixels().get(start..start + TILE * channels)?;
            for (x, pixel) in row.chunks_exact(channels).enumerate() {
                if !opaque(pixel) {
                    return None;
                }
                tones[y * TILE + x] = i32::from(luma(pixel[0], pixel[1], pixel[2]));
            }
        }
        Some(Self(tones))
    }

    /// J. Immerkær, "Fast Noise Variance Estimation" (1996): the mean of a mask that is 0 on planes and edges.
    fn noise(&self) -> Option<f64> {
        let clipped = self.0.iter().filter(|tone| !(3..=252).contains(*tone)).count();
        if CLIPPED * self.0.len() as f64 <= clipped as f64 {
            return None;
        }
        let mut sum = 0;
        for y in EDGE..EDGE + SIDE {
            for x in EDGE..EDGE + SIDE {
                let at = y * TILE + x;
                let sides = self.0[at - 1] + self.0[at + 1] + self.0[at - TILE] + self.0[at + TILE];
                let corners = self.0[at - TILE - 1]
                    + self.0[at - TILE + 1]
                    + self.0[at + TILE - 1]
                    + self.0[at + TILE + 1];
                sum += (corners - 2 * sides + 4 * self.0[at]).abs();
            }
        }
        Some((PI / 2.0).sqrt() * f64::from(sum) / (6.0 * (SIDE * SIDE) as f64))
    }

    /// Counts steps along one direction by their place modulo 8.
    ///
    /// After Z. Wang, H. Sheikh and A. Bovik, "No-Reference Perceptual Quality Assessment of JPEG Compressed
    /// Images" (2002), who hold differences across blocks against those within; counted rather than summed, so
    /// that a few strong edges of the picture's own do not pass for blocks.
    fn steps(&self, start: usize, stride: usize, counts: &mut [[u64; 2]; BLOCK]) {
        for y in EDGE..EDGE + SIDE {
            for x in EDGE..EDGE + SIDE {
                let (line, along) = if stride == 1 { (y * TILE, x) } else { (y, x) };
                let at = line + along * stride;
                let rise = self.0[at] - self.0[at - stride];
                let before = self.0[at - stride] - self.0[at - 2 * stride];
                let after = self.0[at + stride] - self.0[at];
                let alone = STEP + before.abs().max(after.abs()) <= rise.abs();
                let count = &mut counts[(start + along) % BLOCK];
                *count = [count[0] + u64::from(alone), count[1] + 1];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Format, Limits, Quality, decode, encode,
        samples::{cutout, noisy, painted, product, scene},
    };

    fn plain() -> Picture {
        painted(640, 400, |x, y| [(60.0 + 90.0 * x) as u8, (80.0 + 70.0 * y) as u8, 120])
    }

    fn squeezed(picture: &Picture, quality: u8) -> Picture {
        let bytes = encode(picture, Format::Jpeg, Quality::new(quality).unwrap()).unwrap();
        decode(&bytes, &Limits::default()).unwrap()
    }

    /// Without so many columns on the left and rows at the top.
    fn cut(picture: &Picture, left: u32, top: u32) -> Picture {
        let (width, height) = (picture.width() - left, picture.height() - top);
        let rows = picture.pixels().chunks_exact(picture.width() as usize * 3).skip(top as usize);
        let pixels = rows.flat_map(|row| row[left as usize * 3..].to_vec()).collect();
        Picture::rgb(width, height, pixels).unwrap()
    }

    #[test]
    fn noise_is_measured_as_it_was_added() {
        assert!(grain(&plain()).noise < 0.6);
        for most in [4, 9, 18, 30] {
            // Each channel is uniform from -most to most; luma weighs them.
            let one = ((2 * most + 1) as f64).powi(2) - 1.0;
            let expected = (one / 12.0).sqrt()
                * (0.299_f64.powi(2) + 0.587_f64.powi(2) + 0.114_f64.powi(2)).sqrt();
            for picture in [plain(), scene(3, 640, 400)] {
                let got = grain(&noisy(&picture, most)).noise;
                assert!((got / expected - 1.0).abs() < 0.2, "{most}: {got} rather than {expected}");
            }
        }
    }

    #[test]
    fn edges_are_no_noise_and_no_blocks() {
        for seed in 0..6 {
            for picture in [scene(seed, 640, 400), product(seed, 640, 400)] {
                let Grain { noise, blocks } = grain(&picture);
                assert!(noise < 1.0 && blocks < 0.05, "{seed}: {noise} {blocks}");
            }
        }
    }

    #[test]
    fn blocks_are_found_where_jpeg_was_heavy_even_after_a_crop() {
        // Grain is what blocks are made of: a plain picture has few, however it is compressed.
        let picture = noisy(&scene(2, 640, 400), 6);
        let fine = grain(&squeezed(&picture, 95)).blocks;
        let coarse = squeezed(&picture, 40);
        let (found, cut) = (grain(&coarse).blocks, grain(&cut(&coarse, 3, 5)).blocks);
        assert!(fine < 0.05 && 0.2 < found, "{fine} {found}");
        assert!((found - cut).abs() < 0.05, "{found} {cut}");
    }

    #[test]
    fn what_is_too_small_or_clear_has_neither() {
        for picture in [painted(1, 1, |_, _| [7; 3]), painted(35, 500, |x, _| [(x * 9.0) as u8; 3])]
        {
            let Grain { noise, blocks } = grain(&picture);
            assert_eq!((noise, blocks), (0.0, 0.0));
        }
        assert!(grain(&cutout(300, 300)).noise < 1.0);
    }
}
