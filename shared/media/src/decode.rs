//! From a stranger's bytes to an upright sRGB picture, within limits.

mod deep;
mod jpeg;
mod png;
mod tiff;
mod webp;

use std::panic;

use crate::{Format, Limits, MediaError, Picture, color, header, orient};

/// Decodes JPEG, PNG, WebP or TIFF, recognised by content.
///
/// Length and claimed size are held against the limits before any pixel is allocated. The EXIF orientation is
/// applied and an RGB colour profile is converted to sRGB; a picture without a profile, or with one that is not
/// a matrix profile, is taken to be sRGB. All other metadata is dropped. Inks are converted without their
/// profile, which is close rather than exact, unless it is the one that we print with.
///
/// A JPEG with a hole in its scan but an end behind it looks as it does in a browser: JPEG has no checksums.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<Picture, MediaError> {
    limits.check_bytes(bytes.len())?;
    let header = header::read(bytes)?;
    let format = header.stored.format;
    limits.check_size(&header.displayed())?;
    if 1 < header.stored.frames {
        return Err(MediaError::Animated { format, frames: header.stored.frames });
    }
    if !header.complete {
        return Err(MediaError::Truncated { format, bytes: bytes.len() });
    }
    // Fuzzing made the JPEG decoder index out of bounds about 5 times in a million damaged files. A panic is then a
    // fact about the file: passed on, it would look like a fault of ours and fail its step again on every run.
    let mut raw = panic::catch_unwind(|| pixels(bytes, &header.stored))
        .unwrap_or_else(|_| Err(damaged(format, "its decoder could make nothing of it")))?;
    if let Some(profile) = raw.profile.take() {
        color::to_srgb(&mut raw.pixels, raw.channels, &profile);
    }
    let picture =
        Picture::new(header.stored.width, header.stored.height, raw.channels, raw.pixels)?;
    Ok(orient::upright(picture.without_idle_alpha(), header.orientation))
}

fn pixels(bytes: &[u8], stored: &header::Probe) -> Result<Raw, MediaError> {
    match stored.format {
        Format::Jpeg => jpeg::decode(bytes, stored),
        Format::Png => png::decode(bytes, stored),
        Format::Webp => webp::decode(bytes, stored),
        Format::Tiff => tiff::decode(bytes, stored),
        Format::Avif => Err(MediaError::NotRead { format: "AVIF" }),
    }
}

/// Pixels as a decoder gives them: 3 or 4 channels of 8 bits, in the colours of their profile.
struct Raw {
    channels: u8,
    pixels: Vec<u8>,
    profile: Option<Vec<u8>>,
}

fn damaged(format: Format, what: impl ToString) -> MediaError {
    MediaError::Damaged { format, what: what.to_string() }
}

/// Our own reading of the header set the limits, so the decoder must not see another size.
fn same_size(stored: &header::Probe, width: u32, height: u32) -> Result<(), MediaError> {
    if (stored.width, stored.height) == (width, height) {
        return Ok(());
    }
    Err(damaged(
        stored.format,
        format!("it says {}x{} and {width}x{height}", stored.width, stored.height),
    ))
}

#[cfg(test)]
mod refusals;
#[cfg(test)]
mod tests;
