//! Values that fit a JSON schema, and what strict endpoints do not take in one.

use serde_json::{Map, Value, json};

/// The simplest value that fits; `whole` is where references lead.
pub(super) fn filled(schema: &Value, whole: &Value) -> Value {
    if let Some(pointer) = schema["$ref"].as_str() {
        let target = pointer.strip_prefix('#').and_then(|pointer| whole.pointer(pointer));
        return filled(target.unwrap_or(&Value::Null), whole);
    }
    if let Some(value) = schema.get("const").or_else(|| schema["enum"].get(0)) {
        return value.clone();
    }
    if let Some(first) = schema["anyOf"].get(0) {
        return filled(first, whole);
    }
    let kind = schema["type"].as_str().or(schema["type"][0].as_str()).unwrap_or("object");
    let least = |name: &str| schema[name].as_u64().unwrap_or(0) as usize;
    match kind {
        "string" => "a word ".repeat(1 + least("minLength") / 7).trim_end().into(),
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(1)),
        "boolean" => true.into(),
        "array" => vec![filled(&schema["items"], whole); least("minItems").max(1)].into(),
        "object" => {
            let properties = schema["properties"].as_object().cloned().unwrap_or_default();
            let fields = properties.iter().map(|(name, of)| (name.clone(), filled(of, whole)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        _ => Value::Null,
    }
}

/// What a strict endpoint does not take: objects that are open, and properties that may be left out.
pub(super) fn loose(schema: &Value) -> Option<String> {
    match schema {
        Value::Object(fields) => {
            if fields.get("type").is_some_and(|kind| kind == "object") {
                if fields.get("additionalProperties") != Some(&Value::Bool(false)) {
                    return Some("'additionalProperties' is required to be false.".into());
                }
                let names = fields.get("properties").and_then(Value::as_object);
                let needed = |name: &String| {
                    let required = fields.get("required").and_then(Value::as_array);
                    required.is_some_and(|required| required.iter().any(|of| of == name))
                };
                if let Some(name) = names.and_then(|names| names.keys().find(|name| !needed(name)))
                {
                    return Some(format!("'required' must include '{name}'."));
                }
            }
            fields.values().find_map(loose)
        }
        Value::Array(items) => items.iter().find_map(loose),
        _ => None,
    }
}
