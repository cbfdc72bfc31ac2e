//! What a gate, or a policy, asks of the people who decide.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::review::{Escalation, OnExpiry, Rules};

use super::super::problem::{Problems, child};
use super::super::suggest::did_you_mean;
use super::fields::{is_name, known_fields, object, shown, whole};

const FIELDS: [&str; 6] =
    ["approvals", "groups", "self_approval", "expires_s", "on_expiry", "escalate"];

/// Reads `review: { approvals: 2, groups: [brand], … }`.
pub(crate) fn read(value: &Value, place: &str, problems: &mut Problems) -> Option<Rules> {
    let map = object(value, place, "review", "{ approvals: 2, groups: [brand] }", problems)?;
    known_fields(map, place, "review", &FIELDS, problems);
    let seconds = Rules::SECONDS_LEAST..=Rules::SECONDS_MOST;
    let mut rules = Rules::default();
    if let Some(n) = whole(map, place, "approvals", 1..=Rules::APPROVALS_MOST, problems) {
        rules.approvals = n;
    }
    if let Some(s) = whole(map, place, "expires_s", seconds.clone(), problems) {
        rules.expires_s = s;
    }
    if let Some(value) = map.get("groups") {
        rules.groups = groups(value, &child(place, "groups"), problems);
    }
    match map.get("self_approval") {
        None => {}
        Some(Value::Bool(may)) => rules.self_approval = *may,
        Some(other) => {
            let detail = format!("self_approval is {}", shown(other));
            problems.add(&child(place, "self_approval"), detail, "use true or false");
        }
    }
    match map.get("on_expiry").map(|value| (value, value.as_str())) {
        None => {}
        Some((_, Some("reject"))) => rules.on_expiry = OnExpiry::Reject,
        Some((_, Some("expire"))) => rules.on_expiry = OnExpiry::Expire,
        Some((value, word)) => {
            let fix = match word {
                Some("approve") => "use reject or expire: silence approves nothing".into(),
                word => did_you_mean(word.unwrap_or_default(), ["reject", "expire"]),
            };
            let detail = format!("on_expiry is {}", shown(value));
            problems.add(&child(place, "on_expiry"), detail, fix);
        }
    }
    if let Some(value) = map.get("escalate") {
        let place = child(place, "escalate");
        let example = "{ after_s: 3600, groups: [leads] }";
        let map = object(value, &place, "escalate", example, problems)?;
        known_fields(map, &place, "escalate", &["after_s", "groups"], problems);
        let after_s = whole(map, &place, "after_s", seconds, problems);
        let to = map.get("groups").map(|value| groups(value, &child(&place, "groups"), problems));
        match (after_s, to.filter(|groups| !groups.is_empty())) {
            (Some(after_s), Some(groups)) => {
                rules.escalate = Some(Escalation { after_s, groups });
            }
            (None, _) if !map.contains_key("after_s") => {
                let fix = "add after how many seconds, such as after_s: 3600";
                problems.add(&child(&place, "after_s"), "escalate has no after_s", fix);
            }
            (_, None) if !map.contains_key("groups") => {
                let fix = "add who is asked then, such as groups: [leads]";
                problems.add(&child(&place, "groups"), "escalate has no groups", fix);
            }
            _ => {}
        }
        if rules.escalate.as_ref().is_some_and(|to| rules.expires_s <= to.after_s) {
            let detail = "it would be escalated when it is over already";
            let fix = format!("use less than expires_s, which is {}", rules.expires_s);
            problems.add(&child(&place, "after_s"), detail, fix);
        }
    }
    Some(rules)
}

fn groups(value: &Value, place: &str, problems: &mut Problems) -> BTreeSet<String> {
    let names = value.as_array().filter(|names| names.len() <= Rules::GROUPS_MOST);
    let Some(names) = names else {
        let fix =
            format!("make it a list of at most {} names, such as [brand]", Rules::GROUPS_MOST);
        problems.add(place, format!("groups is {}", shown(value)), fix);
        return BTreeSet::new();
    };
    let mut groups = BTreeSet::new();
    for (index, name) in names.iter().enumerate() {
        match name.as_str().filter(|name| is_name(name, '-', 40)) {
            Some(name) => {
                groups.insert(name.to_owned());
            }
            None => {
                let fix = "use a lower-case letter, then at most 39 of a-z, 0-9 and -";
                let place = child(place, &index.to_string());
                problems.add(&place, format!("a group is {}", shown(name)), fix);
            }
        }
    }
    groups
}
