//! Which verdicts cover what is published.

use crate::pipeline::Pipeline;

/// Publishes `assets` after `good`, which judges `judged`; says what is wrong.
fn publishing(assets: &str, judged: &str) -> Vec<String> {
    let text = format!(
        r#"
name: gating
inputs: {{ photo: {{ type: image }} }}
budget_usd: 1
steps:
  cutout: {{ kind: image.remove_background, with: {{ image: "{{{{ inputs.photo }}}}" }} }}
  ladder: {{ kind: image.resize, with: {{ image: "{{{{ cutout.image }}}}", widths: [9] }} }}
  feed: {{ kind: image.convert, with: {{ image: "{{{{ cutout.image }}}}", format: jpeg }} }}
  small: {{ kind: image.resize, with: {{ image: "{{{{ feed.image }}}}", width: 9 }} }}
  seen: {{ kind: gate.quality, with: {{ images: ["{{{{ ladder.images }}}}", "{{{{ small.images }}}}"] }} }}
  good: {{ kind: gate.quality, with: {{ images: "{{{{ {judged} }}}}" }} }}
  out: {{ kind: publish, with: {{ assets: "{{{{ {assets} }}}}", target: {{ kind: s3 }} }}, after: [good] }}
"#
    );
    let problems = Pipeline::parse(&text).err().unwrap_or_default();
    problems.into_iter().map(|problem| problem.detail).collect()
}

#[test]
fn a_verdict_covers_what_deterministic_steps_make_of_it() {
    for (assets, judged) in [
        ("cutout.image", "cutout.image"),
        ("ladder.images", "cutout.image"),
        ("small.images", "cutout.image"),
        ("small.images", "feed.image"),
        ("inputs.photo", "inputs.photo"),
    ] {
        assert_eq!(publishing(assets, judged), [""; 0], "{assets} judged by {judged}");
    }
}

#[test]
fn a_verdict_does_not_cover_what_a_lane_makes_of_it() {
    assert_eq!(
        publishing("cutout.image", "inputs.photo"),
        ["{{ cutout.image }} would be published without a verdict"]
    );
}

#[test]
fn a_verdict_covers_neither_its_source_nor_its_siblings() {
    for (assets, judged) in [("cutout.image", "ladder.images"), ("feed.image", "ladder.images")] {
        let wanted = format!("{{{{ {assets} }}}} would be published without a verdict");
        assert_eq!(publishing(assets, judged), [wanted]);
    }
}

#[test]
fn a_verdict_that_comes_beside_the_publish_is_too_late() {
    assert_eq!(
        publishing("ladder.images", "inputs.photo"),
        ["out does not wait for seen, the gate of its assets"]
    );
}

/// Publishes a composite of two cut-outs and a text; says what is wrong.
fn composing(judged: &str, text: &str) -> Vec<String> {
    let document = format!(
        r#"
name: gating
inputs: {{ photo: {{ type: image }}, logo: {{ type: image }}, title: {{ type: text }} }}
budget_usd: 1
steps:
  card: {{ kind: image.composite, with: {{ image: "{{{{ inputs.photo }}}}", layers: [{{ image: "{{{{ inputs.logo }}}}" }}, {{ text: {text}, size: 9 }}] }} }}
  good: {{ kind: gate.quality, with: {{ images: [{judged}] }} }}
  seen: {{ kind: gate.moderation, with: {{ prompt: "{{{{ inputs.title }}}}" }} }}
  out: {{ kind: publish, with: {{ assets: "{{{{ card.image }}}}", target: {{ kind: s3 }} }}, after: [good] }}
"#
    );
    let problems = Pipeline::parse(&document).err().unwrap_or_default();
    problems.into_iter().map(|problem| problem.detail).collect()
}

#[test]
fn a_composite_is_covered_by_verdicts_on_all_its_pictures_or_by_its_own() {
    let (photo, logo) = (r#""{{ inputs.photo }}""#, r#""{{ inputs.logo }}""#);
    let (both, own) = (format!("{photo}, {logo}"), r#""{{ card.image }}""#);
    let missing = "{{ card.image }} would be published without a verdict";
    assert_eq!(composing(&both, "Sale"), [""; 0]);
    assert_eq!(composing(own, "Sale"), [""; 0]);
    assert_eq!(composing(photo, "Sale"), [missing]);
    assert_eq!(composing(logo, "Sale"), [missing]);
}

#[test]
fn words_that_come_with_the_job_are_covered_only_by_a_verdict_on_the_composite() {
    let (both, title) = (r#""{{ inputs.photo }}", "{{ inputs.logo }}""#, r#""{{ inputs.title }}""#);
    let missing = "{{ card.image }} would be published without a verdict";
    assert_eq!(composing(both, title), [missing]);
    assert_eq!(composing(r#""{{ card.image }}""#, title), [""; 0]);
}

#[test]
fn what_stands_in_must_be_covered_as_well() {
    let text = r#"
name: gating
inputs: { photo: { type: image }, other: { type: image } }
budget_usd: 1
steps:
  good: { kind: gate.quality, with: { images: "{{ inputs.photo }}" } }
  small: { kind: image.convert, with: { image: "{{ inputs.other }}", format: png } }
  feed: { kind: image.convert, with: { image: "{{ inputs.photo }}", format: jpeg }, on_error: { use: small } }
  out: { kind: publish, with: { assets: "{{ feed.image }}", target: { kind: s3 } }, after: [good] }
"#;
    let problems = Pipeline::parse(text).unwrap_err();
    assert_eq!(problems[0].detail, "{{ feed.image }} would be published without a verdict");
    assert!(
        Pipeline::parse(&text.replace(
            "\"{{ inputs.photo }}\" } }",
            "[\"{{ inputs.photo }}\", \"{{ inputs.other }}\"] } }"
        ))
        .is_ok()
    );
}

/// Publishes a film and a sound, judged like this; says what is wrong and what would be right.
fn playing(gate: &str) -> Vec<String> {
    let text = format!(
        r#"
name: gating
budget_usd: 1
steps:
  film: {{ kind: video.generate, with: {{ prompt: a boat }} }}
  tune: {{ kind: audio.generate, with: {{ prompt: a harp }} }}
  good: {{ kind: gate.quality, with: {{ {gate} }} }}
  out: {{ kind: publish, with: {{ assets: ["{{{{ film.video }}}}", "{{{{ tune.audio }}}}"], target: {{ kind: s3 }} }}, after: [good] }}
"#
    );
    let problems = Pipeline::parse(&text).err().unwrap_or_default();
    problems.into_iter().map(|problem| format!("{} — {}", problem.detail, problem.fix)).collect()
}

#[test]
fn films_and_sounds_are_published_once_they_are_judged() {
    let (film, tune) = ("video: '{{ film.video }}'", "audio: '{{ tune.audio }}'");
    assert_eq!(playing(&format!("{film}, {tune}")), [""; 0]);
    assert_eq!(
        playing(film),
        [
            "{{ tune.audio }} would be published without a verdict — add a gate with audio: \"{{ tune.audio }}\" (or what it is resized or converted from) and name that gate under out's after"
        ]
    );
    assert_eq!(
        playing(tune),
        [
            "{{ film.video }} would be published without a verdict — add a gate with video: \"{{ film.video }}\" (or what it is resized or converted from) and name that gate under out's after"
        ]
    );
    let wrong = playing("images: '{{ film.video }}'");
    assert!(
        wrong[0].starts_with("images takes images, but {{ film.video }} is video"),
        "{wrong:?}"
    );
    assert_eq!(
        playing("min_seconds: 3")[0],
        "good judges nothing — add images, audio or video, each a reference"
    );
}

#[test]
fn what_is_asked_of_films_and_sounds_is_not_asked_of_pictures() {
    let idle = |gate: &str| {
        let told = playing(gate).into_iter().filter(|told| told.contains("asked of what plays"));
        told.collect::<Vec<_>>()
    };
    assert_eq!(
        idle("audio: '{{ tune.audio }}', loudness_min: -23, fps_min: 24"),
        [
            "fps_min is asked of what plays, and good judges nothing of the kind — take it out, or add video, or audio for a sound"
        ]
    );
    assert_eq!(idle("video: '{{ film.video }}', loudness_min: -23, fps_min: 24"), [""; 0]);
    assert_eq!(idle("images: '{{ film.video }}', max_seconds: 3").len(), 1);
}
