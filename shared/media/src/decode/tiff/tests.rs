//! TIFFs of every make: strips and tiles, 8 and 16 bits, both byte orders, packed and not.

use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};

use super::nearest;
use crate::samples::Dice;
use crate::{Limits, MediaError, decode};

/// How a file is made.
#[derive(Clone, Copy, Debug)]
struct Make {
    little: bool,
    deep: bool,
    /// 1 grey, 2 RGB; with one channel more it is straight alpha.
    photometric: u16,
    channels: u16,
    /// Sides of a part; as wide as the picture for strips.
    part: (u32, u32),
    tiled: bool,
    packed: bool,
}

const SIZE: (u32, u32) = (37, 21);

/// Something else in every sample.
fn sample(x: u32, y: u32, channel: u16) -> u16 {
    ((x * 1_741 + y * 911 + u32::from(channel) * 23_003) % 65_536) as u16
}

impl Make {
    fn short(&self, value: u16) -> [u8; 2] {
        if self.little { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    fn long(&self, value: u32) -> [u8; 4] {
        if self.little { value.to_le_bytes() } else { value.to_be_bytes() }
    }

    /// One part, its padding and all.
    fn part(&self, left: u32, top: u32) -> Vec<u8> {
        let rows = if self.tiled { self.part.1 } else { self.part.1.min(SIZE.1 - top) };
        let mut bytes = Vec::new();
        for y in top..top + rows {
            let mut before = vec![0; usize::from(self.channels)];
            for x in left..left + self.part.0 {
                for channel in 0..self.channels {
                    let now = sample(x, y, channel);
                    let now = if self.deep { now } else { nearest(now).into() };
                    let last = std::mem::replace(&mut before[usize::from(channel)], now);
                    let written = if self.packed { now.wrapping_sub(last) } else { now };
                    match self.deep {
                        true => bytes.extend(self.short(written)),
                        false => bytes.push(written as u8),
                    }
                }
            }
        }
        if !self.packed {
            return bytes;
        }
        let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(&bytes).unwrap();
        packer.finish().unwrap()
    }

    fn file(&self) -> Vec<u8> {
        let mut bytes = if self.little { b"II\x2a\0".to_vec() } else { b"MM\0\x2a".to_vec() };
        bytes.extend([0; 4]);
        let (mut places, mut lengths) = (Vec::new(), Vec::new());
        for top in (0..SIZE.1).step_by(self.part.1 as usize) {
            for left in (0..SIZE.0).step_by(self.part.0 as usize) {
                let part = self.part(left, top);
                places.push(bytes.len() as u32);
                lengths.push(part.len() as u32);
                bytes.extend(part);
            }
        }
        let depth = if self.deep { 16 } else { 8 };
        let depths = vec![depth; usize::from(self.channels)];
        let compression = if self.packed { 8 } else { 1 };
        let (of_places, of_lengths) = if self.tiled { (324, 325) } else { (273, 279) };
        let mut fields: Vec<(u16, Vec<u32>)> = vec![
            (256, vec![SIZE.0]),
            (257, vec![SIZE.1]),
            (258, depths),
            (259, vec![compression]),
            (262, vec![self.photometric.into()]),
            (277, vec![self.channels.into()]),
            (of_places, places),
            (of_lengths, lengths),
        ];
        match self.tiled {
            true => fields.extend([(322, vec![self.part.0]), (323, vec![self.part.1])]),
            false => fields.push((278, vec![self.part.1])),
        }
        if self.packed {
            fields.push((317, vec![2]));
        }
        if matches!((self.photometric, self.channels), (2, 4)) {
            fields.push((338, vec![2]));
        }
        fields.sort();
        let mut directory = self.short(fields.len() as u16).to_vec();
        for (tag, values) in fields {
            let wide = matches!(tag, 273 | 279 | 324 | 325);
            let written: Vec<u8> = values
                .iter()
                .flat_map(|value| match wide {
                    true => self.long(*value).to_vec(),
                    false => self.short(*value as u16).to_vec(),
                })
                .collect();
            directory.extend(self.short(tag));
            directory.extend(self.short(if wide { 4 } else { 3 }));
            directory.extend(self.long(values.len() as u32));
            if written.len() <= 4 {
                directory.extend(&written);
                directory.resize(directory.len() + 4 - written.len(), 0);
            } else {
                directory.extend(self.long(bytes.len() as u32));
                bytes.extend(&written);
            }
        }
        directory.extend([0; 4]);
        let at = self.long(bytes.len() as u32);
        bytes[4..8].copy_from_slice(&at);
        bytes.extend(directory);
        bytes
    }

    /// What it shows.
    fn shown(&self) -> Vec<u8> {
        let mut shown = Vec::new();
        for (y, x) in (0..SIZE.1).flat_map(|y| (0..SIZE.0).map(move |x| (y, x))) {
            match self.photometric {
                1 => shown.extend([nearest(sample(x, y, 0)); 3]),
                _ => shown.extend((0..self.channels).map(|channel| nearest(sample(x, y, channel)))),
            }
        }
        shown
    }
}

fn makes() -> impl Iterator<Item = Make> {
    let both = [true, false];
    let colors = [(1, 1), (2, 3), (2, 4)];
    let parts = [((37, 21), false), ((37, 4), false), ((16, 16), true), ((32, 48), true)];
    both.into_iter().flat_map(move |little| {
        both.into_iter().flat_map(move |deep| {
            both.into_iter().flat_map(move |packed| {
                colors.into_iter().flat_map(move |(photometric, channels)| {
                    parts.into_iter().map(move |(part, tiled)| Make {
                        little,
                        deep,
                        photometric,
                        channels,
                        part,
                        tiled,
                        packed,
                    })
                })
            })
        })
    })
}

#[test]
fn every_make_shows_the_same_picture() {
    for make in makes() {
        let picture = decode(&make.file(), &Limits::default()).unwrap();
        assert_eq!((picture.width(), picture.height()), SIZE, "{make:?}");
        assert!(picture.pixels() == make.shown(), "{make:?}");
    }
}

#[test]
fn a_file_that_ends_within_a_tile_is_short_of_bytes() {
    let make = makes().find(|make| make.tiled && make.deep && !make.packed).unwrap();
    let mut bytes = make.file();
    // The last tile is said to end far behind the file.
    let last = make.long(1 << 20);
    let lengths = bytes.windows(4).rposition(|four| four == make.long(16 * 16 * 2)).unwrap();
    bytes[lengths..lengths + 4].copy_from_slice(&last);
    let error = decode(&bytes, &Limits::default()).unwrap_err();
    assert!(matches!(error, MediaError::Truncated { .. }), "{error}");
}

#[test]
fn no_damage_makes_the_decoder_of_tiles_panic() {
    let mut dice = Dice::new(23);
    for make in makes().filter(|make| make.tiled) {
        let whole = make.file();
        for _ in 0..100 {
            let mut bytes = whole.clone();
            for _ in 0..1 + dice.below(4) {
                let from = if dice.below(4) == 0 { 0 } else { bytes.len().saturating_sub(220) };
                let at = from + dice.below(bytes.len() - from);
                bytes[at] = dice.next() as u8;
            }
            let _ = decode(&bytes, &Limits::default());
        }
    }
}
