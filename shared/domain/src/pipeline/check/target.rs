//! Where a publish step publishes.

use serde_json::{Map, Value};

use super::super::problem::{Problems, child};
use super::super::read::shown;
use super::super::suggest::did_you_mean;
use crate::post::Able;

const S3: &[&str] = &["kind", "prefix", "name_by", "cache_control", "latest"];
const LOGIN: &str = "carries a user name";
const WEBHOOK: &[&str] = &["kind", "url"];
const PARTNER: &[&str] = &["kind", "url", "product"];

/// Whether something is published there.
pub(super) fn is_target(kind: &str) -> bool {
    ["s3", "webhook", "print-partner"].contains(&kind) || Able::of(kind).is_some()
}

/// The targets of a post.
pub(super) fn list(value: &Value, posts: bool, pointer: &str, problems: &mut Problems) {
    let Some(targets) = value.as_array().filter(|targets| !targets.is_empty()) else {
        let fix = "make it a list, such as [{ kind: bluesky, connection: brand }, { kind: s3 }]";
        return problems.add(pointer, format!("targets is {}", shown(value)), fix);
    };
    if AT_ONCE < targets.len() {
        let detail = format!("targets has {} entries", targets.len());
        return problems.add(pointer, detail, format!("keep to {AT_ONCE}"));
    }
    let same = |one: &Value, other: &Value| {
        let of = |target: &Value, field: &str| target.get(field).cloned();
        ["kind", "connection"].into_iter().all(|field| of(one, field) == of(other, field))
    };
    for (index, target) in targets.iter().enumerate() {
        let place = child(pointer, &index.to_string());
        check(target, posts, &place, problems);
        if targets[..index].iter().any(|other| same(other, target)) {
            problems.add(&place, "the same target twice", "name it once");
        }
    }
}

/// Most targets of one post.
const AT_ONCE: usize = 20;

pub(super) fn check(value: &Value, posts: bool, pointer: &str, problems: &mut Problems) {
    let Some(map) = value.as_object() else {
        let fix = "make it a mapping: { kind: s3 } or { kind: webhook, url: https://… }";
        return problems.add(pointer, format!("the target is {}", shown(value)), fix);
    };
    let Some(kind) = map.get("kind") else {
        let fix = "add kind: s3, kind: webhook or kind: print-partner";
        return problems.add(&child(pointer, "kind"), "the target has no kind", fix);
    };
    if let Some(able) = kind.as_str().filter(|_| posts).and_then(Able::of) {
        return super::post::target(map, able, pointer, problems);
    }
    if posts {
        let words: Vec<&str> = Able::all().iter().map(|able| able.target).collect();
        let fix = did_you_mean(kind.as_str().unwrap_or_default(), words.iter().copied());
        let detail = format!("no post can go to a target of kind {}", shown(kind));
        return problems.add(&child(pointer, "kind"), detail, fix);
    }
    if let Some(able) = kind.as_str().and_then(Able::of).filter(|able| able.connects()) {
        let detail = format!("{} takes posts, and this publishes assets", able.name);
        let fix = "write post: { body: …, media: [{ asset: … }] } instead of assets";
        return problems.add(&child(pointer, "kind"), detail, fix);
    }
    match kind.as_str() {
        Some("s3") => s3(map, pointer, problems),
        Some("webhook") => webhook(map, pointer, problems),
        Some("print-partner") => partner(map, pointer, problems),
        word => {
            let fix = did_you_mean(word.unwrap_or_default(), ["s3", "webhook", "print-partner"]);
            let detail = format!("there is no target kind {}", shown(kind));
            problems.add(&child(pointer, "kind"), detail, fix);
        }
    }
}

fn known(
    map: &Map<String, Value>,
    fields: &[&str],
    kind: &str,
    pointer: &str,
    problems: &mut Problems,
) {
    for field in map.keys().filter(|field| !fields.contains(&field.as_str())) {
        let detail = format!("a target of kind {kind} has no field {field}");
        problems.add(&child(pointer, field), detail, did_you_mean(field, fields.iter().copied()));
    }
}

fn s3(map: &Map<String, Value>, pointer: &str, problems: &mut Problems) {
    known(map, S3, "s3", pointer, problems);
    let mut must = |field: &str, fits: &dyn Fn(&Value) -> bool, fix: &str| {
        if let Some(value) = map.get(field).filter(|value| !fits(value)) {
            let detail = format!("the target's {field} is {}", shown(value));
            problems.add(&child(pointer, field), detail, fix);
        }
    };
    must(
        "prefix",
        &|value| value.as_str().is_some_and(is_prefix),
        "use a path of a-z, A-Z, 0-9, -, _ and . between single slashes, such as heroes/2026",
    );
    must(
        "name_by",
        &|value| matches!(value.as_str(), Some("key" | "hash")),
        "use key (a stable name) or hash (a name that follows the bytes)",
    );
    must(
        "cache_control",
        &|value| value.as_str().is_some_and(is_header),
        "use a Cache-Control value, such as public, max-age=31536000, immutable",
    );
    must("latest", &Value::is_boolean, "use true or false");
}

/// Whether a value is a path for files.
pub(super) fn prefix(value: &Value) -> bool {
    value.as_str().is_some_and(is_prefix)
}

fn is_prefix(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part.trim_matches('.') == part
            && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    };
    text.len() <= 200 && text.split('/').all(part)
}

fn is_header(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= 200 && text.chars().all(|c| (' '..='~').contains(&c))
}

fn webhook(map: &Map<String, Value>, pointer: &str, problems: &mut Problems) {
    known(map, WEBHOOK, "webhook", pointer, problems);
    url(map, "webhook", pointer, problems);
}

/// Who takes orders, and what of theirs is ordered.
fn partner(map: &Map<String, Value>, pointer: &str, problems: &mut Problems) {
    known(map, PARTNER, "print-partner", pointer, problems);
    url(map, "print partner", pointer, problems);
    if map.get("url").and_then(Value::as_str).is_some_and(|url| url.contains('?')) {
        let fix = "give the address that /orders is put behind";
        problems.add(&child(pointer, "url"), "the print partner's url has a query", fix);
    }
    let product = map.get("product").unwrap_or(&Value::Null);
    if !product.as_str().is_some_and(is_product) {
        let fix = "use the partner's own name for it, up to 100 of a-z, A-Z, 0-9, -, _, . and /";
        let detail = format!("the target's product is {}", shown(product));
        problems.add(&child(pointer, "product"), detail, fix);
    }
}

fn is_product(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    (1..=100).contains(&text.len()) && text.chars().all(fits)
}

fn url(map: &Map<String, Value>, who: &str, pointer: &str, problems: &mut Problems) {
    let place = child(pointer, "url");
    let Some(value) = map.get("url") else {
        return problems.add(&place, format!("the {who} has no url"), "add url: https://…");
    };
    let wrong = match value.as_str() {
        Some(url) if url.len() > 2_000 => Some("is longer than 2000 characters"),
        Some(url) => misfit(url),
        None => Some("is no text"),
    };
    if let Some(wrong) = wrong {
        let fix = "use https://HOST/PATH without user name, blanks or #";
        // Never repeated where it holds a password.
        let url = if wrong == LOGIN { String::new() } else { format!(" {}", shown(value)) };
        problems.add(&place, format!("the {who}'s url{url} {wrong}"), fix);
    }
}

fn misfit(url: &str) -> Option<&'static str> {
    let Some(rest) = url.strip_prefix("https://") else { return Some("does not use https") };
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    if host.is_empty() || host.starts_with(':') {
        Some("names no host")
    } else if host.contains('@') {
        Some(LOGIN)
    } else if url.chars().any(|c| !('!'..='~').contains(&c) || "#\\\"<>".contains(c)) {
        Some("holds characters that a URL cannot")
    } else {
        None
    }
}
