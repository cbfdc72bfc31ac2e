//! Crops, composites, grades and prints: the parameters arrive in the pixels, and the lineage in the record.

use super::*;
use domain::publish::{NotCleared, cleared};
use media::{Mode, decode, probe};

/// A composite of a photograph, a logo and a title, and the gate that comes before it.
fn card(layers: &str) -> Pipeline {
    let text = format!(
        "
name: card
inputs: {{ photo: {{ type: image }}, logo: {{ type: image }}, title: {{ type: text }} }}
budget_usd: 0.10
steps:
  good: {{ kind: gate.quality, with: {{ images: ['{{{{ inputs.photo }}}}', '{{{{ inputs.logo }}}}'] }} }}
  safe: {{ kind: gate.moderation, with: {{ prompt: '{{{{ inputs.title }}}}' }} }}
  made: {{ kind: image.composite, with: {{ image: '{{{{ inputs.photo }}}}', layers: [{layers}] }} }}
  again: {{ kind: gate.quality, with: {{ images: '{{{{ made.image }}}}' }} }}
  out: {{ kind: publish, with: {{ assets: '{{{{ made.image }}}}', target: {{ kind: s3 }} }}, after: [again] }}
"
    );
    Pipeline::parse(&text).unwrap_or_else(|problems| panic!("{problems:?}"))
}

const LOGO: &str = "{ image: '{{ inputs.logo }}', anchor: top-left, width: 20, opacity: 0.9, blend: multiply, shadow: { x: 1, y: 1, blur: 3 } }";
const TITLE: &str = "{ text: '{{ inputs.title }}', size: 16, weight: bold, align: center, width: 80, color: '#fff', anchor: bottom }";

fn card_world(layers: &str) -> World {
    let (photo, logo) = (photo(90, 60), photo(40, 40));
    let inputs = json!({ "title": "Ångström" });
    world_of(card(layers), &[("photo", &photo), ("logo", &logo)], inputs)
}

async fn made(world: &World) -> (AssetRecord, Picture, Vec<u8>) {
    run(world).await.unwrap();
    let view = view(world).await;
    let step = view.step("made");
    assert_eq!(step.error, None);
    let asset = view.assets[&step.outputs["image"][0]].clone();
    let (bytes, _) = world.objects.peek(Bucket::Assets, &asset.key).unwrap();
    let picture = decode(&bytes, &Limits::default()).unwrap();
    assert_eq!((asset.width, asset.height), (Some(picture.width()), Some(picture.height())));
    (asset, picture, bytes)
}

fn at(picture: &Picture, x: u32, y: u32) -> [u8; 3] {
    let from = (y * picture.width() + x) as usize * picture.channels();
    [picture.pixels()[from], picture.pixels()[from + 1], picture.pixels()[from + 2]]
}

#[tokio::test]
async fn a_composite_is_drawn_from_all_its_sources_and_names_them() {
    let world = card_world(&format!("{LOGO}, {TITLE}, {LOGO}"));
    let (asset, picture, _) = made(&world).await;
    assert_eq!((picture.width(), picture.height()), (90, 60));
    assert_eq!(asset.media_type, "image/png");
    let names: Vec<String> = asset.made_from.iter().map(AssetId::to_string).collect();
    let job = call().job;
    assert_eq!(names, [format!("{job}.inputs.photo.0"), format!("{job}.inputs.logo.0")]);
    let before = decode(&photo(90, 60), &Limits::default()).unwrap();
    assert_ne!(at(&picture, 12, 4), at(&before, 12, 4), "the logo is there");
    assert_eq!(at(&picture, 85, 5), at(&before, 85, 5), "and only there");
    assert!((0..90).any(|x| (35..60).any(|y| at(&picture, x, y) == [255; 3])), "so is the title");
}

#[tokio::test]
async fn every_single_fault_of_a_composite_leaves_the_world_of_one_clean_run() {
    let prepare = async || card_world(&format!("{LOGO}, {TITLE}"));
    let act = async |world: &World| run(world).await.map(drop);
    every_fault(prepare, act, World::listing).await;
}

/// Notes a passing verdict of the gate `good` on these inputs.
async fn pass(world: &World, names: &[&str]) {
    let view = view(world).await;
    let hash = |name: &&str| {
        let id = AssetId::new(&call().job, "inputs", name, 0);
        json!({ "asset": id, "sha256": view.assets[&id].sha256 })
    };
    let subjects: Vec<Value> = names.iter().map(hash).collect();
    let record = StepRecord {
        state: StepState::Succeeded,
        verdict: Some(json!({ "verdict": "pass", "subjects": subjects })),
        ..StepRecord::pending("good", 1)
    };
    plant(world, StepRecord::key(&call().job, "good"), &record);
}

#[tokio::test]
async fn a_composite_is_cleared_only_with_all_its_sources() {
    for (judged, clear) in [(&["photo", "logo"][..], true), (&["photo"], false), (&["logo"], false)]
    {
        let world = card_world(LOGO);
        let (asset, ..) = made(&world).await;
        pass(&world, judged).await;
        let said = cleared(&view(&world).await, &asset);
        assert_eq!(said.is_ok(), clear, "{judged:?}: {said:?}");
    }
}

#[tokio::test]
async fn words_of_the_job_are_not_cleared_by_verdicts_on_the_pictures_below() {
    let world = card_world(TITLE);
    let (asset, ..) = made(&world).await;
    assert!(!asset.deterministic);
    pass(&world, &["photo", "logo"]).await;
    let said = cleared(&view(&world).await, &asset);
    assert_eq!(said, Err(NotCleared::Unjudged(asset.id)));
}

#[tokio::test]
async fn what_cannot_be_drawn_fails_the_step_with_the_reason() {
    let world = card_world("{ text: 'ก', size: 24 }");
    let outcome = run(&world).await.unwrap();
    assert_failed(&outcome, &view(&world).await, &world, "the fonts have no sign for ก");
}

#[tokio::test]
async fn one_lost_source_fails_the_step() {
    let world = card_world(LOGO);
    let view_before = view(&world).await;
    let logo = view_before.asset(&format!("{}.inputs.logo.0", call().job)).unwrap();
    world.objects.plant(Bucket::Assets, &logo.key, photo(41, 40));
    let outcome = run(&world).await.unwrap();
    assert_failed(&outcome, &view(&world).await, &world, "changed: its bytes are not those");
}

#[tokio::test]
async fn a_crop_keeps_its_focus_and_the_format() {
    for (with, size) in [
        ("aspect: '1:1', focus: { x: 0, y: 0 }", (60, 60)),
        ("width: 30, height: 30", (30, 30)),
        ("width: 600, height: 600", (60, 60)),
    ] {
        let step =
            format!("{{ kind: image.crop, with: {{ image: '{{{{ inputs.photo }}}}', {with} }} }}");
        let (asset, picture, _) = made(&world(&step, &photo(90, 60))).await;
        assert_eq!((picture.width(), picture.height()), size, "{with}");
        assert_eq!(asset.media_type, "image/png");
        if with.contains("focus") {
            let source = decode(&photo(90, 60), &Limits::default()).unwrap();
            assert_eq!(at(&picture, 59, 59), at(&source, 59, 59));
        }
    }
}

#[tokio::test]
async fn a_table_of_colours_comes_as_text_or_as_json() {
    let cube = "LUT_3D_SIZE 2\\n1 1 1\\n0 1 1\\n1 0 1\\n0 0 1\\n1 1 0\\n0 1 0\\n1 0 0\\n0 0 0\\n";
    let table = "{ size: 2, table: [1,1,1, 0,1,1, 1,0,1, 0,0,1, 1,1,0, 0,1,0, 1,0,0, 0,0,0] }";
    let source = decode(&photo(90, 60), &Limits::default()).unwrap();
    for lut in [format!("\"{cube}\""), table.to_owned()] {
        let step = format!(
            "{{ kind: image.grade, with: {{ image: '{{{{ inputs.photo }}}}', lut: {lut}, format: png }} }}"
        );
        let (asset, picture, _) = made(&world(&step, &photo(90, 60))).await;
        assert_eq!(at(&picture, 40, 20), at(&source, 40, 20).map(|v| 255 - v), "the negative");
        assert!(asset.deterministic);
    }
}

#[tokio::test]
async fn a_table_that_is_none_fails_the_step() {
    let step = "{ kind: image.grade, with: { image: '{{ inputs.photo }}', lut: LUT_3D_SIZE 99 } }";
    let world = world(step, &photo(90, 60));
    let outcome = run(&world).await.unwrap();
    assert_failed(&outcome, &view(&world).await, &world, "its size is 99");
}

#[tokio::test]
async fn a_print_says_its_dots_in_the_file_and_in_the_event() {
    let print = |upscale: bool| {
        format!(
            "{{ kind: image.print, with: {{ image: '{{{{ inputs.photo }}}}', width_mm: 7.62, height_mm: 5.08, dpi: 600, allow_upscale: {upscale} }} }}"
        )
    };
    for (upscale, size) in [(false, (90, 60)), (true, (180, 120))] {
        let world = world(&print(upscale), &photo(90, 60));
        let (_, picture, bytes) = made(&world).await;
        assert_eq!((picture.width(), picture.height()), size);
        assert_eq!(probe(&bytes).unwrap().dpi, Some(300));
        assert!(bytes.windows(4).any(|name| name == b"iCCP"));
        assert_eq!(event(&world, 4).unwrap().data["effective_dpi"], json!(300));
    }
}

#[tokio::test]
async fn a_print_in_inks_is_a_tiff_and_no_png() {
    let print = |format: &str, more: &str| {
        format!(
            "{{ kind: image.print, with: {{ image: '{{{{ inputs.photo }}}}', width_mm: 7.62, height_mm: 5.08, format: {format}{more} }} }}"
        )
    };
    for (more, mode) in [
        ("", Mode::Rgb),
        (", color: cmyk", Mode::Cmyk),
        (", color: cmyk, intent: perceptual, black: pure", Mode::Cmyk),
    ] {
        let world = world(&print("tiff", more), &photo(90, 60));
        let (asset, _, bytes) = made(&world).await;
        assert_eq!(asset.media_type, "image/tiff");
        assert!(asset.key.ends_with(".tif"), "{}", asset.key);
        assert!(asset.deterministic);
        let probe = probe(&bytes).unwrap();
        assert_eq!((probe.mode, probe.dpi, probe.icc), (mode, Some(300), true));
    }
}
