//! Answers in a form: a JSON schema that is asked for, and against which the answer is held.

use jsonschema::{PatternOptions, Validator};
use serde_json::{Map, Value, json};

/// A form that an answer has to fit.
#[derive(Debug)]
pub(crate) struct Form {
    /// As it is asked for.
    schema: Value,
    strict: bool,
    validator: Validator,
}

impl Form {
    /// The form of a JSON schema; none where none is asked for.
    pub(crate) fn of(schema: Option<&Value>) -> Result<Option<Self>, String> {
        let Some(schema) = schema.filter(|schema| !schema.is_null()) else { return Ok(None) };
        let options = jsonschema::options().with_pattern_options(PatternOptions::regex());
        let validator = options
            .build(schema)
            .map_err(|error| format!("the schema is none that can be used: {}", error.masked()))?;
        let closed = closed(schema);
        let strict = closed.is_some() && schema["type"] == "object";
        let schema = closed.unwrap_or_else(|| schema.clone());
        Ok(Some(Self { schema, strict, validator }))
    }

    /// The `response_format` of a request.
    pub(crate) fn asked(&self) -> Value {
        json!({
            "type": "json_schema",
            "json_schema": { "name": "answer", "schema": self.schema, "strict": self.strict },
        })
    }

    /// The schema as it is asked for.
    pub(crate) fn schema(&self) -> &Value {
        &self.schema
    }

    /// Whether the endpoint promises to keep to it.
    pub(crate) fn is_strict(&self) -> bool {
        self.strict
    }

    /// The JSON of an answer, or where it does not fit. What it says there is not repeated.
    pub(crate) fn fits(&self, text: &str) -> Result<String, String> {
        let text = bare(text);
        let Ok(value) = serde_json::from_str::<Value>(text) else {
            return Err("it is no JSON".into());
        };
        match self.validator.iter_errors(&value).next() {
            None => Ok(text.to_owned()),
            Some(error) => {
                let place = error.instance_path().to_string();
                let place =
                    if place.is_empty() { "the whole".into() } else { format!("at {place}") };
                Err(format!("{place}: {}", error.kind().keyword()))
            }
        }
    }
}

/// Without the fence that some models put around JSON.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let inner = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```"));
    inner.map_or(text, |inner| inner.strip_prefix("json").unwrap_or(inner).trim())
}

/// The same schema with every object closed, which promises of endpoints are made for; none where an
/// object is open on purpose, or a property may be left out.
fn closed(schema: &Value) -> Option<Value> {
    match schema {
        Value::Object(fields) => {
            let mut all = Map::new();
            for (name, value) in fields {
                // Names, not schemas.
                let value = match name.as_str() {
                    "properties" | "$defs" | "definitions" => {
                        let named = value.as_object()?.iter();
                        let named =
                            named.map(|(name, schema)| Some((name.clone(), closed(schema)?)));
                        Value::Object(named.collect::<Option<_>>()?)
                    }
                    "items" | "anyOf" => closed(value)?,
                    _ => value.clone(),
                };
                all.insert(name.clone(), value);
            }
            if let Some(properties) = fields.get("properties").and_then(Value::as_object) {
                let required = fields.get("required").and_then(Value::as_array);
                let needed =
                    |name: &String| required.is_some_and(|at| at.iter().any(|of| of == name));
                if !properties.keys().all(needed) {
                    return None;
                }
            }
            if fields.get("type").is_some_and(|name| name == "object") {
                let open = all.entry("additionalProperties").or_insert(false.into());
                if *open != false {
                    return None;
                }
            }
            Some(all.into())
        }
        Value::Array(schemas) => schemas.iter().map(closed).collect(),
        other => Some(other.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(schema: &Value) -> Form {
        Form::of(Some(schema)).unwrap().unwrap()
    }

    fn tin() -> Value {
        json!({
            "type": "object",
            "properties": {
                "colour": { "enum": ["red", "tin"] },
                "dents": { "type": "array", "items": { "type": "object", "properties": {} } },
            },
            "required": ["colour", "dents"],
        })
    }

    #[test]
    fn objects_are_closed_so_that_the_endpoint_can_promise() {
        let form = form(&tin());
        assert!(form.is_strict());
        let asked = form.asked();
        let schema = &asked["json_schema"]["schema"];
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(schema["properties"]["dents"]["items"]["additionalProperties"], false);
    }

    #[test]
    fn what_is_open_on_purpose_stays_so_and_is_not_promised() {
        let mut open = tin();
        open["additionalProperties"] = true.into();
        let mut optional = tin();
        optional["required"] = json!(["colour"]);
        for schema in [open, optional, json!({ "type": "array", "items": {} })] {
            let form = form(&schema);
            assert!(!form.is_strict(), "{schema}");
            assert_eq!(form.asked()["json_schema"]["strict"], false);
        }
    }

    #[test]
    fn an_answer_is_held_against_the_schema_and_not_repeated() {
        let form = form(&tin());
        let fitting = r#"{"colour": "red", "dents": []}"#;
        assert_eq!(form.fits(fitting), Ok(fitting.to_owned()));
        let check = |text: &str, wrong: &str| assert_eq!(form.fits(text), Err(wrong.into()));
        check(r#"{"colour": "secret", "dents": []}"#, "at /colour: enum");
        check(r#"{"colour": "red"}"#, "the whole: required");
        check("The tin is red.", "it is no JSON");
        check(r#"{"colour": "red", "#, "it is no JSON");
    }

    #[test]
    fn a_fence_around_json_is_taken_off() {
        let form = form(&json!({ "type": "object" }));
        for text in ["{}", " {}\n", "```json\n{}\n```", "```\n{}\n```"] {
            assert_eq!(form.fits(text), Ok("{}".into()), "{text:?}");
        }
    }

    #[test]
    fn a_schema_that_is_none_is_refused() {
        let wrong = Form::of(Some(&json!({ "type": "tin" }))).unwrap_err();
        assert!(wrong.starts_with("the schema is none that can be used: "), "{wrong}");
        let far = json!({ "$ref": "https://example.com/schema.json" });
        assert!(Form::of(Some(&far)).is_err(), "nothing is fetched");
        assert!(Form::of(None).unwrap().is_none());
    }
}
