//! TIFF as printers get it and cameras make it: one picture in strips or tiles, grey, RGB or inks, 8 or 16 bits.

use std::io::Cursor;

use tiff::decoder::{ChunkType, Decoder, DecodingResult, Limits};
use tiff::tags::Tag;
use tiff::{ColorType, TiffError};

use super::{Raw, damaged, deep::nearest, same_size};
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
    let proof = Proof::of(profile.as_deref());
    let (tile_width, tile_height) = decoder.chunk_dimensions();
    // A strip is a tile as wide as the picture.
    let tiles = match decoder.get_chunk_type() {
        ChunkType::Strip => decoder.strip_count(),
        ChunkType::Tile => decoder.tile_count(),
    };
    let channels = if matches!(color, ColorType::RGBA(_)) { 4 } else { 3 };
    let stride = width as usize * channels;
    let mut pixels = vec![0; stride * height as usize];
    let across = width.div_ceil(tile_width.max(1));
    for tile in 0..tiles.map_err(flaw)? {
        let samples = match decoder.read_chunk(tile).map_err(flaw)? {
            DecodingResult::U8(samples) => samples,
            DecodingResult::U16(samples) => samples.into_iter().map(nearest).collect(),
            _ => return Err(unsupported("samples that are not whole numbers")),
        };
        let part: Vec<u8> = match color {
            ColorType::RGB(8 | 16) | ColorType::RGBA(8 | 16) => samples,
            ColorType::Gray(8 | 16) => samples.into_iter().flat_map(|grey| [grey; 3]).collect(),
            ColorType::CMYK(8 | 16) => proof.show(&samples),
            other => return Err(unsupported(&format!("{other:?}"))),
        };
        let left = (tile % across * tile_width) as usize * channels;
        let top = (tile / across * tile_height) as usize;
        let row = decoder.chunk_data_dimensions(tile).0 as usize * channels;
        // Those of a tile that lie beyond the picture were left out by the decoder.
        let rows = pixels.chunks_mut(stride).skip(top);
        for (row, part) in rows.zip(part.chunks(row.max(1))) {
            let end = (left + part.len()).min(row.len());
            row[left.min(end)..end].copy_from_slice(&part[..end - left.min(end)]);
        }
    }
    // What was shown from inks is sRGB already.
    let profile = profile.filter(|_| !matches!(color, ColorType::CMYK(_)));
    Ok(Raw { channels: channels as u8, pixels, profile })
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

#[cfg(test)]
mod tests;
