//! Documents that parse, and what they become.

use serde_json::json;

use crate::pipeline::{Function, Kind, Pipeline};

const HERO: &str = include_str!("../../../../../infra/pipelines/hero-image.yaml");
const PRODUCT: &str = include_str!("../../../../../infra/pipelines/product-photo.yaml");

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
