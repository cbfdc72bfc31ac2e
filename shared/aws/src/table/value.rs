//! Records as DynamoDB keeps them: JSON values to attribute values and back.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::store::Item;
use domain::{Error, Result};
use serde_json::{Number, Value};
use std::collections::{BTreeMap, HashMap};

/// A record as DynamoDB holds it.
pub(super) type Attributes = HashMap<String, AttributeValue>;

/// A JSON value as an attribute.
pub(super) fn attribute(value: &Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(truth) => AttributeValue::Bool(*truth),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::String(text) => AttributeValue::S(text.clone()),
        Value::Array(values) => AttributeValue::L(values.iter().map(attribute).collect()),
        Value::Object(fields) => AttributeValue::M(
            fields.iter().map(|(name, value)| (name.clone(), attribute(value))).collect(),
        ),
    }
}

/// A record as attributes; a null is no field, so that an index never meets one.
pub(super) fn attributes(item: &Item) -> Attributes {
    item.iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), attribute(value)))
        .collect()
}

/// Attributes as a record.
pub(super) fn item(attributes: Attributes) -> Result<Item> {
    // In order of their names: the service tells them in any.
    let attributes: BTreeMap<String, AttributeValue> = attributes.into_iter().collect();
    attributes.into_iter().map(|(name, held)| Ok((name, value(held)?))).collect()
}

fn value(attribute: AttributeValue) -> Result<Value> {
    Ok(match attribute {
        AttributeValue::Null(_) => Value::Null,
        AttributeValue::Bool(truth) => Value::Bool(truth),
        AttributeValue::N(text) => Value::Number(number(&text)?),
        AttributeValue::S(text) => Value::String(text),
        AttributeValue::L(values) => {
            Value::Array(values.into_iter().map(value).collect::<Result<_>>()?)
        }
        AttributeValue::M(fields) => Value::Object(item(fields)?),
        // Galley writes neither sets nor binary values.
        _ => return Err(Error::Fault("dynamodb holds a value that is no JSON".into())),
    })
}

fn number(text: &str) -> Result<Number> {
    if let Ok(whole) = text.parse::<i64>() {
        return Ok(whole.into());
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Ok(whole.into());
    }
    text.parse().ok().and_then(Number::from_f64).ok_or_else(|| {
        Error::Fault(format!("dynamodb holds the number {text}, which is no JSON number"))
    })
}

/// A record as the table's stream tells it, in DynamoDB's own JSON.
pub(crate) fn image(told: &Value) -> Result<Item> {
    let odd = || Error::Invalid("the stream tells of no record".into());
    let fields = told.as_object().ok_or_else(odd)?;
    fields.iter().map(|(name, held)| Ok((name.clone(), plain(held)?))).collect()
}

fn plain(told: &Value) -> Result<Value> {
    let odd = || Error::Invalid("the stream tells of a value that is no JSON".into());
    let (kind, held) = told.as_object().and_then(|typed| typed.iter().next()).ok_or_else(odd)?;
    Ok(match (kind.as_str(), held) {
        ("NULL", _) => Value::Null,
        ("BOOL", Value::Bool(_)) | ("S", Value::String(_)) => held.clone(),
        ("N", Value::String(text)) => Value::Number(number(text)?),
        ("L", Value::Array(values)) => {
            Value::Array(values.iter().map(plain).collect::<Result<_>>()?)
        }
        ("M", fields) => Value::Object(image(fields)?),
        _ => return Err(odd()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn survives(original: Value) {
        assert_eq!(value(attribute(&original)).unwrap(), original);
    }

    #[test]
    fn every_json_value_survives_the_way_there_and_back() {
        survives(json!(null));
        survives(json!(true));
        survives(json!("grüße 🎨"));
        survives(json!(""));
        survives(json!([1, "two", [null, { "three": 3 }], {}, []]));
        survives(json!({ "nested": { "null": null, "list": [1.5, -2] } }));
    }

    #[test]
    fn numbers_stay_exact() {
        survives(json!(0));
        survives(json!(i64::MIN));
        survives(json!(i64::MAX));
        survives(json!(u64::MAX));
        survives(json!(0.1));
        survives(json!(-1.0e-7));
        survives(json!(1.234_567_890_123_456_7));
        assert_eq!(number("100000000000000000000").unwrap(), Number::from_f64(1e20).unwrap());
        assert!(number("1E+400").is_err());
    }

    #[test]
    fn a_null_field_of_a_record_is_left_out() {
        let Value::Object(record) = json!({ "due_pk": null, "data": { "kept": null } }) else {
            unreachable!("an object")
        };
        let attributes = attributes(&record);
        assert_eq!(attributes.keys().collect::<Vec<_>>(), ["data"]);
        assert_eq!(item(attributes).unwrap()["data"], json!({ "kept": null }));
    }

    #[test]
    fn a_foreign_kind_of_value_is_our_fault() {
        let set = AttributeValue::Ss(vec!["a".into()]);
        assert!(matches!(value(set), Err(Error::Fault(_))));
    }
}
