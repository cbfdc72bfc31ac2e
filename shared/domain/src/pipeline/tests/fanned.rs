//! Steps that are done for each item of a list, as one job runs them.

use serde_json::{Value, json};

use super::planned::Dice;
use crate::pipeline::{Function, Pipeline, Reference, WAVE_MOST};

pub(super) const CARDS: &str = r#"
name: cards
inputs:
  photo: { type: image }
  locales: { type: json }
  captions: { type: json }
budget_usd: 1
steps:
  cutout: { kind: image.remove_background, with: { image: "{{ inputs.photo }}" } }
  caption:
    foreach: { locale: "{{ inputs.locales }}" }
    kind: text.template
    with: { text: "{{ inputs.captions[locale] }} ({{ locale | upper }})" }
  card:
    foreach: { locale: "{{ inputs.locales }}" }
    kind: image.composite
    with:
      width: 90
      height: 60
      layers: [{ image: "{{ cutout.image }}" }, { text: "{{ caption.text }}", size: 9 }]
  safe:
    foreach: { locale: "{{ inputs.locales }}" }
    kind: gate.moderation
    with: { prompt: "“{{ caption.text }}”", images: "{{ card.image }}", accept_unjudged: true }
  sheet:
    kind: gate.quality
    with: { images: ["{{ card.image }}", "{{ cutout.image }}"] }
    after: [safe]
  out:
    foreach: { locale: "{{ inputs.locales }}" }
    kind: publish
    with: { assets: "{{ card.image }}", target: { kind: s3 } }
    after: [safe, sheet]
  all:
    kind: publish
    with: { assets: "{{ card.image }}", target: { kind: s3 } }
    after: [sheet]
"#;

fn given(locales: Value) -> Value {
    json!({
        "photo": {"asset": "as_1"}, "locales": locales, "captions": {"en": "Kite", "de": "Drachen"}
    })
}

fn bound(text: &str, given: &Value) -> Result<Pipeline, Vec<String>> {
    let pipeline = Pipeline::parse(text).unwrap_or_else(|problems| panic!("{problems:?}"));
    let bound = pipeline.bound(given, &Default::default());
    bound
        .map(|bound| bound.pipeline)
        .map_err(|problems| problems.iter().map(|p| p.to_string()).collect())
}

#[test]
fn each_item_has_its_own_steps_and_shares_what_is_made_once() {
    let job = bound(CARDS, &given(json!(["en", "de"]))).unwrap();
    let plan = job.plan();
    let waves: Vec<(Function, String)> =
        plan.waves.iter().map(|wave| (wave.function, wave.steps.join(" "))).collect();
    assert_eq!(
        waves,
        [
            (Function::Lane, "cutout".into()),
            (Function::Step, "caption~en caption~de".into()),
            (Function::Step, "card~en card~de".into()),
            (Function::Gate, "safe~en safe~de".into()),
            (Function::Gate, "sheet".into()),
            (Function::Publish, "out~en out~de all".into()),
        ]
    );
    assert_eq!(plan.needs["card~de"], ["cutout", "caption~de"]);
    assert_eq!(plan.needs["safe~de"], ["caption~de", "card~de"]);
    assert_eq!(plan.needs["sheet"], ["cutout", "card~en", "card~de", "safe~en", "safe~de"]);
    assert_eq!(plan.needs["out~de"], ["card~de", "safe~de", "sheet"]);
    let images = &job.step("sheet").unwrap().with["images"];
    assert_eq!(
        *images,
        json!(["{{ card~en.image }}", "{{ card~de.image }}", "{{ cutout.image }}"])
    );
    assert_eq!(
        job.step("all").unwrap().with["assets"],
        json!(["{{ card~en.image }}", "{{ card~de.image }}"])
    );
    assert_eq!(job.step("out~de").unwrap().with["assets"], json!("{{ card~de.image }}"));
    let safe = job.step("safe~de").unwrap();
    assert_eq!(safe.with["prompt"], "“{{ caption.text }}”", "a template stays as it was written");
    let each = safe.each.as_ref().unwrap();
    assert_eq!((each.step.as_str(), each.item.as_str()), ("safe", "de"));
    assert_eq!(each.steps["caption"], "caption~de");
    assert!(!job.step("card~de").unwrap().follows_from_its_pictures(), "its words are the job's");
}

#[test]
fn a_fanned_step_is_skipped_when_it_fails_unless_it_says_otherwise() {
    use crate::pipeline::OnError;
    let job = bound(CARDS, &given(json!(["en", "de"]))).unwrap();
    assert_eq!(job.step("card~de").unwrap().on_error, OnError::Skip);
    assert_eq!(job.step("cutout").unwrap().on_error, OnError::Fail);
    let text = CARDS.replace("kind: image.composite", "on_error: fail\n    kind: image.composite");
    let job = bound(&text, &given(json!(["en", "de"]))).unwrap();
    assert_eq!(job.step("card~de").unwrap().on_error, OnError::Fail);
}

#[test]
fn what_is_written_back_reads_as_the_same() {
    let pipeline = Pipeline::parse(CARDS).unwrap();
    let mut again = Pipeline::from_value(&crate::pipeline::document(&pipeline)).unwrap();
    again.steps.sort_by_key(|step| pipeline.steps.iter().position(|s| s.name == step.name));
    assert_eq!(again, pipeline);
    let job = bound(CARDS, &given(json!(["en", "de"]))).unwrap();
    let stored = serde_json::to_value(&job).unwrap();
    assert_eq!(serde_json::from_value::<Pipeline>(stored).unwrap(), job);
}

#[test]
fn a_list_that_is_none_makes_no_job() {
    let told = |locales: Value| bound(CARDS, &given(locales)).unwrap_err();
    assert_eq!(
        told(json!([])),
        [
            "/inputs/locales: locales is an empty list — give a list of words, or of objects with a key"
        ]
    );
    assert_eq!(
        told(json!(["en", "EN"])),
        ["/inputs/locales/1: locales names en and EN, which are both en — name each item once"]
    );
    assert_eq!(
        told(json!(["en", "ja"])),
        [
            "/inputs: the template for text of caption~ja gives no text: something that it names is not there \
             — give what it names, and no more than it may hold"
        ]
    );
}

#[test]
fn too_many_steps_or_too_little_money_makes_no_job() {
    let many: Vec<Value> = (0..50).map(|n| json!({"key": format!("l{n}"), "say": "x"})).collect();
    let steps: String = (0..6)
        .map(|n| format!("  t{n}: {{ foreach: {{ item: \"{{{{ inputs.items }}}}\" }}, kind: gate.moderation, with: {{ prompt: \"{{{{ item.say }}}}\" }} }}\n"))
        .collect();
    let text = format!(
        "name: many\ninputs: {{ items: {{ type: json }} }}\nbudget_usd: 1\nsteps:\n{steps}"
    );
    assert_eq!(
        bound(&text, &json!({ "items": many })).unwrap_err(),
        [
            "/inputs/items: the job would have 300 steps — give fewer items: a job has at most 250 steps"
        ]
    );
    let job = bound(&text, &json!({ "items": many[..41] })).unwrap();
    assert_eq!(job.steps.len(), 246);
    assert!(job.plan().waves.iter().all(|wave| wave.steps.len() <= WAVE_MOST));
    let text = "name: paid\ninputs: { items: { type: json } }\nbudget_usd: 0.001\nsteps:\n  \
        paint: { foreach: { item: '{{ inputs.items }}' }, kind: image.generate, with: { prompt: '{{ item.say }}', seed: '{{ item.seed }}' } }\n  \
        good: { kind: gate.quality, with: { images: '{{ paint.image }}' } }\n";
    let seeded: Vec<Value> =
        (0..6).map(|n| json!({"key": format!("l{n}"), "say": "x", "seed": n})).collect();
    assert_eq!(
        bound(text, &json!({ "items": seeded })).unwrap_err(),
        [
            "/inputs/items: one attempt of each lane step costs at least $0.0012, and the budget is $0.001 \
             — give fewer items, or use a pipeline with a larger budget"
        ]
    );
    assert!(bound(text, &json!({ "items": seeded[..5] })).is_ok());
    let odd = json!({ "items": [{"key": "a", "say": "x", "seed": -1}, {"key": "b", "say": "x"}] });
    assert_eq!(
        bound(text, &odd).unwrap_err(),
        [
            "/inputs/items: seed of paint~a is -1 — use a whole number from 0 to 4294967295",
            "/inputs/items: seed of paint~b takes {{ item.seed }}, which the job has not — give it with each item",
        ]
    );
}

#[test]
fn an_item_that_looks_like_a_template_is_a_value() {
    let text = r#"
name: items
inputs: { secret: { type: text }, items: { type: json } }
budget_usd: 1
steps:
  say: { foreach: { item: "{{ inputs.items }}" }, kind: text.template, with: { text: "{{ item.say }}" } }
  safe: { foreach: { item: "{{ inputs.items }}" }, kind: gate.moderation, with: { prompt: "{{ say.text }}, {{ inputs.secret | length }}" } }
"#;
    let long = "{{ inputs.secret }}".repeat(120);
    let given = json!({"secret": "x", "items": [{"key": "a", "say": long}]});
    assert_eq!(
        bound(text, &given).unwrap_err(),
        ["/inputs/items: text of say~a has 2280 characters — shorten it to 2000"],
        "it was counted as it is"
    );
}

/// What a value refers to, also within lists and mappings.
fn references(value: &Value) -> Vec<Reference> {
    match value {
        Value::Array(items) => items.iter().flat_map(references).collect(),
        Value::Object(fields) => fields.values().flat_map(references).collect(),
        value => Reference::of(value).into_iter().collect(),
    }
}

#[test]
fn every_reference_of_any_expanded_pipeline_is_to_a_step_before_it() {
    let mut dice = Dice(20261120);
    for _ in 0..60 {
        let (text, lists) = random(&mut dice);
        let pipeline =
            Pipeline::parse(&text).unwrap_or_else(|problems| panic!("{text}\n{problems:?}"));
        let bound = pipeline.bound(&lists, &Default::default());
        let bound = bound.unwrap_or_else(|problems| panic!("{text}\n{problems:?}"));
        let (job, plan) = (&bound.pipeline, bound.pipeline.plan());
        let order: Vec<&String> = plan.waves.iter().flat_map(|wave| &wave.steps).collect();
        assert_eq!(order.len(), job.steps.len(), "no circle and nobody lost:\n{text}");
        for step in &job.steps {
            let place = order.iter().position(|name| **name == step.name).unwrap();
            for reference in step.with.values().flat_map(references) {
                let Reference::Port { step: of, .. } = reference else { continue };
                let before = order.iter().position(|name| **name == of);
                assert!(
                    before.is_some_and(|before| before < place),
                    "{of} for {}\n{text}",
                    step.name
                );
            }
            for before in &plan.needs[&step.name] {
                assert!(order[..place].contains(&before), "{before} for {}", step.name);
            }
        }
    }
}

/// A random pipeline with some of its steps fanned over one of two lists, and the lists.
fn random(dice: &mut Dice) -> (String, Value) {
    let fans =
        ["", "foreach: { item: '{{ inputs.a }}' }, ", "foreach: { item: '{{ inputs.b }}' }, "];
    let mut steps: Vec<(usize, String)> = Vec::new();
    for index in 0..1 + dice.below(20) {
        let fan = dice.below(3);
        // One picture can come from a step that is done once, or for the same items.
        let near: Vec<usize> =
            (0..index).filter(|&of| steps[of].0 == 0 || steps[of].0 == fan).collect();
        let from = (!near.is_empty()).then(|| near[dice.below(near.len())]);
        let (kind, with) = match (from, dice.below(3)) {
            (None, _) | (_, 0) => {
                let word = if fan == 0 { "fox" } else { "{{ item }} fox" };
                ("image.generate", format!("prompt: 'a {word}'"))
            }
            (Some(from), 1) => {
                ("image.upscale", format!("image: '{{{{ s{from}.image }}}}', factor: 2"))
            }
            (Some(from), _) => {
                ("image.convert", format!("image: '{{{{ s{from}.image }}}}', format: png"))
            }
        };
        let after = match dice.below(3) {
            0 if index > 0 => format!(", after: [s{}]", dice.below(index)),
            _ => String::new(),
        };
        let (fan_words, kind) = (fans[fan], format!("kind: {kind}, with: {{ {with} }}{after}"));
        steps.push((fan, format!("  s{index}: {{ {fan_words}{kind} }}\n")));
    }
    let all: Vec<String> = (0..steps.len()).map(|of| format!("'{{{{ s{of}.image }}}}'")).collect();
    let good = fans[dice.below(3)];
    let mut text =
        "name: random\ninputs: { a: { type: json }, b: { type: json } }\nbudget_usd: 10\nsteps:\n"
            .to_owned();
    text.extend(steps.into_iter().map(|(_, step)| step).rev());
    text += &format!(
        "  good: {{ {good}kind: gate.quality, with: {{ images: [{}] }} }}\n",
        all.join(", ")
    );
    // So that both lists are used, whatever the dice said.
    text += &format!(
        "  a: {{ {}kind: gate.moderation, with: {{ prompt: '{{{{ item }}}}' }} }}\n",
        fans[1]
    );
    text += &format!(
        "  b: {{ {}kind: gate.moderation, with: {{ prompt: '{{{{ item }}}}' }} }}\n",
        fans[2]
    );
    let list =
        |dice: &mut Dice| (0..1 + dice.below(4)).map(|n| format!("i{n}")).collect::<Vec<_>>();
    let (a, b) = (list(dice), list(dice));
    (text, json!({ "a": a, "b": b }))
}
