//! What a sound is measured by, and what can be asked of it.

use super::super::verdict::{Judgement, Verdict};
use super::{kept, round};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What a pipeline asks of a sound; what it leaves out has the defaults below.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AskedOfSound {
    /// Least integrated loudness in LUFS; any without. Broadcasts have -23, streaming about -14.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loudness_min: Option<f64>,
    /// Greatest integrated loudness in LUFS; any without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loudness_max: Option<f64>,
    /// Greatest true peak in dBTP; any without. EBU R 128 asks for -1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub true_peak_max: Option<f64>,
    /// Greatest share of samples that are cut off. 0.01: loud masters have less, a broken gain has more.
    pub clipped_max: f64,
    /// Greatest share of silence. 0.95: more is nothing to hear.
    pub silence_max: f64,
    /// Least seconds; any without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_seconds: Option<f64>,
    /// Most seconds; any without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_seconds: Option<f64>,
    /// Most bytes in the file; any without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
}

impl Default for AskedOfSound {
    fn default() -> Self {
        Self {
            loudness_min: None,
            loudness_max: None,
            true_peak_max: None,
            clipped_max: 0.01,
            silence_max: 0.95,
            min_seconds: None,
            max_seconds: None,
            max_bytes: None,
        }
    }
}

impl AskedOfSound {
    /// What the parameters of a step ask; an error says which cannot be read.
    pub fn of(params: &Map<String, Value>) -> Result<Self, String> {
        Self::deserialize(Value::Object(params.clone()))
            .map_err(|cause| format!("the thresholds cannot be read: {cause}"))
    }
}

/// What was measured of a sound.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Heard {
    /// How long it plays.
    pub seconds: f64,
    /// Samples a second.
    pub rate: u32,
    /// Channels.
    pub channels: u32,
    /// The size of its file.
    pub bytes: u64,
    /// Integrated loudness in LUFS; none where nothing is loud enough to count.
    pub loudness: Option<f64>,
    /// Loudness range in LU.
    pub range: f64,
    /// True peak in dBTP; none of digital silence.
    pub true_peak: Option<f64>,
    /// Share of samples that are cut off.
    pub clipped: f64,
    /// Share of silence.
    pub silence: f64,
    /// The longest silence, in seconds.
    pub longest_silence_s: f64,
    /// Where it is silent, from second to second.
    pub silent: Vec<(f64, f64)>,
    /// Where it is cut off.
    pub cut: Vec<(f64, f64)>,
}

impl Heard {
    /// As the verdict keeps it.
    pub fn scores(&self) -> Value {
        json!({
            "seconds": round(self.seconds), "rate": self.rate, "channels": self.channels,
            "bytes": self.bytes, "loudness": self.loudness.map(round), "range": round(self.range),
            "true_peak": self.true_peak.map(round), "clipped": round(self.clipped),
            "silence": round(self.silence), "longest_silence_s": round(self.longest_silence_s),
            "silent": kept(&self.silent), "cut": kept(&self.cut),
        })
    }

    fn finite(&self) -> bool {
        let told = [self.loudness, self.true_peak].into_iter().flatten();
        let measured =
            [self.seconds, self.range, self.clipped, self.silence, self.longest_silence_s];
        told.chain(measured).all(f64::is_finite)
    }
}

/// Holds what was measured of a sound against what was asked; each miss is a reason.
pub fn sound(asked: &AskedOfSound, name: &str, heard: &Heard, judgement: &mut Judgement) {
    if !heard.finite() {
        return judgement.object(Verdict::Review, format!("{name} cannot be measured"));
    }
    let weight = asked.max_bytes.filter(|most| *most < heard.bytes);
    let weight = weight.map(|most| format!("has {} bytes, asked are at most {most}", heard.bytes));
    let misses = length(heard.seconds, (asked.min_seconds, asked.max_seconds));
    for miss in misses.into_iter().chain(weight).chain(track(asked, heard)) {
        judgement.object(Verdict::Fail, format!("{name} {miss}"));
    }
}

/// What is wrong with its length.
pub(super) fn length(is: f64, (least, most): (Option<f64>, Option<f64>)) -> Option<String> {
    // Codecs begin and end with a fraction of a frame that is not of the sound.
    const EDGE_S: f64 = 0.1;
    if let Some(least) = least.filter(|least| is + EDGE_S < *least) {
        return Some(format!("plays {is:.1} s, asked are at least {least}"));
    }
    let most = most.filter(|most| most + EDGE_S < is)?;
    Some(format!("plays {is:.1} s, asked are at most {most}"))
}

/// What is wrong with what is heard. Silence is only called silence.
pub(super) fn track(asked: &AskedOfSound, heard: &Heard) -> Vec<String> {
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    if asked.silence_max < heard.silence {
        let (is, most) = (percent(heard.silence), percent(asked.silence_max));
        return vec![format!("is silent: {is} of it, at most {most}")];
    }
    let mut misses = Vec::new();
    if asked.clipped_max < heard.clipped {
        let (is, most) = (percent(heard.clipped), percent(asked.clipped_max));
        misses.push(format!("is clipped: {is} of it, at most {most}"));
    }
    match heard.loudness {
        None if asked.loudness_min.is_some() => {
            misses.push("is too quiet for its loudness to be measured".into());
        }
        None => {}
        Some(is) => {
            if let Some(least) = asked.loudness_min.filter(|least| is < *least) {
                misses.push(format!("is too quiet: {is:.1} LUFS, at least {least}"));
            }
            if let Some(most) = asked.loudness_max.filter(|most| *most < is) {
                misses.push(format!("is too loud: {is:.1} LUFS, at most {most}"));
            }
        }
    }
    if let (Some(is), Some(most)) = (heard.true_peak, asked.true_peak_max)
        && most < is
    {
        misses.push(format!("peaks at {is:.1} dBTP, asked are at most {most}"));
    }
    misses
}
