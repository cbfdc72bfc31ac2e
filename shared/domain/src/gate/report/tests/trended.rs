//! Passes by model, and the band that they are expected in.

use super::*;

fn tally(passed: u32, n: u32) -> Tally {
    Tally { n, passed }
}

fn close(band: Option<Band>, (low, high): (f64, f64)) {
    let band = band.unwrap();
    assert!((band.low - low).abs() < 5e-4 && (band.high - high).abs() < 5e-4, "{band:?}");
}

#[test]
fn the_band_has_chance_and_the_difference_of_days_in_it() {
    // 126 of 140, every day alike: mean 127/142 = 0.8944, chance of 50 is sqrt(0.8944 * 0.1056 / 50) = 0.0435.
    close(band(&[tally(18, 20); 7], 50), (0.7640, 1.0));
    // The same of 500: sqrt(0.8944 * 0.1056 / 500) = 0.01375, three times that is 0.0412.
    close(band(&[tally(18, 20); 7], 500), (0.8531, 0.9356));
    // Three days of 40 with 40, 30 and 20: mean 91/122 = 0.7459; days differ by 0.25; chance of 100 is 0.0435.
    // Three times sqrt(0.0625 + 0.0019) = 0.7613: anything may be.
    close(band(&[tally(40, 40), tally(30, 40), tally(20, 40)], 100), (0.0, 1.0));
    // Where all passed, one failure more is thought of: mean 141/142, chance of 20 is 0.0187.
    close(band(&[tally(20, 20); 7], 20), (0.9369, 1.0));
}

#[test]
fn too_little_makes_no_band() {
    let cases: [(&[Tally], bool); 5] = [
        (&[], false),
        (&[tally(50, 60), tally(50, 60)], false),
        (&[tally(9, 9); 7], false),
        (&[tally(20, 33); 3], false),
        (&[tally(20, 34); 3], true),
    ];
    for (days, made) in cases {
        assert_eq!(band(days, 50).is_some(), made, "{days:?}");
    }
}

#[test]
fn a_day_is_held_against_the_band_from_twenty_verdicts_on() {
    let band = Band { low: 0.76, high: 0.98 };
    let cases = [
        (tally(0, 19), false),
        (tally(0, 20), true),
        (tally(15, 20), true),
        (tally(16, 20), false),
        (tally(20, 20), true),
    ];
    for (today, off) in cases {
        assert_eq!(band.left_by(today), off, "{today:?}");
    }
}

#[test]
fn only_the_seven_days_before_today_count() {
    let day = |back: i64| Time(NOON.0 - back * DAY_MS).day();
    let series = Series { criterion: None, model: "fal/flux".into() };
    let mut days: BTreeMap<String, Tally> =
        (1..=7).map(|back| (day(back), tally(18, 20))).collect();
    days.insert(day(0), tally(10, 20));
    let trend = Trend::of(series.clone(), days.clone(), NOON);
    assert_eq!(trend.band, band(&[tally(18, 20); 7], 20));
    assert!(trend.off() && trend.today == tally(10, 20));
    days.insert(day(8), tally(0, 1_000));
    assert_eq!(Trend::of(series.clone(), days.clone(), NOON).band, trend.band);
    // The day after, nothing was judged yet.
    assert!(!Trend::of(series, days, Time(NOON.0 + DAY_MS)).off());
}

#[test]
fn makers_and_judges_are_counted_and_plants_are_not() {
    let mut silent = row(3, 0.9);
    let look = silent.criteria.get_mut("look").unwrap();
    (look.said, look.score) = (Said::Unanswered, None);
    silent.verdict = Verdict::Review;
    let rows = [row(0, 0.9), row(1, 0.3), Row { planted: true, ..row(2, 0.1) }, silent];
    let told: Vec<_> =
        trends(&rows, NOON).iter().map(|it| (it.series.to_string(), it.today)).collect();
    let expected = [
        ("made by fal/flux", tally(1, 3)),
        ("look by chat/scribe", tally(1, 2)),
        ("sharp by technical 1", tally(3, 3)),
    ];
    assert_eq!(told, expected.map(|(series, tally)| (series.to_owned(), tally)));
}
