//! The figures as a picture: a bar from p50 to p99 for each kind, and what passes the gates.
use std::fmt::Write;

use super::figures::{Figures, Row};
use crate::show;

const WIDTH: f64 = 900.0;
const LEFT: f64 = 290.0;
const RIGHT: f64 = 130.0;
const ROW: f64 = 30.0;
const TOP: f64 = 84.0;

/// An SVG document, light on white, that needs nothing else.
pub(super) fn draw(figures: &Figures, title: &str) -> String {
    let timed: Vec<&Row> = figures.steps.iter().filter(|row| row.p50.is_some()).collect();
    let axis = Axis::over(&timed);
    let bottom = TOP + ROW * timed.len() as f64;
    let gates = figures.gates.len() as f64;
    let height = bottom + 46.0 + if gates > 0.0 { 40.0 + ROW * gates } else { 0.0 };
    let mut svg = String::new();
    // Writing to a text cannot fail.
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"#1f2933\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"20\" y=\"30\" font-size=\"17\" font-weight=\"600\">Seconds by step</text>\n\
         <text x=\"20\" y=\"50\" fill=\"#52606d\">{}: p50 at the dot, p95 at the mark, p99 at the end; cost of each on the right</text>\n",
        escaped(title)
    );
    axis.grid(&mut svg, bottom);
    for (index, row) in timed.iter().enumerate() {
        bar(&mut svg, row, &axis, TOP + ROW * (index as f64 + 0.5));
    }
    if gates > 0.0 {
        passes(&mut svg, figures, bottom + 70.0);
    }
    svg + "</svg>\n"
}

/// Seconds on a logarithmic axis: renders take a thousand times as long as gates.
struct Axis {
    /// Powers of ten.
    from: i32,
    to: i32,
}

impl Axis {
    fn over(rows: &[&Row]) -> Self {
        let all = rows.iter().flat_map(|row| [row.p50, row.p95, row.p99]).flatten();
        let (mut least, mut most) = (f64::MAX, 0.0_f64);
        for seconds in all {
            least = least.min(seconds.max(0.001));
            most = most.max(seconds);
        }
        if most == 0.0 {
            return Self { from: -3, to: 0 };
        }
        let from = least.log10().floor() as i32;
        Self { from, to: (most.log10().ceil() as i32).max(from + 1) }
    }

    fn x(&self, seconds: f64) -> f64 {
        let share =
            (seconds.max(0.001).log10() - f64::from(self.from)) / f64::from(self.to - self.from);
        LEFT + share.clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    }

    fn grid(&self, svg: &mut String, bottom: f64) {
        for power in self.from..=self.to {
            let seconds = 10_f64.powi(power);
            let x = self.x(seconds);
            let _ = write!(
                svg,
                "<line x1=\"{x:.1}\" y1=\"{:.1}\" x2=\"{x:.1}\" y2=\"{bottom:.1}\" stroke=\"#e4e7eb\"/>\n\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#52606d\">{} s</text>\n",
                TOP - 6.0,
                bottom + 18.0,
                trimmed(seconds)
            );
        }
    }
}

fn bar(svg: &mut String, row: &Row, axis: &Axis, y: f64) {
    let (p50, p95) = (row.p50.unwrap_or_default(), row.p95.unwrap_or_default());
    let (a, b, c) = (axis.x(p50), axis.x(p95), axis.x(row.p99.unwrap_or_default()));
    let cost = row.usd_each.map(show::usd).unwrap_or_default();
    let _ = write!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{} <tspan fill=\"#7b8794\">×{}</tspan></text>\n\
         <line x1=\"{a:.1}\" y1=\"{y:.1}\" x2=\"{c:.1}\" y2=\"{y:.1}\" stroke=\"#9fb3c8\" stroke-width=\"6\" stroke-linecap=\"round\"/>\n\
         <line x1=\"{b:.1}\" y1=\"{:.1}\" x2=\"{b:.1}\" y2=\"{:.1}\" stroke=\"#243b53\" stroke-width=\"3\"/>\n\
         <circle cx=\"{a:.1}\" cy=\"{y:.1}\" r=\"6\" fill=\"#2186eb\"><title>p50 {p50} s, p95 {p95} s</title></circle>\n\
         <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#52606d\">{cost}</text>\n",
        LEFT - 14.0,
        y + 4.5,
        escaped(&row.name()),
        row.count,
        y - 9.0,
        y + 9.0,
        WIDTH - 20.0,
        y + 4.5,
    );
}

fn passes(svg: &mut String, figures: &Figures, top: f64) {
    let room = WIDTH - LEFT - RIGHT;
    let _ = writeln!(
        svg,
        "<text x=\"20\" y=\"{:.1}\" font-size=\"17\" font-weight=\"600\">Passing the gates</text>",
        top - 8.0
    );
    for (index, gate) in figures.gates.iter().enumerate() {
        let y = top + ROW * (index as f64 + 0.5);
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{} <tspan fill=\"#7b8794\">×{}</tspan></text>\n\
             <rect x=\"{LEFT}\" y=\"{:.1}\" width=\"{room:.1}\" height=\"12\" rx=\"6\" fill=\"#f8d7da\"/>\n\
             <rect x=\"{LEFT}\" y=\"{:.1}\" width=\"{:.1}\" height=\"12\" rx=\"6\" fill=\"#3ebd93\"/>\n\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"#52606d\">{:.1} %</text>\n",
            LEFT - 14.0,
            y + 4.5,
            escaped(&gate.kind),
            gate.count,
            y - 6.0,
            y - 6.0,
            room * gate.pass_rate,
            WIDTH - 20.0,
            y + 4.5,
            100.0 * gate.pass_rate,
        );
    }
}

fn trimmed(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::figures::tests::job;
    use super::*;

    #[test]
    fn every_kind_and_gate_is_drawn_within_the_picture() {
        let jobs = [job(4, 0.002, "pass"), job(90, 0.03, "fail")];
        let svg = draw(&Figures::of(&jobs), "2 jobs <of> today");
        assert!(svg.contains("image.generate sketch-1") && svg.contains("50.0 %"), "{svg}");
        assert!(svg.contains("2 jobs &lt;of&gt; today"));
        assert_eq!(svg.matches("<circle").count(), 2);
        for (_, rest) in svg.match_indices("x2=\"").map(|(at, _)| svg.split_at(at + 4)) {
            let x: f64 = rest.split('"').next().unwrap().parse().unwrap();
            assert!((LEFT..=WIDTH - RIGHT).contains(&x), "{x}");
        }
    }

    #[test]
    fn nothing_is_drawn_as_nothing() {
        assert!(draw(&Figures::of(&[]), "0 jobs").ends_with("</svg>\n"));
    }
}
