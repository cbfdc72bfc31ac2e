//! Which size a model makes where a size is wished for: the shape counts first, then that nothing has to be enlarged.

use crate::money::MicroUsd;
use crate::vendor::Effort;
use crate::vendor::{Model, Price, Sizes};

/// Width and height.
type Size = (u32, u32);

/// Shapes that differ by less than this, as the logarithm of their ratio, are the same to the eye.
const SAME: f64 = 0.02;

/// How far apart two shapes are.
fn apart(a: Size, b: Size) -> f64 {
    let ratio = |(width, height): Size| f64::from(width.max(1)) / f64::from(height.max(1));
    (ratio(a) / ratio(b)).ln().abs()
}

fn pixels((width, height): Size) -> u64 {
    u64::from(width) * u64::from(height)
}

/// The one of these that is nearest to a wish: of its shape, and the smallest that covers it, else the largest.
pub fn nearest(sizes: &[Size], wish: Size) -> Option<Size> {
    let least = sizes.iter().map(|size| apart(*size, wish)).min_by(f64::total_cmp)?;
    let shaped = || sizes.iter().copied().filter(|size| apart(*size, wish) < least + SAME);
    let covers = |size: &Size| wish.0 <= size.0 && wish.1 <= size.1;
    let covering = shaped().filter(covers).min_by_key(|size| pixels(*size));
    covering.or_else(|| shaped().max_by_key(|size| pixels(*size)))
}

/// The one of these ratios, such as `16:9`, that is nearest to the shape of a wish.
pub fn ratio<'a>(ratios: &[&'a str], wish: Size) -> Option<&'a str> {
    let parsed = ratios.iter().filter_map(|text| {
        let (width, height) = text.split_once([':', 'x', '*'])?;
        Some((*text, (width.parse().ok()?, height.parse().ok()?)))
    });
    parsed.min_by(|a, b| apart(a.1, wish).total_cmp(&apart(b.1, wish))).map(|(text, _)| text)
}

/// A wish made smaller or larger in its shape, so that its sides lie between `least` and `most`, its pixels
/// within `area`, and both sides are multiples of `step`.
pub fn fit(wish: Size, step: u32, least: u32, most: u32, area: u64) -> Size {
    let (width, height) = (f64::from(wish.0.max(1)), f64::from(wish.1.max(1)));
    let up = (f64::from(least) / width.min(height)).max(1.0);
    let down = (f64::from(most) / width.max(height)).min((area as f64 / (width * height)).sqrt());
    let scale = up.min(down);
    // Down to the step, so that nothing outgrows the area.
    let side = |length: f64| {
        let steps = (length * scale / f64::from(step) + 1e-6).floor() as u32;
        (steps * step).clamp(least.next_multiple_of(step), most / step * step)
    };
    (side(width), side(height))
}

impl Sizes {
    /// What is made where this is wished for.
    pub fn made(&self, wish: Size) -> Size {
        match *self {
            Self::Exact(sizes) => nearest(sizes, wish).unwrap_or(wish),
            Self::Sides(least, most) => fit(wish, 8, least, most, u64::MAX),
            Self::Pixels(area) => fit(wish, 8, 64, u32::MAX / 16, area.into()),
            Self::Input | Self::None => wish,
        }
    }
}

impl Model {
    /// What one output costs where this size is wished for; none where something else than pixels counts.
    pub fn each_at(&self, effort: Effort, wish: Size) -> Option<MicroUsd> {
        const MEGA: u64 = 1_000_000;
        let area = pixels(self.sizes.made(wish));
        let micros = match self.price {
            Price::Each(by_effort) => by_effort[effort as usize],
            Price::Sized(steps) => {
                let step = steps.iter().find(|(most, _)| area <= u64::from(*most));
                step.or(steps.last())?.1[effort as usize]
            }
            Price::Megapixel(each) => each * i64::try_from(area.div_ceil(MEGA)).ok()?,
            _ => return None,
        };
        Some(MicroUsd(micros))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GPT: &[Size] = &[(1024, 1024), (1536, 1024), (1024, 1536)];

    #[test]
    fn the_shape_counts_before_the_size() {
        assert_eq!(nearest(GPT, (512, 512)), Some((1024, 1024)));
        assert_eq!(nearest(GPT, (1920, 1080)), Some((1536, 1024)));
        assert_eq!(nearest(GPT, (1000, 1400)), Some((1024, 1536)));
        assert_eq!(nearest(&[], (1, 1)), None);
    }

    #[test]
    fn of_one_shape_the_smallest_that_covers_the_wish_is_made_else_the_largest() {
        let sizes = [(2048, 2048), (512, 512), (1024, 1024)];
        assert_eq!(nearest(&sizes, (600, 600)), Some((1024, 1024)));
        assert_eq!(nearest(&sizes, (4000, 4000)), Some((2048, 2048)));
        assert_eq!(nearest(&[(1280, 720), (1344, 768)], (1200, 675)), Some((1280, 720)));
    }

    #[test]
    fn a_ratio_is_chosen_by_shape() {
        let ratios = ["1:1", "16:9", "9:16", "21:9"];
        assert_eq!(ratio(&ratios, (1920, 1080)), Some("16:9"));
        assert_eq!(ratio(&ratios, (1080, 1700)), Some("9:16"));
        assert_eq!(ratio(&ratios, (700, 720)), Some("1:1"));
        assert_eq!(ratio(&["1280:720", "720x1280"], (9, 16)), Some("720x1280"));
        assert_eq!(ratio(&["auto"], (9, 16)), None);
    }

    #[test]
    fn a_wish_keeps_its_shape_within_the_bounds() {
        assert_eq!(fit((1920, 1080), 8, 64, 4096, u64::MAX), (1920, 1080));
        assert_eq!(fit((1920, 1080), 16, 64, 4096, u64::MAX), (1920, 1072));
        assert_eq!(fit((4000, 2000), 8, 64, 1024, u64::MAX), (1024, 512));
        assert_eq!(fit((100, 50), 8, 256, 2048, u64::MAX), (512, 256));
        assert_eq!(fit((2000, 2000), 8, 64, 4096, 1_048_576), (1024, 1024));
    }

    #[test]
    fn a_price_is_that_of_the_size_that_is_made() {
        let model = Model {
            vendor: "acme",
            model: "paint-1",
            kind: "image.generate",
            sizes: Sizes::Exact(GPT),
            formats: &["image/png"],
            transparent: false,
            seeded: false,
            seconds: None,
            price: Price::Sized(&[(1_048_576, [1, 2, 3]), (1_572_864, [4, 5, 6])]),
            how: crate::vendor::How::Waiting,
            output_life_s: None,
            typical_s: 10,
            rank: 50,
            as_of: "2026-11-20",
            source: "this test",
        };
        // Small, but made large: it is the large one that is paid.
        assert_eq!(model.each_at(Effort::Draft, (300, 450)), Some(MicroUsd(4)));
        assert_eq!(model.each_at(Effort::Final, (3000, 3000)), Some(MicroUsd(3)));
        let by_area = Model { price: Price::Megapixel(10), ..model.clone() };
        assert_eq!(by_area.each_at(Effort::Draft, (300, 450)), Some(MicroUsd(20)));
        let by_second = Model { price: Price::Second(10), ..model };
        assert_eq!(by_second.each_at(Effort::Draft, (300, 450)), None);
    }
}
