//! Parameters with their references replaced by what they name.

use serde_json::{Map, Value};

use super::reference::Reference;

/// A reference whose value is not there (yet).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reference} of parameter {param} has no value")]
pub struct Unresolved {
    /// The parameter that needs it.
    pub param: String,
    /// The reference as it is written.
    pub reference: String,
}

/// Replaces every reference in `with` by its value; all else stays as it is.
///
/// A list of references (`assets: ["{{ a.image }}", "{{ ladder.images }}"]`) becomes one flat
/// list, so that whoever asked for `image[]` never sees a list of lists.
pub fn resolve(
    with: &Map<String, Value>,
    inputs: &Map<String, Value>,
    outputs: &dyn Fn(&str, &str) -> Option<Value>,
) -> Result<Map<String, Value>, Unresolved> {
    let find = |param: &str, reference: &Reference| {
        let found = match reference {
            Reference::Input(name) => inputs.get(name).cloned(),
            Reference::Port { step, port } => outputs(step, port),
        };
        found.ok_or_else(|| Unresolved { param: param.into(), reference: reference.to_string() })
    };
    let mut resolved = Map::new();
    for (param, value) in with {
        let value = match (Reference::of(value), value) {
            (Some(reference), _) => find(param, &reference)?,
            (None, Value::Array(items)) => {
                let mut flat = Vec::with_capacity(items.len());
                for item in items {
                    match Reference::of(item).map(|reference| find(param, &reference)) {
                        Some(Ok(Value::Array(many))) => flat.extend(many),
                        Some(one) => flat.push(one?),
                        None => flat.push(entry(item, &|value| {
                            Reference::of(value).map(|reference| find(param, &reference))
                        })?),
                    }
                }
                Value::Array(flat)
            }
            (None, literal) => literal.clone(),
        };
        resolved.insert(param.clone(), value);
    }
    Ok(resolved)
}

/// An entry of a list: the references of its fields replaced, where it has fields.
fn entry(
    item: &Value,
    find: &dyn Fn(&Value) -> Option<Result<Value, Unresolved>>,
) -> Result<Value, Unresolved> {
    let Value::Object(fields) = item else { return Ok(item.clone()) };
    let mut resolved = fields.clone();
    for value in resolved.values_mut() {
        if let Some(found) = find(value) {
            *value = found?;
        }
    }
    Ok(Value::Object(resolved))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn references_become_values_and_lists_of_them_become_flat() {
        let outputs = |step: &str, port: &str| match (step, port) {
            ("large", "image") => Some(json!("as_1")),
            ("ladder", "images") => Some(json!(["as_2", "as_3"])),
            _ => None,
        };
        let with = map(json!({
            "assets": ["{{ large.image }}", "{{ ladder.images }}"],
            "image": "{{large.image}}", "prompt": "{{ inputs.prompt }}", "factor": 2,
            "target": {"kind": "s3"}
        }));
        let resolved = resolve(&with, &map(json!({"prompt": "a fox"})), &outputs).unwrap();
        assert_eq!(
            Value::Object(resolved),
            json!({
                "assets": ["as_1", "as_2", "as_3"], "image": "as_1", "prompt": "a fox",
                "factor": 2, "target": {"kind": "s3"}
            })
        );
    }

    #[test]
    fn the_fields_of_a_layer_are_replaced_and_nothing_below_them() {
        let outputs = |_: &str, _: &str| Some(json!("as_1"));
        let with = map(json!({
            "layers": [{"image": "{{ cutout.image }}", "x": 4}, {"text": "{{ inputs.title }}"}]
        }));
        let resolved = resolve(&with, &map(json!({"title": "{{ a.b }}"})), &outputs).unwrap();
        let expected = json!([{"image": "as_1", "x": 4}, {"text": "{{ a.b }}"}]);
        assert_eq!(
            resolved["layers"], expected,
            "and a value that looks like a reference is a value"
        );
    }

    #[test]
    fn a_reference_without_a_value_is_named() {
        let with = map(json!({"image": "{{ cutout.image }}"}));
        let error = resolve(&with, &Map::new(), &|_, _| None).unwrap_err();
        assert_eq!(error.to_string(), "{{ cutout.image }} of parameter image has no value");
    }
}
