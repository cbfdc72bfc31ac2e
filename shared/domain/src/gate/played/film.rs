//! What a film is measured by, and what can be asked of it.

use super::super::verdict::{Judgement, Verdict};
use super::sound::{AskedOfSound, Heard, length, track};
use super::{kept, round};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What a pipeline asks of a film, besides what it asks of its sound.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AskedOfFilm {
    /// Least width in pixels; any without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_width: Option<u32>,
    /// Least height in pixels; any without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_height: Option<u32>,
    /// Greatest width in pixels; any without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_width: Option<u32>,
    /// Greatest height in pixels; any without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_height: Option<u32>,
    /// Least frames a second; any without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fps_min: Option<f64>,
    /// Most seconds of black in a row; any without, though not black from end to end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub black_max_s: Option<f64>,
    /// Most seconds in a row that look the same; any without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frozen_max_s: Option<f64>,
    /// What is asked of its sound. What it must be in loudness, it must have.
    #[serde(flatten)]
    pub sound: AskedOfSound,
}

impl AskedOfFilm {
    /// What the parameters of a step ask; an error says which cannot be read.
    pub fn of(params: &Map<String, Value>) -> Result<Self, String> {
        Self::deserialize(Value::Object(params.clone()))
            .map_err(|cause| format!("the thresholds cannot be read: {cause}"))
    }
}

/// What was measured of a film; stretches are from second to second.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Watched {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The size of its file.
    pub bytes: u64,
    /// How long it plays.
    pub seconds: f64,
    /// Frames a second.
    pub fps: f64,
    /// Where it is black.
    pub black: Vec<(f64, f64)>,
    /// Where it stands still.
    pub frozen: Vec<(f64, f64)>,
    /// What is heard with it.
    pub sound: Option<Heard>,
}

/// A film that is black for this share of its length shows nothing.
const ALL_BLACK: f64 = 0.95;
/// Frames a second are counted over a length that is rounded to ticks.
const FPS_EDGE: f64 = 0.05;

impl Watched {
    /// As the verdict keeps it.
    pub fn scores(&self) -> Value {
        json!({
            "width": self.width, "height": self.height, "bytes": self.bytes,
            "seconds": round(self.seconds), "fps": round(self.fps),
            "black": kept(&self.black), "frozen": kept(&self.frozen),
            "sound": self.sound.as_ref().map(Heard::scores),
        })
    }
}

/// Holds what was measured of a film against what was asked; each miss is a reason.
pub fn film(asked: &AskedOfFilm, name: &str, watched: &Watched, judgement: &mut Judgement) {
    let times = watched.black.iter().chain(&watched.frozen).flat_map(|(from, to)| [*from, *to]);
    if !times.chain([watched.seconds, watched.fps]).all(f64::is_finite) {
        return judgement.object(Verdict::Review, format!("{name} cannot be measured"));
    }
    let mut misses = size(asked, watched);
    misses.extend(length(watched.seconds, (asked.sound.min_seconds, asked.sound.max_seconds)));
    if let Some(least) = asked.fps_min.filter(|least| watched.fps + FPS_EDGE < *least) {
        misses.push(format!("has {:.1} frames a second, asked are at least {least}", watched.fps));
    }
    misses.extend(still(asked, watched));
    misses.extend(heard(&asked.sound, watched.sound.as_ref()));
    for miss in misses {
        judgement.object(Verdict::Fail, format!("{name} {miss}"));
    }
}

fn size(asked: &AskedOfFilm, watched: &Watched) -> Vec<String> {
    let mut misses = Vec::new();
    let mut bound = |what: &str, is: u64, least: Option<u32>, most: Option<u64>| {
        if let Some(least) = least.filter(|least| is < u64::from(*least)) {
            misses.push(format!("has {is} {what}, asked are at least {least}"));
        }
        if let Some(most) = most.filter(|most| *most < is) {
            misses.push(format!("has {is} {what}, asked are at most {most}"));
        }
    };
    let wide = |side: Option<u32>| side.map(u64::from);
    bound("pixels of width", watched.width.into(), asked.min_width, wide(asked.max_width));
    bound("pixels of height", watched.height.into(), asked.min_height, wide(asked.max_height));
    bound("bytes", watched.bytes, None, asked.sound.max_bytes);
    misses
}

/// Black, or standing still, for too long. What is black from end to end is only called black.
fn still(asked: &AskedOfFilm, watched: &Watched) -> Vec<String> {
    let dark: f64 = watched.black.iter().map(|(from, to)| to - from).sum();
    if 0.0 < dark && ALL_BLACK * watched.seconds <= dark {
        return vec!["is black from end to end".into()];
    }
    let kinds = [
        ("is black", &watched.black, asked.black_max_s),
        ("stands still", &watched.frozen, asked.frozen_max_s),
    ];
    let mut misses = Vec::new();
    for (what, stretches, most) in kinds {
        let Some(most) = most else { continue };
        for (from, to) in stretches.iter().filter(|(from, to)| most < to - from).take(3) {
            misses.push(format!("{what} from {from:.1} s to {to:.1} s, at most {most} s"));
        }
    }
    misses
}

/// What is wrong with what is heard with it; silence is a fault only of what must be heard.
fn heard(asked: &AskedOfSound, sound: Option<&Heard>) -> Vec<String> {
    let wanted = asked.loudness_min.is_some();
    match sound {
        None if wanted => vec!["has no sound, asked is some of a loudness".into()],
        None => Vec::new(),
        Some(sound) => {
            let silent = AskedOfSound::default().silence_max == asked.silence_max && !wanted;
            let asked = AskedOfSound {
                silence_max: if silent { 1.0 } else { asked.silence_max },
                ..asked.clone()
            };
            track(&asked, sound)
                .into_iter()
                .map(|miss| format!("has a sound that {miss}"))
                .collect()
        }
    }
}
