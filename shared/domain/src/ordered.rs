//! JSON with the fields of every object in order of their names, whatever order they came in.
//!
//! A map keeps its fields in order of their names or as they came, as the build has it. Whatever is hashed, or
//! compared as text, or read one field after the other, goes through here and does not depend on that.

use serde_json::{Map, Value};

/// The same value, ordered.
pub fn ordered(mut value: Value) -> Value {
    value.sort_all_objects();
    value
}

/// The fields of an object in order of their names.
pub fn fields(object: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut fields: Vec<_> = object.iter().collect();
    fields.sort_by_key(|(name, _)| *name);
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_came_in_another_order_is_written_the_same() {
        let one = json!({ "b": [{ "d": 1, "c": 2 }], "a": { "f": null, "e": 1.0 } });
        let other = json!({ "a": { "e": 1.0, "f": null }, "b": [{ "c": 2, "d": 1 }] });
        let written = r#"{"a":{"e":1.0,"f":null},"b":[{"c":2,"d":1}]}"#;
        assert_eq!(ordered(one.clone()).to_string(), written);
        assert_eq!(ordered(other).to_string(), written);
        let names: Vec<&String> = fields(one.as_object().unwrap()).iter().map(|it| it.0).collect();
        assert_eq!(names, ["a", "b"]);
    }
}
