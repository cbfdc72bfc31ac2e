//! Words as a mask: shaped, broken into lines, drawn with the first bundled font that has all their signs.

mod breaks;
mod raster;

use rustybuzz::{Face, GlyphBuffer, UnicodeBuffer, ttf_parser::GlyphId};

use crate::{Color, MediaError};
use breaks::{is_gap, pieces};
use raster::Pen;

/// Most characters of one text.
const CHARS_MOST: usize = 500;
/// Sizes of letters, in pixels of the em square.
const SIZES: std::ops::RangeInclusive<u32> = 4..=1_000;
/// From one baseline to the next, in ems.
const LEADING: f32 = 1.2;

/// The bundled fonts; see `fonts/README.md` for where they come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Weight {
    /// Source Sans Pro Regular; M PLUS 1p for Japanese.
    #[default]
    Regular,
    /// Source Sans Pro Bold; for Japanese there is no other weight.
    Bold,
}

impl Weight {
    /// The fonts, in the order in which they are tried.
    fn fonts(self) -> [&'static [u8]; 2] {
        let first: &[u8] = match self {
            Self::Regular => include_bytes!("../fonts/SourceSansPro-Regular.ttf"),
            Self::Bold => include_bytes!("../fonts/SourceSansPro-Bold.ttf"),
        };
        [first, include_bytes!("../fonts/MPLUS1p-Regular-japanese.ttf")]
    }
}

/// Where lines stand that are shorter than their box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Align {
    /// At the left edge.
    #[default]
    Left,
    /// In the middle.
    Center,
    /// At the right edge.
    Right,
}

/// Words to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The words; a line break in them is one in the picture.
    pub text: String,
    /// Height of the em square in pixels.
    pub size: u32,
    /// Which font.
    pub weight: Weight,
    /// Where short lines stand.
    pub align: Align,
    /// Width at which lines are broken between words; without it, none is.
    pub width: Option<u32>,
    /// The ink.
    pub color: Color,
}

/// How much of each pixel is covered.
pub(crate) struct Mask {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) alpha: Vec<u8>,
}

/// Draws the text into the smallest box that holds its lines.
pub(crate) fn draw(text: &Text, max_pixels: u64) -> Result<Mask, MediaError> {
    let count = text.text.chars().count();
    if CHARS_MOST < count {
        return Err(refused("text", &format!("{count} characters long"), "500 or fewer"));
    }
    if !SIZES.contains(&text.size) {
        return Err(refused("size", &text.size.to_string(), "from 4 to 1000 pixels"));
    }
    let setter = Setter::of(text)?;
    let lines = setter.lines(&text.text, text.width)?;
    let widest = lines.iter().map(|line| setter.width(line)).fold(0.0, f32::max).ceil() as u32;
    let width = text.width.unwrap_or(widest).max(1);
    let ascent = f32::from(setter.face.ascender()) * setter.scale;
    let descent = f32::from(-setter.face.descender()) * setter.scale;
    let step = text.size as f32 * LEADING;
    let height = (ascent + descent + step * (lines.len() - 1) as f32).ceil() as u32;
    if max_pixels < u64::from(width) * u64::from(height) {
        let box_size = format!("{width}x{height}");
        return Err(refused("the text's box", &box_size, "within the pixels that are drawn"));
    }
    let alpha = vec![0; width as usize * height as usize];
    let mut mask = Mask { width, height, alpha };
    for (index, line) in lines.iter().enumerate() {
        let rest = width as f32 - setter.width(line);
        let left = match text.align {
            Align::Left => 0.0,
            Align::Center => rest / 2.0,
            Align::Right => rest,
        };
        // Whole pixels, so that the same letter looks the same in every line.
        let baseline = (ascent + step * index as f32).round();
        setter.ink(line, (left.max(0.0).round(), baseline), &mut mask);
    }
    Ok(mask)
}

/// A font at a size.
struct Setter {
    face: Face<'static>,
    scale: f32,
}

impl Setter {
    /// The first font that has all signs of the text; else what the one lacks that comes furthest.
    fn of(text: &Text) -> Result<Self, MediaError> {
        let mut furthest: Option<usize> = None;
        for bytes in text.weight.fonts() {
            let face = Face::from_slice(bytes, 0);
            let face = face.ok_or_else(|| refused("font", "broken", "a TrueType font"))?;
            let setter = Self { scale: text.size as f32 / face.units_per_em() as f32, face };
            match setter.lacks(&text.text) {
                None => return Ok(setter),
                Some(place) => furthest = furthest.max(Some(place)),
            }
        }
        let sign = text.text[furthest.unwrap_or(0)..].chars().next().unwrap_or('?');
        let what = format!("the fonts have no sign for {sign} (U+{:04X})", sign as u32);
        Err(MediaError::Text { what })
    }

    /// Where the first sign is that the font lacks.
    fn lacks(&self, text: &str) -> Option<usize> {
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let words = line.trim_end_matches(['\r', '\n']);
            let glyphs = self.shape(&words.replace(is_gap, " "));
            let infos = glyphs.glyph_infos().iter();
            if let Some(lacking) =
                infos.filter(|glyph| glyph.glyph_id == 0).map(|g| g.cluster).min()
            {
                // Gaps of several bytes became spaces of one.
                let signs = words.replace(is_gap, " ")[..lacking as usize].chars().count();
                let place = words.char_indices().nth(signs).map_or(0, |(place, _)| place);
                return Some(start + place);
            }
            start += line.len();
        }
        None
    }

    /// The lines, shaped; broken where they may be if one would be wider than the box.
    fn lines(&self, text: &str, most: Option<u32>) -> Result<Vec<GlyphBuffer>, MediaError> {
        let mut lines = Vec::new();
        for paragraph in text.trim_end().lines() {
            let mut line = String::new();
            for (piece, apart) in pieces(paragraph) {
                let gap = if apart && !line.is_empty() { " " } else { "" };
                let longer = format!("{line}{gap}{piece}");
                if self.fits(&longer, most) {
                    line = longer;
                    continue;
                }
                if !line.is_empty() {
                    lines.push(self.shape(&line));
                }
                if !self.fits(piece, most) {
                    return Err(self.too_wide(piece, most));
                }
                line = piece.to_owned();
            }
            lines.push(self.shape(&line));
        }
        if lines.iter().all(|line| line.is_empty()) {
            return Err(refused("text", "empty", "something to draw"));
        }
        Ok(lines)
    }

    fn fits(&self, line: &str, most: Option<u32>) -> bool {
        most.is_none_or(|most| self.width(&self.shape(line)) <= most as f32)
    }

    fn too_wide(&self, word: &str, most: Option<u32>) -> MediaError {
        let wide = self.width(&self.shape(word)).ceil();
        let most = most.unwrap_or_default();
        let what = format!("the word {word:?} is {wide} pixels wide and its box {most}");
        MediaError::Text { what }
    }

    fn shape(&self, line: &str) -> GlyphBuffer {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(line);
        buffer.guess_segment_properties();
        rustybuzz::shape(&self.face, &[], buffer)
    }

    fn width(&self, line: &GlyphBuffer) -> f32 {
        let advance: i32 = line.glyph_positions().iter().map(|glyph| glyph.x_advance).sum();
        advance as f32 * self.scale
    }

    fn ink(&self, line: &GlyphBuffer, (left, baseline): (f32, f32), mask: &mut Mask) {
        let mut at = 0;
        for (glyph, place) in line.glyph_infos().iter().zip(line.glyph_positions()) {
            let x = left + (at + place.x_offset) as f32 * self.scale;
            let y = baseline - place.y_offset as f32 * self.scale;
            let id = GlyphId(glyph.glyph_id as u16);
            if let Some(bounds) = self.face.glyph_bounding_box(id) {
                let mut pen = Pen::new(bounds, (x, y), self.scale);
                self.face.outline_glyph(id, &mut pen);
                pen.ink(mask);
            }
            at += place.x_advance;
        }
    }
}

fn refused(what: &'static str, value: &str, allowed: &'static str) -> MediaError {
    MediaError::BadSize { what, value: value.into(), allowed }
}

#[cfg(test)]
mod tests;
