//! Whether what somebody fills in has the names that a pipeline asks for.

use super::model::Pipeline;
use super::problem::{Problem, child};
use super::suggest::did_you_mean;

impl Pipeline {
    /// The names that it does not know, and those that it needs and are not there. Pointers begin at `/inputs`.
    pub fn misnamed<'a>(&self, names: impl Iterator<Item = &'a str> + Clone) -> Vec<Problem> {
        let known = || self.inputs.keys().map(String::as_str);
        let strange = names.clone().filter(|name| !self.inputs.contains_key(*name)).map(|name| {
            let detail = format!("{} has no input {name}", self.name);
            Problem::new(&child("/inputs", name), detail, did_you_mean(name, known()))
        });
        let needed = self.inputs.iter().filter(|(_, input)| input.default.is_none());
        let missing = needed.filter(|(name, _)| !names.clone().any(|given| given == name.as_str()));
        let missing = missing.map(|(name, input)| {
            let fix = format!("add it: {}", input.kind.example());
            Problem::new(&child("/inputs", name), format!("the input {name} is missing"), fix)
        });
        strange.chain(missing).collect()
    }
}
