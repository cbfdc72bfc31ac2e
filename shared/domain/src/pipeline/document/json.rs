//! JSON, already known to be well-formed, walked again for the places of its fields.

use serde_json::Value;

use super::super::problem::{Mark, Problem, Problems};
use super::build::{Builder, TooMuch};
use super::{Document, unreadable};

/// Reads a text that `serde_json` accepts; `None` where it is too much.
pub(super) fn read(text: &str, problems: &mut Problems) -> Option<Document> {
    let mut builder = Builder::new(problems);
    walk(text, &mut builder).ok()?;
    Some(builder.finish())
}

/// The place that the parser's error names.
pub(super) fn mark(error: &serde_json::Error) -> Mark {
    let part = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).max(1);
    Mark { line: part(error.line()), column: part(error.column()) }
}

/// The parser's error without its place, which is told apart from it.
pub(super) fn problem(error: &serde_json::Error) -> Problem {
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default();
    unreadable("", "JSON", said, "check the commas, quotes and brackets up to here")
}

fn walk(text: &str, builder: &mut Builder<'_>) -> Result<(), TooMuch> {
    let bytes = text.as_bytes();
    let (mut at, mut line, mut line_start) = (0, 1, 0);
    while let Some(&byte) = bytes.get(at) {
        let column = text[line_start..at].chars().count() as u32 + 1;
        let mark = Mark { line, column };
        let end = match byte {
            b'\n' => {
                (line, line_start) = (line + 1, at + 1);
                at + 1
            }
            b'{' => {
                builder.open_map(mark)?;
                at + 1
            }
            b'[' => {
                builder.open_list(mark)?;
                at + 1
            }
            b'}' | b']' => {
                builder.close();
                at + 1
            }
            b' ' | b'\t' | b'\r' | b',' | b':' => at + 1,
            _ => {
                let end = at + length(&bytes[at..]);
                // Well-formed as a whole, so well-formed here; a lone surrogate is the exception.
                let value = serde_json::from_str(&text[at..end]).unwrap_or(Value::Null);
                builder.scalar(mark, value)?;
                end
            }
        };
        at = end;
    }
    Ok(())
}

/// Bytes of the scalar that starts here.
fn length(rest: &[u8]) -> usize {
    if rest[0] != b'"' {
        let ends = |byte: &u8| b",]} \t\r\n".contains(byte);
        return rest.iter().position(ends).unwrap_or(rest.len());
    }
    let mut at = 1;
    while at < rest.len() && rest[at] != b'"' {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}
