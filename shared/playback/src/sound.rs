//! A sound in numbers: how long, how loud, how much of it is clipped or silent.

mod tally;

use std::io::{Cursor, ErrorKind};

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType, probe::Hint};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

use crate::film::Stretch;
use crate::play::{PlayError, PlayLimits, caught};
use tally::Tally;

/// What can be said about a sound without knowing what it says.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    /// How long it plays.
    pub seconds: f64,
    /// Samples a second.
    pub rate: u32,
    /// Channels.
    pub channels: u32,
    /// Integrated loudness in LUFS by EBU R 128; none where nothing is loud enough to count.
    pub loudness: Option<f64>,
    /// Loudness range in LU, by EBU Tech 3342.
    pub range: f64,
    /// True peak in dBTP; none of digital silence.
    pub true_peak: Option<f64>,
    /// Share of samples in runs of three or more at the end of the scale: cut off rather than loud.
    pub clipped: f64,
    /// Share of the time below -60 dBFS.
    pub silence: f64,
    /// The longest such time, in seconds.
    pub longest_silence_s: f64,
    /// Where it is silent for a quarter of a second and more: the longest stretches.
    pub silent: Vec<Stretch>,
    /// Where it is clipped, to a twentieth of a second: the longest stretches.
    pub cut: Vec<Stretch>,
}

const FORMATS: &str = "WAV, FLAC, MP3, Ogg Vorbis, or AAC in MP4";
/// Of faulty packets, one in so many is a click; more is a damaged file.
const CLICKS: usize = 100;
const CHANNELS_MOST: usize = 8;
const RATES: std::ops::RangeInclusive<u32> = 4_000..=192_000;

/// Decodes the first sound in a file (WAV, FLAC, MP3, Ogg Vorbis, AAC in MP4, fragmented too) and measures it.
///
/// Nothing is kept of it: it is measured packet by packet, and memory does not grow with its length.
pub fn hear(bytes: &[u8], limits: &PlayLimits) -> Result<Sound, PlayError> {
    limits.check_bytes(bytes.len())?;
    let limits = *limits;
    caught(move || play(bytes, &limits))
}

fn play(bytes: &[u8], limits: &PlayLimits) -> Result<Sound, PlayError> {
    let mut reader = opened(bytes)?;
    let track = reader.default_track(TrackType::Audio);
    let track = track.ok_or(PlayError::Without { wanted: "sound" })?;
    let id = track.id;
    let mut decoder = decoder(track.codec_params.as_ref().and_then(|params| params.audio()))?;
    let mut tally: Option<Tally> = None;
    let (mut packets, mut faults, mut samples) = (0_usize, 0_usize, Vec::<f32>::new());
    while let Some(packet) = next(reader.as_mut(), bytes)? {
        if packet.track_id != id {
            continue;
        }
        packets += 1;
        let heard = match decoder.decode(&packet) {
            Ok(heard) => heard,
            Err(Error::DecodeError(_)) => {
                faults += 1;
                continue;
            }
            Err(cause) => return Err(of(cause, bytes)),
        };
        let (rate, channels) = (heard.spec().rate(), heard.spec().channels().count());
        if tally.is_none() {
            tally = Some(Tally::new(rate, channels)?);
        }
        let Some(tally) = tally.as_mut().filter(|tally| tally.fits(rate, channels)) else {
            return Err(PlayError::damaged("its rate or channels change"));
        };
        heard.copy_to_vec_interleaved(&mut samples);
        tally.add(&samples)?;
        if f64::from(limits.max_seconds) < tally.seconds() {
            let what = format!("more than {} seconds of sound", limits.max_seconds);
            return Err(PlayError::TooMuch { what, limit: u64::from(limits.max_seconds) });
        }
    }
    if packets < faults * CLICKS {
        return Err(PlayError::damaged(format!("{faults} of {packets} packets")));
    }
    tally.ok_or(PlayError::Truncated { bytes: bytes.len() })?.sound()
}

fn opened(bytes: &[u8]) -> Result<Box<dyn FormatReader + '_>, PlayError> {
    let source = MediaSourceStream::new(Box::new(Cursor::new(bytes)), Default::default());
    let (format, about) = (FormatOptions::default(), MetadataOptions::default());
    symphonia::default::get_probe().probe(&Hint::new(), source, format, about).map_err(|cause| {
        match cause {
            Error::Unsupported(_) => PlayError::unknown(bytes, "sound", FORMATS),
            Error::IoError(cause) if cause.kind() == ErrorKind::UnexpectedEof => {
                PlayError::unknown(bytes, "sound", FORMATS)
            }
            cause => of(cause, bytes),
        }
    })
}

fn decoder(
    params: Option<&symphonia::core::codecs::audio::AudioCodecParameters>,
) -> Result<Box<dyn AudioDecoder>, PlayError> {
    let not_read = |what: String| PlayError::NotRead { what, instead: FORMATS };
    let params = params.ok_or_else(|| not_read("an unknown way of writing sound".into()))?;
    let codecs = symphonia::default::get_codecs();
    let made = codecs.make_audio_decoder(params, &AudioDecoderOptions::default());
    made.map_err(|cause| not_read(format!("sound that has no decoder here ({cause})")))
}

fn next(
    reader: &mut (dyn FormatReader + '_),
    bytes: &[u8],
) -> Result<Option<symphonia::core::packet::Packet>, PlayError> {
    match reader.next_packet() {
        Ok(packet) => Ok(packet),
        // Another stream begins behind it: the first is what was asked for.
        Err(Error::ResetRequired) => Ok(None),
        Err(cause) => Err(of(cause, bytes)),
    }
}

fn of(cause: Error, bytes: &[u8]) -> PlayError {
    match cause {
        Error::IoError(cause) if cause.kind() == ErrorKind::UnexpectedEof => {
            PlayError::Truncated { bytes: bytes.len() }
        }
        Error::Unsupported(what) => PlayError::NotRead { what: what.into(), instead: FORMATS },
        cause => PlayError::damaged(cause),
    }
}

#[cfg(test)]
mod tests;
