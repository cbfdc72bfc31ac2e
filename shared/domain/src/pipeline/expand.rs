//! The pipeline of one job: each step that is done for every item of a list, once for each of them.
//!
//! What comes out has no lists any more. The step `card` for the item `de` is called `card~de`; what
//! refers to `card` from another step of the same item refers to that one, from anywhere else to all.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::candidates;
use super::graph::{self, Use};
use super::items::{self, Item};
use super::kinds::Param;
use super::model::{Each, Foreach, OnError, OnFail, Pipeline, Step, TARGET, TARGETS};
use super::problem::{Problems, child};
use super::read::micros;
use super::reference::{Reference, of_item};
use super::types::Type;

/// Most steps of one job.
pub(super) const STEPS_MOST: usize = 250;
/// Most bytes of a job's pipeline: it lies in one item of the table.
pub(super) const BYTES_MOST: usize = 256 * 1024;

/// The pipeline with every list written out; none where it cannot be, and then it was reported.
pub(super) fn expand(
    pipeline: &Pipeline,
    inputs: &Map<String, Value>,
    problems: &mut Problems,
) -> Option<Pipeline> {
    let lists = lists(pipeline, inputs, problems)?;
    let several = pipeline.steps.iter().any(|step| step.best_of.is_some());
    if lists.is_empty() && !several {
        return Some(pipeline.clone());
    }
    let fans = Fans { pipeline, lists };
    let made = |step: &Step| {
        let items = fans.items(step).map_or(1, |items| items.len());
        items * step.best_of.unwrap_or(1) as usize
    };
    let steps: usize = pipeline.steps.iter().map(made).sum();
    let place = fans.place();
    if STEPS_MOST < steps {
        let detail = format!("the job would have {steps} steps");
        let fewer = if several { "fewer items or candidates" } else { "fewer items" };
        problems.add(&place, detail, format!("give {fewer}: a job has at most {STEPS_MOST} steps"));
        return None;
    }
    let steps: Vec<Step> = pipeline.steps.iter().flat_map(|step| fans.steps(step)).collect();
    let expanded = candidates::written_out(Pipeline { steps, ..pipeline.clone() });
    let floor: i64 = expanded.steps.iter().map(Step::floor_micros).sum();
    if expanded.budget_micros < floor {
        let detail = format!(
            "one attempt of each lane step costs at least ${}, and the budget is ${}",
            micros(floor),
            micros(expanded.budget_micros)
        );
        problems.add(&place, detail, "give fewer items, or use a pipeline with a larger budget");
        return None;
    }
    let bytes = serde_json::to_vec(&expanded).map_or(usize::MAX, |text| text.len());
    if BYTES_MOST < bytes {
        let detail = format!("the job's steps have {bytes} bytes with all items");
        problems.add(
            &place,
            detail,
            format!("give fewer or smaller items: {BYTES_MOST} bytes are the most"),
        );
        return None;
    }
    Some(expanded)
}

/// The list of each fan, by the first step that has it; none where one of them is wrong.
fn lists(
    pipeline: &Pipeline,
    inputs: &Map<String, Value>,
    problems: &mut Problems,
) -> Option<Vec<(Foreach, Value)>> {
    let mut lists: Vec<(Foreach, Value)> = Vec::new();
    let mut right = true;
    for foreach in pipeline.steps.iter().filter_map(|step| step.foreach.as_ref()) {
        if lists.iter().any(|(known, _)| known == foreach) {
            continue;
        }
        let list = match foreach.input() {
            Some(input) => inputs.get(input).cloned().unwrap_or_default(),
            None => foreach.list.clone(),
        };
        if let Err(wrong) = items::items(&list) {
            let name = foreach.input().unwrap_or_default();
            let place = wrong.below(&child("/inputs", name));
            problems.add(&place, format!("{name} {}", wrong.detail), wrong.fix);
            right = false;
        }
        lists.push((foreach.clone(), list));
    }
    right.then_some(lists)
}

/// The lists of a pipeline, and who is done for which.
struct Fans<'a> {
    pipeline: &'a Pipeline,
    lists: Vec<(Foreach, Value)>,
}

impl Fans<'_> {
    /// The items that a step is done for; none where it is done once.
    fn items(&self, step: &Step) -> Option<Vec<Item<'_>>> {
        let foreach = step.foreach.as_ref()?;
        let (_, list) = self.lists.iter().find(|(known, _)| known == foreach)?;
        items::items(list).ok()
    }

    /// The input that the number of steps comes from, where it is one.
    fn place(&self) -> String {
        match self.lists.as_slice() {
            [(foreach, _)] => {
                foreach.input().map_or("/inputs".into(), |name| child("/inputs", name))
            }
            _ => "/inputs".into(),
        }
    }

    fn steps(&self, step: &Step) -> Vec<Step> {
        match (&step.foreach, self.items(step)) {
            (Some(foreach), Some(items)) => {
                items.iter().map(|item| self.one(step, Some((foreach, item)))).collect()
            }
            _ => vec![self.one(step, None)],
        }
    }

    /// The step for one item, or the only one.
    fn one(&self, step: &Step, fan: Option<(&Foreach, &Item<'_>)>) -> Step {
        let near = |name: &str| self.near(step, fan, name);
        let only = |name: &String| near(name).into_iter().next().unwrap_or_else(|| name.clone());
        let with = step.with.iter().map(|(name, value)| {
            let param = step.kind.param(name);
            (name.clone(), with(param, value, &near))
        });
        let mut with: Map<String, Value> = with.collect();
        if let (Some((_, item)), Some(_)) = (fan, with.remove(TARGETS)) {
            with.insert(TARGET.into(), aim(item.value));
        }
        let each = fan.map(|(foreach, item)| Each {
            step: step.name.clone(),
            item: item.name.clone(),
            name: foreach.name.clone(),
            value: item.value.clone(),
            from: foreach.input().map(str::to_owned),
            steps: self.named(step, &near),
        });
        Step {
            name: fan.map_or(step.name.clone(), |(_, item)| of_item(&step.name, &item.name)),
            with,
            after: step.after.iter().flat_map(|name| near(name)).collect(),
            on_fail: step
                .on_fail
                .as_ref()
                .map(|on_fail| OnFail { retry: only(&on_fail.retry), ..on_fail.clone() }),
            on_error: match &step.on_error {
                OnError::Use(name) => OnError::Use(only(name)),
                other => other.clone(),
            },
            foreach: None,
            each,
            ..step.clone()
        }
    }

    /// The steps that a name means, seen from a step of an item: its own item's, else all.
    fn near(&self, from: &Step, fan: Option<(&Foreach, &Item<'_>)>, name: &str) -> Vec<String> {
        let Some(step) = self.pipeline.step(name) else { return vec![name.into()] };
        match (self.items(step), fan) {
            (None, _) => vec![name.into()],
            (Some(_), Some((_, item))) if step.foreach == from.foreach => {
                vec![of_item(name, &item.name)]
            }
            (Some(items), _) => items.iter().map(|item| of_item(name, &item.name)).collect(),
        }
    }

    /// The steps that templates name, where they are called otherwise now.
    fn named(&self, step: &Step, near: &dyn Fn(&str) -> Vec<String>) -> BTreeMap<String, String> {
        let uses = graph::uses(&step.with, step.fan());
        let templates = uses.into_iter().filter(|used: &Use| used.template);
        let steps = templates.filter_map(|used| match used.reference {
            Reference::Port { step, .. } => Some(step),
            Reference::Input(_) | Reference::Label(_) => None,
        });
        let near = |name: String| match near(&name).as_slice() {
            [one] if *one != name => Some((name, one.clone())),
            _ => None,
        };
        steps.filter_map(near).collect()
    }
}

/// The places of a post as items: each by its kind, and where there are two of a kind by their connections.
pub(super) fn aims(targets: &Value) -> Option<Foreach> {
    let targets = targets.as_array()?;
    let kind =
        |target: &Value| target.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
    let key = |target: &Value| {
        let twins = targets.iter().filter(|other| kind(other) == kind(target)).count();
        let connection = target.get("connection").and_then(Value::as_str);
        match connection.filter(|_| 1 < twins) {
            Some(connection) => format!("{}-{connection}", kind(target)),
            None => kind(target),
        }
    };
    let items = targets.iter().map(|target| {
        let mut item = target.clone();
        if let Some(map) = item.as_object_mut() {
            map.insert("key".into(), key(target).into());
        }
        item
    });
    Some(Foreach { name: TARGET.into(), list: items.collect() })
}

/// The target of an item.
fn aim(item: &Value) -> Value {
    let mut target = item.clone();
    if let Some(map) = target.as_object_mut() {
        map.remove("key");
    }
    target
}

/// A parameter with its references to steps called as they are called now.
fn with(param: Option<&Param>, value: &Value, near: &dyn Fn(&str) -> Vec<String>) -> Value {
    let list =
        param.is_some_and(|param| param.ty.takes_many() || matches!(param.ty, Type::Texts { .. }));
    match value {
        Value::Array(items) => {
            let items = items.iter().flat_map(|item| match item {
                Value::Object(fields) => {
                    let fields = fields.iter();
                    vec![
                        fields
                            .map(|(name, value)| (name.clone(), with(None, value, near)))
                            .collect(),
                    ]
                }
                item => renamed(item, near),
            });
            items.collect()
        }
        value => match renamed(value, near).as_slice() {
            [one] => one.clone(),
            many if list => many.into(),
            _ => value.clone(),
        },
    }
}

/// A reference for each step that is meant; anything else as it is.
fn renamed(value: &Value, near: &dyn Fn(&str) -> Vec<String>) -> Vec<Value> {
    match Reference::of(value) {
        Some(Reference::Port { step, port }) => {
            let to = |step| Reference::Port { step, port: port.clone() }.to_string().into();
            near(&step).into_iter().map(to).collect()
        }
        _ => vec![value.clone()],
    }
}
