//! PNG, any colour type and depth, widened to RGB or RGBA of 8 bits.

use std::io::{Cursor, ErrorKind};

use png::{ColorType, Decoder, DecodingError, Limits, Transformations};

use super::{Raw, damaged, same_size};
use crate::{Format, MediaError, header::Probe};

/// For the decoder's own tables and the colour profile; the pixels are allocated here.
const SIDE_MEMORY: usize = 16 << 20;

pub(super) fn decode(bytes: &[u8], stored: &Probe) -> Result<Raw, MediaError> {
    let flaw = |error| flaw(error, bytes.len());
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: SIDE_MEMORY });
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    decoder.set_ignore_text_chunk(true);
    let mut reader = decoder.read_info().map_err(flaw)?;
    same_size(stored, reader.info().width, reader.info().height)?;
    let size =
        reader.output_buffer_size().ok_or_else(|| damaged(Format::Png, "its size overflows"))?;
    let mut pixels = vec![0; size];
    let color = reader.next_frame(&mut pixels).map_err(flaw)?.color_type;
    let profile = reader.info().icc_profile.as_deref().map(<[u8]>::to_vec);
    let (channels, pixels) = match color {
        ColorType::Rgb => (3, pixels),
        ColorType::Rgba => (4, pixels),
        ColorType::Grayscale => (3, pixels.into_iter().flat_map(|grey| [grey; 3]).collect()),
        ColorType::GrayscaleAlpha => (
            4,
            pixels
                .as_chunks::<2>()
                .0
                .iter()
                .flat_map(|[grey, alpha]| [*grey, *grey, *grey, *alpha])
                .collect(),
        ),
        ColorType::Indexed => return Err(damaged(Format::Png, "its palette was not expanded")),
    };
    Ok(Raw { channels, pixels, profile })
}

fn flaw(error: DecodingError, bytes: usize) -> MediaError {
    match error {
        DecodingError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            MediaError::Truncated { format: Format::Png, bytes }
        }
        other => damaged(Format::Png, other),
    }
}
