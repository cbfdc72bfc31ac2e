//! Events of either language into one value, noting places and what is not allowed.

use serde_json::{Map, Value};

use super::super::problem::{Mark, Marks, Problem, Problems, child};
use super::Document;

/// Deepest nesting; the deepest thing a pipeline needs is 6.
const DEPTH_MOST: usize = 32;
/// Most bytes of a field name: it is repeated in every pointer below it.
const NAME_MOST: usize = 200;
/// Most values of a document.
const VALUES_MOST: usize = 20_000;

/// Too deep or too many: nothing after it can be trusted.
#[derive(Debug)]
pub(super) struct TooMuch;

enum Open {
    List(Vec<Value>),
    Map { fields: Map<String, Value>, key: Option<Key> },
}

enum Key {
    Kept(String),
    /// Its value is read but dropped: the key is a duplicate or no string.
    Dropped,
    /// The key itself is a list or mapping, still open.
    Complex,
}

/// Takes what a parser meets, in the text's order.
pub(super) struct Builder<'a> {
    problems: &'a mut Problems,
    marks: Marks,
    stack: Vec<(Open, String)>,
    root: Option<Value>,
    values: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(problems: &'a mut Problems) -> Self {
        let (marks, stack) = (Marks::new(), Vec::new());
        Self { problems, marks, stack, root: None, values: 0 }
    }

    /// The pointer of the innermost thing still open.
    pub(super) fn place(&self) -> &str {
        self.stack.last().map_or("", |(_, pointer)| pointer)
    }

    pub(super) fn problem(&mut self, mark: Mark, detail: &str, fix: &str) {
        let place = self.here();
        self.problems.add_at(mark, Problem::new(&place, detail, fix));
    }

    /// The value that comes next cannot be told; a null takes its place.
    pub(super) fn lost(&mut self) {
        let place = self.here();
        self.problems.lose(place);
    }

    pub(super) fn open_map(&mut self, mark: Mark) -> Result<(), TooMuch> {
        self.open(mark, Open::Map { fields: Map::new(), key: None })
    }

    pub(super) fn open_list(&mut self, mark: Mark) -> Result<(), TooMuch> {
        self.open(mark, Open::List(Vec::new()))
    }

    /// A scalar: a key where a mapping waits for one, else a value.
    pub(super) fn scalar(&mut self, mark: Mark, value: Value) -> Result<(), TooMuch> {
        self.count(mark)?;
        if let Some((Open::Map { fields, key: key @ None }, pointer)) = self.stack.last_mut() {
            let name = match value {
                Value::String(name) => name,
                other => {
                    self.problems.add_at(
                        mark,
                        Problem::new(
                            pointer,
                            format!("the field name {other} is not a string"),
                            "put it in quotes or take it out",
                        ),
                    );
                    *key = Some(Key::Dropped);
                    return Ok(());
                }
            };
            if name.len() > NAME_MOST {
                let detail = format!("a field name has {} bytes", name.len());
                let fix = format!("keep it within {NAME_MOST}");
                self.problems.add_at(mark, Problem::new(pointer, detail, fix));
                *key = Some(Key::Dropped);
                return Ok(());
            }
            let place = child(pointer, &name);
            if fields.contains_key(&name) {
                let line = self.marks.get(&place).map_or(0, |mark| mark.line);
                self.problems.add_at(
                    mark,
                    Problem::new(
                        &place,
                        format!("{name} is given twice, first on line {line}"),
                        "keep one of the two",
                    ),
                );
                *key = Some(Key::Dropped);
            } else {
                self.marks.insert(place, mark);
                *key = Some(Key::Kept(name));
            }
            return Ok(());
        }
        let place = self.here();
        self.marks.entry(place).or_insert(mark);
        self.put(value);
        Ok(())
    }

    /// The end of the innermost list or mapping.
    pub(super) fn close(&mut self) {
        match self.stack.pop() {
            Some((Open::List(items), _)) => self.put(Value::Array(items)),
            Some((Open::Map { fields, .. }, _)) => self.put(Value::Object(fields)),
            None => {}
        }
    }

    /// What was built; an empty text is a null.
    pub(super) fn finish(self) -> Document {
        Document { value: self.root.unwrap_or(Value::Null), marks: self.marks }
    }

    fn open(&mut self, mark: Mark, open: Open) -> Result<(), TooMuch> {
        self.count(mark)?;
        if self.stack.len() == DEPTH_MOST {
            self.problem(
                mark,
                &format!("this is nested more than {DEPTH_MOST} levels deep"),
                "flatten it",
            );
            return Err(TooMuch);
        }
        if let Some((Open::Map { key: key @ None, .. }, pointer)) = self.stack.last_mut() {
            let detail = "a list or mapping is used as a field name";
            self.problems.add_at(mark, Problem::new(pointer, detail, "use a plain word"));
            *key = Some(Key::Complex);
            self.stack.push((open, self.here()));
            return Ok(());
        }
        let place = self.here();
        self.marks.entry(place.clone()).or_insert(mark);
        self.stack.push((open, place));
        Ok(())
    }

    fn count(&mut self, mark: Mark) -> Result<(), TooMuch> {
        self.values += 1;
        if self.values <= VALUES_MOST {
            return Ok(());
        }
        let detail = format!("the document holds more than {VALUES_MOST} values");
        self.problem(mark, &detail, "split it into several pipelines");
        Err(TooMuch)
    }

    /// The pointer of the value that comes next.
    fn here(&self) -> String {
        match self.stack.last() {
            None => String::new(),
            Some((Open::List(items), pointer)) => child(pointer, &items.len().to_string()),
            Some((Open::Map { key: Some(Key::Kept(key)), .. }, pointer)) => child(pointer, key),
            // What is dropped must not pass for a field of this mapping.
            Some((Open::Map { key: Some(_), .. }, pointer)) => format!("{pointer}/?"),
            Some((Open::Map { key: None, .. }, pointer)) => pointer.clone(),
        }
    }

    fn put(&mut self, value: Value) {
        match self.stack.last_mut() {
            None => self.root = Some(value),
            Some((Open::List(items), _)) => items.push(value),
            Some((Open::Map { fields, key }, _)) => match key.take() {
                Some(Key::Kept(key)) => drop(fields.insert(key, value)),
                Some(Key::Complex) => *key = Some(Key::Dropped),
                Some(Key::Dropped) | None => {}
            },
        }
    }
}
