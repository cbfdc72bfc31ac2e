//! A job's inputs against what the pipeline asks for.

use serde_json::{Map, Value};

use super::graph;
use super::literal::{self, input_misfit};
use super::model::Pipeline;
use super::problem::{Problem, Problems, child};
use super::read::shown;
use super::reference::Reference;
use super::suggest::did_you_mean;

impl Pipeline {
    /// The inputs of one job, defaults filled in, or all that is wrong with them.
    ///
    /// Besides its own type, a value must suit every parameter that takes it: a number for
    /// `seed` must be one that `seed` accepts. Pointers begin at `/inputs`.
    pub fn bind(&self, given: &Value) -> Result<Map<String, Value>, Vec<Problem>> {
        let mut problems = Problems::default();
        let empty = Map::new();
        let given = match given {
            Value::Object(map) => map,
            Value::Null => &empty,
            other => {
                let detail = format!("inputs is {}", shown(other));
                problems.add("/inputs", detail, "give an object with a field per input");
                return Err(problems.finish(&Default::default()));
            }
        };
        let mut bound = Map::new();
        for (name, input) in &self.inputs {
            let pointer = child("/inputs", name);
            match given.get(name).or(input.default.as_ref()) {
                Some(value) => {
                    if let Some((detail, fix)) = input_misfit(input, value) {
                        problems.add(&pointer, format!("{name} {detail}"), fix);
                    } else {
                        self.suits(name, value, &pointer, &mut problems);
                        bound.insert(name.clone(), value.clone());
                    }
                }
                None => {
                    let detail = format!("the input {name} is missing");
                    let fix = format!("add it: {}", input.kind.example());
                    problems.add(&pointer, detail, fix);
                }
            }
        }
        for name in given.keys().filter(|name| !self.inputs.contains_key(*name)) {
            let detail = format!("{} has no input {name}", self.name);
            let fix = did_you_mean(name, self.inputs.keys().map(String::as_str));
            problems.add(&child("/inputs", name), detail, fix);
        }
        if problems.is_empty() { Ok(bound) } else { Err(problems.finish(&Default::default())) }
    }

    fn suits(&self, name: &str, value: &Value, pointer: &str, problems: &mut Problems) {
        let reads = |used: &graph::Use| matches!(&used.reference, Reference::Input(n) if n == name);
        for step in &self.steps {
            // What a template gives is looked at as a whole.
            let whole = |used: &&graph::Use| reads(used) && !used.template;
            for used in graph::uses(&step.with, None).iter().filter(whole) {
                if let Some(param) = used.param(step.kind) {
                    let role = format!("{name}, used as {} of {},", param.name, step.name);
                    literal::check(param.ty, &role, value, pointer, problems);
                }
            }
        }
    }
}
