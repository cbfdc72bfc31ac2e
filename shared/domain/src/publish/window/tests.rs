//! When windows open: over the changes of the clocks in three zones, and beside each other.

use super::*;
use crate::time::Time;
use serde_json::{Map, Value, json};

fn at(text: &str) -> Time {
    Time::parse(text).unwrap_or_else(|| panic!("{text} is a time"))
}

fn window(fields: Value) -> Window {
    let fields = fields.as_object().unwrap().iter();
    let fields: Map<String, Value> =
        fields.map(|(name, value)| (format!("window.{name}"), value.clone())).collect();
    Window::read(&fields, &Usual::default()).unwrap()
}

fn opens(fields: Value, now: &str) -> String {
    match window(fields).opens(at(now), &[]) {
        Opens::At(time) => time.rfc3339().replace(".000", ""),
        other => format!("{other:?}"),
    }
}

fn week(name: &str, from: &str, to: &str) -> Week {
    let hours = Hours { days: Vec::new(), from: from.into(), to: to.into() };
    Week::read(zone(name).unwrap(), Some(&hours)).unwrap()
}

const ZONES: [&str; 3] = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"];
/// A little before each change of the clocks in a year, and by how many minutes they turn.
const TURNS: [(&str, &str, i64); 6] = [
    ("Europe/Berlin", "2026-03-29T01:00:00Z", 60),
    ("Europe/Berlin", "2026-10-25T01:00:00Z", -60),
    ("America/New_York", "2026-03-08T07:00:00Z", 60),
    ("America/New_York", "2026-11-01T06:00:00Z", -60),
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z", -30),
    ("Australia/Lord_Howe", "2026-10-03T15:30:00Z", 30),
];

#[test]
fn the_same_clock_is_another_time_after_the_clocks_turned() {
    for (zone, before, after) in [
        ("Europe/Berlin", "2026-03-28T08:00:00Z", "2026-03-29T07:00:00Z"),
        ("Europe/Berlin", "2026-10-24T07:00:00Z", "2026-10-25T08:00:00Z"),
        ("America/New_York", "2026-03-07T14:00:00Z", "2026-03-08T13:00:00Z"),
        ("America/New_York", "2026-10-31T13:00:00Z", "2026-11-01T14:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-03T22:00:00Z", "2026-04-04T22:30:00Z"),
        ("Australia/Lord_Howe", "2026-10-02T22:30:00Z", "2026-10-03T22:00:00Z"),
    ] {
        let hours = json!({ "zone": zone, "hours": { "from": "09:00", "to": "17:00" } });
        let early = at(before).0 - 3_600_000;
        assert_eq!(opens(hours.clone(), &Time(early).rfc3339()), before, "{zone}");
        let evening = at(before).0 + 8 * 3_600_000;
        assert_eq!(opens(hours, &Time(evening).rfc3339()), after, "{zone}");
    }
}

#[test]
fn a_time_that_the_clocks_skip_is_moved_and_one_shown_twice_counts_first() {
    for (zone, wall, time) in [
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30:00Z"),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00Z"),
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:30:00Z"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00Z"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45:00Z"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45:00Z"),
    ] {
        let now = Time(at(time).0 - 86_400_000).rfc3339();
        assert_eq!(opens(json!({ "at": wall, "zone": zone }), &now), time, "{zone} {wall}");
    }
}

#[test]
fn hours_that_are_skipped_are_not_there_and_hours_shown_twice_are_there_twice() {
    // 02:00 to 03:00 is not in Berlin's night: the next such hour is a day later.
    let night = json!({ "zone": "Europe/Berlin", "hours": { "from": "02:00", "to": "03:00" } });
    assert_eq!(opens(night.clone(), "2026-03-29T00:30:00Z"), "2026-03-30T00:00:00Z");
    // Hours that the gap reaches into begin behind it.
    let early = json!({ "zone": "Europe/Berlin", "hours": { "from": "02:30", "to": "04:00" } });
    assert_eq!(opens(early, "2026-03-29T00:30:00Z"), "2026-03-29T01:00:00Z");
    assert_eq!(opens(night.clone(), "2026-10-24T23:00:00Z"), "2026-10-25T00:00:00Z");
    let half = week("Europe/Berlin", "02:00", "02:30");
    assert!(half.open(at("2026-10-25T00:10:00Z")) && half.open(at("2026-10-25T01:10:00Z")));
    assert!(!half.open(at("2026-10-25T00:40:00Z")));
    assert_eq!(half.next(at("2026-10-25T00:40:00Z")), Some(at("2026-10-25T01:00:00Z")));
}

#[test]
fn around_every_change_of_the_clocks_the_next_opening_is_the_first_minute_among_the_hours() {
    let spans = [
        ("00:00", "24:00"),
        ("01:30", "02:15"),
        ("02:00", "03:00"),
        ("02:30", "02:45"),
        ("09:00", "17:30"),
        ("22:00", "02:30"),
        ("23:30", "00:10"),
    ];
    for (zone, turn, minutes) in TURNS {
        let turn = at(turn);
        let every = week(zone, "00:00", "24:00");
        let clock = |time: Time| {
            let local = every.local(time).unwrap();
            i64::from(local.hour()) * 60 + i64::from(local.minute())
        };
        let turned = clock(turn) - clock(Time(turn.0 - 60_000)) - 1;
        assert_eq!(turned, minutes, "{zone} turns its clocks then");
        for (from, to) in spans {
            let week = week(zone, from, to);
            for start in (-30..30).map(|hour| Time(turn.0 + hour * 3_600_000 + 420_000)) {
                let all =
                    (0..4 * 1440).map(|minute| Time(start.0 / 60_000 * 60_000 + minute * 60_000));
                let first = all.map(|time| time.0.max(start.0)).find(|time| week.open(Time(*time)));
                let next = week.next(start).map(|time| time.0);
                assert_eq!(next, first, "{zone} {from} to {to} after {}", start.rfc3339());
            }
        }
    }
}

#[test]
fn days_are_those_of_the_zone() {
    for zone in ZONES {
        let hours =
            json!({ "zone": zone, "hours": { "days": ["mon"], "from": "00:00", "to": "24:00" } });
        let opened = at(&opens(hours, "2026-11-21T12:00:00Z"));
        let local = week(zone, "00:00", "24:00").local(opened).unwrap();
        let shown = (local.date().to_string(), local.hour(), local.minute());
        assert_eq!(shown, ("2026-11-23".into(), 0, 0), "{zone}");
    }
}

#[test]
fn an_embargo_holds_whatever_else_is_said() {
    let now = "2026-11-21T12:00:00Z";
    let end = "2026-11-25T06:00:00Z";
    for fields in [
        json!({ "not_before": end }),
        json!({ "not_before": end, "at": "2026-11-22T00:00:00Z" }),
        json!({ "not_before": end, "at": "2026-11-20T00:00:00Z", "else": "now" }),
        json!({ "not_before": end, "approved_by": "2026-11-20T00:00:00Z", "else": "next" }),
    ] {
        assert_eq!(opens(fields.clone(), now), end, "{fields}");
    }
}

#[test]
fn what_is_approved_late_is_dropped_or_waits_for_the_next_hours_or_goes_at_once() {
    let late = |word: &str| {
        let fields = json!({
            "at": "2026-11-20T10:00", "zone": "Europe/Berlin", "else": word,
            "hours": { "from": "09:00", "to": "12:00" },
        });
        opens(fields, "2026-11-20T09:30:00Z")
    };
    assert_eq!(late("drop"), "Dropped(\"it was not approved by 2026-11-20T09:00:00.000Z\")");
    assert_eq!(late("next"), "2026-11-21T08:00:00Z");
    assert_eq!(late("now"), "2026-11-20T09:30:00Z");
    // Without hours it is the same clock on the next day, also over a change of it.
    let next = json!({ "at": "2026-10-24T10:00", "zone": "Europe/Berlin", "else": "next" });
    assert_eq!(opens(next.clone(), "2026-10-24T09:00:00Z"), "2026-10-25T09:00:00Z");
    // In time, nothing of it counts.
    assert_eq!(opens(next, "2026-10-24T07:00:00Z"), "2026-10-24T08:00:00Z");
}

#[test]
fn windows_of_one_target_keep_their_distance_and_stay_in_their_hours() {
    let fields = json!({
        "zone": "Europe/Berlin", "hours": { "from": "09:00", "to": "10:00" }, "spacing_s": 1800,
    });
    let (window, now) = (window(fields), at("2026-11-20T07:00:00Z"));
    let mut taken = Vec::new();
    for _ in 0..4 {
        let Opens::At(time) = window.opens(now, &taken) else { panic!("there is room") };
        taken.push(time);
    }
    let shown: Vec<String> = taken.iter().map(|time| time.rfc3339()[..16].to_owned()).collect();
    let days = ["2026-11-20T08:00", "2026-11-20T08:30", "2026-11-21T08:00", "2026-11-21T08:30"];
    assert_eq!(shown, days);
}

#[test]
fn a_window_that_never_opens_says_so() {
    let never = "Never(\"no time of its window is free within four weeks\")";
    assert_eq!(opens(json!({ "at": "2027-11-20T10:00:00Z" }), "2026-11-20T10:00:00Z"), never);
    let wrong = Map::from_iter([("window.at".to_owned(), json!("soon"))]);
    let told = Window::read(&wrong, &Usual::default()).unwrap_err();
    assert_eq!(told, "the window's at is \"soon\", which is no time");
}

#[test]
fn a_tenants_hours_hold_where_a_window_has_none_of_its_own() {
    let hours = Hours { days: Vec::new(), from: "09:00".into(), to: "17:00".into() };
    let usual = Usual { zone: Some("America/New_York".into()), hours: Some(hours) };
    let read = |fields: Value| {
        let fields = fields.as_object().unwrap().clone();
        let window = Window::read(&fields, &usual).unwrap();
        window.opens(at("2026-11-20T06:00:00Z"), &[])
    };
    let morning = Opens::At(at("2026-11-20T14:00:00Z"));
    assert_eq!(read(json!({ "window.spacing_s": 60 })), morning);
    let any = json!({ "window.any_hour": true });
    assert_eq!(read(any), Opens::At(at("2026-11-20T06:00:00Z")));
    let own = json!({ "window.hours": { "from": "02:00", "to": "03:00" } });
    assert_eq!(read(own), Opens::At(at("2026-11-20T07:00:00Z")));
}
