//! Every answer that a test gets is held against the description of the API; and the description against the routes.

use super::*;
use crate::openapi;
use crate::routes::ROUTES;
use std::collections::BTreeSet;
use std::sync::LazyLock;

static DESCRIPTION: LazyLock<Value> = LazyLock::new(openapi::document);

/// Headers that need no description.
const USUAL: [&str; 5] =
    ["content-type", "cache-control", "vary", "content-security-policy", "x-content-type-options"];

/// Demands that the description knows this answer: status, type, headers, each field, and that of a problem.
pub(crate) fn holds(request: &HttpRequest, answer: &HttpResponse) {
    let Found::Route(route, _) = crate::routes::find(&request.method, &request.path) else {
        return;
    };
    let name = format!("{} {}", route.method, route.path);
    let operation = &DESCRIPTION["paths"][route.path][route.method.to_ascii_lowercase()];
    let known = &operation["responses"][answer.status.to_string()];
    assert!(
        known.is_object(),
        "{name} answered {}, which its operation in openapi/operations.rs does not have: {}",
        answer.status,
        answer.body,
    );
    if answer.body.is_empty() {
        assert!(known["content"].is_null(), "{name} answered {} without a body", answer.status);
        return;
    }
    let media_type = answer.headers["content-type"].split(';').next().unwrap();
    let schema = &known["content"][media_type]["schema"];
    assert!(schema.is_object(), "{name} answered {media_type}, its operation says {known}");
    for header in answer.headers.keys().filter(|header| !USUAL.contains(&header.as_str())) {
        let mut names = known["headers"].as_object().into_iter().flatten();
        let described = names.any(|(name, _)| name.eq_ignore_ascii_case(header));
        assert!(described, "{name} sent {header}: add it by `sends({}, …)`", answer.status);
    }
    if media_type.ends_with("json") {
        let faults = faults(schema, &json_of(answer));
        assert!(
            faults.is_empty(),
            "{name} answered {} other than openapi/ says: {}\n{}",
            answer.status,
            faults.join("; "),
            answer.body,
        );
    }
}

/// What of a value is not as its schema says. A field that the schema does not name is a fault, too.
fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    look(schema, value, "", &mut found);
    found
}

fn look(schema: &Value, value: &Value, place: &str, found: &mut Vec<String>) {
    // Documents are held against their schema where it is made.
    if let Some(name) = schema["$ref"].as_str().filter(|name| !name.ends_with("/Pipeline")) {
        let target = DESCRIPTION.pointer(name.strip_prefix('#').unwrap());
        return look(target.unwrap_or_else(|| panic!("{name} is nowhere")), value, place, found);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        look(part, value, place, found);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = choices.iter().any(|choice| faults(choice, value).is_empty());
        if !fits {
            found.push(format!("{place} is none of the choices"));
        }
        return;
    }
    if let Some(names) = schema["enum"].as_array()
        && !names.contains(value)
    {
        found.push(format!("{place} is {value}, which is not listed"));
    }
    if !schema["const"].is_null() && schema["const"] != *value {
        found.push(format!("{place} is {value}, not {}", schema["const"]));
    }
    if !typed(&schema["type"], value) {
        found.push(format!("{place} is {value}, not {}", schema["type"]));
    }
    match value {
        Value::Object(fields) => object(schema, fields, place, found),
        Value::Array(items) if schema["items"].is_object() => {
            for (at, item) in items.iter().enumerate() {
                look(&schema["items"], item, &format!("{place}/{at}"), found);
            }
        }
        _ => {}
    }
}

fn object(
    schema: &Value,
    fields: &serde_json::Map<String, Value>,
    place: &str,
    found: &mut Vec<String>,
) {
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            found.push(format!("{place}/{name} is missing"));
        }
    }
    for (name, value) in domain::ordered::fields(fields) {
        let place = format!("{place}/{name}");
        match (&schema["properties"][name], &schema["additionalProperties"]) {
            (Value::Null, more @ Value::Object(_)) => look(more, value, &place, found),
            (Value::Null, Value::Null) if schema["type"].is_null() => {}
            (Value::Null, Value::Bool(true)) => {}
            (Value::Null, _) => found.push(format!("{place} is not described")),
            (known, _) => look(known, value, &place, found),
        }
    }
}

fn typed(kinds: &Value, value: &Value) -> bool {
    let is = |kind: &Value| match kind.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("null") => value.is_null(),
        _ => true,
    };
    kinds.as_array().map_or_else(|| is(kinds), |kinds| kinds.iter().any(is))
}

/// Every method and address of the description.
fn operations() -> BTreeSet<String> {
    let paths = DESCRIPTION["paths"].as_object().unwrap();
    let each = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap();
        methods.keys().map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    each.collect()
}

#[test]
fn every_route_of_the_gateway_and_of_the_list_is_described_and_nothing_else() {
    let template = include_str!("../../../../infra/template.yaml");
    let keys =
        template.lines().filter_map(|line| line.split_once("RouteKey: \"")?.1.split_once('"'));
    // The console's pages are for browsers: no API.
    let api = |key: &String| key != "$default" && !key.contains(" /console");
    let mut there: BTreeSet<String> = keys.map(|(key, _)| key.to_owned()).filter(api).collect();
    there.extend(ROUTES.iter().map(|route| format!("{} {}", route.method, route.path)));
    assert_eq!(operations(), there, "describe a route of another function in openapi/hosts.rs");
}

#[test]
fn the_committed_copy_is_what_the_code_describes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/openapi.json");
    let described = format!("{:#}\n", *DESCRIPTION);
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    if committed != described {
        // Left in place, so that the next run passes and the change is seen in review.
        std::fs::write(path, &described).unwrap();
        panic!(
            "infra/openapi.json was not what the code describes; it is now: look at the difference and commit it"
        );
    }
}

#[test]
fn no_two_operations_share_a_name_and_each_has_a_summary() {
    let paths = DESCRIPTION["paths"].as_object().unwrap();
    let all: Vec<&Value> =
        paths.values().flat_map(|methods| methods.as_object().unwrap().values()).collect();
    let names: BTreeSet<&str> =
        all.iter().map(|operation| operation["operationId"].as_str().unwrap()).collect();
    assert_eq!(names.len(), all.len());
    for operation in all {
        assert!(!operation["summary"].as_str().unwrap().ends_with('.'), "{operation}");
        assert!(
            operation["responses"]
                .as_object()
                .unwrap()
                .keys()
                .any(|status| status < &"300".to_owned())
        );
    }
}

#[test]
fn every_example_is_as_its_schema_says_and_every_reference_leads_somewhere() {
    fn walk(value: &Value, place: &str, tried: &mut usize) {
        if let Some(name) = value["$ref"].as_str() {
            let there = name.starts_with('#') && DESCRIPTION.pointer(&name[1..]).is_some();
            assert!(there, "{place}: {name} is nowhere");
        }
        if value["schema"].is_object() && !value["example"].is_null() {
            let faults = faults(&value["schema"], &value["example"]);
            assert!(faults.is_empty(), "the example at {place}: {}", faults.join("; "));
            *tried += 1;
        }
        match value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    walk(field, &format!("{place}/{name}"), tried);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, place, tried)),
            _ => {}
        }
    }
    let mut tried = 0;
    walk(&DESCRIPTION, "", &mut tried);
    assert!(20 < tried, "{tried}");
}

#[tokio::test]
async fn the_description_is_there_for_anybody() {
    let answer =
        send(&world().await, request("GET", "/openapi.json").without("authorization")).await;
    assert_eq!((answer.status, json_of(&answer) == *DESCRIPTION), (200, true));
}

#[test]
fn what_is_not_described_is_a_fault() {
    let upload = json!({ "$ref": "#/components/schemas/UploadRequest" });
    let faults = |value: Value| faults(&upload, &value).join("; ");
    assert_eq!(faults(json!({ "media_type": "image/png", "bytes": 1 })), "");
    assert_eq!(faults(json!({ "media_type": "image/png" })), "/bytes is missing");
    assert_eq!(
        faults(json!({ "media_type": "text/x", "bytes": "1", "name": 2 })),
        "/bytes is \"1\", not \"integer\"; /media_type is \"text/x\", which is not listed; /name is not described"
    );
}
