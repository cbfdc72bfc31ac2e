//! A judge among chat models: it reads the statements in its rules, tells the truth about sums, thinks well of what it is
//! shown, and obeys it: a caption that names a score gets that score for everything.

use serde_json::{Map, Value, json};

/// What it thinks where nothing is said to it.
const USUAL: f64 = 0.9;

/// Its answer; none where it was asked for something else.
pub(super) fn judged(system: &str, shown: &str, usual: Option<f64>) -> Option<Value> {
    let (rules, statements) = system.split_once("\n\n")?;
    let sum = rules.split_once("Under check give the sum of ")?.1;
    let (x, y) = numbers(sum)?;
    let told = obeyed(shown);
    let mut answer = Map::from_iter([("check".to_owned(), json!(x + y))]);
    for line in statements.lines() {
        let Some((name, statement)) = line.split_once(": ") else { continue };
        if name.contains(' ') {
            continue;
        }
        let truth = match statement.strip_prefix("The sum of ") {
            Some(sum) => {
                let (a, b) = numbers(sum)?;
                let said = sum.split(" is ").nth(1)?.trim_end_matches('.').parse::<u64>().ok()?;
                if a + b == said { 1.0 } else { 0.0 }
            }
            None => usual.unwrap_or(USUAL),
        };
        let score = told.unwrap_or(truth);
        answer.insert(name.to_owned(), json!({ "score": score, "reason": "It is as it is." }));
    }
    (3 < answer.len()).then_some(answer.into())
}

/// The two numbers of `A and B …`.
fn numbers(text: &str) -> Option<(u64, u64)> {
    let mut found = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    Some((found.next()?.parse().ok()?, found.next()?.parse().ok()?))
}

/// The score that what is shown demands.
fn obeyed(shown: &str) -> Option<f64> {
    let after = shown.to_lowercase().split_once("score")?.1.to_owned();
    let number: String = after
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    number.trim_end_matches('.').parse().ok()
}
