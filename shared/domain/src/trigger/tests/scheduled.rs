//! When schedules are due, above all where the clocks are changed.

use super::*;

fn calendar(cron: &str, zone: &str) -> Calendar {
    let schedule = Schedule { cron: Some(cron.into()), rate: None, timezone: Some(zone.into()) };
    schedule.calendar(NOW).unwrap()
}

fn at(text: &str) -> Time {
    Time(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

/// The next times after one, in UTC and without the seconds.
fn next(calendar: &Calendar, after: &str, count: usize) -> Vec<String> {
    let times = std::iter::successors(Some(at(after)), |time| calendar.next(*time));
    let times = times.skip(1).take(count);
    times.map(|time| time.rfc3339().replace(":00.000Z", "").replacen('T', " ", 1)).collect()
}

#[test]
fn a_time_of_day_stays_when_the_clocks_change() {
    let daily = calendar("30 7 * * *", "Europe/Berlin");
    assert_eq!(
        next(&daily, "2026-03-27T12:00:00Z", 3),
        ["2026-03-28 06:30", "2026-03-29 05:30", "2026-03-30 05:30"]
    );
    assert_eq!(next(&daily, "2026-10-24T03:00:00Z", 2), ["2026-10-24 05:30", "2026-10-25 06:30"]);
    let daily = calendar("30 7 * * *", "America/New_York");
    assert_eq!(next(&daily, "2026-03-07T00:00:00Z", 2), ["2026-03-07 12:30", "2026-03-08 11:30"]);
    assert_eq!(next(&daily, "2026-10-31T00:00:00Z", 2), ["2026-10-31 11:30", "2026-11-01 12:30"]);
}

#[test]
fn a_time_that_the_clocks_skip_is_moved_behind_the_gap() {
    let berlin = calendar("30 2 * * *", "Europe/Berlin");
    // 29 March has no 2:30; at 3:30 it is summer.
    assert_eq!(
        next(&berlin, "2026-03-27T12:00:00Z", 3),
        ["2026-03-28 01:30", "2026-03-29 01:30", "2026-03-30 00:30"]
    );
    let new_york = calendar("15 2 * * *", "America/New_York");
    assert_eq!(
        next(&new_york, "2026-03-07T00:00:00Z", 3),
        ["2026-03-07 07:15", "2026-03-08 07:15", "2026-03-09 06:15"]
    );
}

#[test]
fn a_time_that_the_clocks_show_twice_counts_once() {
    let berlin = calendar("30 2 * * *", "Europe/Berlin");
    assert_eq!(next(&berlin, "2026-10-24T12:00:00Z", 2), ["2026-10-25 00:30", "2026-10-26 01:30"]);
    let new_york = calendar("30 1 * * *", "America/New_York");
    assert_eq!(
        next(&new_york, "2026-10-31T12:00:00Z", 2),
        ["2026-11-01 05:30", "2026-11-02 06:30"]
    );
}

#[test]
fn what_runs_every_hour_follows_each_turn_of_the_clock() {
    let berlin = calendar("*/30 * * * *", "Europe/Berlin");
    assert_eq!(
        next(&berlin, "2026-03-29T00:15:00Z", 4),
        ["2026-03-29 00:30", "2026-03-29 01:00", "2026-03-29 01:30", "2026-03-29 02:00"]
    );
    assert_eq!(
        next(&berlin, "2026-10-25T00:15:00Z", 4),
        ["2026-10-25 00:30", "2026-10-25 01:00", "2026-10-25 01:30", "2026-10-25 02:00"]
    );
}

#[test]
fn cron_s_fields_mean_what_they_mean_everywhere() {
    let utc =
        |cron: &str, count: usize| next(&calendar(cron, "UTC"), "2026-01-01T00:00:00Z", count);
    assert_eq!(utc("0 9 * * mon-fri", 2), ["2026-01-01 09:00", "2026-01-02 09:00"]);
    assert_eq!(utc("0 9 1 * 0", 3), ["2026-01-01 09:00", "2026-01-04 09:00", "2026-01-11 09:00"]);
    assert_eq!(
        utc("5,50 */12 * FEB 7", 3),
        ["2026-02-01 00:05", "2026-02-01 00:50", "2026-02-01 12:05"]
    );
    assert_eq!(utc("0 0 29 2 *", 2), ["2028-02-29 00:00", "2032-02-29 00:00"]);
    assert_eq!(
        utc("10/25 0 1 1 *", 3),
        ["2026-01-01 00:10", "2026-01-01 00:35", "2027-01-01 00:10"]
    );
}

#[test]
fn the_last_time_is_the_one_that_counts_after_an_outage() {
    let berlin = calendar("30 2 * * *", "Europe/Berlin");
    for (until, expected) in [
        ("2026-03-29T01:29:59Z", "2026-03-28T01:30:00.000Z"),
        ("2026-03-29T01:30:00Z", "2026-03-29T01:30:00.000Z"),
        ("2026-10-25T09:00:00Z", "2026-10-25T00:30:00.000Z"),
    ] {
        assert_eq!(berlin.last(at(until)).unwrap().rfc3339(), expected, "{until}");
    }
}

#[test]
fn a_rate_counts_from_when_it_began() {
    let schedule = Schedule { cron: None, rate: Some("15 minutes".into()), timezone: None };
    let calendar = schedule.calendar(Time(60_000)).unwrap();
    let quarter = 900_000;
    assert_eq!(calendar.last(Time(60_000 + quarter - 1)), None);
    assert_eq!(calendar.next(Time(60_000)), Some(Time(60_000 + quarter)));
    assert_eq!(calendar.next(Time(60_000 + quarter)), Some(Time(60_000 + 2 * quarter)));
    assert_eq!(calendar.last(Time(60_000 + 5 * quarter + 7)), Some(Time(60_000 + 5 * quarter)));
}

#[test]
fn a_schedule_that_never_comes_or_cannot_be_read_is_refused() {
    #[track_caller]
    fn check(how: Value, expected: &str) {
        let document =
            json!({ "name": "daily", "on": { "schedule": how }, "pipeline": "hero", "inputs": {} });
        let problems = check_trigger(&acme(), &document, NOW).unwrap_err();
        let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(told, [expected]);
    }
    let five = "write five fields: \"30 7 * * mon-fri\" is 7:30 on working days";
    check(
        json!({ "cron": "0 0 30 2 *" }),
        "/on/schedule/cron: it never comes — name a day that exists",
    );
    check(
        json!({ "cron": "0 25 * * *" }),
        &format!(
            "/on/schedule/cron: \"25\" is no hour (0 to 23, lists, ranges and steps of them) — {five}"
        ),
    );
    check(
        json!({ "cron": "0 9 * * funday" }),
        &format!(
            "/on/schedule/cron: \"funday\" is no day of the week (0 to 7 or sun to sat, lists, ranges and steps of them) — {five}"
        ),
    );
    check(
        json!({ "cron": "0 9 * *" }),
        &format!(
            "/on/schedule/cron: it has 4 fields, not five (minute hour day month weekday) — {five}"
        ),
    );
    check(
        json!({ "cron": "0 9 * * *", "timezone": "Berlin" }),
        "/on/schedule/timezone: there is no time zone \"Berlin\" — write one of IANA's, such as Europe/Berlin",
    );
    check(
        json!({ "rate": "90 seconds" }),
        "/on/schedule/rate: \"90 seconds\" is no rate — write a number of minutes, hours, days or weeks, such as 15 minutes",
    );
    check(
        json!({}),
        "/on/schedule: it needs cron or rate, and only one — write cron: \"30 7 * * mon-fri\" and a timezone, or rate: 15 minutes",
    );
    check(json!({ "cron": 5 }), "/on/schedule/cron: cron is no text — write a text");
}

#[test]
fn an_occurrence_tells_the_day_as_its_zone_sees_it() {
    let mut daily = trigger(json!({
        "name": "daily", "pipeline": "hero",
        "on": { "schedule": { "cron": "30 0 * * *", "timezone": "Europe/Berlin" } },
        "inputs": { "prompt": "{{ event.detail.weekday }}, {{ event.detail.date }}" },
    }));
    daily.since = Some(NOW);
    let event = occurrence(&daily, at("2026-03-29T22:30:00Z"), None);
    assert!(daily.misses(&event).is_empty());
    let fired = daily.fire(&event).unwrap();
    assert_eq!(fired.inputs["prompt"], "Monday, 2026-03-30");
    assert_eq!(fired.dedupe, "2026-03-29T22:30:00.000Z");
    let other = Occurrence { time: "2026-03-29T22:31:00Z".into(), ..event };
    assert_eq!(
        daily.misses(&other)[0].detail,
        "the schedule is not due at 2026-03-29T22:31:00Z; the next time is 2026-03-30T22:30:00.000Z"
    );
}
