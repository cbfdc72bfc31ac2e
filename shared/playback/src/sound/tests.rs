//! Sounds whose loudness is known, and bytes that are none.

use super::*;
use crate::dice::Dice;

const RATE: u32 = 48_000;

/// A WAV of 16 bits with these samples in every channel.
fn wav(channels: u16, samples: &[f64]) -> Vec<u8> {
    let data: Vec<u8> = samples
        .iter()
        .map(|sample| (sample * 32_767.0).round().clamp(-32_768.0, 32_767.0) as i16)
        .flat_map(|sample| sample.to_le_bytes().repeat(usize::from(channels)))
        .collect();
    let bytes = u32::from(channels) * 2;
    let head = [
        &b"RIFF"[..],
        &(36 + data.len() as u32).to_le_bytes(),
        b"WAVEfmt ",
        &16_u32.to_le_bytes(),
        &1_u16.to_le_bytes(),
        &channels.to_le_bytes(),
        &RATE.to_le_bytes(),
        &(RATE * bytes).to_le_bytes(),
        &(bytes as u16).to_le_bytes(),
        &16_u16.to_le_bytes(),
        b"data",
        &(data.len() as u32).to_le_bytes(),
    ];
    [head.concat(), data].concat()
}

/// A sine of 1 kHz (or another pitch) at these levels in dBFS, each for so many seconds.
fn tones(hertz: f64, parts: &[(f64, f64)]) -> Vec<f64> {
    let mut samples = Vec::new();
    for (level, seconds) in parts {
        let (from, count) = (samples.len(), (seconds * f64::from(RATE)) as usize);
        let turn = std::f64::consts::TAU * hertz / f64::from(RATE);
        let loud = 10_f64.powf(level / 20.0);
        samples.extend((from..from + count).map(|at| loud * (turn * at as f64).sin()));
    }
    samples
}

fn heard(bytes: &[u8]) -> Sound {
    hear(bytes, &PlayLimits::default()).unwrap()
}

#[track_caller]
fn near(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance, "{got} rather than {expected}");
}

/// EBU Tech 3341 (2016), tests 1 to 5: stereo, within 0.1 LU.
#[test]
fn loudness_is_as_the_ebu_says() {
    let cases: [(f64, &[(f64, f64)]); 5] = [
        (-23.0, &[(-23.0, 20.0)]),
        (-33.0, &[(-33.0, 20.0)]),
        (-23.0, &[(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)]),
        (-23.0, &[(-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)]),
        (-23.0, &[(-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)]),
    ];
    for (expected, parts) in cases {
        near(heard(&wav(2, &tones(1_000.0, parts))).loudness.unwrap(), expected, 0.1);
    }
}

/// EBU Tech 3342 (2016), tests 1 to 3: within 1 LU.
#[test]
fn loudness_range_is_as_the_ebu_says() {
    let cases: [(f64, &[(f64, f64)]); 3] = [
        (10.0, &[(-20.0, 20.0), (-30.0, 20.0)]),
        (5.0, &[(-20.0, 20.0), (-15.0, 20.0)]),
        (20.0, &[(-40.0, 20.0), (-20.0, 20.0)]),
    ];
    for (expected, parts) in cases {
        near(heard(&wav(2, &tones(1_000.0, parts))).range, expected, 1.0);
    }
}

/// EBU Tech 3341, test 16: a sine at a quarter of the rate whose samples miss its peaks.
#[test]
fn true_peak_is_found_between_samples() {
    let turn = std::f64::consts::TAU / 4.0;
    let at = |phase: f64| move |n: usize| 0.5 * (turn * n as f64 + phase).sin();
    let missed: Vec<f64> = (0..96_000).map(at(turn / 2.0)).collect();
    let sound = heard(&wav(2, &missed));
    let samples = missed.iter().fold(0.0_f64, |most, sample| most.max(sample.abs()));
    near(20.0 * samples.log10(), -9.03, 0.01);
    assert!((-6.4..=-5.8).contains(&sound.true_peak.unwrap()), "{sound:?}");
}

#[test]
fn every_format_is_heard_alike() {
    let files: [(&str, &[u8]); 5] = [
        ("flac", include_bytes!("../../fixtures/tone.flac")),
        ("mp3", include_bytes!("../../fixtures/tone.mp3")),
        ("ogg", include_bytes!("../../fixtures/tone.ogg")),
        ("m4a", include_bytes!("../../fixtures/tone.m4a")),
        ("wav", &wav(2, &tones(1_000.0, &[(-23.0, 2.0)]))),
    ];
    for (name, bytes) in files {
        let sound = heard(bytes);
        near(sound.loudness.unwrap(), -23.0, 0.5);
        near(sound.seconds, 2.0, 0.06);
        near(sound.true_peak.unwrap(), -23.0, 3.0);
        assert_eq!((sound.channels, sound.clipped), (2, 0.0), "{name}");
        assert!(sound.silence < 0.06, "{name}: {sound:?}");
    }
}

#[test]
fn flat_tops_are_clipped_and_single_peaks_are_not() {
    let loud = heard(&wav(1, &tones(440.0, &[(-0.1, 1.0)])));
    assert!(loud.clipped < 0.06, "{loud:?}");
    let driven = heard(&wav(1, &tones(440.0, &[(12.0, 1.0)])));
    assert!((0.7..0.95).contains(&driven.clipped), "{driven:?}");
    let click: Vec<f64> = (0..48_000).map(|n| if n % 100 == 0 { 1.0 } else { 0.0 }).collect();
    assert_eq!(heard(&wav(1, &click)).clipped, 0.0);
}

#[test]
fn silence_is_found_with_its_longest_run() {
    let parts = [(-20.0, 1.0), (-90.0, 2.0), (-20.0, 1.0), (-80.0, 0.5), (-20.0, 0.5)];
    let sound = heard(&wav(2, &tones(1_000.0, &parts)));
    near(sound.silence, 0.5, 0.02);
    near(sound.longest_silence_s, 2.0, 0.06);
    let [long, short] = sound.silent[..] else { panic!("{:?}", sound.silent) };
    for (got, expected) in
        [(long.from_s, 1.0), (long.to_s, 3.0), (short.from_s, 4.0), (short.to_s, 4.5)]
    {
        near(got, expected, 0.06);
    }
    let nothing = heard(&wav(2, &[0.0; 48_000]));
    assert_eq!((nothing.loudness, nothing.true_peak), (None, None));
    assert_eq!((nothing.silence, nothing.longest_silence_s, nothing.seconds), (1.0, 1.0, 1.0));
}

#[test]
fn where_a_sound_is_cut_off_is_known_to_a_twentieth_of_a_second() {
    let parts = [(-20.0, 1.0), (12.0, 0.5), (-20.0, 1.0)];
    let sound = heard(&wav(1, &tones(1_000.0, &parts)));
    let [cut] = sound.cut[..] else { panic!("{:?}", sound.cut) };
    near(cut.from_s, 1.0, 0.06);
    near(cut.to_s, 1.5, 0.06);
    assert_eq!(sound.silent, []);
}

#[test]
fn of_many_silences_the_longest_are_kept() {
    let pause = |n: usize| [(-20.0, 0.3), (-90.0, 0.5 + 0.1 * f64::from(n as u8 % 25))];
    let parts: Vec<_> = (0..25).flat_map(pause).collect();
    let sound = heard(&wav(1, &tones(1_000.0, &parts)));
    assert_eq!(sound.silent.len(), 20);
    assert!(sound.silent.iter().all(|stretch| 0.9 < stretch.seconds()));
    assert!(sound.silent.is_sorted_by(|a, b| a.to_s <= b.from_s), "{:?}", sound.silent);
}

#[test]
fn what_is_no_sound_is_told_from_what_is_beyond_us() {
    let why = |bytes: &[u8]| hear(bytes, &PlayLimits::default()).unwrap_err();
    assert_eq!(why(b""), PlayError::Empty);
    let words = why(b"these are words and nothing else, for longer than any header is");
    assert_eq!(
        words.to_string(),
        "the file starts with 7468657365206172, which is no sound that is read: \
         send WAV, FLAC, MP3, Ogg Vorbis, or AAC in MP4"
    );
    assert!(words.broken());
    let long = PlayLimits { max_seconds: 1, ..PlayLimits::default() };
    let error = hear(&wav(1, &[0.1; 96_000]), &long).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the file has more than 1 seconds of sound, and at most 1 are played: send a shorter or smaller one"
    );
    assert!(!error.broken());
    let small = PlayLimits { max_bytes: 100, ..PlayLimits::default() };
    assert!(matches!(hear(&wav(1, &[0.1; 96]), &small), Err(PlayError::TooManyBytes { .. })));
}

#[test]
fn cut_and_mangled_files_are_refused_or_heard_and_nothing_else() {
    let files: [&[u8]; 4] = [
        include_bytes!("../../fixtures/tone.flac"),
        include_bytes!("../../fixtures/tone.mp3"),
        include_bytes!("../../fixtures/tone.ogg"),
        include_bytes!("../../fixtures/tone.m4a"),
    ];
    let wav = wav(2, &tones(1_000.0, &[(-23.0, 0.2)]));
    let mut dice = Dice::new(7);
    for file in files.into_iter().chain([wav.as_slice()]) {
        for _ in 0..12 {
            let _ = hear(&file[..dice.below(file.len())], &PlayLimits::default());
            let mut mangled = file.to_vec();
            for _ in 0..=dice.below(30) {
                let at = dice.below(mangled.len().min(4_000));
                mangled[at] = dice.next() as u8;
            }
            if let Ok(sound) = hear(&mangled, &PlayLimits::default()) {
                assert!(sound.seconds.is_finite() && (0.0..=1.0).contains(&sound.silence));
            }
        }
    }
}
