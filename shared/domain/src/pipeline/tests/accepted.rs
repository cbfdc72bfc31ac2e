//! Documents that parse, and what they become.

use serde_json::json;

use crate::pipeline::{Function, Kind, OnError, Pipeline, document};

const HERO: &str = include_str!("../../../../../infra/pipelines/hero-image.yaml");
const PRODUCT: &str = include_str!("../../../../../infra/pipelines/product-photo.yaml");

const LOCALISED: &str = include_str!("../../../../../infra/pipelines/hero-image-localised.yaml");
const ORDER: &str = include_str!("../../../../../infra/pipelines/print-order.yaml");
const MODERATE: &str = include_str!("../../../../../infra/pipelines/moderate-upload.yaml");
const CLIP: &str = include_str!("../../../../../infra/pipelines/clip.yaml");
const FOUR: &str = include_str!("../../../../../infra/pipelines/four-vendors.yaml");
const BEST: &str = include_str!("../../../../../infra/pipelines/best-of-four.yaml");
const CARD: &str = include_str!("../../../../../infra/pipelines/social-card.yaml");

#[track_caller]
fn parsed(text: &str) -> Pipeline {
    Pipeline::parse(text).unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(|p| format!("{p}\n")).collect::<String>())
    })
}

fn waves(pipeline: &Pipeline) -> Vec<(Function, Vec<String>)> {
    pipeline.plan().waves.into_iter().map(|wave| (wave.function, wave.steps)).collect()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).into()).collect()
}

#[test]
fn hero_image_pays_for_the_ladder_only_after_both_verdicts() {
    let hero = parsed(HERO);
    assert_eq!(
        waves(&hero),
        [
            (Function::Lane, names(&["generate"])),
            (Function::Lane, names(&["cutout"])),
            (Function::Lane, names(&["large"])),
            (Function::Gate, names(&["safe", "good"])),
            (Function::Step, names(&["ladder"])),
            (Function::Publish, names(&["publish"])),
        ]
    );
    assert_eq!(hero.budget_micros, 500_000);
}

#[test]
fn product_photo_makes_ladder_and_feed_in_one_wave() {
    assert_eq!(waves(&parsed(PRODUCT))[2], (Function::Step, names(&["ladder", "feed"])));
}

#[test]
fn a_clip_is_filmed_after_its_words_were_judged_and_published_after_it_was_watched() {
    let clip = parsed(CLIP);
    let expected = [
        (Function::Gate, names(&["safe"])),
        (Function::Lane, names(&["film"])),
        (Function::Gate, names(&["moves"])),
        (Function::Publish, names(&["publish"])),
    ];
    assert_eq!(waves(&clip), expected);
    assert_eq!(clip.step("film").unwrap().kind, Kind::Film);
}

#[test]
fn steps_keep_the_order_of_the_document_and_get_their_defaults() {
    let hero = parsed(HERO);
    let order: Vec<&str> = hero.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(order, ["generate", "cutout", "large", "safe", "good", "ladder", "publish"]);
    let cutout = hero.step("cutout").unwrap();
    assert_eq!(cutout.kind, Kind::RemoveBackground);
    assert_eq!(cutout.with["model"], json!("sketch-1"));
    assert_eq!((cutout.lane.as_deref(), cutout.deadline_s), (Some("gpu"), 300));
    assert_eq!((cutout.retry.attempts, hero.step("safe").unwrap().lane.as_deref()), (3, None));
}

#[test]
fn social_card_is_composed_judged_and_only_then_sized() {
    let card = parsed(CARD);
    assert_eq!(
        waves(&card)[1..],
        [
            (Function::Step, names(&["card"])),
            (Function::Gate, names(&["safe", "good"])),
            (Function::Step, names(&["ladder"])),
            (Function::Publish, names(&["publish"])),
        ]
    );
    assert_eq!(card.plan().needs["card"], ["cutout"], "layers are edges of the graph");
    let layers = &card.step("card").unwrap().with["layers"];
    assert_eq!(layers[0]["gradient"]["angle"], json!(120), "what is given stays");
    assert_eq!(layers[0]["anchor"], json!("center"), "and the rest is spelled out");
    assert_eq!(layers[1]["shadow"]["y"], json!(12));
    assert!(!card.step("card").unwrap().follows_from_its_pictures(), "the headline is the job's");
    assert!(card.step("ladder").unwrap().follows_from_its_pictures());
}

#[test]
fn a_localised_hero_is_painted_and_cut_out_once_and_composed_for_each_locale() {
    let pipeline = parsed(LOCALISED);
    let given = json!({
        "prompt": "a kite", "alt": {"ja": "赤い凧"},
        "captions": {"en": "Up, up and away", "de": "Hoch hinaus", "ja": "空高く"}
    });
    let job = pipeline.bound(&given, &Default::default()).unwrap().pipeline;
    let count = |kind: Kind| job.steps.iter().filter(|step| step.kind == kind).count();
    assert_eq!((count(Kind::Generate), count(Kind::RemoveBackground)), (1, 1));
    assert_eq!((count(Kind::Composite), count(Kind::Publish)), (3, 3));
    let waves = job.plan().waves;
    assert_eq!(waves.len(), 8, "{waves:?}");
    assert!(waves.iter().all(|wave| wave.steps.len() <= 6));
    let lacking = json!({"prompt": "a kite", "captions": {"en": "Up", "de": "Hoch"}});
    let problems = pipeline.bound(&lacking, &Default::default()).unwrap_err();
    assert_eq!(problems[0].pointer, "/inputs", "{problems:?}");
}

#[test]
fn what_a_step_does_on_errors_is_read_kept_and_written_back() {
    let card = parsed(CARD);
    assert!(card.steps.iter().all(|step| step.on_error == OnError::Fail && step.when.is_none()));
    let small = "steps:\n  small: { kind: image.convert, with: { image: \"{{ cutout.image }}\", format: png } }\n";
    let text = HERO.replacen("steps:\n", small, 1).replacen(
        "factor: 2 }",
        "factor: 2 }\n    on_error: { use: small }",
        1,
    );
    let hero = parsed(&text);
    assert_eq!(hero.step("large").unwrap().on_error, OnError::Use("small".into()));
    assert!(hero.plan().needs["large"].contains(&"small".to_owned()), "it comes first");
    let stored = serde_json::to_value(&hero).unwrap();
    assert_eq!(serde_json::from_value::<Pipeline>(stored).unwrap(), hero);
    assert_eq!(document(&hero)["steps"]["large"]["on_error"], json!({"use": "small"}));
    assert_eq!(document(&hero)["steps"]["cutout"].get("on_error"), None);
}

#[test]
fn print_order_orders_only_after_both_verdicts() {
    let order = parsed(ORDER);
    let last = waves(&order).split_off(2);
    assert_eq!(
        last,
        [
            (Function::Gate, names(&["safe"])),
            (Function::Step, names(&["paper"])),
            (Function::Gate, names(&["good"])),
            (Function::Publish, names(&["order"])),
        ]
    );
    assert_eq!(order.inputs["accept_unjudged"].default, Some(json!(false)), "strict by itself");
}

#[test]
fn moderate_upload_has_gates_and_nothing_else() {
    let moderate = parsed(MODERATE);
    assert_eq!(waves(&moderate), [(Function::Gate, names(&["safe", "good"]))]);
}

#[test]
fn four_vendors_work_one_after_the_other_and_only_safe_words_are_paid() {
    let four = parsed(FOUR);
    let functions: Vec<_> = waves(&four).into_iter().map(|(function, _)| function).collect();
    let [gate, lane, publish] = [Function::Gate, Function::Lane, Function::Publish];
    assert_eq!(functions, [gate, lane, lane, lane, lane, gate, publish]);
    let paint = four.step("paint").unwrap();
    assert_eq!(paint.models, ["openai/gpt-image-1", "fal/fal-ai/flux/dev"]);
}

#[test]
fn the_best_of_four_enlarges_one_picture_of_four() {
    let best = parsed(BEST).bound(&json!({ "prompt": "a fox" }), &Default::default()).unwrap();
    let waves = waves(&best.pipeline);
    assert_eq!(waves[0].1, names(&["paint", "paint~2", "paint~3", "paint~4"]));
    assert_eq!(
        waves[1..3],
        [(Function::Gate, names(&["good"])), (Function::Lane, names(&["large"]))]
    );
}
