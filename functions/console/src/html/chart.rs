//! Charts, drawn here: pages need no script to be read.

use super::parts::usd;
use domain::money::MicroUsd;
use maud::{Markup, html};
use std::collections::BTreeSet;

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 60.0;
const BOTTOM: f64 = 28.0;
const TOP: f64 = 12.0;
/// How many values have a colour of their own; the last is for all others.
pub(crate) const COLOURS: usize = CLASSES.len();
const CLASSES: [&str; 6] = ["c0", "c1", "c2", "c3", "c4", "c5"];

/// One bar of a chart: its parts lie upon each other.
pub(crate) struct Bar<'a> {
    /// What it stands for.
    pub(crate) name: String,
    /// The same in short, for the axis.
    pub(crate) axis: String,
    /// The look and the height of each part, from below.
    pub(crate) parts: Vec<(&'a str, i64)>,
}

/// One stacked bar for each day: of each value, in the order of the legend, what it cost.
pub(crate) fn days(title: &str, days: &[(String, Vec<(usize, MicroUsd)>)]) -> Markup {
    let parts = |parts: &[(usize, MicroUsd)]| {
        parts.iter().map(|(colour, cost)| (CLASSES[*colour], cost.0)).collect()
    };
    let bars: Vec<_> = days
        .iter()
        .map(|(day, of)| Bar {
            name: day.clone(),
            axis: day.get(5..).unwrap_or(day).to_owned(),
            parts: parts(of),
        })
        .collect();
    bars_of(title, &bars, &|height| usd(MicroUsd(height)))
}

/// Stacked bars beside each other; `say` tells how heights are written.
pub(crate) fn bars_of(title: &str, bars: &[Bar<'_>], say: &dyn Fn(i64) -> String) -> Markup {
    let height = |bar: &Bar<'_>| bar.parts.iter().map(|(_, height)| height).sum::<i64>();
    let most = bars.iter().map(height).max().unwrap_or(0).max(1);
    let room = (WIDTH - LEFT) / bars.len().max(1) as f64;
    let scale = (HEIGHT - TOP - BOTTOM) / most as f64;
    let floor = HEIGHT - BOTTOM;
    let marks = BTreeSet::from([0, most / 2, most]);
    let every = bars.len().div_ceil(8).max(1);
    html! {
        svg.drawing viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(title) {
            @for mark in marks {
                @let y = floor - mark as f64 * scale;
                line.axis x1=(LEFT) x2=(WIDTH) y1=(tenth(y)) y2=(tenth(y)) {}
                text.soft.floor[mark == 0] x=(LEFT - 8.0) y=(tenth(y + 4.5)) text-anchor="end" { (say(mark)) }
            }
            @for (at, bar) in bars.iter().enumerate() {
                @let x = LEFT + room * (at as f64 + 0.12);
                g {
                    title { (bar.name) ": " (say(height(bar))) }
                    @for (class, below, part) in stacked(&bar.parts) {
                        rect class=(class) x=(tenth(x)) y=(tenth(floor - (below + part) as f64 * scale))
                            width=(tenth((room * 0.76).max(1.0))) height=(tenth(part as f64 * scale)) {}
                    }
                }
                @if at % every == 0 {
                    text.soft x=(tenth(x + room * 0.38)) y=(HEIGHT - 8.0) text-anchor="middle" { (bar.axis) }
                }
            }
        }
    }
}

/// Each part with what lies below it.
fn stacked<'a>(parts: &[(&'a str, i64)]) -> Vec<(&'a str, i64, i64)> {
    let mut below = 0;
    let place = |(class, height): &(&'a str, i64)| {
        let part = (*class, below, *height);
        below += height;
        part
    };
    parts.iter().map(place).collect()
}

/// A bar in parts of one whole, such as passes and failures.
pub(crate) fn shares(title: &str, parts: &[(&str, usize)]) -> Markup {
    let whole = parts.iter().map(|(_, count)| count).sum::<usize>().max(1) as f64;
    let mut at = 0.0;
    let parts: Vec<_> = parts
        .iter()
        .map(|(class, count)| {
            let width = 100.0 * *count as f64 / whole;
            let part = (*class, at, width);
            at += width;
            part
        })
        .collect();
    html! {
        svg.drawing viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label=(title) {
            @for (class, x, width) in parts {
                @if 0.0 < width { rect class=(class) x=(tenth(x)) y="0" width=(tenth(width)) height="4" {} }
            }
        }
    }
}

/// The colour of a legend's entry.
pub(crate) fn key(colour: usize) -> Markup {
    keybox(CLASSES[colour])
}

/// A small square of this look.
pub(crate) fn keybox(class: &str) -> Markup {
    html! {
        span.keybox { svg.drawing viewBox="0 0 10 10" aria-hidden="true" { rect class=(class) width="10" height="10" rx="2" {} } }
    }
}

/// A number as it stands in a drawing.
pub(crate) fn tenth(number: f64) -> String {
    format!("{number:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_days_parts_lie_upon_each_other_within_the_drawing() {
        let parts = vec![(0, MicroUsd(2_000_000)), (1, MicroUsd(1_000_000))];
        let drawn = days("spend", &[("2026-11-20".into(), parts)]).into_string();
        assert!(drawn.contains("<title>2026-11-20: $3.00</title>"), "{drawn}");
        assert!(drawn.contains(r#"class="c0" x="168.0" y="85.3""#), "{drawn}");
        assert!(drawn.contains(r#"class="c1" x="168.0" y="12.0""#), "{drawn}");
    }

    #[test]
    fn nothing_is_drawn_as_nothing() {
        assert!(!days("spend", &[]).into_string().contains("NaN"));
        assert!(!shares("gate", &[("good", 0)]).into_string().contains("rect"));
    }
}
