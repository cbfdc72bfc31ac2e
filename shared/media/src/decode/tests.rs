//! What strangers send, and how it comes out: upright, sRGB, without metadata.

use super::*;
use crate::{
    Quality, encode, probe,
    samples::{cutout, difference, files, painted, scene},
};

fn quality(value: u8) -> Quality {
    Quality::new(value).unwrap()
}

fn file(format: Format) -> Vec<u8> {
    encode(&scene(1, 160, 120), format, quality(95)).unwrap()
}

fn decoded(bytes: &[u8]) -> Picture {
    decode(bytes, &Limits::default()).unwrap()
}

/// Red, green, blue, white: top left, top right, bottom left, bottom right.
fn quarters() -> Picture {
    painted(48, 32, |x, y| match (x < 0.5, y < 0.5) {
        (true, true) => [255, 0, 0],
        (false, true) => [0, 255, 0],
        (true, false) => [0, 0, 255],
        (false, false) => [255, 255, 255],
    })
}

fn corners(picture: &Picture) -> String {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let corner = |x: usize, y: usize| {
        let at = (y * width + x) * picture.channels();
        match [0, 1, 2].map(|channel| 128 <= picture.pixels()[at + channel]) {
            [true, true, true] => 'w',
            [true, ..] => 'r',
            [_, true, _] => 'g',
            _ => 'b',
        }
    };
    let (right, bottom) = (width - 3, height - 3);
    [corner(2, 2), corner(right, 2), corner(2, bottom), corner(right, bottom)].iter().collect()
}

/// Corners after the turn, by orientation 1 to 8.
const TURNED: [&str; 8] = ["rgbw", "grwb", "wbgr", "bwrg", "rbgw", "brwg", "wgbr", "gwrb"];

#[test]
fn every_orientation_is_turned_upright_in_every_format() {
    let quarters = quarters();
    let [jpeg, png, webp] = [Format::Jpeg, Format::Png, Format::Webp]
        .map(|f| encode(&quarters, f, quality(95)).unwrap());
    for (index, expected) in TURNED.iter().enumerate() {
        let tiff = files::exif(index as u16 + 1, index % 2 == 0);
        let app1 = [b"Exif\0\0", &tiff[..]].concat();
        let turned = [
            files::with_segment(&jpeg, 0xe1, &app1),
            files::with_chunk(&png, b"eXIf", &tiff),
            files::webp_with_exif(&webp, 48, 32, &tiff),
        ];
        for bytes in turned {
            let (picture, probe) = (decoded(&bytes), probe(&bytes).unwrap());
            assert_eq!(
                corners(&picture),
                *expected,
                "orientation {} of {}",
                index + 1,
                probe.format
            );
            let size = if index < 4 { (48, 32) } else { (32, 48) };
            assert_eq!((picture.width(), picture.height()), size);
            assert_eq!((probe.width, probe.height), size);
        }
    }
}

#[test]
fn odd_sizes_and_alpha_are_turned_without_loss() {
    let picture = cutout(67, 131);
    let png = encode(&picture, Format::Png, Quality::default()).unwrap();
    let turn =
        |orientation| decoded(&files::with_chunk(&png, b"eXIf", &files::exif(orientation, true)));
    let back = |picture: &Picture, orientation| {
        let png = encode(picture, Format::Png, Quality::default()).unwrap();
        decoded(&files::with_chunk(&png, b"eXIf", &files::exif(orientation, true)))
    };
    for (there, again) in [(2, 2), (3, 3), (4, 4), (5, 5), (6, 8), (7, 7), (8, 6)] {
        assert!(back(&turn(there), again) == picture, "{there} and then {again}");
    }
}

#[test]
fn a_nonsense_orientation_is_upright() {
    for orientation in [0, 9, 65_535] {
        let bytes = files::with_chunk(&file(Format::Png), b"eXIf", &files::exif(orientation, true));
        assert!(decoded(&bytes) == scene(1, 160, 120));
    }
}

#[test]
fn metadata_does_not_reach_what_is_written() {
    let secret = b"Exif\0\0II\x2a\0GPS secret";
    let jpeg = files::with_segment(&file(Format::Jpeg), 0xe1, secret);
    let jpeg = files::with_segment(&jpeg, 0xfe, b"comment secret");
    let png = files::with_chunk(&file(Format::Png), b"tEXt", b"Author\0secret");
    let webp = files::webp_with_exif(&file(Format::Webp), 160, 120, &files::exif(1, true));
    for bytes in [jpeg, png, webp] {
        assert!(bytes.windows(6).any(|part| part == b"secret"));
        for format in Format::ALL {
            let written = encode(&decoded(&bytes), format, Quality::default()).unwrap();
            for trace in [&b"secret"[..], b"Exif", b"EXIF", b"eXIf", b"tEXt", b"XMP"] {
                assert!(!written.windows(trace.len()).any(|part| part == trace), "{format}");
            }
        }
    }
}

#[test]
fn a_wide_gamut_picture_becomes_srgb() {
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let grey_green = painted(32, 32, |_, _| [100, 180, 100]);
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 100);
    encoder.add_icc_profile(&profile).unwrap();
    encoder.encode(grey_green.pixels(), 32, 32, jpeg_encoder::ColorType::Rgb).unwrap();
    let [red, green, blue] = *decoded(&bytes).pixels().first_chunk().unwrap();
    // Display P3 (100, 180, 100) is sRGB (65, 182, 90) by the CSS Color 4 matrices.
    for (got, expected) in [(red, 65), (green, 182), (blue, 90)] {
        assert!(u8::abs_diff(got, expected) <= 2, "{red} {green} {blue}");
    }
}

#[test]
fn a_broken_colour_profile_leaves_the_picture_as_it_is() {
    let bytes =
        files::with_segment(&file(Format::Jpeg), 0xe2, b"ICC_PROFILE\0\x01\x01not a profile");
    assert!(decoded(&bytes) == decoded(&file(Format::Jpeg)));
}

#[test]
fn cmyk_and_grey_and_rgb_jpegs_are_read() {
    let cases: [(jpeg_encoder::ColorType, &[u8], [u8; 3]); 5] = [
        (jpeg_encoder::ColorType::Luma, &[130], [130, 130, 130]),
        (jpeg_encoder::ColorType::Cmyk, &[0, 200, 200, 10], [245, 53, 53]),
        (jpeg_encoder::ColorType::CmykAsYcck, &[0, 200, 200, 10], [245, 53, 53]),
        (jpeg_encoder::ColorType::Rgb, &[245, 53, 53], [245, 53, 53]),
        (jpeg_encoder::ColorType::Ycbcr, &[128, 128, 128], [128, 128, 128]),
    ];
    for (kind, pixel, expected) in cases {
        let mut bytes = Vec::new();
        let encoder = jpeg_encoder::Encoder::new(&mut bytes, 100);
        encoder.encode(&pixel.repeat(40 * 40), 40, 40, kind).unwrap();
        let picture = decoded(&bytes);
        let got: [u8; 3] = *picture.pixels().first_chunk().unwrap();
        let far = got.iter().zip(expected).any(|(got, expected)| 4 < got.abs_diff(expected));
        assert!(!far, "{kind:?}: {got:?} rather than {expected:?}");
    }
}

#[test]
fn every_kind_of_png_is_widened_to_8_bits_of_colour() {
    use ::png::{BitDepth, ColorType};
    let cases: [(ColorType, BitDepth, &[u8], &[u8]); 7] = [
        (ColorType::Grayscale, BitDepth::One, &[0x80], &[255, 255, 255]),
        (ColorType::Grayscale, BitDepth::Sixteen, &[200, 228], &[200, 200, 200]),
        (ColorType::GrayscaleAlpha, BitDepth::Eight, &[90, 40], &[90, 90, 90, 40]),
        (ColorType::Rgb, BitDepth::Sixteen, &[1, 9, 2, 9, 3, 9], &[1, 2, 3]),
        (ColorType::Rgb, BitDepth::Sixteen, &[0, 128, 0, 129, 255, 126], &[0, 1, 254]),
        (ColorType::Rgba, BitDepth::Sixteen, &[1, 9, 2, 9, 3, 9, 4, 9], &[1, 2, 3, 4]),
        (ColorType::Indexed, BitDepth::Eight, &[1], &[4, 5, 6]),
    ];
    for (color, depth, pixel, expected) in cases {
        let mut bytes = Vec::new();
        let mut encoder = ::png::Encoder::new(&mut bytes, 1, 1);
        encoder.set_color(color);
        encoder.set_depth(depth);
        encoder.set_palette(&[1, 2, 3, 4, 5, 6][..]);
        encoder.write_header().unwrap().write_image_data(pixel).unwrap();
        assert_eq!(decoded(&bytes).pixels(), expected, "{color:?} {depth:?}");
    }
}

#[test]
fn a_deep_png_may_come_in_seven_passes() {
    use std::io::Write;
    let (width, height) = (13_u32, 11_u32);
    let sample = |x: u32, y: u32, channel: u32| (x * 4_801 + y * 3_001 + channel * 20_011) as u16;
    let passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2)];
    let passes = passes.into_iter().chain([(0, 1, 1, 2)]);
    let mut rows = Vec::new();
    for (left, top, across, down) in passes {
        for y in (top..height).step_by(down) {
            rows.push(0);
            for (x, channel) in
                (left..width).step_by(across).flat_map(|x| (0..3).map(move |channel| (x, channel)))
            {
                rows.extend(sample(x, y, channel).to_be_bytes());
            }
        }
    }
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&rows).unwrap();
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[16, 2, 0, 0, 1]].concat();
    let chunks = [
        files::chunk(b"IHDR", &head),
        files::chunk(b"IDAT", &packer.finish().unwrap()),
        files::chunk(b"IEND", b""),
    ];
    let shown = decoded(&[b"\x89PNG\r\n\x1a\n".to_vec(), chunks.concat()].concat());
    let all = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let expected: Vec<u8> = all
        .flat_map(|(x, y)| (0..3).map(move |channel| deep::nearest(sample(x, y, channel))))
        .collect();
    assert!(shown.pixels() == expected);
}

#[test]
fn an_alpha_channel_that_hides_nothing_is_dropped() {
    let opaque = Picture::rgba(2, 1, vec![1, 2, 3, 255, 4, 5, 6, 255]).unwrap();
    let mut bytes = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut bytes, 2, 1);
    encoder.set_color(::png::ColorType::Rgba);
    encoder.write_header().unwrap().write_image_data(opaque.pixels()).unwrap();
    assert_eq!(decoded(&bytes).pixels(), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_header_alone_is_enough_to_probe() {
    for format in [Format::Jpeg, Format::Png, Format::Webp] {
        let probe = probe(&file(format)[..700]).unwrap();
        assert_eq!((probe.format, probe.width, probe.height), (format, 160, 120));
    }
}

#[test]
fn stray_bytes_between_segments_and_behind_the_end_are_skipped() {
    let jpeg = file(Format::Jpeg);
    let first = files::with_segment(&jpeg, 0xfe, b"comment");
    let behind = 2 + 2 + 2 + 7;
    let strayed = [&first[..behind], b"nonsense", &first[behind..], b"camera trailer"].concat();
    assert!(difference(&decoded(&strayed), &decoded(&jpeg)) == 0.0);
}
