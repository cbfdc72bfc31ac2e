//! A pattern from its JSON, or all that is wrong with it, each with its place.

use super::block::Block;
use super::matcher::{Comparison, Matcher, Part, Text, parts};
use super::{Field, Pattern};
use crate::ordered::ordered;
use crate::pipeline::Problem;
use serde_json::{Map, Value};

/// Most bytes of a pattern's JSON, as at EventBridge.
const BYTES_MOST: usize = 4096;
/// Most objects within one another.
const DEPTH_MOST: usize = 20;
/// The operators, as a person is reminded of them.
const OPERATORS: &str =
    "prefix, suffix, equals-ignore-case, wildcard, cidr, numeric, exists or anything-but";

impl Pattern {
    /// Reads a pattern; pointers begin with `at`.
    pub fn read(value: &Value, at: &str) -> Result<Self, Vec<Problem>> {
        let bytes = value.to_string().len();
        if BYTES_MOST < bytes {
            let detail = format!("the pattern has {bytes} bytes");
            return Err(vec![Problem::new(at, detail, format!("keep it within {BYTES_MOST}"))]);
        }
        let mut reader = Reader { problems: Vec::new() };
        let pattern = reader.object(&ordered(value.clone()), at, 0);
        if reader.problems.is_empty() { Ok(pattern) } else { Err(reader.problems) }
    }
}

/// What anything-but takes besides texts and numbers.
const NESTED: [&str; 4] = ["prefix", "suffix", "equals-ignore-case", "wildcard"];

struct Reader {
    problems: Vec<Problem>,
}

fn child(at: &str, name: &str) -> String {
    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"))
}

impl Reader {
    fn block(&mut self, given: &Value, at: &str) -> Option<Block> {
        let block = given.as_str().and_then(Block::read);
        if block.is_none() {
            self.wrong(at, "it is no block of addresses", "write one such as \"10.0.0.0/24\"");
        }
        block
    }

    fn wrong(&mut self, at: &str, detail: impl Into<String>, fix: impl Into<String>) {
        self.problems.push(Problem::new(at, detail, fix));
    }

    fn object(&mut self, value: &Value, at: &str, depth: usize) -> Pattern {
        let Value::Object(fields) = value else {
            self.wrong(
                at,
                "it is no object",
                "write the shape of the event: {\"source\": [\"cms.example\"]}",
            );
            return Pattern::default();
        };
        if fields.is_empty() {
            self.wrong(at, "it is empty and would fit everything", "name at least one field");
        }
        if DEPTH_MOST < depth {
            self.wrong(at, "it is too deep", format!("keep it within {DEPTH_MOST} objects"));
            return Pattern::default();
        }
        let mut pattern = Pattern::default();
        for (name, value) in fields {
            let at = child(at, name);
            match value {
                Value::Array(branches) if name == "$or" => {
                    pattern.branches = self.branches(branches, &at, depth);
                }
                Value::Object(_) => {
                    let inner = self.object(value, &at, depth + 1);
                    pattern.fields.push((name.clone(), Field::Object(inner)));
                }
                Value::Array(items) if !items.is_empty() => {
                    let items = items.iter().enumerate();
                    let matchers: Vec<_> = items
                        .filter_map(|(n, item)| self.leaf(item, &format!("{at}/{n}")))
                        .collect();
                    pattern.fields.push((name.clone(), Field::OneOf(matchers)));
                }
                other => {
                    let fix = format!("write a list of alternatives: [{}]", super::shown(other));
                    let (detail, fix) = match other {
                        Value::Array(_) => {
                            ("the list is empty", "name at least one value".to_owned())
                        }
                        _ => ("it is neither a list nor an object", fix),
                    };
                    self.wrong(&at, detail, fix);
                }
            }
        }
        pattern
    }

    fn branches(&mut self, branches: &[Value], at: &str, depth: usize) -> Vec<Pattern> {
        if branches.len() < 2 {
            self.wrong(at, "$or has fewer than two branches", "list two patterns or more");
        }
        let branches = branches.iter().enumerate();
        branches.map(|(n, branch)| self.object(branch, &format!("{at}/{n}"), depth + 1)).collect()
    }

    fn leaf(&mut self, value: &Value, at: &str) -> Option<Matcher> {
        match value {
            Value::Array(_) => {
                self.wrong(at, "it is a list within a list", "write values or operators");
                None
            }
            Value::Object(how) => self.operator(how, at),
            scalar => Some(Matcher::Is(scalar.clone())),
        }
    }

    fn operator(&mut self, how: &Map<String, Value>, at: &str) -> Option<Matcher> {
        let Some((name, given)) = how.iter().next().filter(|_| how.len() == 1) else {
            self.wrong(at, "it is not one operator", format!("use one of {OPERATORS}"));
            return None;
        };
        let at = child(at, name);
        match name.as_str() {
            "prefix" => self.text(given, &at).map(Matcher::Prefix),
            "suffix" => self.text(given, &at).map(Matcher::Suffix),
            "equals-ignore-case" => self.plain(given, &at).map(Matcher::IgnoreCase),
            "wildcard" => self.wildcard(given, &at).map(Matcher::Wildcard),
            "cidr" => self.block(given, &at).map(Matcher::Cidr),
            "numeric" => self.numeric(given, &at).map(Matcher::Numeric),
            "exists" => {
                if !given.is_boolean() {
                    self.wrong(&at, "it is neither true nor false", "write true or false");
                }
                given.as_bool().map(Matcher::Exists)
            }
            "anything-but" => self.anything_but(given, &at),
            other => {
                self.wrong(
                    &at,
                    format!("there is no operator {other}"),
                    format!("use {OPERATORS}"),
                );
                None
            }
        }
    }

    fn plain(&mut self, given: &Value, at: &str) -> Option<String> {
        if !given.is_string() {
            self.wrong(at, format!("it is {}", super::shown(given)), "give a text");
        }
        given.as_str().map(str::to_owned)
    }

    /// A text, or `{"equals-ignore-case": text}`.
    fn text(&mut self, given: &Value, at: &str) -> Option<Text> {
        if let Value::Object(how) = given
            && let (1, Some(inner)) = (how.len(), how.get("equals-ignore-case"))
        {
            let text = self.plain(inner, &child(at, "equals-ignore-case"))?;
            return Some(Text { text, any_case: true });
        }
        self.plain(given, at).map(|text| Text { text, any_case: false })
    }

    fn wildcard(&mut self, given: &Value, at: &str) -> Option<String> {
        let text = self.plain(given, at)?;
        let parts = parts(&text);
        if parts.windows(2).any(|pair| pair == [Part::Any, Part::Any]) {
            self.wrong(at, "it has two * side by side", "write one");
        }
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            if c == '\\' && !matches!(rest.next(), Some('*' | '\\')) {
                self.wrong(at, "a \\ stands before something else", "write \\* or \\\\");
            }
        }
        Some(text)
    }

    fn numeric(&mut self, given: &Value, at: &str) -> Option<Vec<(Comparison, f64)>> {
        let pair = |pair: &[Value]| match pair {
            [sign, bound] => Some((Comparison::read(sign.as_str()?)?, bound.as_f64()?)),
            _ => None,
        };
        let items = given.as_array().map(Vec::as_slice).unwrap_or_default();
        let bounds: Option<Vec<_>> = items.chunks(2).map(pair).collect();
        let bounds = bounds.filter(|bounds| (1..=2).contains(&bounds.len()));
        if bounds.is_none() {
            let fix = "write one comparison or two: [\">\", 0, \"<=\", 5]";
            self.wrong(at, "it is no comparison", fix);
        }
        bounds
    }

    fn anything_but(&mut self, given: &Value, at: &str) -> Option<Matcher> {
        let before = self.problems.len();
        let one_or_many = |given: &Value| match given {
            Value::Array(items) => items.clone(),
            one => vec![one.clone()],
        };
        let those: Vec<Matcher> = match given {
            Value::Object(how) if how.len() == 1 => {
                let (name, given) = how.iter().next()?;
                let at = child(at, name);
                let nested = one_or_many(given);
                let read = |reader: &mut Self, value: &Value| match name.as_str() {
                    "prefix" => reader.text(value, &at).map(Matcher::Prefix),
                    "suffix" => reader.text(value, &at).map(Matcher::Suffix),
                    "equals-ignore-case" => reader.plain(value, &at).map(Matcher::IgnoreCase),
                    _ => reader.wildcard(value, &at).map(Matcher::Wildcard),
                };
                if !NESTED.contains(&name.as_str()) {
                    let fix = format!("use {} in it", NESTED.join(", "));
                    self.wrong(&at, format!("anything-but takes no {name}"), fix);
                    return None;
                }
                nested.iter().filter_map(|value| read(self, value)).collect()
            }
            given => {
                let fits = |value: &&Value| value.is_string() || value.is_number();
                let values = one_or_many(given);
                if !values.iter().all(|value| fits(&value)) {
                    self.wrong(at, "it holds more than texts and numbers", "list only those");
                }
                values.into_iter().map(Matcher::Is).collect()
            }
        };
        if those.is_empty() && self.problems.len() == before {
            self.wrong(at, "it names nothing and would fit everything", "name at least one value");
        }
        Some(Matcher::AnythingBut(those))
    }
}
