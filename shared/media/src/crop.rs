//! A part of a picture, pixel for pixel, around what must stay in view.

use crate::resize::around;
use crate::{Focus, MediaError, Picture};

/// The largest part of these proportions, as near to the focus as the edges allow; nothing is resampled.
pub fn crop(picture: &Picture, aspect: (u32, u32), focus: Focus) -> Result<Picture, MediaError> {
    let (width, height) = (picture.width(), picture.height());
    let (across, down) = (u64::from(aspect.0), u64::from(aspect.1));
    if across == 0 || down == 0 {
        return Err(MediaError::BadSize {
            what: "aspect",
            value: format!("{across}:{down}"),
            allowed: "two numbers above 0, such as 16:9",
        });
    }
    let part = |side: u32, by: u64, of: u64| ((u64::from(side) * by + of / 2) / of).max(1);
    let wide = part(height, across, down).min(width.into()) as u32;
    let high = part(width, down, across).min(height.into()) as u32;
    let whole = (width.into(), height.into());
    let place = around(focus, whole, (wide.into(), high.into()))?;
    cut(picture, (place.left.round() as u32, place.top.round() as u32), (wide, high))
}

fn cut(
    picture: &Picture,
    (left, top): (u32, u32),
    (width, height): (u32, u32),
) -> Result<Picture, MediaError> {
    let channels = picture.channels();
    let row = picture.width() as usize * channels;
    let from = left as usize * channels;
    let rows = picture.pixels().chunks_exact(row).skip(top as usize).take(height as usize);
    let pixels = rows.flat_map(|row| &row[from..from + width as usize * channels]).copied();
    Picture::new(width, height, channels as u8, pixels.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{cutout, scene};

    #[test]
    fn the_largest_part_of_the_proportions_is_kept() {
        let cases = [
            ((1, 1), (300, 300)),
            ((16, 9), (400, 225)),
            ((4, 3), (400, 300)),
            ((9, 16), (169, 300)),
            ((1, 100), (3, 300)),
            ((1_000_000, 1), (400, 1)),
        ];
        for (aspect, expected) in cases {
            let part = crop(&scene(1, 400, 300), aspect, Focus::CENTRE).unwrap();
            assert_eq!((part.width(), part.height()), expected, "{aspect:?}");
        }
    }

    #[test]
    fn every_pixel_is_one_of_the_source_at_its_place() {
        let source = cutout(90, 60);
        for (x, left) in [(0.0, 0), (0.4, 6), (0.5, 15), (1.0, 30)] {
            let part = crop(&source, (1, 1), Focus { x, y: 0.5 }).unwrap();
            for y in 0..60 {
                let (from, row) = ((y * 90 + left) * 4, y * 60 * 4);
                assert_eq!(part.pixels()[row..row + 240], source.pixels()[from..from + 240]);
            }
        }
    }

    #[test]
    fn the_proportions_that_are_there_already_change_nothing() {
        let source = scene(2, 160, 90);
        assert!(crop(&source, (16, 9), Focus { x: 0.9, y: 0.1 }).unwrap() == source);
    }

    #[test]
    fn proportions_of_nothing_and_a_focus_outside_are_named() {
        let error = crop(&scene(1, 9, 9), (0, 9), Focus::CENTRE).unwrap_err().to_string();
        assert_eq!(error, "aspect cannot be 0:9: it must be two numbers above 0, such as 16:9");
        assert!(crop(&scene(1, 9, 9), (1, 2), Focus { x: -0.1, y: 0.0 }).is_err());
    }
}
