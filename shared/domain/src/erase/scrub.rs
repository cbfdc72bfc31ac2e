//! Records without what somebody said or showed: ids, hashes, states, times and money stay.

use super::posts::PAGES;
use crate::id::AssetId;
use crate::record::Tombstone;
use crate::store::{Item, Key, Write, sort_key};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What of a step's definition stays: enough to show that it was there.
const OF_A_STEP: [&str; 7] = ["name", "kind", "after", "deadline_s", "lane", "retry", "mandated"];
/// What an event may still say.
const OF_AN_EVENT: [&str; 12] = [
    "usd", "cost", "fraction", "run", "round", "outputs", "verdict", "host", "audit", "by",
    "decision", "review",
];

/// What is erased of a job's records.
pub(super) struct Scrub<'a> {
    /// The assets whose bytes go.
    pub(super) assets: &'a BTreeSet<AssetId>,
    /// Whether all that was said goes, too.
    pub(super) texts: bool,
    /// What is left in their place.
    pub(super) tombstone: &'a Tombstone,
}

impl Scrub<'_> {
    /// The change that takes the words out of a record; none where it has none.
    pub(super) fn write(&self, item: &Item) -> Option<Write> {
        let fields = match sort_key(item).split('#').next()? {
            "ASSET" => self.asset(item)?,
            "PUBLICATION" => self.publication(item)?,
            _ if !self.texts => return None,
            "META" => json!({ "inputs": {}, "reason": null, "degraded": null }),
            "PLAN" => json!({ "pipeline": pipeline(item.get("pipeline")?) }),
            "STEP" => json!({
                "error": null, "verdict": verdict(item.get("verdict")),
                "skipped": skipped(item.get("skipped")), "note": null,
            }),
            "REVIEW" => json!({
                "verdict": verdict(item.get("verdict")), "edited": null,
                "decided": decided(item.get("decided")),
            }),
            "WINDOW" => json!({ "by": null }),
            "POSTING" => self.posting(item),
            "ATTEMPT" => json!({ "error": null, "work": work(item.get("work")?) }),
            "EVENT" => json!({ "data": only(item.get("data")?, &OF_AN_EVENT) }),
            _ => return None,
        };
        let pk = item.get("pk").and_then(Value::as_str).unwrap_or_default();
        Some(Write::set(Key::new(pk, sort_key(item)), fields))
    }

    fn named(&self, item: &Item, field: &str) -> bool {
        let id = item.get(field).and_then(Value::as_str);
        id.and_then(|id| AssetId::parse(id).ok()).is_some_and(|id| self.assets.contains(&id))
    }

    fn asset(&self, item: &Item) -> Option<Value> {
        // What went before went then, and for that reason.
        let erased = item.get("erased").cloned().unwrap_or_else(|| json!(self.tombstone));
        let fields = json!({ "erased": erased, "text": null, "phash": null, "upload": null, "edited": null });
        self.named(item, "id").then_some(fields)
    }

    /// What others show stays found; our own page went, and its address was made of its words.
    fn posting(&self, item: &Item) -> Value {
        let mut fields = json!({ "error": null, "changed": [], "progress": null });
        let target = item.get("target").and_then(Value::as_str).unwrap_or_default();
        if PAGES.contains(&target) {
            let down = item.get("taken_down").cloned().unwrap_or_else(|| json!(self.tombstone));
            (fields["location"], fields["remote"]) = (Value::Null, Value::Null);
            fields["taken_down"] = down;
        }
        fields
    }

    fn publication(&self, item: &Item) -> Option<Value> {
        self.named(item, "asset").then(|| json!({ "location": null, "error": null }))
    }
}

fn only(fields: &Value, names: &[&str]) -> Value {
    let fields = fields.as_object().into_iter().flatten();
    fields
        .filter(|(name, _)| names.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect::<Map<_, _>>()
        .into()
}

fn verdict(verdict: Option<&Value>) -> Value {
    verdict.map_or(Value::Null, |verdict| only(verdict, &["verdict"]))
}

/// Who decided what stays; what they said goes.
fn decided(decided: Option<&Value>) -> Value {
    decided.map_or(Value::Null, |decided| only(decided, &["decision", "by", "at", "effect_at"]))
}

/// That a step was skipped stays; a condition or an error may say what was asked for.
fn skipped(skipped: Option<&Value>) -> Value {
    let mut left = skipped.map_or(Value::Null, |skipped| only(skipped, &["run", "error"]));
    if left.is_object() {
        left["reason"] = json!("erased");
    }
    left
}

fn work(work: &Value) -> Value {
    let mut work = work.clone();
    work["params"] = json!({});
    work["inputs"] = json!({});
    work
}

fn pipeline(pipeline: &Value) -> Value {
    let mut scrubbed = pipeline.clone();
    scrubbed["description"] = json!("");
    scrubbed["inputs"] = json!({});
    let steps = pipeline["steps"].as_array().into_iter().flatten().map(|step| {
        let mut step = only(step, &OF_A_STEP);
        step["with"] = json!({});
        step
    });
    scrubbed["steps"] = steps.collect();
    scrubbed
}
