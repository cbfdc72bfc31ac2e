//! A condition against its pipeline: every name known, every field there, and a yes or no in the end.

use cel::common::ast::{Expr, IdedExpr, LiteralValue};

use super::names::{Met, Named, walk};
use super::parsed;
use crate::pipeline::kinds::{Function, Kind};
use crate::pipeline::model::InputType;
use crate::pipeline::problem::{Problems, child};
use crate::pipeline::read::{Draft, Sketch};
use crate::pipeline::suggest::did_you_mean;
use crate::pipeline::types::PortType;

/// What every step has; gates have the three after it, others their outputs.
const STATE: &str = "state";
const OF_GATE: [&str; 3] = ["verdict", "scores", "reasons"];
const OUTPUTS: &str = "outputs";
const TEXT: &str = "text";

/// Checks the condition of a step; `item` is what an item is called where the step is fanned.
pub(in crate::pipeline) fn check(
    step: &Sketch,
    item: Option<&str>,
    draft: &Draft,
    problems: &mut Problems,
) {
    let Some(text) = &step.when else { return };
    let place = child(&step.pointer, "when");
    let expression = match parsed(text) {
        Ok(expression) => expression,
        Err(slip) => {
            let column = slip.column.map(|column| format!(" at column {column}"));
            let detail = format!(
                "the condition cannot be read{}: {}",
                column.unwrap_or_default(),
                slip.detail
            );
            let fix = "write a condition in CEL, such as \"good.verdict == 'pass'\"";
            return problems.add_edge(&place, detail, fix);
        }
    };
    let Met { names, loops } = walk(&expression);
    if 1 < loops {
        let fix = "take one of all, exists, filter and map out of the other";
        problems.add(&place, "the condition has a loop within a loop", fix);
    }
    for name in &names {
        let wrong = unknown(name, item, draft).or_else(|| of_all(step, name, draft));
        if let Some((detail, fix)) = wrong {
            problems.add_edge(&place, detail, fix);
        }
    }
    if let Some(what) = no_answer(&expression, draft) {
        let fix = "compare it: the condition must be true or false";
        problems.add(&place, format!("the condition is {what}"), fix);
    }
}

/// What is wrong with a name, and what would be right.
fn unknown(name: &Named, item: Option<&str>, draft: &Draft) -> Option<(String, String)> {
    let Named { head, fields } = name;
    let inputs = || draft.inputs.keys().map(String::as_str);
    match (head.as_str(), fields.first()) {
        (head, _) if Some(head) == item => None,
        ("labels", _) | ("inputs", None) => None,
        ("inputs", Some(input)) if draft.inputs.contains_key(input) => None,
        ("inputs", Some(input)) => {
            Some((format!("there is no input {input}"), did_you_mean(input, inputs())))
        }
        (head, field) => match draft.step(head) {
            Some(step) => of_step(head, step.kind?, field?, fields.get(1)),
            None if draft.inputs.contains_key(head) => {
                Some((format!("there is no step {head}"), format!("did you mean inputs.{head}?")))
            }
            None => {
                let steps = draft.steps.iter().map(|step| step.name.as_str());
                let known: Vec<&str> = steps.chain(["inputs", "labels"]).chain(item).collect();
                let fix = did_you_mean(head, known.iter().copied());
                Some((format!("the condition names {head}, which is no step"), fix))
            }
        },
    }
}

/// A field of a step that is done for each item, where the condition sees a list of steps.
fn of_all(by: &Sketch, name: &Named, draft: &Draft) -> Option<(String, String)> {
    let step = draft.step(&name.head)?;
    let foreach = step.foreach.as_ref().filter(|_| step.foreach != by.foreach)?;
    let (head, field) = (&name.head, name.fields.first()?);
    let detail = format!(
        "{head} is done for each {}: {head}.{field} would be of a list of steps",
        foreach.name
    );
    Some((detail, format!("ask {head}.exists(one, one.{field} == …), or all of them with all")))
}

fn of_step(name: &str, kind: Kind, field: &str, port: Option<&String>) -> Option<(String, String)> {
    let ports: Vec<&str> = kind.spec().outputs.iter().map(|output| output.name).collect();
    let mut known = vec![STATE];
    match kind.function() {
        Function::Gate => known.extend(OF_GATE),
        _ if kind.spec().outputs.iter().any(|output| output.ty == PortType::Text) => {
            known.extend([TEXT]);
        }
        _ if !ports.is_empty() => known.push(OUTPUTS),
        _ => {}
    }
    if !known.contains(&field) {
        let detail = format!("{name} ({}) has no {field} to look at", kind.as_str());
        return Some((detail, did_you_mean(field, known.iter().copied())));
    }
    let port = port.filter(|port| field == OUTPUTS && !ports.contains(&port.as_str()))?;
    let detail = format!("{name} ({}) has no port {port}", kind.as_str());
    Some((detail, did_you_mean(port, ports.iter().copied())))
}

/// What an expression is that can never be true or false.
fn no_answer(expression: &IdedExpr, draft: &Draft) -> Option<&'static str> {
    match &expression.expr {
        Expr::Literal(LiteralValue::Boolean(_)) => None,
        Expr::Literal(LiteralValue::String(_)) => Some("a text"),
        Expr::Literal(LiteralValue::Null) => Some("nothing"),
        Expr::Literal(LiteralValue::Bytes(_)) => Some("bytes"),
        Expr::Literal(_) => Some("a number"),
        Expr::List(_) => Some("a list"),
        Expr::Map(_) | Expr::Struct(_) => Some("a mapping"),
        Expr::Ident(name) if name == "inputs" || name == "labels" => Some("a mapping"),
        Expr::Ident(name) if draft.step(name).is_some() => Some("a step"),
        Expr::Call(call) => match call.func_name.as_str() {
            "_+_" | "_-_" | "_*_" | "_/_" | "_%_" | "-_" | "size" | "int" | "double" | "uint" => {
                Some("a number or a text")
            }
            "string" => Some("a text"),
            _ => None,
        },
        Expr::Select(select) if !select.test => match &select.operand.expr {
            Expr::Ident(head) if head == "labels" => Some("a text"),
            Expr::Ident(head) if head == "inputs" => {
                match draft.inputs.get(&select.field)?.as_ref()?.kind {
                    InputType::Text => Some("a text"),
                    InputType::Number => Some("a number"),
                    InputType::Json => None,
                    InputType::Image | InputType::Video | InputType::Audio => Some("a picture"),
                }
            }
            Expr::Ident(head) if draft.step(head).is_some() => match select.field.as_str() {
                STATE | TEXT | "verdict" => Some("a text"),
                "scores" | "reasons" => Some("a list"),
                OUTPUTS => Some("a mapping"),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}
