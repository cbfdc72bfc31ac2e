//! PNG, any colour type and depth, widened to RGB or RGBA of 8 bits.

use std::io::{Cursor, ErrorKind};

use png::{
    BitDepth, ColorType, Decoder, DecodingError, InterlaceInfo, Limits, Reader, Transformations,
    expand_interlaced_row,
};

use super::{Raw, damaged, deep::nearest, same_size};
use crate::{Format, MediaError, header::Probe};

/// For the decoder's own tables and the colour profile; the pixels are allocated here.
const SIDE_MEMORY: usize = 16 << 20;

pub(super) fn decode(bytes: &[u8], stored: &Probe) -> Result<Raw, MediaError> {
    let flaw = |error| flaw(error, bytes.len());
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: SIDE_MEMORY });
    decoder.set_transformations(Transformations::EXPAND);
    decoder.set_ignore_text_chunk(true);
    let mut reader = decoder.read_info().map_err(flaw)?;
    same_size(stored, reader.info().width, reader.info().height)?;
    let (color, depth) = reader.output_color_type();
    let size =
        reader.output_buffer_size().ok_or_else(|| damaged(Format::Png, "its size overflows"))?;
    let pixels = match depth {
        BitDepth::Sixteen => deep(&mut reader, size / 2, color.samples()).map_err(flaw)?,
        _ => {
            let mut pixels = vec![0; size];
            reader.next_frame(&mut pixels).map_err(flaw)?;
            pixels
        }
    };
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

/// Row by row, so that there is never a picture of 16 bits in memory.
fn deep(
    reader: &mut Reader<Cursor<&[u8]>>,
    size: usize,
    channels: usize,
) -> Result<Vec<u8>, DecodingError> {
    let stride = reader.info().width as usize * channels;
    let (mut pixels, mut at) = (vec![0; size], 0);
    while let Some(row) = reader.next_interlaced_row()? {
        let samples = row.data().as_chunks::<2>().0.iter();
        let samples: Vec<u8> = samples.map(|two| nearest(u16::from_be_bytes(*two))).collect();
        match row.interlace() {
            InterlaceInfo::Null(_) => {
                let end = (at + samples.len()).min(size);
                pixels[at..end].copy_from_slice(&samples[..end - at]);
                at = end;
            }
            InterlaceInfo::Adam7(pass) => {
                expand_interlaced_row(&mut pixels, stride, &samples, pass, channels as u8 * 8);
            }
        }
    }
    Ok(pixels)
}

fn flaw(error: DecodingError, bytes: usize) -> MediaError {
    match error {
        DecodingError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            MediaError::Truncated { format: Format::Png, bytes }
        }
        other => damaged(Format::Png, other),
    }
}
