//! The text of a document as one JSON value, with the place of every field.

mod build;
mod json;
mod yaml;

use serde_json::Value;

use super::problem::{Marks, Problem, Problems};
use crate::ordered::ordered;

/// Most bytes of a document.
pub(super) const BYTES_MOST: usize = 256 * 1024;

/// A document that could be read at all.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) value: Value,
    pub(crate) marks: Marks,
}

/// Reads YAML or JSON. What can be read around a problem is read; `None` means nothing could.
///
/// The order of fields says nothing: all that comes of a document is the same whatever it was.
pub(crate) fn read(text: &str, problems: &mut Problems) -> Option<Document> {
    let mut document = read_as_written(text, problems)?;
    document.value.sort_all_objects();
    Some(document)
}

fn read_as_written(text: &str, problems: &mut Problems) -> Option<Document> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > BYTES_MOST {
        let detail = format!("the document has {} bytes", text.len());
        problems.add("", detail, format!("keep it within {BYTES_MOST} bytes"));
        return None;
    }
    if !text.trim_start().starts_with('{') {
        return yaml::read(text, problems);
    }
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => json::read(text, problems),
        Err(error) => {
            // A YAML flow mapping starts like JSON; only what is neither is reported, as JSON.
            let mut of_yaml = Problems::default();
            let read = yaml::read(text, &mut of_yaml);
            if read.is_some() && of_yaml.is_empty() {
                return read;
            }
            problems.add_at(json::mark(&error), json::problem(&error));
            None
        }
    }
}

/// The value of a YAML or JSON text, read as pipelines are; or all that stops the reading, with lines.
pub fn value(text: &str) -> Result<Value, Vec<Problem>> {
    let mut problems = Problems::default();
    match read(text, &mut problems) {
        Some(document) if problems.is_empty() => Ok(document.value),
        Some(document) => Err(problems.finish(&document.marks)),
        None => Err(problems.finish(&Marks::new())),
    }
}

/// A value that was parsed elsewhere has no places.
pub(super) fn from_value(value: &Value, problems: &mut Problems) -> Option<Document> {
    let bytes = value.to_string().len();
    if bytes > BYTES_MOST {
        problems.add(
            "",
            format!("the pipeline has {bytes} bytes"),
            format!("keep it within {BYTES_MOST} bytes"),
        );
        return None;
    }
    Some(Document { value: ordered(value.clone()), marks: Marks::new() })
}

/// The sentence for what stops the reading of a text.
fn unreadable(pointer: &str, language: &str, said: &str, fix: &str) -> Problem {
    Problem::new(pointer, format!("this is not valid {language}: {said}"), fix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_languages_give_the_same_value() {
        let expected = json!({"on": {"s3": {"suffix": ".jpg"}}, "terms": ["a", 1.5]});
        let yaml = "on: { s3: { suffix: .jpg } }\nterms:\n  - a\n  - 1.5\n";
        assert_eq!(value(yaml).unwrap(), expected);
        assert_eq!(value(&expected.to_string()).unwrap(), expected);
    }

    #[test]
    fn what_stops_the_reading_has_its_line() {
        let problems = value("terms:\n  - a\n  - &b c\n").unwrap_err();
        assert_eq!((problems.len(), problems[0].line), (1, Some(3)), "{problems:?}");
        assert!(!value("terms: [a\nb: c\n").unwrap_err().is_empty());
    }
}
