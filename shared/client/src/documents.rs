//! Documents on this machine: read as their author wrote them, and what is wrong with them.
use std::path::Path;

use client::Document;
use domain::pipeline::{self, Problem};
use serde_json::Value;

use crate::{
    failure::{Exit, Failure},
    paint::{self, BAD, BOLD, DIM, note, paint},
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
        refused(file, &problems, format!("{} cannot be read", file.display()), next)
    })
}

/// The name that a document is to be stored under: the one that was given, or else its own.
///
/// Unchecked, the API alone says what is wrong; otherwise `own` reads it here first.
pub(crate) fn named(
    file: &Path,
    (given, unchecked): (Option<String>, bool),
    own: impl FnOnce() -> Result<String, Vec<Problem>>,
    failed: &str,
) -> Result<String, Failure> {
    match given {
        Some(name) if unchecked => Ok(name),
        given => match own() {
            Ok(name) => Ok(given.unwrap_or(name)),
            Err(problems) => {
                let next = "correct the places above; `--name NAME --unchecked` asks the API alone";
                Err(refused(file, &problems, failed, next))
            }
        },
    }
}

/// Why nothing is done with a document; its problems are told on the way.
fn refused(file: &Path, problems: &[Problem], why: impl Into<String>, next: &str) -> Failure {
    for wrong in problems {
        note(&problem(file, wrong));
    }
    Failure::here(why, next)
}

/// Prints what is wrong with a document that was to be checked.
pub(crate) fn invalid(file: &Path, problems: &[Problem], json: bool) -> Result<Exit, Failure> {
    for wrong in problems {
        match json {
            true => paint::json(wrong)?,
            false => paint::line(&problem(file, wrong))?,
        }
    }
    let many = if problems.len() == 1 { "problem" } else { "problems" };
    note(&format!("{} {many}", problems.len()));
    Ok(Exit::Failed)
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
