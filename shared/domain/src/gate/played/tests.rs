//! What passes of sounds and films, and in which words the rest does not.

use super::super::verdict::{Judgement, Verdict};
use super::*;
use serde_json::{Value, json};

fn good_sound() -> Heard {
    Heard {
        seconds: 8.02,
        rate: 48_000,
        channels: 2,
        bytes: 130_000,
        loudness: Some(-16.2),
        range: 4.0,
        true_peak: Some(-1.4),
        clipped: 0.0,
        silence: 0.02,
        longest_silence_s: 0.1,
        silent: vec![],
        cut: vec![],
    }
}

fn good_film() -> Watched {
    Watched {
        width: 640,
        height: 360,
        bytes: 900_000,
        seconds: 4.0,
        fps: 24.0,
        black: vec![],
        frozen: vec![(0.0, 0.6)],
        sound: None,
    }
}

#[track_caller]
fn check(expected: &[&str], judge: impl FnOnce(&mut Judgement)) {
    let mut judgement = Judgement::new(&[]);
    judge(&mut judgement);
    assert_eq!(judgement.reasons, expected);
    let verdict = if expected.is_empty() { Verdict::Pass } else { Verdict::Fail };
    assert_eq!(judgement.verdict, verdict);
}

#[test]
fn sounds_are_held_against_what_is_asked() {
    let louder =
        Heard { loudness: Some(-9.0), true_peak: Some(0.6), clipped: 0.04, ..good_sound() };
    let quiet = Heard { loudness: None, ..good_sound() };
    let silent = Heard { silence: 0.99, loudness: None, true_peak: None, ..good_sound() };
    let broadcast = json!({"loudness_min": -24, "loudness_max": -22, "true_peak_max": -1});
    let cases: [(Value, Heard, &[&str]); 10] = [
        (json!({}), good_sound(), &[]),
        (json!({"min_seconds": 8, "max_seconds": 8}), good_sound(), &[]),
        (
            json!({"min_seconds": 9}),
            good_sound(),
            &["tune.audio plays 8.0 s, asked are at least 9"],
        ),
        (json!({"max_seconds": 5}), good_sound(), &["tune.audio plays 8.0 s, asked are at most 5"]),
        (
            json!({"max_bytes": 1000}),
            good_sound(),
            &["tune.audio has 130000 bytes, asked are at most 1000"],
        ),
        (broadcast.clone(), good_sound(), &["tune.audio is too loud: -16.2 LUFS, at most -22"]),
        (
            broadcast,
            louder,
            &[
                "tune.audio is clipped: 4.0 % of it, at most 1.0 %",
                "tune.audio is too loud: -9.0 LUFS, at most -22",
                "tune.audio peaks at 0.6 dBTP, asked are at most -1",
            ],
        ),
        (
            json!({"loudness_min": -14}),
            good_sound(),
            &["tune.audio is too quiet: -16.2 LUFS, at least -14"],
        ),
        (
            json!({"loudness_min": -14}),
            quiet,
            &["tune.audio is too quiet for its loudness to be measured"],
        ),
        (
            json!({"loudness_min": -14}),
            silent,
            &["tune.audio is silent: 99.0 % of it, at most 95.0 %"],
        ),
    ];
    for (params, heard, expected) in cases {
        let asked = AskedOfSound::of(params.as_object().unwrap()).unwrap();
        check(expected, |judgement| sound(&asked, "tune.audio", &heard, judgement));
    }
}

#[test]
fn films_are_held_against_what_is_asked() {
    let slow = Watched { fps: 11.98, ..good_film() };
    let flawed =
        Watched { black: vec![(1.0, 2.5)], frozen: vec![(1.0, 2.5), (3.0, 3.6)], ..good_film() };
    let dark = Watched { black: vec![(0.0, 4.0)], frozen: vec![(0.0, 4.0)], ..good_film() };
    let mute = Heard { silence: 1.0, loudness: None, true_peak: None, ..good_sound() };
    let mute = Watched { sound: Some(mute), ..good_film() };
    let loud = Watched { sound: Some(Heard { clipped: 0.2, ..good_sound() }), ..good_film() };
    let cases: [(Value, Watched, &[&str]); 9] = [
        (json!({}), good_film(), &[]),
        (
            json!({"min_seconds": 4, "fps_min": 24, "min_width": 640, "max_height": 360}),
            good_film(),
            &[],
        ),
        (
            json!({"min_seconds": 5, "min_width": 1280, "max_height": 300, "max_bytes": 9}),
            good_film(),
            &[
                "film.video has 640 pixels of width, asked are at least 1280",
                "film.video has 360 pixels of height, asked are at most 300",
                "film.video has 900000 bytes, asked are at most 9",
                "film.video plays 4.0 s, asked are at least 5",
            ],
        ),
        (json!({"fps_min": 12}), slow.clone(), &[]),
        (
            json!({"fps_min": 23.976}),
            slow,
            &["film.video has 12.0 frames a second, asked are at least 23.976"],
        ),
        (
            json!({"black_max_s": 0.5, "frozen_max_s": 1}),
            flawed,
            &[
                "film.video is black from 1.0 s to 2.5 s, at most 0.5 s",
                "film.video stands still from 1.0 s to 2.5 s, at most 1 s",
            ],
        ),
        (json!({"frozen_max_s": 1}), dark, &["film.video is black from end to end"]),
        (
            json!({"loudness_min": -20}),
            good_film(),
            &["film.video has no sound, asked is some of a loudness"],
        ),
        (json!({}), loud, &["film.video has a sound that is clipped: 20.0 % of it, at most 1.0 %"]),
    ];
    for (params, watched, expected) in cases {
        let asked = AskedOfFilm::of(params.as_object().unwrap()).unwrap();
        check(expected, |judgement| film(&asked, "film.video", &watched, judgement));
    }
    let asked = |params: Value| AskedOfFilm::of(params.as_object().unwrap()).unwrap();
    check(&[], |judgement| film(&asked(json!({})), "film.video", &mute, judgement));
    let silent = "film.video has a sound that is silent: 100.0 % of it, at most 95.0 %";
    let wanted = asked(json!({"loudness_min": -20}));
    check(&[silent], |judgement| film(&wanted, "film.video", &mute, judgement));
}

#[test]
fn what_is_no_number_is_for_a_person() {
    let mut judgement = Judgement::new(&[]);
    let odd = Heard { range: f64::NAN, ..good_sound() };
    sound(&AskedOfSound::default(), "tune.audio", &odd, &mut judgement);
    assert_eq!(judgement.verdict, Verdict::Review);
    let mut judgement = Judgement::new(&[]);
    let odd = Watched { fps: f64::INFINITY, ..good_film() };
    film(&AskedOfFilm::default(), "film.video", &odd, &mut judgement);
    assert_eq!(judgement.verdict, Verdict::Review);
}

#[test]
fn thresholds_that_cannot_be_read_are_errors() {
    for params in [json!({"loudness_min": "loud"}), json!({"fps_min": "fast"})] {
        let params = params.as_object().unwrap();
        assert!(AskedOfFilm::of(params).is_err());
    }
}
