//! One operation of the description, put together piece by piece.

use domain::problem::ProblemType;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What one method at one address takes and answers.
pub(crate) struct Operation {
    id: &'static str,
    tag: &'static str,
    summary: &'static str,
    about: &'static str,
    parameters: Vec<Value>,
    body: Option<Value>,
    answers: BTreeMap<u16, Value>,
    problems: BTreeSet<(u16, &'static str)>,
}

/// An operation by its name, its theme and what it does.
pub(crate) fn operation(id: &'static str, tag: &'static str, summary: &'static str) -> Operation {
    Operation {
        id,
        tag,
        summary,
        about: "",
        parameters: Vec::new(),
        body: None,
        answers: BTreeMap::new(),
        problems: BTreeSet::new(),
    }
}

/// A schema of `schemas.rs`, by its name.
pub(crate) fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

impl Operation {
    /// What else its caller should know.
    pub(crate) fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// A query parameter.
    pub(crate) fn query(self, name: &str, schema: Value, about: &str) -> Self {
        self.parameter("query", name, schema, about)
    }

    /// Query parameters whose names are not known beforehand: the properties of an object.
    pub(crate) fn query_of_many(mut self, name: &str, schema: Value, about: &str) -> Self {
        self = self.parameter("query", name, schema, about);
        if let Some(parameter) = self.parameters.last_mut() {
            (parameter["style"], parameter["explode"]) = (json!("form"), json!(true));
        }
        self
    }

    /// A header that may be sent.
    pub(crate) fn header(self, name: &str, schema: Value, about: &str) -> Self {
        self.parameter("header", name, schema, about)
    }

    fn parameter(mut self, place: &str, name: &str, schema: Value, about: &str) -> Self {
        self.parameters
            .push(json!({ "name": name, "in": place, "schema": schema, "description": about }));
        self
    }

    /// What one part of its address is: told where the usual text would not do.
    pub(crate) fn part(mut self, name: &str, schema: Value, about: &str) -> Self {
        self.parameters.push(json!({
            "name": name, "in": "path", "required": true, "schema": schema, "description": about,
        }));
        self
    }

    /// A body in JSON.
    pub(crate) fn json_body(self, schema: Value, example: Value) -> Self {
        let media = json!({ "schema": schema, "example": example });
        self.body(&[("application/json", media)])
    }

    /// A body in JSON that may be left out.
    pub(crate) fn optional_json_body(self, schema: Value, example: Value) -> Self {
        let mut operation = self.json_body(schema, example);
        if let Some(body) = &mut operation.body {
            body["required"] = json!(false);
        }
        operation
    }

    /// A body in one of several types. What makes no sense of it is answered in detail.
    pub(crate) fn body(mut self, types: &[(&str, Value)]) -> Self {
        let content: Map<String, Value> =
            types.iter().map(|(name, media)| ((*name).to_owned(), media.clone())).collect();
        self.body = Some(json!({ "required": true, "content": content }));
        self.problems(&[ProblemType::UnsupportedMediaType, ProblemType::MalformedBody])
    }

    /// An answer in JSON.
    pub(crate) fn answer(self, status: u16, about: &str, schema: Value, example: Value) -> Self {
        let content = json!({ "application/json": { "schema": schema, "example": example } });
        self.answer_of(status, about, content)
    }

    /// An answer in several types.
    pub(crate) fn answer_of(mut self, status: u16, about: &str, content: Value) -> Self {
        let mut answer = json!({ "description": about });
        if !content.is_null() {
            answer["content"] = content;
        }
        self.answers.insert(status, answer);
        self
    }

    /// Headers that come with an answer of that status.
    pub(crate) fn sends(mut self, status: u16, names: &[&str]) -> Self {
        for name in names {
            let header = json!({ "$ref": format!("#/components/headers/{name}") });
            self.answers.entry(status).or_insert_with(|| json!({}))["headers"][name] = header;
        }
        self
    }

    /// Problems that it may answer.
    pub(crate) fn problems(mut self, kinds: &[ProblemType]) -> Self {
        self.problems.extend(kinds.iter().map(|kind| (kind.status(), kind.slug())));
        self
    }

    /// The operation object.
    pub(super) fn json(self, path: &str, security: Value) -> Value {
        let mut parameters = self.parameters;
        for name in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
            if !parameters.iter().any(|known| known["in"] == "path" && known["name"] == name) {
                parameters.insert(0, variable(path, name));
            }
        }
        let mut responses: Map<String, Value> =
            self.answers.into_iter().map(|(status, answer)| (status.to_string(), answer)).collect();
        let statuses: BTreeSet<u16> = self.problems.iter().map(|(status, _)| *status).collect();
        for status in statuses {
            let slugs = self.problems.iter().filter(|(of, _)| *of == status).map(|(_, slug)| *slug);
            responses.insert(status.to_string(), refusal(status, &slugs.collect::<Vec<_>>()));
        }
        responses.insert("429".into(), json!({ "$ref": "#/components/responses/Throttled" }));
        let mut operation = json!({
            "operationId": self.id, "tags": [self.tag], "summary": self.summary,
            "security": security, "responses": responses,
        });
        if !self.about.is_empty() {
            operation["description"] = self.about.into();
        }
        if !parameters.is_empty() {
            operation["parameters"] = parameters.into();
        }
        if let Some(body) = self.body {
            operation["requestBody"] = body;
        }
        operation
    }
}

fn variable(path: &str, name: &str) -> Value {
    let (about, schema) = match path.split('/').nth(2) {
        Some("jobs") => ("The job's id.", schema("JobId")),
        Some("assets") => ("The asset's id.", schema("AssetId")),
        Some("reviews") => ("The review's id.", schema("ReviewId")),
        Some("connections") => ("The connection's name.", schema("Name")),
        Some("triggers") => ("The trigger's name.", schema("Name")),
        Some("pipelines") => ("The pipeline's name.", schema("Name")),
        Some("errors") => ("The last part of a problem's `type`.", json!({ "type": "string" })),
        _ => ("The name.", json!({ "type": "string", "minLength": 1 })),
    };
    json!({ "name": name, "in": "path", "required": true, "schema": schema, "description": about })
}

fn refusal(status: u16, slugs: &[&str]) -> Value {
    let address = |slug: &&str| json!(format!("/v1/errors/{slug}"));
    let kinds: Value = slugs.iter().map(address).collect();
    let examples: Map<String, Value> = slugs
        .iter()
        .map(|slug| {
            ((*slug).to_owned(), json!({ "$ref": format!("#/components/examples/{slug}") }))
        })
        .collect();
    let titles: Vec<&str> = slugs
        .iter()
        .filter_map(|slug| ProblemType::of_slug(slug).map(ProblemType::title))
        .collect();
    let own = json!({ "properties": { "type": { "enum": kinds } } });
    let mut answer = json!({
        "description": format!("{}.", titles.join(", or: ")),
        "content": { "application/problem+json": {
            "schema": { "allOf": [schema("Problem"), own] }, "examples": examples,
        } },
    });
    let header = match status {
        401 => Some("WWW-Authenticate"),
        503 => Some("Retry-After"),
        _ => None,
    };
    if let Some(name) = header {
        answer["headers"][name] = json!({ "$ref": format!("#/components/headers/{name}") });
    }
    answer
}

/// The gateway's own answer: too fast for the rates that the operator set.
pub(super) fn throttled() -> Value {
    json!({
        "description": "More requests than the gateway lets through. Nothing happened: wait a second and send it again.",
        "content": { "application/json": {
            "schema": schema("GatewayMessage"), "example": { "message": "Too Many Requests" },
        } },
    })
}

/// Headers of answers, by name.
pub(super) fn headers() -> Value {
    let header =
        |about: &str, kind: &str| json!({ "description": about, "schema": { "type": kind } });
    json!({
        "Location": header("The address of what was made.", "string"),
        "Retry-After": header("Seconds to wait before the same request is sent again.", "integer"),
        "Idempotency-Replayed": header("`true` where this key's job was there already.", "string"),
        "Preference-Applied": header("`wait=N`: the seconds that were granted of those preferred.", "string"),
        "WWW-Authenticate": header("The scheme that is asked for.", "string"),
    })
}
