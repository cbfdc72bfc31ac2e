//! What ports and parameters can hold, and what fits what.

use super::kinds::Param;
use super::model::InputType;
use super::suggest::one_of;

/// What comes out of a port: an output of a step or an input of the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortType {
    /// A string.
    Text,
    /// One still picture.
    Image,
    /// A list of strings.
    Texts,
    /// A list of still pictures.
    Images,
    /// One moving picture.
    Video,
    /// One sound.
    Audio,
    /// Any JSON value.
    Json,
    /// A JSON number.
    Number,
}

impl PortType {
    /// What comes of it where a step takes what others give for each item of a list.
    pub fn of_all_items(self) -> Option<Self> {
        match self {
            Self::Text | Self::Texts => Some(Self::Texts),
            Self::Image | Self::Images => Some(Self::Images),
            Self::Video | Self::Audio | Self::Json | Self::Number => None,
        }
    }

    /// As people read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Images => "image[]",
            Self::Texts => "text[]",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Json => "json",
            Self::Number => "number",
        }
    }
}

impl From<InputType> for PortType {
    fn from(kind: InputType) -> Self {
        match kind {
            InputType::Text => Self::Text,
            InputType::Image => Self::Image,
            InputType::Video => Self::Video,
            InputType::Audio => Self::Audio,
            InputType::Json => Self::Json,
            InputType::Number => Self::Number,
        }
    }
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Type {
    /// A non-empty string of at most `most` characters.
    Text {
        /// Most characters.
        most: u32,
    },
    /// A reference to one picture.
    Image,
    /// A reference to pictures, or a list of such references.
    Images,
    /// A reference to one sound.
    Audio,
    /// A reference to one film.
    Video,
    /// A reference to whatever can be published, or a list of such references.
    Assets,
    /// A reference to one picture, film or sound.
    Medium,
    /// A whole number within bounds.
    Integer {
        /// Least.
        min: i64,
        /// Greatest.
        max: i64,
    },
    /// An even whole number within bounds.
    Even {
        /// Least.
        min: i64,
        /// Greatest.
        max: i64,
    },
    /// One of a few whole numbers.
    IntegerOf(&'static [i64]),
    /// A number within bounds.
    Number {
        /// Least.
        min: f64,
        /// Greatest.
        max: f64,
    },
    /// True or false.
    Boolean,
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// A list of different words out of a few.
    Choices(&'static [&'static str]),
    /// A list of different whole numbers within bounds.
    Integers {
        /// Least.
        min: i64,
        /// Greatest.
        max: i64,
        /// Most entries.
        most: usize,
    },
    /// A list of strings.
    Texts {
        /// Most entries.
        most: usize,
        /// Most characters of each.
        each: u32,
    },
    /// A JSON object, handed on as it is.
    Object,
    /// `#rgb`, `#rrggbb` or `#rrggbbaa`.
    Color,
    /// Proportions such as `16:9`.
    Aspect,
    /// A 3D table of colours: the text of a `.cube` file, or `{ size, table }`.
    Lut,
    /// A mapping of these fields, without references.
    Record(&'static [Param]),
    /// A list of such mappings, whose fields take references as parameters do.
    Records {
        /// What each can hold.
        fields: &'static [Param],
        /// Most entries.
        most: usize,
    },
    /// Where to publish: checked by its own rules, always literal.
    Target,
    /// A list of such places.
    Targets,
}

impl Type {
    /// Whether only a reference can fill it.
    pub fn needs_reference(self) -> bool {
        matches!(self, Self::Image | Self::Audio | Self::Video | Self::Medium) || self.takes_many()
    }

    /// Whether a list of references can fill it.
    pub fn takes_many(self) -> bool {
        matches!(self, Self::Images | Self::Assets)
    }

    /// Whether what comes out of such a port can go in here.
    ///
    /// A number or JSON input may still hold the wrong value; `bind` checks that per job.
    pub fn accepts(self, port: PortType) -> bool {
        match self {
            Self::Image => port == PortType::Image,
            Self::Images => matches!(port, PortType::Image | PortType::Images),
            Self::Audio => port == PortType::Audio,
            Self::Medium => matches!(port, PortType::Image | PortType::Audio | PortType::Video),
            Self::Video => port == PortType::Video,
            Self::Assets => matches!(
                port,
                PortType::Image | PortType::Images | PortType::Audio | PortType::Video
            ),
            Self::Lut => matches!(port, PortType::Text | PortType::Json),
            Self::Text { .. } | Self::Choice(_) | Self::Color | Self::Aspect => {
                port == PortType::Text
            }
            Self::Integer { .. } | Self::Even { .. } | Self::IntegerOf(_) | Self::Number { .. } => {
                port == PortType::Number
            }
            Self::Texts { .. } => matches!(port, PortType::Texts | PortType::Json),
            Self::Boolean
            | Self::Choices(_)
            | Self::Integers { .. }
            | Self::Record(_)
            | Self::Object => port == PortType::Json,
            Self::Target | Self::Targets | Self::Records { .. } => false,
        }
    }

    /// The type of input that can feed it, for a hint.
    pub(super) fn input(self) -> &'static str {
        let mut types = InputType::NAMES.iter();
        types.find(|(_, kind)| self.accepts((*kind).into())).map_or("text", |(name, _)| name)
    }

    /// What it takes, as people read it.
    pub fn describe(self) -> String {
        match self {
            Self::Text { most } => format!("text of 1 to {most} characters"),
            Self::Image => "an image".into(),
            Self::Images => "images".into(),
            Self::Audio => "a sound".into(),
            Self::Video => "a film".into(),
            Self::Assets => "images, a film or a sound".into(),
            Self::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Self::Even { min, max } => format!("an even number from {min} to {max}"),
            Self::IntegerOf(values) => {
                let words: Vec<String> = values.iter().map(i64::to_string).collect();
                one_of(&words.iter().map(String::as_str).collect::<Vec<_>>())
            }
            Self::Number { min, max } => format!("a number from {min} to {max}"),
            Self::Boolean => "true or false".into(),
            Self::Choice(words) => one_of(words),
            Self::Choices(words) => format!("a list of {}", one_of(words)),
            Self::Integers { min, max, most } => {
                format!("a list of 1 to {most} different whole numbers from {min} to {max}")
            }
            Self::Texts { most, each } => {
                format!("a list of 1 to {most} texts of at most {each} characters")
            }
            Self::Object => "an object".into(),
            Self::Color => "a colour such as \"#1a2b3c\", with alpha \"#1a2b3c80\"".into(),
            Self::Aspect => "proportions such as \"16:9\"".into(),
            Self::Lut => "the text of a .cube file with a 3D LUT".into(),
            Self::Record(fields) => format!("a mapping of {}", names(fields)),
            Self::Records { fields, most } => {
                format!("a list of 1 to {most} mappings of {}", names(fields))
            }
            Self::Medium => "an image, a film or a sound".into(),
            Self::Target => "a publishing target".into(),
            Self::Targets => "a list of publishing targets".into(),
        }
    }
}

fn names(fields: &[Param]) -> String {
    fields.iter().map(|field| field.name).collect::<Vec<_>>().join(", ")
}
