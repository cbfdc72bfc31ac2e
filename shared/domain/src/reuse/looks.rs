//! Whether two pictures are the same one after other hands had it: shapes, colours and coverage, compared by rule.

use crate::error::{Error, Result};
use crate::gate::Fingerprint;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};

/// Most bits of a perceptual hash by which two pictures that are taken for one may differ.
pub const NEAR_MOST: u32 = 10;
/// The bound where none is said: chosen by `shared/media/src/looks/tests.rs`, on one half of its pictures.
pub const NEAR_BITS: u32 = 6;

/// Bytes of a cell: red, green, blue, coverage.
const CELL: usize = 4;
/// Most that a cell may have changed, of 255.
const CELL_MOST: u32 = 24;
/// What changed in one place alone is a mark, or a thing more: a cell may have changed by so much, and so many times
/// what a quarter of the cells changed by at least.
const LOCAL_MOST: u32 = 2;
const LOCAL_TIMES: u32 = 12;
/// Most hundredths by which the proportions may differ.
const STRETCHED_MOST: u64 = 2;

/// What a picture looks like, in a few numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looks {
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// Its perceptual hash: shapes without colours.
    pub phash: Fingerprint,
    /// The mean colour and coverage of each cell of a grid over it.
    pub cells: Cells,
}

/// Red, green, blue and coverage of each cell; written in base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cells(pub Vec<u8>);

impl TryFrom<String> for Cells {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        let bytes = BASE64.decode(&text);
        bytes.map(Self).map_err(|cause| Error::Invalid(format!("{text:?} is no grid: {cause}")))
    }
}

impl From<Cells> for String {
    fn from(cells: Cells) -> Self {
        BASE64.encode(cells.0)
    }
}

impl Looks {
    /// How many bits of the hashes differ; none where proportions, colours or coverage show that it is another picture.
    ///
    /// Hashes alone know nothing of colours, and little of what is small: see the table that
    /// `shared/media/src/looks/tests.rs` prints.
    pub fn distance(&self, other: &Self) -> Option<u32> {
        let same = self.in_proportion(other) && self.in_color(other);
        same.then(|| self.phash.distance(other.phash))
    }

    fn in_proportion(&self, other: &Self) -> bool {
        let product = |a: u32, b: u32| u64::from(a) * u64::from(b);
        let (one, two) = (product(self.width, other.height), product(other.width, self.height));
        one.abs_diff(two) * 100 <= one.max(two) * STRETCHED_MOST
    }

    fn in_color(&self, other: &Self) -> bool {
        let (ours, theirs) = (&self.cells.0, &other.cells.0);
        if ours.len() != theirs.len() || ours.len() < CELL {
            return false;
        }
        let pairs = ours.chunks_exact(CELL).zip(theirs.chunks_exact(CELL));
        let change = |(a, b): (&[u8], &[u8])| {
            a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b))).max().unwrap_or_default()
        };
        let mut changes: Vec<u32> = pairs.map(change).collect();
        changes.sort_unstable();
        let (most, usual) = (changes[changes.len() - 1], changes[changes.len() * 3 / 4]);
        most <= CELL_MOST.min(LOCAL_MOST + LOCAL_TIMES * usual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(change: impl FnOnce(&mut Vec<u8>)) -> Looks {
        let mut cells = [100, 100, 100, 255].repeat(36);
        change(&mut cells);
        Looks { width: 600, height: 400, phash: Fingerprint(0b1111), cells: Cells(cells) }
    }

    #[test]
    fn shapes_are_compared_where_nothing_else_tells_two_pictures_apart() {
        let one = grey(|_| {});
        assert_eq!(one.distance(&one), Some(0));
        assert_eq!(one.distance(&Looks { phash: Fingerprint(0b1000), ..one.clone() }), Some(3));
        // Another size, and a column cut off.
        assert_eq!(one.distance(&Looks { width: 300, height: 200, ..one.clone() }), Some(0));
        assert_eq!(one.distance(&Looks { width: 590, ..one.clone() }), Some(0));
    }

    #[test]
    fn what_was_stretched_recoloured_marked_or_cut_out_is_another_picture() {
        let one = grey(|_| {});
        let stretched = Looks { width: 570, ..one.clone() };
        let brighter =
            |by: u8| grey(|cells| cells.iter_mut().for_each(|c| *c = c.saturating_add(by)));
        let reddish = grey(|cells| cells.iter_mut().step_by(4).for_each(|red| *red += 30));
        let marked = grey(|cells| cells[4 * 7 + 1] += 9);
        let cut_out = grey(|cells| cells[3] = 0);
        for other in [&stretched, &brighter(25), &reddish, &marked, &cut_out] {
            assert_eq!((one.distance(other), other.distance(&one)), (None, None), "{other:?}");
        }
        assert_eq!(one.distance(&brighter(5)), Some(0));
        // What changed everywhere a little may have changed more at an edge.
        let edges = grey(|cells| {
            cells.iter_mut().step_by(2).for_each(|c| *c = c.saturating_sub(1));
            cells[4 * 7 + 1] += 9;
        });
        assert_eq!(one.distance(&edges), Some(0));
    }

    #[test]
    fn grids_of_different_makes_are_not_compared() {
        let one = grey(|_| {});
        assert_eq!(one.distance(&grey(|cells| cells.truncate(64))), None);
        let none = grey(Vec::clear);
        assert_eq!(none.distance(&none), None);
    }

    #[test]
    fn looks_are_stored_small_and_read_back() {
        let one = grey(|_| {});
        let stored = serde_json::to_value(&one).unwrap();
        assert_eq!(stored["phash"], "000000000000000f");
        assert!(stored.to_string().len() < 300);
        assert_eq!(serde_json::from_value::<Looks>(stored).unwrap(), one);
        assert!(Cells::try_from("?".to_owned()).is_err());
    }
}
