//! Who waits for whom, read from references and `after`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::candidates::{self, Candidate};
use super::kinds::{Kind, Param};
use super::model::{Each, Foreach, Step};
use super::reference::{self, Reference};
use super::template::{self, Name};
use super::types::Type;
use super::when::{self, Meant};

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

/// What the names of a fanned step's parameters mean besides inputs, labels and steps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fan<'a> {
    /// What the item is called.
    pub(super) item: &'a str,
    /// The input that it comes from; none where the document holds the list.
    pub(super) from: Option<&'a str>,
    /// Steps of the same item, by their names in the document.
    pub(super) steps: Option<&'a BTreeMap<String, String>>,
}

impl Step {
    /// What names mean in its parameters, where it is fanned.
    pub(super) fn fan(&self) -> Option<Fan<'_>> {
        self.each.as_ref().map(Each::fan).or_else(|| self.foreach.as_ref().map(Foreach::fan))
    }
}

impl Each {
    /// Whether another step is done for the same item of the same list.
    pub fn same_item(&self, other: &Self) -> bool {
        let same_list = self.name == other.name && self.from == other.from;
        same_list && self.item == other.item && self.value == other.value
    }

    /// What names mean in the parameters of a step of this item.
    pub(super) fn fan(&self) -> Fan<'_> {
        Fan { item: &self.name, from: self.from.as_deref(), steps: Some(&self.steps) }
    }
}

impl Foreach {
    /// What names mean in the parameters of a step of this list.
    pub(super) fn fan(&self) -> Fan<'_> {
        Fan { item: &self.name, from: self.input(), steps: None }
    }

    /// The input that holds the list.
    pub(super) fn input(&self) -> Option<&str> {
        reference::input(self.list.as_str()?)
    }
}

/// All references of a step's parameters.
pub(super) fn uses(with: &Map<String, Value>, fan: Option<Fan<'_>>) -> Vec<Use> {
    let mut found = Vec::new();
    for (param, value) in with {
        let mut note = |item, field: Option<&String>, value| {
            let (references, template) = references(value, fan);
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

/// What a value refers to, and whether it does so in a template. An item refers to its input.
pub(super) fn references(value: &Value, fan: Option<Fan<'_>>) -> (Vec<Reference>, bool) {
    let Some(text) = value.as_str().filter(|text| template::is_template(text)) else {
        return (Vec::new(), false);
    };
    if let Some(fan) = fan
        && reference::item(text, fan.item).is_some()
    {
        return (fan.from.map(|input| Reference::Input(input.into())).into_iter().collect(), false);
    }
    if let Some(whole) = Reference::parse(text) {
        return (vec![whole], false);
    }
    let names = template::names(text).unwrap_or_default();
    (names.into_iter().filter_map(|name| named(name, fan)).collect(), true)
}

/// What a name in a template refers to; none where it says too little, or means what the document holds.
pub(super) fn named(name: Name, fan: Option<Fan<'_>>) -> Option<Reference> {
    if let Some(fan) = fan.filter(|fan| fan.item == name.head) {
        return fan.from.map(|input| Reference::Input(input.into()));
    }
    Some(match (name.head.as_str(), name.tail) {
        ("inputs", Some(input)) => Reference::Input(input),
        ("labels", label) => Reference::Label(label.unwrap_or_default()),
        (head, Some(port)) => {
            let step = fan.and_then(|fan| fan.steps?.get(head)).map_or(head, String::as_str);
            Reference::Port { step: step.into(), port }
        }
        (_, None) => return None,
    })
}

/// What the graph is read from, of a step that is checked or only sketched.
pub(super) struct Node<'a> {
    pub(super) name: &'a str,
    pub(super) with: &'a Map<String, Value>,
    pub(super) after: &'a [String],
    pub(super) fan: Option<Fan<'a>>,
    /// The step that stands in for it.
    pub(super) stand_in: Option<&'a str>,
    /// Its condition.
    pub(super) when: Option<&'a str>,
    /// The item that it is for.
    pub(super) each: Option<&'a Each>,
    /// Which of several candidates it makes.
    pub(super) candidate: Option<&'a Candidate>,
    /// The gate about whose criterion it asks.
    pub(super) asks: Option<&'a str>,
}

impl<'a> From<&'a Step> for Node<'a> {
    fn from(step: &'a Step) -> Self {
        let stand_in = step.on_error.stand_in();
        Self {
            name: &step.name,
            with: &step.with,
            after: &step.after,
            fan: step.fan(),
            stand_in,
            when: step.when.as_deref(),
            each: step.each.as_ref(),
            candidate: step.candidate.as_ref(),
            asks: step.asks.as_ref().map(|asks| asks.gate.as_str()),
        }
    }
}

impl<'a> Node<'a> {
    /// What a name of the document means of it: of several candidates the first stands for all.
    fn named(&self) -> (&'a str, Option<&'a Each>) {
        let further = self.candidate.is_some_and(|candidate| 1 < candidate.number);
        (self.name, self.each.filter(|_| !further))
    }
}

/// Of each step, the places of the steps it waits for.
pub(super) fn needs(nodes: &[Node<'_>]) -> Vec<BTreeSet<usize>> {
    let place = |name: &str| nodes.iter().position(|node| node.name == name);
    let mut needs: Vec<BTreeSet<usize>> = nodes
        .iter()
        .map(|node| {
            let referred =
                uses(node.with, node.fan).into_iter().filter_map(|used| match used.reference {
                    Reference::Port { step, .. } => place(&step),
                    Reference::Input(_) | Reference::Label(_) => None,
                });
            let after = node.after.iter().filter_map(|name| place(name));
            let named = node.when.map(when::named).unwrap_or_default();
            let seen = named.iter().flat_map(|name| {
                let steps = nodes.iter().map(Node::named);
                match when::meant(&name.head, node.each, steps) {
                    Meant::One(step) => vec![step],
                    Meant::All(steps) => steps,
                }
            });
            let seen: BTreeSet<usize> = seen.filter_map(place).collect();
            referred.chain(after).chain(node.stand_in.and_then(place)).chain(seen).collect()
        })
        .collect();
    candidates::wait(nodes, &mut needs);
    needs
}
