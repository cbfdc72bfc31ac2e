//! How the API says no.

use super::{list, object, one_of, schema, text};
use domain::problem::ProblemType;
use serde_json::{Value, json};

pub(super) fn schemas() -> Value {
    let kind = json!({
        "type": text("Its address: a page with cause, what to do, an example."),
        "title": text("What it is, in a few words."),
        "status": { "type": "integer", "minimum": 400, "maximum": 599, "description": "The HTTP status." },
        "next": text("What its caller should do next."),
    });
    let mut problem = kind.clone();
    problem["detail"] = text("What was wrong this time, and what would be right.");
    problem["errors"] = list("WrongPlace");
    problem["instance"] = text("The trace under which the operator's logs have the request.");
    let mut page = kind;
    page["cause"] = text("What causes it.");
    page["example"] = object(
        "One request that has it.",
        json!({
            "request": text("The request, as far as it matters."), "answer": schema("Problem"),
        }),
        &[],
    );
    json!({
        "Problem": object("A problem document (RFC 9457).", problem, &[]),
        "WrongPlace": object("One place that is wrong.", json!({
            "pointer": text("In the body, as RFC 6901 says; empty for all of it."),
            "header": text("A header's name."),
            "parameter": text("A query parameter's name."),
            "line": { "type": "integer", "minimum": 1, "description": "In a text of several lines." },
            "column": { "type": "integer", "minimum": 1 },
            "detail": text("What is wrong there, and what would be right."),
        }), &["pointer", "header", "parameter", "line", "column"]),
        "ProblemSlug": one_of("The last part of a problem's `type`.", ProblemType::ALL.iter().map(|kind| kind.slug())),
        "ProblemPage": object("What a type of problem means.", page, &[]),
        "ProblemPages": object("All types of problems.", json!({ "errors": list("ProblemPage") }), &[]),
    })
}
