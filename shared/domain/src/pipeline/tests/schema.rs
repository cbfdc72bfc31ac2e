//! The schema that editors complete from says what the checks say, as far as one field can tell.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::malformed;
use crate::pipeline::{Kind, Mandate, Pipeline, kinds::Param, mandate_schema, schema, value};

/// What is wrong with a value, by the part of JSON Schema that our schema uses; any other word is a fault of the test.
fn faults(schema: &Value, value: &Value, place: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut say = |what: String| found.push(format!("{place}: {what}"));
    let number = value.as_f64();
    let text = value.as_str();
    let length = text.map(|text| text.chars().count() as f64);
    let items = value.as_array();
    let below = |name: &str, most: Option<f64>, of: &Value| {
        let wrong = most.zip(of.as_f64()).is_some_and(|(given, bound)| match name {
            "minimum" | "minLength" | "minItems" | "minProperties" => given < bound,
            _ => bound < given,
        });
        wrong.then(|| format!("{name} is {of}"))
    };
    let mut deeper = Vec::new();
    for (word, of) in schema.as_object().expect("a schema is an object") {
        match word.as_str() {
            "$schema" | "$defs" | "title" | "description" | "default" | "then" => {}
            "$ref" => {
                let target = ROOT.pointer(of.as_str().unwrap().strip_prefix('#').unwrap());
                deeper.extend(faults(target.expect("references lead somewhere"), value, place));
            }
            "type" => {
                let names = of.as_array().cloned().unwrap_or_else(|| vec![of.clone()]);
                if !names.iter().any(|name| is(name.as_str().unwrap(), value)) {
                    say(format!("is no {of}"));
                }
            }
            "enum" if !of.as_array().unwrap().contains(value) => say(format!("is none of {of}")),
            "const" if of != value => say(format!("is not {of}")),
            "pattern" => {
                let pattern = regex_lite::Regex::new(of.as_str().unwrap()).unwrap();
                if text.is_some_and(|text| !pattern.is_match(text)) {
                    say(format!("does not match {of}"));
                }
            }
            "minimum" | "maximum" => below(word, number, of).into_iter().for_each(&mut say),
            "multipleOf" => {
                if number.is_some_and(|number| number % of.as_f64().unwrap() != 0.0) {
                    say(format!("is no multiple of {of}"));
                }
            }
            "minLength" | "maxLength" => below(word, length, of).into_iter().for_each(&mut say),
            "minItems" | "maxItems" => {
                let count = items.map(|items| items.len() as f64);
                below(word, count, of).into_iter().for_each(&mut say);
            }
            "minProperties" | "maxProperties" => {
                let count = value.as_object().map(|map| map.len() as f64);
                below(word, count, of).into_iter().for_each(&mut say);
            }
            "uniqueItems" => {
                let texts = items.into_iter().flatten().map(Value::to_string);
                let many = texts.clone().count();
                if texts.collect::<BTreeSet<_>>().len() < many {
                    say("names one thing twice".into());
                }
            }
            "items" => {
                for (at, item) in items.into_iter().flatten().enumerate() {
                    deeper.extend(faults(of, item, &format!("{place}/{at}")));
                }
            }
            "required" => {
                for name in of.as_array().unwrap().iter().filter_map(Value::as_str) {
                    if value.as_object().is_some_and(|map| !map.contains_key(name)) {
                        say(format!("has no {name}"));
                    }
                }
            }
            "propertyNames" => {
                for name in value.as_object().into_iter().flatten().map(|(name, _)| name) {
                    deeper.extend(faults(of, &json!(name), &format!("{place}/{name}")));
                }
            }
            "properties" => {
                for (name, field) in value.as_object().into_iter().flatten() {
                    if let Some(of) = of.get(name) {
                        deeper.extend(faults(of, field, &format!("{place}/{name}")));
                    }
                }
            }
            "additionalProperties" => {
                for (name, field) in value.as_object().into_iter().flatten() {
                    if schema["properties"].get(name).is_some() {
                        continue;
                    }
                    match of {
                        Value::Bool(false) => say(format!("has no field {name}")),
                        of => deeper.extend(faults(of, field, &format!("{place}/{name}"))),
                    }
                }
            }
            "allOf" => {
                for part in of.as_array().unwrap() {
                    deeper.extend(faults(part, value, place));
                }
            }
            "anyOf" | "oneOf" => {
                let fits = |part: &&Value| faults(part, value, place).is_empty();
                let fitting = of.as_array().unwrap().iter().filter(fits).count();
                if fitting == 0 || (word == "oneOf" && fitting != 1) {
                    say(format!("fits {fitting} of {word}"));
                }
            }
            "not" if faults(of, value, place).is_empty() => say("is what it must not be".into()),
            "if" if faults(of, value, place).is_empty() => {
                deeper.extend(faults(&schema["then"], value, place));
            }
            "enum" | "const" | "not" | "if" => {}
            word => panic!("{word} is not known here"),
        }
    }
    found.extend(deeper);
    found
}

fn is(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "null" => value.is_null(),
        other => panic!("{other} is no type"),
    }
}

static ROOT: std::sync::LazyLock<Value> = std::sync::LazyLock::new(schema);

fn said(text: &str) -> Vec<String> {
    faults(&ROOT, &value(text).expect("it can be read"), "")
}

#[test]
fn the_committed_schema_is_what_the_tables_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/pipelines/pipeline.schema.json");
    let made = format!("{:#}\n", *ROOT);
    if std::fs::read_to_string(path).unwrap_or_default() != made {
        // Left in place, so that the next run passes and the change is seen in review.
        std::fs::write(path, &made).unwrap();
        panic!(
            "infra/pipelines/pipeline.schema.json was not what the tables say; it is now: look at the \
             difference and commit it (`galley pipelines schema` prints the same)"
        );
    }
}

#[test]
fn every_sample_fits_and_names_the_schema_in_its_first_line() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/pipelines");
    let mut samples = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(said(&text), [""; 0], "{}", path.display());
        let first = "# yaml-language-server: $schema=pipeline.schema.json\n";
        assert!(text.starts_with(first), "{} begins otherwise", path.display());
        // What the checks spell out fits too.
        let whole = crate::pipeline::document(&Pipeline::parse(&text).unwrap());
        assert_eq!(faults(&ROOT, &whole, ""), [""; 0], "{}", path.display());
        samples += 1;
    }
    assert!(3 <= samples, "{samples}");
}

/// A part of a schema with what it refers to in place of the references.
fn inlined(root: &Value, part: &Value) -> Value {
    match part {
        Value::Object(fields) => match fields.get("$ref").and_then(Value::as_str) {
            Some(place) => inlined(root, root.pointer(&place[1..]).expect("it leads somewhere")),
            None => fields.iter().map(|(k, v)| (k.clone(), inlined(root, v))).collect(),
        },
        Value::Array(items) => items.iter().map(|item| inlined(root, item)).collect(),
        other => other.clone(),
    }
}

#[test]
fn the_committed_schema_of_mandates_is_what_the_tables_say_and_the_sample_fits() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/pipelines/gates/");
    let (path, schema) = (format!("{folder}gates.schema.json"), mandate_schema());
    let made = format!("{schema:#}\n");
    if std::fs::read_to_string(&path).unwrap_or_default() != made {
        std::fs::write(path, &made).unwrap();
        panic!(
            "infra/pipelines/gates/gates.schema.json was old; look at the difference and commit it"
        );
    }
    let sample = std::fs::read_to_string(format!("{folder}house-rules.yaml")).unwrap();
    assert!(sample.starts_with("# yaml-language-server: $schema=gates.schema.json\n"));
    let whole = inlined(&schema, &schema);
    let faults = |value: &Value| faults(&whole, value, "");
    assert_eq!(faults(&value(&sample).unwrap()), [""; 0]);
    assert_eq!(faults(&Mandate::parse(&sample).unwrap().document()), [""; 0]);
    for wrong in super::mandates::WRONG_SHAPES {
        assert!(Mandate::parse(wrong).is_err(), "{wrong}");
        assert_ne!(faults(&value(wrong).unwrap()), [""; 0], "{wrong}");
    }
}

/// What a single field can tell; all else needs the graph, or the text before it is a value.
const SHAPES: &[&str] = &[
    "has no field",
    "has no parameter",
    "there is no kind",
    "use a whole number",
    "use a number",
    "make it a mapping",
    "use a text of at most",
    "a pipeline's name",
    "the step's name",
    "the input's name",
    "is missing",
    "means nothing here",
    "on_unknown",
    "choose is ",
    "effort is ",
    "cache is ",
    "class is ",
    "class.",
    "a class has",
    "models is ",
    "models names",
    "an entry of models",
    "runs without a lane",
    "no attempts that",
    "there is no target kind",
    "the target has no kind",
    "keep to ",
    "keep it within ",
    "the label",
];

#[test]
fn what_one_field_can_tell_the_schema_refuses_as_the_checks_do() {
    let (mut refused, mut passed) = (0, Vec::new());
    for (text, expected) in malformed::documents() {
        let Ok(document) = value(&text) else { continue };
        let fits = faults(&ROOT, &document, "").is_empty();
        refused += usize::from(!fits);
        let shape = |line: &&&str| SHAPES.iter().any(|shape| line.contains(shape));
        let of_the_graph = |line: &&&str| line.contains("is missing a gate");
        if fits && let Some(line) = expected.iter().find(shape).filter(|line| !of_the_graph(line)) {
            passed.push(line.to_string());
        }
    }
    assert_eq!(passed, [""; 0]);
    assert!(60 <= refused, "only {refused} were refused");
}

#[test]
fn every_field_that_the_reader_knows_is_in_the_schema_and_no_other() {
    let names = |place: &str| -> BTreeSet<String> {
        let found = ROOT.pointer(place).and_then(Value::as_object);
        found.unwrap_or_else(|| panic!("{place} is nowhere")).keys().cloned().collect()
    };
    let known = |fields: &[&str]| fields.iter().map(|field| (*field).to_owned()).collect();
    let hint = "add the field to pipeline/schema";
    assert_eq!(names("/properties"), known(crate::pipeline::read::FIELDS), "{hint}");
    let step = known(crate::pipeline::read::STEP_FIELDS);
    assert_eq!(names("/$defs/step/properties"), step, "{hint}/step.rs");
    let input = known(crate::pipeline::read::INPUT_FIELDS);
    assert_eq!(names("/$defs/input/properties"), input, "{hint}");
}

#[test]
fn every_kind_and_parameter_has_words_of_its_own() {
    fn each(owner: &str, params: &[Param], wordless: &mut Vec<String>) {
        for param in params {
            let place = format!(
                "/$defs/{owner}/properties/{}/description",
                param.name.replacen('.', "/properties/", 1)
            );
            let about = ROOT.pointer(&place).and_then(Value::as_str);
            if about.is_none_or(|about| !about.contains(" Takes ")) {
                wordless.push(format!("{owner} {}", param.name));
            }
        }
    }
    let mut wordless = Vec::new();
    for spec in Kind::ALL.map(Kind::spec) {
        each(spec.name, spec.params, &mut wordless);
        let about = ROOT.pointer(&format!("/$defs/{}/description", spec.name));
        let gives = about.and_then(Value::as_str).is_none_or(|about| about.starts_with("Gives"));
        wordless.extend(gives.then(|| spec.name.to_owned()));
    }
    assert_eq!(wordless, [""; 0], "give them words in pipeline/schema/words.rs");
}

#[test]
fn slips_in_targets_and_layers_are_refused_at_their_place() {
    let card = include_str!("../../../../../infra/pipelines/social-card.yaml");
    assert_eq!(said(card), [""; 0]);
    let wrong = card.replacen("anchor:", "anker:", 1);
    assert!(
        wrong != card && said(&wrong).join("\n").contains("has no field anker"),
        "{:?}",
        said(&wrong)
    );
}
