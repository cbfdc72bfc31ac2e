//! TIFF for printers: resolution in inches, a profile, and four inks where they are asked.

use std::io::Cursor;

use tiff::TiffResult;
use tiff::encoder::colortype::{CMYK8, ColorType, RGB8};
use tiff::encoder::{Compression, DeflateLevel, Predictor, Rational, TiffEncoder};
use tiff::tags::{ResolutionUnit, Tag};

use super::{EFFECTIVE_DPI, Marks};
use crate::Picture;
use crate::ink::Mixer;

/// A set of inks: cyan, magenta, yellow, black.
const INK_SET: (Tag, u16) = (Tag::Unknown(332), 1);

/// A TIFF of a picture, which loses its transparency; in inks, where there is a mixer.
pub(crate) fn write(
    picture: &Picture,
    marks: Option<&Marks>,
    mixer: Option<&Mixer>,
) -> Result<Vec<u8>, String> {
    if picture.has_alpha() {
        return write(&picture.flatten([255; 3]), marks, mixer);
    }
    let bytes = match mixer {
        Some(mixer) => strips::<CMYK8>(picture, marks, |strip| mixer.mix(strip)),
        None => strips::<RGB8>(picture, marks, <[u8]>::to_vec),
    };
    bytes.map_err(|error| error.to_string())
}

/// Strip by strip, so that there is never a second picture in memory.
fn strips<C: ColorType<Inner = u8>>(
    picture: &Picture,
    marks: Option<&Marks>,
    samples: impl Fn(&[u8]) -> Vec<u8>,
) -> TiffResult<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    // Smaller than LZW by a tenth to a third; and of some pictures that library's LZW cannot be read again.
    let mut encoder = TiffEncoder::new(&mut bytes)?
        .with_compression(Compression::Deflate(DeflateLevel::Balanced))
        .with_predictor(Predictor::Horizontal);
    let mut image = encoder.new_image::<C>(picture.width(), picture.height())?;
    if let Some(marks) = marks {
        let tags = image.encoder();
        tags.write_tag(Tag::ResolutionUnit, ResolutionUnit::Inch)?;
        tags.write_tag(Tag::XResolution, dots(marks.dpi))?;
        tags.write_tag(Tag::YResolution, dots(marks.dpi))?;
        tags.write_tag(Tag::IccProfile, marks.profile.as_ref())?;
        let note = format!("{EFFECTIVE_DPI}={}; {}", marks.effective_dpi, marks.paper);
        tags.write_tag(Tag::ImageDescription, note.as_str())?;
    }
    let channels = C::BITS_PER_SAMPLE.len();
    if channels == 4 {
        image.encoder().write_tag(INK_SET.0, INK_SET.1)?;
    }
    let mut rest = picture.pixels();
    loop {
        let pixels = image.next_strip_sample_count() as usize / channels;
        if pixels == 0 {
            break;
        }
        let (strip, after) = rest.split_at(pixels * 3);
        image.write_strip(&samples(strip))?;
        rest = after;
    }
    image.finish()?;
    Ok(bytes.into_inner())
}

/// Hundredths where the dots are not whole.
fn dots(dpi: f64) -> Rational {
    match dpi.fract() == 0.0 {
        true => Rational { n: dpi as u32, d: 1 },
        false => Rational { n: (dpi * 100.0).round() as u32, d: 100 },
    }
}
