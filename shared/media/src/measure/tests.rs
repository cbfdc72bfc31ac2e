//! Measures against pictures whose numbers are known.

use super::*;
use crate::{
    resize,
    samples::{blurred, cutout, edited, noisy, painted, product, scene},
};

fn measured(picture: &Picture) -> Measures {
    measure(picture).unwrap()
}

#[track_caller]
fn near(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance, "{got} rather than {expected}");
}

fn flat(color: [u8; 3]) -> Picture {
    painted(300, 200, |_, _| color)
}

#[test]
fn more_blur_is_less_sharp() {
    for picture in [scene(1, 600, 400), product(1, 600, 400)] {
        let sharpness: Vec<f64> =
            [0, 1, 2, 3, 5, 8].map(|radius| measured(&blurred(&picture, radius)).sharpness).into();
        assert!(sharpness.is_sorted_by(|sharp, soft| soft < sharp), "{sharpness:?}");
        assert!(100.0 < sharpness[0] && sharpness[3] < 30.0, "{sharpness:?}");
    }
}

#[test]
fn sharpness_does_not_depend_on_resolution() {
    let large = scene(1, 2048, 1152);
    let expected = measured(&large).sharpness;
    for width in [1500, 1024, 800, 640, 512] {
        let smaller = resize(&large, Fit::Width(width), Enlarge::Never).unwrap();
        near(measured(&smaller).sharpness, expected, expected * 0.05);
    }
}

#[test]
fn grain_does_not_hide_blur() {
    let sharp = scene(2, 1024, 576);
    let soft = noisy(&blurred(&sharp, 4), 4);
    assert!(measured(&soft).sharpness < measured(&sharp).sharpness / 4.0);
}

#[test]
fn blank_pictures_are_uniform_and_without_detail() {
    for (color, mean, dark, bright) in
        [([0; 3], 0.0, 1.0, 0.0), ([255; 3], 255.0, 0.0, 1.0), ([9, 200, 40], 125.0, 0.0, 0.0)]
    {
        let measures = measured(&flat(color));
        let expected = Measures {
            width: 300,
            height: 200,
            sharpness: 0.0,
            mean_luma: mean,
            luma_deviation: 0.0,
            clipped_dark: dark,
            clipped_bright: bright,
            uniform_area: 1.0,
            alpha_coverage: 1.0,
            borders: [0.0; 4],
            noise: 0.0,
            blocks: 0.0,
        };
        assert_eq!(measures, expected);
    }
}

#[test]
fn tones_are_counted_at_full_size() {
    let halves = painted(1000, 10, |x, _| if x < 0.25 { [0; 3] } else { [254; 3] });
    let measures = measured(&halves);
    near(measures.clipped_dark, 0.25, 1e-9);
    near(measures.clipped_bright, 0.75, 1e-9);
    near(measures.mean_luma, 190.5, 1e-9);
    near(measures.luma_deviation, 254.0 * (0.25f64 * 0.75).sqrt(), 1e-9);
    near(measures.uniform_area, 0.75, 0.02);
}

#[test]
fn exposure_follows_the_light() {
    let picture = scene(3, 320, 200);
    let [dark, as_it_is, bright] = [-60.0, 0.0, 60.0]
        .map(|light| measured(&edited(&picture, |byte, _| byte + light)))
        .map(|measures| measures.mean_luma);
    assert!(dark < as_it_is && as_it_is < bright);
}

#[test]
fn faint_noise_and_recompression_leave_a_plain_area_plain() {
    assert!(0.95 < measured(&noisy(&flat([120; 3]), 5)).uniform_area);
    near(measured(&product(1, 640, 360)).uniform_area, 0.79, 0.03);
}

#[test]
fn a_gradient_is_not_uniform() {
    let measures = measured(&painted(300, 200, |x, _| [(x * 255.0) as u8; 3]));
    assert!(measures.uniform_area < 0.1, "{measures:?}");
    assert!(70.0 < measures.luma_deviation);
}

#[test]
fn only_opaque_pixels_count() {
    let cut = cutout(400, 400);
    let black_outside = measured(&cut);
    let pixels = cut.pixels().as_chunks::<4>().0.iter();
    let recoloured =
        pixels.flat_map(
            |[r, g, b, alpha]| if *alpha == 0 { [255, 0, 255, 0] } else { [*r, *g, *b, *alpha] },
        );
    let pink_outside = measured(&Picture::rgba(400, 400, recoloured.collect()).unwrap());
    near(pink_outside.mean_luma, black_outside.mean_luma, 1e-9);
    near(pink_outside.sharpness, black_outside.sharpness, black_outside.sharpness * 0.01);
    // A disc of radius 0.35 of the side, half covered on average up to 0.4 and 0.3.
    near(black_outside.alpha_coverage, 0.385, 0.005);
}

#[test]
fn a_picture_without_an_opaque_pixel_measures_nothing() {
    let clear = Picture::rgba(40, 30, vec![0; 40 * 30 * 4]).unwrap();
    let measures = measured(&clear);
    assert_eq!((measures.mean_luma, measures.sharpness, measures.uniform_area), (0.0, 0.0, 0.0));
    assert_eq!(measures.alpha_coverage, 0.0);
}

#[test]
fn a_single_pixel_can_be_measured() {
    let measures = measured(&Picture::rgb(1, 1, vec![7, 7, 7]).unwrap());
    assert_eq!((measures.sharpness, measures.mean_luma, measures.uniform_area), (0.0, 7.0, 1.0));
}
