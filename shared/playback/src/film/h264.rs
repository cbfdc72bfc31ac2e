//! What an H.264 stream says of itself (ITU-T H.264, 7.3), read before its decoder may make room for it.

use crate::play::{PlayError, PlayLimits};

use super::FORMATS;

/// What stands before each unit of a byte stream.
const START: [u8; 4] = [0, 0, 0, 1];
const PARAMETERS: u8 = 7;

/// What an `avcC` says: parameter sets, and how many bytes tell a unit's length.
pub(super) struct Config {
    pub(super) sets: Vec<u8>,
    length: usize,
}

impl Config {
    pub(super) fn read(avcc: &[u8], limits: &PlayLimits) -> Result<Self, PlayError> {
        let short = || PlayError::damaged("its parameter sets are cut off");
        let length = usize::from(avcc.get(4).ok_or_else(short)? & 3) + 1;
        let mut rest = avcc.get(5..).ok_or_else(short)?;
        let mut sets = Vec::new();
        for mask in [0x1f, 0xff] {
            let (count, mut behind) = rest.split_first().ok_or_else(short)?;
            for _ in 0..count & mask {
                let (size, from) = behind.split_first_chunk::<2>().ok_or_else(short)?;
                let size = usize::from(u16::from_be_bytes(*size));
                let set = from.get(..size).ok_or_else(short)?;
                unit(set, limits, &mut sets)?;
                behind = &from[size..];
            }
            rest = behind;
        }
        Ok(Self { sets, length })
    }

    /// A stored frame as a byte stream.
    pub(super) fn stream(
        &self,
        mut stored: &[u8],
        limits: &PlayLimits,
    ) -> Result<Vec<u8>, PlayError> {
        let mut stream = Vec::with_capacity(stored.len() + 16);
        while !stored.is_empty() {
            let cut = || PlayError::damaged("a frame is cut off");
            let size = stored.get(..self.length).ok_or_else(cut)?;
            let size = size.iter().fold(0, |size, byte| size << 8 | usize::from(*byte));
            let behind = &stored[self.length..];
            unit(behind.get(..size).ok_or_else(cut)?, limits, &mut stream)?;
            stored = &behind[size..];
        }
        Ok(stream)
    }
}

/// Adds a unit, after a look at the size that it may say.
fn unit(unit: &[u8], limits: &PlayLimits, stream: &mut Vec<u8>) -> Result<(), PlayError> {
    if unit.first().is_some_and(|first| first & 0x1f == PARAMETERS) {
        check(unit, limits)?;
    }
    stream.extend(START);
    stream.extend(unit);
    Ok(())
}

/// Holds the size in a sequence's parameters against the limits.
fn check(unit: &[u8], limits: &PlayLimits) -> Result<(), PlayError> {
    let blocks = blocks(unit).ok_or_else(|| PlayError::damaged("its parameters are cut off"))?;
    let pixels = blocks.0.saturating_mul(blocks.1).saturating_mul(256);
    if limits.max_frame < pixels {
        let what = format!("{pixels} pixels in a frame");
        return Err(PlayError::TooMuch { what, limit: limits.max_frame });
    }
    match blocks.2 {
        true => Ok(()),
        false => Err(PlayError::NotRead { what: "interlaced film".into(), instead: FORMATS }),
    }
}

/// Width and height in blocks of 16 pixels, and whether all frames are whole ones.
fn blocks(unit: &[u8]) -> Option<(u64, u64, bool)> {
    let mut bits = Bits { bytes: &unescaped(unit.get(1..)?), at: 0 };
    let profile = bits.some(8)?;
    bits.some(16)?;
    bits.number()?;
    if [100, 110, 122, 244, 44, 83, 86, 118, 128].contains(&profile) {
        let chroma = bits.number()?;
        if chroma == 3 {
            bits.some(1)?;
        }
        bits.number()?;
        bits.number()?;
        bits.some(1)?;
        if bits.some(1)? == 1 {
            for list in 0..if chroma == 3 { 12 } else { 8 } {
                if bits.some(1)? == 1 {
                    bits.list(if list < 6 { 16 } else { 64 })?;
                }
            }
        }
    }
    bits.number()?;
    match bits.number()? {
        0 => drop(bits.number()?),
        1 => {
            bits.some(1)?;
            bits.number()?;
            bits.number()?;
            for _ in 0..bits.number()?.min(255) {
                bits.number()?;
            }
        }
        _ => {}
    }
    bits.number()?;
    bits.some(1)?;
    let (wide, high) = (bits.number()? + 1, bits.number()? + 1);
    let whole = bits.some(1)? == 1;
    Some((wide, if whole { high } else { high * 2 }, whole))
}

/// Without the bytes that keep a unit from looking like the start of another.
fn unescaped(unit: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(unit.len());
    let mut zeros = 0;
    for byte in unit {
        if zeros == 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        bytes.push(*byte);
    }
    bytes
}

/// Bits, the highest first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn some(&mut self, count: u32) -> Option<u64> {
        let mut value = 0;
        for _ in 0..count {
            let byte = self.bytes.get(self.at / 8)?;
            value = value << 1 | u64::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }

    /// An unsigned number of Exp-Golomb's.
    fn number(&mut self) -> Option<u64> {
        let mut zeros = 0;
        while self.some(1)? == 0 {
            zeros += 1;
            if 32 < zeros {
                return None;
            }
        }
        Some((1 << zeros) - 1 + self.some(zeros)?)
    }

    /// A scaling list.
    fn list(&mut self, size: u32) -> Option<()> {
        let (mut last, mut next) = (8_i64, 8_i64);
        for _ in 0..size {
            if next != 0 {
                let coded = self.number()? as i64;
                let change = if coded % 2 == 0 { -(coded / 2) } else { coded / 2 + 1 };
                next = (last + change).rem_euclid(256);
            }
            last = if next == 0 { last } else { next };
        }
        Some(())
    }
}
