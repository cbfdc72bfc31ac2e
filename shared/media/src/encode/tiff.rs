//! TIFF for printers: resolution in inches, a profile, and four inks where they are asked.
//!
//! The library writes the directory and we the strips: its own writer of pictures compresses long tags too,
//! and no reader finds the profile then.

use std::io::{Cursor, Write};

use flate2::{Compression, write::ZlibEncoder};
use tiff::TiffResult;
use tiff::encoder::{Rational, TiffEncoder};
use tiff::tags::{CompressionMethod, PhotometricInterpretation, Predictor, ResolutionUnit, Tag};

use super::{EFFECTIVE_DPI, Marks};
use crate::Picture;
use crate::ink::Mixer;

/// A set of inks: cyan, magenta, yellow, black.
const INK_SET: (Tag, u16) = (Tag::Unknown(332), 1);

/// Bytes of a strip before it is compressed, a row at least.
const STRIP: usize = 1 << 18;

/// A TIFF of a picture, which loses its transparency; in inks, where there is a mixer.
pub(crate) fn write(
    picture: &Picture,
    marks: Option<&Marks>,
    mixer: Option<&Mixer>,
) -> Result<Vec<u8>, String> {
    if picture.has_alpha() {
        return write(&picture.flatten([255; 3]), marks, mixer);
    }
    written(picture, marks, mixer).map_err(|error| error.to_string())
}

fn written(picture: &Picture, marks: Option<&Marks>, mixer: Option<&Mixer>) -> TiffResult<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes)?;
    let mut file = encoder.image_directory()?;
    let channels = if mixer.is_some() { 4 } else { 3 };
    let row = picture.width() as usize * channels;
    let rows = (STRIP / row).max(1);
    let (mut offsets, mut lengths) = (Vec::new(), Vec::new());
    // Strip by strip, so that there is never a second picture in memory.
    for strip in picture.pixels().chunks(rows * picture.width() as usize * 3) {
        let samples = mixer.map_or_else(|| strip.to_vec(), |mixer| mixer.mix(strip));
        let packed = packed(samples, row, channels)?;
        offsets.push(u32::try_from(file.write_data(packed.as_slice())?)?);
        lengths.push(u32::try_from(packed.len())?);
    }
    let colors = match mixer {
        Some(_) => PhotometricInterpretation::CMYK,
        None => PhotometricInterpretation::RGB,
    };
    file.write_tag(Tag::ImageWidth, picture.width())?;
    file.write_tag(Tag::ImageLength, picture.height())?;
    file.write_tag(Tag::BitsPerSample, &[8u16; 4][..channels])?;
    file.write_tag(Tag::Compression, CompressionMethod::Deflate.to_u16())?;
    file.write_tag(Tag::PhotometricInterpretation, colors.to_u16())?;
    file.write_tag(Tag::StripOffsets, offsets.as_slice())?;
    file.write_tag(Tag::SamplesPerPixel, channels as u16)?;
    file.write_tag(Tag::RowsPerStrip, rows as u32)?;
    file.write_tag(Tag::StripByteCounts, lengths.as_slice())?;
    file.write_tag(Tag::Predictor, Predictor::Horizontal.to_u16())?;
    if mixer.is_some() {
        file.write_tag(INK_SET.0, INK_SET.1)?;
    }
    if let Some(marks) = marks {
        file.write_tag(Tag::ResolutionUnit, ResolutionUnit::Inch.to_u16())?;
        file.write_tag(Tag::XResolution, dots(marks.dpi))?;
        file.write_tag(Tag::YResolution, dots(marks.dpi))?;
        file.write_tag(Tag::IccProfile, marks.profile.as_ref())?;
        let note = format!("{EFFECTIVE_DPI}={}; {}", marks.effective_dpi, marks.paper);
        file.write_tag(Tag::ImageDescription, note.as_str())?;
    }
    file.finish()?;
    Ok(bytes.into_inner())
}

/// Rows as differences from one pixel to the next, deflated.
fn packed(mut samples: Vec<u8>, row: usize, channels: usize) -> TiffResult<Vec<u8>> {
    for row in samples.chunks_mut(row) {
        for at in (channels..row.len()).rev() {
            row[at] = row[at].wrapping_sub(row[at - channels]);
        }
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&samples)?;
    Ok(encoder.finish()?)
}

/// Hundredths where the dots are not whole.
fn dots(dpi: f64) -> Rational {
    match dpi.fract() == 0.0 {
        true => Rational { n: dpi as u32, d: 1 },
        false => Rational { n: (dpi * 100.0).round() as u32, d: 100 },
    }
}
