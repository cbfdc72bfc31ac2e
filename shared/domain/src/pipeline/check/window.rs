//! What a publish says of its window.

use super::super::kinds::WINDOW;
use super::super::problem::{Problems, child};
use super::super::read::{Sketch, shown};
use super::super::template::is_template;
use super::Graph;
use crate::publish::window::{Hours, read_time, zone};
use crate::time::Time;
use jiff::tz::TimeZone;
use serde_json::Value;

pub(super) fn check(graph: &Graph<'_>, problems: &mut Problems) {
    for step in &graph.draft.steps {
        if step.with.keys().any(|name| name.starts_with(WINDOW)) {
            window(step, problems);
        }
    }
}

fn window(step: &Sketch, problems: &mut Problems) {
    let place = child(&child(&step.pointer, "with"), "window");
    let given = |field: &str| step.with.get(&format!("{WINDOW}{field}"));
    // What a job brings is read when it is there.
    let word = |field: &str| {
        given(field).and_then(Value::as_str).filter(|text| !is_template(text) && !text.is_empty())
    };
    let named = word("zone").map(|name| (name, zone(name)));
    if let Some((name, None)) = &named {
        let fix = "write one of IANA's, such as Europe/Berlin";
        problems.add(&child(&place, "zone"), format!("there is no time zone {name:?}"), fix);
    }
    let zone = named.and_then(|(_, zone)| zone).unwrap_or(TimeZone::UTC);
    let mut time = |field: &str| -> Option<Time> {
        let text = word(field)?;
        let read = read_time(text, &zone);
        if read.is_none() {
            let fix = "write a time such as 2026-12-01T09:00, or with its offset 2026-12-01T09:00:00+01:00";
            problems.add(
                &child(&place, field),
                format!("{field} is {text:?}, which is no time"),
                fix,
            );
        }
        read
    };
    let (at, by, _) = (time("at"), time("approved_by"), time("not_before"));
    if at.zip(by).is_some_and(|(at, by)| at < by) {
        let detail = "it may be approved after it is published";
        problems.add(&child(&place, "approved_by"), detail, "name a time that is not after at");
    }
    if given("else").is_some() && given("at").is_none() && given("approved_by").is_none() {
        let detail = "else says what is done after a time, and none is said";
        problems.add(&child(&place, "else"), detail, "add approved_by: or at:");
    }
    let Some(hours) = given("hours") else { return };
    let read: Option<Hours> = serde_json::from_value(hours.clone()).ok();
    if let Some((field, why)) = read.as_ref().and_then(Hours::fault) {
        let fix = match field {
            "days" => "use mon, tue, wed, thu, fri, sat and sun",
            _ => "write times of a day from 00:00 to 24:00, such as from: \"09:00\", to: \"17:30\"",
        };
        problems.add(&child(&child(&place, "hours"), field), why, fix);
    }
    if given("any_hour").is_some_and(|any| *any == Value::Bool(true)) {
        let detail = format!("the window has hours ({}) and any_hour", shown(hours));
        problems.add(&child(&place, "any_hour"), detail, "take one of the two out");
    }
}
