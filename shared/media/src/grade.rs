//! Colours through a 3D table, as colourists hand it over in `.cube` files.

use crate::{MediaError, Picture};

/// Points along one edge of the table.
const SIZES: std::ops::RangeInclusive<usize> = 2..=65;
/// Longest `.cube` text that is looked at: 65³ lines of 40 characters.
const BYTES_MOST: usize = 11 << 20;

/// A table of colours over the cube of all colours.
#[derive(Debug, Clone, PartialEq)]
pub struct Lut {
    size: usize,
    /// Red changes fastest.
    table: Vec<[f32; 3]>,
    least: [f32; 3],
    most: [f32; 3],
}

impl Lut {
    /// A table of this many points along each edge, red changing fastest, over colours from 0 to 1.
    pub fn new(size: usize, table: Vec<[f32; 3]>) -> Result<Self, MediaError> {
        Self { size, table, least: [0.0; 3], most: [1.0; 3] }.checked()
    }

    /// Reads a `.cube` text: `LUT_3D_SIZE`, optionally `TITLE`, `DOMAIN_MIN` and `DOMAIN_MAX`, then the colours.
    pub fn cube(text: &str) -> Result<Self, MediaError> {
        if BYTES_MOST < text.len() {
            return Err(bad(format!("it has {} bytes", text.len())));
        }
        let mut lut = Self { size: 0, table: Vec::new(), least: [0.0; 3], most: [1.0; 3] };
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_start_matches('\u{feff}').trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            lut.line(line).map_err(|what| bad(format!("line {}: {what}", index + 1)))?;
        }
        lut.checked()
    }

    fn line(&mut self, line: &str) -> Result<(), String> {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        match word {
            "TITLE" => {}
            "LUT_3D_SIZE" => {
                self.size = rest.trim().parse().map_err(|_| "the size is no number".to_owned())?;
                // Said before the colours are read: a size that is refused costs no memory.
                size_fits(self.size)?;
            }
            "LUT_1D_SIZE" => return Err("it is a 1D LUT".into()),
            "DOMAIN_MIN" => self.least = color(rest)?,
            "DOMAIN_MAX" => self.most = color(rest)?,
            _ if word.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                let word: String = word.chars().take(20).collect();
                return Err(format!("{word} is not known"));
            }
            _ if self.size == 0 => return Err("colours come before LUT_3D_SIZE".into()),
            _ if self.table.len() == self.size.pow(3) => {
                return Err(format!("more than {} colours", self.size.pow(3)));
            }
            _ => self.table.push(color(line)?),
        }
        Ok(())
    }

    fn checked(self) -> Result<Self, MediaError> {
        if self.size == 0 {
            return Err(bad("it says no LUT_3D_SIZE".into()));
        }
        size_fits(self.size).map_err(bad)?;
        let (is, wanted) = (self.table.len(), self.size.pow(3));
        if is != wanted {
            return Err(bad(format!("it has {is} colours, and {0}³ are {wanted}", self.size)));
        }
        if !self.table.iter().flatten().all(|value| value.is_finite()) {
            return Err(bad("a colour is no finite number".into()));
        }
        let ranges = self.least.iter().zip(&self.most);
        if !ranges.clone().all(|(least, most)| least < most && (most - least).is_finite()) {
            return Err(bad("DOMAIN_MIN is not below DOMAIN_MAX".into()));
        }
        Ok(self)
    }

    /// The colour that the table gives for one, between its points by the tetrahedron around it.
    fn look_up(&self, color: [u8; 3]) -> [f32; 3] {
        let mut low = [0; 3];
        let mut part = [0.0; 3];
        for channel in 0..3 {
            let (least, most) = (self.least[channel], self.most[channel]);
            let value = (f32::from(color[channel]) / 255.0 - least) / (most - least);
            let at = value.clamp(0.0, 1.0) * (self.size - 1) as f32;
            low[channel] = (at as usize).min(self.size - 2);
            part[channel] = at - low[channel] as f32;
        }
        // From the low corner to the high one, along the edge of the largest part first.
        let mut order = [0, 1, 2];
        order.sort_by(|a, b| part[*b].total_cmp(&part[*a]));
        let steps = [1, self.size, self.size * self.size];
        let mut at = low[0] + low[1] * steps[1] + low[2] * steps[2];
        let mut sum = self.table[at].map(|value| value * (1.0 - part[order[0]]));
        for (place, channel) in order.into_iter().enumerate() {
            at += steps[channel];
            let next = order.get(place + 1).map_or(0.0, |next| part[*next]);
            let share = part[channel] - next;
            for (sum, value) in sum.iter_mut().zip(self.table[at]) {
                *sum += value * share;
            }
        }
        sum
    }
}

/// A picture in the table's colours; `intensity` from 0, which changes nothing, to 1. Alpha stays.
pub fn grade(picture: &Picture, lut: &Lut, intensity: f64) -> Result<Picture, MediaError> {
    if !(0.0..=1.0).contains(&intensity) {
        return Err(MediaError::BadSize {
            what: "intensity",
            value: intensity.to_string(),
            allowed: "from 0 to 1",
        });
    }
    let intensity = intensity as f32;
    let mut pixels = picture.pixels().to_vec();
    let (mut last, mut graded) = ([0; 3], lut.shown([0; 3], intensity));
    for pixel in pixels.chunks_exact_mut(picture.channels()) {
        let color = [pixel[0], pixel[1], pixel[2]];
        if color != last {
            (last, graded) = (color, lut.shown(color, intensity));
        }
        pixel[..3].copy_from_slice(&graded);
    }
    Picture::new(picture.width(), picture.height(), picture.channels() as u8, pixels)
}

impl Lut {
    fn shown(&self, color: [u8; 3], intensity: f32) -> [u8; 3] {
        let graded = self.look_up(color);
        let mix = |channel: usize| {
            let own = f32::from(color[channel]);
            let mixed = own + (graded[channel].clamp(0.0, 1.0) * 255.0 - own) * intensity;
            mixed.round().clamp(0.0, 255.0) as u8
        };
        [mix(0), mix(1), mix(2)]
    }
}

fn color(text: &str) -> Result<[f32; 3], String> {
    let numbers: Option<Vec<f32>> =
        text.split_whitespace().take(4).map(|word| word.parse().ok()).collect();
    numbers.and_then(|numbers| numbers.try_into().ok()).ok_or_else(|| {
        let shown: String = text.trim().chars().take(40).collect();
        format!("{shown:?} is not three numbers")
    })
}

fn size_fits(size: usize) -> Result<(), String> {
    match SIZES.contains(&size) {
        true => Ok(()),
        false => Err(format!("its size is {size}, and it must be from 2 to 65")),
    }
}

fn bad(what: String) -> MediaError {
    MediaError::BadLut { what }
}

#[cfg(test)]
mod tests;
