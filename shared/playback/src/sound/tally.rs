//! Adds a sound up as it comes.

use ebur128::{EbuR128, Mode};

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

/// What has been heard so far.
pub(super) struct Tally {
    rate: u32,
    channels: usize,
    ebu: EbuR128,
    frames: u64,
    /// Of each channel, how many samples in a row are at which end of the scale.
    flat: Vec<(i8, u32)>,
    clipped: u64,
    /// Frames of the stretch that is being heard, and its peak.
    stretch: (u32, f32),
    silent: u64,
    /// Frames of silence up to now, and the most.
    run: (u64, u64),
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
            stretch: (0, 0.0),
            silent: 0,
            run: (0, 0),
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
            self.stretch = (self.stretch.0 + 1, self.stretch.1.max(peak));
            if self.rate / STRETCHES <= self.stretch.0 {
                self.over();
            }
        }
        Ok(())
    }

    /// A stretch is over: it was silent or not.
    fn over(&mut self) {
        let (frames, peak) = std::mem::take(&mut self.stretch);
        let run = if peak < SILENT { self.run.0 + u64::from(frames) } else { 0 };
        self.run = (run, self.run.1.max(run));
        if 0 < run {
            self.silent += u64::from(frames);
        }
    }

    pub(super) fn sound(mut self) -> Result<Sound, PlayError> {
        self.over();
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
            longest_silence_s: self.run.1 as f64 / rate,
        })
    }
}
