//! A fingerprint of what a picture looks like, for finding it again after other hands had it.

use std::f64::consts::PI;

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer, images::Image, images::ImageRef,
};

use crate::{MediaError, Picture};

const SIDE: usize = 32;
const KEPT: usize = 8;

/// The DCT hash of C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010).
///
/// Luma on white, shrunk to 32x32, cosine-transformed; the 8x8 lowest frequencies without the constant row and
/// column each give one bit: above the median or not. Recompression, resizing and a change of brightness move a
/// few bits; mirroring, turning and heavy cropping move about half, so they hide a picture from it.
///
/// Chosen over the difference hash (dHash) by numbers on 60 generated scenes and 60 generated products on a plain
/// ground: edits of one picture move at most 10 bits (7 with dHash), two scenes differ in 20 or more (18), but
/// two products in 16 or more where dHash sees as few as 1, because most of its bits compare background with
/// background.
pub fn phash(picture: &Picture) -> Result<u64, MediaError> {
    Ok(hash(&shrunk_to(picture, SIDE, SIDE)?))
}

/// The hashes of a picture as it is, and turned and mirrored in each of the other seven ways: what hides a copy
/// from [`phash`] is found by holding these against the hash on record.
pub fn phashes(picture: &Picture) -> Result<[u64; 8], MediaError> {
    let tones = shrunk_to(picture, SIDE, SIDE)?;
    Ok(std::array::from_fn(|way| {
        let seen = |at: usize| {
            let (mut x, mut y) = (at % SIDE, at / SIDE);
            if way & 1 != 0 {
                x = SIDE - 1 - x;
            }
            if way & 2 != 0 {
                y = SIDE - 1 - y;
            }
            if way & 4 != 0 { tones[x * SIDE + y] } else { tones[y * SIDE + x] }
        };
        hash(&(0..SIDE * SIDE).map(seen).collect::<Vec<_>>())
    }))
}

fn hash(tones: &[u8]) -> u64 {
    let waves = low_frequencies(tones);
    let mut sorted = waves;
    sorted.sort_by(f64::total_cmp);
    let median = f64::midpoint(sorted[waves.len() / 2 - 1], sorted[waves.len() / 2]);
    waves.iter().fold(0, |hash, wave| hash << 1 | u64::from(median < *wave))
}

/// How many of the 64 bits differ: 0 the same, about 32 unrelated, 10 or less most likely the same picture.
pub fn distance(one: u64, other: u64) -> u32 {
    (one ^ other).count_ones()
}

/// Squeezed regardless of proportions, so that a stretched copy is found too.
fn shrunk_to(picture: &Picture, width: usize, height: usize) -> Result<Vec<u8>, MediaError> {
    let luma = if picture.has_alpha() { picture.flatten([255; 3]).luma() } else { picture.luma() };
    let failed =
        |what: String| MediaError::BadSize { what: "hash", value: what, allowed: "a picture" };
    let source = ImageRef::new(picture.width(), picture.height(), &luma, PixelType::U8)
        .map_err(|error| failed(error.to_string()))?;
    let mut target = Image::new(width as u32, height as u32, PixelType::U8);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    Resizer::new()
        .resize(&source, &mut target, &options)
        .map_err(|error| failed(error.to_string()))?;
    Ok(target.into_vec())
}

fn low_frequencies(tones: &[u8]) -> [f64; KEPT * KEPT] {
    let wave = |frequency: usize, at: usize| {
        (PI * (2 * at + 1) as f64 * frequency as f64 / (2 * SIDE) as f64).cos()
    };
    // Rows first: 8 sums per row, then 8 of those sums per column.
    let mut rows = [[0.0; KEPT]; SIDE];
    for (y, row) in rows.iter_mut().enumerate() {
        for (u, sum) in row.iter_mut().enumerate() {
            *sum = (0..SIDE).map(|x| f64::from(tones[y * SIDE + x]) * wave(u + 1, x)).sum();
        }
    }
    let mut waves = [0.0; KEPT * KEPT];
    for (index, value) in waves.iter_mut().enumerate() {
        let (v, u) = (index / KEPT, index % KEPT);
        *value = (0..SIDE).map(|y| rows[y][u] * wave(v + 1, y)).sum();
    }
    waves
}

#[cfg(test)]
mod tests;
