//! Outlines to coverage: signed areas per pixel, summed along each row, as in font-rs.

use rustybuzz::ttf_parser::{OutlineBuilder, Rect};

use super::Mask;

/// Straight pieces that a curve becomes; at the largest size each is a few pixels long.
const PIECES: u16 = 24;

/// Draws one glyph into a buffer of its own size, then into the mask.
pub(super) struct Pen {
    /// Pixels from the mask's corner to the buffer's.
    left: i64,
    top: i64,
    width: usize,
    height: usize,
    /// Change of coverage from each pixel to the next.
    area: Vec<f32>,
    origin: (f32, f32),
    scale: f32,
    start: (f32, f32),
    last: (f32, f32),
}

impl Pen {
    pub(super) fn new(bounds: Rect, (x, y): (f32, f32), scale: f32) -> Self {
        let left = (x + f32::from(bounds.x_min) * scale).floor() - 1.0;
        let top = (y - f32::from(bounds.y_max) * scale).floor() - 1.0;
        let right = (x + f32::from(bounds.x_max) * scale).ceil() + 2.0;
        let bottom = (y - f32::from(bounds.y_min) * scale).ceil() + 1.0;
        let (width, height) = ((right - left) as usize, (bottom - top) as usize);
        Self {
            left: left as i64,
            top: top as i64,
            width,
            height,
            area: vec![0.0; width * height],
            origin: (x - left, y - top),
            scale,
            start: (0.0, 0.0),
            last: (0.0, 0.0),
        }
    }

    /// Adds the glyph to the mask, clipped to it.
    pub(super) fn ink(self, mask: &mut Mask) {
        for row in 0..self.height {
            let mut sum = 0.0;
            let y = self.top + row as i64;
            for column in 0..self.width {
                sum += self.area[row * self.width + column];
                let x = self.left + column as i64;
                let inside = (0..i64::from(mask.width)).contains(&x)
                    && (0..i64::from(mask.height)).contains(&y);
                if inside {
                    let at = y as usize * mask.width as usize + x as usize;
                    let over = (sum.abs().min(1.0) * 255.0).round() as u32;
                    let below = u32::from(mask.alpha[at]);
                    mask.alpha[at] = (over + below - crate::paint::by_255(over * below)) as u8;
                }
            }
        }
    }

    fn place(&self, x: f32, y: f32) -> (f32, f32) {
        (self.origin.0 + x * self.scale, self.origin.1 - y * self.scale)
    }

    fn line(&mut self, from: (f32, f32), to: (f32, f32)) {
        if from.1 == to.1 {
            return;
        }
        let (sign, from, to) = if from.1 < to.1 { (1.0, from, to) } else { (-1.0, to, from) };
        let slope = (to.0 - from.0) / (to.1 - from.1);
        let rows = (from.1.max(0.0) as usize)..(to.1.ceil() as usize).min(self.height);
        for row in rows {
            let top = from.1.max(row as f32);
            let bottom = to.1.min((row + 1) as f32);
            let at = |y: f32| from.0 + (y - from.1) * slope;
            self.across(row, sign * (bottom - top), at(top), at(bottom));
        }
    }

    /// Spreads the height that a line covers within one row over the pixels it goes through.
    fn across(&mut self, row: usize, height: f32, one: f32, other: f32) {
        let (left, right) = if one < other { (one, other) } else { (other, one) };
        // Area right of the line, from the left up to this edge.
        let area = |edge: f32| {
            if edge <= left {
                0.0
            } else if edge < right {
                (edge - left) * (edge - left) / (2.0 * (right - left))
            } else {
                edge - (left + right) / 2.0
            }
        };
        let mut before = 0.0;
        for column in (left.max(0.0) as usize)..=(right.max(0.0).ceil() as usize) {
            let covered = area((column + 1) as f32) - area(column as f32);
            if column < self.width {
                self.area[row * self.width + column] += height * (covered - before);
            }
            before = covered;
        }
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.start = self.place(x, y);
        self.last = self.start;
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let to = self.place(x, y);
        self.line(self.last, to);
        self.last = to;
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (from, by, to) = (self.last, self.place(x1, y1), self.place(x, y));
        for piece in 1..=PIECES {
            let t = f32::from(piece) / f32::from(PIECES);
            let at = |a: f32, b: f32, c: f32| {
                let (ab, bc) = (a + (b - a) * t, b + (c - b) * t);
                ab + (bc - ab) * t
            };
            let next = (at(from.0, by.0, to.0), at(from.1, by.1, to.1));
            self.line(self.last, next);
            self.last = next;
        }
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (from, to) = (self.last, self.place(x, y));
        let (one, two) = (self.place(x1, y1), self.place(x2, y2));
        for piece in 1..=PIECES {
            let t = f32::from(piece) / f32::from(PIECES);
            let at = |a: f32, b: f32, c: f32, d: f32| {
                let s = 1.0 - t;
                a * s * s * s + 3.0 * b * s * s * t + 3.0 * c * s * t * t + d * t * t * t
            };
            let next = (at(from.0, one.0, two.0, to.0), at(from.1, one.1, two.1, to.1));
            self.line(self.last, next);
            self.last = next;
        }
    }

    fn close(&mut self) {
        self.line(self.last, self.start);
        self.last = self.start;
    }
}
