//! TIFF: reads the first directory; nothing is decoded, and every offset is held against the file.

use super::{Flaw, Header, Mode, Orientation, Probe};
use crate::encode::EFFECTIVE_DPI;
use crate::{Format, print};

/// Most directories that are counted: as many pages.
const PAGES_MOST: u32 = 100;

pub(super) fn read(bytes: &[u8]) -> Result<Header, Flaw> {
    let tiff = Tiff { bytes, little: bytes.starts_with(b"II") };
    let first = tiff.u32_at(4)? as usize;
    let number = |tag| tiff.numbers(first, tag).map(|numbers| numbers.first().copied());
    let needed = |tag, name: &str| {
        number(tag)?.ok_or_else(|| Flaw::Damaged(format!("its directory has no {name}")))
    };
    let (width, height) = (needed(256, "width")?, needed(257, "height")?);
    let (mode, has_alpha) = tiff.mode(first)?;
    let stored = Probe {
        format: Format::Tiff,
        width,
        height,
        has_alpha,
        frames: tiff.pages(first),
        dpi: tiff.dpi(first),
        mode,
        icc: tiff.entry(first, 34_675).is_ok_and(|entry| entry.is_some()),
    };
    let orientation = number(274)?.and_then(|value| u16::try_from(value).ok());
    let orientation = orientation.map_or(Orientation::UPRIGHT, Orientation::new);
    let (places, lengths) = if tiff.tiled(first)? { (324, 325) } else { (273, 279) };
    let parts = tiff.numbers(first, places)?.into_iter().zip(tiff.numbers(first, lengths)?);
    let ends: Vec<u64> = parts.map(|(at, length)| u64::from(at) + u64::from(length)).collect();
    let complete = !ends.is_empty() && ends.iter().all(|end| *end <= bytes.len() as u64);
    Ok(Header { stored, orientation, complete })
}

struct Tiff<'a> {
    bytes: &'a [u8],
    little: bool,
}

/// A field: its type and its bytes.
type Entry<'a> = (u16, &'a [u8]);

impl<'a> Tiff<'a> {
    fn slice(&self, at: usize, length: usize) -> Result<&'a [u8], Flaw> {
        let end = at.checked_add(length).ok_or(Flaw::Short)?;
        self.bytes.get(at..end).ok_or(Flaw::Short)
    }

    fn u16_at(&self, at: usize) -> Result<u16, Flaw> {
        Ok(self.u16(self.slice(at, 2)?))
    }

    fn u32_at(&self, at: usize) -> Result<u32, Flaw> {
        Ok(self.u32(self.slice(at, 4)?))
    }

    fn u16(&self, bytes: &[u8]) -> u16 {
        let bytes = bytes.first_chunk().copied().unwrap_or_default();
        if self.little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) }
    }

    fn u32(&self, bytes: &[u8]) -> u32 {
        let bytes = bytes.first_chunk().copied().unwrap_or_default();
        if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }
    }

    fn entry(&self, directory: usize, tag: u16) -> Result<Option<Entry<'a>>, Flaw> {
        for place in 0..usize::from(self.u16_at(directory)?) {
            let at = directory + 2 + place * 12;
            if self.u16_at(at)? != tag {
                continue;
            }
            let (kind, count) = (self.u16_at(at + 2)?, self.u32_at(at + 4)? as usize);
            let size = match kind {
                3 => 2,
                4 => 4,
                5 => 8,
                _ => 1,
            };
            let length = count.checked_mul(size).ok_or(Flaw::Short)?;
            let place = if length <= 4 { at + 8 } else { self.u32_at(at + 8)? as usize };
            return self.slice(place, length).map(|bytes| Some((kind, bytes)));
        }
        Ok(None)
    }

    fn numbers(&self, directory: usize, tag: u16) -> Result<Vec<u32>, Flaw> {
        Ok(match self.entry(directory, tag)? {
            Some((3, bytes)) => bytes.chunks(2).map(|two| self.u16(two).into()).collect(),
            Some((4, bytes)) => bytes.chunks(4).map(|four| self.u32(four)).collect(),
            Some((1, bytes)) => bytes.iter().map(|byte| (*byte).into()).collect(),
            _ => Vec::new(),
        })
    }

    /// What the samples of a pixel are, and whether one of them is transparency.
    fn mode(&self, directory: usize) -> Result<(Mode, bool), Flaw> {
        let unsupported = |what: String| Err(Flaw::Unsupported(what));
        let numbers = |tag| self.numbers(directory, tag);
        let depths = numbers(258)?;
        if let Some(bits) = depths.iter().find(|bits| !matches!(bits, 8 | 16)) {
            return unsupported(format!("{bits} bits per channel"));
        }
        if depths.windows(2).any(|two| two[0] != two[1]) {
            return unsupported("channels of different depths".into());
        }
        if let Some(other) = numbers(339)?.into_iter().find(|kind| *kind != 1) {
            return unsupported(format!("samples of format {other}"));
        }
        match numbers(259)?.first() {
            None | Some(1 | 5 | 8 | 32_773 | 32_946) => {}
            Some(other) => return unsupported(format!("compression {other}")),
        }
        if numbers(284)?.first().is_some_and(|planes| *planes != 1) {
            return unsupported("separate planes".into());
        }
        self.tiled(directory)?;
        let samples = numbers(277)?.first().copied().unwrap_or(1);
        let straight = numbers(338)?.first() == Some(&2);
        match (numbers(262)?.first(), samples) {
            (Some(0 | 1), 1) => Ok((Mode::Gray, false)),
            (Some(2), 3) => Ok((Mode::Rgb, false)),
            (Some(2), 4) if straight => Ok((Mode::Rgb, true)),
            (Some(5), 4) => Ok((Mode::Cmyk, false)),
            (Some(photometric), samples) => {
                unsupported(format!("{samples} channels of photometric {photometric}"))
            }
            (None, _) => Err(Flaw::Damaged("its directory has no photometric".into())),
        }
    }

    /// Whether it is in tiles rather than strips; tiles as the standard has them, so that there are not too many.
    fn tiled(&self, directory: usize) -> Result<bool, Flaw> {
        if self.entry(directory, 324)?.is_none() {
            return Ok(false);
        }
        for tag in [322, 323] {
            let side = self.numbers(directory, tag)?.first().copied().unwrap_or(0);
            if side == 0 || side % 16 != 0 {
                return Err(Flaw::Unsupported(format!("tiles with a side of {side}")));
            }
        }
        Ok(true)
    }

    /// The fewest of those that the file says.
    fn dpi(&self, directory: usize) -> Option<u32> {
        let inch = match self.numbers(directory, 296).ok()?.first() {
            None | Some(2) => 1.0,
            Some(3) => 2.54,
            Some(_) => return None,
        };
        let dots = |tag| {
            let (_, bytes) = self.entry(directory, tag).ok()?.filter(|(kind, _)| *kind == 5)?;
            let (over, under) = (self.u32(bytes), self.u32(bytes.get(4..)?));
            (under != 0).then(|| f64::from(over) / f64::from(under) * inch)
        };
        let said = print::floor(dots(282)?.min(dots(283)?));
        Some(self.effective(directory).map_or(said, |effective| effective.min(said)))
    }

    fn effective(&self, directory: usize) -> Option<u32> {
        let (_, note) = self.entry(directory, 270).ok()??;
        let note = std::str::from_utf8(note).ok()?.strip_prefix(EFFECTIVE_DPI)?;
        note.strip_prefix('=')?.split(';').next()?.trim_end_matches('\0').parse().ok()
    }

    fn pages(&self, first: usize) -> u32 {
        let next = |directory: usize| {
            let entries = usize::from(self.u16_at(directory).ok()?);
            let next = self.u32_at(directory + 2 + entries * 12).ok()? as usize;
            (next != 0).then_some(next)
        };
        let pages = std::iter::successors(Some(first), |directory| next(*directory));
        pages.take(PAGES_MOST as usize).count() as u32
    }
}

#[cfg(test)]
mod tests;
