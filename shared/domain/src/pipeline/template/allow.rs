//! The part of Jinja that templates may use, and what they name.

use minijinja::machinery::Span;
use minijinja::machinery::ast::{BinOpKind, CallArg, Expr, Stmt};
use std::collections::BTreeSet;

use super::super::suggest::did_you_mean;
use super::render::{FILTERS, TESTS};
use super::{Name, Slip};

const MEANS: &str = "use {{ … }}, {% if … %} and {% for … in … %}";

pub(super) fn names(tree: &Stmt<'_>) -> Result<Vec<Name>, Slip> {
    let mut walk = Walk::default();
    walk.statement(tree)?;
    Ok(walk.names.into_iter().collect())
}

#[derive(Default)]
struct Walk<'a> {
    names: BTreeSet<Name>,
    /// The variables of the loops around.
    loops: Vec<&'a str>,
}

impl<'a> Walk<'a> {
    fn statements(&mut self, all: &[Stmt<'a>]) -> Result<(), Slip> {
        all.iter().try_for_each(|one| self.statement(one))
    }

    fn statement(&mut self, statement: &Stmt<'a>) -> Result<(), Slip> {
        let (span, tag) = match statement {
            Stmt::Template(template) => return self.statements(&template.children),
            Stmt::EmitRaw(_) => return Ok(()),
            Stmt::EmitExpr(emit) => return self.expression(&emit.expr),
            Stmt::IfCond(branch) => {
                self.expression(&branch.expr)?;
                self.statements(&branch.true_body)?;
                return self.statements(&branch.false_body);
            }
            Stmt::ForLoop(each) if !each.recursive => {
                self.expression(&each.iter)?;
                let outside = self.loops.len();
                self.loops.push("loop");
                self.targets(&each.target)?;
                each.filter_expr.iter().try_for_each(|filter| self.expression(filter))?;
                self.statements(&each.body)?;
                self.loops.truncate(outside);
                return self.statements(&each.else_body);
            }
            Stmt::ForLoop(each) => (each.span(), "a recursive loop"),
            Stmt::WithBlock(block) => (block.span(), "{% with %}"),
            Stmt::Set(set) => (set.span(), "{% set %}"),
            Stmt::SetBlock(set) => (set.span(), "{% set %}"),
            Stmt::AutoEscape(block) => (block.span(), "{% autoescape %}"),
            Stmt::FilterBlock(block) => (block.span(), "{% filter %}"),
            Stmt::Do(call) => (call.span(), "{% do %}"),
        };
        Err(slip(span, format!("templates have no {tag}"), MEANS))
    }

    fn targets(&mut self, target: &Expr<'a>) -> Result<(), Slip> {
        match target {
            Expr::Var(variable) => {
                self.loops.push(variable.id);
                Ok(())
            }
            Expr::Tuple(tuple) => tuple.items.iter().try_for_each(|one| self.targets(one)),
            Expr::List(list) => list.items.iter().try_for_each(|one| self.targets(one)),
            other => Err(slip(other.span(), "a loop goes over one name or several", MEANS)),
        }
    }

    fn expression(&mut self, expression: &Expr<'a>) -> Result<(), Slip> {
        match expression {
            Expr::Const(_) => Ok(()),
            Expr::Var(_) | Expr::GetAttr(_) | Expr::GetItem(_) => self.path(expression, None),
            Expr::Slice(slice) => {
                self.expression(&slice.expr)?;
                let bounds = [&slice.start, &slice.stop, &slice.step];
                bounds.into_iter().flatten().try_for_each(|bound| self.expression(bound))
            }
            Expr::UnaryOp(not) => self.expression(&not.expr),
            Expr::BinOp(both) => {
                if let Some(sign) = grows(both.op) {
                    let fix = "write the values one after the other: {{ a }}{{ b }}";
                    return Err(slip(both.span(), format!("templates have no {sign}"), fix));
                }
                self.expression(&both.left)?;
                self.expression(&both.right)
            }
            Expr::Compare(chain) => {
                self.expression(&chain.expr)?;
                chain.ops.iter().try_for_each(|next| self.expression(&next.expr))
            }
            Expr::IfExpr(choice) => {
                self.expression(&choice.test_expr)?;
                self.expression(&choice.true_expr)?;
                choice.false_expr.iter().try_for_each(|other| self.expression(other))
            }
            Expr::List(list) => list.items.iter().try_for_each(|item| self.expression(item)),
            Expr::Tuple(tuple) => tuple.items.iter().try_for_each(|item| self.expression(item)),
            Expr::Filter(filter) => {
                known(filter.span(), "filter", filter.name, &FILTERS)?;
                filter.expr.iter().try_for_each(|of| self.expression(of))?;
                self.arguments(filter.span(), &filter.args)
            }
            Expr::Test(test) => {
                known(test.span(), "test", test.name, &TESTS)?;
                self.expression(&test.expr)?;
                self.arguments(test.span(), &test.args)
            }
            Expr::Call(call) => Err(slip(call.span(), "templates call nothing", MEANS)),
            Expr::Map(map) => Err(slip(map.span(), "templates have no mappings", MEANS)),
        }
    }

    fn arguments(&mut self, span: Span, all: &[CallArg<'a>]) -> Result<(), Slip> {
        all.iter().try_for_each(|argument| match argument {
            CallArg::Pos(value) => self.expression(value),
            _ => Err(slip(span, "an argument has a name or a star", "give it in its place")),
        })
    }

    /// A name with all that is reached below it; `tail` is what was reached one level above.
    fn path(&mut self, expression: &Expr<'a>, tail: Option<&str>) -> Result<(), Slip> {
        match expression {
            Expr::Var(variable) => {
                if !self.loops.contains(&variable.id) {
                    let tail = tail.map(str::to_owned);
                    self.names.insert(Name { head: variable.id.to_owned(), tail });
                }
                Ok(())
            }
            Expr::GetAttr(below) => self.path(&below.expr, Some(below.name)),
            Expr::GetItem(below) => {
                self.expression(&below.subscript_expr)?;
                let word = match &below.subscript_expr {
                    Expr::Const(word) => word.value.as_str(),
                    _ => None,
                };
                self.path(&below.expr, word)
            }
            other => self.expression(other),
        }
    }
}

/// How an operator is written whose result may be larger than what it is given.
fn grows(operator: BinOpKind) -> Option<&'static str> {
    use BinOpKind::*;
    Some(match operator {
        Eq | Ne | Lt | Lte | Gt | Gte | ScAnd | ScOr | In => return None,
        Add => "+",
        Sub => "-",
        Mul => "*",
        Div => "/",
        FloorDiv => "//",
        Rem => "%",
        Pow => "**",
        Concat => "~",
    })
}

fn known(span: Span, what: &str, name: &str, all: &[&'static str]) -> Result<(), Slip> {
    if all.contains(&name) {
        return Ok(());
    }
    let fix = did_you_mean(name, all.iter().copied());
    Err(slip(span, format!("there is no {what} {name}"), &fix))
}

fn slip(span: Span, detail: impl Into<String>, fix: &str) -> Slip {
    Slip { line: usize::from(span.start_line).max(1), detail: detail.into(), fix: fix.into() }
}
