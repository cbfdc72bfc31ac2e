//! `gate.quality` of what plays: is this sound loud and whole enough, does this film move?

mod film;
mod sound;

pub use film::{AskedOfFilm, Watched, film};
pub use sound::{AskedOfSound, Heard, sound};

/// Rounded to what means something.
fn round(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests;
