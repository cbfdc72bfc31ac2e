//! A step's parameters when some of the steps that it refers to were skipped.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::graph::{self, Use};
use super::kinds::{Function, Kind};
use super::model::Step;
use super::reference::Reference;

impl Step {
    /// Its parameters without what refers to steps that are gone; or the one that it cannot do without.
    ///
    /// An optional parameter is left out. In a list the entry drops out, and a list that is left empty
    /// counts as left out.
    pub fn without(&self, gone: &dyn Fn(&str) -> bool) -> Result<Map<String, Value>, String> {
        let mut with = self.with.clone();
        let mut entries: BTreeMap<String, (BTreeSet<usize>, String)> = BTreeMap::new();
        for used in graph::uses(&self.with, self.fan()) {
            let Some(step) = source(&used).filter(|step| gone(step)).map(str::to_owned) else {
                continue;
            };
            match used.item {
                Some(item) => {
                    let dropped = entries.entry(used.param).or_insert((BTreeSet::new(), step));
                    dropped.0.insert(item);
                }
                None => self.leave_out(&mut with, &used.param, step)?,
            }
        }
        for (param, (dropped, step)) in entries {
            let Some(Value::Array(items)) = with.get_mut(&param) else { continue };
            let mut place = 0;
            items.retain(|_| {
                place += 1;
                !dropped.contains(&(place - 1))
            });
            if items.is_empty() {
                self.leave_out(&mut with, &param, step)?;
            }
        }
        Ok(with)
    }

    /// The steps whose outputs it takes.
    pub fn takes_from(&self) -> BTreeSet<String> {
        graph::uses(&self.with, self.fan()).iter().filter_map(source).map(str::to_owned).collect()
    }

    fn leave_out(
        &self,
        with: &mut Map<String, Value>,
        param: &str,
        step: String,
    ) -> Result<(), String> {
        if self.insists_on(param) {
            return Err(step);
        }
        with.remove(param);
        Ok(())
    }

    /// Whether it means nothing without a parameter that it was given.
    fn insists_on(&self, param: &str) -> bool {
        // A gate that judged less than it was asked to would pass what nobody looked at, and the
        // picture that a composite begins with is its canvas.
        let canvas = self.kind == Kind::Composite && param == "image";
        let gate = self.kind.function() == Function::Gate;
        gate || canvas || self.kind.param(param).is_none_or(|param| param.required)
    }
}

fn source(used: &Use) -> Option<&str> {
    match &used.reference {
        Reference::Port { step, .. } => Some(step),
        Reference::Input(_) | Reference::Label(_) => None,
    }
}
