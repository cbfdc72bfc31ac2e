//! Where the frames of an MP4 lie and when each is shown, from its tables or from its fragments.

use std::ops::Range;

use crate::play::{PlayError, PlayLimits};

use super::FORMATS;
use super::boxes::Content;

/// One frame as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stored {
    pub(super) bytes: Range<usize>,
    /// When it is shown, in ticks; frames are stored in the order in which they are decoded.
    pub(super) shown: i64,
    /// How long, in ticks.
    pub(super) lasts: u64,
}

/// The film in a file.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) frames: Vec<Stored>,
    /// Ticks a second.
    pub(super) scale: u32,
    /// As the header says; the stream says it again.
    pub(super) size: (u16, u16),
    /// `avcC`: how many bytes tell the length of a unit, and the parameter sets.
    pub(super) config: Vec<u8>,
    pub(super) has_sound: bool,
    track: u32,
    most: u32,
    /// What a fragment's frames last and weigh where they do not say.
    default: (u32, u32),
}

/// What a track's tables say.
#[derive(Default)]
struct Tables {
    track: u32,
    handler: [u8; 4],
    scale: u32,
    size: (u16, u16),
    coded: [u8; 4],
    config: Vec<u8>,
    /// Count and length in ticks.
    times: Vec<(u32, u32)>,
    /// Count and how much later than decoded it is shown.
    offsets: Vec<(u32, i32)>,
    sizes: Vec<u32>,
    /// First chunk, frames in each from there.
    spread: Vec<(u32, u32)>,
    chunks: Vec<u64>,
}

/// How deep the boxes of a track lie in each other.
const DEEP: u32 = 4;

/// Reads the index of the first film in a file, with no more frames than that.
pub(super) fn read(bytes: &[u8], most: u32) -> Result<Index, PlayError> {
    let known =
        [b"ftyp", b"moov", b"styp"].iter().any(|kind| bytes.get(4..8) == Some(kind.as_slice()));
    if !known {
        return Err(PlayError::unknown(bytes, "film", FORMATS));
    }
    let mut index = Index { most, ..Index::default() };
    let mut seen = false;
    Content::of(bytes).each(|kind, content| match &kind {
        b"moov" if !seen => {
            seen = true;
            index.movie(content)
        }
        b"moof" => index.fragment(content, bytes.len()),
        _ => Ok(()),
    })?;
    if !seen {
        return Err(PlayError::Truncated { bytes: bytes.len() });
    }
    if index.scale == 0 {
        return Err(PlayError::Without { wanted: "film" });
    }
    if index.frames.iter().any(|frame| bytes.len() < frame.bytes.end) {
        return Err(PlayError::Truncated { bytes: bytes.len() });
    }
    Ok(index)
}

impl Index {
    /// Holds size and number of frames against the limits.
    pub(super) fn check(&self, limits: &PlayLimits) -> Result<(), PlayError> {
        let count = self.frames.len();
        if count == 0 {
            return Err(PlayError::Without { wanted: "film" });
        }
        let frame = u64::from(self.size.0) * u64::from(self.size.1);
        let bounds = [
            (frame, limits.max_frame, "pixels in a frame"),
            (frame * count as u64, limits.max_pixels, "pixels in all frames"),
        ];
        for (is, limit, of) in bounds {
            if limit < is {
                return Err(PlayError::TooMuch { what: format!("{is} {of}"), limit });
            }
        }
        Ok(())
    }

    fn movie(&mut self, moov: Content<'_>) -> Result<(), PlayError> {
        let mut defaults = Vec::new();
        moov.each(|kind, content| match &kind {
            b"trak" => {
                let mut tables = Tables::default();
                tables.read(content, DEEP)?;
                match &tables.handler {
                    b"soun" => self.has_sound = true,
                    b"vide" if self.scale == 0 => self.track(tables)?,
                    _ => {}
                }
                Ok(())
            }
            b"mvex" => content.each(|kind, mut trex| {
                if &kind == b"trex" {
                    trex.head()?;
                    let track = trex.u32()?;
                    trex.skip(4)?;
                    defaults.push((track, (trex.u32()?, trex.u32()?)));
                }
                Ok(())
            }),
            _ => Ok(()),
        })?;
        let ours = defaults.into_iter().find(|(track, _)| *track == self.track);
        self.default = ours.map_or((0, 0), |(_, default)| default);
        Ok(())
    }

    fn track(&mut self, tables: Tables) -> Result<(), PlayError> {
        if !matches!(&tables.coded, b"avc1" | b"avc3") || tables.config.is_empty() {
            let what = format!("film written as {}", tables.coded.escape_ascii());
            return Err(PlayError::NotRead { what, instead: FORMATS });
        }
        if tables.scale == 0 {
            return Err(PlayError::damaged("its clock stands still"));
        }
        enough(tables.sizes.len(), self.most)?;
        self.frames = tables.frames()?;
        (self.track, self.scale, self.size) = (tables.track, tables.scale, tables.size);
        self.config = tables.config;
        Ok(())
    }

    /// Adds the frames of a fragment.
    fn fragment(&mut self, moof: Content<'_>, end: usize) -> Result<(), PlayError> {
        let from = moof.place().saturating_sub(8);
        moof.each(|kind, traf| {
            if &kind != b"traf" {
                return Ok(());
            }
            let mut track = None;
            let (mut base, mut default) = (from, self.default);
            let last = self.frames.last();
            let mut time = last.map_or(0, |last| last.shown + last.lasts as i64);
            let mut place = None;
            traf.each(|kind, mut content| match &kind {
                b"tfhd" => {
                    let (_, flags) = content.head()?;
                    track = Some(content.u32()?);
                    if flags & 0x1 != 0 {
                        base = usize::try_from(content.number(8)?).unwrap_or(end);
                    }
                    if flags & 0x2 != 0 {
                        content.skip(4)?;
                    }
                    if flags & 0x8 != 0 {
                        default.0 = content.u32()?;
                    }
                    if flags & 0x10 != 0 {
                        default.1 = content.u32()?;
                    }
                    Ok(())
                }
                b"tfdt" => {
                    let (version, _) = content.head()?;
                    time =
                        content.number(if version == 1 { 8 } else { 4 })? as i64 & (i64::MAX >> 1);
                    Ok(())
                }
                b"trun" if track == Some(self.track) && self.scale != 0 => {
                    let run = Run { base, default, end, most: self.most };
                    run.read(content, &mut time, &mut place, &mut self.frames)
                }
                _ => Ok(()),
            })
        })
    }
}

fn enough(frames: usize, most: u32) -> Result<(), PlayError> {
    if frames <= most as usize {
        return Ok(());
    }
    Err(PlayError::TooMuch { what: format!("{frames} frames"), limit: u64::from(most) })
}

/// A run of frames in a fragment.
struct Run {
    base: usize,
    default: (u32, u32),
    end: usize,
    most: u32,
}

impl Run {
    fn read(
        &self,
        mut trun: Content<'_>,
        time: &mut i64,
        place: &mut Option<usize>,
        frames: &mut Vec<Stored>,
    ) -> Result<(), PlayError> {
        let (_, flags) = trun.head()?;
        let count = trun.u32()? as usize;
        enough(frames.len() + count, self.most)?;
        if flags & 0x1 != 0 {
            *place = self.base.checked_add_signed(trun.u32()? as i32 as isize);
        }
        if flags & 0x4 != 0 {
            trun.skip(4)?;
        }
        let says = |flag: u32| flags & flag != 0;
        for _ in 0..count {
            let lasts = if says(0x100) { trun.u32()? } else { self.default.0 };
            let size = if says(0x200) { trun.u32()? } else { self.default.1 };
            if says(0x400) {
                trun.skip(4)?;
            }
            let later = if says(0x800) { trun.u32()? as i32 } else { 0 };
            // A count alone, without a byte for any of them, may claim anything.
            if size == 0 {
                return Err(PlayError::damaged("a frame without bytes"));
            }
            let from = place.unwrap_or(self.base);
            let to = from.checked_add(size as usize).filter(|to| *to <= self.end);
            let to = to.ok_or(PlayError::Truncated { bytes: self.end })?;
            *place = Some(to);
            let shown = time.saturating_add(i64::from(later));
            frames.push(Stored { bytes: from..to, shown, lasts: u64::from(lasts) });
            *time = time.saturating_add(i64::from(lasts));
        }
        Ok(())
    }
}

impl Tables {
    fn read(&mut self, content: Content<'_>, deep: u32) -> Result<(), PlayError> {
        content.each(|kind, mut content| match &kind {
            b"mdia" | b"minf" | b"stbl" if 0 < deep => self.read(content, deep - 1),
            b"tkhd" => {
                let (version, _) = content.head()?;
                content.skip(if version == 1 { 16 } else { 8 })?;
                self.track = content.u32()?;
                Ok(())
            }
            b"mdhd" => {
                let (version, _) = content.head()?;
                content.skip(if version == 1 { 16 } else { 8 })?;
                self.scale = content.u32()?;
                Ok(())
            }
            b"hdlr" => {
                content.skip(8)?;
                self.handler = content.take(4)?.try_into().unwrap_or_default();
                Ok(())
            }
            b"stsd" if &self.handler == b"vide" => self.coded(content),
            b"stts" => {
                content.head()?;
                let count = content.entries(8)?;
                self.times = (0..count)
                    .map(|_| Ok((content.u32()?, content.u32()?)))
                    .collect::<Result<_, PlayError>>()?;
                Ok(())
            }
            b"ctts" => {
                content.head()?;
                let count = content.entries(8)?;
                self.offsets = (0..count)
                    .map(|_| Ok((content.u32()?, content.u32()? as i32)))
                    .collect::<Result<_, PlayError>>()?;
                Ok(())
            }
            b"stsc" => {
                content.head()?;
                let count = content.entries(12)?;
                for _ in 0..count {
                    self.spread.push((content.u32()?, content.u32()?));
                    content.skip(4)?;
                }
                Ok(())
            }
            b"stsz" => {
                content.head()?;
                let same = content.u32()?;
                // Frames of a film are never all of one size; a count alone could claim anything.
                if same != 0 {
                    return Err(PlayError::damaged("all frames have the same size"));
                }
                let count = content.entries(4)?;
                self.sizes = (0..count).map(|_| content.u32()).collect::<Result<_, _>>()?;
                Ok(())
            }
            b"stco" | b"co64" => {
                content.head()?;
                let bytes = if &kind == b"stco" { 4 } else { 8 };
                let count = content.entries(bytes)?;
                self.chunks =
                    (0..count).map(|_| content.number(bytes)).collect::<Result<_, _>>()?;
                Ok(())
            }
            _ => Ok(()),
        })
    }

    /// The first way of writing that the film names.
    fn coded(&mut self, mut stsd: Content<'_>) -> Result<(), PlayError> {
        stsd.skip(8)?;
        let Some((kind, mut entry)) = stsd.next()? else { return Ok(()) };
        self.coded = kind;
        entry.skip(24)?;
        self.size = (entry.number(2)? as u16, entry.number(2)? as u16);
        entry.skip(50)?;
        entry.each(|kind, mut content| {
            if &kind == b"avcC" {
                self.config = content.take(content.left())?.to_vec();
            }
            Ok(())
        })
    }

    /// Each frame with its place and its time.
    fn frames(&self) -> Result<Vec<Stored>, PlayError> {
        let missing = || PlayError::damaged("its tables contradict each other");
        let mut frames = Vec::with_capacity(self.sizes.len());
        let mut times = self
            .times
            .iter()
            .flat_map(|(count, ticks)| std::iter::repeat_n(*ticks, *count as usize));
        let mut offsets = self
            .offsets
            .iter()
            .flat_map(|(count, later)| std::iter::repeat_n(*later, *count as usize));
        let (mut sizes, mut time) = (self.sizes.iter(), 0_i64);
        let (mut spread, mut each) = (self.spread.iter().peekable(), 0);
        'chunks: for (number, place) in self.chunks.iter().enumerate() {
            while let Some((_, count)) = spread.next_if(|(first, _)| *first as usize <= number + 1)
            {
                each = *count;
            }
            let mut from = usize::try_from(*place).map_err(|_| missing())?;
            for _ in 0..each {
                let Some(size) = sizes.next() else { break 'chunks };
                let to = from.checked_add(*size as usize).ok_or_else(missing)?;
                let lasts = times.next().ok_or_else(missing)?;
                let shown = time.saturating_add(i64::from(offsets.next().unwrap_or_default()));
                frames.push(Stored { bytes: from..to, shown, lasts: u64::from(lasts) });
                time = time.saturating_add(i64::from(lasts));
                from = to;
            }
        }
        if sizes.next().is_some() { Err(missing()) } else { Ok(frames) }
    }
}
