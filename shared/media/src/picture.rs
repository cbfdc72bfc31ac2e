//! A picture in memory: upright, sRGB, 8 bits per channel, without metadata.

use crate::MediaError;

/// Rows of RGB or straight (not premultiplied) RGBA, top to bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    channels: u8,
    pixels: Vec<u8>,
}

impl Picture {
    /// Three bytes per pixel.
    pub fn rgb(width: u32, height: u32, pixels: Vec<u8>) -> Result<Self, MediaError> {
        Self::new(width, height, 3, pixels)
    }

    /// Four bytes per pixel, colour not multiplied by alpha.
    pub fn rgba(width: u32, height: u32, pixels: Vec<u8>) -> Result<Self, MediaError> {
        Self::new(width, height, 4, pixels)
    }

    pub(crate) fn new(
        width: u32,
        height: u32,
        channels: u8,
        pixels: Vec<u8>,
    ) -> Result<Self, MediaError> {
        let expected = u64::from(width) * u64::from(height) * u64::from(channels);
        if expected == 0 || expected != pixels.len() as u64 {
            return Err(MediaError::BadSize {
                what: "picture",
                value: format!("{width}x{height} with {} bytes", pixels.len()),
                allowed: "at least 1x1 and width x height x channels bytes long",
            });
        }
        Ok(Self { width, height, channels, pixels })
    }

    /// Width in pixels, never 0.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels, never 0.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Whether there is an alpha channel.
    pub fn has_alpha(&self) -> bool {
        self.channels == 4
    }

    /// Bytes per pixel: 3, or 4 with alpha.
    pub fn channels(&self) -> usize {
        usize::from(self.channels)
    }

    /// The bytes, [`Self::channels`] per pixel.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    pub(crate) fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// The same picture without alpha, laid on a colour.
    pub fn flatten(&self, background: [u8; 3]) -> Self {
        if !self.has_alpha() {
            return self.clone();
        }
        let over = |[r, g, b, alpha]: [u8; 4]| {
            let mut color = [r, g, b];
            for (channel, below) in color.iter_mut().zip(background) {
                let (alpha, over) = (u32::from(alpha), u32::from(*channel));
                *channel = ((over * alpha + u32::from(below) * (255 - alpha) + 127) / 255) as u8;
            }
            color
        };
        let pixels = self.pixels.as_chunks::<4>().0.iter().flat_map(|pixel| over(*pixel)).collect();
        Self { channels: 3, pixels, ..*self }
    }

    /// Drops an alpha channel that hides nothing, so that nobody stores or measures it.
    pub(crate) fn without_idle_alpha(mut self) -> Self {
        if !self.has_alpha() || self.pixels.iter().skip(3).step_by(4).any(|alpha| *alpha != 255) {
            return self;
        }
        // In place: at the largest size a second buffer would be another 150 MB.
        let count = self.pixels.len() / 4;
        for pixel in 0..count {
            self.pixels.copy_within(pixel * 4..pixel * 4 + 3, pixel * 3);
        }
        self.pixels.truncate(count * 3);
        self.channels = 3;
        self
    }

    /// Luma of every pixel (BT.601, as JPEG has it), alpha ignored.
    pub(crate) fn luma(&self) -> Vec<u8> {
        self.pixels
            .chunks_exact(self.channels())
            .map(|pixel| luma(pixel[0], pixel[1], pixel[2]))
            .collect()
    }
}

/// BT.601 luma of one pixel, rounded.
pub(crate) fn luma(red: u8, green: u8, blue: u8) -> u8 {
    ((299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue) + 500) / 1000) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_as_many_bytes_as_it_says() {
        assert!(Picture::rgb(2, 1, vec![0; 6]).is_ok());
        for (width, height, bytes) in [(2, 1, 7), (2, 1, 8), (0, 1, 0), (u32::MAX, u32::MAX, 3)] {
            let error = Picture::rgb(width, height, vec![0; bytes]).unwrap_err().to_string();
            let start =
                format!("picture cannot be {width}x{height} with {bytes} bytes: it must be");
            assert!(error.starts_with(&start), "{error}");
        }
    }

    #[test]
    fn flattening_mixes_by_alpha() {
        let half =
            Picture::rgba(3, 1, vec![200, 0, 50, 0, 200, 0, 50, 128, 200, 0, 50, 255]).unwrap();
        let flat = half.flatten([0, 100, 250]);
        assert_eq!(flat.pixels(), [0, 100, 250, 100, 50, 150, 200, 0, 50]);
    }
}
