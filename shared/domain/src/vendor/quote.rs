//! What a model will probably cost, and whether it can do what is asked: from its row and the parameters alone.

use crate::money::MicroUsd;
use crate::pipeline::Class;
use crate::vendor::{Effort, Model, Price, Sizes};
use serde_json::{Map, Value};

/// A picture of which nothing is known.
const SQUARE: (u32, u32) = (1024, 1024);
/// As many tokens are answered where no limit is asked for.
const TOKENS: i64 = 1_024;
/// A token is some four characters.
const CHARACTERS_PER_TOKEN: i64 = 4;
/// What words stand in.
const WORDS: [&str; 4] = ["prompt", "system", "text", "schema"];

/// What is asked of a model: the parameters, and what is known of its input.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The parameters of the kind.
    pub params: &'a Map<String, Value>,
    /// Width and height of the picture that goes in, where there is one and it is there already.
    pub input: Option<(u32, u32)>,
    /// How good it has to be.
    pub effort: Effort,
}

impl Wish<'_> {
    fn number(&self, name: &str) -> Option<i64> {
        self.params.get(name).and_then(Value::as_i64)
    }

    /// The size that is asked for by name.
    fn size(&self) -> Option<(u32, u32)> {
        let side = |name| self.number(name).and_then(|side| u32::try_from(side).ok());
        side("width").zip(side("height"))
    }

    /// The size of what comes out, as far as it is known.
    fn made(&self) -> (u32, u32) {
        let (width, height) = self.size().or(self.input).unwrap_or(SQUARE);
        let factor = self.number("factor").and_then(|factor| u32::try_from(factor).ok());
        let factor = factor.unwrap_or(1);
        (width.saturating_mul(factor), height.saturating_mul(factor))
    }

    /// Characters of all that is said.
    fn characters(&self) -> i64 {
        let words = |value: &Value| match value {
            Value::String(text) => text.chars().count(),
            other => other.to_string().chars().count(),
        };
        WORDS.iter().filter_map(|name| self.params.get(*name)).map(words).sum::<usize>() as i64
    }
}

impl Model {
    /// What one attempt will probably cost.
    pub fn quote(&self, wish: &Wish<'_>) -> MicroUsd {
        if let Some(each) = self.each_at(wish.effort, wish.made()) {
            return each;
        }
        MicroUsd(match self.price {
            // Told above.
            Price::Each(_) | Price::Sized(_) | Price::Megapixel(_) => 0,
            Price::Clip(rows) => {
                let long = |row: &&(u32, i64)| self.plays(wish) <= i64::from(row.0);
                rows.iter().find(long).or(rows.last()).map_or(0, |row| row.1)
            }
            Price::Second(each) => each.saturating_mul(self.plays(wish)),
            Price::Work(each) => each.saturating_mul(i64::from(self.typical_s)),
            Price::Characters(thousand) => {
                started(thousand.saturating_mul(wish.characters()), 1_000)
            }
            Price::Tokens(given, answered) => {
                let tokens = started(wish.characters(), CHARACTERS_PER_TOKEN);
                let most = wish.number("max_tokens").unwrap_or(TOKENS);
                started(given.saturating_mul(tokens) + answered.saturating_mul(most), 1_000_000)
            }
        })
    }

    /// For how many seconds it plays: the least that it makes, where nobody asks for more.
    fn plays(&self, wish: &Wish<'_>) -> i64 {
        let least = self.seconds.map_or(1, |(least, _)| i64::from(least));
        wish.number("seconds").unwrap_or(least).max(1)
    }

    /// What it lacks for this, as people read it; none where it can do it.
    pub fn lacks(&self, wish: &Wish<'_>, class: &Class) -> Option<String> {
        let asked = class.min_megapixels.map(|least| (least * 1e6).ceil() as i64);
        let wished = wish.size().map(area).unwrap_or_default();
        if let (Some(most), wanted) = (self.sizes.most(), wished.max(asked.unwrap_or_default()))
            && most < wanted
        {
            let millions = |pixels: i64| (pixels as f64 / 1e5).ceil() / 10.0;
            let (most, wanted) = ((most as f64 / 1e5).floor() / 10.0, millions(wanted));
            return Some(format!("makes {most} megapixels at most, and {wanted} are asked for"));
        }
        let transparent = wish.params.get("transparent").and_then(Value::as_bool);
        if (class.transparent || transparent == Some(true)) && !self.transparent {
            return Some("makes no transparent background".into());
        }
        if class.seeded && !self.seeded {
            return Some("does not make the same of the same seed".into());
        }
        if let Some(format) = &class.format
            && !self.formats.iter().any(|gives| gives.ends_with(&format!("/{format}")))
        {
            let gives = self.formats.join(" or ");
            return Some(format!("gives {gives}, and {format} is asked for"));
        }
        let (least, most) = self.seconds?;
        let seconds = wish.number("seconds")?;
        (!(i64::from(least)..=i64::from(most)).contains(&seconds))
            .then(|| format!("makes {least} to {most} seconds, and {seconds} are asked for"))
    }
}

impl Sizes {
    /// How many pixels there are at most; none where that is not its to say.
    fn most(self) -> Option<i64> {
        match self {
            Self::Exact(sizes) => sizes.iter().copied().map(area).max(),
            Self::Sides(_, most) => Some(area((most, most))),
            Self::Pixels(most) => Some(i64::from(most)),
            Self::Input | Self::None => None,
        }
    }
}

fn area((width, height): (u32, u32)) -> i64 {
    i64::from(width) * i64::from(height)
}

/// How many of these are begun; also a price for a part of them, rounded up.
fn started(what: i64, of: i64) -> i64 {
    (what.max(0) + of - 1) / of
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendor::Models;
    use serde_json::json;

    #[track_caller]
    fn check(name: &str, kind: &str, params: Value, effort: Effort, micros: i64) {
        let models = Models::for_tests();
        let params = params.as_object().unwrap();
        let wish = Wish { params, input: None, effort };
        assert_eq!(models.find(name, kind).unwrap().quote(&wish), MicroUsd(micros), "{name}");
    }

    #[test]
    fn a_price_counts_what_its_vendor_counts() {
        let generate = "image.generate";
        check("brio/vivid-2", generate, json!({}), Effort::Draft, 10_000);
        check("brio/vivid-2", generate, json!({}), Effort::Final, 160_000);
        let small = json!({"width": 1000, "height": 1000});
        check("aster/sketch", generate, small, Effort::Standard, 4_000);
        let large = json!({"width": 1008, "height": 1000});
        check("aster/sketch", generate, large, Effort::Standard, 8_000);
        check("aster/reel", "video.generate", json!({"seconds": 4}), Effort::Standard, 200_000);
        check("aster/larger", "image.upscale", json!({"factor": 2}), Effort::Standard, 6_000);
        check("brio/voice", "audio.speak", json!({"text": "hello"}), Effort::Standard, 500);
        let said = json!({"prompt": "four", "max_tokens": 100});
        check("brio/scribe", "text.generate", said, Effort::Standard, 201);
    }

    #[test]
    fn an_upscale_by_the_megapixel_counts_what_comes_out() {
        let models = Models::for_tests();
        let row = models.find("aster/sketch", "image.generate").unwrap().clone();
        let row = Model { sizes: Sizes::Input, ..row };
        let params = json!({"factor": 2});
        let wish =
            |input| Wish { params: params.as_object().unwrap(), input, effort: Effort::Draft };
        assert_eq!(row.quote(&wish(Some((512, 512)))), MicroUsd(8_000));
        assert_eq!(row.quote(&wish(None)), MicroUsd(20_000), "a picture of 1024 × 1024 is thought");
    }

    #[track_caller]
    fn lacks(name: &str, kind: &str, params: Value, class: Class, why: Option<&str>) {
        let models = Models::for_tests();
        let wish =
            Wish { params: params.as_object().unwrap(), input: None, effort: Effort::Standard };
        let said = models.find(name, kind).unwrap().lacks(&wish, &class);
        assert_eq!(said.as_deref(), why, "{name}");
    }

    #[test]
    fn what_a_model_lacks_is_told() {
        let (kind, any) = ("image.generate", Class::default);
        lacks("aster/sketch", kind, json!({"width": 1024, "height": 576}), any(), None);
        let large = json!({"width": 2048, "height": 2048});
        let why = "makes 2 megapixels at most, and 4.2 are asked for";
        lacks("aster/sketch", kind, large, any(), Some(why));
        let two = Class { min_megapixels: Some(2.0), ..any() };
        let why = "makes 1.5 megapixels at most, and 2 are asked for";
        lacks("brio/vivid-2", kind, json!({}), two, Some(why));
        let clear = Class { transparent: true, ..any() };
        lacks("brio/vivid-2", kind, json!({}), clear.clone(), None);
        let why = Some("makes no transparent background");
        lacks("aster/sketch", kind, json!({}), clear, why);
        lacks("aster/sketch", kind, json!({"transparent": true}), any(), why);
        lacks("aster/sketch", kind, json!({"transparent": false}), any(), None);
        let seeded = Class { seeded: true, ..any() };
        lacks(
            "brio/vivid-2",
            kind,
            json!({}),
            seeded,
            Some("does not make the same of the same seed"),
        );
        let webp = Class { format: Some("webp".into()), ..any() };
        lacks("brio/vivid-2", kind, json!({}), webp.clone(), None);
        lacks(
            "aster/sketch",
            kind,
            json!({}),
            webp,
            Some("gives image/png, and webp is asked for"),
        );
        let long = "makes 2 to 10 seconds, and 12 are asked for";
        lacks("aster/reel", "video.generate", json!({"seconds": 12}), any(), Some(long));
        lacks("aster/reel", "video.generate", json!({"seconds": 10}), any(), None);
    }
}
