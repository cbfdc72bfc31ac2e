//! What a picture looks like in a few numbers: enough to tell a copy of it from another picture.

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer, images::Image, images::ImageRef,
};

use crate::{MediaError, Picture, phash};

/// Cells along each side of the grid.
const SIDE: u32 = 8;

/// A picture in numbers. Two of them are compared where it is known what they are compared for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looks {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Its perceptual hash: shapes, without colours.
    pub phash: u64,
    /// Mean red, green and blue on white, then coverage, of each cell of a grid of 8 by 8, row by row.
    pub cells: Vec<u8>,
}

/// Looks at a picture; the same picture looks the same.
pub fn looks(picture: &Picture) -> Result<Looks, MediaError> {
    Ok(Looks {
        width: picture.width(),
        height: picture.height(),
        phash: phash(picture)?,
        cells: cells(picture)?,
    })
}

fn cells(picture: &Picture) -> Result<Vec<u8>, MediaError> {
    let size = (picture.width(), picture.height());
    if !picture.has_alpha() {
        let colors = means(picture.pixels(), size, PixelType::U8x3)?;
        return Ok(colors.chunks_exact(3).flat_map(|c| [c[0], c[1], c[2], 255]).collect());
    }
    let colors = means(picture.flatten([255; 3]).pixels(), size, PixelType::U8x3)?;
    let alphas: Vec<u8> = picture.pixels().iter().skip(3).step_by(4).copied().collect();
    let covered = means(&alphas, size, PixelType::U8)?;
    let cells = colors.chunks_exact(3).zip(covered);
    Ok(cells.flat_map(|(c, alpha)| [c[0], c[1], c[2], alpha]).collect())
}

/// The mean of each cell, however many pixels are in it.
fn means(
    pixels: &[u8],
    (width, height): (u32, u32),
    kind: PixelType,
) -> Result<Vec<u8>, MediaError> {
    let failed =
        |what: String| MediaError::BadSize { what: "looks", value: what, allowed: "a picture" };
    let source =
        ImageRef::new(width, height, pixels, kind).map_err(|error| failed(error.to_string()))?;
    let mut target = Image::new(SIDE, SIDE, kind);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Box));
    Resizer::new()
        .resize(&source, &mut target, &options)
        .map_err(|error| failed(error.to_string()))?;
    Ok(target.into_vec())
}

#[cfg(test)]
mod tests;
