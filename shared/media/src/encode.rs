//! From a picture to bytes: the same picture gives the same bytes, on any number of cores.

mod tiff;

use rgb::FromSlice;

use std::borrow::Cow;

use crate::{Format, MediaError, Picture};

/// How much detail to keep, 1 to 100, on JPEG's scale for every format.
///
/// AVIF's own numbers run lower for the same look, so they are translated: on a photograph it then comes within
/// 0.4 dB of WebP. PNG is lossless and ignores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quality(u8);

impl Quality {
    /// A number from 1 to 100.
    pub fn new(value: u8) -> Result<Self, MediaError> {
        match value {
            1..=100 => Ok(Self(value)),
            _ => Err(MediaError::BadSize {
                what: "quality",
                value: value.to_string(),
                allowed: "from 1 to 100",
            }),
        }
    }

    /// The number.
    pub const fn value(self) -> u8 {
        self.0
    }

    /// 80 becomes 64 and 100 stays 100.
    fn for_avif(self) -> f32 {
        let value = f32::from(self.0);
        if value <= 80.0 { (value * 0.8).max(1.0) } else { 64.0 + (value - 80.0) * 1.8 }
    }
}

impl Default for Quality {
    /// 80: no loss that a visitor of a page sees.
    fn default() -> Self {
        Self(80)
    }
}

/// 10 is the fastest; every step down costs about as much again as the whole rest of a ladder.
const AVIF_SPEED: u8 = 9;

/// Encodes a picture; no metadata is written.
///
/// Where the format has no alpha the picture is laid on white: use [`Picture::flatten`] first for another colour.
pub fn encode(picture: &Picture, format: Format, quality: Quality) -> Result<Vec<u8>, MediaError> {
    let (width, height) = (picture.width(), picture.height());
    let limit = format.max_side();
    if limit < width.max(height) {
        return Err(MediaError::DoesNotFit { format, width, height, limit });
    }
    let bytes = match format {
        Format::Jpeg => jpeg(picture, quality),
        Format::Png => png(picture),
        Format::Webp => webp(picture, quality),
        Format::Avif => avif(picture, quality),
        Format::Tiff => tiff::write(picture, None, None),
    };
    bytes.map_err(|what| MediaError::NotWritten { format, width, height, what })
}

fn jpeg(picture: &Picture, quality: Quality) -> Result<Vec<u8>, String> {
    if picture.has_alpha() {
        return jpeg(&picture.flatten([255; 3]), quality);
    }
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, quality.0);
    encoder.set_progressive(true);
    encoder.set_optimized_huffman_tables(true);
    let (width, height) = (picture.width() as u16, picture.height() as u16);
    encoder
        .encode(picture.pixels(), width, height, jpeg_encoder::ColorType::Rgb)
        .map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// What a file for a printer says of itself.
pub(crate) struct Marks {
    pub(crate) dpi: f64,
    pub(crate) effective_dpi: u32,
    pub(crate) profile: Cow<'static, [u8]>,
    /// Where it is trimmed, for people: neither format has a field for it.
    pub(crate) paper: String,
}

/// Name of the note that says how many dots per inch are the source's own.
pub(crate) const EFFECTIVE_DPI: &str = "Effective-DPI";

/// Name of the note that says where a print is trimmed.
const PAPER: &str = "Paper";

pub(crate) use tiff::write as marked_tiff;

fn png(picture: &Picture) -> Result<Vec<u8>, String> {
    written(picture, png::Info::with_size(picture.width(), picture.height()))
}

/// A PNG with resolution and colour profile.
pub(crate) fn marked_png(picture: &Picture, marks: &Marks) -> Result<Vec<u8>, String> {
    let mut info = png::Info::with_size(picture.width(), picture.height());
    let (dots, unit) = (crate::print::per_metre(marks.dpi), png::Unit::Meter);
    info.pixel_dims = Some(png::PixelDimensions { xppu: dots, yppu: dots, unit });
    info.icc_profile = Some(marks.profile.as_ref().into());
    let notes = [(EFFECTIVE_DPI, marks.effective_dpi.to_string()), (PAPER, marks.paper.clone())];
    info.uncompressed_latin1_text = notes
        .map(|(keyword, text)| png::text_metadata::TEXtChunk { keyword: keyword.into(), text })
        .into();
    written(picture, info)
}

fn written(picture: &Picture, info: png::Info<'_>) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut encoder =
        png::Encoder::with_info(&mut bytes, info).map_err(|error| error.to_string())?;
    encoder.set_color(if picture.has_alpha() { png::ColorType::Rgba } else { png::ColorType::Rgb });
    encoder.set_depth(png::BitDepth::Eight);
    let write = |encoder: png::Encoder<_>| {
        let mut writer = encoder.write_header()?;
        writer.write_image_data(picture.pixels())?;
        writer.finish()
    };
    write(encoder).map_err(|error| error.to_string())?;
    Ok(bytes)
}

fn webp(picture: &Picture, quality: Quality) -> Result<Vec<u8>, String> {
    let layout = if picture.has_alpha() { webp::PixelLayout::Rgba } else { webp::PixelLayout::Rgb };
    let encoder = webp::Encoder::new(picture.pixels(), layout, picture.width(), picture.height());
    let lossless = false;
    let bytes =
        encoder.encode_simple(lossless, quality.0.into()).map_err(|error| format!("{error:?}"))?;
    Ok(bytes.to_vec())
}

fn avif(picture: &Picture, quality: Quality) -> Result<Vec<u8>, String> {
    let encoder = ravif::Encoder::new()
        .with_quality(quality.for_avif())
        .with_alpha_quality(quality.for_avif())
        .with_speed(AVIF_SPEED)
        // Its tiles are cut by the number of threads, and with them the bytes would change.
        .with_num_threads(Some(1));
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let encoded = if picture.has_alpha() {
        encoder.encode_rgba(imgref::Img::new(picture.pixels().as_rgba(), width, height))
    } else {
        encoder.encode_rgb(imgref::Img::new(picture.pixels().as_rgb(), width, height))
    };
    encoded.map(|encoded| encoded.avif_file).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Limits, decode, probe,
        samples::{cutout, difference, scene},
    };

    fn quality(value: u8) -> Quality {
        Quality::new(value).unwrap()
    }

    #[test]
    fn every_format_says_the_size_and_alpha_it_was_given() {
        for format in Format::ALL {
            for (picture, alpha) in
                [(scene(1, 61, 37), false), (cutout(40, 64), format.holds_alpha())]
            {
                let bytes = encode(&picture, format, Quality::default()).unwrap();
                let probe = probe(&bytes).unwrap();
                let expected = (format, picture.width(), picture.height(), alpha, 1);
                assert_eq!(
                    (probe.format, probe.width, probe.height, probe.has_alpha, probe.frames),
                    expected
                );
            }
        }
    }

    #[test]
    fn what_is_written_is_read_back_alike() {
        for (format, most) in [(Format::Png, 0.0), (Format::Jpeg, 4.0), (Format::Webp, 4.0)] {
            let picture = scene(2, 320, 200);
            let bytes = encode(&picture, format, quality(95)).unwrap();
            let back = decode(&bytes, &Limits::default()).unwrap();
            let difference = difference(&picture, &back);
            assert!(difference <= most, "{format}: {difference}");
        }
    }

    #[test]
    fn transparency_survives_png_and_webp() {
        for format in [Format::Png, Format::Webp] {
            let picture = cutout(96, 96);
            let back = decode(&encode(&picture, format, quality(90)).unwrap(), &Limits::default())
                .unwrap();
            let alphas = |picture: &Picture| {
                picture.pixels().iter().skip(3).step_by(4).copied().collect::<Vec<_>>()
            };
            assert_eq!(alphas(&picture), alphas(&back), "{format}");
        }
    }

    #[test]
    fn webp_is_lossy_by_its_chunks() {
        let opaque = encode(&scene(3, 200, 100), Format::Webp, Quality::default()).unwrap();
        assert_eq!(&opaque[12..16], b"VP8 ");
        let holed = encode(&cutout(200, 100), Format::Webp, Quality::default()).unwrap();
        assert_eq!(&holed[12..16], b"VP8X");
        assert!(holed.windows(4).any(|name| name == b"VP8 "), "colour is lossy");
        assert!(!holed.windows(4).any(|name| name == b"VP8L"), "and not lossless");
    }

    #[test]
    fn jpeg_is_progressive() {
        let bytes = encode(&scene(3, 200, 100), Format::Jpeg, Quality::default()).unwrap();
        assert!(bytes.windows(2).any(|marker| marker == [0xff, 0xc2]));
    }

    #[test]
    fn jpeg_lays_transparency_on_white_unless_flattened_before() {
        let corner = |picture: &Picture| {
            let bytes = encode(picture, Format::Jpeg, quality(100)).unwrap();
            let back = decode(&bytes, &Limits::default()).unwrap();
            [back.pixels()[0], back.pixels()[1], back.pixels()[2]]
        };
        assert_eq!(corner(&cutout(64, 64)), [255, 255, 255]);
        assert_eq!(corner(&cutout(64, 64).flatten([0, 0, 0])), [0, 0, 0]);
    }

    #[test]
    fn the_same_picture_gives_the_same_bytes() {
        for format in Format::ALL {
            for picture in [scene(4, 320, 240), cutout(320, 240)] {
                let first = encode(&picture, format, Quality::default()).unwrap();
                let second = encode(&picture.clone(), format, Quality::default()).unwrap();
                assert!(first == second, "{format}");
            }
        }
    }

    #[test]
    fn less_quality_is_fewer_bytes() {
        for format in [Format::Jpeg, Format::Webp, Format::Avif] {
            let sizes: Vec<usize> = [95, 80, 50, 10]
                .map(|q| encode(&scene(6, 320, 240), format, quality(q)).unwrap().len())
                .into();
            assert!(sizes.is_sorted_by(|more, less| less < more), "{format}: {sizes:?}");
        }
    }

    #[test]
    fn quality_ends_at_1_and_100() {
        let error = Quality::new(0).unwrap_err().to_string();
        assert_eq!(error, "quality cannot be 0: it must be from 1 to 100");
        assert!(Quality::new(101).is_err());
        for value in [1, 100] {
            for format in Format::ALL {
                encode(&scene(7, 16, 16), format, quality(value)).unwrap();
            }
        }
    }

    #[test]
    fn one_pixel_can_be_written_in_every_format() {
        for format in Format::ALL {
            encode(&scene(8, 1, 1), format, Quality::default()).unwrap();
        }
    }

    #[test]
    fn a_side_beyond_the_format_is_refused_by_name() {
        let long = Picture::rgb(16_384, 1, vec![0; 16_384 * 3]).unwrap();
        let error = encode(&long, Format::Webp, Quality::default()).unwrap_err().to_string();
        assert_eq!(
            error,
            "16384x1 does not fit into WebP, whose sides end at 16383: ask for a smaller size or another format"
        );
    }
}
