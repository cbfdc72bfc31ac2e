//! Bars and frames around a picture: how much of each side is of one colour and ends in a straight edge.

use crate::Picture;

use super::opaque;

/// Channels of a bar may differ from its corner by this much: JPEG rings beside the edge.
const SAME: u8 = 14;
/// Of a row of a bar, this share must be of its colour: a watermark in a bar does not hide it.
const OF_ROW: f64 = 0.98;
/// The rows after a bar differ from it over this share of their length. A plain ground ends in an outline, not here.
const ENDS: f64 = 0.7;
/// Within so many rows: scaling softens the edge.
const SOFT: usize = 3;

/// Shares of height and width that bars take: top, right, bottom, left; 0 where the picture goes to its edge.
///
/// A picture of one colour has no bars, because nothing lies between them.
pub(super) fn borders(picture: &Picture) -> [f64; 4] {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let rows = Side { picture, upright: false, back: false };
    let columns = Side { picture, upright: true, back: false };
    let sides = [rows, columns.turned(), rows.turned(), columns];
    let plain = sides.map(|side| side.plain());
    if height <= plain[0] + plain[2] || width <= plain[1] + plain[3] {
        return [0.0; 4];
    }
    let mut shares = [0.0; 4];
    for (index, side) in sides.iter().enumerate() {
        if 0 < plain[index] && side.ends(plain[index]) {
            shares[index] = plain[index] as f64 / side.deep() as f64;
        }
    }
    shares
}

/// A picture as seen from one side: lines parallel to it, the outermost first.
#[derive(Clone, Copy)]
struct Side<'a> {
    picture: &'a Picture,
    upright: bool,
    back: bool,
}

impl Side<'_> {
    fn turned(self) -> Self {
        Self { back: true, ..self }
    }

    fn deep(&self) -> usize {
        (if self.upright { self.picture.width() } else { self.picture.height() }) as usize
    }

    fn long(&self) -> usize {
        (if self.upright { self.picture.height() } else { self.picture.width() }) as usize
    }

    fn pixel(&self, line: usize, at: usize) -> &[u8] {
        let line = if self.back { self.deep() - 1 - line } else { line };
        let (x, y) = if self.upright { (line, at) } else { (at, line) };
        let channels = self.picture.channels();
        let start = (y * self.picture.width() as usize + x) * channels;
        &self.picture.pixels()[start..start + channels]
    }

    /// How many lines are of the colour that the outermost begins with.
    fn plain(&self) -> usize {
        let color = self.pixel(0, self.long() / 2);
        (0..self.deep()).take_while(|line| self.share(*line, color) >= OF_ROW).count()
    }

    /// Whether the line behind the bar differs from it over much of its length.
    fn ends(&self, bar: usize) -> bool {
        let color = self.pixel(0, self.long() / 2);
        let last = (bar + SOFT).min(self.deep() - 1);
        self.share(last, color) <= 1.0 - ENDS
    }

    /// The share of a line that is of this colour.
    fn share(&self, line: usize, color: &[u8]) -> f64 {
        let same = |at: &usize| {
            let pixel = self.pixel(line, *at);
            opaque(pixel) && pixel.iter().zip(color).take(3).all(|(a, b)| a.abs_diff(*b) <= SAME)
        };
        (0..self.long()).filter(same).count() as f64 / self.long() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{cutout, painted, product, scene};

    /// A scene with bars of these widths and colour: top, right, bottom, left.
    fn framed(bars: [u32; 4], color: [u8; 3]) -> Picture {
        let (width, height) = (300, 200);
        let inside = scene(4, width, height);
        painted(width, height, |x, y| {
            let (x, y) = ((x * f64::from(width)) as u32, (y * f64::from(height)) as u32);
            let bar = y < bars[0] || width - bars[1] <= x || height - bars[2] <= y || x < bars[3];
            let at = (y * width + x) as usize * 3;
            if bar { color } else { std::array::from_fn(|c| inside.pixels()[at + c]) }
        })
    }

    #[test]
    fn each_bar_is_found_with_its_share() {
        let cases = [
            ([0, 0, 0, 0], [0.0, 0.0, 0.0, 0.0]),
            ([20, 0, 20, 0], [0.1, 0.0, 0.1, 0.0]),
            ([0, 30, 0, 60], [0.0, 0.1, 0.0, 0.2]),
            ([10, 30, 20, 15], [0.05, 0.1, 0.1, 0.05]),
            ([40, 0, 0, 0], [0.2, 0.0, 0.0, 0.0]),
        ];
        for (bars, expected) in cases {
            for color in [[0; 3], [255; 3], [3, 4, 9]] {
                let got = borders(&framed(bars, color));
                assert!(
                    got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9),
                    "{bars:?} {got:?}"
                );
            }
        }
    }

    #[test]
    fn a_plain_ground_is_no_bar() {
        for seed in 0..8 {
            assert_eq!(borders(&product(seed, 300, 200)), [0.0; 4], "{seed}");
            assert_eq!(borders(&scene(seed, 300, 200)), [0.0; 4], "{seed}");
        }
    }

    #[test]
    fn nothing_between_bars_means_no_bars() {
        assert_eq!(borders(&painted(40, 30, |_, _| [9; 3])), [0.0; 4]);
        assert_eq!(borders(&painted(1, 1, |_, _| [9; 3])), [0.0; 4]);
        assert_eq!(borders(&cutout(60, 40)), [0.0; 4]);
    }
}
