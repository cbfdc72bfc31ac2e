//! Samples of 16 bits as the nearest of 8.

/// The nearest sample of 8 bits: both ends stay ends, and nothing between is cut off.
pub(super) fn nearest(sample: u16) -> u8 {
    // 65,535 is 255 times 257; the quotient fits, because its numerator ends at 65,663.
    ((u32::from(sample) + 128) / 257) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_becomes_the_nearest_one() {
        for sample in 0..=u16::MAX {
            let exact = f64::from(sample) * 255.0 / 65_535.0;
            assert_eq!(f64::from(nearest(sample)), exact.round(), "{sample}");
        }
    }
}
