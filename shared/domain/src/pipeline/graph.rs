//! Who waits for whom, read from references and `after`.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::kinds::{Kind, Param};
use super::model::Step;
use super::reference::Reference;
use super::template::{self, Name};
use super::types::Type;

/// One reference and the parameter it stands in.
#[derive(Clone, Debug)]
pub(super) struct Use {
    pub(super) param: String,
    /// Its place in a list of references.
    pub(super) item: Option<usize>,
    /// The field of that entry, where it has fields.
    pub(super) field: Option<String>,
    pub(super) reference: Reference,
    /// Whether it stands among other words.
    pub(super) template: bool,
}

impl Use {
    /// What is taken where it stands.
    pub(super) fn param(&self, kind: Kind) -> Option<&'static Param> {
        let param = kind.param(&self.param)?;
        match (param.ty, &self.field) {
            (Type::Records { fields, .. }, Some(field)) => {
                fields.iter().find(|known| known.name == field)
            }
            _ => Some(param),
        }
    }

    /// Whether it brings in what no verdict on a picture covers: words to draw, a table of colours.
    pub(super) fn adds(&self) -> bool {
        self.param == "lut" || self.field.as_deref() == Some("text")
    }
}

/// All references of a step's parameters.
pub(super) fn uses(with: &Map<String, Value>) -> Vec<Use> {
    let mut found = Vec::new();
    for (param, value) in with {
        let mut note = |item, field: Option<&String>, value| {
            let (references, template) = references(value);
            found.extend(references.into_iter().map(|reference| Use {
                param: param.clone(),
                item,
                field: field.cloned(),
                reference,
                template,
            }));
        };
        match value {
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    match value {
                        Value::Object(fields) => fields
                            .iter()
                            .for_each(|(field, value)| note(Some(index), Some(field), value)),
                        value => note(Some(index), None, value),
                    }
                }
            }
            value => note(None, None, value),
        }
    }
    found
}

/// What a value refers to, and whether it does so in a template.
pub(super) fn references(value: &Value) -> (Vec<Reference>, bool) {
    if let Some(whole) = Reference::of(value) {
        return (vec![whole], false);
    }
    let text = value.as_str().filter(|text| template::is_template(text));
    let names = text.and_then(|text| template::names(text).ok()).unwrap_or_default();
    (names.into_iter().filter_map(reference).collect(), true)
}

/// What a name in a template refers to; none where it says too little.
pub(super) fn reference(name: Name) -> Option<Reference> {
    Some(match (name.head.as_str(), name.tail) {
        ("inputs", Some(input)) => Reference::Input(input),
        ("labels", label) => Reference::Label(label.unwrap_or_default()),
        (_, Some(port)) => Reference::Port { step: name.head, port },
        (_, None) => return None,
    })
}

/// What the graph is read from, of a step that is checked or only sketched.
pub(super) struct Node<'a> {
    pub(super) name: &'a str,
    pub(super) with: &'a Map<String, Value>,
    pub(super) after: &'a [String],
    /// The step that stands in for it.
    pub(super) stand_in: Option<&'a str>,
}

impl<'a> From<&'a Step> for Node<'a> {
    fn from(step: &'a Step) -> Self {
        let stand_in = step.on_error.stand_in();
        Self { name: &step.name, with: &step.with, after: &step.after, stand_in }
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
                Reference::Input(_) | Reference::Label(_) => None,
            });
            let after = node.after.iter().filter_map(|name| place(name));
            referred.chain(after).chain(node.stand_in.and_then(place)).collect()
        })
        .collect()
}
