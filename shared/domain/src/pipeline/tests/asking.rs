//! What a step asks of the models that may do it: read, kept, written back.

use serde_json::json;

use crate::pipeline::{Cache, Choose, Class, Kind, OnUnknown, Pipeline, Step, document};
use crate::vendor::Effort;

fn parsed(steps: &str) -> Pipeline {
    let text = format!("name: asking\nbudget_usd: 1\nsteps:\n{steps}");
    let pipeline = Pipeline::parse(&text).unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(|p| format!("{p}\n")).collect::<String>())
    });
    let mut again = Pipeline::from_value(&document(&pipeline)).unwrap();
    again.steps.sort_by_key(|step| pipeline.steps.iter().position(|s| s.name == step.name));
    assert_eq!(again, pipeline, "what is written reads as the same");
    let stored = serde_json::to_value(&pipeline).unwrap();
    assert_eq!(serde_json::from_value::<Pipeline>(stored).unwrap(), pipeline);
    pipeline
}

fn painted(says: &str) -> Step {
    let steps = format!(
        "  good: {{ kind: gate.quality, with: {{ images: '{{{{ paint.image }}}}' }} }}\n  \
         paint: {{ kind: image.generate, {says} }}\n"
    );
    parsed(&steps).step("paint").unwrap().clone()
}

#[test]
fn a_step_that_says_nothing_asks_for_what_it_always_did() {
    let step = painted("with: { prompt: a fox }");
    assert_eq!(step.with["model"], json!("sketch-1"));
    assert!(step.models.is_empty() && step.class.is_none());
    assert_eq!((step.choose, step.effort), (Choose::First, Effort::Standard));
    assert_eq!(step.on_unknown, OnUnknown::Wait);
    let stored = serde_json::to_value(&step).unwrap();
    for field in ["models", "choose", "class", "effort", "on_unknown", "cache"] {
        assert_eq!(stored.get(field), None, "stored as before: {field}");
    }
}

#[test]
fn a_list_of_models_stands_in_place_of_the_one() {
    let step = painted(
        "with: { prompt: a fox }, models: [openai/gpt-image-1-mini, fal/fal-ai/flux/dev, sketch-1], \
         choose: soonest, effort: draft, on_unknown: { resubmit: { because: a cent at most } }",
    );
    assert_eq!(step.models, ["openai/gpt-image-1-mini", "fal/fal-ai/flux/dev", "sketch-1"]);
    assert_eq!(step.with.get("model"), None);
    assert_eq!((step.choose, step.effort), (Choose::Soonest, Effort::Draft));
    assert_eq!(step.on_unknown, OnUnknown::Resubmit { because: "a cent at most".into() });
}

#[test]
fn a_class_asks_for_a_picture_as_it_says() {
    let step = painted("with: { prompt: a fox }, class: { min_megapixels: 1, transparent: true }");
    assert_eq!(step.choose, Choose::Cheapest);
    let class = Class { min_megapixels: Some(1.0), transparent: true, ..Class::default() };
    assert_eq!(step.class, Some(class));
    assert_eq!(step.with["transparent"], json!(true));
    assert_eq!((&step.with["width"], &step.with["height"]), (&json!(1344), &json!(768)));
    // What is said stays; what is larger than wide pictures are is square.
    let step =
        painted("with: { prompt: a fox, width: 1200, height: 1200 }, class: { min_megapixels: 1 }");
    assert_eq!((&step.with["width"], &step.with["height"]), (&json!(1200), &json!(1200)));
    let step = painted("with: { prompt: a fox }, class: { min_megapixels: 4 }, choose: first");
    assert_eq!((&step.with["width"], &step.with["height"]), (&json!(2048), &json!(2048)));
    assert_eq!(step.choose, Choose::First);
}

#[test]
fn words_speech_and_sounds_are_made_one_from_the_other() {
    let steps = "  \
        lines: { kind: text.generate, with: { prompt: a limerick, model: brio/scribe, schema: { type: object }, temperature: 0.2 } }\n  \
        spoken: { kind: audio.speak, with: { text: '{{ lines.text }}', language: en }, models: [brio/voice], effort: final }\n  \
        voice: { kind: audio.separate, with: { audio: '{{ spoken.audio }}', model: brio/stems } }\n";
    let pipeline = parsed(steps);
    assert_eq!(pipeline.plan().waves.len(), 3);
    let voice = pipeline.step("voice").unwrap();
    assert_eq!((voice.kind, &voice.with["stem"]), (Kind::Separate, &json!("vocals")));
}

#[test]
fn a_picture_is_edited_and_a_film_begins_with_it() {
    let steps = "  \
        paint: { kind: image.generate, with: { prompt: a fox, model: brio/vivid-2 } }\n  \
        edit: { kind: image.edit, with: { image: '{{ paint.image }}', mask: '{{ paint.image }}', prompt: in snow, model: brio/vivid-2 } }\n  \
        film: { kind: video.generate, with: { prompt: it runs, image: '{{ edit.image }}', model: aster/reel } }\n";
    assert_eq!(parsed(steps).plan().waves.len(), 3);
}

#[test]
fn a_step_says_whether_an_earlier_result_is_taken() {
    for (says, meant) in [("on", Cache::On), ("off", Cache::Off)] {
        let step = painted(&format!("with: {{ prompt: a fox }}, cache: {says}"));
        assert_eq!(step.cache, Some(meant));
    }
    for (says, bits) in [("near", 6), ("{ near: 0 }", 0), ("{ near: 10 }", 10)] {
        let steps = format!(
            "  paint: {{ kind: image.generate, with: {{ prompt: a fox, model: brio/vivid-2 }} }}\n  \
               large: {{ kind: image.upscale, with: {{ image: '{{{{ paint.image }}}}', factor: 2 }}, cache: {says} }}\n  \
               good: {{ kind: gate.quality, with: {{ images: '{{{{ large.image }}}}' }} }}\n"
        );
        assert_eq!(parsed(&steps).step("large").unwrap().cache, Some(Cache::Near(bits)));
    }
}
