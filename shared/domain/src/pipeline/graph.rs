//! Who waits for whom, read from references and `after`.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::model::Step;
use super::reference::Reference;

/// One reference and the parameter it stands in.
#[derive(Clone, Debug)]
pub(super) struct Use {
    pub(super) param: String,
    /// Its place in a list of references.
    pub(super) item: Option<usize>,
    pub(super) reference: Reference,
}

/// All references of a step's parameters.
pub(super) fn uses(with: &Map<String, Value>) -> Vec<Use> {
    let mut found = Vec::new();
    for (param, value) in with {
        let mut note = |item, value| {
            found.extend(Reference::of(value).map(|reference| Use {
                param: param.clone(),
                item,
                reference,
            }));
        };
        match value {
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(index, value)| note(Some(index), value));
            }
            value => note(None, value),
        }
    }
    found
}

/// What the graph is read from, of a step that is checked or only sketched.
pub(super) struct Node<'a> {
    pub(super) name: &'a str,
    pub(super) with: &'a Map<String, Value>,
    pub(super) after: &'a [String],
}

impl<'a> From<&'a Step> for Node<'a> {
    fn from(step: &'a Step) -> Self {
        Self { name: &step.name, with: &step.with, after: &step.after }
    }
}

/// Of each step, the places of the steps it waits for.
pub(super) fn needs(nodes: &[Node<'_>]) -> Vec<BTreeSet<usize>> {
    let place = |name: &str| nodes.iter().position(|node| node.name == name);
    nodes
        .iter()
        .map(|node| {
            let referred = uses(node.with).into_iter().filter_map(|used| match used.reference {
                Reference::Port { step, .. } => place(&step),
                Reference::Input(_) => None,
            });
            referred.chain(node.after.iter().filter_map(|name| place(name))).collect()
        })
        .collect()
}
