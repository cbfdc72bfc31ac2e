//! Labels: the caller's own marks on a job, by which it is found again and its spend is told apart.

use crate::error::Result;
use crate::id::{JobId, TenantId};
use crate::pipeline::Problem;
use crate::record::JobRecord;
use crate::store::{Key, Write, sort_key};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Most labels of a job.
pub const LABELS_MOST: usize = 10;
/// Most characters of a label's name.
pub const NAME_MOST: usize = 40;
/// Most characters of a label's value.
pub const VALUE_MOST: usize = 100;

/// Labels by name.
pub type Labels = BTreeMap<String, String>;

/// Whether a label may be called so: a lower-case letter, then letters, digits and `. _ -`.
pub fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    name.len() <= NAME_MOST
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(fits)
}

/// Why a text is no value of a label, and what to do; none where it is one.
pub fn value_misfit(text: &str) -> Option<(String, String)> {
    let length = text.chars().count();
    if text.trim().is_empty() {
        return Some((
            "the label is an empty text".into(),
            "write something, or take it out".into(),
        ));
    }
    if VALUE_MOST < length {
        let detail = format!("the label has {length} characters");
        return Some((detail, format!("shorten it to {VALUE_MOST}")));
    }
    let control = text.chars().any(char::is_control);
    control.then(|| ("the label has control characters".into(), "keep it to one line".into()))
}

/// What a label's name should be.
pub fn name_rule() -> String {
    format!("use a lower-case letter, then at most {} of a-z, 0-9 and . _ -", NAME_MOST - 1)
}

/// The labels of a mapping, and all that is wrong with them; places begin at `pointer`.
pub fn read(given: &Map<String, Value>, pointer: &str) -> (Labels, Vec<Problem>) {
    if LABELS_MOST < given.len() {
        let detail = format!("there are {} labels", given.len());
        return (Labels::new(), vec![Problem::new(pointer, detail, most())]);
    }
    let (mut labels, mut problems) = (Labels::new(), Vec::new());
    for (name, value) in given {
        let place = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
        if !is_name(name) {
            let short: String = name.chars().take(80).collect();
            let detail = format!("the label's name is {short:?}");
            problems.push(Problem::new(&place, detail, name_rule()));
        }
        match value.as_str().map(|text| (text, value_misfit(text))) {
            Some((text, None)) => {
                labels.insert(name.clone(), text.to_owned());
            }
            Some((_, Some((detail, fix)))) => problems.push(Problem::new(&place, detail, fix)),
            None => {
                let (detail, fix) = match value {
                    Value::Number(_) | Value::Bool(_) => {
                        (format!("the label is {value}"), format!("put it in quotes: \"{value}\""))
                    }
                    Value::Null => ("the label is empty".into(), "give a text".into()),
                    Value::Array(_) => ("the label is a list".into(), "give a text".into()),
                    _ => ("the label is a mapping".into(), "give a text".into()),
                };
                problems.push(Problem::new(&place, detail, fix));
            }
        }
    }
    (labels, problems)
}

/// What to do about too many labels.
pub fn most() -> String {
    format!("keep it within {LABELS_MOST}")
}

/// A pipeline's labels under a job's own, which win.
pub fn merged(pipeline: &Labels, own: &Labels) -> Labels {
    pipeline.iter().chain(own).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The partition of a tenant's jobs with this label.
pub fn partition(tenant: &TenantId, name: &str, value: &str) -> String {
    format!("LABEL#{tenant}#{name}#{value}")
}

/// Where the entries lie by which a job is found, one for each label.
pub fn keys(tenant: &TenantId, job: &JobId, labels: &Labels) -> Vec<Key> {
    let key = |(name, value): (&String, &String)| {
        Key::new(partition(tenant, name, value), job.to_string())
    };
    labels.iter().map(key).collect()
}

/// The entries by which a job is found, written with the job itself.
pub fn entries(job: &JobRecord) -> Result<Vec<Write>> {
    let keys = keys(&job.tenant, &job.id, &job.labels);
    keys.into_iter().map(|key| Write::create(key, &json!({}))).collect()
}

/// The job that an entry is about.
pub fn job_of(entry: &crate::store::Item) -> Result<JobId> {
    JobId::parse(sort_key(entry))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn said(given: Value, expected: &[&str]) {
        let (_, problems) = read(given.as_object().unwrap(), "/labels");
        let said: Vec<String> = problems.iter().map(Problem::to_string).collect();
        assert_eq!(said, expected);
    }

    #[test]
    fn each_misfit_is_told_with_its_place_and_its_mend() {
        let rule = name_rule();
        said(json!({ "campaign": "spring", "x.y_z-1": "é" }), &[]);
        said(
            json!({ "Sku": "a" }),
            &[&format!("/labels/Sku: the label's name is \"Sku\" — {rule}")],
        );
        said(
            json!({ "a/b": "a" }),
            &[&format!("/labels/a~1b: the label's name is \"a/b\" — {rule}")],
        );
        said(json!({ "a": 7 }), &["/labels/a: the label is 7 — put it in quotes: \"7\""]);
        said(json!({ "a": ["b"] }), &["/labels/a: the label is a list — give a text"]);
        said(
            json!({ "a": " " }),
            &["/labels/a: the label is an empty text — write something, or take it out"],
        );
        said(
            json!({ "a": "b\nc" }),
            &["/labels/a: the label has control characters — keep it to one line"],
        );
        said(
            json!({ "a": "x".repeat(101) }),
            &["/labels/a: the label has 101 characters — shorten it to 100"],
        );
        let many: Map<_, _> = (0..11).map(|n| (format!("l{n}"), json!("x"))).collect();
        said(many.into(), &["/labels: there are 11 labels — keep it within 10"]);
    }

    #[test]
    fn names_end_at_forty_characters() {
        assert!(is_name(&"a".repeat(40)) && !is_name(&"a".repeat(41)) && !is_name(""));
        assert!(!is_name("1st") && !is_name("größe"));
    }

    #[test]
    fn a_jobs_own_labels_win_over_its_pipelines() {
        let of = |pairs: &[(&str, &str)]| -> Labels {
            pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
        };
        let pipeline = of(&[("campaign", "spring"), ("team", "web")]);
        let merged = merged(&pipeline, &of(&[("campaign", "autumn"), ("sku", "7")]));
        assert_eq!(merged, of(&[("campaign", "autumn"), ("sku", "7"), ("team", "web")]));
    }
}
