//! The only reader of the environment.

use std::fmt::Display;
use std::str::FromStr;

/// Why a function cannot start; it names what the operator has to mend.
#[derive(thiserror::Error)]
pub enum StartError {
    /// A required variable is absent or empty.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// A variable is not what it should be.
    #[error("{name} is {value:?}: {cause}")]
    Unreadable {
        /// The variable.
        name: &'static str,
        /// What it holds.
        value: String,
        /// What is wrong with that.
        cause: String,
    },
    /// An adapter could not be made.
    #[error(transparent)]
    Adapter(#[from] domain::Error),
    /// The Lambda runtime gave up.
    #[error("lambda runtime: {0}")]
    Runtime(String),
}

/// `main` prints errors with `Debug`; a person should read a sentence there.
impl std::fmt::Debug for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// A required variable.
pub fn var(name: &'static str) -> Result<String, StartError> {
    optional(name).ok_or(StartError::Missing(name))
}

/// A variable that may be absent; an empty one counts as absent, as in a template's default.
pub fn optional(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the place that reads the environment")]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A required variable that is more than text.
pub fn parsed<T: FromStr<Err: Display>>(name: &'static str) -> Result<T, StartError> {
    parse(name, var(name)?)
}

fn parse<T: FromStr<Err: Display>>(name: &'static str, value: String) -> Result<T, StartError> {
    value.parse().map_err(|cause: T::Err| {
        let cause = cause.to_string();
        StartError::Unreadable { name, value, cause }
    })
}

/// The entries of a comma-separated list; an absent variable is an empty list.
pub fn list(name: &str) -> Vec<String> {
    entries(&optional(name).unwrap_or_default())
}

fn entries(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_is_set_is_read() {
        assert_eq!(var("CARGO_PKG_NAME").unwrap(), "aws");
    }

    #[test]
    fn an_absent_variable_is_named() {
        let error = var("GALLEY_NO_SUCH_VARIABLE").unwrap_err();
        assert_eq!(format!("{error:?}"), "GALLEY_NO_SUCH_VARIABLE is not set");
        assert_eq!(optional("GALLEY_NO_SUCH_VARIABLE"), None);
    }

    #[test]
    fn a_value_that_does_not_parse_is_shown_with_its_name() {
        let error = parse::<u32>("LEASE_S", "soon".into()).unwrap_err();
        assert_eq!(error.to_string(), r#"LEASE_S is "soon": invalid digit found in string"#);
        assert_eq!(parse::<u32>("LEASE_S", "60".into()).unwrap(), 60);
    }

    #[test]
    fn a_list_forgives_spaces_and_a_trailing_comma() {
        assert_eq!(entries(" a:1, b:2 ,"), ["a:1", "b:2"]);
        assert!(entries("").is_empty());
    }
}
