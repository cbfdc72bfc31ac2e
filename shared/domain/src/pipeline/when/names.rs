//! What a condition names: inputs, labels, steps, and what of them.

use cel::common::ast::{EntryExpr, Expr, IdedExpr};

use super::parsed;
use crate::pipeline::model::Each;

/// A name with what is selected from it, such as `good.verdict`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Named {
    /// What it is called: `inputs`, `labels`, a step, or an item.
    pub(crate) head: String,
    /// The fields below it, as far as they are written out.
    pub(crate) fields: Vec<String>,
}

/// What a condition names, each once; nothing where it cannot be read.
pub(in crate::pipeline) fn named(text: &str) -> Vec<Named> {
    parsed(text).map(|expression| walk(&expression).names).unwrap_or_default()
}

/// The steps that a document's name means in a job.
#[derive(Debug, PartialEq, Eq)]
pub enum Meant<'a> {
    /// One: it is done once, or for the item of who names it.
    One(&'a str),
    /// Those of all items, in their order; none where there is no such step.
    All(Vec<&'a str>),
}

/// What a name means to a step that is done for an item, or once.
pub fn meant<'a>(
    name: &str,
    by: Option<&Each>,
    steps: impl Iterator<Item = (&'a str, Option<&'a Each>)>,
) -> Meant<'a> {
    let mut all = Vec::new();
    for (step, each) in steps {
        match each {
            None if step == name => return Meant::One(step),
            Some(each) if each.step == name => match by {
                Some(by) if by.same_item(each) => return Meant::One(step),
                _ => all.push(step),
            },
            _ => {}
        }
    }
    Meant::All(all)
}

/// What was met in an expression.
#[derive(Default)]
pub(crate) struct Met {
    pub(crate) names: Vec<Named>,
    /// How deep loops are nested.
    pub(crate) loops: usize,
}

pub(crate) fn walk(expression: &IdedExpr) -> Met {
    let mut met = Met::default();
    visit(expression, &mut Vec::new(), 0, &mut met);
    met.names.sort();
    met.names.dedup();
    met
}

fn visit(expression: &IdedExpr, own: &mut Vec<String>, loops: usize, met: &mut Met) {
    if let Some(name) = path(&expression.expr) {
        if !own.contains(&name.head) {
            met.names.push(name);
        }
        return;
    }
    match &expression.expr {
        Expr::Call(call) => {
            let parts = call.target.iter().map(AsRef::as_ref).chain(&call.args);
            parts.for_each(|part| visit(part, own, loops, met));
        }
        Expr::Comprehension(made) => {
            met.loops = met.loops.max(loops + 1);
            visit(&made.iter_range, own, loops, met);
            let before = own.len();
            own.extend([made.iter_var.clone(), made.accu_var.clone()]);
            own.extend(made.iter_var2.clone());
            for part in [&made.accu_init, &made.loop_cond, &made.loop_step, &made.result] {
                visit(part, own, loops + 1, met);
            }
            own.truncate(before);
        }
        Expr::List(list) => list.elements.iter().for_each(|part| visit(part, own, loops, met)),
        Expr::Map(map) => {
            for entry in &map.entries {
                if let EntryExpr::MapEntry(entry) = &entry.expr {
                    visit(&entry.key, own, loops, met);
                    visit(&entry.value, own, loops, met);
                }
            }
        }
        Expr::Struct(made) => {
            for entry in &made.entries {
                if let EntryExpr::StructField(field) = &entry.expr {
                    visit(&field.value, own, loops, met);
                }
            }
        }
        Expr::Select(select) => visit(&select.operand, own, loops, met),
        Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => {}
    }
}

/// A name and its fields, where the expression is nothing else.
fn path(expression: &Expr) -> Option<Named> {
    match expression {
        Expr::Ident(head) => Some(Named { head: head.clone(), fields: Vec::new() }),
        Expr::Select(select) => {
            let mut name = path(&select.operand.expr)?;
            name.fields.push(select.field.clone());
            Some(name)
        }
        _ => None,
    }
}
