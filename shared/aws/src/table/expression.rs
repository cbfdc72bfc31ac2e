//! Conditions and changes as DynamoDB's expressions; every word and value through a placeholder.

use super::value::{Attributes, attribute};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::store::{Change, Condition, Item, Write};
use std::collections::HashMap;

/// The parts of a request that say what changes under which conditions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Expressions {
    /// What must hold.
    pub(super) condition: Option<String>,
    /// What changes.
    pub(super) update: Option<String>,
    /// The fields' names by placeholder; `None` rather than empty, which DynamoDB refuses.
    pub(super) names: Option<HashMap<String, String>>,
    /// The values by placeholder; `None` rather than empty.
    pub(super) values: Option<Attributes>,
}

/// Names and values met so far.
#[derive(Default)]
struct Words {
    names: HashMap<String, String>,
    values: Attributes,
}

impl Words {
    fn name(&mut self, field: &str) -> String {
        let placeholder = format!("#n{}", self.names.len());
        self.names.insert(placeholder.clone(), field.to_owned());
        placeholder
    }

    fn value(&mut self, value: AttributeValue) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }
}

/// The expressions of a write.
pub(super) fn expressions(write: &Write) -> Expressions {
    let mut words = Words::default();
    let conditions: Vec<_> =
        write.conditions.iter().map(|condition| clause(&mut words, condition)).collect();
    let update = match &write.change {
        Change::Update { set, add } => update(&mut words, set, add),
        _ => None,
    };
    Expressions {
        condition: Some(conditions.join(" AND ")).filter(|text| !text.is_empty()),
        update,
        names: Some(words.names).filter(|names| !names.is_empty()),
        values: Some(words.values).filter(|values| !values.is_empty()),
    }
}

fn clause(words: &mut Words, condition: &Condition) -> String {
    match condition {
        Condition::Absent => "attribute_not_exists(pk)".into(),
        Condition::Present => "attribute_exists(pk)".into(),
        Condition::Without(field) => format!("attribute_not_exists({})", words.name(field)),
        Condition::Below(field, bound) => {
            let field = words.name(field);
            format!("{field} < {}", words.value(AttributeValue::N(bound.to_string())))
        }
        Condition::UpTo(field, bound) => {
            let field = words.name(field);
            let bound = words.value(AttributeValue::N(bound.to_string()));
            format!("(attribute_not_exists({field}) OR {field} <= {bound})")
        }
        Condition::In(field, values) => {
            // A null is no field, so none can be equal to it.
            let values: Vec<_> = values.iter().filter(|value| !value.is_null()).collect();
            match values[..] {
                // Nothing is one of no values.
                [] => "(attribute_exists(pk) AND attribute_not_exists(pk))".into(),
                [value] => {
                    let field = words.name(field);
                    format!("{field} = {}", words.value(attribute(value)))
                }
                _ => {
                    let field = words.name(field);
                    let values: Vec<_> =
                        values.into_iter().map(|value| words.value(attribute(value))).collect();
                    format!("{field} IN ({})", values.join(", "))
                }
            }
        }
    }
}

fn update(words: &mut Words, set: &Item, add: &[(String, i64)]) -> Option<String> {
    let (mut sets, mut removes) = (Vec::new(), Vec::new());
    for (field, value) in set {
        let name = words.name(field);
        match value {
            serde_json::Value::Null => removes.push(name),
            value => sets.push(format!("{name} = {}", words.value(attribute(value)))),
        }
    }
    let adds: Vec<_> = add
        .iter()
        .map(|(field, amount)| {
            let name = words.name(field);
            format!("{name} {}", words.value(AttributeValue::N(amount.to_string())))
        })
        .collect();
    let parts: Vec<_> = [("SET", sets), ("ADD", adds), ("REMOVE", removes)]
        .into_iter()
        .filter(|(_, terms)| !terms.is_empty())
        .map(|(verb, terms)| format!("{verb} {}", terms.join(", ")))
        .collect();
    Some(parts.join(" ")).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::store::Key;
    use serde_json::json;

    /// The write's expressions with names and values filled in, as a person would write them.
    fn readable(write: &Write) -> String {
        let parts = expressions(write);
        let mut text = [parts.update, parts.condition.map(|condition| format!("IF {condition}"))]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ");
        for (placeholder, name) in parts.names.unwrap_or_default() {
            text = text.replace(&placeholder, &name);
        }
        for (placeholder, value) in parts.values.unwrap_or_default() {
            let value = match value {
                AttributeValue::N(text) | AttributeValue::S(text) => text,
                other => format!("{other:?}"),
            };
            text = text.replace(&placeholder, &value);
        }
        text
    }

    #[track_caller]
    fn check(write: Write, expected: &str) {
        assert_eq!(readable(&write), expected);
    }

    fn key() -> Key {
        Key::new("JOB#1", "META")
    }

    #[test]
    fn conditions_read_as_they_are_meant() {
        check(Write::check(key()).when(Condition::Absent), "IF attribute_not_exists(pk)");
        check(Write::check(key()).when(Condition::Present), "IF attribute_exists(pk)");
        check(Write::check(key()).when_is("state", "running"), "IF state = running");
        check(Write::check(key()).when_in("state", &["a", "b"]), "IF state IN (a, b)");
        check(Write::check(key()).when(Condition::Below("lease", 7)), "IF lease < 7");
        let up_to = Write::check(key()).when(Condition::UpTo("taken", 9));
        check(up_to, "IF (attribute_not_exists(taken) OR taken <= 9)");
        let without = Write::check(key()).when(Condition::Without("token"));
        check(without, "IF attribute_not_exists(token)");
        let both = Write::check(key()).when_is("state", "a").when(Condition::Below("tries", 3));
        check(both, "IF state = a AND tries < 3");
    }

    #[test]
    fn nothing_is_one_of_no_values_or_equal_to_null() {
        let never = "IF (attribute_exists(pk) AND attribute_not_exists(pk))";
        check(Write::check(key()).when_in::<&str>("state", &[]), never);
        check(Write::check(key()).when_is("state", json!(null)), never);
    }

    #[test]
    fn an_update_sets_adds_and_removes() {
        let write = Write::set(key(), json!({ "a": 1, "b": null, "c": "x" })).plus("n", -2);
        check(write, "SET a = 1, c = x ADD n -2 REMOVE b IF attribute_exists(pk)");
        check(Write::set(key(), json!({})), "IF attribute_exists(pk)");
    }

    #[test]
    fn what_is_not_used_is_not_sent() {
        let parts = expressions(&Write::set(key(), json!({ "gone": null })));
        assert_eq!(parts.values, None);
        let parts = expressions(&Write::delete(key()));
        assert_eq!((parts.names, parts.values, parts.update), (None, None, None));
    }
}
