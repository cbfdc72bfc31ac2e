//! What a gate said, for those who decide: criteria with their scores and reasons.

use super::chart::tenth;
use super::parts::{state, tone, usd};
use domain::money::MicroUsd;
use maud::{Markup, html};
use serde_json::Value;

/// A verdict as it is kept with a review.
pub(crate) fn verdict(said: &Value) -> Markup {
    let word = said["verdict"].as_str().unwrap_or("review");
    let reasons = texts(&said["reasons"]);
    html! {
        div.row.apart {
            span { "The gate said " (state(word)) }
            @if let Some(score) = said["score"].as_f64() { b { (percent(score)) } }
        }
        @if let Some(score) = said["score"].as_f64() { (meter(score, word)) }
        @if !reasons.is_empty() { ul.reasons { @for reason in &reasons { li { (reason) } } } }
        @if let Some(criteria) = said["criteria"].as_object().filter(|it| !it.is_empty()) {
            ul.criteria { @for (name, answer) in criteria { (criterion(name, answer)) } }
        }
        @if let Some(measured) = said["scores"].as_object().filter(|it| !it.is_empty()) {
            details.more {
                summary { "Everything that was measured" }
                dl.facts { @for (name, value) in flat(measured) { dt { (name) } dd { (value) } } }
            }
        }
        @if let Some(policy) = said["policy"]["name"].as_str() {
            p.quiet.small { "By policy " (policy) "@" (said["policy"]["version"]) }
        }
    }
}

fn criterion(name: &str, answer: &Value) -> Markup {
    let word = answer["said"].as_str().unwrap_or("unanswered");
    html! {
        li {
            div.row {
                span { b { (name) } " " (state(word)) }
                @if let Some(score) = answer["score"].as_f64() { span { (percent(score)) } }
            }
            @if let Some(score) = answer["score"].as_f64() { (meter(score, word)) }
            @for reason in texts(&answer["reasons"]) { span.small { (reason) } }
            span.quiet.small {
                (answer["by"].as_str().unwrap_or_default())
                @if let (Some(pass), Some(fail)) = (answer["thresholds"][0].as_f64(), answer["thresholds"][1].as_f64()) {
                    " · passes at " (percent(pass)) ", fails below " (percent(fail))
                }
                @if let Some(cost) = answer["usd"].as_i64() { " · " (usd(MicroUsd(cost))) }
            }
        }
    }
}

/// A score as a bar.
pub(crate) fn meter(score: f64, word: &str) -> Markup {
    let width = (score * 100.0).clamp(0.0, 100.0);
    html! {
        span.meter aria-hidden="true" {
            svg.drawing viewBox="0 0 100 4" preserveAspectRatio="none" { rect class=(tone(word)) width=(tenth(width)) height="4" {} }
        }
    }
}

fn percent(score: f64) -> String {
    format!("{:.0} %", score * 100.0)
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Numbers and words by where they lie, such as `sharpness of generate.1.image`.
fn flat(measured: &serde_json::Map<String, Value>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (name, value) in measured {
        let name = name
            .split_once('.')
            .filter(|(job, _)| job.len() == 27)
            .map_or(name.as_str(), |(_, rest)| rest);
        match value {
            Value::Object(fields) => found.extend(
                fields
                    .iter()
                    .filter(|(_, value)| !value.is_object() && !value.is_array())
                    .map(|(field, value)| (format!("{field}, {name}"), shown(value))),
            ),
            value => found.push((name.to_owned(), shown(value))),
        }
    }
    found
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_f64().map_or_else(
            || number.to_string(),
            |it| format!("{it:.3}").trim_end_matches('0').trim_end_matches('.').to_owned(),
        ),
        other => other.to_string(),
    }
}

/// Seconds of a film or sound that were found fault with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Flag {
    pub(crate) what: &'static str,
    pub(crate) from: f64,
    pub(crate) to: f64,
}

/// What gates measure of films and sounds from second to second, and what people call it.
const FLAGS: [(&str, &str); 4] =
    [("black", "black"), ("frozen", "still"), ("silent", "silence"), ("cut", "clipping")];
/// Most seconds that are offered.
const FLAGS_MOST: usize = 20;

/// The seconds that were found fault with, as a gate's measures of one asset name them, in order.
pub(crate) fn flagged(measured: &Value) -> Vec<Flag> {
    let pair = |value: &Value| Some((value[0].as_f64()?, value[1].as_f64()?));
    let of = |within: &Value| -> Vec<Flag> {
        let named = FLAGS.iter().flat_map(|(name, what)| {
            let pairs = within[*name].as_array().into_iter().flatten().filter_map(pair);
            pairs.map(|(from, to)| Flag { what, from, to }).collect::<Vec<_>>()
        });
        named.collect()
    };
    let mut found = of(measured);
    // What is heard with a film.
    found.extend(of(&measured["sound"]));
    found.sort_by(|one, other| one.from.total_cmp(&other.from));
    found.truncate(FLAGS_MOST);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn flagged_seconds_are_found_of_a_film_and_of_what_is_heard_with_it() {
        let measured = json!({
            "fps": 24.0, "black": [[3.0, 4.5]], "frozen": [],
            "sound": { "silent": [[1.0, 2.0]], "cut": [["x", 2], 7], "loudness": -14 },
        });
        let flag = |what, from, to| Flag { what, from, to };
        assert_eq!(flagged(&measured), [flag("silence", 1.0, 2.0), flag("black", 3.0, 4.5)]);
        assert_eq!(flagged(&json!({ "sharpness": 12.5 })), []);
    }

    #[test]
    fn a_verdict_of_a_policy_shows_each_criterion_with_its_reason() {
        let said = json!({
            "verdict": "review", "score": 0.625, "reasons": ["look: <odd>"], "policy": { "name": "brand", "version": 3 },
            "criteria": { "look": { "said": "review", "score": 0.5, "reasons": ["the hand has six fingers"], "by": "judge 1", "thresholds": [0.8, 0.4], "usd": 120 } },
        });
        let shown = verdict(&said).into_string();
        for part in [
            "62 %",
            "look: &lt;odd&gt;",
            "six fingers",
            "passes at 80 %, fails below 40 %",
            "$0.0001",
            "brand@3",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
    }
}
