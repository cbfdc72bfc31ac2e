//! Adds a sound up as it comes.

use ebur128::{EbuR128, Mode};

use crate::Stretch;
use crate::play::PlayError;

use super::{CHANNELS_MOST, FORMATS, RATES, Sound};

/// At this amplitude a sample is at the end of the scale: lossy codecs miss it by a little.
const FULL: f32 = 0.997;
/// So many in a row are a flat top; a single one is a peak.
const FLAT: u32 = 3;
/// -60 dBFS.
const SILENT: f32 = 0.001;
/// Silence is looked for in stretches of a twentieth of a second.
const STRETCHES: u32 = 20;
/// A pause between two words is shorter.
const PAUSE_S: f64 = 0.25;
/// Most stretches that are kept of a kind.
const KEPT: usize = 20;

/// What has been heard so far.
pub(super) struct Tally {
    rate: u32,
    channels: usize,
    ebu: EbuR128,
    frames: u64,
    /// Of each channel, how many samples in a row are at which end of the scale.
    flat: Vec<(i8, u32)>,
    clipped: u64,
    /// Frames of the stretch that is being heard, its peak, and how much was clipped before it.
    stretch: (u32, f32, u64),
    silent: u64,
    silences: Runs,
    flats: Runs,
}

/// Where something goes on without a break, in frames.
#[derive(Default)]
struct Runs {
    open: Option<(u64, u64)>,
    longest: u64,
    /// The longest of them, in order.
    kept: Vec<(u64, u64)>,
}

impl Runs {
    fn goes_on(&mut self, (from, to): (u64, u64)) {
        let from = self.open.map_or(from, |open| open.0);
        self.open = Some((from, to));
        self.longest = self.longest.max(to - from);
    }

    fn breaks(&mut self) {
        self.kept.extend(self.open.take());
        if KEPT < self.kept.len() {
            let lengths = self.kept.iter().enumerate().map(|(at, (from, to))| (to - from, at));
            if let Some((_, shortest)) = lengths.min() {
                self.kept.remove(shortest);
            }
        }
    }

    fn stretches(mut self, rate: f64, least_s: f64) -> Vec<Stretch> {
        self.breaks();
        let seconds = |frames: u64| frames as f64 / rate;
        let all = self.kept.into_iter();
        let all = all.map(|(from, to)| Stretch { from_s: seconds(from), to_s: seconds(to) });
        all.filter(|stretch| least_s <= stretch.seconds()).collect()
    }
}

impl Tally {
    pub(super) fn new(rate: u32, channels: usize) -> Result<Self, PlayError> {
        let unheard = |what: String| PlayError::NotRead { what, instead: FORMATS };
        if !RATES.contains(&rate) || channels == 0 || CHANNELS_MOST < channels {
            return Err(unheard(format!("{channels} channels of {rate} samples a second")));
        }
        let mode = Mode::I | Mode::LRA | Mode::TRUE_PEAK;
        let ebu = EbuR128::new(channels as u32, rate, mode)
            .map_err(|cause| unheard(format!("{rate} samples a second ({cause})")))?;
        Ok(Self {
            rate,
            channels,
            ebu,
            frames: 0,
            flat: vec![(0, 0); channels],
            clipped: 0,
            stretch: (0, 0.0, 0),
            silent: 0,
            silences: Runs::default(),
            flats: Runs::default(),
        })
    }

    pub(super) fn fits(&self, rate: u32, channels: usize) -> bool {
        (self.rate, self.channels) == (rate, channels)
    }

    pub(super) fn seconds(&self) -> f64 {
        self.frames as f64 / f64::from(self.rate)
    }

    /// Adds samples of all channels in turn.
    pub(super) fn add(&mut self, samples: &[f32]) -> Result<(), PlayError> {
        if samples.iter().any(|sample| !sample.is_finite()) {
            return Err(PlayError::damaged("a sample is no number"));
        }
        self.ebu.add_frames_f32(samples).map_err(PlayError::damaged)?;
        for frame in samples.chunks_exact(self.channels) {
            self.frames += 1;
            let mut peak = 0.0_f32;
            for (sample, flat) in frame.iter().zip(&mut self.flat) {
                peak = peak.max(sample.abs());
                let end = if FULL <= *sample { 1 } else { -i8::from(*sample <= -FULL) };
                *flat = if end != 0 && end == flat.0 { (end, flat.1 + 1) } else { (end, 1) };
                self.clipped += match flat {
                    (0, _) => 0,
                    (_, run) if *run < FLAT => 0,
                    (_, FLAT) => u64::from(FLAT),
                    _ => 1,
                };
            }
            self.stretch.0 += 1;
            self.stretch.1 = self.stretch.1.max(peak);
            if self.rate / STRETCHES <= self.stretch.0 {
                self.over();
            }
        }
        Ok(())
    }

    /// A stretch is over: it was silent or not, clipped or not.
    fn over(&mut self) {
        let (frames, peak, clipped) = self.stretch;
        let whole = (self.frames - u64::from(frames), self.frames);
        self.stretch = (0, 0.0, self.clipped);
        match peak < SILENT {
            true => {
                self.silences.goes_on(whole);
                self.silent += u64::from(frames);
            }
            false => self.silences.breaks(),
        }
        match clipped < self.clipped {
            true => self.flats.goes_on(whole),
            false => self.flats.breaks(),
        }
    }

    pub(super) fn sound(mut self) -> Result<Sound, PlayError> {
        if 0 < self.stretch.0 {
            self.over();
        }
        let (all, rate) = (self.frames.max(1) as f64, f64::from(self.rate));
        let peak = |channel| self.ebu.true_peak(channel).map_err(PlayError::damaged);
        let peaks: Vec<f64> = (0..self.channels as u32).map(peak).collect::<Result<_, _>>()?;
        let peak = 20.0 * peaks.into_iter().fold(0.0, f64::max).log10();
        let loudness = self.ebu.loudness_global().map_err(PlayError::damaged)?;
        let range = self.ebu.loudness_range().map_err(PlayError::damaged)?;
        Ok(Sound {
            seconds: self.seconds(),
            rate: self.rate,
            channels: self.channels as u32,
            loudness: Some(loudness).filter(|it| it.is_finite()),
            range: if range.is_finite() { range } else { 0.0 },
            true_peak: Some(peak).filter(|it| it.is_finite()),
            clipped: self.clipped as f64 / (all * self.channels as f64),
            silence: self.silent as f64 / all,
            longest_silence_s: self.silences.longest as f64 / rate,
            silent: self.silences.stretches(rate, PAUSE_S),
            cut: self.flats.stretches(rate, 0.0),
        })
    }
}
