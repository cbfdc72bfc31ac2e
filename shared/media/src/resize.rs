//! Other sizes of a picture: Lanczos3, alpha premultiplied while resampling.

use std::borrow::Cow;

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer, images::Image, images::ImageRef,
};

use crate::{Format, MediaError, Picture};

/// The size asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fit {
    /// This width, height in proportion.
    Width(u32),
    /// This height, width in proportion.
    Height(u32),
    /// As large as possible inside the box, nothing cut.
    Contain {
        /// Width of the box.
        width: u32,
        /// Height of the box.
        height: u32,
    },
    /// The whole box covered, what sticks out is cut.
    Cover {
        /// Width of the box.
        width: u32,
        /// Height of the box.
        height: u32,
        /// What must stay in view.
        focus: Focus,
    },
}

/// A point of the source, as fractions of width and height from the top left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Focus {
    /// 0 is left, 1 is right.
    pub x: f64,
    /// 0 is top, 1 is bottom.
    pub y: f64,
}

impl Focus {
    /// The middle of the picture.
    pub const CENTRE: Self = Self { x: 0.5, y: 0.5 };
}

/// Whether a result may have more pixels than its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enlarge {
    /// A size beyond the source gives the source's own size, in the proportions asked.
    Never,
    /// The size asked is the size made.
    Allowed,
}

/// Resamples a picture to the size asked for.
pub fn resize(picture: &Picture, fit: Fit, enlarge: Enlarge) -> Result<Picture, MediaError> {
    resized(picture, fit, enlarge).map(Cow::into_owned)
}

/// As [`resize`], without a copy where nothing changes.
pub(crate) fn resized(
    picture: &Picture,
    fit: Fit,
    enlarge: Enlarge,
) -> Result<Cow<'_, Picture>, MediaError> {
    let frame = frame(picture, fit, enlarge)?;
    let whole = (picture.width(), picture.height());
    if (frame.width, frame.height) == whole && frame.crop == Crop::whole(whole) {
        return Ok(Cow::Borrowed(picture));
    }
    resample(picture, &frame).map(Cow::Owned)
}

/// What part of the source becomes a picture of what size.
#[derive(Debug, PartialEq)]
struct Frame {
    width: u32,
    height: u32,
    crop: Crop,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Crop {
    pub(crate) left: f64,
    pub(crate) top: f64,
    width: f64,
    height: f64,
}

impl Crop {
    fn whole((width, height): (u32, u32)) -> Self {
        Self { left: 0.0, top: 0.0, width: width.into(), height: height.into() }
    }
}

fn frame(picture: &Picture, fit: Fit, enlarge: Enlarge) -> Result<Frame, MediaError> {
    let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
    let most = match enlarge {
        Enlarge::Never => 1.0,
        Enlarge::Allowed => f64::INFINITY,
    };
    let in_proportion = |scale: f64| {
        let scale = scale.min(most);
        Ok(Frame {
            width: side(width * scale)?,
            height: side(height * scale)?,
            crop: Crop::whole((picture.width(), picture.height())),
        })
    };
    match fit {
        Fit::Width(asked) => in_proportion(positive("width", asked)? / width),
        Fit::Height(asked) => in_proportion(positive("height", asked)? / height),
        Fit::Contain { width: w, height: h } => {
            in_proportion((positive("width", w)? / width).min(positive("height", h)? / height))
        }
        Fit::Cover { width: w, height: h, focus } => {
            let (w, h) = (positive("width", w)?, positive("height", h)?);
            let scale = (w / width).max(h / height);
            let shrink = (scale / most).max(1.0);
            let crop = around(focus, (width, height), (w / scale, h / scale))?;
            Ok(Frame { width: side(w / shrink)?, height: side(h / shrink)?, crop })
        }
    }
}

/// The part of this size nearest to being centred on the focus.
pub(crate) fn around(
    focus: Focus,
    whole: (f64, f64),
    part: (f64, f64),
) -> Result<Crop, MediaError> {
    if !(0.0..=1.0).contains(&focus.x) || !(0.0..=1.0).contains(&focus.y) {
        return Err(MediaError::BadSize {
            what: "focus",
            value: format!("{}, {}", focus.x, focus.y),
            allowed: "two fractions from 0 to 1",
        });
    }
    let (width, height) = (part.0.min(whole.0), part.1.min(whole.1));
    let left = (focus.x * whole.0 - width / 2.0).clamp(0.0, whole.0 - width);
    let top = (focus.y * whole.1 - height / 2.0).clamp(0.0, whole.1 - height);
    Ok(Crop { left, top, width, height })
}

fn positive(what: &'static str, asked: u32) -> Result<f64, MediaError> {
    if asked == 0 {
        return Err(MediaError::BadSize { what, value: "0".into(), allowed: "1 or more pixels" });
    }
    Ok(asked.into())
}

/// A thin picture keeps at least one pixel; the largest JPEG is the largest result.
fn side(exact: f64) -> Result<u32, MediaError> {
    let most = Format::Jpeg.max_side();
    if f64::from(most) < exact.round() {
        return Err(MediaError::BadSize {
            what: "a side of the result",
            value: exact.round().to_string(),
            allowed: "65535 pixels or fewer",
        });
    }
    Ok((exact.round() as u32).max(1))
}

fn resample(picture: &Picture, frame: &Frame) -> Result<Picture, MediaError> {
    let kind = if picture.has_alpha() { PixelType::U8x4 } else { PixelType::U8x3 };
    let failed = |what: String| MediaError::BadSize {
        what: "resize",
        value: what,
        allowed: "within the picture",
    };
    let source = ImageRef::new(picture.width(), picture.height(), picture.pixels(), kind)
        .map_err(|error| failed(error.to_string()))?;
    let mut target = Image::new(frame.width, frame.height, kind);
    let Crop { left, top, width, height } = frame.crop;
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
        .crop(left, top, width, height);
    Resizer::new()
        .resize(&source, &mut target, &options)
        .map_err(|error| failed(error.to_string()))?;
    Picture::new(frame.width, frame.height, picture.channels() as u8, target.into_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{difference, painted, scene};

    fn size(fit: Fit, enlarge: Enlarge) -> (u32, u32) {
        let picture = resize(&scene(1, 400, 300), fit, enlarge).unwrap();
        (picture.width(), picture.height())
    }

    fn cover(width: u32, height: u32) -> Fit {
        Fit::Cover { width, height, focus: Focus::CENTRE }
    }

    #[test]
    fn each_fit_gives_its_size_and_enlarges_only_when_allowed() {
        let contain = |width, height| Fit::Contain { width, height };
        let cases = [
            (Fit::Width(200), (200, 150), (200, 150)),
            (Fit::Width(400), (400, 300), (400, 300)),
            (Fit::Width(800), (400, 300), (800, 600)),
            (Fit::Height(30), (40, 30), (40, 30)),
            (Fit::Height(600), (400, 300), (800, 600)),
            (contain(100, 100), (100, 75), (100, 75)),
            (contain(1000, 60), (80, 60), (80, 60)),
            (contain(800, 800), (400, 300), (800, 600)),
            (cover(100, 100), (100, 100), (100, 100)),
            (cover(400, 100), (400, 100), (400, 100)),
            (cover(600, 600), (300, 300), (600, 600)),
            (cover(800, 400), (400, 200), (800, 400)),
            (cover(1, 1), (1, 1), (1, 1)),
        ];
        for (fit, never, allowed) in cases {
            assert_eq!(size(fit, Enlarge::Never), never, "{fit:?}");
            assert_eq!(size(fit, Enlarge::Allowed), allowed, "{fit:?}");
        }
    }

    #[test]
    fn a_thin_picture_keeps_a_pixel_of_height() {
        let thin = Picture::rgb(1000, 2, vec![9; 6000]).unwrap();
        let small = resize(&thin, Fit::Width(10), Enlarge::Never).unwrap();
        assert_eq!((small.width(), small.height()), (10, 1));
    }

    #[test]
    fn the_same_size_is_the_same_picture() {
        let picture = scene(2, 90, 70);
        assert!(resize(&picture, Fit::Width(90), Enlarge::Allowed).unwrap() == picture);
        assert!(matches!(resized(&picture, cover(90, 70), Enlarge::Never), Ok(Cow::Borrowed(_))));
    }

    #[test]
    fn a_smaller_scene_looks_like_the_scene() {
        let small = resize(&scene(3, 960, 640), Fit::Width(240), Enlarge::Never).unwrap();
        let difference = difference(&small, &scene(3, 240, 160));
        assert!(difference < 3.0, "{difference}");
    }

    #[test]
    fn cover_keeps_the_focus_in_view() {
        let left_to_right = painted(300, 100, |x, _| [(x * 255.0) as u8; 3]);
        let middle = |x| {
            let fit = Fit::Cover { width: 50, height: 50, focus: Focus { x, y: 0.5 } };
            let part = resize(&left_to_right, fit, Enlarge::Never).unwrap();
            part.pixels()[(25 * 50 + 25) * 3]
        };
        for (focus, expected) in [(0.0, 42), (0.1, 42), (0.5, 128), (0.6, 153), (1.0, 213)] {
            let got = middle(focus);
            assert!(got.abs_diff(expected) <= 2, "focus {focus}: {got} rather than {expected}");
        }
    }

    #[test]
    fn hidden_colours_do_not_bleed_into_the_edge() {
        // Opaque white beside transparent black: without premultiplying, the edge turns grey.
        let row = [[255, 255, 255, 255].repeat(32), [0, 0, 0, 0].repeat(32)].concat();
        let picture = Picture::rgba(64, 64, row.repeat(64)).unwrap();
        let small = resize(&picture, Fit::Width(9), Enlarge::Never).unwrap();
        for pixel in small.pixels().as_chunks::<4>().0.iter().filter(|pixel| 8 < pixel[3]) {
            assert!(250 <= pixel[0], "{pixel:?}");
        }
    }

    #[test]
    fn sizes_that_make_no_sense_are_named() {
        let refused =
            |fit| resize(&scene(1, 40, 30), fit, Enlarge::Allowed).unwrap_err().to_string();
        assert_eq!(refused(Fit::Width(0)), "width cannot be 0: it must be 1 or more pixels");
        assert_eq!(refused(Fit::Height(0)), "height cannot be 0: it must be 1 or more pixels");
        assert_eq!(
            refused(Fit::Width(70_000)),
            "a side of the result cannot be 70000: it must be 65535 pixels or fewer"
        );
        let focus = Focus { x: 1.5, y: f64::NAN };
        assert_eq!(
            refused(Fit::Cover { width: 1, height: 1, focus }),
            "focus cannot be 1.5, NaN: it must be two fractions from 0 to 1"
        );
    }
}
