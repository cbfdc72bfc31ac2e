//! Pipelines with their tenant's gates in them: before each publish, on exactly what it publishes.

use crate::pipeline::{Function, Gated, Mandate, Pipeline, Step};
use serde_json::{Value, json};

const HEAD: &str = r#"name: hero
inputs: { prompt: { type: text } }
budget_usd: 1
steps:
  generate: { kind: image.generate, with: { prompt: "{{ inputs.prompt }}" } }
"#;
const MAKE: &str =
    "  ladder: { kind: image.resize, with: { image: \"{{ generate.image }}\", widths: [480] } }\n";
const OWN: &str = "  good: { kind: gate.quality, with: { images: \"{{ generate.image }}\" }, on_fail: { retry: generate, attempts: 1 } }\n";

fn mandate(text: &str) -> Mandate {
    Mandate::parse(text).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn safe() -> Mandate {
    mandate("gates: { safe: { kind: gate.moderation, with: { accept_unjudged: true } } }")
}

fn two() -> Mandate {
    mandate("gates: { fine: { kind: gate.quality }, safe: { kind: gate.moderation } }")
}

fn over(mandate: &Mandate, steps: &str) -> Pipeline {
    let make = if steps.contains(LADDER) { MAKE } else { "" };
    let pipeline = Pipeline::parse_under(&format!("{HEAD}{make}{steps}"), true);
    let pipeline = pipeline.unwrap_or_else(|problems| panic!("{problems:?}"));
    let bound = pipeline.bound(&json!({ "prompt": "a fox" }), &Default::default()).unwrap();
    mandate.over(bound.pipeline).unwrap().pipeline
}

/// What was put in, with what it judges.
fn put_in(pipeline: &Pipeline) -> Vec<(&str, &Value)> {
    let steps = pipeline.steps.iter().filter(|step| step.mandated.is_some());
    steps.map(|step| (step.name.as_str(), &step.with["images"])).collect()
}

fn step<'a>(pipeline: &'a Pipeline, name: &str) -> &'a Step {
    pipeline.step(name).unwrap_or_else(|| panic!("there is no {name}"))
}

fn publish(name: &str, assets: &str, rest: &str) -> String {
    format!(
        "  {name}: {{ kind: publish, with: {{ assets: {assets}, target: {{ kind: s3, prefix: {name} }} }}{rest} }}\n"
    )
}

const LADDER: &str = "\"{{ ladder.images }}\"";

#[test]
fn a_gate_judges_exactly_what_is_published_and_the_publish_waits_for_it() {
    let pipeline = over(&safe(), &publish("out", LADDER, ""));
    assert_eq!(put_in(&pipeline), [("tenant-safe", &json!("{{ ladder.images }}"))]);
    assert_eq!(step(&pipeline, "out").after, ["tenant-safe"]);
    let waves = pipeline.plan().waves;
    let names: Vec<_> = waves.iter().map(|wave| wave.steps.join(" ")).collect();
    assert_eq!(names, ["generate", "ladder", "tenant-safe", "out"]);
}

#[test]
fn it_costs_one_wave_however_many_gates_there_are_and_own_gates_keep_theirs() {
    let own = format!("{OWN}{}", publish("out", LADDER, ", after: [good]"));
    let before = over(&Mandate::default(), &own).plan().waves.len();
    let pipeline = over(&two(), &own);
    let waves = pipeline.plan().waves;
    assert_eq!(waves.len(), before + 1);
    let added = waves.iter().find(|wave| wave.steps.len() == 2).unwrap();
    assert_eq!(added.steps, ["tenant-fine", "tenant-safe"]);
    assert_eq!((added.function, added.width()), (Function::Gate, 1));
    // What the pipeline's own gate sends back is not rejected before it could be.
    assert_eq!(step(&pipeline, "tenant-safe").after, ["good"]);
    assert_eq!(step(&pipeline, "good").mandated, None);
    assert_eq!(step(&pipeline, "out").after, ["good", "tenant-fine", "tenant-safe"]);
}

#[test]
fn publishes_of_the_same_assets_share_a_verdict_and_others_have_their_own() {
    let same = publish("out", LADDER, "") + &publish("shop", LADDER, "");
    let pipeline = over(&safe(), &same);
    assert_eq!(put_in(&pipeline).len(), 1);
    for name in ["out", "shop"] {
        assert_eq!(step(&pipeline, name).after, ["tenant-safe"]);
    }
    let different = publish("out", LADDER, "")
        + &publish("shop", "[\"{{ ladder.images }}\", \"{{ generate.image }}\"]", "");
    let pipeline = over(&safe(), &different);
    let both = json!(["{{ ladder.images }}", "{{ generate.image }}"]);
    let expected =
        [("tenant-safe-out", &json!("{{ ladder.images }}")), ("tenant-safe-shop", &both)];
    assert_eq!(put_in(&pipeline), expected);
    assert_eq!(step(&pipeline, "shop").after, ["tenant-safe-shop"]);
}

#[test]
fn with_foreach_each_item_has_its_own_and_a_publish_of_all_items_has_one_for_all() {
    let card = "  card: { foreach: { locale: [de, en] }, kind: image.crop, with: { image: \"{{ generate.image }}\", aspect: \"1:1\" } }\n";
    let fanned = publish("out", "\"{{ card.image }}\"", ", foreach: { locale: [de, en] }");
    let pipeline = over(&safe(), &format!("{card}{fanned}"));
    let (de, en) = (json!("{{ card~de.image }}"), json!("{{ card~en.image }}"));
    assert_eq!(put_in(&pipeline), [("tenant-safe~de", &de), ("tenant-safe~en", &en)]);
    assert_eq!(step(&pipeline, "out~en").after, ["tenant-safe~en"]);
    let each = step(&pipeline, "tenant-safe~de").each.as_ref().unwrap();
    assert_eq!((each.step.as_str(), each.item.as_str()), ("tenant-safe", "de"));
    let pipeline = over(&safe(), &format!("{card}{}", publish("out", "\"{{ card.image }}\"", "")));
    assert_eq!(
        put_in(&pipeline),
        [("tenant-safe", &json!(["{{ card~de.image }}", "{{ card~en.image }}"]))]
    );
}

#[test]
fn neither_when_nor_on_error_of_a_publish_lets_it_go_without() {
    let rest = ", when: \"size(inputs.prompt) > 3\", on_error: skip";
    let pipeline = over(&safe(), &publish("out", LADDER, rest));
    let gate = step(&pipeline, "tenant-safe");
    // Where the publish is skipped there is nothing to judge; where it is not, there is a verdict.
    assert_eq!(gate.when, step(&pipeline, "out").when);
    assert!(gate.on_error.is_fail());
    let other = publish("shop", LADDER, "");
    let pipeline = over(&safe(), &format!("{}{other}", publish("out", LADDER, rest)));
    assert_eq!(put_in(&pipeline).len(), 2, "they differ in when they are done");
}

#[test]
fn a_pipeline_that_publishes_nothing_gets_no_gates_and_is_under_the_mandate_all_the_same() {
    let pipeline = Pipeline::parse(&format!("{HEAD}{OWN}")).unwrap();
    let Gated { pipeline, mandate } = safe().over(pipeline).unwrap();
    assert_eq!(put_in(&pipeline), []);
    assert_eq!(mandate, safe().in_force());
}

#[test]
fn another_mandate_takes_the_place_of_the_one_before_and_none_leaves_the_pipeline_as_it_was() {
    let own = format!("{OWN}{}", publish("out", LADDER, ", after: [good]"));
    let bare = over(&Mandate::default(), &own);
    let first = over(&safe(), &own);
    let second = two().over(first.clone()).unwrap();
    assert_eq!(second.pipeline, over(&two(), &own));
    assert_eq!(two().over(second.pipeline.clone()).unwrap(), second, "once more changes nothing");
    assert_eq!(Mandate::default().over(first).unwrap().pipeline, bare);
}

#[test]
fn no_step_of_a_pipeline_can_be_called_like_one_of_a_mandate() {
    let text = format!(
        "{HEAD}  tenant-safe: {{ kind: gate.quality, with: {{ images: \"{{{{ generate.image }}}}\" }} }}\n"
    );
    let problems = Pipeline::parse(&text).unwrap_err();
    let said: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "line 6, /steps/tenant-safe: a step is called tenant-safe — call it something else: names that begin with tenant- are those of its tenant's gates"
        ]
    );
    // Nor refer to one.
    let after =
        format!("{HEAD}{MAKE}{OWN}{}", publish("out", LADDER, ", after: [good, tenant-safe]"));
    assert!(Pipeline::parse(&after).is_err());
}

#[test]
fn under_a_mandate_a_pipeline_needs_no_gate_of_its_own_and_without_one_it_does() {
    let text = format!("{HEAD}{MAKE}{}", publish("out", LADDER, ""));
    let problems = Pipeline::parse(&text).unwrap_err();
    assert_eq!(problems[0].detail, "{{ ladder.images }} would be published without a verdict");
    let pipeline = Pipeline::parse_under(&text, true).unwrap();
    assert!(pipeline.unjudged);
    assert!(safe().over(pipeline.clone()).is_ok());
    let [problem] = &Mandate::default().over(pipeline).unwrap_err()[..] else {
        panic!("one problem")
    };
    assert_eq!(
        problem.to_string(),
        "/pipeline: hero publishes what none of its gates judges, and its tenant has no mandatory gates any more — add a gate to it"
    );
    // A gate that its publish does not wait for is a slip under any mandate.
    let late =
        Pipeline::parse_under(&format!("{HEAD}{MAKE}{OWN}{}", publish("out", LADDER, "")), true);
    assert_eq!(late.unwrap_err()[0].detail, "out does not wait for good, the gate of its assets");
}

#[test]
fn gates_that_make_a_job_too_large_are_told_before_anything_is_paid() {
    let items: Vec<String> = (0..50).map(|n| format!("i{n}")).collect();
    let fanned: String = (0..4)
        .map(|n| {
            let foreach = format!(", foreach: {{ item: [{}] }}", items.join(", "));
            publish(&format!("out{n}"), LADDER, &foreach)
        })
        .collect();
    let pipeline = Pipeline::parse_under(&format!("{HEAD}{MAKE}{fanned}"), true).unwrap();
    let bound = pipeline.bound(&json!({ "prompt": "a fox" }), &Default::default()).unwrap();
    let many = (0..3).map(|n| format!("g{n}: {{ kind: gate.quality }}")).collect::<Vec<_>>();
    let many = mandate(&format!("gates: {{ {} }}", many.join(", ")));
    let [problem] = &many.over(bound.pipeline).unwrap_err()[..] else { panic!("one problem") };
    assert_eq!(
        problem.to_string(),
        "/pipeline: the job would have 352 steps, 150 of them its tenant's gates, and 250 are the most — give fewer items, or publish in fewer steps"
    );
}
