//! Small things that many pages show.

use domain::Time;
use domain::money::MicroUsd;
use maud::{Markup, html};

/// A point in time; pages write it in the reader's own time zone.
pub(crate) fn time(at: Time) -> Markup {
    let text = at.rfc3339();
    let shown = format!("{} {} UTC", &text[..10.min(text.len())], text.get(11..16).unwrap_or(""));
    html! { time datetime=(text) { (shown) } }
}

/// A state with its colour; the word is always there for those who see none.
pub(crate) fn state(state: &str) -> Markup {
    html! { span class={ "state " (tone(state)) } { (state.replace('_', " ")) } }
}

/// How a state looks.
pub(crate) fn tone(state: &str) -> &'static str {
    match state {
        "succeeded" | "pass" | "done" | "approved" | "ready" | "whole" | "edited" => "good",
        "running" | "accepted" | "claimed" | "started" | "scheduled" | "waiting" | "open"
        | "canceling" => "going",
        "failed" | "rejected" | "fail" | "lost" | "expired" => "bad",
        "outcome_unknown" | "unknown" | "review" | "degraded" | "draining" | "held" => "odd",
        _ => "flat",
    }
}

/// Dollars, with as many digits as it takes to see small amounts.
pub(crate) fn usd(amount: MicroUsd) -> String {
    match amount.0 {
        0 => "$0".into(),
        micros if micros.abs() < 10_000 => format!("${:.4}", amount.usd()),
        _ => format!("${:.2}", amount.usd()),
    }
}

/// How long something took.
pub(crate) fn took(ms: i64) -> String {
    match ms {
        ..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{:.1} s", ms as f64 / 1000.0),
        60_000..3_600_000 => format!("{} min {:02} s", ms / 60_000, ms % 60_000 / 1000),
        _ => format!("{} h {:02} min", ms / 3_600_000, ms % 3_600_000 / 60_000),
    }
}

/// A size in bytes.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        ..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KB", bytes / 1024),
        _ => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
    }
}

/// The beginning of an id, enough to tell it from others at a glance.
pub(crate) fn short(id: &str) -> String {
    match id.len() {
        ..=12 => id.to_owned(),
        length => format!("{}…{}", &id[..4], &id[length - 6..]),
    }
}

/// What something is, as a sentence.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// Nothing to see, and why. What stands between backticks is to be typed.
pub(crate) fn empty(words: &str) -> Markup {
    html! {
        p.empty {
            @for (at, part) in words.split('`').enumerate() {
                @if at % 2 == 1 { code { (part) } } @else { (part) }
            }
        }
    }
}
