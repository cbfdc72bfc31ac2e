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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{probe, samples::scene};

    fn rungs(widths: &[u32], formats: &[Format]) -> Vec<(u32, u32, Format)> {
        let ladder = ladder(&scene(1, 300, 200), widths, formats, Quality::default()).unwrap();
        ladder.iter().map(|rung| (rung.width, rung.height, rung.format)).collect()
    }

    #[test]
    fn every_width_comes_in_every_format_in_the_order_asked() {
        use Format::{Avif, Jpeg};
        let expected = [(150, 100, Avif), (150, 100, Jpeg), (30, 20, Avif), (30, 20, Jpeg)];
        assert_eq!(rungs(&[150, 30], &[Avif, Jpeg]), expected);
    }

    #[test]
    fn widths_beyond_the_source_become_its_own_once() {
        let expected = [(100, 67, Format::Jpeg), (300, 200, Format::Jpeg)];
        assert_eq!(rungs(&[100, 480, 960, 300, 100], &[Format::Jpeg, Format::Jpeg]), expected);
        assert_eq!(rungs(&[], &[Format::Jpeg]), []);
    }

    #[test]
    fn each_file_is_what_its_rung_says() {
        let picture = scene(2, 300, 200);
        for rung in ladder(&picture, &[120, 64], &Format::ALL, Quality::default()).unwrap() {
            let probe = probe(&rung.bytes).unwrap();
            assert_eq!(
                (probe.format, probe.width, probe.height),
                (rung.format, rung.width, rung.height)
            );
        }
    }

    #[test]
    fn a_ladder_made_twice_is_the_same_to_the_byte() {
        let made = || ladder(&scene(3, 300, 200), &[200, 100], &Format::ALL, Quality::default());
        assert!(made().unwrap() == made().unwrap());
    }

    #[test]
    fn a_width_of_nothing_is_refused() {
        assert!(ladder(&scene(1, 9, 9), &[0], &[Format::Jpeg], Quality::default()).is_err());
    }

    #[test]
    fn convert_keeps_the_size() {
        let rung = convert(&scene(1, 33, 21), Format::Webp, Quality::default()).unwrap();
        assert_eq!((rung.width, rung.height, rung.format), (33, 21, Format::Webp));
    }
}
