//! Whether there is lettering on a picture: signs in a row, of like height, on a common line. It reads none of it.

use crate::{Enlarge, Fit, MediaError, Picture, resize::resized};

/// The longest side at which it looks.
const SIDE: u32 = 1_024;
/// Half the side of the surroundings that a sign stands out from, in pixels.
const AROUND: usize = 14;
/// How much it stands out, in luma.
const CONTRAST: i64 = 20;
/// The lowest sign, in pixels.
const LOW: usize = 6;
/// Signs that make a line.
const LINE: usize = 5;

/// A sign: its box, and how much of it is ink.
#[derive(Debug, Clone, Copy)]
struct Sign {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
    ink: usize,
}

impl Sign {
    fn width(&self) -> usize {
        self.right - self.left + 1
    }

    fn height(&self) -> usize {
        self.bottom - self.top + 1
    }

    /// Whether it has the proportions of a letter, or of a few that touch.
    fn plausible(&self, tall: usize) -> bool {
        let (width, height) = (self.width(), self.height());
        let box_ = width * height;
        let slim = width * 3 <= height;
        LOW <= height
            && height <= tall
            && width <= 4 * height
            && box_ <= 8 * self.ink
            && (slim || self.ink * 20 <= box_ * 17)
    }

    /// Whether another one stands to the right of it in the same line.
    fn leads_to(&self, next: &Self) -> bool {
        let (low, high) = (self.height().min(next.height()), self.height().max(next.height()));
        let overlap = (self.bottom.min(next.bottom) + 1).saturating_sub(self.top.max(next.top));
        let gap = next.left as i64 - self.right as i64;
        let reach = (high as i64 * 13) / 10;
        high <= 2 * low + 2
            && low <= 2 * overlap
            && self.bottom.abs_diff(next.bottom) * 10 <= high * 4 + 10
            && -(low as i64) / 3 <= gap
            && gap <= reach
            && self.left < next.left
    }
}

/// How many lines of lettering there are on a picture.
///
/// It finds print of eight pixels and more in some contrast with its surroundings, light on dark or dark on light,
/// level or nearly so. It may take railings or leaves for signs; what is fainter, turned or drawn as a shape it misses.
pub fn lettering(picture: &Picture) -> Result<u32, MediaError> {
    let fit = Fit::Contain { width: SIDE, height: SIDE };
    let flat = picture.flatten([255; 3]);
    let seen = resized(&flat, fit, Enlarge::Never)?;
    let (width, height) = (seen.width() as usize, seen.height() as usize);
    let tones: Vec<i64> = seen.luma().iter().map(|tone| *tone as i64).collect();
    let means = means(&tones, width, height);
    let lines = [1_i64, -1].map(|sign| {
        let ink: Vec<bool> =
            tones.iter().zip(&means).map(|(tone, mean)| CONTRAST <= sign * (tone - mean)).collect();
        lines(signs(&ink, width, height), height)
    });
    Ok(lines[0].max(lines[1]))
}

/// The mean of the surroundings of each pixel.
fn means(tones: &[i64], width: usize, height: usize) -> Vec<i64> {
    let mut sums = vec![0_i64; (width + 1) * (height + 1)];
    for y in 0..height {
        let mut row = 0;
        for x in 0..width {
            row += tones[y * width + x];
            sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
        }
    }
    let mut means = Vec::with_capacity(width * height);
    for y in 0..height {
        let (top, bottom) = (y.saturating_sub(AROUND), (y + AROUND + 1).min(height));
        for x in 0..width {
            let (left, right) = (x.saturating_sub(AROUND), (x + AROUND + 1).min(width));
            let at = |x: usize, y: usize| sums[y * (width + 1) + x];
            let sum = at(right, bottom) - at(left, bottom) - at(right, top) + at(left, top);
            means.push(sum / ((right - left) * (bottom - top)) as i64);
        }
    }
    means
}

/// What hangs together.
fn signs(ink: &[bool], width: usize, height: usize) -> Vec<Sign> {
    let mut seen = vec![false; ink.len()];
    let mut found = Vec::new();
    let mut next = Vec::new();
    for start in 0..ink.len() {
        if !ink[start] || seen[start] {
            continue;
        }
        let (x, y) = (start % width, start / width);
        let mut sign = Sign { left: x, top: y, right: x, bottom: y, ink: 0 };
        seen[start] = true;
        next.push(start);
        while let Some(at) = next.pop() {
            let (x, y) = (at % width, at / width);
            sign.ink += 1;
            sign.left = sign.left.min(x);
            sign.right = sign.right.max(x);
            sign.top = sign.top.min(y);
            sign.bottom = sign.bottom.max(y);
            for ny in y.saturating_sub(1)..(y + 2).min(height) {
                for nx in x.saturating_sub(1)..(x + 2).min(width) {
                    let near = ny * width + nx;
                    if ink[near] && !seen[near] {
                        seen[near] = true;
                        next.push(near);
                    }
                }
            }
        }
        found.push(sign);
    }
    found
}

/// How many rows of signs are long enough to be a line, and not so regular that they are a fence.
fn lines(signs: Vec<Sign>, height: usize) -> u32 {
    let tall = (height / 3).max(LOW);
    let mut signs: Vec<Sign> = signs.into_iter().filter(|sign| sign.plausible(tall)).collect();
    signs.sort_by_key(|sign| (sign.left, sign.top));
    let mut used = vec![false; signs.len()];
    let mut lines = 0;
    for start in 0..signs.len() {
        if used[start] {
            continue;
        }
        let mut row = vec![start];
        let mut last = start;
        while let Some(next) = following(&signs, &used, last) {
            row.push(next);
            last = next;
        }
        if LINE <= row.len() {
            row.iter().for_each(|place| used[*place] = true);
            if varied(&row.iter().map(|place| signs[*place].width()).collect::<Vec<_>>()) {
                lines += 1;
            }
        }
    }
    lines
}

/// The nearest sign to the right in the same line.
fn following(signs: &[Sign], used: &[bool], last: usize) -> Option<usize> {
    let reach = signs[last].right + 3 * signs[last].height() + 4;
    let near = (last + 1..signs.len()).take_while(|place| signs[*place].left <= reach);
    near.filter(|place| !used[*place] && signs[last].leads_to(&signs[*place]))
        .min_by_key(|place| signs[*place].left)
}

/// Letters differ in width; the boards of a fence do not.
fn varied(widths: &[usize]) -> bool {
    let count = widths.len() as f64;
    let mean = widths.iter().sum::<usize>() as f64 / count;
    let spread = widths.iter().map(|width| (*width as f64 - mean).powi(2)).sum::<f64>() / count;
    0.12 * mean < spread.sqrt()
}

#[cfg(test)]
mod tests;
