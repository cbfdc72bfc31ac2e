//! Curves: shares by day with the band that they were expected in, and what thresholds would have done.

use super::chart::tenth;
use maud::{Markup, html};

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 150.0;
const LEFT: f64 = 52.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 24.0;

/// Where a share from 0 to 1 is drawn.
fn y(share: f64) -> f64 {
    HEIGHT - BOTTOM - share.clamp(0.0, 1.0) * (HEIGHT - TOP - BOTTOM)
}

fn grid() -> Markup {
    html! {
        @for share in [0.0, 0.5, 1.0] {
            line.axis x1=(LEFT) x2=(WIDTH) y1=(tenth(y(share))) y2=(tenth(y(share))) {}
            text.soft x=(LEFT - 6.0) y=(tenth(y(share) + 4.5)) text-anchor="end" { (format!("{:.0} %", share * 100.0)) }
        }
    }
}

/// One day: how many there were, and the share of them.
pub(crate) struct Day<'a> {
    pub(crate) name: &'a str,
    pub(crate) of: u32,
    pub(crate) share: f64,
}

/// A share by day, and the band that the last day was expected in.
pub(crate) fn days(title: &str, days: &[Day<'_>], band: Option<(f64, f64)>) -> Markup {
    let room = (WIDTH - LEFT) / days.len().max(1) as f64;
    let x = |at: usize| LEFT + room * (at as f64 + 0.5);
    let points: Vec<String> = days
        .iter()
        .enumerate()
        .map(|(at, day)| format!("{},{}", tenth(x(at)), tenth(y(day.share))))
        .collect();
    let every = days.len().div_ceil(6).max(1);
    html! {
        svg.drawing viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(title) {
            @if let Some((low, high)) = band {
                rect.band x=(LEFT) width=(WIDTH - LEFT) y=(tenth(y(high))) height=(tenth((y(low) - y(high)).max(1.0))) {}
            }
            (grid())
            polyline.curve points=(points.join(" ")) {}
            @for (at, day) in days.iter().enumerate() {
                g {
                    title { (day.name) ": " (format!("{:.0} %", day.share * 100.0)) " of " (day.of) }
                    circle.dot cx=(tenth(x(at))) cy=(tenth(y(day.share))) r="4" {}
                }
                @if at % every == 0 {
                    text.soft x=(tenth(x(at))) y=(HEIGHT - 6.0) text-anchor="middle" { (day.name.get(5..).unwrap_or(day.name)) }
                }
            }
        }
    }
}

/// Of each threshold the verdicts in parts of one whole; the one in force is marked.
pub(crate) fn thresholds(title: &str, rows: &[(f64, [usize; 3])], now: f64) -> Markup {
    let room = (WIDTH - LEFT) / rows.len().max(1) as f64;
    let floor = HEIGHT - BOTTOM;
    let every = rows.len().div_ceil(7).max(1);
    html! {
        svg.drawing viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(title) {
            (grid())
            @for (at, (threshold, parts)) in rows.iter().enumerate() {
                @let left = LEFT + room * (at as f64 + 0.12);
                @let all = parts.iter().sum::<usize>().max(1) as f64;
                @let [pass, review, fail] = parts;
                @let heights = parts.map(|part| part as f64 / all * (floor - TOP));
                g {
                    title { (format!("{threshold:.2}: {pass} pass, {review} review, {fail} fail")) }
                    @for (part, class) in ["good", "odd", "bad"].into_iter().enumerate() {
                        @let below: f64 = heights[..part].iter().sum();
                        rect class=(class) x=(tenth(left)) width=(tenth(room * 0.76))
                            y=(tenth(floor - below - heights[part])) height=(tenth(heights[part])) {}
                    }
                    @if same(*threshold, now) { rect.mark x=(tenth(left)) y=(tenth(floor + 2.0)) width=(tenth(room * 0.76)) height="3" {} }
                }
                @if at % every == 0 {
                    text.soft x=(tenth(left + room * 0.38)) y=(HEIGHT - 5.0) text-anchor="middle" { (format!("{threshold:.2}")) }
                }
            }
        }
    }
}

/// Whether two thresholds are one.
pub(crate) fn same(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_drawn_within_its_band_and_never_outside_the_drawing() {
        let all = [
            Day { name: "2026-11-19", of: 40, share: 1.0 },
            Day { name: "2026-11-20", of: 20, share: 0.5 },
        ];
        let drawn = days("passes", &all, Some((0.75, 1.0))).into_string();
        assert!(drawn.contains("<title>2026-11-20: 50 % of 20</title>"), "{drawn}");
        assert!(drawn.contains(r#"points="159.0,10.0 373.0,68.0""#), "{drawn}");
        assert!(
            drawn.contains(r#"class="band" x="52" width="428" y="10.0" height="29.0""#),
            "{drawn}"
        );
        assert!(!days("passes", &[], None).into_string().contains("NaN"));
    }

    #[test]
    fn the_threshold_in_force_is_marked_among_the_others() {
        let drawn = thresholds("look", &[(0.5, [1, 0, 0]), (0.8, [0, 1, 1])], 0.8).into_string();
        assert!(drawn.contains("<title>0.80: 0 pass, 1 review, 1 fail</title>"), "{drawn}");
        assert_eq!(drawn.matches("class=\"mark\"").count(), 1, "{drawn}");
        assert!(!thresholds("look", &[], 0.8).into_string().contains("NaN"));
    }
}
