//! `gate.quality`: is this a picture of the size and format asked for, with something sharp to see on it?

use super::verdict::{Judgement, Verdict};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What a pipeline asks of a picture; what it leaves out has the defaults below.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
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
    /// Least effective dots per inch, as `image.print` notes them; any without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_dpi: Option<u32>,
    /// Most bytes in the file; any without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
    /// The file's format, such as `png`; any without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// What its colours are mixed from: `gray`, `rgb` or `cmyk`; any without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// Whether a colour profile must be embedded, or must not; either without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icc: Option<bool>,
    /// Whether it must be transparent somewhere, or nowhere; either without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transparent: Option<bool>,
    /// Greatest share of a side that a bar of one colour takes; any without. 0.02 finds letterboxes and frames.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub border_max: Option<f64>,
    /// Greatest standard deviation of noise in luma; any without. Above 8 grain is seen, above 15 it disturbs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise_max: Option<f64>,
    /// By how much more often pixels may step at the edges of 8x8 blocks; any without. A photograph as JPEG had
    /// 0.04 at a quality of 95, 0.13 at 75, 0.34 at 30.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocks_max: Option<f64>,
    /// Least variance of the Laplacian. 17: a picture blurred by 1 % of its width has 5 to 12, a dark scene with soft
    /// edges 19 and more, a drawing with few edges over 100, a photograph in focus over 1000.
    pub sharpness_min: f64,
    /// Least mean luma. 8: a night scene passes, a lens cap does not.
    pub exposure_min: f64,
    /// Greatest mean luma. 252: a pale product on white passes, a burnt-out picture does not.
    pub exposure_max: f64,
    /// Greatest share of pixels that are burnt out or drowned, whichever are more. 0.97: white studio
    /// backgrounds are common, pictures that are nothing else are not.
    pub clipped_max: f64,
    /// Greatest share of one connected area of nearly one colour. 0.98: more is blank to the eye.
    pub uniform_max: f64,
}

/// Below this standard deviation of luma a picture is blank to the eye.
const BLANK_DEVIATION: f64 = 3.0;
/// Above this mean alpha a picture is opaque: nobody sees a pixel in a thousand.
const OPAQUE_MIN: f64 = 0.999;
/// Below this mean alpha there is nothing on the picture to speak of; a small cut-out subject has 0.01.
const COVERAGE_MIN: f64 = 0.005;

impl Default for Asked {
    fn default() -> Self {
        Self {
            min_width: None,
            min_height: None,
            max_width: None,
            max_height: None,
            min_dpi: None,
            max_bytes: None,
            format: None,
            color: None,
            icc: None,
            transparent: None,
            border_max: None,
            noise_max: None,
            blocks_max: None,
            sharpness_min: 17.0,
            exposure_min: 8.0,
            exposure_max: 252.0,
            clipped_max: 0.97,
            uniform_max: 0.98,
        }
    }
}

impl Asked {
    /// What the parameters of a step ask; an error says which cannot be read.
    pub fn of(params: &Map<String, Value>) -> Result<Self, String> {
        Self::deserialize(Value::Object(params.clone()))
            .map_err(|cause| format!("the thresholds cannot be read: {cause}"))
    }

    /// As the verdict keeps it.
    pub fn thresholds(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(map)) => map,
            _ => Map::new(),
        }
    }
}

/// What was measured of a picture; where it has alpha, only its opaque pixels count.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The size of the file.
    pub bytes: u64,
    /// Its format by content, such as `png`.
    pub format: String,
    /// What its colours are mixed from, such as `rgb`.
    pub color: String,
    /// Whether a colour profile is embedded.
    pub icc: bool,
    /// Dots per inch that the file says it has of its source; none where it says none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dpi: Option<u32>,
    /// Variance of the Laplacian of luma.
    pub sharpness: f64,
    /// Mean luma, 0 black to 255 white.
    pub mean_luma: f64,
    /// Standard deviation of luma.
    pub luma_deviation: f64,
    /// Share of drowned pixels.
    pub clipped_dark: f64,
    /// Share of burnt-out pixels.
    pub clipped_bright: f64,
    /// Share of the largest connected area of nearly one colour.
    pub uniform_area: f64,
    /// Mean alpha, 1 without transparency.
    pub alpha_coverage: f64,
    /// Shares of height or width that bars of one colour take: top, right, bottom, left.
    pub borders: [f64; 4],
    /// Standard deviation of noise in luma.
    pub noise: f64,
    /// By how much more often pixels step at the edges of 8x8 blocks than within.
    pub blocks: f64,
}

impl Measured {
    /// As the verdict keeps it, rounded to what means something.
    pub fn scores(&self) -> Value {
        let round = |value: f64| (value * 1e4).round() / 1e4;
        let mut scores = json!({
            "width": self.width, "height": self.height, "bytes": self.bytes, "format": self.format,
            "color": self.color, "icc": self.icc,
            "sharpness": round(self.sharpness), "mean_luma": round(self.mean_luma),
            "luma_deviation": round(self.luma_deviation),
            "clipped_dark": round(self.clipped_dark), "clipped_bright": round(self.clipped_bright),
            "uniform_area": round(self.uniform_area), "alpha_coverage": round(self.alpha_coverage),
            "borders": self.borders.map(round), "noise": round(self.noise), "blocks": round(self.blocks),
        });
        if let Some(dpi) = self.dpi {
            scores["dpi"] = json!(dpi);
        }
        scores
    }

    fn finite(&self) -> bool {
        [
            self.sharpness,
            self.mean_luma,
            self.luma_deviation,
            self.clipped_dark,
            self.clipped_bright,
            self.uniform_area,
            self.alpha_coverage,
            self.noise,
            self.blocks,
        ]
        .iter()
        .chain(&self.borders)
        .all(|number| number.is_finite())
    }
}

/// How well a picture meets what is asked, from 0 to 1: by which one of several is called the best.
///
/// The mean of how far it is from each bound that it is held against: sharp, in the middle of the exposures that are
/// allowed, with little that is clipped or of one colour, and few of the flaws that are asked not to be there.
pub fn merit(asked: &Asked, measured: &Measured) -> Option<f64> {
    let room =
        |is: f64, most: f64| if 0.0 < most { 1.0 - (is / most).clamp(0.0, 1.0) } else { 0.0 };
    let middle = (asked.exposure_max + asked.exposure_min) / 2.0;
    let clipped = measured.clipped_dark.max(measured.clipped_bright);
    // Twelve times the least is half of what can be had; there is no most.
    let sharp = measured.sharpness / (measured.sharpness + 12.0 * asked.sharpness_min.max(1.0));
    let mut all = vec![
        sharp,
        room((measured.mean_luma - middle).abs(), (asked.exposure_max - middle).abs()),
        room(clipped, asked.clipped_max),
        room(measured.uniform_area, asked.uniform_max),
    ];
    let border = measured.borders.iter().copied().fold(0.0, f64::max);
    all.extend(asked.border_max.map(|most| room(border, most)));
    all.extend(asked.noise_max.map(|most| room(measured.noise, most)));
    all.extend(asked.blocks_max.map(|most| room(measured.blocks, most)));
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    measured.finite().then(|| (mean * 1e4).round() / 1e4)
}

/// Holds what was measured of `picture` against what was asked; each miss is a reason.
pub fn quality(asked: &Asked, picture: &str, measured: &Measured, judgement: &mut Judgement) {
    if !measured.finite() {
        return judgement.object(Verdict::Review, format!("{picture} cannot be measured"));
    }
    let misses = size(asked, measured).into_iter().chain(look(asked, measured));
    for miss in misses {
        judgement.object(Verdict::Fail, format!("{picture} {miss}"));
    }
}

/// Size, format and weight.
fn size(asked: &Asked, measured: &Measured) -> Vec<String> {
    let Measured { width, height, bytes, format, color, icc, .. } = measured;
    let mut misses = Vec::new();
    let mut bound = |side: &str, is: u64, least: Option<u64>, most: Option<u64>| {
        if let Some(least) = least.filter(|least| is < *least) {
            misses.push(format!("has {is} {side}, asked are at least {least}"));
        }
        if let Some(most) = most.filter(|most| *most < is) {
            misses.push(format!("has {is} {side}, asked are at most {most}"));
        }
    };
    let wide = |side: Option<u32>| side.map(u64::from);
    bound("pixels of width", u64::from(*width), wide(asked.min_width), wide(asked.max_width));
    bound("pixels of height", u64::from(*height), wide(asked.min_height), wide(asked.max_height));
    bound("bytes", *bytes, None, asked.max_bytes);
    if let Some(least) = asked.min_dpi {
        match measured.dpi {
            None => misses.push(format!("says no dpi, asked are at least {least}")),
            Some(dpi) if dpi < least => {
                misses.push(format!("has {dpi} dpi, asked are at least {least}"));
            }
            Some(_) => {}
        }
    }
    if let Some(wanted) = asked.format.as_ref().filter(|wanted| *wanted != format) {
        misses.push(format!("is {format}, asked is {wanted}"));
    }
    if let Some(wanted) = asked.color.as_ref().filter(|wanted| *wanted != color) {
        misses.push(format!("is {color}, asked is {wanted}"));
    }
    match (asked.icc, icc) {
        (Some(true), false) => misses.push("has no colour profile, asked is one".into()),
        (Some(false), true) => misses.push("has a colour profile, asked is none".into()),
        _ => {}
    }
    match (asked.transparent, measured.alpha_coverage < OPAQUE_MIN) {
        (Some(true), false) => misses.push("is transparent nowhere, asked is transparency".into()),
        (Some(false), true) => misses.push("is transparent in places, asked is none".into()),
        _ => {}
    }
    misses
}

/// Blank, blurred, too dark or too bright. A blank picture is only called blank.
fn look(asked: &Asked, measured: &Measured) -> Vec<String> {
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    if measured.alpha_coverage < COVERAGE_MIN {
        return vec![format!(
            "is transparent: {} of it is covered",
            percent(measured.alpha_coverage)
        )];
    }
    if measured.luma_deviation < BLANK_DEVIATION && asked.uniform_max < measured.uniform_area {
        return vec!["is blank".into()];
    }
    let mut misses = Vec::new();
    if asked.uniform_max < measured.uniform_area {
        let (is, most) = (percent(measured.uniform_area), percent(asked.uniform_max));
        misses.push(format!("is of one colour: {is} of it, at most {most}"));
    }
    if measured.sharpness < asked.sharpness_min {
        let (is, least) = (measured.sharpness, asked.sharpness_min);
        misses.push(format!("is blurred: sharpness {is:.1}, at least {least}"));
    }
    if measured.mean_luma < asked.exposure_min {
        let (is, least) = (measured.mean_luma, asked.exposure_min);
        misses.push(format!("is too dark: mean luma {is:.1}, at least {least}"));
    }
    if asked.exposure_max < measured.mean_luma {
        let (is, most) = (measured.mean_luma, asked.exposure_max);
        misses.push(format!("is too bright: mean luma {is:.1}, at most {most}"));
    }
    for (share, what) in
        [(measured.clipped_dark, "drowned"), (measured.clipped_bright, "burnt out")]
    {
        if asked.clipped_max < share {
            let (is, most) = (percent(share), percent(asked.clipped_max));
            misses.push(format!("is {what}: {is} of it, at most {most}"));
        }
    }
    misses.extend(flaws(asked, measured));
    misses
}

/// Bars, noise and blocks, where it is asked for none.
fn flaws(asked: &Asked, measured: &Measured) -> Vec<String> {
    let mut misses = Vec::new();
    if let Some(most) = asked.border_max {
        let sides = ["at the top", "on the right", "at the bottom", "on the left"];
        let wide = sides.iter().zip(measured.borders).filter(|(_, share)| most < *share);
        let wide: Vec<String> =
            wide.map(|(side, share)| format!("{:.1} % {side}", share * 100.0)).collect();
        if !wide.is_empty() {
            let most = most * 100.0;
            misses.push(format!("has bars: {}, at most {most:.1} %", wide.join(", ")));
        }
    }
    if let Some(most) = asked.noise_max.filter(|most| *most < measured.noise) {
        misses.push(format!("is noisy: {:.1} levels of luma, at most {most}", measured.noise));
    }
    if let Some(most) = asked.blocks_max.filter(|most| *most < measured.blocks) {
        misses.push(format!("shows blocks: {:.2}, at most {most}", measured.blocks));
    }
    misses
}

#[cfg(test)]
mod tests;
