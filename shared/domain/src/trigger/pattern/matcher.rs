//! One alternative of a pattern's leaf, and whether a value fits it.

use super::block::Block;
use serde_json::Value;

/// One alternative.
#[derive(Clone, Debug, PartialEq)]
pub enum Matcher {
    /// This very value.
    Is(Value),
    /// A text that begins so.
    Prefix(Text),
    /// A text that ends so.
    Suffix(Text),
    /// This text, whatever the case.
    IgnoreCase(String),
    /// A text of this shape, with `*` for anything.
    Wildcard(String),
    /// An address in this block.
    Cidr(Block),
    /// A number within these bounds.
    Numeric(Vec<(Comparison, f64)>),
    /// Whether the field is there.
    Exists(bool),
    /// Anything that fits none of these.
    AnythingBut(Vec<Self>),
}

/// A text to compare with, in its case or in any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Whether its case counts.
    pub any_case: bool,
}

/// How numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `=`
    Equal,
    /// `>=`
    AtLeast,
    /// `>`
    Above,
}

impl Comparison {
    /// The comparison of that sign.
    pub(super) fn read(sign: &str) -> Option<Self> {
        Some(match sign {
            "<" => Self::Below,
            "<=" => Self::AtMost,
            "=" => Self::Equal,
            ">=" => Self::AtLeast,
            ">" => Self::Above,
            _ => return None,
        })
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Equal => "=",
            Self::AtLeast => ">=",
            Self::Above => ">",
        }
    }

    fn holds(self, number: f64, bound: f64) -> bool {
        match self {
            Self::Below => number < bound,
            Self::AtMost => number <= bound,
            Self::Equal => number == bound,
            Self::AtLeast => bound <= number,
            Self::Above => bound < number,
        }
    }
}

impl Text {
    fn of(&self, part: Option<&str>) -> bool {
        part.is_some_and(|part| match self.any_case {
            true => part.to_lowercase() == self.text.to_lowercase(),
            false => part == self.text,
        })
    }

    /// As many characters of `text` from its beginning as this has.
    fn begins(&self, text: &str) -> bool {
        let count = self.text.chars().count();
        let end = text.char_indices().nth(count).map_or(text.len(), |(end, _)| end);
        self.of(text.get(..end))
    }

    fn ends(&self, text: &str) -> bool {
        let (count, all) = (self.text.chars().count(), text.chars().count());
        let begin = all.checked_sub(count).and_then(|skip| text.char_indices().nth(skip));
        match (begin, count) {
            (_, 0) => true,
            (Some((begin, _)), _) => self.of(text.get(begin..)),
            (None, _) => false,
        }
    }
}

impl Matcher {
    /// Whether a field fits; of a list it is enough that one of its entries does.
    pub(super) fn fits(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            // As at EventBridge, only leaves exist.
            (Self::Exists(wanted), value) => {
                *wanted == value.is_some_and(|value| !value.is_object())
            }
            (_, None | Some(Value::Object(_))) => false,
            (matcher, Some(Value::Array(items))) => {
                items.iter().any(|item| matcher.fits(Some(item)))
            }
            (matcher, Some(scalar)) => matcher.takes(scalar),
        }
    }

    fn takes(&self, scalar: &Value) -> bool {
        let text = scalar.as_str();
        match self {
            Self::Is(wanted) => match (wanted.as_f64(), scalar.as_f64()) {
                (Some(wanted), Some(given)) => wanted == given,
                _ => wanted == scalar,
            },
            Self::Prefix(prefix) => text.is_some_and(|text| prefix.begins(text)),
            Self::Suffix(suffix) => text.is_some_and(|text| suffix.ends(text)),
            Self::IgnoreCase(wanted) => {
                text.is_some_and(|text| text.to_lowercase() == wanted.to_lowercase())
            }
            Self::Wildcard(wanted) => text.is_some_and(|text| wildcard(wanted, text)),
            Self::Cidr(block) => text.is_some_and(|text| block.has(text)),
            Self::Numeric(bounds) => scalar.as_f64().is_some_and(|number| {
                bounds.iter().all(|(comparison, bound)| comparison.holds(number, *bound))
            }),
            Self::Exists(wanted) => *wanted,
            Self::AnythingBut(those) => !those.iter().any(|that| that.takes(scalar)),
        }
    }
}

/// One part of a wildcard's text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// This character.
    One(char),
    /// Any number of any characters.
    Any,
}

/// The parts of a wildcard: `\*` and `\\` are themselves.
pub(super) fn parts(wanted: &str) -> Vec<Part> {
    let mut chars = wanted.chars();
    let mut parts = Vec::new();
    while let Some(next) = chars.next() {
        parts.push(match next {
            '*' => Part::Any,
            '\\' => Part::One(chars.next().unwrap_or('\\')),
            other => Part::One(other),
        });
    }
    parts
}

/// Whether a text has the shape, in time linear in each of the two.
fn wildcard(wanted: &str, text: &str) -> bool {
    let (wanted, text): (Vec<Part>, Vec<char>) = (parts(wanted), text.chars().collect());
    let (mut at, mut seen) = (0, 0);
    // Where to go on when what follows the last `*` did not fit.
    let mut back: Option<(usize, usize)> = None;
    while seen < text.len() {
        match wanted.get(at) {
            Some(Part::One(c)) if *c == text[seen] => (at, seen) = (at + 1, seen + 1),
            Some(Part::Any) => {
                back = Some((at, seen));
                at += 1;
            }
            _ => match back {
                Some((star, from)) => {
                    back = Some((star, from + 1));
                    (at, seen) = (star + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    wanted[at..].iter().all(|part| *part == Part::Any)
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let case = if self.any_case { " in any case" } else { "" };
        write!(f, "{:?}{case}", self.text)
    }
}

impl std::fmt::Display for Matcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Is(value) => write!(f, "{}", super::shown(value)),
            Self::Prefix(text) => write!(f, "a text that begins with {text}"),
            Self::Cidr(block) => write!(f, "an address in {block}"),
            Self::Suffix(text) => write!(f, "a text that ends with {text}"),
            Self::IgnoreCase(text) => write!(f, "{text:?} in any case"),
            Self::Wildcard(text) => write!(f, "a text like {text:?}"),
            Self::Numeric(bounds) => {
                let bounds: Vec<_> =
                    bounds.iter().map(|(how, bound)| format!("{} {bound}", how.sign())).collect();
                write!(f, "a number {}", bounds.join(" and "))
            }
            Self::Exists(true) => f.write_str("any value"),
            Self::Exists(false) => f.write_str("nothing there"),
            Self::AnythingBut(those) => {
                let those: Vec<_> = those.iter().map(Self::to_string).collect();
                write!(f, "anything but {}", those.join(", or "))
            }
        }
    }
}
