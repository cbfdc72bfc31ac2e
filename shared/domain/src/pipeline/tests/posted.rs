//! Posts: read, checked, and made a step for each of their targets.

use crate::pipeline::{Mandate, OnError, Pipeline, document};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

fn written() -> Value {
    json!({
        "name": "announce", "budget_usd": 1, "inputs": { "prompt": { "type": "text" } },
        "steps": {
            "make": { "kind": "image.generate", "with": { "prompt": "{{ inputs.prompt }}" } },
            "safe": { "kind": "gate.moderation", "with": { "images": "{{ make.image }}", "accept_unjudged": true } },
            "announce": { "kind": "publish", "after": ["safe"], "with": {
                "targets": [
                    { "kind": "bluesky", "connection": "brand" },
                    { "kind": "wordpress", "connection": "blog", "status": "draft" },
                ],
                "post": {
                    "title": "Tea: {{ inputs.prompt }}", "body": "All of *it*.", "tags": ["tea"],
                    "media": [{ "asset": "{{ make.image }}", "alt": "A cup of {{ inputs.prompt }}" }],
                    "embeds": [{ "url": "https://v.example.com/1" }],
                },
            } },
            "later": { "kind": "publish", "after": ["announce"], "with": {
                "assets": "{{ make.image }}", "target": { "kind": "s3" },
            } },
        },
    })
}

/// What is wrong with a document, without what would be right.
fn problems_of(document: &Value) -> Vec<String> {
    let problems = Pipeline::from_value(document).err().unwrap_or_default();
    problems.iter().map(|problem| format!("{}: {}", problem.pointer, problem.detail)).collect()
}

fn changed(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut document = written();
    change(&mut document);
    problems_of(&document)
}

fn bound() -> Pipeline {
    let pipeline = Pipeline::from_value(&written()).unwrap();
    pipeline.bound(&json!({ "prompt": "oolong" }), &BTreeMap::new()).unwrap().pipeline
}

#[test]
fn each_target_of_a_post_is_a_step_of_its_own() {
    let job = bound();
    let names: Vec<&str> = job.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["announce~bluesky", "announce~wordpress", "later", "make", "safe"]);
    let step = job.step("announce~wordpress").unwrap();
    let target = json!({ "kind": "wordpress", "connection": "blog", "status": "draft" });
    assert_eq!(step.with["target"], target);
    assert!(step.aimed() && !step.aims() && step.on_error == OnError::Skip);
    assert_eq!(job.step("later").unwrap().after, ["announce~bluesky", "announce~wordpress"]);
}

#[test]
fn what_a_post_says_is_written_for_its_job() {
    let (job, labels) = (bound(), BTreeMap::new());
    let step = job.step("announce~bluesky").unwrap();
    let inputs: Map<String, Value> = json!({ "prompt": "oolong" }).as_object().unwrap().clone();
    let outputs = |_: &str, _: &str| Some(json!("as_1"));
    let scope = crate::pipeline::Scope {
        inputs: &inputs,
        labels: &labels,
        each: step.each.as_ref(),
        outputs: &outputs,
    };
    let with = crate::pipeline::resolve(&step.with, &scope).unwrap();
    assert_eq!(with["post.title"], "Tea: oolong");
    assert_eq!(with["post.media"], json!([{ "asset": "as_1", "alt": "A cup of oolong" }]));
    assert_eq!(with["post.embeds"], json!([{ "url": "https://v.example.com/1", "kind": "link" }]));
}

#[test]
fn a_pipeline_with_a_post_is_written_as_it_is_read() {
    let pipeline = Pipeline::from_value(&written()).unwrap();
    assert_eq!(Pipeline::from_value(&document(&pipeline)).unwrap(), pipeline);
    assert_eq!(document(&pipeline)["steps"]["announce"]["with"]["post"]["tags"], json!(["tea"]));
}

#[test]
fn the_sample_announces_a_picture_at_four_places() {
    let sample = include_str!("../../../../../infra/pipelines/announce.yaml");
    let pipeline = Pipeline::parse(sample).unwrap();
    let inputs = json!({ "prompt": "a cup", "title": "Tea", "text": "All of it." });
    let job = pipeline.bound(&inputs, &BTreeMap::new()).unwrap().pipeline;
    assert_eq!(job.steps.iter().filter(|step| step.aimed()).count(), 4);
}

#[test]
fn two_accounts_of_one_kind_are_told_apart_by_their_connections() {
    let mut document = written();
    document["steps"]["announce"]["with"]["targets"] = json!([
        { "kind": "bluesky", "connection": "brand" }, { "kind": "bluesky", "connection": "founder" },
    ]);
    let job = Pipeline::from_value(&document).unwrap();
    let job = job.bound(&json!({ "prompt": "x" }), &BTreeMap::new()).unwrap().pipeline;
    assert!(
        job.step("announce~bluesky-brand").is_some()
            && job.step("announce~bluesky-founder").is_some()
    );
}

#[test]
fn a_medium_of_a_post_needs_a_verdict_as_an_asset_does() {
    let told =
        changed(|d| d["steps"]["safe"]["with"] = json!({ "prompt": "x", "accept_unjudged": true }));
    assert!(told[0].starts_with("/steps/announce/with/post/media/0/asset: {{ make.image }} would be published without a verdict"), "{told:?}");
}

#[test]
fn words_alone_need_a_gate_before_them() {
    let alone = |d: &mut Value| {
        d["steps"]["announce"]["with"]["post"].as_object_mut().unwrap().remove("media");
        d["steps"]["announce"]["after"] = json!([]);
        d["steps"]["later"]["after"] = json!(["safe"]);
    };
    assert_eq!(
        changed(alone),
        ["/steps/announce/with/post: announce would publish words that no gate has judged"]
    );
}

#[test]
fn what_is_wrong_with_a_post_is_told_where_it_stands() {
    let with = |change: fn(&mut Value)| changed(|d| change(&mut d["steps"]["announce"]["with"]));
    for (change, told) in [
        (
            (|w| w["post"]["titel"] = json!("x")) as fn(&mut Value),
            "/steps/announce/with/post/titel: publish has no parameter post.titel",
        ),
        (
            |w| w["post"]["title"] = json!(7),
            "/steps/announce/with/post/title: post.title is 7, which is no text",
        ),
        (|w| w["post"] = json!("x"), "/steps/announce/with/post: post is \"x\""),
        (
            |w| w["post"]["media"][0]["alt"] = json!("{{ inputs.x }}"),
            "/steps/announce/with/post/media/0/alt: there is no input x",
        ),
        (
            |w| w["post"]["media"][0] = json!({ "alt": "x" }),
            "/steps/announce/with/post/media/0/asset: an entry of post.media has no asset",
        ),
        (
            |w| w["post"]["embeds"][0] = json!({ "url": "https://x", "kind": "film" }),
            "/steps/announce/with/post/embeds/0/kind: kind is \"film\"",
        ),
        (
            |w| w["post"]["canonical_url"] = json!("tea"),
            "/steps/announce/with/post/canonical_url: the post's canonical_url is \"tea\"",
        ),
        (
            |w| w["assets"] = json!("{{ make.image }}"),
            "/steps/announce/with/assets: announce has a post and assets",
        ),
        (
            |w| w["target"] = json!({ "kind": "s3" }),
            "/steps/announce/with/target: announce names a target and targets",
        ),
        (|w| w["targets"] = json!([]), "/steps/announce/with/targets: targets is an empty list"),
        (
            |w| w["targets"][0] = json!({ "kind": "myspace" }),
            "/steps/announce/with/targets/0/kind: no post can go to a target of kind \"myspace\"",
        ),
        (
            |w| w["targets"][0] = json!({ "kind": "bluesky" }),
            "/steps/announce/with/targets/0/connection: the target bluesky names no connection",
        ),
        (
            |w| w["targets"][0]["status"] = json!("draft"),
            "/steps/announce/with/targets/0/status: Bluesky keeps no drafts",
        ),
        (
            |w| w["targets"][1] = w["targets"][0].clone(),
            "/steps/announce/with/targets/1: the same target twice",
        ),
        (
            |w| drop(w["post"].as_object_mut().unwrap().remove("title")),
            "/steps/announce/with/post/title: WordPress publishes articles, and the post has no title",
        ),
    ] {
        let found = with(change);
        assert!(found.iter().any(|found| found.starts_with(told)), "{told}: {found:?}");
    }
    let found = changed(|d| d["steps"]["announce"]["foreach"] = json!({ "one": ["a"] }));
    assert_eq!(found[0], "/steps/announce/foreach: announce has targets and a foreach");
}

#[test]
fn assets_cannot_go_where_only_posts_go() {
    let told = changed(|d| {
        d["steps"]["later"]["with"]["target"] = json!({ "kind": "x", "connection": "brand" })
    });
    assert_eq!(told, ["/steps/later/with/target/kind: X takes posts, and this publishes assets"]);
}

#[test]
fn a_mandate_judges_the_media_and_the_words_of_a_post_once_for_all_targets() {
    let gates = json!({ "gates": { "brand": { "kind": "gate.moderation", "with": { "accept_unjudged": true } } } });
    let mandate = Mandate::parse(&gates.to_string()).unwrap();
    let gated = mandate.over(bound()).unwrap();
    let judges: Vec<_> =
        gated.pipeline().steps.iter().filter(|step| step.mandated.is_some()).collect();
    assert_eq!(judges.len(), 2, "one for the post, one for what is published later");
    let ours = judges.iter().find(|gate| gate.name.ends_with("announce")).unwrap();
    assert_eq!(ours.with["images"], json!(["{{ make.image }}"]));
    assert_eq!(ours.with["prompt"], "All of *it*.");
    for target in ["announce~bluesky", "announce~wordpress"] {
        assert!(gated.pipeline().step(target).unwrap().after.contains(&ours.name));
    }
}

#[test]
fn what_is_wrong_with_a_window_is_told_where_it_stands() {
    let with = |window: Value| {
        let told = changed(|d| d["steps"]["announce"]["with"]["window"] = window);
        let place = "/steps/announce/with/window";
        told.into_iter().map(|told| told.replacen(place, "", 1)).collect::<Vec<_>>()
    };
    for (window, wanted) in [
        (json!({ "at": "{{ inputs.prompt }}", "zone": "Europe/Berlin" }), vec![]),
        (json!({ "hours": { "from": "22:00", "to": "04:00" } }), vec![]),
        (json!({ "at": "soon" }), vec!["/at: at is \"soon\", which is no time"]),
        (
            json!({ "zone": "Berlin", "any_hour": true }),
            vec!["/zone: there is no time zone \"Berlin\""],
        ),
        (
            json!({ "at": "2026-12-01T09:00Z", "approved_by": "2026-12-01T10:00Z", "else": "next" }),
            vec!["/approved_by: it may be approved after it is published"],
        ),
        (
            json!({ "else": "drop" }),
            vec!["/else: else says what is done after a time, and none is said"],
        ),
        (
            json!({ "hours": { "from": "09:00", "to": "25:00" } }),
            vec!["/hours/to: \"25:00\" is no time of a day"],
        ),
        (
            json!({ "opens": "2026-12-01T09:00" }),
            vec!["/opens: publish has no parameter window.opens"],
        ),
    ] {
        let told = with(window.clone());
        assert_eq!(told, wanted, "{window}");
    }
}

#[test]
fn the_sample_with_a_window_is_published_at_each_target_by_itself() {
    let sample = include_str!("../../../../../infra/pipelines/announce-at.yaml");
    let pipeline = Pipeline::parse(sample).unwrap();
    let mut again = Pipeline::from_value(&document(&pipeline)).unwrap();
    again.steps.sort_by_key(|step| pipeline.steps.iter().position(|s| s.name == step.name));
    assert_eq!(again, pipeline);
    let inputs = json!({ "text": "Tea.", "when": "2026-12-01T09:00" });
    let job = pipeline.bound(&inputs, &BTreeMap::new()).unwrap().pipeline;
    for step in ["announce~bluesky", "announce~feed"] {
        assert!(job.step(step).unwrap().waits(), "{step}");
    }
}
