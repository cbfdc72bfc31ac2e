//! A layer's pixels, row by row: what follows from a rule is never held whole.

use std::ops::Range;

use super::{Content, within};
use crate::resize::resized;
use crate::text::{self, Mask};
use crate::{Color, Enlarge, Fit, Limits, MediaError, Picture};

/// What is laid on the canvas.
pub(super) enum Ink {
    Picture(Picture),
    Plain {
        size: (u32, u32),
        color: Color,
    },
    /// `toward` is the direction's share to the right and down.
    Gradient {
        size: (u32, u32),
        from: Color,
        to: Color,
        toward: (f64, f64),
    },
    Mask {
        mask: Mask,
        color: Color,
    },
}

impl Ink {
    pub(super) fn of(
        content: Content,
        asked: (Option<u32>, Option<u32>),
        canvas: (u32, u32),
        limits: &Limits,
    ) -> Result<Self, MediaError> {
        let size = (asked.0.unwrap_or(canvas.0), asked.1.unwrap_or(canvas.1));
        match content {
            Content::Picture { picture, scale } => Self::scaled(picture, scale, asked, limits),
            Content::Plain(color) => {
                within("a layer", (size.0.into(), size.1.into()), limits)?;
                Ok(Self::Plain { size, color })
            }
            Content::Gradient { from, to, angle } => {
                within("a layer", (size.0.into(), size.1.into()), limits)?;
                Ok(Self::Gradient { size, from, to, toward: direction(angle) })
            }
            Content::Text(words) => {
                let mask = text::draw(&words, limits.max_pixels)?;
                Ok(Self::Mask { mask, color: words.color })
            }
        }
    }

    fn scaled(
        picture: Picture,
        scale: f64,
        asked: (Option<u32>, Option<u32>),
        limits: &Limits,
    ) -> Result<Self, MediaError> {
        let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
        let fitted = match asked {
            (Some(w), Some(h)) => (f64::from(w) / width).min(f64::from(h) / height),
            (Some(w), None) => f64::from(w) / width,
            (None, Some(h)) => f64::from(h) / height,
            (None, None) => 1.0,
        };
        let side = |side: f64| ((side * fitted * scale).round() as u32).max(1);
        let (wide, high) = (side(width), side(height));
        within("a layer", (wide.into(), high.into()), limits)?;
        let fit = Fit::Contain { width: wide, height: high };
        let sized = match resized(&picture, fit, Enlarge::Allowed)? {
            std::borrow::Cow::Borrowed(_) => None,
            std::borrow::Cow::Owned(sized) => Some(sized),
        };
        Ok(Self::Picture(sized.unwrap_or(picture)))
    }

    pub(super) fn size(&self) -> (u32, u32) {
        match self {
            Self::Picture(picture) => (picture.width(), picture.height()),
            Self::Plain { size, .. } | Self::Gradient { size, .. } => *size,
            Self::Mask { mask, .. } => (mask.width, mask.height),
        }
    }

    /// Adds the pixels of these columns of a row.
    pub(super) fn row(&self, y: u32, columns: Range<u32>, out: &mut Vec<[u8; 4]>) {
        match self {
            Self::Picture(picture) => {
                let channels = picture.channels();
                let start = y as usize * picture.width() as usize;
                let bytes = start + columns.start as usize..start + columns.end as usize;
                let bytes = &picture.pixels()[bytes.start * channels..bytes.end * channels];
                let pixel = |p: &[u8]| [p[0], p[1], p[2], p.get(3).copied().unwrap_or(255)];
                out.extend(bytes.chunks_exact(channels).map(pixel));
            }
            Self::Plain { color, .. } => out.extend(columns.map(|_| color.0)),
            Self::Gradient { size, from, to, toward } => {
                out.extend(columns.map(|x| gradient(*size, (x, y), from.0, to.0, *toward)));
            }
            Self::Mask { mask, color: Color([r, g, b, a]) } => {
                let start = y as usize * mask.width as usize;
                let alpha =
                    &mask.alpha[start + columns.start as usize..start + columns.end as usize];
                let ink = |cover: &u8| crate::paint::by_255(u32::from(*cover) * u32::from(*a));
                out.extend(alpha.iter().map(|cover| [*r, *g, *b, ink(cover) as u8]));
            }
        }
    }
}

/// One pixel of a gradient whose ends lie on the corners, as in CSS; mixed with alpha multiplied in.
fn gradient(
    (width, height): (u32, u32),
    (x, y): (u32, u32),
    from: [u8; 4],
    to: [u8; 4],
    (across, down): (f64, f64),
) -> [u8; 4] {
    let (width, height) = (f64::from(width), f64::from(height));
    let length = (width * across).abs() + (height * down).abs();
    let along =
        (f64::from(x) + 0.5 - width / 2.0) * across + (f64::from(y) + 0.5 - height / 2.0) * down;
    let t = (along / length + 0.5).clamp(0.0, 1.0);
    let alpha = f64::from(from[3]) * (1.0 - t) + f64::from(to[3]) * t;
    if alpha < 0.5 {
        return [0; 4];
    }
    let mix = |channel: usize| {
        let one = f64::from(from[channel]) * f64::from(from[3]) * (1.0 - t);
        let other = f64::from(to[channel]) * f64::from(to[3]) * t;
        ((one + other) / alpha).round() as u8
    };
    [mix(0), mix(1), mix(2), alpha.round() as u8]
}

/// Right and down of an angle; the four straight ones exactly.
fn direction(angle: f64) -> (f64, f64) {
    match angle.rem_euclid(360.0) {
        0.0 => (0.0, -1.0),
        90.0 => (1.0, 0.0),
        180.0 => (0.0, 1.0),
        270.0 => (-1.0, 0.0),
        other => (other.to_radians().sin(), -other.to_radians().cos()),
    }
}
