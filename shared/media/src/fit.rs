//! A picture made to fit: of one size, one format, and within so many bytes.

use crate::composite::{Canvas, Content, Layer};
use crate::encode::{Quality, encode};
use crate::error::MediaError;
use crate::format::Format;
use crate::limits::Limits;
use crate::paint::Color;
use crate::picture::Picture;
use crate::resize::{Enlarge, Fit, Focus, resize};

/// How it has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    /// The format.
    pub format: Format,
    /// The width.
    pub width: u32,
    /// The height.
    pub height: u32,
    /// Whether what is over the aspect is cut off; where not, there is white beside it.
    pub crop: bool,
    /// What a crop keeps.
    pub focus: Focus,
    /// Most bytes.
    pub bytes_most: u64,
}

/// How good it is, at first and when it is too large.
const QUALITIES: [u8; 4] = [88, 80, 70, 55];
/// How often it is made smaller, to three quarters of its sides each time.
const SMALLER: u32 = 8;

/// The picture so, and its size. Always the same for the same picture: the first of a fixed row that fits.
pub fn fit(picture: &Picture, wanted: &Wanted) -> Result<(Vec<u8>, u32, u32), MediaError> {
    let mut least = None;
    for smaller in 0..SMALLER {
        let side =
            |side: u32| ((f64::from(side) * 0.75_f64.powi(smaller as i32)).round() as u32).max(1);
        let sized = sized(picture, wanted, side(wanted.width), side(wanted.height))?;
        let qualities = match wanted.format {
            Format::Png | Format::Tiff => &QUALITIES[..1],
            _ => &QUALITIES[..],
        };
        for quality in qualities {
            let bytes = encode(&sized, wanted.format, Quality::new(*quality)?)?;
            let fits = bytes.len() as u64 <= wanted.bytes_most;
            let made = (bytes, sized.width(), sized.height());
            if fits {
                return Ok(made);
            }
            least = Some(made);
        }
    }
    let bytes = least.map_or(0, |(bytes, _, _)| bytes.len());
    Err(MediaError::StillTooLarge { bytes, most: wanted.bytes_most })
}

fn sized(
    picture: &Picture,
    wanted: &Wanted,
    width: u32,
    height: u32,
) -> Result<Picture, MediaError> {
    if wanted.crop {
        let fit = Fit::Cover { width, height, focus: wanted.focus };
        return resize(picture, fit, Enlarge::Allowed);
    }
    let inner = resize(picture, Fit::Contain { width, height }, Enlarge::Allowed)?;
    // A pixel is lost to rounding, and no bar is put there for it.
    if width.abs_diff(inner.width()) <= 1 && height.abs_diff(inner.height()) <= 1 {
        return Ok(inner);
    }
    let mut canvas = Canvas::new((width, height), Color([255, 255, 255, 255]), Limits::default())?;
    canvas.draw(Layer::new(Content::Picture { picture: inner, scale: 1.0 }))?;
    canvas.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Probe, probe, samples::scene};

    fn wanted(width: u32, height: u32) -> Wanted {
        let (format, focus) = (Format::Jpeg, Focus::CENTRE);
        Wanted { format, width, height, crop: true, focus, bytes_most: 2_000_000 }
    }

    #[test]
    fn a_picture_gets_the_size_and_the_format_that_are_wanted() {
        let (bytes, width, height) = fit(&scene(1, 400, 300), &wanted(200, 200)).unwrap();
        let Probe { format, width: across, height: down, .. } = probe(&bytes).unwrap();
        assert_eq!((format, across, down), (Format::Jpeg, 200, 200));
        assert_eq!((width, height), (200, 200));
    }

    #[test]
    fn what_is_not_cut_off_has_white_beside_it() {
        let padded = Wanted { crop: false, format: Format::Png, ..wanted(200, 200) };
        let (bytes, ..) = fit(&scene(1, 400, 200), &padded).unwrap();
        let picture = crate::decode(&bytes, &Limits::default()).unwrap();
        assert_eq!((picture.width(), picture.height()), (200, 200));
        assert_eq!(&picture.pixels()[..3], [255, 255, 255]);
    }

    #[test]
    fn its_quality_goes_down_and_then_its_size_until_it_has_few_enough_bytes() {
        let whole = fit(&scene(1, 400, 300), &wanted(400, 300)).unwrap().0.len() as u64;
        let less = Wanted { bytes_most: whole * 3 / 4, ..wanted(400, 300) };
        let (bytes, width, _) = fit(&scene(1, 400, 300), &less).unwrap();
        assert!(bytes.len() as u64 <= less.bytes_most && width == 400);
        let tiny = Wanted { bytes_most: whole / 8, ..wanted(400, 300) };
        let (bytes, width, _) = fit(&scene(1, 400, 300), &tiny).unwrap();
        assert!(bytes.len() as u64 <= tiny.bytes_most && width < 400);
        assert_eq!(fit(&scene(1, 400, 300), &tiny).unwrap().0, bytes, "the same each time");
    }

    #[test]
    fn what_cannot_be_made_small_enough_is_told() {
        let none = Wanted { bytes_most: 10, ..wanted(400, 300) };
        assert!(
            fit(&scene(1, 400, 300), &none).unwrap_err().to_string().contains("more than the 10")
        );
    }
}
