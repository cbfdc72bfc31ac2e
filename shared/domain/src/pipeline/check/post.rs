//! What a publish says of a post, and of the places that it goes to.

use super::super::kinds::{Kind, POST};
use super::super::problem::{Problems, child};
use super::super::read::{Sketch, shown};
use super::super::suggest::did_you_mean;
use super::{Graph, params};
use crate::post::Able;
use crate::post::able::Text;
use serde_json::Value;

pub(super) fn check(graph: &Graph<'_>, problems: &mut Problems) {
    let publishes = |step: &&Sketch| step.kind == Some(Kind::Publish);
    for step in graph.draft.steps.iter().filter(publishes) {
        let given = |name: &str| step.with.contains_key(name);
        let place = child(&step.pointer, "with");
        if given("targets") && given("target") {
            let detail = format!("{} names a target and targets", step.name);
            problems.add(&child(&place, "target"), detail, "put it into targets");
        }
        if given("targets") && step.foreach.is_some() {
            let detail = format!("{} has targets and a foreach", step.name);
            let fix = "take foreach out, or write a step for each target";
            problems.add(&child(&step.pointer, "foreach"), detail, fix);
        }
        match params::posts(step) {
            true if given("assets") => {
                let detail = format!("{} has a post and assets", step.name);
                let fix = "name them under post.media, or take post out";
                problems.add(&child(&place, "assets"), detail, fix);
            }
            false if given("targets") => {
                let detail = format!("{} has targets and no post", step.name);
                let fix = "add post: { body: … }, or write a step for each target";
                problems.add(&child(&place, "post"), detail, fix);
            }
            true => post(step, &place, problems),
            false => {}
        }
    }
}

/// What some target of the post needs.
fn post(step: &Sketch, place: &str, problems: &mut Problems) {
    let given = |field: &str| step.with.contains_key(&format!("{POST}{field}"));
    let one = step.with.get("target").into_iter();
    let many = step.with.get("targets").and_then(Value::as_array).into_iter().flatten();
    let kinds = one.chain(many).filter_map(|target| target.get("kind")?.as_str());
    if given("entry") {
        return entry(step, &kinds.collect::<Vec<_>>(), place, problems);
    }
    let article = kinds.filter_map(Able::of).find(|able| matches!(able.text, Text::Article { .. }));
    if let Some(able) = article.filter(|_| !given("title")) {
        let detail = format!("{} publishes articles, and the post has no title", able.name);
        problems.add(&child(&child(place, "post"), "title"), detail, "add title: …");
    }
    if !given("body") && !given("summary") && !given("title") && !given("media") {
        let detail = format!("the post of {} says nothing", step.name);
        problems.add(&child(place, "post"), detail, "add body: the text in Markdown");
    }
    let address = |text: &str| text.starts_with("https://") || text.contains("{{");
    let home = step.with.get("post.canonical_url");
    if let Some(home) = home.filter(|home| !home.as_str().is_some_and(address)) {
        let detail = format!("the post's canonical_url is {}", shown(home));
        problems.add(&child(&child(place, "post"), "canonical_url"), detail, "use https://…");
    }
}

/// What a picture for an entry needs, and what it cannot have: the entry keeps its words.
fn entry(step: &Sketch, kinds: &[&str], place: &str, problems: &mut Problems) {
    let place = child(place, "post");
    let known = Able::with_entries();
    if kinds.len() != 1 || kinds.iter().any(|kind| !known.contains(kind)) {
        let detail = "an entry gets its picture at one target that has entries";
        let fix = format!("name one target, of kind {}", known.join(", "));
        problems.add(&child(&place, "entry"), detail, fix);
    }
    if !step.with.contains_key("post.media") {
        let detail = format!("{} puts no picture into the entry", step.name);
        let fix = "add media: [{ asset: …, alt: … }]";
        problems.add(&child(&place, "media"), detail, fix);
    }
    const OURS: [&str; 4] = ["entry", "media", "disclosure", "if_not_flagged"];
    let fields = step.with.keys().filter_map(|name| name.strip_prefix(POST));
    for field in fields.filter(|field| !OURS.contains(field)) {
        let detail = format!("an entry keeps its {field}");
        problems.add(&child(&place, field), detail, "take it out, or take entry out");
    }
}

/// What is wrong with one place that a post goes to.
pub(super) fn target(
    map: &serde_json::Map<String, Value>,
    able: &Able,
    pointer: &str,
    problems: &mut Problems,
) {
    const FIELDS: &[&str] = &[
        "kind",
        "connection",
        "status",
        "visibility",
        "text",
        "thread",
        "options",
        "url",
        "prefix",
    ];
    for field in map.keys().filter(|field| !FIELDS.contains(&field.as_str())) {
        let detail = format!("a target of a post has no field {field}");
        let fix = match did_you_mean(field, FIELDS.iter().copied()) {
            fix if fix.starts_with("did") => fix,
            _ => "put what only this target knows under options".into(),
        };
        problems.add(&child(pointer, field), detail, fix);
    }
    let mut must = |field: &str, fits: &dyn Fn(&Value) -> bool, fix: &str| {
        if let Some(value) = map.get(field).filter(|value| !fits(value)) {
            let detail = format!("the target's {field} is {}", shown(value));
            problems.add(&child(pointer, field), detail, fix);
        }
    };
    let word = |words: &'static [&'static str]| {
        move |value: &Value| value.as_str().is_some_and(|word| words.contains(&word))
    };
    must("status", &word(&["publish", "draft"]), "use publish or draft");
    must("text", &word(&["body", "summary", "title"]), "use body, summary or title");
    must("thread", &Value::is_boolean, "use true or false");
    must("options", &Value::is_object, "make it a mapping");
    must("visibility", &Value::is_string, "use a word that the target knows, such as public");
    must(
        "url",
        &|value| value.as_str().is_some_and(|url| url.starts_with("https://")),
        "use https://…",
    );
    must(
        "prefix",
        &super::target::prefix,
        "use a path of a-z, A-Z, 0-9, -, _ and . between single slashes",
    );
    let name =
        |value: &Value| value.as_str().is_some_and(|name| super::super::is_name(name, '-', 40));
    must(
        "connection",
        &name,
        "use the name of a connection: a lower-case letter, then a-z, 0-9 and -",
    );
    if able.connects() && !map.contains_key("connection") {
        let detail = format!("the target {} names no connection", able.target);
        let fix = "add connection: NAME, one that galley connections list shows";
        problems.add(&child(pointer, "connection"), detail, fix);
    }
    if able.target == "webhook" && !map.contains_key("url") {
        problems.add(&child(pointer, "url"), "the webhook has no url", "add url: https://…");
    }
    if map.get("status").and_then(Value::as_str) == Some("draft") && !able.verbs.draft {
        let detail = format!("{} keeps no drafts", able.name);
        problems.add(&child(pointer, "status"), detail, "take status out");
    }
}
