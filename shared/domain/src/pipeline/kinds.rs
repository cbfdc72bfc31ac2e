//! The one table of what a step can be: its parameters, its ports, who runs it, what it costs.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::types::{PortType, Type};

mod parts;
mod table;

pub use parts::FORMATS;
pub(crate) use parts::{defaulted, optional, required};
use table::TABLE;

/// What the names of parameters begin with that are fields of a post.
pub const POST: &str = "post.";
/// What the names of parameters begin with that are fields of a window.
pub const WINDOW: &str = "window.";

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// A picture from a prompt.
    #[serde(rename = "image.generate")]
    Generate,
    /// A picture changed as a prompt says.
    #[serde(rename = "image.edit")]
    Edit,
    /// The subject of a picture, its background transparent.
    #[serde(rename = "image.remove_background")]
    RemoveBackground,
    /// A larger picture.
    #[serde(rename = "image.upscale")]
    Upscale,
    /// A video from a prompt.
    #[serde(rename = "video.generate")]
    Film,
    /// A sound from a prompt.
    #[serde(rename = "audio.generate")]
    Sound,
    /// Words, spoken.
    #[serde(rename = "audio.speak")]
    Speak,
    /// A part of a sound, such as the voice.
    #[serde(rename = "audio.separate")]
    Separate,
    /// Words from a prompt.
    #[serde(rename = "text.generate")]
    Write,
    /// How harmful words and pictures are, as a classifier sees it.
    #[serde(rename = "content.moderate")]
    Moderate,
    /// How good words and pictures are, as a scorer of one's own sees it.
    #[serde(rename = "content.score")]
    Score,
    /// A ladder of sizes and formats.
    #[serde(rename = "image.resize")]
    Resize,
    /// The same picture in another format.
    #[serde(rename = "image.convert")]
    Convert,
    /// A part of a picture, around what must stay in view.
    #[serde(rename = "image.crop")]
    Crop,
    /// Pictures, colours and words in layers.
    #[serde(rename = "image.composite")]
    Composite,
    /// A picture in other colours, by a 3D table.
    #[serde(rename = "image.grade")]
    Grade,
    /// A picture for paper.
    #[serde(rename = "image.print")]
    Print,
    /// Words, written by a template.
    #[serde(rename = "text.template")]
    Template,
    /// Whether prompt and pictures may be shown.
    #[serde(rename = "gate.moderation")]
    Moderation,
    /// Whether pictures are good enough.
    #[serde(rename = "gate.quality")]
    Quality,
    /// Whether a policy is met.
    #[serde(rename = "gate.policy")]
    Policy,
    /// Assets to a target.
    #[serde(rename = "publish")]
    Publish,
}

/// Which function runs a step, and so what a wave of the plan calls.
///
/// In the order in which steps that are ready are taken: a verdict first, because it may save
/// the money and work of all others; publishing last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Function {
    /// A verdict; all gates of a wave are one call.
    Gate,
    /// A slot of a lane, by task token.
    Lane,
    /// Deterministic work in place.
    Step,
    /// All publications of a wave are one call.
    Publish,
}

impl Function {
    /// As the plan and the state machine write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gate => "gate",
            Self::Lane => "lane",
            Self::Step => "step",
            Self::Publish => "publish",
        }
    }

    /// Whether each step of a wave is a call of its own.
    pub fn fans_out(self) -> bool {
        matches!(self, Self::Lane | Self::Step)
    }
}

/// One row of the table.
#[derive(Debug)]
pub struct Spec {
    /// Whose row it is.
    pub kind: Kind,
    /// As documents write it.
    pub name: &'static str,
    /// Who runs it.
    pub function: Function,
    /// Whether its output follows from its input, so that a verdict on one covers the other.
    pub deterministic: bool,
    /// What it takes.
    pub params: &'static [Param],
    /// What it gives.
    pub outputs: &'static [Output],
    /// Its deadline when the document names none.
    pub deadline_s: u32,
    /// What the cheapest attempt costs on the cheapest host; 0 where nothing is paid.
    ///
    /// A budget below the sum of these cannot suffice. They are set low on purpose: half a
    /// second (a quarter for the smaller two) at $0.0004 per slot-second.
    pub floor_micros: i64,
    /// Slot-seconds an ordinary attempt stays under; 0 where no slot is taken.
    pub ceiling_slot_s: u32,
}

/// One parameter, or one field of a parameter that has fields.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Param {
    /// As it is written under `with`.
    pub name: &'static str,
    /// What it takes.
    pub ty: Type,
    /// Whether a document must give it.
    pub required: bool,
    /// Filled in when a document does not give it, as JSON text.
    pub default: Option<&'static str>,
}

impl Param {
    /// The default as a value.
    pub fn default_value(&self) -> Option<Value> {
        self.default.map(|text| serde_json::from_str(text).expect("defaults are JSON, by test"))
    }
}

/// One output port.
#[derive(Debug)]
pub struct Output {
    /// As references name it.
    pub name: &'static str,
    /// What comes out.
    pub ty: PortType,
}

impl Kind {
    /// Every kind, in the table's order.
    pub const ALL: [Self; 22] = [
        Self::Generate,
        Self::Edit,
        Self::RemoveBackground,
        Self::Upscale,
        Self::Film,
        Self::Sound,
        Self::Speak,
        Self::Separate,
        Self::Write,
        Self::Moderate,
        Self::Score,
        Self::Resize,
        Self::Convert,
        Self::Crop,
        Self::Composite,
        Self::Grade,
        Self::Print,
        Self::Template,
        Self::Moderation,
        Self::Quality,
        Self::Policy,
        Self::Publish,
    ];

    /// Its row.
    pub fn spec(self) -> &'static Spec {
        &TABLE[self as usize]
    }

    /// As documents write it.
    pub fn as_str(self) -> &'static str {
        self.spec().name
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        TABLE.iter().find(|spec| spec.name == name).map(|spec| spec.kind)
    }

    /// Who runs it.
    pub fn function(self) -> Function {
        self.spec().function
    }

    /// Its parameter of that name.
    pub fn param(self, name: &str) -> Option<&'static Param> {
        self.spec().params.iter().find(|param| param.name == name)
    }

    /// What comes out of its port of that name.
    pub fn output(self, name: &str) -> Option<PortType> {
        self.spec().outputs.iter().find(|output| output.name == name).map(|output| output.ty)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{literal, problem::Problems};
    use super::*;

    #[test]
    fn every_kind_finds_its_own_row() {
        for kind in Kind::ALL {
            assert_eq!(kind.spec().kind, kind);
            assert_eq!(Kind::named(kind.as_str()), Some(kind));
            let written = serde_json::to_value(kind).unwrap();
            assert_eq!(written, kind.as_str());
        }
    }

    #[test]
    fn every_default_is_what_its_parameter_takes() {
        for param in Kind::ALL.into_iter().flat_map(|kind| kind.spec().params) {
            if let Some(value) = param.default_value() {
                let mut problems = Problems::default();
                literal::check(param.ty, param.name, &value, "", &mut problems);
                assert!(problems.is_empty(), "{problems:?}");
            }
        }
    }

    #[test]
    fn only_lane_kinds_cost_money() {
        for spec in Kind::ALL.map(Kind::spec) {
            let lane = spec.function == Function::Lane;
            assert_eq!(lane, spec.floor_micros > 0, "{}", spec.name);
            assert_eq!(lane, spec.ceiling_slot_s > 0, "{}", spec.name);
        }
    }
}
