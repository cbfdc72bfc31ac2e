//! A layer's shape, moved and softened, in one colour.

use super::ink::Ink;
use super::{refused, within};
use crate::text::Mask;
use crate::{Color, Limits, MediaError};

/// What a layer throws on what is below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shadow {
    /// Pixels to the right and down.
    pub offset: (i32, i32),
    /// How many pixels its edge reaches beyond the shape, about twice its deviation; 200 at most.
    pub blur: u32,
    /// Its colour and, by alpha, its strength.
    pub color: Color,
}

/// Widest blur.
const BLUR_MOST: u32 = 200;
/// A box blur three times over is nearly a Gaussian one.
const TIMES: u32 = 3;

impl Shadow {
    /// The shadow, and how far its corner is from the layer's.
    pub(super) fn of(self, ink: &Ink, limits: &Limits) -> Result<(Ink, (i64, i64)), MediaError> {
        if BLUR_MOST < self.blur {
            return Err(refused("blur", self.blur.to_string(), "200 pixels or fewer"));
        }
        let radius = self.blur.div_ceil(TIMES);
        let margin = radius * TIMES;
        let (width, height) = ink.size();
        let (wide, high) = (width + 2 * margin, height + 2 * margin);
        let roomy = Limits { max_side: u32::MAX, ..*limits };
        within("a shadow", (wide.into(), high.into()), &roomy)?;
        let mut alpha = vec![0; wide as usize * high as usize];
        let mut row = Vec::with_capacity(width as usize);
        for y in 0..height {
            row.clear();
            ink.row(y, 0..width, &mut row);
            let from = (y + margin) as usize * wide as usize + margin as usize;
            for (to, pixel) in alpha[from..].iter_mut().zip(&row) {
                *to = pixel[3];
            }
        }
        for _ in 0..if radius == 0 { 0 } else { TIMES } {
            blur(&mut alpha, (wide as usize, high as usize), radius as usize);
        }
        let mask = Mask { width: wide, height: high, alpha };
        let by = |offset: i32| i64::from(offset) - i64::from(margin);
        Ok((Ink::Mask { mask, color: self.color }, (by(self.offset.0), by(self.offset.1))))
    }
}

/// The mean of each pixel's neighbourhood, along rows and then down columns; outside is nothing.
fn blur(alpha: &mut [u8], (width, height): (usize, usize), radius: usize) {
    let whole = 2 * radius as u32 + 1;
    let mut line = Vec::with_capacity(width.max(height));
    for row in alpha.chunks_exact_mut(width) {
        line.clear();
        line.extend_from_slice(row);
        let mut sum: u32 = line.iter().take(radius).map(|a| u32::from(*a)).sum();
        for (at, to) in row.iter_mut().enumerate() {
            sum += line.get(at + radius).map_or(0, |a| u32::from(*a));
            *to = ((sum + whole / 2) / whole) as u8;
            sum -= at.checked_sub(radius).map_or(0, |at| u32::from(line[at]));
        }
    }
    // Columns all at once, a row at a time: memory is read in its order.
    let source = alpha.to_vec();
    let mut sums = vec![0u32; width];
    let row = |y: usize| &source[y * width..(y + 1) * width];
    for y in 0..radius.min(height) {
        sums.iter_mut().zip(row(y)).for_each(|(sum, a)| *sum += u32::from(*a));
    }
    for y in 0..height {
        if y + radius < height {
            sums.iter_mut().zip(row(y + radius)).for_each(|(sum, a)| *sum += u32::from(*a));
        }
        for (to, sum) in alpha[y * width..].iter_mut().zip(&sums) {
            *to = ((sum + whole / 2) / whole) as u8;
        }
        if let Some(gone) = y.checked_sub(radius) {
            sums.iter_mut().zip(row(gone)).for_each(|(sum, a)| *sum -= u32::from(*a));
        }
    }
}
