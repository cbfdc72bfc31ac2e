//! TIFF as printers get it: one picture in strips, grey, RGB or inks, 8 bits.

use std::io::Cursor;

use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;
use tiff::{ColorType, TiffError};

use super::{Raw, damaged, same_size};
use crate::{Format, MediaError, header::Probe, ink::Proof};

/// A profile, or the list of strips.
const VALUE_MOST: usize = 8 << 20;

pub(super) fn decode(bytes: &[u8], stored: &Probe) -> Result<Raw, MediaError> {
    let mut limits = Limits::default();
    limits.ifd_value_size = VALUE_MOST;
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(flaw)?.with_limits(limits);
    let (width, height) = decoder.dimensions().map_err(flaw)?;
    same_size(stored, width, height)?;
    let color = decoder.colortype().map_err(flaw)?;
    let profile = decoder.find_tag(Tag::IccProfile).ok().flatten();
    let profile = profile.and_then(|profile| profile.into_u8_vec().ok());
    let channels = if color == ColorType::RGBA(8) { 4 } else { 3 };
    let proof = Proof::of(profile.as_deref());
    let mut pixels = Vec::with_capacity(width as usize * height as usize * usize::from(channels));
    for strip in 0..decoder.strip_count().map_err(flaw)? {
        let DecodingResult::U8(strip) = decoder.read_chunk(strip).map_err(flaw)? else {
            return Err(unsupported("samples that are not bytes"));
        };
        match color {
            ColorType::RGB(8) | ColorType::RGBA(8) => pixels.extend(strip),
            ColorType::Gray(8) => pixels.extend(strip.into_iter().flat_map(|grey| [grey; 3])),
            ColorType::CMYK(8) => pixels.extend(proof.show(&strip)),
            other => return Err(unsupported(&format!("{other:?}"))),
        }
    }
    // What was shown from inks is sRGB already.
    let profile = profile.filter(|_| !matches!(color, ColorType::CMYK(_)));
    Ok(Raw { channels, pixels, profile })
}

fn unsupported(what: &str) -> MediaError {
    MediaError::Unsupported { format: Format::Tiff, what: what.to_owned() }
}

fn flaw(error: TiffError) -> MediaError {
    match error {
        TiffError::UnsupportedError(what) => unsupported(&what.to_string()),
        TiffError::LimitsExceeded => unsupported("strips or values beyond any limit"),
        other => damaged(Format::Tiff, other),
    }
}
