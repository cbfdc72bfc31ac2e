//! Films of known frames, written here, and one by another's encoder.

use super::*;
use crate::dice::Dice;
use rusty_h264::{Encoder, EncoderConfig, YuvFrame};

const WIDE: usize = 64;
const HIGH: usize = 48;
const FPS: u32 = 10;

/// A box with its length.
fn boxed(kind: &[u8; 4], content: &[Vec<u8>]) -> Vec<u8> {
    let content = content.concat();
    [&(content.len() as u32 + 8).to_be_bytes()[..], kind, &content].concat()
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// Units of a byte stream.
fn units(stream: &[u8]) -> Vec<&[u8]> {
    let starts: Vec<usize> = (0..stream.len().saturating_sub(2))
        .filter(|at| stream[*at..*at + 3] == [0, 0, 1])
        .collect();
    let ends =
        starts.iter().skip(1).map(|next| if stream[next - 1] == 0 { next - 1 } else { *next });
    let ends: Vec<usize> = ends.chain([stream.len()]).collect();
    starts.iter().zip(ends).map(|(from, to)| &stream[from + 3..to]).collect()
}

/// The parameter sets, and each frame as an MP4 stores it.
fn encoded(frames: &[YuvFrame]) -> (Vec<u8>, Vec<u8>, Vec<Vec<u8>>) {
    let config = EncoderConfig { gop_size: 10, ..EncoderConfig::baseline(WIDE, HIGH) };
    let mut encoder = Encoder::new(config).unwrap();
    let (mut sps, mut pps, mut stored) = (Vec::new(), Vec::new(), Vec::new());
    for frame in frames {
        let stream = encoder.encode(frame);
        let mut bytes = Vec::new();
        for unit in units(&stream) {
            match unit[0] & 0x1f {
                7 => sps = unit.to_vec(),
                8 => pps = unit.to_vec(),
                _ => bytes.extend([&(unit.len() as u32).to_be_bytes()[..], unit].concat()),
            }
        }
        stored.push(bytes);
    }
    (sps, pps, stored)
}

fn head(sps: &[u8], pps: &[u8], tables: &[Vec<u8>], more: &[Vec<u8>]) -> Vec<u8> {
    let set = |set: &[u8]| [&(set.len() as u16).to_be_bytes()[..], set].concat();
    let config = [&[1, 66, 0, 30, 0xff, 0xe1][..], &set(sps), &[1], &set(pps)].concat();
    let size = [(WIDE as u16).to_be_bytes(), (HIGH as u16).to_be_bytes()].concat();
    let entry = boxed(b"avc1", &[vec![0; 24], size, vec![0; 50], boxed(b"avcC", &[config])]);
    let stsd = boxed(b"stsd", &[words(&[0, 1]), entry]);
    let stbl = boxed(b"stbl", &[vec![stsd], tables.to_vec()].concat());
    let media = [
        boxed(b"mdhd", &[words(&[0, 0, 0, 1_000, 0, 0])]),
        boxed(b"hdlr", &[words(&[0, 0]), b"vide".to_vec(), vec![0; 13]]),
        boxed(b"minf", &[stbl]),
    ];
    let track = [boxed(b"tkhd", &[words(&[0, 0, 0, 1]), vec![0; 68]]), boxed(b"mdia", &media)];
    boxed(b"moov", &[vec![boxed(b"trak", &track)], more.to_vec()].concat())
}

/// An MP4 with its tables in front, as players like it.
fn plain(frames: &[YuvFrame]) -> Vec<u8> {
    let (sps, pps, stored) = encoded(frames);
    let count = stored.len() as u32;
    let sizes: Vec<u32> = stored.iter().map(|frame| frame.len() as u32).collect();
    let moov = |place: u32| {
        let tables = [
            boxed(b"stts", &[words(&[0, 1, count, 1_000 / FPS])]),
            boxed(b"stsc", &[words(&[0, 1, 1, count, 1])]),
            boxed(b"stsz", &[words(&[0, 0, count]), words(&sizes)]),
            boxed(b"stco", &[words(&[0, 1, place])]),
        ];
        head(&sps, &pps, &tables, &[])
    };
    let ftyp = boxed(b"ftyp", &[b"isom".to_vec(), words(&[0])]);
    let place = (ftyp.len() + moov(0).len() + 8) as u32;
    [ftyp, moov(place), boxed(b"mdat", &stored)].concat()
}

/// An MP4 in fragments of so many frames, as it is written while it is made.
fn fragmented(frames: &[YuvFrame], each: usize) -> Vec<u8> {
    let (sps, pps, stored) = encoded(frames);
    let trex = boxed(b"trex", &[words(&[0, 1, 1, 1_000 / FPS, 0, 0])]);
    let mut file = boxed(b"ftyp", &[b"isom".to_vec(), words(&[0])]);
    file.extend(head(&sps, &pps, &[], &[boxed(b"mvex", &[trex])]));
    for (number, frames) in stored.chunks(each).enumerate() {
        let sizes: Vec<u32> = frames.iter().map(|frame| frame.len() as u32).collect();
        let moof = |place: u32| {
            let time = (number * each) as u32 * 1_000 / FPS;
            let traf = [
                boxed(b"tfhd", &[words(&[0x02_0000, 1])]),
                boxed(b"tfdt", &[words(&[0, time])]),
                boxed(b"trun", &[words(&[0x201, sizes.len() as u32, place]), words(&sizes)]),
            ];
            boxed(b"moof", &[boxed(b"mfhd", &[words(&[0, number as u32])]), boxed(b"traf", &traf)])
        };
        let place = moof(0).len() as u32 + 8;
        file.extend([moof(place), boxed(b"mdat", frames)].concat());
    }
    file
}

/// A frame of a pattern that moves with its number; black where it is none.
fn frame(moment: Option<usize>) -> YuvFrame {
    let mut frame = YuvFrame::black(WIDE, HIGH);
    if let Some(moment) = moment {
        for (at, tone) in frame.y.iter_mut().enumerate() {
            let (x, y) = (at % WIDE + moment * 4, at / WIDE);
            *tone = if (x / 8 + y / 8) % 2 == 0 { 60 } else { 200 };
        }
    }
    frame
}

/// Four seconds: one that moves, one that is black, one that stands still, one that moves.
fn story() -> Vec<YuvFrame> {
    let moments = (0..40).map(|n| match n / 10 {
        1 => None,
        2 => Some(3),
        _ => Some(n),
    });
    moments.map(frame).collect()
}

fn watched(bytes: &[u8]) -> Film {
    watch(bytes, &PlayLimits::default()).unwrap()
}

#[test]
fn black_and_frozen_seconds_are_found_in_both_kinds_of_file() {
    for file in [plain(&story()), fragmented(&story(), 10), fragmented(&story(), 7)] {
        let film = watched(&file);
        assert_eq!((film.width, film.height, film.frames), (WIDE as u32, HIGH as u32, 40));
        assert_eq!((film.seconds, film.fps, film.sound), (4.0, 10.0, None));
        assert_eq!(film.black, [Stretch { from_s: 1.0, to_s: 2.0 }]);
        let frozen = [Stretch { from_s: 1.0, to_s: 2.0 }, Stretch { from_s: 2.0, to_s: 3.0 }];
        assert_eq!(film.frozen, frozen, "what is black stands still too");
    }
}

#[test]
fn a_moving_film_has_neither() {
    let film = watched(&plain(&(0..20).map(|n| frame(Some(n))).collect::<Vec<_>>()));
    assert_eq!((film.black, film.frozen), (vec![], vec![]));
}

#[test]
fn another_encoders_film_is_seen_and_heard() {
    // x264 in its high profile: CABAC, frames that lean on later ones, tables behind the frames; AAC beside it.
    let film = watched(include_bytes!("../../fixtures/film.mp4"));
    assert_eq!((film.width, film.height, film.frames), (96, 64, 24));
    assert!((film.seconds - 2.0).abs() < 1e-9 && (film.fps - 12.0).abs() < 1e-9, "{film:?}");
    assert_eq!((film.black.len(), film.frozen.len()), (0, 0));
    let sound = film.sound.unwrap();
    assert!((sound.loudness.unwrap() + 23.0).abs() < 0.5, "{sound:?}");
}

#[test]
fn limits_are_held_before_anything_is_decoded() {
    let file = plain(&story());
    let limits = PlayLimits::default();
    let cases = [
        (PlayLimits { max_frames: 39, ..limits }, "40 frames, and at most 39 are played"),
        (
            PlayLimits { max_frame: 3_000, ..limits },
            "3072 pixels in a frame, and at most 3000 are played",
        ),
        (
            PlayLimits { max_pixels: 100_000, ..limits },
            "122880 pixels in all frames, and at most 100000 are played",
        ),
    ];
    for (limits, expected) in cases {
        let error = watch(&file, &limits).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the file has {expected}: send a shorter or smaller one")
        );
        assert!(!error.broken());
    }
    // The header is modest, the stream is not.
    let place = file.windows(4).position(|part| part == b"avc1").unwrap() + 4 + 24;
    let mut modest = file.clone();
    modest[place..place + 4].copy_from_slice(&[0, 16, 0, 16]);
    let error = watch(&modest, &PlayLimits { max_frame: 3_000, ..limits }).unwrap_err();
    assert!(matches!(error, PlayError::TooMuch { .. }), "{error}");
}

#[test]
fn what_is_no_film_is_told_from_what_is_beyond_us() {
    let why = |bytes: &[u8]| watch(bytes, &PlayLimits::default()).unwrap_err();
    assert_eq!(why(b""), PlayError::Empty);
    assert!(matches!(why(b"these are words, and not a film"), PlayError::NotPlayable { .. }));
    assert_eq!(
        why(include_bytes!("../../fixtures/tone.m4a")),
        PlayError::Without { wanted: "film" }
    );
    let mut other = plain(&story());
    let place = other.windows(4).position(|part| part == b"avc1").unwrap();
    other[place..place + 4].copy_from_slice(b"hvc1");
    let error = why(&other);
    assert_eq!(
        error.to_string(),
        "the file uses film written as hvc1, which is not read: convert it to MP4 with H.264"
    );
    assert!(!error.broken());
    let whole = plain(&story());
    assert!(matches!(why(&whole[..whole.len() - 50]), PlayError::Truncated { .. }));
}

#[test]
fn cut_and_mangled_films_are_refused_or_seen_and_nothing_else() {
    let files = [
        plain(&story()),
        fragmented(&story(), 10),
        include_bytes!("../../fixtures/film.mp4").to_vec(),
    ];
    let mut dice = Dice::new(3);
    for file in &files {
        for _ in 0..60 {
            let _ = watch(&file[..dice.below(file.len())], &PlayLimits::default());
            let mut mangled = file.clone();
            for _ in 0..=dice.below(6) {
                let at = dice.below(mangled.len());
                mangled[at] = dice.next() as u8;
            }
            let _ = watch(&mangled, &PlayLimits::default());
        }
    }
}
