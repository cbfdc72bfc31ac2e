//! What is to be published, in words that belong to no target.

use crate::id::AssetId;
use serde::{Deserialize, Serialize};

/// A post as a pipeline writes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Content {
    /// The entry that is there already, by its id there: it gets the first picture, and keeps all else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// Its title, in plain words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its text, in Markdown. `![words](media:0)` shows the first of `media` at that place.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// A sentence or two of it, in plain words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What it is about, in words without `#`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Its pictures, films and sounds; the first picture is the cover where a target has one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<Medium>,
    /// What of elsewhere is shown in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub embeds: Vec<Embed>,
    /// Where it is at home.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canonical_url: Option<String>,
    /// Its address in words; made from the title where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// The language of its words, such as `en` or `pt-BR`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Whether people are told that a model made something of it.
    pub disclosure: Disclosure,
    /// What is done at a target that has no flag for that.
    pub if_not_flagged: IfNot,
}

/// One picture, film or sound of a post.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Medium {
    /// The asset.
    pub asset: AssetId,
    /// What is to be seen or heard, for those who cannot.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub alt: String,
    /// What is written below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// The point that a crop keeps.
    #[serde(default)]
    pub focal: Focal,
}

/// A point in a picture, as parts of its width and height from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Focal {
    /// From the left, 0 to 1.
    pub x: f64,
    /// From the top, 0 to 1.
    pub y: f64,
}

impl Default for Focal {
    fn default() -> Self {
        Self { x: 0.5, y: 0.5 }
    }
}

/// Something of elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Embed {
    /// What it is.
    pub kind: EmbedKind,
    /// Where it is.
    pub url: String,
    /// What it is called, where a link is all that a target can show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// What an embed is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmbedKind {
    /// A film that plays elsewhere.
    Video,
    /// A page.
    Link,
    /// A post of somebody's.
    Post,
}

/// Whether people are told that a model made something of a post.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disclosure {
    /// As the lineage of its media and words says.
    #[default]
    Auto,
    /// Nothing of it is to be disclosed: somebody else sees to it, on their word.
    NoneNeeded,
}

/// What is done where a target has no flag that says how something was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IfNot {
    /// It is said in the text.
    #[default]
    Text,
    /// Nothing is published there.
    Refuse,
}
