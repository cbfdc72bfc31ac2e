//! Parameters with their references and templates replaced by what they name.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::graph;
use super::model::Each;
use super::reference::{self, Reference};
use super::template;

/// A reference or a template whose value is not there (yet).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// A whole value that is missing.
    #[error("{reference} of parameter {param} has no value")]
    Missing {
        /// The parameter that needs it.
        param: String,
        /// The reference as it is written.
        reference: String,
    },
    /// A template that gives nothing.
    #[error("the template of parameter {param} gives no text: {why}")]
    Template {
        /// The parameter that needs it.
        param: String,
        /// What is missing, or too much.
        why: String,
    },
}

/// What references and templates can name.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The job's inputs.
    pub inputs: &'a Map<String, Value>,
    /// The job's labels.
    pub labels: &'a BTreeMap<String, String>,
    /// The item that the step is for.
    pub each: Option<&'a Each>,
    /// What came out of a step's port.
    pub outputs: &'a dyn Fn(&str, &str) -> Option<Value>,
}

impl Scope<'_> {
    fn find(&self, reference: &Reference) -> Option<Value> {
        match reference {
            Reference::Input(name) => self.inputs.get(name).cloned(),
            Reference::Label(name) => self.labels.get(name).map(|label| label.as_str().into()),
            Reference::Port { step, port } => (self.outputs)(step, port),
        }
    }

    /// What a value stands for; none where it stands for itself.
    pub(super) fn value(&self, param: &str, value: &Value) -> Option<Result<Value, Unresolved>> {
        let text = value.as_str()?;
        if let Some(each) = self.each
            && let Some(field) = reference::item(text, &each.name)
        {
            let found = field.map_or(Some(&each.value), |field| each.value.get(field)).cloned();
            let missing =
                || Unresolved::Missing { param: param.into(), reference: text.trim().into() };
            return Some(found.ok_or_else(missing));
        }
        if let Some(reference) = Reference::parse(text) {
            let missing =
                || Unresolved::Missing { param: param.into(), reference: reference.to_string() };
            return Some(self.find(&reference).ok_or_else(missing));
        }
        let rendered = template::is_template(text).then(|| self.render(text))?;
        let why = |why| Unresolved::Template { param: param.into(), why };
        Some(rendered.map(Value::String).map_err(why))
    }

    fn render(&self, text: &str) -> Result<String, String> {
        let names = template::names(text).map_err(|slip| slip.detail)?;
        let fan = self.each.map(Each::fan);
        let mut values = Map::new();
        let mut put = |head: &str, tail: &str, value: Value| {
            let below = values.entry(head).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(below) = below {
                below.insert(tail.into(), value);
            }
        };
        for name in names {
            if self.each.is_some_and(|each| each.name == name.head) {
                continue;
            }
            let head = name.head.clone();
            match graph::named(name, fan) {
                Some(Reference::Label(_)) => {
                    let labels = self.labels.iter();
                    labels.for_each(|(name, label)| put("labels", name, label.as_str().into()));
                }
                Some(Reference::Input(name)) => {
                    if let Some(value) = self.inputs.get(&name) {
                        put("inputs", &name, value.clone());
                    }
                }
                Some(Reference::Port { step, port }) => {
                    if let Some(value) = (self.outputs)(&step, &port) {
                        put(&head, &port, value);
                    }
                }
                None => {}
            }
        }
        // So that what is missing is missing below something.
        for head in ["inputs", "labels"] {
            values.entry(head).or_insert_with(|| Value::Object(Map::new()));
        }
        if let Some(each) = self.each {
            values.insert(each.name.clone(), each.value.clone());
        }
        template::render(text, &values)
    }
}

/// Replaces every reference and template in `with` by its value; all else stays as it is.
///
/// A list of references (`assets: ["{{ a.image }}", "{{ ladder.images }}"]`) becomes one flat
/// list, so that whoever asked for `image[]` never sees a list of lists. Values are never looked
/// into: one that looks like a template is a value.
pub fn resolve(
    with: &Map<String, Value>,
    scope: &Scope<'_>,
) -> Result<Map<String, Value>, Unresolved> {
    let mut resolved = Map::new();
    for (param, value) in with {
        let value = match (scope.value(param, value), value) {
            (Some(value), _) => value?,
            (None, Value::Array(items)) => {
                let mut flat = Vec::with_capacity(items.len());
                for item in items {
                    match scope.value(param, item) {
                        Some(value) => match value? {
                            Value::Array(many) => flat.extend(many),
                            one => flat.push(one),
                        },
                        None => flat.push(entry(param, item, scope)?),
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
fn entry(param: &str, item: &Value, scope: &Scope<'_>) -> Result<Value, Unresolved> {
    let Value::Object(fields) = item else { return Ok(item.clone()) };
    let mut resolved = fields.clone();
    for value in resolved.values_mut() {
        if let Some(found) = scope.value(param, value) {
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

    fn resolved(
        with: Value,
        inputs: Value,
        outputs: &dyn Fn(&str, &str) -> Option<Value>,
    ) -> Result<Map<String, Value>, Unresolved> {
        let labels = BTreeMap::from([("campaign".to_owned(), "{{ inputs.secret }}".to_owned())]);
        let inputs = map(inputs);
        resolve(&map(with), &Scope { inputs: &inputs, labels: &labels, each: None, outputs })
    }

    #[test]
    fn references_become_values_and_lists_of_them_become_flat() {
        let outputs = |step: &str, port: &str| match (step, port) {
            ("large", "image") => Some(json!("as_1")),
            ("ladder", "images") => Some(json!(["as_2", "as_3"])),
            _ => None,
        };
        let with = json!({
            "assets": ["{{ large.image }}", "{{ ladder.images }}"],
            "image": "{{large.image}}", "prompt": "{{ inputs.prompt }}", "factor": 2,
            "target": {"kind": "s3"}
        });
        let resolved = resolved(with, json!({"prompt": "a fox"}), &outputs).unwrap();
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
        let with = json!({
            "layers": [{"image": "{{ cutout.image }}", "x": 4}, {"text": "{{ inputs.title }}"}]
        });
        let resolved = resolved(with, json!({"title": "{{ a.b }}"}), &outputs).unwrap();
        let expected = json!([{"image": "as_1", "x": 4}, {"text": "{{ a.b }}"}]);
        assert_eq!(
            resolved["layers"], expected,
            "and a value that looks like a reference is a value"
        );
    }

    #[test]
    fn a_reference_without_a_value_is_named() {
        let with = json!({"image": "{{ cutout.image }}"});
        let error = resolved(with, json!({}), &|_, _| None).unwrap_err();
        assert_eq!(error.to_string(), "{{ cutout.image }} of parameter image has no value");
    }

    #[test]
    fn a_template_writes_values_into_words_and_never_looks_into_them() {
        let outputs = |_: &str, _: &str| Some(json!("{{ inputs.secret }}"));
        let with = json!({
            "prompt": "{{ inputs.a }}, {{ caption.text }} for {{ labels.campaign }}",
            "terms": ["no {{ inputs.a }}", "{{ caption.text }}", "plain"],
            "layers": [{"text": "{{ labels.campaign }}"}, {"text": "{{ inputs.a | upper }}!"}],
        });
        let inputs = json!({"a": "{% raw %}", "secret": "told"});
        let (secret, expected) = ("{{ inputs.secret }}", resolved(with, inputs, &outputs).unwrap());
        assert_eq!(
            Value::Object(expected),
            json!({
                "prompt": format!("{{% raw %}}, {secret} for {secret}"),
                "terms": ["no {% raw %}", secret, "plain"],
                "layers": [{"text": secret}, {"text": "{% RAW %}!"}],
            })
        );
    }

    #[test]
    fn a_template_without_a_value_says_so() {
        for text in ["a {{ inputs.gone }}", "a {{ labels.gone }}", "a {{ caption.text }}"] {
            let error = resolved(json!({"prompt": text}), json!({}), &|_, _| None).unwrap_err();
            assert_eq!(
                error.to_string(),
                "the template of parameter prompt gives no text: something that it names is not there"
            );
        }
    }
}
