//! A job as the graph of its steps, and as bars of time.

use super::chart::tenth;
use super::parts::{state, tone, took};
use domain::Time;
use domain::state::StepState;
use domain::view::JobView;
use maud::{Markup, html};
use std::collections::BTreeMap;

const BOX: (f64, f64) = (196.0, 58.0);
const GAP: (f64, f64) = (56.0, 18.0);
const EDGE: f64 = 8.0;
/// The longest name that fits into a box.
const NAME_MOST: usize = 14;

/// The graph: a column for each wave, a line for each need.
pub(crate) fn steps(view: &JobView, now: Time) -> Markup {
    let columns = columns(view);
    let most = columns.iter().map(Vec::len).max().unwrap_or(0) as f64;
    let width = columns.len() as f64 * (BOX.0 + GAP.0) - GAP.0 + 2.0 * EDGE;
    let height = most * (BOX.1 + GAP.1) - GAP.1 + 2.0 * EDGE;
    let places = places(&columns, height);
    html! {
        svg.drawing viewBox={ "0 0 " (tenth(width.max(1.0))) " " (tenth(height.max(1.0))) } width=(tenth(width)) height=(tenth(height))
            role="img" aria-label={ "The graph of " (view.pipeline.steps.len()) " steps; the table below says the same" } {
            @for (step, needs) in &view.plan.needs {
                @for need in needs {
                    @if let (Some(from), Some(to)) = (places.get(need.as_str()), places.get(step.as_str())) {
                        path.edge d=(curve(*from, *to)) {}
                    }
                }
            }
            @for (name, (x, y)) in &places {
                (node(view, name, (*x, *y), now))
            }
        }
    }
}

fn node(view: &JobView, name: &str, (x, y): (f64, f64), now: Time) -> Markup {
    let step = view.step(name);
    let kind = view.pipeline.step(name).map_or("", |step| step.kind.as_str());
    let shown: String = match name.chars().count() {
        ..=NAME_MOST => name.into(),
        _ => name.chars().take(NAME_MOST - 1).chain(['…']).collect(),
    };
    html! {
        g {
            title { (name) ", " (kind) ", " (step.state) }
            rect.box x=(tenth(x)) y=(tenth(y)) width=(BOX.0) height=(BOX.1) rx="9" {}
            circle class=(tone(step.state.as_str())) cx=(tenth(x + 16.0)) cy=(tenth(y + 20.0)) r="5" {}
            text x=(tenth(x + 28.0)) y=(tenth(y + 24.5)) font-weight="600" { (shown) }
            text.soft x=(tenth(x + 12.0)) y=(tenth(y + 45.0)) font-size="12" { (kind) }
            text.soft x=(tenth(x + BOX.0 - 12.0)) y=(tenth(y + 24.5)) font-size="12" text-anchor="end" {
                @if let Some(ms) = lasted(step.started_at, step.ended_at, now) { (took(ms)) }
            }
        }
    }
}

fn columns(view: &JobView) -> Vec<Vec<&str>> {
    view.plan.waves.iter().map(|wave| wave.steps.iter().map(String::as_str).collect()).collect()
}

/// The upper left corner of each step's box; short columns stand in the middle.
fn places<'a>(columns: &[Vec<&'a str>], height: f64) -> BTreeMap<&'a str, (f64, f64)> {
    let mut places = BTreeMap::new();
    for (column, steps) in columns.iter().enumerate() {
        let own = steps.len() as f64 * (BOX.1 + GAP.1) - GAP.1;
        let top = (height - own) / 2.0;
        for (row, step) in steps.iter().enumerate() {
            let x = EDGE + column as f64 * (BOX.0 + GAP.0);
            places.insert(*step, (x, top + row as f64 * (BOX.1 + GAP.1)));
        }
    }
    places
}

/// From the right of one box to the left of another.
fn curve(from: (f64, f64), to: (f64, f64)) -> String {
    let (x1, y1) = (from.0 + BOX.0, from.1 + BOX.1 / 2.0);
    let (x2, y2) = (to.0, to.1 + BOX.1 / 2.0);
    let bend = ((x2 - x1) / 2.0).max(20.0);
    format!("M{x1:.1} {y1:.1} C{:.1} {y1:.1} {:.1} {y2:.1} {x2:.1} {y2:.1}", x1 + bend, x2 - bend)
}

fn lasted(from: Option<Time>, to: Option<Time>, now: Time) -> Option<i64> {
    from.map(|from| to.unwrap_or(now).since_ms(from))
}

/// When each step was under way: a bar from its beginning to its end.
pub(crate) fn bars(view: &JobView, now: Time) -> Markup {
    let timed: Vec<_> = view.plan.waves.iter().flat_map(|wave| &wave.steps).collect();
    let timed: Vec<_> = timed
        .into_iter()
        .map(|name| (name, view.step(name)))
        .filter_map(|(name, step)| Some((name, step.started_at?, step)))
        .collect();
    let begin = view.job.created_at;
    let end = timed.iter().map(|(_, _, step)| step.ended_at.unwrap_or(now)).max();
    let whole = end.map_or(0, |end| end.since_ms(begin)).max(1) as f64;
    html! {
        table.bars {
            thead { tr { th { "Step" } th { "When" } th.number { "Waited" } th.number { "Took" } th { "State" } } }
            tbody {
                @for (name, from, step) in &timed {
                    @let to = step.ended_at.unwrap_or(now);
                    @let x = 1000.0 * from.since_ms(begin) as f64 / whole;
                    @let width = (1000.0 * to.since_ms(*from) as f64 / whole).max(4.0).min(1000.0 - x.min(996.0));
                    @let timings = view.timings(name);
                    tr {
                        td { (name) }
                        td.span {
                            svg.drawing viewBox="0 0 1000 14" preserveAspectRatio="none" aria-hidden="true" {
                                rect.wait x="0" y="6" width="1000" height="2" {}
                                rect class=(tone(step.state.as_str())) x=(tenth(x.min(996.0))) y="1" width=(tenth(width)) height="12" rx="3" {}
                            }
                        }
                        td.number { (took(timings.queued + timings.waiting)) }
                        td.number { (took(to.since_ms(*from))) }
                        td { (state(step.state.as_str())) }
                    }
                }
                @for wave in &view.plan.waves {
                    @for name in &wave.steps {
                        @if view.step(name).state == StepState::Pending && view.step(name).started_at.is_none() {
                            tr { td { (name) } td.span {} td {} td {} td { (state("pending")) } }
                        }
                    }
                }
            }
        }
    }
}
