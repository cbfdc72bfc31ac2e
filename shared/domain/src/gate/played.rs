//! `gate.quality` of what plays: is this sound loud and whole enough, does this film move?

mod film;
mod sound;

pub use film::{AskedOfFilm, Watched, film};
pub use sound::{AskedOfSound, Heard, sound};

/// Stretches that a verdict keeps, of each kind.
const KEPT: usize = 20;

/// Stretches as a verdict keeps them: people are shown exactly these seconds.
fn kept(stretches: &[(f64, f64)]) -> Vec<(f64, f64)> {
    stretches.iter().take(KEPT).map(|(from, to)| (round(*from), round(*to))).collect()
}

/// Rounded to what means something.
fn round(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests;
