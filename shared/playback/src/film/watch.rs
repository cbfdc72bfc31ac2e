//! Decodes a film frame by frame, and keeps of each how dark it is and a thumbnail.

use rusty_h264::{DecodeError, Decoder, YuvFrame};

use crate::play::{PlayError, PlayLimits};

use super::h264::Config;
use super::index::{Index, Stored};
use super::{FORMATS, Film, Stretch};

/// Luma up to here is black: a tenth of the way from 16, as ffmpeg's `blackdetect` has it.
const BLACK: u8 = 37;
/// Of a black frame, this share is.
const OF_FRAME: f64 = 0.98;
/// A thumbnail's width and height in tones, each the mean of its part of the frame.
const THUMB: (usize, usize) = (48, 32);
/// Tones are kept in so many parts of a level.
const FINE: u32 = 64;
/// Two frames look the same where their tones differ by no more than this on average and at the most, in levels:
/// coding the same picture again moves it by a little.
const SAME_MEAN: f64 = 0.3;
const SAME_MOST: f64 = 3.0;
/// Shorter stretches are blinks, cuts, and the time that a slow camera takes to start.
const LEAST_S: f64 = 0.5;

/// A frame as it is remembered.
struct Seen {
    shown: i64,
    lasts: u64,
    black: bool,
    thumb: Vec<u16>,
}

/// Decodes all frames of an index.
pub(super) fn watch(bytes: &[u8], index: &Index, limits: &PlayLimits) -> Result<Film, PlayError> {
    let config = Config::read(&index.config, limits)?;
    let mut decoder = Decoder::new();
    decoder.decode(&config.sets).map_err(of)?;
    let mut size = None;
    let mut seen = Vec::with_capacity(index.frames.len());
    let mut pixels = 0_u64;
    for stored in &index.frames {
        let Stored { bytes: place, shown, lasts } = stored;
        let stream = config.stream(&bytes[place.clone()], limits)?;
        let frame = decoder.decode(&stream).map_err(of)?;
        let frame = frame.ok_or_else(|| PlayError::damaged("a frame has no picture"))?;
        pixels += (frame.width * frame.height) as u64;
        if limits.max_pixels < pixels {
            let what = "more pixels than that in all frames".into();
            return Err(PlayError::TooMuch { what, limit: limits.max_pixels });
        }
        if *size.get_or_insert((frame.width, frame.height)) != (frame.width, frame.height) {
            return Err(PlayError::damaged("its frames differ in size"));
        }
        let black = black(&frame);
        seen.push(Seen { shown: *shown, lasts: *lasts, black, thumb: thumb(&frame) });
    }
    let (width, height) = size.ok_or(PlayError::Without { wanted: "film" })?;
    seen.sort_by_key(|frame| frame.shown);
    let scale = f64::from(index.scale);
    let seconds = seen.iter().map(|frame| frame.lasts).fold(0, u64::saturating_add) as f64 / scale;
    Ok(Film {
        width: width as u32,
        height: height as u32,
        seconds,
        frames: seen.len() as u32,
        fps: if seconds == 0.0 { 0.0 } else { seen.len() as f64 / seconds },
        black: stretches(&seen, scale, |_, frame| frame.black),
        frozen: stretches(&seen, scale, |before, frame| before.is_some_and(|it| same(it, frame))),
        sound: None,
    })
}

fn of(cause: DecodeError) -> PlayError {
    match cause {
        DecodeError::Unsupported(what) => {
            PlayError::NotRead { what: format!("H.264 with {what}"), instead: FORMATS }
        }
        cause => PlayError::damaged(cause),
    }
}

fn black(frame: &YuvFrame) -> bool {
    let dark = frame.y.iter().filter(|tone| **tone <= BLACK).count();
    OF_FRAME * frame.y.len() as f64 <= dark as f64
}

fn thumb(frame: &YuvFrame) -> Vec<u16> {
    let (wide, high) = (THUMB.0.min(frame.width), THUMB.1.min(frame.height));
    let mut sums = vec![(0_u32, 0_u32); wide * high];
    for (y, row) in frame.y.chunks_exact(frame.width).enumerate() {
        let line = &mut sums[y * high / frame.height * wide..][..wide];
        for (part, sum) in line.iter_mut().enumerate() {
            let (from, to) = (part * frame.width / wide, (part + 1) * frame.width / wide);
            sum.0 += row[from..to].iter().map(|tone| u32::from(*tone)).sum::<u32>();
            sum.1 += (to - from) as u32;
        }
    }
    sums.into_iter()
        .map(|(sum, count)| (u64::from(sum) * u64::from(FINE) / u64::from(count.max(1))) as u16)
        .collect()
}

fn same(before: &Seen, frame: &Seen) -> bool {
    let differences = before.thumb.iter().zip(&frame.thumb).map(|(a, b)| u32::from(a.abs_diff(*b)));
    let (sum, most) = differences.fold((0, 0), |(sum, most), it| (sum + it, most.max(it)));
    let level = f64::from(FINE);
    f64::from(sum) <= SAME_MEAN * level * frame.thumb.len() as f64
        && f64::from(most) <= SAME_MOST * level
}

/// Where frames are of a kind, by their times. A frame that is like the one before takes that one along.
fn stretches(
    seen: &[Seen],
    scale: f64,
    kind: impl Fn(Option<&Seen>, &Seen) -> bool,
) -> Vec<Stretch> {
    let start = seen.first().map_or(0, |first| first.shown);
    let time = |ticks: i64| ticks.saturating_sub(start) as f64 / scale;
    let mut found: Vec<Stretch> = Vec::new();
    let mut open = false;
    for (index, frame) in seen.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| &seen[before]);
        let now = kind(before, frame);
        let to_s = time(frame.shown.saturating_add_unsigned(frame.lasts));
        match found.last_mut().filter(|_| open && now) {
            Some(stretch) => stretch.to_s = to_s,
            None if now => {
                let lone = kind(None, frame);
                let from = before.filter(|_| !lone).unwrap_or(frame);
                found.push(Stretch { from_s: time(from.shown), to_s });
            }
            None => {}
        }
        open = now;
    }
    found.retain(|stretch| LEAST_S <= stretch.seconds());
    found
}
