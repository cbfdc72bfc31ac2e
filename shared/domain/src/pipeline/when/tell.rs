//! Whether a condition holds, by what it names.

use std::collections::HashMap;

use cel::{Context, Value as Cel};
use serde_json::Value;

use super::names::walk;
use super::parsed;

/// Whether a condition holds; `find` gives the values of what it names. Anything but true or false is
/// an error.
pub fn holds(text: &str, find: &dyn Fn(&str) -> Option<Value>) -> Result<bool, String> {
    let expression = parsed(text).map_err(|slip| slip.detail)?;
    let mut context = Context::default();
    for name in walk(&expression).names {
        // What several names share is looked up once for each; conditions are short.
        if let Some(value) = find(&name.head) {
            context.add_variable_from_value(name.head, value_of(&value));
        }
    }
    match Cel::resolve(&expression, &context) {
        Ok(Cel::Bool(answer)) => Ok(answer),
        Ok(other) => Err(format!("it is neither true nor false, but {}", other.type_of())),
        Err(cause) => Err(cause.to_string()),
    }
}

pub(crate) fn value_of(value: &Value) -> Cel {
    match value {
        Value::Null => Cel::Null,
        Value::Bool(answer) => Cel::Bool(*answer),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Cel::Int(whole),
            None => Cel::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => Cel::from(text.as_str()),
        Value::Array(items) => Cel::from(items.iter().map(value_of).collect::<Vec<_>>()),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), value_of(value)));
            Cel::from(fields.collect::<HashMap<String, Cel>>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(text: &str) -> Result<bool, String> {
        let find = |name: &str| {
            Some(match name {
                "inputs" => json!({ "tall": 3, "share": 0.5, "prompt": "a fox", "list": [1, 2] }),
                "labels" => json!({ "campaign": "spring" }),
                "good" => {
                    json!({ "state": "succeeded", "verdict": "pass", "scores": [{ "sharpness": 9.5 }] })
                }
                "large" => json!({ "state": "skipped", "outputs": { "image": [] } }),
                _ => return None,
            })
        };
        holds(text, &find)
    }

    #[test]
    fn conditions_look_at_inputs_labels_and_steps() {
        for (text, answer) in [
            ("inputs.tall > 2", true),
            ("inputs.share > 1", false),
            ("inputs.tall == 3.0", true),
            ("labels.campaign == 'spring' && good.verdict == \"pass\"", true),
            ("has(labels.project)", false),
            ("good.scores[0].sharpness > 5.0", true),
            ("good.scores.exists(s, s.sharpness > 50.0)", false),
            ("large.state == 'skipped' && size(large.outputs.image) == 0", true),
            ("inputs.prompt.contains('fox')", true),
            ("inputs.list.all(n, n < 3)", true),
        ] {
            assert_eq!(told(text), Ok(answer), "{text}");
        }
    }

    #[test]
    fn what_is_no_yes_or_no_is_an_error() {
        for text in [
            "inputs.tall",
            "large.outputs.image[0].width > 5",
            "labels.project == 'x'",
            "nobody.state == 'x'",
            "inputs.prompt > 3",
            "1 / 0 == 1",
        ] {
            assert!(told(text).is_err(), "{text}");
        }
        assert_eq!(told("inputs.tall"), Err("it is neither true nor false, but int".into()));
    }

    #[test]
    fn what_is_nested_deep_breaks_nothing() {
        let deep = format!("{}true{}", "(".repeat(200), ")".repeat(200));
        let nots = format!("{}true", "!".repeat(499));
        let lists = format!("{}1{} == [1]", "[".repeat(240), "]".repeat(240));
        for text in [&deep, &lists, &nots, &"a.b".repeat(100), &"\u{0}'\\".repeat(80)] {
            let _ = told(text);
        }
    }
}
