//! What passes `gate.quality`, and in which words the rest does not.

use super::*;

fn good() -> Measured {
    Measured {
        width: 1024,
        height: 576,
        bytes: 300_000,
        format: "png".into(),
        color: "rgb".into(),
        icc: false,
        dpi: None,
        sharpness: 400.0,
        mean_luma: 120.0,
        luma_deviation: 50.0,
        clipped_dark: 0.01,
        clipped_bright: 0.02,
        uniform_area: 0.2,
        alpha_coverage: 1.0,
        borders: [0.0; 4],
        noise: 1.0,
        blocks: 0.01,
    }
}

#[track_caller]
fn check(asked: Value, measured: Measured, expected: &[&str]) {
    let asked = Asked::of(asked.as_object().unwrap()).unwrap();
    let mut judgement = Judgement::new(&[]);
    quality(&asked, "large.image", &measured, &mut judgement);
    assert_eq!(judgement.reasons, expected);
    let verdict = if expected.is_empty() { Verdict::Pass } else { Verdict::Fail };
    assert_eq!(judgement.verdict, verdict);
}

#[test]
fn size_format_and_weight_are_as_asked() {
    check(json!({}), good(), &[]);
    check(json!({"min_width": 1024, "max_width": 1024, "format": "png"}), good(), &[]);
    check(
        json!({"min_width": 1025, "max_height": 500, "max_bytes": 1000, "format": "webp"}),
        good(),
        &[
            "large.image has 1024 pixels of width, asked are at least 1025",
            "large.image has 576 pixels of height, asked are at most 500",
            "large.image has 300000 bytes, asked are at most 1000",
            "large.image is png, asked is webp",
        ],
    );
    check(
        json!({"min_height": 600, "max_width": 1000}),
        good(),
        &[
            "large.image has 1024 pixels of width, asked are at most 1000",
            "large.image has 576 pixels of height, asked are at least 600",
        ],
    );
}

#[test]
fn paper_needs_dots_and_a_file_that_says_them() {
    let printed = |dpi| Measured { dpi, ..good() };
    check(json!({"min_dpi": 300}), printed(Some(300)), &[]);
    let few = "large.image has 212 dpi, asked are at least 300";
    check(json!({"min_dpi": 300}), printed(Some(212)), &[few]);
    let none = "large.image says no dpi, asked are at least 300";
    check(json!({"min_dpi": 300}), printed(None), &[none]);
}

#[test]
fn a_printer_can_ask_for_inks_and_their_profile() {
    let inked = Measured { color: "cmyk".into(), icc: true, format: "tiff".into(), ..good() };
    let asked = json!({"color": "cmyk", "icc": true, "format": "tiff"});
    check(asked.clone(), inked, &[]);
    check(
        asked,
        good(),
        &[
            "large.image is png, asked is tiff",
            "large.image is rgb, asked is cmyk",
            "large.image has no colour profile, asked is one",
        ],
    );
    let marked = Measured { icc: true, ..good() };
    let reason = "large.image has a colour profile, asked is none";
    check(json!({"icc": false}), marked, &[reason]);
}

#[test]
fn what_nobody_could_see_anything_on_fails() {
    let blank = Measured { luma_deviation: 0.2, uniform_area: 1.0, sharpness: 0.0, ..good() };
    check(json!({}), blank, &["large.image is blank"]);
    let clear = Measured { alpha_coverage: 0.001, ..good() };
    check(json!({}), clear, &["large.image is transparent: 0.1 % of it is covered"]);
    let speck = Measured { uniform_area: 0.995, ..good() };
    check(json!({}), speck, &["large.image is of one colour: 99.5 % of it, at most 98.0 %"]);
    let blurred = Measured { sharpness: 9.0, ..good() };
    check(json!({}), blurred, &["large.image is blurred: sharpness 9.0, at least 17"]);
    let dark = Measured { mean_luma: 2.0, clipped_dark: 0.99, ..good() };
    check(
        json!({}),
        dark,
        &[
            "large.image is too dark: mean luma 2.0, at least 8",
            "large.image is drowned: 99.0 % of it, at most 97.0 %",
        ],
    );
    let bright = Measured { mean_luma: 254.0, clipped_bright: 0.98, ..good() };
    check(
        json!({}),
        bright,
        &[
            "large.image is too bright: mean luma 254.0, at most 252",
            "large.image is burnt out: 98.0 % of it, at most 97.0 %",
        ],
    );
}

#[test]
fn thresholds_can_be_moved() {
    let soft = Measured { sharpness: 12.0, ..good() };
    check(json!({"sharpness_min": 10}), soft, &[]);
    let reason = "large.image is too dark: mean luma 120.0, at least 130";
    check(json!({"exposure_min": 130.0}), good(), &[reason]);
}

#[test]
fn what_is_no_number_is_for_a_person() {
    let mut judgement = Judgement::new(&[]);
    let odd = Measured { sharpness: f64::NAN, ..good() };
    quality(&Asked::default(), "large.image", &odd, &mut judgement);
    assert_eq!(judgement.verdict, Verdict::Review);
}

#[test]
fn a_threshold_that_cannot_be_read_is_an_error() {
    let params = json!({"min_width": "wide"});
    assert!(Asked::of(params.as_object().unwrap()).is_err());
}

#[test]
fn bars_noise_and_blocks_are_flaws_where_asked() {
    let flawed =
        Measured { borders: [0.125, 0.0, 0.11, 0.01], noise: 14.26, blocks: 0.4, ..good() };
    check(json!({}), flawed.clone(), &[]);
    check(
        json!({"border_max": 0.02, "noise_max": 12, "blocks_max": 0.3}),
        flawed.clone(),
        &[
            "large.image has bars: 12.5 % at the top, 11.0 % at the bottom, at most 2.0 %",
            "large.image is noisy: 14.3 levels of luma, at most 12",
            "large.image shows blocks: 0.40, at most 0.3",
        ],
    );
    check(json!({"border_max": 0.2, "noise_max": 15.0, "blocks_max": 0.5}), flawed, &[]);
}

#[test]
fn transparency_may_be_asked_for_and_refused() {
    let cut = Measured { alpha_coverage: 0.4, ..good() };
    check(json!({"transparent": true}), cut.clone(), &[]);
    check(json!({"transparent": false}), good(), &[]);
    let wanted = "large.image is transparent nowhere, asked is transparency";
    check(json!({"transparent": true}), good(), &[wanted]);
    let unwanted = "large.image is transparent in places, asked is none";
    check(json!({"transparent": false}), cut, &[unwanted]);
}
