//! What a file says about itself, read without decoding a pixel.

mod avif;
mod exif;
mod jpeg;
mod png;
mod reader;
mod tiff;
mod webp;

use crate::{Format, MediaError};

pub(crate) use exif::Orientation;
use reader::Reader;

/// What the header claims; nothing of it is proven until the picture is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// Format by content.
    pub format: Format,
    /// Width as displayed, with the EXIF orientation applied.
    pub width: u32,
    /// Height as displayed, with the EXIF orientation applied.
    pub height: u32,
    /// Whether transparency is possible.
    pub has_alpha: bool,
    /// 1 for a still picture.
    pub frames: u32,
    /// Dots per inch that a PNG or TIFF says it has; where it was enlarged for printing, those of its source.
    pub dpi: Option<u32>,
    /// What its colours are mixed from.
    pub mode: Mode,
    /// Whether an ICC profile is embedded.
    pub icc: bool,
}

/// What the colours of a file are mixed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Light and dark only.
    Gray,
    /// Light: red, green and blue.
    Rgb,
    /// Inks: cyan, magenta, yellow and black.
    Cmyk,
}

impl Mode {
    /// The name used in pipelines.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gray => "gray",
            Self::Rgb => "rgb",
            Self::Cmyk => "cmyk",
        }
    }
}

/// Reads format, size and alpha from the header; the first few kilobytes of a file are usually enough.
pub fn probe(bytes: &[u8]) -> Result<Probe, MediaError> {
    read(bytes).map(|header| header.displayed())
}

/// A header with what only the decoders need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// Width and height as stored, before any turn.
    pub(crate) stored: Probe,
    pub(crate) orientation: Orientation,
    /// Whether the file reaches its own end marker.
    pub(crate) complete: bool,
}

impl Header {
    pub(crate) fn displayed(self) -> Probe {
        let Probe { width, height, .. } = self.stored;
        if self.orientation.swaps_sides() {
            return Probe { width: height, height: width, ..self.stored };
        }
        self.stored
    }
}

pub(crate) fn read(bytes: &[u8]) -> Result<Header, MediaError> {
    let format = Format::sniff(bytes)?;
    let mut reader = Reader::new(bytes);
    let header = match format {
        Format::Jpeg => jpeg::read(&mut reader),
        Format::Png => png::read(&mut reader),
        Format::Webp => webp::read(&mut reader),
        Format::Avif => avif::read(bytes),
        Format::Tiff => tiff::read(bytes),
    };
    let header = header.map_err(|flaw| flaw.named(format, bytes.len()))?;
    if header.stored.width == 0 || header.stored.height == 0 {
        let Probe { width, height, .. } = header.stored;
        return Err(MediaError::Damaged {
            format,
            what: format!("its header says {width}x{height}"),
        });
    }
    Ok(header)
}

/// What a header parser stumbles over, before it is told which format it reads.
pub(crate) enum Flaw {
    Short,
    Damaged(String),
    Unsupported(String),
}

impl Flaw {
    fn named(self, format: Format, bytes: usize) -> MediaError {
        match self {
            Self::Short => MediaError::Truncated { format, bytes },
            Self::Damaged(what) => MediaError::Damaged { format, what },
            Self::Unsupported(what) => MediaError::Unsupported { format, what },
        }
    }
}
