//! What a target can carry, as data: one row of the capability table per target.

mod table;

use super::form::Format;
use serde::Serialize;

/// What a target can carry and do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Able {
    /// Its kind, as pipelines name it.
    pub target: &'static str,
    /// Its name, as people know it.
    pub name: &'static str,
    /// The version of its API that is asked for; none where it has none.
    pub version: Option<&'static str>,
    /// When the row was last held against its source.
    pub as_of: &'static str,
    /// Where the row comes from.
    pub source: &'static str,
    /// Most characters of a title; none where it has no title.
    pub title: Option<usize>,
    /// Most characters of a summary; none where it has no place for one.
    pub summary: Option<usize>,
    /// Most characters of an address in words; none where it has none.
    pub slug: Option<usize>,
    /// What it publishes.
    pub text: Text,
    /// What it does with tags.
    pub tags: Tags,
    /// Which media it takes.
    pub media: Media,
    /// How something of elsewhere is shown.
    pub embeds: Embeds,
    /// Whether it has a field for where a post is at home.
    pub canonical: bool,
    /// How it is told that a model made something of a post; none where it cannot be told.
    pub flag: Option<&'static str>,
    /// What it can do with what it has.
    pub verbs: Verbs,
}

/// What a target publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Text {
    /// Articles.
    Article {
        /// How they are written.
        format: Format,
        /// Most bytes of one.
        bytes: usize,
    },
    /// Short texts.
    Short {
        /// How their length is counted.
        count: Count,
        /// The most it may be.
        most: usize,
        /// How many may hang together; 1 where none may.
        thread: usize,
        /// How a link with words of its own is written.
        links: Links,
    },
}

/// How the length of a short text is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// As X does: weighted, an address is 23, an emoji 2.
    Weighted,
    /// Graphemes.
    Graphemes {
        /// Most bytes besides; none where nobody says.
        bytes: Option<usize>,
        /// What an address counts; none where it is as long as it is.
        url: Option<usize>,
    },
    /// Characters of LinkedIn's "little text", as which it is sent.
    Little,
}

/// How a link with words of its own is written in a short text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Links {
    /// The words are marked as a link: by a facet.
    Facets,
    /// The words, then the address.
    Bare,
}

/// What a target does with tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Tags {
    /// Most of them.
    pub most: usize,
    /// Most characters of one.
    pub chars: usize,
    /// How one is spelt.
    pub spelt: Spelt,
    /// Whether they are words with `#` in a short text.
    pub in_text: bool,
}

/// How a tag is spelt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Spelt {
    /// As it is.
    Free,
    /// In small letters and digits without anything between: `morningtea`.
    Joined,
    /// As an address in words: `morning-tea`.
    Slug,
    /// Letters and digits of any language, words together, as in `#MorningTea`.
    Hash,
}

/// Which media a target takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Media {
    /// Most pictures in one article or piece.
    pub most: usize,
    /// How it comes by them.
    pub by: By,
    /// What pictures it takes.
    pub image: Option<Image>,
    /// The aspect (width by height) in which it shows covers, cutting off the rest; none where it shows them whole.
    pub cover: Option<f64>,
    /// What films it takes.
    pub video: Option<Played>,
    /// What sounds it takes.
    pub audio: Option<Played>,
    /// Most characters of an alternative text; none where it takes none.
    pub alt: Option<usize>,
    /// Whether it shows captions.
    pub caption: bool,
}

/// How a target comes by media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// They are sent to it.
    Upload,
    /// It is told an address that stays: they must be public before it is asked.
    Url,
}

/// What pictures a target takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Image {
    /// The media types; the first is what others are turned into.
    pub types: &'static [&'static str],
    /// Most bytes.
    pub bytes: u64,
    /// Longest side in pixels that is of use there.
    pub side: u32,
    /// Most pixels; 0 where nobody says.
    pub pixels: u64,
    /// The aspects (width by height) that it shows whole, least and most; none where any.
    pub aspect: Option<(f64, f64)>,
    /// Whether what is over the aspect is cut off; where not, it is padded.
    pub crop: bool,
}

/// What films or sounds a target takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Played {
    /// The media types.
    pub types: &'static [&'static str],
    /// Most bytes.
    pub bytes: u64,
    /// How long it may play, least and most, in seconds.
    pub seconds: (f64, f64),
}

/// How something of elsewhere is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Embeds {
    /// The address alone on a line becomes a player or a card.
    Bare,
    /// `{% embed … %}`.
    Liquid,
    /// `%[…]`.
    Percent,
    /// A card below a short text: one.
    Card,
    /// A link.
    Link,
}

/// What a target can do with what it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Verbs {
    /// What was published can be changed.
    pub update: bool,
    /// What was published can be taken back.
    pub unpublish: bool,
    /// It tells how often something was seen or liked.
    pub metrics: bool,
    /// It keeps drafts.
    pub draft: bool,
    /// A picture can be put into an entry that is there already.
    pub entry: bool,
    /// It can be asked whether something is there, so that what is unknown is found out.
    pub lookup: Lookup,
}

/// By what is found what may be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lookup {
    /// By the address in words that we gave.
    Slug,
    /// By a key or an id of ours: sending again does no harm.
    Key,
    /// By looking through what was published last.
    Recent,
    /// Not at all: what is unknown stays so until a person looks.
    None,
}

impl Able {
    /// The row of a target.
    pub fn of(target: &str) -> Option<&'static Self> {
        table::TABLE.iter().find(|able| able.target == target)
    }

    /// The kinds whose entries can be given a picture.
    pub fn with_entries() -> Vec<&'static str> {
        Self::all().iter().filter(|able| able.verbs.entry).map(|able| able.target).collect()
    }

    /// Whether it is somebody's account, lent to us as a connection.
    pub fn connects(&self) -> bool {
        !["s3", "webhook", "medium", "feed"].contains(&self.target)
    }

    /// All rows, in the order that they are shown in.
    pub fn all() -> &'static [Self] {
        &table::TABLE
    }
}

#[cfg(test)]
mod tests;
