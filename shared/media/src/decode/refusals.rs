//! What strangers send that is refused, and what they are told.

use super::*;
use crate::{
    Quality, encode, probe,
    samples::{Dice, cutout, files, scene},
};

fn file(format: Format) -> Vec<u8> {
    encode(&scene(1, 160, 120), format, Quality::new(95).unwrap()).unwrap()
}

#[track_caller]
fn refused(bytes: &[u8], message: &str) {
    let error = decode(bytes, &Limits::default()).unwrap_err().to_string();
    assert_eq!(error, message);
}

#[test]
fn a_bomb_is_refused_by_its_header() {
    let bytes = files::claiming(60_000, 60_000);
    assert_eq!(bytes.len(), 45, "there is nothing to decode behind the claim");
    refused(
        &bytes,
        "the PNG header says 60000x60000, and no side may exceed 20000: send a smaller picture",
    );
    refused(
        &files::claiming(19_000, 19_000),
        "the PNG header says 19000x19000, which is more than 52000000 pixels: send a smaller picture",
    );
    refused(
        &files::claiming(0, 7),
        "the PNG file is damaged (its header says 0x7): export it again and send the new file",
    );
}

#[test]
fn a_file_beyond_the_byte_limit_is_not_looked_at() {
    let limits = Limits { max_bytes: 10, ..Limits::default() };
    let error = decode(&[0; 11], &limits).unwrap_err().to_string();
    assert_eq!(error, "the file has 11 bytes, and at most 10 are read: send a smaller file");
}

#[test]
fn limits_hold_for_the_size_as_displayed_and_at_their_edge() {
    let picture = file(Format::Jpeg);
    let limit = |max_pixels, max_side| Limits { max_pixels, max_side, ..Limits::default() };
    assert!(decode(&picture, &limit(160 * 120, 160)).is_ok());
    assert!(decode(&picture, &limit(160 * 120 - 1, 160)).is_err());
    assert!(decode(&picture, &limit(160 * 120, 159)).is_err());
}

#[test]
fn files_that_are_no_pictures_are_named() {
    refused(b"", "the file is empty: send a JPEG, PNG or WebP picture");
    refused(
        b"hello, world",
        "the file starts with 68656c6c6f2c2077, which is no picture format: send a JPEG, PNG or WebP picture",
    );
    let strangers: [(&[u8], &str); 7] = [
        (b"GIF89a", "GIF"),
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (b"\0\0\0\x18ftypisom", "video (ISO media)"),
        (b"BM....", "BMP"),
        (b"%PDF-1.7", "PDF"),
        (b"8BPS", "Photoshop"),
        (b"<svg xmlns", "SVG or XML"),
    ];
    for (bytes, name) in strangers {
        refused(
            bytes,
            &format!(
                "this file is {name}, which is not read: convert it to JPEG, PNG or WebP first"
            ),
        );
    }
    refused(
        &file(Format::Avif),
        "this file is AVIF, which is not read: convert it to JPEG, PNG or WebP first",
    );
}

#[test]
fn an_animation_says_how_many_frames_it_has() {
    let mut bytes = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut bytes, 1, 1);
    encoder.set_color(::png::ColorType::Rgb);
    encoder.set_animated(3, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    (0..3).for_each(|_| writer.write_image_data(&[1, 2, 3]).unwrap());
    writer.finish().unwrap();
    refused(&bytes, "the PNG file is an animation of 3 frames: send one still picture");
    let animated = moving_webp();
    refused(&animated, "the WebP file is an animation of 2 frames: send one still picture");
}

fn moving_webp() -> Vec<u8> {
    let frame = scene(1, 16, 16);
    let config = ::webp::WebPConfig::new().unwrap();
    let mut encoder = ::webp::AnimEncoder::new(16, 16, &config);
    let other = scene(2, 16, 16);
    encoder.add_frame(::webp::AnimFrame::from_rgb(frame.pixels(), 16, 16, 0));
    encoder.add_frame(::webp::AnimFrame::from_rgb(other.pixels(), 16, 16, 100));
    encoder.encode().to_vec()
}

#[test]
fn a_file_cut_short_anywhere_is_an_error_and_says_where() {
    for format in [Format::Jpeg, Format::Png, Format::Webp] {
        let whole = file(format);
        for tenth in 1..10 {
            let bytes = &whole[..whole.len() * tenth / 10];
            let cut = MediaError::Truncated { format, bytes: bytes.len() };
            assert_eq!(decode(bytes, &Limits::default()), Err(cut), "{tenth} tenths of {format}");
        }
    }
    let jpeg = file(Format::Jpeg);
    refused(
        &jpeg[..1000],
        "the JPEG file stops after 1000 bytes, before the picture is complete: send it again whole",
    );
}

#[test]
fn rare_kinds_of_jpeg_are_named() {
    let jpeg = file(Format::Jpeg);
    let frame = jpeg.windows(2).position(|marker| marker == [0xff, 0xc2]).unwrap();
    let changed = |at: usize, value: u8| {
        let mut bytes = jpeg.clone();
        bytes[frame + at] = value;
        bytes
    };
    let unsupported = |what: &str| {
        format!("the JPEG file uses {what}, which is not read: export it as an ordinary JPEG")
    };
    refused(&changed(1, 0xc9), &unsupported("arithmetic coding"));
    refused(&changed(1, 0xc3), &unsupported("lossless coding"));
    refused(&changed(1, 0xc5), &unsupported("hierarchical coding"));
    refused(&changed(4, 12), &unsupported("12 bits per channel"));
}

#[test]
fn a_decoder_that_panics_blames_the_file() {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 80);
    encoder.set_progressive(true);
    encoder.set_restart_interval(3);
    let inks: Vec<u8> = (0..56 * 40 * 4).map(|at| (at % 251) as u8).collect();
    encoder.encode(&inks, 56, 40, jpeg_encoder::ColorType::Cmyk).unwrap();
    let frame = bytes.windows(2).position(|marker| marker == [0xff, 0xc2]).unwrap();
    bytes[frame + 1] = 0xc0;
    refused(
        &bytes,
        "the JPEG file is damaged (its decoder could make nothing of it): export it again and send the new file",
    );
}

#[test]
fn damaged_bytes_never_panic() {
    let mut dice = Dice::new(20);
    for format in Format::ALL {
        let picture = if dice.below(2) == 0 { scene(9, 40, 30) } else { cutout(40, 30) };
        let whole = encode(&picture, format, Quality::default()).unwrap();
        for _ in 0..150 {
            let mut bytes = whole.clone();
            for _ in 0..1 + dice.below(8) {
                let at = dice.below(bytes.len());
                bytes[at] = dice.next() as u8;
            }
            if dice.below(4) == 0 {
                bytes.truncate(1 + dice.below(bytes.len()));
            }
            let small = Limits { max_pixels: 1 << 20, ..Limits::default() };
            let _ = (probe(&bytes), decode(&bytes, &small));
        }
    }
}

#[test]
fn random_bytes_behind_a_signature_never_panic() {
    let mut dice = Dice::new(21);
    let signatures: [&[u8]; 6] = [
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\xff\0\0\0WEBP",
        b"RIFF\xff\0\0\0WEBPVP8L",
        b"\0\0\0\x20ftypavif",
        b"",
    ];
    for round in 0..600 {
        let mut bytes = signatures[round % signatures.len()].to_vec();
        bytes.extend((0..dice.below(300)).map(|_| dice.next() as u8));
        let small = Limits { max_pixels: 1 << 20, ..Limits::default() };
        let _ = (probe(&bytes), decode(&bytes, &small));
    }
}
