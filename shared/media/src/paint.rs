//! Colours as pipelines write them, and how one lies on another.

use std::str::FromStr;

use crate::MediaError;

/// Red, green, blue and alpha, straight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color(pub [u8; 4]);

impl Color {
    /// Nothing at all.
    pub const CLEAR: Self = Self([0; 4]);
    /// Opaque black.
    pub const BLACK: Self = Self([0, 0, 0, 255]);
}

impl FromStr for Color {
    type Err = MediaError;

    /// Takes `#rgb`, `#rrggbb` and `#rrggbbaa`.
    fn from_str(text: &str) -> Result<Self, MediaError> {
        let digits: Option<Vec<u8>> = text
            .strip_prefix('#')
            .and_then(|hex| hex.chars().map(|c| Some(c.to_digit(16)? as u8)).collect());
        match digits.as_deref() {
            Some([r, g, b]) => Ok(Self([r * 17, g * 17, b * 17, 255])),
            Some([a, b, c, d, e, f]) => Ok(Self([a * 16 + b, c * 16 + d, e * 16 + f, 255])),
            Some([a, b, c, d, e, f, g, h]) => {
                Ok(Self([a * 16 + b, c * 16 + d, e * 16 + f, g * 16 + h]))
            }
            _ => Err(MediaError::BadSize {
                what: "color",
                value: text.chars().take(20).collect(),
                allowed: "#rgb, #rrggbb or #rrggbbaa",
            }),
        }
    }
}

/// How the colour of a layer and the colour below it become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Blend {
    /// The layer's own colour.
    #[default]
    Normal,
    /// Darker: white changes nothing.
    Multiply,
    /// Lighter: black changes nothing.
    Screen,
}

impl Blend {
    fn mix(self, over: u32, below: u32) -> u32 {
        match self {
            Self::Normal => over,
            Self::Multiply => by_255(over * below),
            Self::Screen => over + below - by_255(over * below),
        }
    }
}

/// Divided by 255, rounded.
pub(crate) fn by_255(value: u32) -> u32 {
    (value + 127) / 255
}

/// Lays one pixel on another, both straight, as the W3C's compositing rules have it: in sRGB as it is stored.
pub(crate) fn lay(below: &mut [u8; 4], over: [u8; 4], opacity: u8, blend: Blend) {
    let alpha = by_255(u32::from(over[3]) * u32::from(opacity));
    if alpha == 0 {
        return;
    }
    let base = u32::from(below[3]);
    // Both in units of 1 / 255².
    let whole = (alpha + base) * 255 - alpha * base;
    for channel in 0..3 {
        let (over, under) = (u32::from(over[channel]), u32::from(below[channel]));
        let sum = over * alpha * (255 - base)
            + under * base * (255 - alpha)
            + blend.mix(over, under) * alpha * base;
        below[channel] = ((sum + whole / 2) / whole) as u8;
    }
    below[3] = by_255(whole) as u8;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_read_in_three_spellings_and_no_other() {
        for (text, expected) in [
            ("#fff", [255, 255, 255, 255]),
            ("#1a2B3c", [0x1a, 0x2b, 0x3c, 255]),
            ("#1a2b3c80", [0x1a, 0x2b, 0x3c, 0x80]),
        ] {
            assert_eq!(text.parse(), Ok(Color(expected)));
        }
        for text in ["", "#", "fff", "#ff", "#fffff", "#ggg", "red", "#1a2b3c800"] {
            let error = text.parse::<Color>().unwrap_err().to_string();
            assert_eq!(
                error,
                format!("color cannot be {text}: it must be #rgb, #rrggbb or #rrggbbaa")
            );
        }
    }

    #[test]
    fn blending_follows_the_rules_of_compositing() {
        use Blend::{Multiply, Normal, Screen};
        let cases = [
            // What is laid, how strongly, how, on what, and what it gives.
            ([200, 100, 0, 255], 255, Normal, [10, 20, 30, 255], [200, 100, 0, 255]),
            ([200, 100, 0, 255], 0, Normal, [10, 20, 30, 255], [10, 20, 30, 255]),
            ([200, 100, 0, 0], 255, Multiply, [10, 20, 30, 77], [10, 20, 30, 77]),
            ([255, 0, 0, 128], 255, Normal, [0, 0, 255, 255], [128, 0, 127, 255]),
            ([255, 0, 0, 255], 128, Normal, [0, 0, 255, 255], [128, 0, 127, 255]),
            // On nothing every blend is the colour itself.
            ([200, 100, 50, 128], 255, Multiply, [9, 9, 9, 0], [200, 100, 50, 128]),
            ([200, 100, 50, 128], 255, Screen, [9, 9, 9, 0], [200, 100, 50, 128]),
            ([255, 128, 0, 255], 255, Multiply, [100, 100, 100, 255], [100, 50, 0, 255]),
            ([255, 128, 0, 255], 255, Screen, [100, 100, 100, 255], [255, 178, 100, 255]),
            ([255, 255, 255, 255], 255, Multiply, [1, 128, 254, 255], [1, 128, 254, 255]),
            ([0, 0, 0, 255], 255, Screen, [1, 128, 254, 255], [1, 128, 254, 255]),
            ([0, 0, 0, 128], 255, Multiply, [200, 200, 200, 255], [100, 100, 100, 255]),
            // Half on half is three quarters, two thirds of it the upper colour.
            ([255, 0, 0, 128], 255, Normal, [0, 0, 255, 128], [170, 0, 85, 192]),
        ];
        for (over, opacity, blend, below, expected) in cases {
            let mut got = below;
            lay(&mut got, over, opacity, blend);
            assert_eq!(got, expected, "{over:?} at {opacity} by {blend:?} on {below:?}");
        }
    }
}
