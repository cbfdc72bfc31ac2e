//! The picture steps of a pipeline, as pure functions.

use crate::{Enlarge, Fit, Format, MediaError, Picture, Quality, encode, resize::resized};

/// One encoded size of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Format of the bytes.
    pub format: Format,
    /// The file.
    pub bytes: Vec<u8>,
}

/// A picture in every width and format asked, width by width in the order asked.
///
/// Nothing is enlarged: widths beyond the source become the source's own width, once.
pub fn ladder(
    picture: &Picture,
    widths: &[u32],
    formats: &[Format],
    quality: Quality,
) -> Result<Vec<Rendition>, MediaError> {
    let mut renditions = Vec::with_capacity(widths.len() * formats.len());
    for width in distinct(widths.iter().map(|width| *width.min(&picture.width()))) {
        let sized = resized(picture, Fit::Width(width), Enlarge::Never)?;
        for format in distinct(formats.iter().copied()) {
            renditions.push(convert(&sized, format, quality)?);
        }
    }
    Ok(renditions)
}

/// A picture in another format, at its own size.
pub fn convert(
    picture: &Picture,
    format: Format,
    quality: Quality,
) -> Result<Rendition, MediaError> {
    let bytes = encode(picture, format, quality)?;
    Ok(Rendition { width: picture.width(), height: picture.height(), format, bytes })
}

fn distinct<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    items.fold(Vec::new(), |mut seen, item| {
        if !seen.contains(&item) {
            seen.push(item);
        }
        seen
    })
}
