//! Pictures for paper: millimetres and dots per inch become pixels, and the file says so.

use std::{borrow::Cow, fmt};

use crate::ink::{COATED, Mixer};
use crate::resize::resized;
use crate::{
    Enlarge, Fit, Focus, Format, Limits, MediaError, Picture, Rendition, Separation, color, encode,
};

/// Millimetres of an inch.
const INCH_MM: f64 = 25.4;

/// What is asked of the paper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paper {
    /// The trimmed width in millimetres.
    pub width_mm: f64,
    /// The trimmed height in millimetres.
    pub height_mm: f64,
    /// What is cut off again on each side, in millimetres.
    pub bleed_mm: f64,
    /// Dots per inch.
    pub dpi: u32,
    /// What must stay in view where the proportions differ.
    pub focus: Focus,
    /// Whether a source with too few pixels is enlarged; otherwise it keeps its own and gets fewer dots per inch.
    pub enlarge: Enlarge,
    /// The file that the printer gets.
    pub file: PrintFile,
}

/// What kind of file a printer gets; each has its resolution and profile, none is transparent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PrintFile {
    /// PNG in sRGB.
    #[default]
    Png,
    /// TIFF in sRGB.
    Tiff,
    /// TIFF in inks, for coated paper.
    Cmyk(Separation),
}

/// A file for a printer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// The file.
    pub file: Rendition,
    /// Dots of the source on each inch of the paper, whatever it was enlarged to.
    pub effective_dpi: u32,
}

impl Paper {
    /// Width and height in pixels, bleed included.
    pub fn pixels(&self) -> Result<(u32, u32), MediaError> {
        let limits = Limits::default();
        let dots = |mm: f64| {
            let inches = (mm + 2.0 * self.bleed_mm) / INCH_MM;
            (inches * f64::from(self.dpi)).round()
        };
        let (width, height) = (dots(self.width_mm), dots(self.height_mm));
        let most = f64::from(limits.max_side);
        // Also false of what is no number.
        let fits = (1.0..=most).contains(&width)
            && (1.0..=most).contains(&height)
            && width * height <= limits.max_pixels as f64;
        if fits && 0.0 <= self.bleed_mm && 0.0 < self.width_mm.min(self.height_mm) {
            return Ok((width as u32, height as u32));
        }
        Err(MediaError::BadSize {
            what: "the printed size",
            value: format!("{width}x{height} pixels"),
            allowed: "from 1x1 to 52 million pixels, no side over 20000",
        })
    }
}

/// Makes a picture fill the paper and its bleed, what sticks out is cut.
pub fn print(picture: &Picture, paper: &Paper) -> Result<Printed, MediaError> {
    let (width, height) = paper.pixels()?;
    let fit = Fit::Cover { width, height, focus: paper.focus };
    let sized = resized(picture, fit, paper.enlarge)?;
    // The side that was enlarged more than the other says how many dots there are.
    let scale = (f64::from(width) / f64::from(picture.width()))
        .max(f64::from(height) / f64::from(picture.height()));
    let effective = f64::from(paper.dpi) / scale.max(1.0);
    let of_file = match paper.enlarge {
        Enlarge::Allowed => f64::from(paper.dpi),
        Enlarge::Never => effective,
    };
    let effective_dpi = floor(effective);
    let flat = match sized.has_alpha() {
        true => Cow::Owned(sized.flatten([255; 3])),
        false => sized,
    };
    let profile = match paper.file {
        PrintFile::Cmyk(_) => COATED.into(),
        PrintFile::Png | PrintFile::Tiff => color::srgb_profile().into(),
    };
    let marks = encode::Marks { dpi: of_file, effective_dpi, profile, paper: paper.to_string() };
    let (format, bytes) = match paper.file {
        PrintFile::Png => (Format::Png, encode::marked_png(&flat, &marks)),
        PrintFile::Tiff => (Format::Tiff, encode::marked_tiff(&flat, Some(&marks), None)),
        PrintFile::Cmyk(how) => {
            let bytes = Mixer::new(how)
                .and_then(|mixer| encode::marked_tiff(&flat, Some(&marks), Some(&mixer)));
            (Format::Tiff, bytes)
        }
    };
    let bytes = bytes.map_err(|what| MediaError::NotWritten { format, width, height, what })?;
    let limit = Limits::default().max_bytes;
    if limit < bytes.len() {
        return Err(MediaError::TooHeavy { bytes: bytes.len(), limit });
    }
    let file = Rendition { width: flat.width(), height: flat.height(), format, bytes };
    Ok(Printed { file, effective_dpi })
}

impl fmt::Display for Paper {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { width_mm, height_mm, bleed_mm, .. } = self;
        write!(out, "trimmed {width_mm} x {height_mm} mm, bleed {bleed_mm} mm")
    }
}

/// Whole dots per inch, never more than there are; a file's whole dots per metre are a little off.
pub(crate) fn floor(dpi: f64) -> u32 {
    (dpi + 0.02).floor().max(0.0) as u32
}

/// Dots per inch of dots per metre.
pub(crate) fn of_metre(dots: u32) -> f64 {
    f64::from(dots) * INCH_MM / 1000.0
}

/// Dots per metre of dots per inch.
pub(crate) fn per_metre(dpi: f64) -> u32 {
    (dpi * 1000.0 / INCH_MM).round() as u32
}

#[cfg(test)]
mod tests;
