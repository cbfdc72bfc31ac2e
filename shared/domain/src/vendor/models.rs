//! The capability table: every row of every vendor, and how models are found in it by name.

use crate::pipeline::{Function, Kind, Pipeline, Problem, did_you_mean};
use crate::problem::child;
use crate::vendor::Model;
use serde_json::Value;
use std::collections::BTreeSet;

/// What vendors' own models are called in the table: of the caller's, whatever they are named.
const ANY: &str = "*";

/// All that vendors can do.
#[derive(Clone, Debug, Default)]
pub struct Models(Vec<Model>);

/// Vendor and model of a name; none of a model of one's own hosts.
pub fn of_vendor(name: &str) -> Option<(&str, &str)> {
    name.split_once('/')
}

impl Models {
    /// A table of these rows.
    pub fn new(rows: impl IntoIterator<Item = Model>) -> Self {
        Self(rows.into_iter().collect())
    }

    /// Its rows, in the order in which they were given.
    pub fn rows(&self) -> &[Model] {
        &self.0
    }

    /// The models of this kind that have a name.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Model> {
        self.0.iter().filter(move |row| row.kind == kind && row.model != ANY)
    }

    /// What a model does of this kind; where it has no row of its own, the row of its vendor's others.
    pub fn find(&self, name: &str, kind: &str) -> Option<&Model> {
        let (vendor, model) = of_vendor(name)?;
        let row = |model: &str| {
            let fits = |row: &&Model| (row.vendor, row.model, row.kind) == (vendor, model, kind);
            self.0.iter().find(fits)
        };
        row(model).or_else(|| row(ANY))
    }

    /// The kinds that a model does.
    pub fn kinds_of(&self, name: &str) -> BTreeSet<&'static str> {
        let Some((vendor, model)) = of_vendor(name) else { return BTreeSet::new() };
        let fits = |row: &&Model| row.vendor == vendor && (row.model == model || row.model == ANY);
        self.0.iter().filter(fits).map(|row| row.kind).collect()
    }

    /// What a pipeline says of models that is not so, whoever is set up.
    pub fn misnamed(&self, pipeline: &Pipeline) -> Vec<Problem> {
        let mut problems = Vec::new();
        for step in pipeline.steps.iter().filter(|step| step.kind.function() == Function::Lane) {
            let place = child("/steps", &step.name);
            let one = step.with.get("model").and_then(Value::as_str);
            let one = one.map(|name| (child(&child(&place, "with"), "model"), name));
            let many = step.models.iter().enumerate().map(|(index, name)| {
                (child(&child(&place, "models"), &index.to_string()), name.as_str())
            });
            let named = one.into_iter().chain(many);
            let known = named.filter_map(|(place, name)| self.wrong(&place, name, step.kind));
            problems.extend(known);
        }
        for gate in &pipeline.steps {
            let other = gate
                .on_fail
                .as_ref()
                .and_then(|to| to.model.as_ref().zip(pipeline.step(&to.retry)));
            if let Some((name, step)) = other {
                let place = child(&child(&child("/steps", &gate.name), "on_fail"), "model");
                problems.extend(self.wrong(&place, name, step.kind));
            }
        }
        problems
    }

    /// What is wrong with a model's name where this kind is asked of it; nothing of a model of one's own hosts.
    pub fn wrong(&self, place: &str, name: &str, kind: Kind) -> Option<Problem> {
        // A name with braces is told by the job.
        let (vendor, _) = of_vendor(name).filter(|_| !name.contains("{{"))?;
        let kind = kind.as_str();
        if self.find(name, kind).is_some() {
            return None;
        }
        let named = |of: &str| -> Vec<String> {
            let rows = self.of_kind(kind).filter(|row| of.is_empty() || row.vendor == of);
            rows.map(Model::name).collect()
        };
        let one_of = |names: &[String]| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            did_you_mean(name, names.iter().copied())
        };
        if !self.vendors().contains(vendor) {
            let fix = did_you_mean(vendor, self.vendors());
            return Some(Problem::new(place, format!("there is no vendor {vendor}"), fix));
        }
        let own = named(vendor);
        let fix = match own.is_empty() {
            true => one_of(&named("")),
            false => one_of(&own),
        };
        let detail = match self.kinds_of(name).is_empty() {
            true => format!("{vendor} has no model {name}"),
            false => format!("{name} does no {kind}"),
        };
        Some(Problem::new(place, detail, fix))
    }

    /// The names of all vendors.
    pub fn vendors(&self) -> BTreeSet<&'static str> {
        self.0.iter().map(|row| row.vendor).collect()
    }

    /// The names of all models that have one.
    pub fn names(&self) -> BTreeSet<String> {
        self.0.iter().filter(|row| row.model != ANY).map(Model::name).collect()
    }
}

#[cfg(any(test, feature = "fakes"))]
impl Models {
    /// Three vendors that nobody ever heard of: one cheap and slow, one dear and fast, one with models of the caller's.
    pub fn for_tests() -> Self {
        use crate::vendor::{How, Price, Sizes};
        let row = |vendor, model, kind, price, typical_s, rank| Model {
            vendor,
            model,
            kind,
            sizes: Sizes::Pixels(1 << 21),
            formats: &["image/png"],
            transparent: false,
            seeded: true,
            seconds: None,
            price,
            how: How::Checked(2),
            output_life_s: Some(3_600),
            typical_s,
            rank,
            as_of: "2026-11-01",
            source: "invented",
        };
        let pictures: &[(u32, u32)] = &[(1024, 1024), (1536, 1024), (1024, 1536)];
        let (heard, words) = (Sizes::None, &["text/plain", "application/json"]);
        Self::new([
            row("aster", "sketch", "image.generate", Price::Megapixel(4_000), 20, 40),
            Model {
                transparent: true,
                seeded: false,
                sizes: Sizes::Exact(pictures),
                formats: &["image/png", "image/webp"],
                how: How::Waiting,
                ..row(
                    "brio",
                    "vivid-2",
                    "image.generate",
                    Price::Each([10_000, 40_000, 160_000]),
                    6,
                    90,
                )
            },
            Model {
                sizes: Sizes::Exact(pictures),
                ..row(
                    "brio",
                    "vivid-2",
                    "image.edit",
                    Price::Each([10_000, 40_000, 160_000]),
                    8,
                    90,
                )
            },
            Model {
                transparent: true,
                sizes: Sizes::Input,
                ..row("brio", "cutter", "image.remove_background", Price::Each([20_000; 3]), 3, 60)
            },
            Model {
                sizes: Sizes::Input,
                as_of: "2026-07-01",
                ..row("aster", "larger", "image.upscale", Price::Work(500), 12, 50)
            },
            Model {
                sizes: Sizes::Sides(256, 1_280),
                formats: &["video/mp4"],
                seconds: Some((2, 10)),
                ..row("aster", "reel", "video.generate", Price::Second(50_000), 60, 50)
            },
            Model {
                sizes: heard,
                formats: &["audio/mpeg"],
                ..row("brio", "voice", "audio.speak", Price::Characters(100_000), 2, 70)
            },
            Model {
                sizes: heard,
                formats: words,
                how: How::Waiting,
                ..row("brio", "scribe", "text.generate", Price::Tokens(250_000, 2_000_000), 4, 80)
            },
            row("cadenza", ANY, "image.generate", Price::Work(1_000), 15, 50),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_found_by_its_name_and_kind() {
        let models = Models::for_tests();
        let found = models.find("brio/vivid-2", "image.edit").unwrap();
        assert_eq!((found.kind, found.name()), ("image.edit", "brio/vivid-2".into()));
        assert_eq!(models.find("brio/vivid-2", "video.generate"), None);
        assert_eq!(models.find("sketch-1", "image.generate"), None, "one's own hosts have no row");
    }

    #[test]
    fn a_vendor_of_the_callers_own_models_serves_any_name_even_one_with_slashes() {
        let models = Models::for_tests();
        let found = models.find("cadenza/acme/my-lora", "image.generate").unwrap();
        assert_eq!((found.vendor, found.model), ("cadenza", "*"));
        assert_eq!(models.find("cadenza/acme/my-lora", "audio.speak"), None);
        assert_eq!(models.kinds_of("cadenza/acme/my-lora"), BTreeSet::from(["image.generate"]));
        assert!(models.of_kind("image.generate").all(|row| row.model != "*"));
    }

    #[test]
    fn a_model_that_nobody_has_is_told_with_what_was_meant() {
        let said = |model: &str| -> Vec<String> {
            let text = format!(
                "name: say\nbudget_usd: 1\nsteps:\n  say: {{ kind: audio.speak, with: {{ text: hi }}, models: [{model}] }}\n"
            );
            let pipeline = Pipeline::parse(&text).unwrap();
            Models::for_tests().misnamed(&pipeline).iter().map(Problem::to_string).collect()
        };
        let place = "/steps/say/models/0";
        assert_eq!(said("brio/voice, my-own-voice"), [""; 0]);
        let expected = format!("{place}: brio has no model brio/vioce — did you mean brio/voice?");
        assert_eq!(said("brio/vioce"), [expected]);
        let expected = format!("{place}: there is no vendor bro — did you mean brio?");
        assert_eq!(said("bro/voice"), [expected]);
        let expected = format!("{place}: aster/reel does no audio.speak — use brio/voice");
        assert_eq!(said("aster/reel"), [expected]);
        let text = "name: again\nbudget_usd: 1\nsteps:\n  paint: { kind: image.generate, with: { prompt: fox } }\n  \
            good: { kind: gate.quality, with: { images: '{{ paint.image }}' }, on_fail: { retry: paint, attempts: 1, model: bro/vivid-2 } }\n";
        let pipeline = Pipeline::parse(text).unwrap();
        let said = Models::for_tests().misnamed(&pipeline);
        let expected = "/steps/good/on_fail/model: there is no vendor bro — did you mean brio?";
        assert_eq!(said.iter().map(Problem::to_string).collect::<Vec<_>>(), [expected]);
    }

    #[test]
    fn vendors_and_models_are_told_once() {
        let models = Models::for_tests();
        assert_eq!(models.vendors(), BTreeSet::from(["aster", "brio", "cadenza"]));
        assert_eq!(models.names().iter().filter(|name| *name == "brio/vivid-2").count(), 1);
    }
}
