//! A template with its values written out.

use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior, filters, tests};
use serde_json::{Map, Value as Json};
use std::io;

use super::{RENDERED_MOST, said};

/// What can be done to a value before it is written.
pub(super) const FILTERS: [&str; 11] = [
    "upper",
    "lower",
    "title",
    "capitalize",
    "trim",
    "replace",
    "join",
    "default",
    "length",
    "first",
    "last",
];
/// What can be asked of a value.
pub(super) const TESTS: [&str; 3] = ["defined", "undefined", "none"];

/// Most instructions of one template.
const FUEL: u64 = 10_000;

/// The text that a checked template gives; or what is missing, as the end of a sentence.
pub(in super::super) fn render(text: &str, values: &Map<String, Json>) -> Result<String, String> {
    let environment = environment();
    let template = environment.template_from_str(text).map_err(|error| told(&error))?;
    let mut written = Written(Vec::new());
    template.render_captured_to(fields(values), &mut written).map_err(|error| told(&error))?;
    // All that is written are texts, in pieces that may end anywhere.
    String::from_utf8(written.0).map_err(|_| "it gives no text".to_owned())
}

fn fields(map: &Map<String, Json>) -> Value {
    Value::from_pairs(map.iter().map(|(name, value)| (name.as_str(), of(value))))
}

fn of(value: &Json) -> Value {
    match value {
        Json::Null => Value::from(()),
        Json::Bool(truth) => Value::from(*truth),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => Value::from(whole),
            (None, Some(whole)) => Value::from(whole),
            (None, None) => Value::from(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => items.iter().map(of).collect(),
        Json::Object(map) => fields(map),
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_formatter(written);
    environment.add_filter("upper", filters::upper);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("title", filters::title);
    environment.add_filter("capitalize", filters::capitalize);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("replace", replace);
    environment.add_filter("join", join);
    environment.add_filter("default", filters::default);
    environment.add_filter("length", filters::length);
    environment.add_filter("first", filters::first);
    environment.add_filter("last", filters::last);
    environment.add_test("defined", tests::is_defined);
    environment.add_test("undefined", tests::is_undefined);
    environment.add_test("none", tests::is_none);
    environment
}

/// Texts and numbers are written as they are; of anything else a part must be named.
fn written(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let what = match value.kind() {
        ValueKind::String => {
            return out.write_str(value.as_str().unwrap_or_default()).map_err(full);
        }
        ValueKind::Number | ValueKind::Bool => return write!(out, "{value}").map_err(full),
        ValueKind::Undefined => return minijinja::escape_formatter(out, state, value),
        ValueKind::None => "nothing",
        ValueKind::Seq | ValueKind::Iterable => "a list",
        _ => "a mapping",
    };
    Err(Error::new(ErrorKind::InvalidOperation, format!("what is to be written is {what}")))
}

fn full(_: std::fmt::Error) -> Error {
    Error::from(ErrorKind::WriteFailure)
}

fn replace(text: &str, from: &str, to: &str) -> Result<String, Error> {
    let longer = text.matches(from).count().saturating_mul(to.len());
    bounded(text.len().saturating_add(longer))?;
    Ok(text.replace(from, to))
}

fn join(items: Vec<String>, between: Option<&str>) -> Result<String, Error> {
    let between = between.unwrap_or_default();
    let bytes = items.iter().map(|item| item.len().saturating_add(between.len()));
    bounded(bytes.fold(0, usize::saturating_add))?;
    Ok(items.join(between))
}

fn bounded(bytes: usize) -> Result<(), Error> {
    match bytes <= 4 * RENDERED_MOST {
        true => Ok(()),
        false => Err(Error::from(ErrorKind::WriteFailure)),
    }
}

/// What was written so far, never more than may be.
struct Written(Vec<u8>);

impl io::Write for &mut Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if RENDERED_MOST < self.0.len() + bytes.len() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn told(error: &Error) -> String {
    match error.kind() {
        ErrorKind::UndefinedError => "something that it names is not there".into(),
        ErrorKind::OutOfFuel => format!("it takes more than {FUEL} steps"),
        ErrorKind::WriteFailure => format!("it gives more than {RENDERED_MOST} bytes"),
        _ => said(error),
    }
}
