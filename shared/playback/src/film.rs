//! A film in numbers: its size, how long it plays, where it is black and where it stands still.

mod boxes;
mod h264;
mod index;
mod watch;

use crate::Sound;
use crate::play::{PlayError, PlayLimits, caught};

/// Seconds of a film, from the first to the last frame of a kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    /// When it begins.
    pub from_s: f64,
    /// When what is no longer of the kind begins, or the film ends.
    pub to_s: f64,
}

impl Stretch {
    /// How long it is.
    pub fn seconds(&self) -> f64 {
        self.to_s - self.from_s
    }
}

/// What can be said about a film without knowing what it shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Film {
    /// Width in pixels, as it is shown.
    pub width: u32,
    /// Height in pixels, as it is shown.
    pub height: u32,
    /// How long it plays.
    pub seconds: f64,
    /// Frames.
    pub frames: u32,
    /// Frames a second, on average.
    pub fps: f64,
    /// Where nearly every pixel is black.
    pub black: Vec<Stretch>,
    /// Where one frame follows another that looks the same.
    pub frozen: Vec<Stretch>,
    /// What is heard with it.
    pub sound: Option<Sound>,
}

/// What is read; said where something else comes.
const FORMATS: &str = "MP4 with H.264";

/// Decodes every frame of an MP4, fragmented or not, with H.264 in it, and what is heard with it.
///
/// Size and number of frames are held against the limits before any is decoded. Of each frame a thumbnail is kept.
pub fn watch(bytes: &[u8], limits: &PlayLimits) -> Result<Film, PlayError> {
    limits.check_bytes(bytes.len())?;
    let index = index::read(bytes, limits.max_frames)?;
    index.check(limits)?;
    let limits = *limits;
    let mut film = caught(|| watch::watch(bytes, &index, &limits))?;
    if index.has_sound {
        film.sound = Some(crate::hear(bytes, &limits)?);
    }
    Ok(film)
}

#[cfg(test)]
mod tests;
