//! What a gate looked at before it was done: candidates, and the tries of earlier rounds.

use crate::{
    paint::{self, plain},
    show::value,
    story,
};
use serde_json::Value;

/// One line for each, so far to the right, the one that goes on marked.
pub(crate) fn lines(verdict: &Value, indent: usize) -> Vec<String> {
    let tries = verdict.get("tries").and_then(Value::as_array).into_iter().flatten();
    tries.map(|tried| format!("  {:indent$} {}", "", line(tried))).collect()
}

fn line(tried: &Value) -> String {
    let mark = if tried["best"] == true { "*" } else { " " };
    let asset = tried["subjects"][0]["asset"].as_str();
    let made = asset.map(|id| id.split_once('.').map_or(id, |(_, rest)| rest));
    let made = made.or(tried["step"].as_str()).map(plain).unwrap_or_default();
    let said = match tried.get("verdict") {
        Some(said) => paint::state(&value(said), 0),
        None => "not made".into(),
    };
    let score = tried["score"].as_f64().map(|score| format!(" {score:.2}")).unwrap_or_default();
    let reasons = story::reasons(tried);
    let why = if reasons.is_empty() { String::new() } else { format!(": {reasons}") };
    format!("{mark} round {} {made} {said}{score}{why}", value(&tried["round"]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_try_has_its_line_and_the_best_one_a_mark() {
        let asset = "j01hf7yat000e1c70w3gh0s6r2w.paint~2.1.0";
        let verdict = json!({ "verdict": "pass", "tries": [
            { "round": 1, "step": "paint", "reasons": ["no host took it"] },
            { "round": 1, "step": "paint~2", "verdict": "pass", "score": 0.812, "best": true,
              "subjects": [{ "asset": asset, "sha256": "aa" }] },
        ] });
        let [missing, best] = lines(&verdict, 2).try_into().unwrap();
        assert_eq!(missing, "       round 1 paint not made: no host took it");
        assert!(
            best.starts_with("     * round 1 paint~2.1.0 ") && best.ends_with(" 0.81"),
            "{best}"
        );
        assert!(lines(&json!({ "verdict": "pass" }), 2).is_empty());
    }
}
