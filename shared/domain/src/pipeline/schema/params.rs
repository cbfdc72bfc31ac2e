//! The parameters of a kind, from its row of the table.

use serde_json::{Map, Value, json};

use super::super::kinds::{POST, Param, Spec, WINDOW};
use super::super::mandate::NOT_SAID;
use super::super::read::limits;
use super::super::types::Type;
use super::{target, words};

/// What a parameter's value may be besides itself.
#[derive(Clone, Copy, PartialEq)]
enum Besides {
    /// A reference to a value of its type.
    Reference,
    /// Nothing: these are read before any step is done.
    Nothing,
}

/// The schema of what stands under `with`.
pub(super) fn of(spec: &Spec) -> Value {
    let mut schema = fields(spec.name, spec.params, Besides::Reference);
    schema["type"] = json!(["object", "null"]);
    if spec.params.iter().any(|param| param.name.starts_with(POST)) {
        post(&mut schema);
    }
    let ports: Vec<String> =
        spec.outputs.iter().map(|it| format!("{} ({})", it.name, it.ty.as_str())).collect();
    let about = format!("{} Gives {}.", words::of_kind(spec.name), ports.join(", "));
    schema["description"] = about.trim_start().into();
    schema
}

/// The fields of a post lie below `post`, those of a window below `window`; with a post no assets are published by themselves.
fn post(schema: &mut Value) {
    let Some(all) = schema["properties"].as_object_mut() else { return };
    for (name, prefix, about) in [
        (
            "post",
            POST,
            "One post for each target, in the target's own form, instead of assets by themselves.",
        ),
        ("window", WINDOW, "When it is published: as soon as all that is said here allows it."),
    ] {
        let names: Vec<String> =
            all.keys().filter(|name| name.starts_with(prefix)).cloned().collect();
        let fields = names.into_iter().filter_map(|name| {
            let field = all.remove(&name)?;
            Some((name.trim_start_matches(prefix).to_owned(), field))
        });
        let fields: Map<String, Value> = fields.collect();
        all.insert(
            name.into(),
            json!({
                "type": "object", "additionalProperties": false, "properties": fields,
                "description": about,
            }),
        );
    }
    schema["required"] = json!([]);
    schema["anyOf"] = json!([
        { "required": ["assets", "target"] },
        { "required": ["post", "target"] },
        { "required": ["post", "targets"] },
    ]);
}

/// The same for a gate of all pipelines: nothing can be referred to, and what it judges is not its to say.
pub(super) fn of_mandate(spec: &Spec) -> Value {
    let own: Vec<Param> =
        spec.params.iter().filter(|param| !NOT_SAID.contains(&param.name)).copied().collect();
    let mut schema = fields(spec.name, &own, Besides::Nothing);
    schema["type"] = json!(["object", "null"]);
    schema
}

/// The schema of what an evaluator is told: it is the same in every pipeline, so nothing can be referred to.
pub(crate) fn params_schema(owner: &str, params: &[Param]) -> Value {
    fields(owner, params, Besides::Nothing)
}

/// A mapping of these fields.
fn fields(owner: &str, params: &[Param], besides: Besides) -> Value {
    let required: Vec<&str> =
        params.iter().filter(|param| param.required).map(|param| param.name).collect();
    let properties: Map<String, Value> =
        params.iter().map(|param| (param.name.to_owned(), field(owner, param, besides))).collect();
    json!({
        "type": "object", "required": required, "additionalProperties": false,
        "properties": properties,
    })
}

fn field(owner: &str, param: &Param, besides: Besides) -> Value {
    let mut schema = match besides {
        Besides::Reference => or_reference(param.ty),
        Besides::Nothing => value(param.ty),
    };
    let takes = param.ty.describe();
    schema["description"] = match words::of_param(owner, param.name) {
        "" => takes.into(),
        about => format!("{about} Takes {takes}.").into(),
    };
    if let Some(default) = param.default_value() {
        schema["default"] = default;
    }
    schema
}

/// A value of the type, or a reference to one where there can be one.
fn or_reference(ty: Type) -> Value {
    let reference = json!({ "$ref": "#/$defs/reference" });
    match ty {
        Type::Image | Type::Audio | Type::Video | Type::Medium => reference,
        ty if ty.takes_many() => json!({
            "anyOf": [
                reference,
                { "type": "array", "minItems": 1, "maxItems": limits::STEPS_MOST, "items": reference },
            ],
        }),
        Type::Target | Type::Targets | Type::Records { .. } => value(ty),
        _ => json!({ "anyOf": [value(ty), { "$ref": "#/$defs/template" }] }),
    }
}

fn value(ty: Type) -> Value {
    match ty {
        Type::Text { most } => json!({ "type": "string", "pattern": "\\S", "maxLength": most }),
        Type::Integer { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Type::Even { min, max } => {
            json!({ "type": "integer", "multipleOf": 2, "minimum": min, "maximum": max })
        }
        Type::IntegerOf(values) => json!({ "enum": values }),
        Type::Number { min, max } => json!({ "type": "number", "minimum": min, "maximum": max }),
        Type::Boolean => json!({ "type": "boolean" }),
        Type::Choice(words) => json!({ "enum": words }),
        Type::Choices(words) => list(json!({ "enum": words }), words.len()),
        Type::Integers { min, max, most } => {
            list(json!({ "type": "integer", "minimum": min, "maximum": max }), most)
        }
        Type::Texts { most, each } => {
            list(json!({ "type": "string", "pattern": "\\S", "maxLength": each }), most)
        }
        Type::Object => json!({ "type": "object" }),
        Type::Color => {
            json!({ "type": "string", "pattern": "^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})$" })
        }
        Type::Aspect => json!({ "type": "string", "pattern": "^[0-9]{1,5}:[0-9]{1,5}$" }),
        Type::Lut => json!({
            "anyOf": [
                { "type": "string", "pattern": "LUT_3D_SIZE" },
                {
                    "type": "object", "required": ["size", "table"], "additionalProperties": false,
                    "properties": {
                        "size": { "type": "integer", "minimum": 2, "maximum": 65 },
                        "table": { "type": "array", "items": { "type": "number" } },
                    },
                },
            ],
        }),
        Type::Record(of) => fields("record", of, Besides::Nothing),
        Type::Records { fields: of, most } => {
            let owner = if of.iter().any(|field| field.name == "layer" || field.name == "anchor") {
                "layer"
            } else {
                "entry"
            };
            json!({ "type": "array", "minItems": 1, "maxItems": most, "items": fields(owner, of, Besides::Reference) })
        }
        Type::Target => target::schema(),
        Type::Targets => target::list(),
        Type::Image | Type::Images | Type::Audio | Type::Video | Type::Assets | Type::Medium => {
            json!({ "$ref": "#/$defs/reference" })
        }
    }
}

fn list(of: Value, most: usize) -> Value {
    json!({ "type": "array", "minItems": 1, "maxItems": most, "uniqueItems": true, "items": of })
}
