//! Documents on this machine: read as their author wrote them, and what is wrong with them.
use std::path::Path;

use client::Document;
use domain::pipeline::{self, Problem};
use serde_json::Value;

use crate::{
    failure::Failure,
    paint::{BAD, BOLD, DIM, note, paint},
};

/// A document from a file; its form is told by the file's name.
pub(crate) fn read(file: &Path) -> Result<Document, Failure> {
    let bad = |error| client::Error::File(file.display().to_string(), error);
    let text = std::fs::read_to_string(file).map_err(bad)?;
    let json = file.extension().is_some_and(|it| it.eq_ignore_ascii_case("json"));
    Ok(if json { Document::Json(text) } else { Document::Yaml(text) })
}

/// The text of a document.
pub(crate) fn text(document: &Document) -> &str {
    match document {
        Document::Json(text) | Document::Yaml(text) => text,
    }
}

/// A document as a value, whatever its form; what stops the reading is told with its lines.
pub(crate) fn value(file: &Path, next: &str) -> Result<Value, Failure> {
    let document = read(file)?;
    pipeline::value(text(&document)).map_err(|problems| {
        for wrong in &problems {
            note(&problem(file, wrong));
        }
        Failure::here(format!("{} cannot be read", file.display()), next)
    })
}

/// A problem as compilers show one: place, what is wrong, what would be right.
pub(crate) fn problem(file: &Path, problem: &Problem) -> String {
    let mut place = file.display().to_string();
    for number in [problem.line, problem.column].into_iter().flatten() {
        place += &format!(":{number}");
    }
    let pointer = if problem.pointer.is_empty() { "/" } else { &problem.pointer };
    let (detail, fix) = (&problem.detail, &problem.fix);
    let first = format!("{}: {} {detail}", paint(BOLD, &place), paint(BAD, pointer));
    if fix.is_empty() { first } else { format!("{first}\n  {} {fix}", paint(DIM, "right:")) }
}
