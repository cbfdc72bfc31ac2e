//! JPEG by zune-jpeg, strictly: what is no valid code is an error, not a grey patch.

use zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};
use zune_jpeg::{JpegDecoder, errors::DecodeErrors};

use super::{Raw, damaged, same_size};
use crate::{Format, MediaError, header::Probe};

/// Each scan of a progressive JPEG may touch every pixel again; honest ones have about 10.
const MOST_SCANS: usize = 40;

pub(super) fn decode(bytes: &[u8], stored: &Probe) -> Result<Raw, MediaError> {
    let mut decoder = opened(bytes, stored).map_err(flaw)?;
    let (width, height) = decoder.dimensions().unwrap_or_default();
    same_size(stored, width as u32, height as u32)?;
    let mut pixels = vec![0; width * height * 3];
    decoder.decode_into(&mut pixels).map_err(flaw)?;
    // A CMYK profile describes inks, and the decoder has already mixed them.
    let mixed = matches!(decoder.input_colorspace(), Some(ColorSpace::CMYK | ColorSpace::YCCK));
    let profile = if mixed { None } else { decoder.icc_profile() };
    Ok(Raw { channels: 3, pixels, profile })
}

type Decoder<'a> = JpegDecoder<ZCursor<&'a [u8]>>;

fn opened<'a>(bytes: &'a [u8], stored: &Probe) -> Result<Decoder<'a>, DecodeErrors> {
    let open = |strict| {
        let options = DecoderOptions::default()
            .set_strict_mode(strict)
            .set_max_width(stored.width as usize)
            .set_max_height(stored.height as usize)
            .jpeg_set_max_scans(MOST_SCANS)
            .jpeg_set_out_colorspace(ColorSpace::RGB);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
        decoder.decode_headers().map(|()| decoder)
    };
    match open(true) {
        // Some cameras leave stray bytes between segments, and every other reader skips them.
        Err(DecodeErrors::FormatStatic(what)) if what.contains("Extra bytes") => open(false),
        other => other,
    }
}

fn flaw(error: DecodeErrors) -> MediaError {
    match error {
        DecodeErrors::Unsupported(what) => {
            MediaError::Unsupported { format: Format::Jpeg, what: format!("{what:?}") }
        }
        other => damaged(Format::Jpeg, format!("{other:?}").trim_matches('"')),
    }
}
