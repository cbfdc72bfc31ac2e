//! YAML 1.2, its core schema, without anchors, tags and further documents.

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};
use serde_json::{Number, Value};

use super::super::problem::{Mark, Problems};
use super::build::{Builder, TooMuch};
use super::{Document, unreadable};

/// Reads a text; `None` where its syntax stops the reading, or it is too much.
pub(super) fn read(text: &str, problems: &mut Problems) -> Option<Document> {
    let mut builder = Builder::new(problems);
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok(found) => found,
            Err(error) => {
                let place = builder.place().to_owned();
                let problem = unreadable(&place, "YAML", error.info(), hint(error.info()));
                builder.finish();
                problems.add_at(mark(error.marker()), problem);
                return None;
            }
        };
        let mark = mark(&span.start);
        if matches!(event, Event::DocumentStart(_)) {
            documents += 1;
            if documents == 2 {
                let detail = "a second document starts here";
                builder.problem(mark, detail, "send one pipeline per document");
                return Some(builder.finish());
            }
        }
        take(event, mark, &mut builder).ok()?;
    }
    Some(builder.finish())
}

fn take(event: Event<'_>, mark: Mark, builder: &mut Builder<'_>) -> Result<(), TooMuch> {
    let (anchor, tagged) = match &event {
        Event::Scalar(_, _, anchor, tag)
        | Event::SequenceStart(anchor, tag)
        | Event::MappingStart(anchor, tag) => (*anchor, tag.is_some()),
        _ => (0, false),
    };
    if anchor > 0 {
        builder.problem(mark, "anchors (&name) are not supported", "write the value out");
    }
    if tagged {
        let fix = "leave it out: types are known from the fields";
        builder.problem(mark, "tags (!name) are not supported", fix);
    }
    match event {
        Event::Scalar(text, ScalarStyle::Plain, ..) => {
            let value = plain(&text).unwrap_or_else(|| {
                let detail = format!("{text} is not a finite number");
                builder.problem(mark, &detail, "write a number, or quote it if it is text");
                builder.lost();
                Value::Null
            });
            builder.scalar(mark, value)
        }
        Event::Scalar(text, ..) => builder.scalar(mark, Value::String(text.into_owned())),
        Event::SequenceStart(..) => builder.open_list(mark),
        Event::MappingStart(..) => builder.open_map(mark),
        Event::SequenceEnd | Event::MappingEnd => {
            builder.close();
            Ok(())
        }
        Event::Alias(_) => {
            builder.problem(mark, "aliases (*name) are not supported", "repeat the value here");
            builder.lost();
            builder.scalar(mark, Value::Null)
        }
        _ => Ok(()),
    }
}

/// What an unquoted scalar means in the core schema; `None` where it is no JSON value.
fn plain(text: &str) -> Option<Value> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Value::Null),
        "true" | "True" | "TRUE" => return Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Some(Value::Bool(false)),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN") {
        return None;
    }
    let radix = |prefix: &str, radix: u32| {
        text.strip_prefix(prefix).and_then(|digits| i64::from_str_radix(digits, radix).ok())
    };
    if let Some(number) = radix("0x", 16).or_else(|| radix("0o", 8)) {
        return Some(number.into());
    }
    // Rust reads words such as `nan` and `infinity` as floats; YAML does not.
    let numeric = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.chars().all(|c| c.is_ascii_digit() || ".eE+-".contains(c));
    if numeric {
        if let Ok(number) = text.parse::<i64>() {
            return Some(number.into());
        }
        if let Ok(number) = text.parse::<f64>() {
            return Number::from_f64(number).map(Value::Number);
        }
    }
    Some(Value::String(text.into()))
}

fn mark(marker: &Marker) -> Mark {
    let part = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Mark { line: part(marker.line()).max(1), column: part(marker.col()) + 1 }
}

fn hint(said: &str) -> &'static str {
    if said.contains("recursion") {
        "flatten it: 32 levels are the most"
    } else if said.contains("tab") {
        "indent with spaces"
    } else if said.contains("quote") || said.contains("scalar") {
        "check the quotes from here on"
    } else if said.contains("flow") || said.contains(']') || said.contains('}') {
        "check the brackets and commas up to here"
    } else {
        "check the indentation and the colons of this line and the one before"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        for (text, value) in [
            ("yes", json!("yes")),
            ("nan", json!("nan")),
            ("1.5", json!(1.5)),
            ("-7", json!(-7)),
            ("0x1F", json!(31)),
            ("1e3", json!(1000.0)),
            ("2024-01-02", json!("2024-01-02")),
            ("~", json!(null)),
            ("1.2.3", json!("1.2.3")),
            ("e", json!("e")),
        ] {
            assert_eq!(plain(text), Some(value), "{text}");
        }
        assert_eq!(plain("-.inf"), None);
    }
}
