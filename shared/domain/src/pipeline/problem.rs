//! What is wrong with a document, where, and what would be right.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// One thing wrong in a document or in what a caller gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// RFC 6901 pointer to the field; empty for the document as a whole.
    pub pointer: String,
    /// 1-based line in the text, when there was a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// 1-based column in the text, when there was a text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// What is wrong.
    pub detail: String,
    /// What would be right.
    pub fix: String,
}

impl Problem {
    /// A problem whose place in the text is not known (yet).
    pub fn new(pointer: &str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            line: None,
            column: None,
            detail: clipped(detail.into()),
            fix: clipped(fix.into()),
        }
    }

    /// The same problem of a document that is embedded at `parent`, as in a job's body.
    ///
    /// Lines counted inside the embedded document mean nothing to the caller, so they go.
    pub fn below(mut self, parent: &str) -> Self {
        self.pointer = format!("{parent}{}", self.pointer);
        (self.line, self.column) = (None, None);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}, ")?;
        }
        let place = if self.pointer.is_empty() { "the document" } else { &self.pointer };
        write!(f, "{place}: {} — {}", self.detail, self.fix)
    }
}

/// A place in the text, both parts 1-based.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    pub(super) line: u32,
    pub(super) column: u32,
}

/// Where each pointer of a document stands in its text.
pub(crate) type Marks = BTreeMap<String, Mark>;

/// Most problems that are told at once; who has more has one that causes them.
const PROBLEMS_MOST: usize = 100;
/// Most characters of one sentence: it may quote what a stranger wrote.
const SENTENCE_MOST: usize = 600;

/// Everything found wrong so far.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    found: Vec<Problem>,
    /// Where the value itself was lost, so that nothing said of it would be true.
    lost: Vec<String>,
    edges: usize,
}

impl Problems {
    pub(crate) fn add(&mut self, pointer: &str, detail: impl Into<String>, fix: impl Into<String>) {
        self.found.push(Problem::new(pointer, detail, fix));
    }

    /// A problem that leaves an edge of the graph unknown.
    pub(super) fn add_edge(
        &mut self,
        pointer: &str,
        detail: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.edges += 1;
        self.add(pointer, detail, fix);
    }

    /// How many edges are unknown so far: what follows from a missing edge is not said as well.
    pub(super) fn edges(&self) -> usize {
        self.edges
    }

    /// How many there are so far.
    pub(crate) fn count(&self) -> usize {
        self.found.len()
    }

    /// The value at this pointer stands for one that could not be read.
    pub(super) fn lose(&mut self, pointer: String) {
        self.lost.push(pointer);
    }

    pub(super) fn add_at(&mut self, mark: Mark, problem: Problem) {
        self.found.push(Problem { line: Some(mark.line), column: Some(mark.column), ..problem });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Gives every problem its place and the reader's order: from top to bottom.
    pub(crate) fn finish(mut self, marks: &Marks) -> Vec<Problem> {
        let lost = self.lost;
        self.found.retain(|problem| problem.line.is_some() || !lost.contains(&problem.pointer));
        for problem in self.found.iter_mut().filter(|problem| problem.line.is_none()) {
            if let Some(mark) = nearest(marks, &problem.pointer) {
                (problem.line, problem.column) = (Some(mark.line), Some(mark.column));
            }
        }
        self.found
            .sort_by(|a, b| (a.line, a.column, &a.pointer).cmp(&(b.line, b.column, &b.pointer)));
        self.found.dedup();
        let more = self.found.len().saturating_sub(PROBLEMS_MOST);
        if more > 0 {
            self.found.truncate(PROBLEMS_MOST);
            self.found.push(Problem::new("", format!("{more} more problems"), "mend these first"));
        }
        self.found
    }
}

fn clipped(mut sentence: String) -> String {
    if let Some((end, _)) = sentence.char_indices().nth(SENTENCE_MOST) {
        sentence.truncate(end);
        sentence.push('…');
    }
    sentence
}

/// A missing field has no place of its own; its parent has.
fn nearest(marks: &Marks, pointer: &str) -> Option<Mark> {
    let mut pointer = pointer;
    loop {
        if let Some(mark) = marks.get(pointer) {
            return Some(*mark);
        }
        pointer = &pointer[..pointer.rfind('/')?];
    }
}

/// `parent` with one more reference token, escaped as RFC 6901 says.
pub(crate) fn child(parent: &str, token: &str) -> String {
    format!("{parent}/{}", token.replace('~', "~0").replace('/', "~1"))
}
