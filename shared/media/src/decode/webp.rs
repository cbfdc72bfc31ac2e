//! WebP, lossy or lossless, by a decoder in safe Rust.

use std::io::Cursor;

use image_webp::WebPDecoder;

use super::{Raw, damaged, same_size};
use crate::{Format, MediaError, header::Probe};

pub(super) fn decode(bytes: &[u8], stored: &Probe) -> Result<Raw, MediaError> {
    let flaw = |error| damaged(Format::Webp, error);
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(flaw)?;
    let (width, height) = decoder.dimensions();
    same_size(stored, width, height)?;
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    let size =
        decoder.output_buffer_size().ok_or_else(|| damaged(Format::Webp, "its size overflows"))?;
    // Room for one more picture and the colour profile, and no more.
    decoder.set_memory_limit(size.saturating_mul(2).saturating_add(16 << 20));
    let mut pixels = vec![0; size];
    decoder.read_image(&mut pixels).map_err(flaw)?;
    let profile = decoder.icc_profile().map_err(flaw)?;
    Ok(Raw { channels, pixels, profile })
}
