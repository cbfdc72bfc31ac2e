//! Inks: sRGB mixed for a printing condition, and shown again, by Little CMS.

use lcms2::{Flags, Intent as Rendering, PixelFormat, Profile, Transform};

/// Offset on coated paper, ISO 12647-2 (FOGRA39), at most 300 % of ink: `inks/README.md` says whose it is.
pub(crate) static COATED: &[u8] = include_bytes!("../inks/ISOcoated_v2_300_bas.icc");

/// How colours become inks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Separation {
    /// What becomes of colours that paper cannot show.
    pub intent: Intent,
    /// What greys are printed with.
    pub black: Black,
}

/// What becomes of colours that the paper cannot show; the words are those of ICC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Intent {
    /// All colours move together.
    Perceptual,
    /// Only those move that must, and black becomes the darkest that there is.
    #[default]
    Relative,
    /// They stay vivid, whatever their hue.
    Saturation,
    /// Also the paper's own tint is simulated, as on a proof.
    Absolute,
}

/// How black is generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Black {
    /// As the printing condition separates: deep, of all four inks.
    #[default]
    Rich,
    /// What is exactly grey takes black ink alone, so that text and lines need no register.
    Pure,
}

impl Intent {
    fn rendering(self) -> Rendering {
        match self {
            Self::Perceptual => Rendering::Perceptual,
            Self::Relative => Rendering::RelativeColorimetric,
            Self::Saturation => Rendering::Saturation,
            Self::Absolute => Rendering::AbsoluteColorimetric,
        }
    }
}

/// Mixes inks.
pub(crate) struct Mixer {
    transform: Transform<[u8; 3], [u8; 4]>,
    /// The black ink for each grey, where greys take no other.
    greys: Option<[u8; 256]>,
}

impl Mixer {
    pub(crate) fn new(separation: Separation) -> Result<Self, String> {
        let (coated, srgb) = (coated()?, Profile::new_srgb());
        let (from, to) = (PixelFormat::RGB_8, PixelFormat::CMYK_8);
        let (how, flags) = (separation.intent.rendering(), Flags::BLACKPOINT_COMPENSATION);
        let transform = Transform::new_flags(&srgb, from, &coated, to, how, flags)
            .map_err(|error| error.to_string())?;
        let greys = match separation.black {
            Black::Rich => None,
            Black::Pure => Some(greys()?),
        };
        Ok(Self { transform, greys })
    }

    /// Four inks, 0 none and 255 all, for each pixel of three bytes.
    pub(crate) fn mix(&self, rgb: &[u8]) -> Vec<u8> {
        let (rgb, _) = rgb.as_chunks::<3>();
        let mut inks = vec![[0; 4]; rgb.len()];
        self.transform.transform_pixels(rgb, &mut inks);
        if let Some(greys) = &self.greys {
            for ([r, g, b], inks) in rgb.iter().zip(&mut inks) {
                if r == g && g == b {
                    *inks = [0, 0, 0, greys[usize::from(*g)]];
                }
            }
        }
        inks.into_flattened()
    }
}

/// Shows what inks look like.
pub(crate) struct Proof(Option<Transform<[u8; 4], [u8; 3]>>);

impl Proof {
    /// By the file's profile where that is our own; a stranger's is not opened, and inks are mixed plainly.
    pub(crate) fn of(profile: Option<&[u8]>) -> Self {
        Self(profile.filter(|profile| *profile == COATED).and_then(|_| shown().ok()))
    }

    /// Three bytes for each four inks.
    pub(crate) fn show(&self, inks: &[u8]) -> Vec<u8> {
        let (inks, _) = inks.as_chunks::<4>();
        let mut rgb = vec![[0; 3]; inks.len()];
        match &self.0 {
            Some(transform) => transform.transform_pixels(inks, &mut rgb),
            None => {
                for ([c, m, y, k], rgb) in inks.iter().zip(&mut rgb) {
                    let left = |ink: &u8| u16::from(255 - ink);
                    *rgb = [c, m, y].map(|ink| (left(ink) * left(k) / 255) as u8);
                }
            }
        }
        rgb.into_flattened()
    }
}

fn coated() -> Result<Profile, String> {
    Profile::new_icc(COATED).map_err(|error| error.to_string())
}

fn shown() -> Result<Transform<[u8; 4], [u8; 3]>, String> {
    let (coated, srgb) = (coated()?, Profile::new_srgb());
    let (from, to) = (PixelFormat::CMYK_8, PixelFormat::RGB_8);
    let (how, flags) = (Rendering::RelativeColorimetric, Flags::BLACKPOINT_COMPENSATION);
    Transform::new_flags(&coated, from, &srgb, to, how, flags).map_err(|error| error.to_string())
}

/// The black ink that looks like each grey, with the darkest grey at full ink.
fn greys() -> Result<[u8; 256], String> {
    let inks: Vec<[u8; 4]> = (0..=255).map(|black| [0, 0, 0, black]).collect();
    let mut looks = vec![[0; 3]; inks.len()];
    shown()?.transform_pixels(&inks, &mut looks);
    let looks: Vec<f64> = looks.iter().map(|look| f64::from(look[1])).collect();
    let darkest = looks[255];
    let black = |grey: usize| {
        let wanted = darkest + grey as f64 * (255.0 - darkest) / 255.0;
        let far = |ink: &u8| ((looks[usize::from(*ink)] - wanted).abs() * 1000.0) as u64;
        (0..=255).min_by_key(far).unwrap_or(0)
    };
    Ok(std::array::from_fn(black))
}

#[cfg(test)]
mod tests;
