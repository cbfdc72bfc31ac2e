//! How much of a stranger's file we are willing to look at.

use crate::{MediaError, header::Probe};

/// Bounds that are checked from the length and the header, before any pixel is allocated.
///
/// They bound memory too: a decoded picture takes 3 bytes per pixel (4 with alpha), a progressive JPEG up to
/// 9 while it is decoded (11 in four inks), a turned picture twice its own size for a moment. From 50
/// megapixels a ladder peaked at 242 MiB for a baseline JPEG, 445 for a progressive one, 492 for a PNG with alpha:
/// `examples/resize_rss.rs` measures it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes in the file.
    pub max_bytes: usize,
    /// Most pixels, width times height.
    pub max_pixels: u64,
    /// Longest side.
    pub max_side: u32,
}

impl Default for Limits {
    /// A 50-megapixel photograph passes; a bomb does not.
    fn default() -> Self {
        Self { max_bytes: 64 << 20, max_pixels: 52_000_000, max_side: 20_000 }
    }
}

impl Limits {
    pub(crate) fn check_bytes(&self, bytes: usize) -> Result<(), MediaError> {
        if bytes == 0 {
            return Err(MediaError::Empty);
        }
        if self.max_bytes < bytes {
            return Err(MediaError::TooManyBytes { bytes, limit: self.max_bytes });
        }
        Ok(())
    }

    pub(crate) fn check_size(&self, probe: &Probe) -> Result<(), MediaError> {
        let Probe { format, width, height, .. } = *probe;
        if self.max_side < width.max(height) {
            return Err(MediaError::TooLong { format, width, height, limit: self.max_side });
        }
        if self.max_pixels < u64::from(width) * u64::from(height) {
            return Err(MediaError::TooManyPixels {
                format,
                width,
                height,
                limit: self.max_pixels,
            });
        }
        Ok(())
    }
}
