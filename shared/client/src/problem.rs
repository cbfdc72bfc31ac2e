//! An RFC 9457 problem document: how the API says no.
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Why a request was not accepted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// A URI that names the kind of problem.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// The kind of problem in a few words.
    #[serde(default)]
    pub title: String,
    /// The HTTP status.
    #[serde(default)]
    pub status: u16,
    /// What went wrong this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What it happened to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The places that are wrong, all of them.
    #[serde(default)]
    pub errors: Vec<FieldProblem>,
    /// What this client does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// One place in the request that is wrong.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FieldProblem {
    /// A JSON pointer into the request's body.
    #[serde(default)]
    pub pointer: String,
    /// What is wrong there and what would be right.
    #[serde(default)]
    pub detail: String,
    /// What this client does not know.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl FieldProblem {
    /// The place by its name: a pointer into the body, a header, a query parameter.
    pub fn name(&self) -> &str {
        let elsewhere = ["header", "parameter"].iter().find_map(|it| self.rest.get(*it)?.as_str());
        match (elsewhere, self.pointer.as_str()) {
            (Some(name), _) => name,
            (None, "") => "the body",
            (None, pointer) => pointer,
        }
    }
}

impl Problem {
    /// Reads an answer of `status`; what is no problem document (a gateway's own page, say) becomes a plain one.
    pub(crate) fn read(status: u16, reason: &str, body: &[u8]) -> Self {
        let value = serde_json::from_slice::<Value>(body).unwrap_or_default();
        let mut problem = serde_json::from_value::<Self>(value.clone()).unwrap_or_default();
        problem.status = status;
        if problem.title.is_empty() {
            let message = value.get("message").or_else(|| value.get("Message"));
            problem.kind = "about:blank".into();
            problem.title = reason.to_owned();
            problem.detail = problem.detail.or(message.and_then(Value::as_str).map(str::to_owned));
        }
        problem
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.title, self.status)?;
        if let Some(detail) = self.detail.as_ref().filter(|detail| **detail != self.title) {
            write!(f, ": {detail}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateways_own_answer_becomes_a_plain_problem() {
        let problem = Problem::read(503, "Service Unavailable", br#"{"message":"throttled"}"#);
        assert_eq!(problem.to_string(), "Service Unavailable (503): throttled");
        let problem = Problem::read(502, "Bad Gateway", b"<html>");
        assert_eq!(problem.to_string(), "Bad Gateway (502)");
    }

    #[test]
    fn a_problem_keeps_every_place() {
        let body = br#"{"type":"/v1/errors/inputs","title":"bad inputs","status":422,
            "errors":[{"pointer":"/inputs/a","detail":"x"},{"pointer":"/inputs/b","detail":"y"}]}"#;
        let problem = Problem::read(422, "", body);
        assert_eq!(problem.errors.len(), 2);
        assert_eq!(problem.errors[1].pointer, "/inputs/b");
    }
}
