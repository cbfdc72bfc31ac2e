//! Layers on a canvas, one after the other, from the bottom up.

mod ink;
mod shadow;

use crate::paint::lay;
use crate::{Blend, Color, Limits, MediaError, Picture, Text};
use ink::Ink;

pub use shadow::Shadow;

/// Most layers on one canvas.
const LAYERS_MOST: usize = 20;

/// Which points of a layer and of the canvas lie on each other, as shares of width and height in halves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    across: u8,
    down: u8,
}

impl Anchor {
    /// The names of the nine, row by row.
    pub const NAMES: [&'static str; 9] = [
        "top-left",
        "top",
        "top-right",
        "left",
        "center",
        "right",
        "bottom-left",
        "bottom",
        "bottom-right",
    ];

    /// The middle on the middle.
    pub const CENTER: Self = Self { across: 1, down: 1 };

    /// The anchor of that name.
    pub fn named(name: &str) -> Option<Self> {
        let place = Self::NAMES.iter().position(|known| *known == name)? as u8;
        Some(Self { across: place % 3, down: place / 3 })
    }

    /// Where a layer's corner comes to lie.
    fn corner(self, canvas: (u32, u32), layer: (u32, u32)) -> (i64, i64) {
        let at = |whole: u32, part: u32, halves: u8| {
            (i64::from(whole) - i64::from(part)) * i64::from(halves) / 2
        };
        (at(canvas.0, layer.0, self.across), at(canvas.1, layer.1, self.down))
    }
}

/// What a layer shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A picture, fitted into the box where there is one, then scaled.
    Picture {
        /// The picture.
        picture: Picture,
        /// How much larger or smaller than it would be.
        scale: f64,
    },
    /// One colour all over the box.
    Plain(Color),
    /// From one colour to another across the box.
    Gradient {
        /// Where it begins.
        from: Color,
        /// Where it ends.
        to: Color,
        /// Degrees clockwise: 0 goes up, 90 to the right, as in CSS.
        angle: f64,
    },
    /// Words; their box is as wide as they say and as high as they are.
    Text(Text),
}

/// One layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// What it shows.
    pub content: Content,
    /// The box's width and height; without either, that of the picture or of the canvas.
    pub size: (Option<u32>, Option<u32>),
    /// Where it lies.
    pub anchor: Anchor,
    /// Pixels from there to the right and down.
    pub offset: (i32, i32),
    /// From 0, which is nothing, to 1.
    pub opacity: f64,
    /// How it mixes with what is below.
    pub blend: Blend,
    /// What it throws on what is below.
    pub shadow: Option<Shadow>,
}

impl Layer {
    /// The content in the middle, as large as it is.
    pub fn new(content: Content) -> Self {
        Self {
            content,
            size: (None, None),
            anchor: Anchor::CENTER,
            offset: (0, 0),
            opacity: 1.0,
            blend: Blend::Normal,
            shadow: None,
        }
    }
}

/// A picture in the making.
#[derive(Debug, Clone)]
pub struct Canvas {
    width: u32,
    height: u32,
    pixels: Vec<[u8; 4]>,
    layers: usize,
    limits: Limits,
}

impl Canvas {
    /// An empty one of one colour.
    pub fn new(
        (width, height): (u32, u32),
        color: Color,
        limits: Limits,
    ) -> Result<Self, MediaError> {
        within("canvas", (width.into(), height.into()), &limits)?;
        let pixels = vec![color.0; width as usize * height as usize];
        Ok(Self { width, height, pixels, layers: 0, limits })
    }

    /// One that begins with a picture.
    pub fn of(picture: &Picture, limits: Limits) -> Result<Self, MediaError> {
        let size = (picture.width(), picture.height());
        let mut canvas = Self::new(size, Color::CLEAR, limits)?;
        let channels = picture.channels();
        for (to, from) in canvas.pixels.iter_mut().zip(picture.pixels().chunks_exact(channels)) {
            *to = [from[0], from[1], from[2], from.get(3).copied().unwrap_or(255)];
        }
        Ok(canvas)
    }

    /// Lays one more on top.
    pub fn draw(&mut self, layer: Layer) -> Result<(), MediaError> {
        self.layers += 1;
        if LAYERS_MOST < self.layers {
            return Err(refused("layers", self.layers.to_string(), "20 or fewer"));
        }
        let opacity = (layer.opacity.clamp(0.0, 1.0) * 255.0).round() as u8;
        let ink = Ink::of(layer.content, layer.size, (self.width, self.height), &self.limits)?;
        let corner = layer.anchor.corner((self.width, self.height), ink.size());
        let corner = (corner.0 + i64::from(layer.offset.0), corner.1 + i64::from(layer.offset.1));
        if let Some(shadow) = layer.shadow {
            let (mask, by) = shadow.of(&ink, &self.limits)?;
            self.lay(&mask, (corner.0 + by.0, corner.1 + by.1), opacity, Blend::Normal);
        }
        self.lay(&ink, corner, opacity, layer.blend);
        Ok(())
    }

    fn lay(&mut self, ink: &Ink, (left, top): (i64, i64), opacity: u8, blend: Blend) {
        let (width, height) = ink.size();
        let visible = |from: i64, side: u32, whole: u32| {
            let end = (from + i64::from(side)).min(whole.into());
            (from.max(0) - from) as u32..(end.max(from) - from).max(0) as u32
        };
        let (columns, rows) = (visible(left, width, self.width), visible(top, height, self.height));
        if columns.is_empty() {
            return;
        }
        let mut row = Vec::with_capacity(columns.len());
        for y in rows {
            row.clear();
            ink.row(y, columns.clone(), &mut row);
            let line = (top + i64::from(y)) as usize * self.width as usize;
            let from = line + (left + i64::from(columns.start)) as usize;
            for (below, over) in self.pixels[from..from + row.len()].iter_mut().zip(&row) {
                lay(below, *over, opacity, blend);
            }
        }
    }

    /// The picture; without alpha where nothing shines through.
    pub fn finish(self) -> Result<Picture, MediaError> {
        let pixels = self.pixels.into_flattened();
        Ok(Picture::rgba(self.width, self.height, pixels)?.without_idle_alpha())
    }
}

/// Refuses a size beyond the limits, before anything of it is allocated.
fn within(
    what: &'static str,
    (width, height): (u64, u64),
    limits: &Limits,
) -> Result<(), MediaError> {
    let fits = 0 < width.min(height)
        && width.max(height) <= u64::from(limits.max_side)
        && width * height <= limits.max_pixels;
    if fits {
        return Ok(());
    }
    let allowed = "of 1 pixel or more, within the limits on sides and pixels of a picture";
    Err(refused(what, format!("{width}x{height}"), allowed))
}

fn refused(what: &'static str, value: String, allowed: &'static str) -> MediaError {
    MediaError::BadSize { what, value, allowed }
}

#[cfg(test)]
mod tests;
