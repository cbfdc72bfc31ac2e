//! Texts: written by their template, kept as assets, and with their words at hand.

use super::*;

/// A caption, and a card that shows it.
fn caption() -> World {
    let text = "
name: words
inputs: { photo: { type: image }, title: { type: text } }
budget_usd: 0.10
steps:
  first: { kind: gate.quality, with: { images: '{{ inputs.photo }}' } }
  made: { kind: text.template, with: { text: '{{ inputs.title }} — {{ labels.shop | default(\"no shop\") }}' }, after: [first] }
  card: { kind: image.composite, with: { image: '{{ inputs.photo }}', layers: [{ text: '{{ made.text }}', size: 9 }] } }
  safe: { kind: gate.moderation, with: { prompt: '“{{ made.text }}”', images: '{{ card.image }}' } }
  out: { kind: publish, with: { assets: '{{ card.image }}', target: { kind: s3 } }, after: [safe] }
";
    let pipeline = Pipeline::parse(text).unwrap_or_else(|problems| panic!("{problems:?}"));
    world_of(pipeline, &[("photo", &photo(90, 60))], json!({ "title": "{{ inputs.photo }}é" }))
}

#[tokio::test]
async fn a_text_is_kept_as_an_asset_with_its_words_at_hand() {
    let world = caption();
    assert_eq!(run(&world).await.unwrap(), json!({"ok": true, "event": 4}));
    let view = view(&world).await;
    let step = view.step("made");
    let asset = &view.assets[&step.outputs["text"][0]];
    let words = "{{ inputs.photo }}é — no shop";
    assert_eq!(asset.text.as_deref(), Some(words), "a value is no template");
    assert_eq!(asset.media_type, "text/plain; charset=utf-8");
    assert!(asset.key.ends_with(&format!("{}.txt", sha256(words.as_bytes()))), "{}", asset.key);
    assert_eq!((asset.bytes, asset.width, asset.deterministic), (words.len() as u64, None, false));
    let (bytes, _) = world.objects.peek(Bucket::Assets, &asset.key).unwrap();
    assert_eq!(bytes, words.as_bytes());
    let shown = domain::job::asset_json(asset);
    assert_eq!(shown["text"], words);
}

#[tokio::test]
async fn those_who_take_a_text_read_no_object_for_it() {
    let world = caption();
    run(&world).await.unwrap();
    let view = view(&world).await;
    let words = "{{ inputs.photo }}é — no shop";
    assert_eq!(view.parameters("card").unwrap()["layers"][0]["text"], words);
    let (mut judged, mut card) = (view.clone(), view.step("made"));
    card.outputs = BTreeMap::from([("image".into(), card.outputs["text"].clone())]);
    judged.steps.insert("card".into(), card);
    assert_eq!(judged.parameters("safe").unwrap()["prompt"], format!("“{words}”"));
}

#[tokio::test]
async fn every_single_fault_of_a_text_leaves_the_world_of_one_clean_run() {
    let act = async |world: &World| run(world).await.map(drop);
    every_fault(async || caption(), act, World::listing).await;
}
